//! `files.archive` and `files.unpack`: archives of files, written and read.
//!
//! An archive is hostile until it is read to its end: every name is judged, every size is counted and
//! nothing is staged before all of it was found fit. So an archive is unpacked as a whole or not at
//! all, and what it would put over files that are there is a conflict that is named first.

mod judge;
mod pack;
mod read;
mod unpack;

use std::fmt;

pub(super) use pack::{call as pack, params as pack_params, result as pack_result};
pub(super) use unpack::{call as unpack, params as unpack_params, result as unpack_result};

/// The largest archive that is read. Chosen: it is held in memory.
const LARGEST_ARCHIVE: u64 = 128 << 20;

/// The most bytes of all files of an archive together. Chosen: they are held in memory until they are
/// committed; whatever is larger is a matter for `tar` in a step of the skill `shell`.
const LARGEST_CONTENT: u64 = 256 << 20;

/// The largest file, as everywhere where edits are staged.
const LARGEST_FILE: u64 = 64 << 20;

/// The most entries. Chosen: more than any source tree that fits in the sizes above.
const MOST: usize = 50_000;

/// How many times larger than the archive its content may be, where it is large at all. Chosen: text
/// shrinks to a tenth, logs to a fiftieth; bombs live on a thousand.
const RATIO: u64 = 200;

/// Content below this is never a bomb, whatever its ratio: a file of zeros is no attack.
const SMALL: u64 = 16 << 20;

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

/// A file in an archive.
struct Packed {
    /// Its path, below the folder that the archive is unpacked into.
    path: String,
    bytes: Vec<u8>,
    is_executable: bool,
}

#[cfg(test)]
mod tests;
