//! Digests of values: SHA-256 over one canonical form of JSON, so that the same value has the same
//! digest whoever computes it.
//!
//! Canonical form: object keys in byte order, no white space, strings and numbers as `serde_json`
//! writes them. Nothing that is digested holds a float except a [`crate::confidence::Confidence`],
//! whose thousandths have one shortest form.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// A SHA-256 digest; prints as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest that stands before the first event of a chain.
    pub const ZERO: Self = Self([0; 32]);

    /// Digests bytes.
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Digests several byte strings as if they stood one after the other.
    pub fn of_parts(parts: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update(part);
        }
        Self(hasher.finalize().into())
    }

    /// Digests the canonical form of a value.
    ///
    /// A value that cannot be written as JSON (a map with keys that are no strings) is digested by
    /// its error text; none of the kernel's types is one.
    pub fn of(value: &impl Serialize) -> Self {
        Self::of_bytes(canonical(value).as_bytes())
    }

    /// Makes a digest of its 32 bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Returns the first 12 hexadecimal digits, for people.
    pub fn short(&self) -> String {
        self.to_string().chars().take(12).collect()
    }
}

/// Returns the canonical JSON text of a value.
pub fn canonical(value: &impl Serialize) -> String {
    // Going through `Value` sorts the keys of every object: its map is a B-tree.
    match serde_json::to_value(value) {
        Ok(value) => sorted(value).to_string(),
        Err(error) => Value::String(error.to_string()).to_string(),
    }
}

/// Rebuilds a value with the keys of every object in order, even if some other crate of the build
/// turned on `serde_json`'s insertion-ordered maps.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let ordered: std::collections::BTreeMap<String, Value> = map
                .into_iter()
                .map(|(key, value)| (key, sorted(value)))
                .collect();
            Value::Object(ordered.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0 {
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

/// The reason why a text is not a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a digest is 64 hexadecimal digits")]
pub struct DigestError;

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        let mut bytes = [0; 32];
        let mut digits = text.bytes();
        for byte in &mut bytes {
            let mut nibble = || {
                let digit = digits.next().ok_or(DigestError)?;
                match digit {
                    b'0'..=b'9' => Ok(digit - b'0'),
                    b'a'..=b'f' => Ok(digit - b'a' + 10),
                    _ => Err(DigestError),
                }
            };
            *byte = (nibble()? << 4) | nibble()?;
        }
        if digits.next().is_some() {
            return Err(DigestError);
        }
        Ok(Self(bytes))
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Names the bytes of a blob in the content store: a BLAKE3 hash as 64 hexadecimal digits.
///
/// The kernel never computes one; it arrives with the fact that the bytes were stored.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct BlobId(String);

impl BlobId {
    /// Makes the id of a hash; `None` if the text is not 64 lower-case hexadecimal digits.
    pub fn new(hex: &str) -> Option<Self> {
        hex.parse::<Digest>().ok().map(|_| Self(hex.to_owned()))
    }

    /// Returns the hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<crate::tree::ObjectId> for BlobId {
    fn from(id: crate::tree::ObjectId) -> Self {
        Self(Digest::from_bytes(*id.as_bytes()).to_string())
    }
}

impl<'de> Deserialize<'de> for BlobId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::new(&text).ok_or_else(|| serde::de::Error::custom(DigestError))
    }
}

impl fmt::Display for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests;
