//! Weights in the form of safetensors: a length, a head of JSON, and numbers one behind the other.
//!
//! Nobody vouches for such a file. What its head says is held to the length of the file and to the measures of the
//! model before room is made for anything.

use std::collections::BTreeMap;
use std::io::{self, Read};

use serde_json::Value;

use super::Error;
use super::shape::Shape;

/// The longest head. Chosen: that of a model with a thousand tensors has a tenth of it.
const LONGEST_HEAD: u64 = 1 << 20;
/// Bytes that are turned into numbers at once.
const PAGE: usize = 1 << 16;

/// How a number is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    F32,
    F16,
    Bf16,
}

impl Kind {
    const fn bytes(self) -> u64 {
        match self {
            Self::F32 => 4,
            Self::F16 | Self::Bf16 => 2,
        }
    }
}

/// One tensor of a head.
#[derive(Debug, Clone)]
pub(super) struct Tensor {
    kind: String,
    shape: Vec<u64>,
    begin: u64,
    end: u64,
}

impl Tensor {
    pub(super) fn begin(&self) -> u64 {
        self.begin
    }
}

/// What a file says that it holds.
#[derive(Debug, Clone)]
pub struct Head {
    tensors: BTreeMap<String, Tensor>,
    /// Bytes before the numbers.
    offset: u64,
    /// The head as it was written.
    text: Vec<u8>,
}

fn foreign(why: impl Into<String>) -> Error {
    Error::Foreign(why.into())
}

/// Tells an end that came too early from other failures.
fn early(error: io::Error) -> Error {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        foreign("the file ends early")
    } else {
        Error::Read(error)
    }
}

impl Head {
    /// Reads the head of a file of so many bytes, and stops where the numbers begin.
    pub fn read(from: &mut dyn Read, length: u64) -> Result<Self, Error> {
        let mut size = [0_u8; 8];
        from.read_exact(&mut size).map_err(early)?;
        let size = u64::from_le_bytes(size);
        if size > LONGEST_HEAD || size > length.saturating_sub(8) {
            return Err(foreign(format!(
                "a head of {size} bytes in a file of {length}; {LONGEST_HEAD} are allowed"
            )));
        }
        let mut text = vec![0_u8; usize::try_from(size).unwrap_or(0)];
        from.read_exact(&mut text).map_err(early)?;
        let head: Value = serde_json::from_slice(&text)
            .map_err(|error| foreign(format!("the head is no JSON: {error}")))?;
        let Value::Object(entries) = head else {
            return Err(foreign("the head is no object"));
        };
        let offset = 8 + size;
        let room = length - offset;
        let mut tensors = BTreeMap::new();
        for (name, entry) in entries {
            if name == "__metadata__" {
                continue;
            }
            let tensor = tensor(&entry)
                .filter(|tensor| tensor.begin <= tensor.end && tensor.end <= room)
                .ok_or_else(|| {
                    let name: String = name.chars().take(100).collect();
                    foreign(format!(
                        "what the head says of `{name}` does not fit the file; is it whole?"
                    ))
                })?;
            tensors.insert(name, tensor);
        }
        Ok(Self {
            tensors,
            offset,
            text,
        })
    }

