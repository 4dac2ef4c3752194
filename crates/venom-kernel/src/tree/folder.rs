//! One folder and its bytes.
//!
//! Version 1, all numbers with the least significant byte first:
//!
//! ```text
//! "VTREE" 1                       six bytes
//! then for each entry, in the order of the names' bytes:
//!   kind      1 byte              1 file, 2 link, 3 folder, 4 folder with something left out, 5 skipped
//!   length    1 byte              of the name, 1 to 255
//!   name
//!   file      mode 2, size 8, content 32
//!   link      target 32           the target's text is an object of its own
//!   folder    mode 2, object 32
//!   skipped   reason 1, size 8
//! ```

use std::collections::BTreeMap;
use std::collections::btree_map::Iter;

use serde::{Deserialize, Serialize};

use super::ObjectId;
use super::name::{Name, NameError};

/// How the bytes of a folder begin.
const MAGIC: &[u8; 6] = b"VTREE\x01";

/// Why something that stands in a folder was not captured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Skip {
    /// A file over the limit of one file.
    TooBig,
    /// It could not be read, or did not hold still while it was.
    Unreadable,
    /// A pipe, a socket or a device.
    Special,
    /// Another file system is mounted there.
    OtherFileSystem,
    /// Past the limit of all files, of their bytes, or of the depth.
    TooMany,
}

impl Skip {
    /// Returns the reason for people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::TooBig => "larger than the limit of one file",
            Self::Unreadable => "could not be read",
            Self::Special => "a pipe, a socket or a device",
            Self::OtherFileSystem => "another file system",
            Self::TooMany => "past the limit of a snapshot",
        }
    }

    /// Tells whether a snapshot with such an entry lacks what it should hold, so that going back to
    /// it needs a word of the user. Kinds and sizes that are left out by rule are no such lack.
    pub const fn is_lack(self) -> bool {
        match self {
            Self::Unreadable | Self::TooMany => true,
            Self::TooBig | Self::Special | Self::OtherFileSystem => false,
        }
    }

    const fn code(self) -> u8 {
        match self {
            Self::TooBig => 1,
            Self::Unreadable => 2,
            Self::Special => 3,
            Self::OtherFileSystem => 4,
            Self::TooMany => 5,
        }
    }

    const fn of_code(code: u8) -> Option<Self> {
        Some(match code {
            1 => Self::TooBig,
            2 => Self::Unreadable,
            3 => Self::Special,
            4 => Self::OtherFileSystem,
            5 => Self::TooMany,
            _ => return None,
        })
    }
}

/// What stands under a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Entry {
    /// A regular file.
    File {
        /// Its bytes.
        blob: ObjectId,
        /// Their number.
        size: u64,
        /// The permission bits (the lower twelve of the mode).
        mode: u16,
    },
    /// A symbolic link; links have no mode.
    Link {
        /// The bytes of its text.
        target: ObjectId,
    },
    /// A folder.
    Folder {
        /// Its object.
        tree: ObjectId,
        /// The permission bits.
        mode: u16,
        /// Whether something below it is missing that should be there; see [`Skip::is_lack`].
        is_partial: bool,
    },
    /// Something that is there and was not captured. It is never touched by a restore.
    Skipped {
        /// Why.
        why: Skip,
        /// Its size as the system tells it; 0 where it tells none.
        size: u64,
    },
}

impl Entry {
    /// The bits that a mode may hold.
    pub const MODE: u16 = 0o7777;

    /// Tells whether something is missing here or below.
    pub const fn is_partial(&self) -> bool {
        match self {
            Self::File { .. } | Self::Link { .. } => false,
            Self::Folder { is_partial, .. } => *is_partial,
            Self::Skipped { why, .. } => why.is_lack(),
        }
    }

    /// Tells whether two entries are the same but for what is inside a folder.
    pub fn is_same_shell(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Folder { mode: ours, .. }, Self::Folder { mode: theirs, .. }) => ours == theirs,
            _ => self == other,
        }
    }

    /// Returns the object of a folder.
    pub const fn tree(&self) -> Option<ObjectId> {
        match self {
            Self::Folder { tree, .. } => Some(*tree),
            Self::File { .. } | Self::Link { .. } | Self::Skipped { .. } => None,
        }
    }

    /// Returns what it is, for people.
    pub const fn words(&self) -> &'static str {
        match self {
            Self::File { .. } => "a file",
            Self::Link { .. } => "a symbolic link",
            Self::Folder { .. } => "a folder",
            Self::Skipped { .. } => "something that was not captured",
        }
    }
}

/// Why bytes are no folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FolderError {
    /// They do not begin as a folder does.
    #[error("this is no folder of a version that is known here")]
    Beginning,
    /// They end in the middle of an entry.
    #[error("the folder ends in the middle of an entry")]
    Short,
    /// A name is none.
    #[error("a name in the folder is none: {0}")]
    Name(NameError),
    /// The names are not in order, or one is there twice.
    #[error("the names in the folder are not in order")]
    Order,
    /// A kind or a reason that is not known.
    #[error("an entry of the folder is of no kind that is known here")]
    Kind,
    /// A mode with other bits than permissions.
    #[error("a mode in the folder holds more than permissions")]
    Mode,
}

/// The entries of one folder.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Folder {
    entries: BTreeMap<Name, Entry>,
}

impl Folder {
    /// Makes an empty folder.
    pub const fn new() -> Self {
        Self {
            entries: BTreeMap::new(),
        }
    }

