//! Names and paths as the file system has them: bytes, of which text is the usual case.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::change::RelPath;

/// The reason why bytes are no name or no path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing, `.` or `..`.
    #[error("an entry of a folder cannot have this name")]
    Reserved,
    /// A slash or a zero byte.
    #[error("a name holds neither `/` nor a zero byte")]
    Forbidden,
    /// Longer than a name can be.
    #[error("a name is at most {} bytes long", Name::LONGEST)]
    TooLong,
    /// A backslash that no known escape follows.
    #[error("a backslash in a path is written `\\\\`, other bytes as `\\x` and two digits")]
    Escape,
}

/// The name of an entry in its folder: any bytes that a file system takes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Box<[u8]>);

impl Name {
    /// `NAME_MAX` on Linux.
    pub const LONGEST: usize = 255;

    /// Makes a name of bytes.
    pub fn new(bytes: &[u8]) -> Result<Self, NameError> {
        if matches!(bytes, b"" | b"." | b"..") {
            return Err(NameError::Reserved);
        }
        if bytes.len() > Self::LONGEST {
            return Err(NameError::TooLong);
        }
        if bytes.iter().any(|byte| matches!(byte, b'/' | 0)) {
            return Err(NameError::Forbidden);
        }
        Ok(Self(bytes.into()))
    }

    /// Returns the bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        escape(&self.0, f)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Name({self})")
    }
}

/// A path inside a tree: names with `/` between them, empty for the root.
///
/// It prints, and is written to JSON, as text from which the bytes can be had back: what is no
/// UTF-8, control characters and what turns the direction of text as `\xNN`, a backslash as `\\`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct TreePath(Vec<u8>);

impl TreePath {
    /// The root of the tree.
    pub const fn root() -> Self {
        Self(Vec::new())
    }

    /// Makes a path of bytes; each part must be a name.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NameError> {
        let mut path = Self::root();
        if !bytes.is_empty() {
            for part in bytes.split(|byte| *byte == b'/') {
                path = path.join(&Name::new(part)?);
            }
        }
        Ok(path)
    }

    /// Returns the bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Tells whether this is the root.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the path of an entry of this folder.
    #[must_use]
    pub fn join(&self, name: &Name) -> Self {
        let mut bytes = Vec::with_capacity(self.0.len() + 1 + name.as_bytes().len());
        bytes.extend_from_slice(&self.0);
        if !bytes.is_empty() {
            bytes.push(b'/');
        }
        bytes.extend_from_slice(name.as_bytes());
        Self(bytes)
    }

    /// Returns the parts in order; none for the root.
    pub fn parts(&self) -> impl Iterator<Item = &[u8]> {
        self.0
            .split(|byte| *byte == b'/')
            .filter(|part| !part.is_empty())
    }

    /// Returns the folder that this is in; `None` for the root.
    pub fn parent(&self) -> Option<Self> {
        self.split().map(|(folder, _)| Self(folder.to_vec()))
    }

    /// Returns the last part; nothing for the root.
    pub fn name(&self) -> &[u8] {
        self.split().map_or(b"", |(_, name)| name)
    }

    /// Splits into the folder and the last part; `None` for the root.
    pub fn split(&self) -> Option<(&[u8], &[u8])> {
        if self.is_root() {
            return None;
        }
        Some(match self.0.iter().rposition(|byte| *byte == b'/') {
            Some(at) => {
                let (folder, name) = self.0.split_at(at);
                (folder, name.strip_prefix(b"/").unwrap_or(name))
            }
            None => (b"", self.0.as_slice()),
        })
    }

    /// Tells whether this is another path or lies below it.
    pub fn is_within(&self, folder: &Self) -> bool {
        folder.is_root()
            || self
                .0
                .strip_prefix(folder.0.as_slice())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
    }

    /// Returns the path as the rest of VENOM names files, if it is text.
    pub fn to_rel(&self) -> Option<RelPath> {
        std::str::from_utf8(&self.0)
            .ok()
            .and_then(|text| RelPath::new(text).ok())
    }
}

impl From<&RelPath> for TreePath {
    fn from(path: &RelPath) -> Self {
        Self(path.as_str().as_bytes().to_vec())
    }
}

impl fmt::Display for TreePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        escape(&self.0, f)
    }
}

impl fmt::Debug for TreePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TreePath({self})")
    }
}

impl FromStr for TreePath {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let mut bytes = Vec::with_capacity(text.len());
        let mut rest = text.bytes();
        while let Some(byte) = rest.next() {
            if byte != b'\\' {
                bytes.push(byte);
                continue;
            }
            match rest.next() {
                Some(b'\\') => bytes.push(b'\\'),
                Some(b'x') => {
                    let mut digit = || match rest.next() {
                        Some(digit @ b'0'..=b'9') => Ok(digit - b'0'),
                        Some(digit @ b'a'..=b'f') => Ok(digit - b'a' + 10),
                        _ => Err(NameError::Escape),
                    };
                    bytes.push((digit()? << 4) | digit()?);
                }
                _ => return Err(NameError::Escape),
            }
        }
        Self::from_bytes(&bytes)
    }
}

impl Serialize for TreePath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TreePath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Writes bytes as text that is harmless on a terminal and from which they can be had back.
fn escape(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    use fmt::Write as _;
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if c == '\\' {
                f.write_str("\\\\")?;
            } else if is_harmful(c) {
                let mut buffer = [0; 4];
                for byte in c.encode_utf8(&mut buffer).bytes() {
                    write!(f, "\\x{byte:02x}")?;
                }
            } else {
                f.write_char(c)?;
            }
        }
        for byte in chunk.invalid() {
            write!(f, "\\x{byte:02x}")?;
        }
    }
    Ok(())
}

/// Tells whether a character acts on what stands around it: controls, and marks of direction.
fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}
