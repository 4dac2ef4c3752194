//! What stands at a path, and what tells it from something put there since.

use std::path::PathBuf;

use rustix::fs::{FileType, Stat};

/// The form of what stands at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
    /// A named pipe.
    Pipe,
    /// A socket.
    Socket,
    /// A device.
    Device,
}

impl Form {
    /// Returns the form with its article.
    pub const fn words(self) -> &'static str {
        match self {
            Self::File => "a file",
            Self::Folder => "a folder",
            Self::Link => "a symbolic link",
            Self::Pipe => "a named pipe",
            Self::Socket => "a socket",
            Self::Device => "a device",
        }
    }

    pub(super) fn of(stat: &Stat) -> Self {
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => Self::File,
            FileType::Directory => Self::Folder,
            FileType::Symlink => Self::Link,
            FileType::Fifo => Self::Pipe,
            FileType::Socket => Self::Socket,
            FileType::CharacterDevice | FileType::BlockDevice | FileType::Unknown => Self::Device,
        }
    }
}

/// What stands at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Its form.
    pub form: Form,
    /// The permission bits (the lower twelve of the mode); 0 for a link, which has none.
    pub mode: u32,
    /// The bytes of a file or of a link's text; 0 for the rest.
    pub size: u64,
    /// The text of a link.
    pub target: Option<PathBuf>,
    pub(super) print: Print,
}

/// What tells a node from another with the same size and mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Print {
    /// Compared nowhere: it may be another after a restart of the machine.
    pub(super) device: u64,
    pub(super) inode: u64,
    pub(super) links: u64,
    /// When the content was last changed, in nanoseconds. Can be set by hand.
    pub(super) modified: i128,
    /// When anything was last changed, a name or a mode among it. Cannot be set by hand.
    pub(super) changed: i128,
    pub(super) owner: u32,
    pub(super) group: u32,
}

impl Node {
    /// Makes a node of what the system says; the text of a link is read apart.
    pub(super) fn of(stat: &Stat) -> Self {
        let form = Form::of(stat);
        Self {
            form,
            mode: match form {
                Form::Link => 0,
                _ => stat.st_mode & 0o7777,
            },
            size: match form {
                Form::File | Form::Link => u64::try_from(stat.st_size).unwrap_or_default(),
                _ => 0,
            },
            target: None,
            print: Print {
                device: stat.st_dev,
                inode: stat.st_ino,
                links: stat.st_nlink,
                modified: nanos(stat.st_mtime, stat.st_mtime_nsec),
                changed: nanos(stat.st_ctime, stat.st_ctime_nsec),
                owner: stat.st_uid,
                group: stat.st_gid,
            },
        }
    }

    /// Tells whether a later look shows the same file or link, and nothing was done to it.
    pub(super) fn is_untouched(&self, later: &Self) -> bool {
        self.is_moved(later) && self.print.changed == later.print.changed
    }

    /// Tells the same of one of the host. What has several names may lose some to the commit, which
    /// moves the time of change.
    pub(super) fn is_unedited(&self, later: &Self) -> bool {
        self.is_untouched(later) || (self.print.links > 1 && self.is_moved(later))
    }

    /// Tells the same of one that may have been renamed or linked, which moves the time of change.
    pub(super) fn is_moved(&self, later: &Self) -> bool {
        (self.form, self.mode, self.size) == (later.form, later.mode, later.size)
            && self.print.inode == later.print.inode
            && self.print.modified == later.print.modified
    }
}

pub(super) fn nanos(seconds: i64, nanos: u64) -> i128 {
    i128::from(seconds) * 1_000_000_000 + i128::from(nanos)
}