    /// Puts an entry under a name; gives the one that was there.
    pub fn insert(&mut self, name: Name, entry: Entry) -> Option<Entry> {
        self.entries.insert(name, masked(entry))
    }

    /// Returns the entry of a name.
    pub fn get(&self, name: &Name) -> Option<&Entry> {
        self.entries.get(name)
    }

    /// Returns the entries in the order of their names.
    pub fn iter(&self) -> Iter<'_, Name, Entry> {
        self.entries.iter()
    }

    /// Returns the number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Tells whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Tells whether something is missing here or below.
    pub fn is_partial(&self) -> bool {
        self.entries.values().any(Entry::is_partial)
    }

    /// Returns the bytes.
    pub fn encode(&self) -> Vec<u8> {
        // A file with a name of 20 bytes takes 64.
        let mut bytes = Vec::with_capacity(MAGIC.len() + self.entries.len() * 64);
        bytes.extend_from_slice(MAGIC);
        for (name, entry) in &self.entries {
            encode_entry(&mut bytes, name.as_bytes(), entry);
        }
        bytes
    }

    /// Reads the bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self, FolderError> {
        let mut reader = Reader(
            bytes
                .strip_prefix(MAGIC.as_slice())
                .ok_or(FolderError::Beginning)?,
        );
        let mut entries = Vec::new();
        let mut last: &[u8] = b"";
        while !reader.0.is_empty() {
            let [kind, length] = reader.array()?;
            let name = reader.take(usize::from(length))?;
            if name <= last {
                return Err(match Name::new(name) {
                    Err(error) => FolderError::Name(error),
                    Ok(_) => FolderError::Order,
                });
            }
            last = name;
            let name = Name::new(name).map_err(FolderError::Name)?;
            entries.push((name, decode_entry(kind, &mut reader)?));
        }
        Ok(Self {
            // In order already, so the map is built in one go.
            entries: entries.into_iter().collect(),
        })
    }
}

impl<'a> IntoIterator for &'a Folder {
    type Item = (&'a Name, &'a Entry);
    type IntoIter = Iter<'a, Name, Entry>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl FromIterator<(Name, Entry)> for Folder {
    fn from_iter<I: IntoIterator<Item = (Name, Entry)>>(entries: I) -> Self {
        let entries = entries.into_iter();
        Self {
            entries: entries.map(|(name, entry)| (name, masked(entry))).collect(),
        }
    }
}

/// Takes bits out of a mode that no mode has, so that every folder that can be made can be read.
const fn masked(mut entry: Entry) -> Entry {
    match &mut entry {
        Entry::File { mode, .. } | Entry::Folder { mode, .. } => *mode &= Entry::MODE,
        Entry::Link { .. } | Entry::Skipped { .. } => {}
    }
    entry
}

fn encode_entry(bytes: &mut Vec<u8>, name: &[u8], entry: &Entry) {
    let kind = match entry {
        Entry::File { .. } => 1,
        Entry::Link { .. } => 2,
        Entry::Folder {
            is_partial: false, ..
        } => 3,
        Entry::Folder {
            is_partial: true, ..
        } => 4,
        Entry::Skipped { .. } => 5,
    };
    bytes.push(kind);
    // A name is never longer than a byte can say.
    bytes.push(u8::try_from(name.len()).unwrap_or(u8::MAX));
    bytes.extend_from_slice(name);
    match entry {
        Entry::File { blob, size, mode } => {
            bytes.extend_from_slice(&mode.to_le_bytes());
            bytes.extend_from_slice(&size.to_le_bytes());
            bytes.extend_from_slice(blob.as_bytes());
        }
        Entry::Link { target } => bytes.extend_from_slice(target.as_bytes()),
        Entry::Folder { tree, mode, .. } => {
            bytes.extend_from_slice(&mode.to_le_bytes());
            bytes.extend_from_slice(tree.as_bytes());
        }
        Entry::Skipped { why, size } => {
            bytes.push(why.code());
            bytes.extend_from_slice(&size.to_le_bytes());
        }
    }
}

fn decode_entry(kind: u8, reader: &mut Reader<'_>) -> Result<Entry, FolderError> {
    Ok(match kind {
        1 => {
            let mode = reader.mode()?;
            let size = u64::from_le_bytes(reader.array()?);
            let blob = ObjectId::from_bytes(reader.array()?);
            Entry::File { blob, size, mode }
        }
        2 => Entry::Link {
            target: ObjectId::from_bytes(reader.array()?),
        },
        3 | 4 => {
            let mode = reader.mode()?;
            let tree = ObjectId::from_bytes(reader.array()?);
            Entry::Folder {
                tree,
                mode,
                is_partial: kind == 4,
            }
        }
        5 => {
            let [code] = reader.array()?;
            let why = Skip::of_code(code).ok_or(FolderError::Kind)?;
            let size = u64::from_le_bytes(reader.array()?);
            Entry::Skipped { why, size }
        }
        _ => return Err(FolderError::Kind),
    })
}

/// Takes bytes from the front.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], FolderError> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(FolderError::Short)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], FolderError> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(FolderError::Short)?;
        self.0 = rest;
        Ok(*taken)
    }

    fn mode(&mut self) -> Result<u16, FolderError> {
        let mode = u16::from_le_bytes(self.array()?);
        if mode > Entry::MODE {
            return Err(FolderError::Mode);
        }
        Ok(mode)
    }
}
