//! Calls: what a program is about to do, in words of files and not of numbers.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};

use crate::os::{Memory, Notice};

/// Longest write that is read out of a program. Chosen: above the largest blob of any test; what is
/// longer is an error of the campaign and not a truncated record.
const LONGEST: usize = 256 * 1_024 * 1_024;

/// A call that has not happened yet.
#[derive(Debug, Clone)]
pub struct Call {
    /// The process that makes it.
    pub process: i32,
    /// Whether that is the program itself and not something that it started.
    pub is_own: bool,
    /// What it will do.
    pub deed: Deed,
}

/// What a call will do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// Opens a file and makes it if it is not there.
    Open {
        /// The file.
        path: PathBuf,
        /// Whether it is made empty.
        empties: bool,
    },
    /// Writes to a file.
    Write {
        /// The file.
        path: PathBuf,
        /// Where.
        offset: u64,
        /// What.
        bytes: Vec<u8>,
    },
    /// Changes the length of a file.
    Cut {
        /// The file.
        path: PathBuf,
        /// Its length afterwards.
        size: u64,
    },
    /// Flushes a file or the names in a folder.
    Sync {
        /// The file or folder.
        path: PathBuf,
    },
    /// Gives something another name.
    Rename {
        /// Its name.
        from: PathBuf,
        /// Its name afterwards.
        to: PathBuf,
    },
    /// Gives a file one more name.
    Link {
        /// A name that it has.
        from: PathBuf,
        /// Another name.
        to: PathBuf,
    },
    /// Makes a symbolic link.
    Point {
        /// The link.
        path: PathBuf,
        /// What it says.
        target: PathBuf,
    },
    /// Removes a name.
    Remove {
        /// The name.
        path: PathBuf,
    },
    /// Makes a folder.
    Folder {
        /// The folder.
        path: PathBuf,
    },
    /// Says something on standard output.
    Say {
        /// What.
        bytes: Vec<u8>,
    },
    /// Becomes another program.
    Start {
        /// The program.
        program: PathBuf,
    },
    /// Connects a socket to an address of the internet.
    Connect,
    /// Changes a file in a way that is not recorded.
    Unknown {
        /// The number of the call.
        number: i64,
        /// The file.
        path: PathBuf,
    },
    /// Nothing that lasts: a pipe, a socket, an event.
    Passing,
}

impl Deed {
    /// Returns the path that is changed or flushed, if it is about one.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Open { path, .. }
            | Self::Write { path, .. }
            | Self::Cut { path, .. }
            | Self::Sync { path }
            | Self::Rename { to: path, .. }
            | Self::Link { to: path, .. }
            | Self::Point { path, .. }
            | Self::Remove { path }
            | Self::Folder { path }
            | Self::Unknown { path, .. } => Some(path),
            Self::Say { .. } | Self::Start { .. } | Self::Connect | Self::Passing => None,
        }
    }
}

/// Reads calls. Remembers which threads belong to which process.
pub(crate) struct Reader {
    own: i32,
    processes: BTreeMap<u32, i32>,
}

impl Reader {
    /// Reads calls of this program and its children.
    pub(crate) const fn new(own: i32) -> Self {
        Self {
            own,
            processes: BTreeMap::new(),
        }
    }

    /// Reads a call. One whose maker is gone, or whose memory may not be read, is passing.
    pub(crate) fn read(&mut self, notice: &Notice) -> Call {
        let process = self.process_of(notice.thread);
        let is_own = process == self.own;
        let starts = notice.number == libc::SYS_execve;
        // What others do to files is theirs; only that they begin is looked at.
        let deed = if is_own || starts {
            Stopped(notice).deed().unwrap_or(Deed::Passing)
        } else {
            Deed::Passing
        };
        Call {
            process,
            is_own,
            deed,
        }
    }

    fn process_of(&mut self, thread: u32) -> i32 {
        if let Some(process) = self.processes.get(&thread) {
            return *process;
        }
        let status = fs::read_to_string(format!("/proc/{thread}/status")).unwrap_or_default();
        let process = status
            .lines()
            .find_map(|line| line.strip_prefix("Tgid:")?.trim().parse().ok())
            .unwrap_or(0);
        // Numbers are used again, but the program's own threads live as long as it does.
        if process == self.own {
            self.processes.insert(thread, process);
        }
        process
    }
}

