//! PackStream, version 1: how values are written on a Bolt connection.
//!
//! What comes from the other side is not trusted: every length is checked against what is left, and nesting
//! has an end.

use std::collections::BTreeMap;

/// How deep values may be nested. Chosen: what is asked for here is three deep.
const DEEPEST: u32 = 32;
/// Room that is made for a list before its items are there. Chosen: a page of rows.
const AHEAD: usize = 1_024;

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::service) enum Value {
    Null,
    Flag(bool),
    Int(i64),
    Float(f64),
    Text(String),
    Bytes(Vec<u8>),
    List(Vec<Self>),
    Map(BTreeMap<String, Self>),
    /// A tag with fields: a message, a node, a date.
    Structure(u8, Vec<Self>),
}

/// What was read is no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed;

impl Value {
    /// Makes a map of names and values.
    pub(in crate::service) fn map<const N: usize>(pairs: [(&str, Self); N]) -> Self {
        let pairs = pairs.map(|(name, value)| (name.to_owned(), value));
        Self::Map(pairs.into())
    }

    pub(in crate::service) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub(in crate::service) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(in crate::service) const fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            _ => None,
        }
    }

    /// Returns a value of a map.
    pub(in crate::service) fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Map(map) => map.get(name),
            _ => None,
        }
    }

    /// Writes it behind what is there.
    pub(super) fn write(&self, to: &mut Vec<u8>) {
        match self {
            Self::Null => to.push(0xC0),
            Self::Flag(false) => to.push(0xC2),
            Self::Flag(true) => to.push(0xC3),
            Self::Int(number) => int(*number, to),
            Self::Float(number) => {
                to.push(0xC1);
                to.extend(number.to_be_bytes());
            }
            Self::Text(text) => {
                head(text.len(), Some(0x80), [0xD0, 0xD1, 0xD2], to);
                to.extend(text.as_bytes());
            }
            Self::Bytes(bytes) => {
                head(bytes.len(), None, [0xCC, 0xCD, 0xCE], to);
                to.extend(bytes);
            }
            Self::List(items) => {
                head(items.len(), Some(0x90), [0xD4, 0xD5, 0xD6], to);
                for item in items {
                    item.write(to);
                }
            }
            Self::Map(map) => {
                head(map.len(), Some(0xA0), [0xD8, 0xD9, 0xDA], to);
                for (name, value) in map {
                    head(name.len(), Some(0x80), [0xD0, 0xD1, 0xD2], to);
                    to.extend(name.as_bytes());
                    value.write(to);
                }
            }
            Self::Structure(tag, fields) => {
                // Messages have four fields at most; nothing else is written.
                to.push(0xB0 | u8::try_from(fields.len() & 0xF).unwrap_or_default());
                to.push(*tag);
                for field in fields {
                    field.write(to);
                }
            }
        }
    }

    /// Reads a value that takes all of the bytes.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader { bytes };
        let value = reader.value(DEEPEST)?;
        if reader.bytes.is_empty() {
            Ok(value)
        } else {
            Err(Malformed)
        }
    }
}

fn int(number: i64, to: &mut Vec<u8>) {
    if let Ok(tiny) = i8::try_from(number) {
        if tiny < -16 {
            to.push(0xC8);
        }
        to.extend(tiny.to_be_bytes());
    } else if let Ok(small) = i16::try_from(number) {
        to.push(0xC9);
        to.extend(small.to_be_bytes());
    } else if let Ok(usual) = i32::try_from(number) {
        to.push(0xCA);
        to.extend(usual.to_be_bytes());
    } else {
        to.push(0xCB);
        to.extend(number.to_be_bytes());
    }
}

