//! The marks that an overlay leaves on files and folders.

use std::fmt;
use std::os::fd::AsFd;
use std::path::PathBuf;

use rustix::fs::{fgetxattr, flistxattr};
use rustix::io::Errno;

use super::names::shown;

/// Most bytes of a list of attributes: the kernel's `XATTR_LIST_MAX`.
const LONGEST_LIST: usize = 64 << 10;

/// Something in an upper folder that no honest overlay of this kind leaves there, or that cannot be
/// read. Always refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marked {
    /// Where.
    pub path: PathBuf,
    /// What.
    pub mark: Mark,
}

/// What is wrong with something in an upper folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mark {
    /// A redirect: says that a folder was renamed from somewhere else.
    Redirect(PathBuf),
    /// A file without its bytes, which are said to be somewhere else.
    MetadataOnly,
    /// A whiteout that is no empty file.
    OddWhiteout,
    /// Another mark of overlays, by its name.
    Unknown(String),
    /// It cannot be read by this user.
    Unreadable,
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Redirect(from) => {
                write!(f, "is marked as renamed from `{}`", shown(from))
            }
            Self::MetadataOnly => f.write_str("is marked as a file whose bytes are elsewhere"),
            Self::OddWhiteout => f.write_str("is marked as removed, but is no empty file"),
            Self::Unknown(name) => write!(f, "carries the unknown mark `{name}`"),
            Self::Unreadable => f.write_str("cannot be read"),
        }
    }
}

/// What the marks of a file or folder say.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Marks {
    pub(super) is_whiteout: bool,
    pub(super) is_opaque: bool,
    pub(super) wrong: Option<Mark>,
}

/// Reads the marks of an open file or folder.
pub(super) fn marks(file: impl AsFd) -> rustix::io::Result<Marks> {
    let mut list = Vec::with_capacity(LONGEST_LIST);
    match flistxattr(&file, rustix::buffer::spare_capacity(&mut list)) {
        // A file system without attributes has no marks either.
        Ok(0) | Err(Errno::NOTSUP) => return Ok(Marks::default()),
        Ok(_) => {}
        Err(errno) => return Err(errno),
    }
    let mut marks = Marks::default();
    for name in list.split(|byte| *byte == 0) {
        if let Some(name) = name.strip_prefix(b"user.overlay.") {
            read(&file, name, &mut marks)?;
        } else if let Some(name) = name.strip_prefix(b"trusted.overlay.") {
            // Those of a mount without `userxattr`; what they say does not hold here.
            marks.wrong = Some(unknown(name));
        }
    }
    Ok(marks)
}

fn read(file: impl AsFd, name: &[u8], marks: &mut Marks) -> rustix::io::Result<()> {
    match name {
        b"whiteout" => marks.is_whiteout = true,
        b"opaque" => match value(file, "user.overlay.opaque")?.as_slice() {
            b"y" => marks.is_opaque = true,
            // Says that there may be whiteouts made of attributes.
            b"x" => {}
            _ => marks.wrong = Some(unknown(name)),
        },
        b"redirect" => {
            use std::os::unix::ffi::OsStringExt as _;
            let from = std::ffi::OsString::from_vec(value(file, "user.overlay.redirect")?);
            marks.wrong = Some(Mark::Redirect(from.into()));
        }
        b"metacopy" => marks.wrong = Some(Mark::MetadataOnly),
        // Notes of the overlay to itself, which say nothing about the content.
        b"origin" | b"impure" | b"nlink" | b"uuid" | b"upper" | b"protattr" => {}
        // What a process inside sets under these names is kept apart by one more `overlay.`.
        _ if name.starts_with(b"overlay.") => {}
        _ => marks.wrong = Some(unknown(name)),
    }
    Ok(())
}

fn unknown(name: &[u8]) -> Mark {
    use std::os::unix::ffi::OsStrExt as _;
    Mark::Unknown(shown(std::path::Path::new(std::ffi::OsStr::from_bytes(
        name,
    ))))
}

fn value(file: impl AsFd, name: &str) -> rustix::io::Result<Vec<u8>> {
    let mut value = Vec::with_capacity(LONGEST_LIST);
    fgetxattr(file, name, rustix::buffer::spare_capacity(&mut value))?;
    Ok(value)
}
