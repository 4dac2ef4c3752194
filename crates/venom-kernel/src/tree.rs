//! Trees: a workspace as content, folder by folder.
//!
//! A folder is one object of the content store: its entries in the order of their names' bytes, each
//! with what it is. A folder names its subfolders by the hash of their objects, so the id of the
//! outermost one, the root, covers every name, content, mode and link below it: two workspaces with
//! the same root are the same. Times are not part of it (a touched file is still the same file);
//! they are kept in a parallel object, see [`times`].
//!
//! The encoding is canonical: one folder has one sequence of bytes, and whatever decodes encodes to
//! the same bytes again. It holds nothing but the entries, so objects of hostile origin can at worst
//! name things that do not exist. In reading order: [`name`] (what a name may be), [`folder`] (one
//! folder and its bytes), [`times`] (when things were changed), [`mod@diff`] (what differs between
//! two trees).

pub mod diff;
pub mod folder;
pub mod name;
pub mod times;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::digest::{BlobId, Digest, DigestError};

pub use diff::{Difference, Nature, diff};
pub use folder::{Entry, Folder, Skip};
pub use name::{Name, TreePath};
pub use times::{Moment, Times};

/// Names an object of the content store by the 32 bytes of its hash: a [`BlobId`] that is compact
/// enough to have many of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId([u8; 32]);

impl ObjectId {
    /// Makes an id of the bytes of a hash.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the bytes of the hash.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Returns the id as the store knows it.
    pub fn to_blob(self) -> BlobId {
        BlobId::from(self)
    }
}

impl From<&BlobId> for ObjectId {
    fn from(id: &BlobId) -> Self {
        // A blob id is 64 hexadecimal digits by construction.
        Self(
            id.as_str()
                .parse::<Digest>()
                .map_or([0; 32], |digest| *digest.as_bytes()),
        )
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Digest::from_bytes(self.0).fmt(f)
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ObjectId({self})")
    }
}

impl FromStr for ObjectId {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        text.parse::<Digest>()
            .map(|digest| Self(*digest.as_bytes()))
    }
}

impl Serialize for ObjectId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ObjectId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
