//! `files.archive` and `files.unpack`: archives of files, written and read.
//!
//! An archive is hostile until it is read to its end: every name is judged, every size is counted and
//! nothing is staged before all of it was found fit. So an archive is unpacked as a whole or not at
//! all, and what it would put over files that are there is a conflict that is named first.
//!
//! Both pass through the call's own folder on the disk, so that memory holds one file at a time. What stands
//! there when the program is killed is nobody's; a place in the workspace is only ever taken by a whole file.

mod judge;
mod pack;
mod read;
mod unpack;

use std::fmt;

use venom_ports::{Failure, Result};

pub(super) use pack::{call as pack, params as pack_params, result as pack_result};
pub(super) use unpack::{call as unpack, params as unpack_params, result as unpack_result};

use crate::params::{Given, refused};
use crate::schema::{self, Object};

/// The largest file that is unpacked, and the largest archive that is made: the content store holds no larger
/// object.
const LARGEST_FILE: u64 = 256 << 20;

/// How many entries an archive has at most if nobody says how many may be, and when somebody does. Chosen: more
/// than most source trees, and what a change set of so many files still takes in memory.
const ENTRIES: usize = 50_000;
const MOST_ENTRIES: usize = 1_000_000;

/// How many bytes all files of an archive have together at most if nobody says how many may be, and when
/// somebody does. Chosen: what nobody is surprised by on a disk, and what fits on one.
const BYTES: u64 = 4 << 30;
const MOST_BYTES: u64 = 256 << 30;

/// How many times larger than the archive its content may be, where it is large at all. Chosen: text
/// shrinks to a tenth, logs to a fiftieth; bombs live on a thousand.
const RATIO: u64 = 200;
const MOST_RATIO: u64 = 100_000;

/// Content below this is never a bomb, whatever its ratio: a file of zeros is no attack.
const SMALL: u64 = 16 << 20;

/// How much an archive may hold.
#[derive(Debug, Clone, Copy)]
struct Limits {
    entries: usize,
    bytes: u64,
    ratio: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            entries: ENTRIES,
            bytes: BYTES,
            ratio: RATIO,
        }
    }
}

impl Limits {
    /// Takes the parameters that say how much of it there may be; a ratio is for what is unpacked.
    fn take(given: &mut Given) -> Result<Self> {
        let usual = Self::default();
        let entries: Option<usize> = given.may("max_entries")?;
        let bytes: Option<u64> = given.may("max_bytes")?;
        let ratio: Option<u64> = given.may("max_ratio")?;
        Ok(Self {
            entries: entries.unwrap_or(usual.entries).clamp(1, MOST_ENTRIES),
            bytes: bytes.unwrap_or(usual.bytes).clamp(1, MOST_BYTES),
            ratio: ratio.unwrap_or(usual.ratio).clamp(1, MOST_RATIO),
        })
    }

    /// Describes these parameters.
    fn params(object: Object) -> Object {
        object
            .may(
                "max_entries",
                schema::between(
                    1,
                    MOST_ENTRIES as u64,
                    "The most entries; 50,000 if not given.",
                ),
            )
            .may(
                "max_bytes",
                schema::between(
                    1,
                    MOST_BYTES,
                    "The most bytes of all files together; 4 GiB if not given.",
                ),
            )
    }

    fn too_many(&self) -> Failure {
        refused(format!("there are more than {} entries", self.entries))
            .with_hint("if so many are meant, say `max_entries`")
    }

    fn too_much(&self) -> Failure {
        refused(format!(
            "the files have more than {} together",
            size(self.bytes)
        ))
        .with_hint("if so much is meant and the disk has room for it, say `max_bytes`")
    }
}

/// Says a number of bytes.
fn size(bytes: u64) -> String {
    match bytes {
        bytes if bytes >= 1 << 30 && bytes.is_multiple_of(1 << 30) => {
            format!("{} GiB", bytes >> 30)
        }
        bytes if bytes >= 1 << 20 && bytes.is_multiple_of(1 << 20) => {
            format!("{} MiB", bytes >> 20)
        }
        bytes => format!("{bytes} bytes"),
    }
}

/// The form of an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Tar,
    TarGz,
    TarZst,
    Zip,
}

impl Form {
    /// Reads the form off a name.
    fn of_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let ends = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
        if ends(&[".tar.gz", ".tgz"]) {
            Some(Self::TarGz)
        } else if ends(&[".tar.zst", ".tzst"]) {
            Some(Self::TarZst)
        } else if ends(&[".tar"]) {
            Some(Self::Tar)
        } else if ends(&[".zip"]) {
            Some(Self::Zip)
        } else {
            None
        }
    }

    /// Reads the form off the first bytes: what a file is called proves nothing.
    fn of_bytes(bytes: &[u8]) -> Option<Self> {
        let begins = |mark: &[u8]| bytes.starts_with(mark);
        if begins(&[0x1f, 0x8b]) {
            Some(Self::TarGz)
        } else if begins(&[0x28, 0xb5, 0x2f, 0xfd]) {
            Some(Self::TarZst)
        } else if begins(b"PK\x03\x04") || begins(b"PK\x05\x06") {
            Some(Self::Zip)
        } else if bytes.get(257..262) == Some(b"ustar") {
            Some(Self::Tar)
        } else {
            None
        }
    }

    /// Returns the name without what says the form.
    fn stem(name: &str) -> String {
        let lower = name.to_ascii_lowercase();
        let end = [".tar.gz", ".tgz", ".tar.zst", ".tzst", ".tar", ".zip"]
            .into_iter()
            .find(|end| lower.ends_with(end));
        let keep = name.chars().count() - end.map_or(0, str::len);
        name.chars().take(keep).collect()
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tar => "tar",
            Self::TarGz => "tar.gz",
            Self::TarZst => "tar.zst",
            Self::Zip => "zip",
        })
    }
}

/// A file on its way into an archive.
struct Packed {
    path: String,
    bytes: Vec<u8>,
    is_executable: bool,
}

#[cfg(test)]
mod tests;