    /// Returns the head as it was written.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// Returns how many bytes stand before the numbers.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// What stands before the names of all tensors: models that were saved with something on top have `bert.`.
    pub(super) fn prefix(&self) -> &'static str {
        let is_inside = self
            .tensors
            .contains_key(&format!("bert.{}", super::shape::PIECES));
        if is_inside { "bert." } else { "" }
    }

    /// Finds a tensor of a form.
    pub(super) fn find(&self, name: &str, shape: &[usize]) -> Result<&Tensor, Error> {
        let wrong = |why: String| Error::Tensor {
            name: name.to_owned(),
            why,
        };
        let found = self
            .tensors
            .get(name)
            .ok_or_else(|| wrong("is missing".to_owned()))?;
        let is_same = found.shape.len() == shape.len()
            && found
                .shape
                .iter()
                .zip(shape)
                .all(|(found, wanted)| *found == *wanted as u64);
        if !is_same {
            let said: Vec<u64> = found.shape.iter().copied().take(8).collect();
            return Err(wrong(format!(
                "has the form {said:?}, and {shape:?} is needed"
            )));
        }
        let kind = kind(&found.kind).ok_or_else(|| {
            let said: String = found.kind.chars().take(20).collect();
            wrong(format!(
                "has numbers of the kind `{said}`; F32, F16 and BF16 are known here"
            ))
        })?;
        // Measures are bounded, so that no product of two of them overflows.
        let wanted = shape.iter().map(|one| *one as u64).product::<u64>() * kind.bytes();
        if found.end - found.begin != wanted {
            return Err(wrong(format!(
                "takes {} bytes, and {wanted} are needed",
                found.end - found.begin
            )));
        }
        Ok(found)
    }

    /// Reads the tensors of a shape, in the order in which they lie in the file.
    pub(super) fn load(
        &self,
        from: &mut dyn Read,
        shape: &Shape,
    ) -> Result<BTreeMap<String, Vec<f32>>, Error> {
        let prefix = self.prefix();
        let mut wanted = Vec::new();
        for (name, form) in shape.tensors() {
            let tensor = self.find(&format!("{prefix}{name}"), &form)?;
            wanted.push((tensor.clone(), name));
        }
        wanted.sort_by_key(|(tensor, _)| tensor.begin);
        let mut at = 0;
        let mut loaded = BTreeMap::new();
        for (tensor, name) in wanted {
            if tensor.begin < at {
                return Err(Error::Tensor {
                    name,
                    why: "lies over another one".to_owned(),
                });
            }
            let skipped = tensor.begin - at;
            if io::copy(&mut from.take(skipped), &mut io::sink())? != skipped {
                return Err(foreign("the file ends early"));
            }
            let values = numbers(from, &tensor)?;
            if values.iter().any(|value| !value.is_finite()) {
                return Err(Error::Tensor {
                    name,
                    why: "holds something that is no number".to_owned(),
                });
            }
            at = tensor.end;
            loaded.insert(name, values);
        }
        Ok(loaded)
    }
}

fn tensor(entry: &Value) -> Option<Tensor> {
    let [begin, end] = entry.get("data_offsets")?.as_array()?.as_slice() else {
        return None;
    };
    let shape = entry.get("shape")?.as_array()?.iter();
    Some(Tensor {
        kind: entry.get("dtype")?.as_str()?.to_owned(),
        shape: shape.map(Value::as_u64).collect::<Option<_>>()?,
        begin: begin.as_u64()?,
        end: end.as_u64()?,
    })
}

fn kind(name: &str) -> Option<Kind> {
    match name {
        "F32" => Some(Kind::F32),
        "F16" => Some(Kind::F16),
        "BF16" => Some(Kind::Bf16),
        _ => None,
    }
}

fn numbers(from: &mut dyn Read, tensor: &Tensor) -> Result<Vec<f32>, Error> {
    let kind = kind(&tensor.kind).unwrap_or(Kind::F32);
    let bytes = usize::try_from(tensor.end - tensor.begin)
        .map_err(|_too_large| foreign("a tensor is larger than this machine can address"))?;
    let mut values = Vec::with_capacity(bytes / usize::try_from(kind.bytes()).unwrap_or(4));
    let mut page = vec![0_u8; PAGE];
    let mut rest = bytes;
    while rest > 0 {
        let Some(part) = page.get_mut(..rest.min(PAGE)) else {
            break;
        };
        from.read_exact(part).map_err(early)?;
        rest -= part.len();
        match kind {
            Kind::F32 => {
                let (whole, _) = part.as_chunks::<4>();
                values.extend(whole.iter().map(|four| f32::from_le_bytes(*four)));
            }
            Kind::Bf16 => {
                let (whole, _) = part.as_chunks::<2>();
                values.extend(
                    whole
                        .iter()
                        .map(|two| f32::from_bits(u32::from(u16::from_le_bytes(*two)) << 16)),
                );
            }
            Kind::F16 => {
                let (whole, _) = part.as_chunks::<2>();
                values.extend(whole.iter().map(|two| half(u16::from_le_bytes(*two))));
            }
        }
    }
    Ok(values)
}

/// Reads a number of 16 bits (IEEE 754, binary16).
pub(super) fn half(bits: u16) -> f32 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let fraction = f32::from(bits & 0x03ff) / 1_024.0;
    match i32::from(bits >> 10 & 0x1f) {
        0 => sign * fraction * 2.0_f32.powi(-14),
        0x1f if fraction == 0.0 => sign * f32::INFINITY,
        0x1f => f32::NAN,
        exponent => sign * (1.0 + fraction) * 2.0_f32.powi(exponent - 15),
    }
}