/// A call with its numbers.
struct Stopped<'a>(&'a Notice);

/// An open file, as the program knows it.
enum Opened {
    /// Something with a path.
    At(PathBuf),
    /// A pipe, a socket, a file that was removed.
    Nameless,
}

impl Stopped<'_> {
    fn arg(&self, place: usize) -> u64 {
        self.0.args.get(place).copied().unwrap_or(0)
    }

    /// Returns an argument that is an `int`.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the kernel looks at the lower half of such an argument alone"
    )]
    fn int(&self, place: usize) -> i32 {
        self.arg(place).cast_signed() as i32
    }

    fn memory(&self) -> io::Result<Memory> {
        Memory::of(self.0.thread)
    }

    fn deed(&self) -> io::Result<Deed> {
        match self.0.number {
            libc::SYS_openat => Ok(open(self.path(0, 1)?, self.int(2))),
            libc::SYS_write => {
                let bytes = self.memory()?.bytes(self.arg(1), length(self.arg(2))?)?;
                self.write(None, bytes)
            }
            libc::SYS_pwrite64 => {
                let bytes = self.memory()?.bytes(self.arg(1), length(self.arg(2))?)?;
                self.write(Some(self.arg(3)), bytes)
            }
            libc::SYS_writev => self.write(None, self.pieces()?),
            libc::SYS_pwritev | libc::SYS_pwritev2 => self.write(Some(self.arg(3)), self.pieces()?),
            libc::SYS_fsync | libc::SYS_fdatasync => Ok(self.about(0, |path| Deed::Sync { path })),
            libc::SYS_ftruncate => {
                let size = self.arg(1);
                Ok(self.about(0, |path| Deed::Cut { path, size }))
            }
            libc::SYS_copy_file_range => Ok(self.unknown(2)),
            libc::SYS_sendfile | libc::SYS_fallocate => Ok(self.unknown(0)),
            libc::SYS_truncate => Ok(Deed::Cut {
                path: self.here(0)?,
                size: self.arg(1),
            }),
            libc::SYS_renameat | libc::SYS_renameat2 => Ok(Deed::Rename {
                from: self.path(0, 1)?,
                to: self.path(2, 3)?,
            }),
            libc::SYS_unlinkat => Ok(Deed::Remove {
                path: self.path(0, 1)?,
            }),
            libc::SYS_mkdirat => Ok(Deed::Folder {
                path: self.path(0, 1)?,
            }),
            libc::SYS_linkat => Ok(Deed::Link {
                from: self.path(0, 1)?,
                to: self.path(2, 3)?,
            }),
            libc::SYS_symlinkat => Ok(Deed::Point {
                target: self.text(0)?,
                path: self.path(1, 2)?,
            }),
            libc::SYS_execve => Ok(Deed::Start {
                program: self.text(0)?,
            }),
            libc::SYS_connect => {
                let family = self.memory()?.bytes(self.arg(1), 2)?;
                let is_internet = [libc::AF_INET, libc::AF_INET6].iter().any(|wanted| {
                    family
                        .first()
                        .is_some_and(|byte| i32::from(*byte) == *wanted)
                });
                Ok(if is_internet {
                    Deed::Connect
                } else {
                    Deed::Passing
                })
            }
            number => self.older(number),
        }
    }

    #[cfg(target_arch = "x86_64")]
    fn older(&self, number: i64) -> io::Result<Deed> {
        Ok(match number {
            libc::SYS_open => open(self.here(0)?, self.int(1)),
            libc::SYS_creat => Deed::Open {
                path: self.here(0)?,
                empties: true,
            },
            libc::SYS_rename => Deed::Rename {
                from: self.here(0)?,
                to: self.here(1)?,
            },
            libc::SYS_unlink | libc::SYS_rmdir => Deed::Remove {
                path: self.here(0)?,
            },
            libc::SYS_mkdir => Deed::Folder {
                path: self.here(0)?,
            },
            libc::SYS_link => Deed::Link {
                from: self.here(0)?,
                to: self.here(1)?,
            },
            libc::SYS_symlink => Deed::Point {
                target: self.text(0)?,
                path: self.here(1)?,
            },
            _ => Deed::Passing,
        })
    }

    #[cfg(not(target_arch = "x86_64"))]
    #[expect(clippy::unused_self, reason = "other architectures have older calls")]
    fn older(&self, _: i64) -> io::Result<Deed> {
        Ok(Deed::Passing)
    }

    fn write(&self, offset: Option<u64>, bytes: Vec<u8>) -> io::Result<Deed> {
        let Opened::At(path) = self.opened(0) else {
            return Ok(if self.int(0) == 1 {
                Deed::Say { bytes }
            } else {
                Deed::Passing
            });
        };
        let offset = match offset {
            Some(offset) => offset,
            None => self.position()?,
        };
        Ok(Deed::Write {
            path,
            offset,
            bytes,
        })
    }

    /// Returns where a write without a place goes to.
    fn position(&self) -> io::Result<u64> {
        let file = self.int(0);
        let thread = self.0.thread;
        let text = fs::read_to_string(format!("/proc/{thread}/fdinfo/{file}"))?;
        let field = |name: &str| {
            text.lines()
                .find_map(|line| Some(line.strip_prefix(name)?.trim().to_owned()))
                .unwrap_or_default()
        };
        let flags = i32::from_str_radix(&field("flags:"), 8).unwrap_or(0);
        if flags & libc::O_APPEND != 0 {
            return Ok(fs::metadata(format!("/proc/{thread}/fd/{file}"))?.len());
        }
        Ok(field("pos:").parse().unwrap_or(0))
    }

    /// Joins the pieces of a write.
    fn pieces(&self) -> io::Result<Vec<u8>> {
        let memory = self.memory()?;
        let count = length(self.arg(2))?;
        let list = memory.bytes(self.arg(1), count.saturating_mul(16).min(LONGEST))?;
        let mut bytes = Vec::new();
        for piece in list.chunks_exact(16) {
            let (address, size) = piece.split_at(8);
            let number = |bytes: &[u8]| bytes.try_into().map_or(0, u64::from_ne_bytes);
            bytes.extend(memory.bytes(number(address), length(number(size))?)?);
        }
        Ok(bytes)
    }

    fn opened(&self, place: usize) -> Opened {
        let file = self.int(place);
        let thread = self.0.thread;
        match fs::read_link(format!("/proc/{thread}/fd/{file}")) {
            Ok(path)
                if path.is_absolute()
                    && !path.as_os_str().as_encoded_bytes().ends_with(b" (deleted)") =>
            {
                Opened::At(path)
            }
            _ => Opened::Nameless,
        }
    }

    fn about(&self, place: usize, deed: impl FnOnce(PathBuf) -> Deed) -> Deed {
        match self.opened(place) {
            Opened::At(path) => deed(path),
            Opened::Nameless => Deed::Passing,
        }
    }

    fn unknown(&self, place: usize) -> Deed {
        let number = self.0.number;
        self.about(place, |path| Deed::Unknown { number, path })
    }

    fn text(&self, place: usize) -> io::Result<PathBuf> {
        let text = self.memory()?.text(self.arg(place))?;
        Ok(PathBuf::from(OsString::from_vec(text)))
    }

    /// Returns a path below the working folder.
    fn here(&self, place: usize) -> io::Result<PathBuf> {
        self.below(libc::AT_FDCWD, place)
    }

    /// Returns a path below an open folder.
    fn path(&self, folder: usize, place: usize) -> io::Result<PathBuf> {
        self.below(self.int(folder), place)
    }

    fn below(&self, folder: i32, place: usize) -> io::Result<PathBuf> {
        let text = self.text(place)?;
        if text.is_absolute() {
            return Ok(text);
        }
        let thread = self.0.thread;
        let base = if folder == libc::AT_FDCWD {
            fs::read_link(format!("/proc/{thread}/cwd"))?
        } else {
            fs::read_link(format!("/proc/{thread}/fd/{folder}"))?
        };
        Ok(if text.as_os_str().is_empty() {
            base
        } else {
            base.join(text)
        })
    }
}

fn open(path: PathBuf, flags: i32) -> Deed {
    // A file without a name goes with whoever made it.
    if flags & libc::O_TMPFILE == libc::O_TMPFILE {
        return Deed::Passing;
    }
    let empties = flags & libc::O_TRUNC != 0;
    Deed::Open { path, empties }
}

fn length(size: u64) -> io::Result<usize> {
    usize::try_from(size)
        .ok()
        .filter(|size| *size <= LONGEST)
        .ok_or_else(|| io::Error::other("a write that is too long to be recorded"))
}