/// Writes a length: in the marker itself if there is a marker for that, or behind one of three.
fn head(length: usize, tiny: Option<u8>, [short, middle, long]: [u8; 3], to: &mut Vec<u8>) {
    match (u8::try_from(length), u16::try_from(length), tiny) {
        (Ok(length), _, Some(tiny)) if length < 16 => to.push(tiny | length),
        (Ok(length), ..) => to.extend([short, length]),
        (_, Ok(length), _) => {
            to.push(middle);
            to.extend(length.to_be_bytes());
        }
        _ => {
            to.push(long);
            // Messages are cut long before that.
            to.extend(u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
        }
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.bytes.split_at_checked(length).ok_or(Malformed)?;
        self.bytes = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        self.take(N)?.try_into().map_err(|_short| Malformed)
    }

    fn byte(&mut self) -> Result<u8, Malformed> {
        let [byte] = self.array()?;
        Ok(byte)
    }

    fn length8(&mut self) -> Result<usize, Malformed> {
        Ok(usize::from(self.byte()?))
    }

    fn length16(&mut self) -> Result<usize, Malformed> {
        Ok(usize::from(u16::from_be_bytes(self.array()?)))
    }

    fn length32(&mut self) -> Result<usize, Malformed> {
        usize::try_from(u32::from_be_bytes(self.array()?)).map_err(|_large| Malformed)
    }

    fn text(&mut self, length: usize) -> Result<String, Malformed> {
        let bytes = self.take(length)?.to_vec();
        String::from_utf8(bytes).map_err(|_odd| Malformed)
    }

    fn list(&mut self, length: usize, depth: u32) -> Result<Vec<Value>, Malformed> {
        let mut items = Vec::with_capacity(length.min(AHEAD));
        for _ in 0..length {
            items.push(self.value(depth)?);
        }
        Ok(items)
    }

    fn map(&mut self, length: usize, depth: u32) -> Result<Value, Malformed> {
        let mut map = BTreeMap::new();
        for _ in 0..length {
            let Value::Text(name) = self.value(depth)? else {
                return Err(Malformed);
            };
            map.insert(name, self.value(depth)?);
        }
        Ok(Value::Map(map))
    }

    fn value(&mut self, depth: u32) -> Result<Value, Malformed> {
        let depth = depth.checked_sub(1).ok_or(Malformed)?;
        let marker = self.byte()?;
        let tiny = usize::from(marker & 0xF);
        Ok(match marker {
            0x00..=0x7F | 0xF0..=0xFF => Value::Int(i64::from(i8::from_be_bytes([marker]))),
            0x80..=0x8F => Value::Text(self.text(tiny)?),
            0x90..=0x9F => Value::List(self.list(tiny, depth)?),
            0xA0..=0xAF => self.map(tiny, depth)?,
            0xB0..=0xBF => {
                let tag = self.byte()?;
                Value::Structure(tag, self.list(tiny, depth)?)
            }
            0xC0 => Value::Null,
            0xC1 => Value::Float(f64::from_be_bytes(self.array()?)),
            0xC2 => Value::Flag(false),
            0xC3 => Value::Flag(true),
            0xC8 => Value::Int(i64::from(i8::from_be_bytes(self.array()?))),
            0xC9 => Value::Int(i64::from(i16::from_be_bytes(self.array()?))),
            0xCA => Value::Int(i64::from(i32::from_be_bytes(self.array()?))),
            0xCB => Value::Int(i64::from_be_bytes(self.array()?)),
            0xCC => {
                let length = self.length8()?;
                Value::Bytes(self.take(length)?.to_vec())
            }
            0xCD => {
                let length = self.length16()?;
                Value::Bytes(self.take(length)?.to_vec())
            }
            0xCE => {
                let length = self.length32()?;
                Value::Bytes(self.take(length)?.to_vec())
            }
            0xD0 => {
                let length = self.length8()?;
                Value::Text(self.text(length)?)
            }
            0xD1 => {
                let length = self.length16()?;
                Value::Text(self.text(length)?)
            }
            0xD2 => {
                let length = self.length32()?;
                Value::Text(self.text(length)?)
            }
            0xD4 => {
                let length = self.length8()?;
                Value::List(self.list(length, depth)?)
            }
            0xD5 => {
                let length = self.length16()?;
                Value::List(self.list(length, depth)?)
            }
            0xD6 => {
                let length = self.length32()?;
                Value::List(self.list(length, depth)?)
            }
            0xD8 => {
                let length = self.length8()?;
                self.map(length, depth)?
            }
            0xD9 => {
                let length = self.length16()?;
                self.map(length, depth)?
            }
            0xDA => {
                let length = self.length32()?;
                self.map(length, depth)?
            }
            _ => return Err(Malformed),
        })
    }
}

#[cfg(test)]
mod tests;
