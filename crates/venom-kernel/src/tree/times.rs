//! When the entries of a folder were last modified: an object that stands beside the folder's.
//!
//! It lists a time for each entry of its folder, in the same order and without names, so it means
//! something only together with the folder that it was captured with. Version 1: `"VTIME"` and the
//! byte 1; then for each entry the seconds since 1970 (8 bytes, signed) and the nanoseconds (4
//! bytes), least significant byte first; a nanosecond count with the highest bit set says that the
//! entry is a folder, and the 32 bytes of its own times follow.

use super::ObjectId;

/// How the bytes begin.
const MAGIC: &[u8; 6] = b"VTIME\x01";
/// Says that the times of a folder follow.
const FOLDER: u32 = 1 << 31;
/// Nanoseconds in a second.
const SECOND: u32 = 1_000_000_000;

/// When something was last modified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Moment {
    /// Seconds since 1970.
    pub seconds: i64,
    /// And nanoseconds, less than a second.
    pub nanos: u32,
}

/// The times of one entry: its own, and for a folder the object with the times inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntryTimes {
    /// Its own.
    pub modified: Moment,
    /// Where the times inside are.
    pub inside: Option<ObjectId>,
}

/// Why bytes are no times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TimesError {
    /// They do not begin as times do.
    #[error("these are no times of a version that is known here")]
    Beginning,
    /// They end in the middle.
    #[error("the times end in the middle of one")]
    Short,
    /// A second has no so many nanoseconds.
    #[error("a time has more nanoseconds than a second")]
    Nanos,
}

/// The times of the entries of one folder, in the order of their names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Times(Vec<EntryTimes>);

impl Times {
    /// Makes the times of a folder; a fraction of a second that is none is cut to one.
    pub fn new(mut entries: Vec<EntryTimes>) -> Self {
        for entry in &mut entries {
            entry.modified.nanos = entry.modified.nanos.min(SECOND - 1);
        }
        Self(entries)
    }

    /// Returns the times in the order of the folder's entries.
    pub fn entries(&self) -> &[EntryTimes] {
        &self.0
    }

    /// Returns the bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(MAGIC.len() + self.0.len() * 12);
        bytes.extend_from_slice(MAGIC);
        for EntryTimes { modified, inside } in &self.0 {
            bytes.extend_from_slice(&modified.seconds.to_le_bytes());
            let mark = if inside.is_some() { FOLDER } else { 0 };
            bytes.extend_from_slice(&(modified.nanos | mark).to_le_bytes());
            if let Some(inside) = inside {
                bytes.extend_from_slice(inside.as_bytes());
            }
        }
        bytes
    }

    /// Reads the bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self, TimesError> {
        let mut rest = bytes
            .strip_prefix(MAGIC.as_slice())
            .ok_or(TimesError::Beginning)?;
        let mut entries = Vec::new();
        while !rest.is_empty() {
            let seconds = i64::from_le_bytes(array(&mut rest)?);
            let marked = u32::from_le_bytes(array(&mut rest)?);
            let nanos = marked & !FOLDER;
            if nanos >= SECOND {
                return Err(TimesError::Nanos);
            }
            let inside = if marked & FOLDER == 0 {
                None
            } else {
                Some(ObjectId::from_bytes(array(&mut rest)?))
            };
            entries.push(EntryTimes {
                modified: Moment { seconds, nanos },
                inside,
            });
        }
        Ok(Self(entries))
    }
}

fn array<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], TimesError> {
    let (taken, after) = rest.split_first_chunk().ok_or(TimesError::Short)?;
    *rest = after;
    Ok(*taken)
}
