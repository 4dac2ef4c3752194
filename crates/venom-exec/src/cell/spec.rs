//! What a cell shall be, what a command in it shall be, and what is refused before anything starts.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::wire::{Reader, Writer};

/// How much isolation a cell has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Landlock, a system call filter and a supervisor that ends all descendants; the host's files
    /// can be seen where the lists allow it, and there is no network at all.
    Restricted,
    /// Namespaces and a root of its own beside all that `Restricted` has.
    Full,
}

impl std::fmt::Display for Tier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Restricted => "restricted",
            Self::Full => "full",
        })
    }
}

/// Names in a workspace that cannot be renamed or removed, so that what is read-only beneath them
/// cannot be walked around by moving them away.
pub const PINNED: &[&str] = &[".git"];

pub use venom_kernel::confine::{HIDDEN, READ_ONLY};

/// Where commands find their home in the full tier.
pub const HOME: &str = "/home/venom";

/// Port of the listener inside a cell that has one.
pub const PROXY_PORT: u16 = 3128;

/// The user and the group that commands see themselves as in the full tier.
pub(super) const INSIDE_ID: u32 = 1000;

/// A cell to open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellSpec {
    /// How much isolation is asked for. Nothing falls back: a cell that cannot be had is an error.
    pub tier: Tier,
    /// The folder that commands work on. It stands inside at its own path.
    pub workspace: Option<Workspace>,
    /// Files and folders beside the system's that can be read and executed, at their own paths.
    pub read_only: Vec<PathBuf>,
    /// Files and folders outside the workspace that commands may change, at their own paths.
    pub writable: Vec<PathBuf>,
    /// Folders that exist inside only, empty at first and writable, such as a tool's cache; what is
    /// listed elsewhere may lie beneath them. Full tier only.
    pub scratch: Vec<PathBuf>,
    /// What is protected in the workspace.
    pub guard: Guard,
    /// Whether commands may make Unix sockets. They are refused otherwise, because a socket in a
    /// shared folder reaches programs outside; a pair of connected ones is always allowed.
    pub unix_sockets: bool,
    /// Whether there is a listener on `127.0.0.1:3128` of the cell's network, to be served from
    /// outside. Full tier only.
    pub proxy_listener: bool,
    /// What commands may use up, all together.
    pub limits: Limits,
}

impl Default for CellSpec {
    fn default() -> Self {
        Self {
            tier: Tier::Full,
            workspace: None,
            read_only: Vec::new(),
            writable: Vec::new(),
            scratch: Vec::new(),
            guard: Guard::default(),
            unix_sockets: false,
            proxy_listener: false,
            limits: Limits::default(),
        }
    }
}

/// The folder that commands work on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace {
    /// Its absolute path outside, which is its path inside as well.
    pub host: PathBuf,
    /// What becomes of changes.
    pub mode: Mode,
}

/// What becomes of changes to the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    /// There are none.
    ReadOnly,
    /// They are made in the folder itself.
    Direct,
    /// They are collected beside it. Full tier only.
    Overlay(Overlay),
}

/// Where changes are collected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlay {
    /// The folder that receives the changes.
    pub upper: PathBuf,
    /// A folder for the kernel's own use, beside `upper`: both have the same parent.
    pub work: PathBuf,
    /// Finished changes that this cell sees beneath its own, newest first.
    pub lowers: Vec<PathBuf>,
}

/// What is protected in the workspace. All paths are relative to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guard {
    /// Cannot be renamed or removed; what is in them can change.
    pub pinned: Vec<PathBuf>,
    /// Can be read only.
    pub read_only: Vec<PathBuf>,
    /// Cannot be read. The list names what exists; [`super::hidden::find`] makes it from patterns.
    pub hidden: Vec<PathBuf>,
}

impl Default for Guard {
    /// [`PINNED`] and [`READ_ONLY`], and nothing hidden, because only a walk can tell what exists.
    fn default() -> Self {
        let paths = |names: &[&str]| names.iter().map(PathBuf::from).collect();
        Self {
            pinned: paths(PINNED),
            read_only: paths(READ_ONLY),
            hidden: Vec::new(),
        }
    }
}

/// What the commands of a cell may use up, all together where the machine can add it up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Memory, swap included. Without cgroups this holds for each process alone.
    pub memory_bytes: u64,
    /// Share of one processor, in percent. Without cgroups nothing enforces it.
    pub cpu_percent: u32,
    /// Processes and threads at one time.
    pub processes: u32,
    /// Open files of each process.
    pub open_files: u32,
    /// Longest file that may be written.
    pub file_bytes: u64,
    /// Bytes in `/tmp`, the home, `/dev/shm` and scratch folders together.
    pub tmp_bytes: u64,
    /// Bytes that an overlay may grow by, looked at several times a second.
    pub overlay_bytes: u64,
}

impl Default for Limits {
    /// 512 MB of memory and half a processor, as VENOM's first design says. The others are chosen:
    /// twice what the largest tool chain tried (node's) opens and forks, and files that fit a disk.
    fn default() -> Self {
        Self {
            memory_bytes: 512 << 20,
            cpu_percent: 50,
            processes: 256,
            open_files: 1024,
            file_bytes: 1 << 30,
            tmp_bytes: 256 << 20,
            overlay_bytes: 1 << 30,
        }
    }
}

/// A command to run in a cell. There is no shell: arguments arrive as they stand here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellCommand {
    /// The program: a name that is looked up on the command's own `PATH` inside, or a path.
    pub program: OsString,
    /// Its arguments, without the program.
    pub args: Vec<OsString>,
    /// The folder to run in; the workspace, or else the home, when there is none.
    pub cwd: Option<PathBuf>,
    /// The whole environment. `HOME`, `TMPDIR`, `PATH` and `LANG` are added when they are missing.
    pub env: BTreeMap<OsString, OsString>,
    /// The longest time; the whole tree of the command is killed when it is over.
    pub timeout: Option<Duration>,
    /// The terminal to run in; pipes when there is none.
    pub terminal: Option<WindowSize>,
}

impl CellCommand {
    /// Makes a command with an empty environment and no time limit, for the workspace.
    pub fn new(program: impl Into<OsString>) -> Self {
        Self {
            program: program.into(),
            args: Vec::new(),
            cwd: None,
            env: BTreeMap::new(),
            timeout: None,
            terminal: None,
        }
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<A: Into<OsString>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Sets a variable.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.env.insert(name.into(), value.into());
        self
    }

    /// Sets the folder to run in.
    #[must_use]
    pub fn cwd(mut self, cwd: impl Into<PathBuf>) -> Self {
        self.cwd = Some(cwd.into());
        self
    }

    /// Sets the longest time.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }
}

/// Size of a terminal in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowSize {
    /// Lines.
    pub rows: u16,
    /// Characters in a line.
    pub columns: u16,
}

/// Why a cell is refused before anything starts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// A path is not absolute, not in its shortest form, or the root itself.
    #[error("`{}` is not an absolute path in its shortest form beneath the root", .0.display())]
    NotPlain(PathBuf),
    /// A protected path is not relative to the workspace.
    #[error("`{}` is not a relative path inside the workspace", .0.display())]
    NotInside(PathBuf),
    /// A path would stand over a part of the system that a cell makes itself.
    #[error("`{}` stands over a part of the system that a cell makes itself", .0.display())]
    Reserved(PathBuf),
    /// Upper and work folder are not two folders with plain names in one parent.
    #[error("`{}` and `{}` are not two folders with plain names in one parent", upper.display(), work.display())]
    Apart {
        /// The upper folder.
        upper: PathBuf,
        /// The work folder.
        work: PathBuf,
    },
    /// The folder of the changes lies in the workspace, or the other way round.
    #[error("the overlay folder `{}` and the workspace contain one another", .0.display())]
    Nested(PathBuf),
    /// Only the full tier has it.
    #[error("{0} needs the full tier")]
    NeedsFull(&'static str),
    /// A limit is zero.
    #[error("the limit `{0}` is zero")]
    NoRoom(&'static str),
    /// There are too many of something.
    #[error("more than {most} {what}")]
    TooMany {
        /// What there are too many of.
        what: &'static str,
        /// How many there may be.
        most: usize,
    },
}

/// Most paths in one list: each becomes a mount, and a namespace holds 100,000 by default
/// (`fs.mount-max`). Chosen: a cell with this many still opens in about 20 ms.
const MOST_PATHS: usize = 1000;

/// Most finished layers beneath an overlay. Chosen well under the kernel's own limit of 500.
const MOST_LAYERS: usize = 64;

/// Folders that a cell makes itself; nothing may stand over them or, for the first ones, in them.
const RESERVED_TREES: &[&str] = &["/proc", "/dev", "/sys", "/.venom"];
const RESERVED: &[&str] = &[
    "/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc", "/tmp", "/home", HOME,
];

fn is_plain(path: &Path) -> bool {
    let mut components = path.components();
    components.next() == Some(Component::RootDir)
        && path.components().count() > 1
        && components.all(|component| matches!(component, Component::Normal(_)))
        && !path.as_os_str().as_encoded_bytes().contains(&0)
        && path.components().collect::<PathBuf>().as_os_str() == path.as_os_str()
}

fn is_inside(path: &Path) -> bool {
    path.components().count() > 0
        && path
            .components()
            .all(|component| matches!(component, Component::Normal(_)))
        && !path.as_os_str().as_encoded_bytes().contains(&0)
}

impl CellSpec {
    /// Looks whether the cell can be asked for at all.
    pub fn check(&self) -> Result<(), SpecError> {
        let listed = self
            .workspace
            .iter()
            .map(|workspace| &workspace.host)
            .chain(&self.read_only)
            .chain(&self.writable)
            .chain(&self.scratch);
        for path in listed {
            if !is_plain(path) {
                return Err(SpecError::NotPlain(path.clone()));
            }
            let is_reserved = RESERVED_TREES.iter().any(|tree| path.starts_with(tree))
                || RESERVED.iter().any(|reserved| path == Path::new(reserved));
            if is_reserved {
                return Err(SpecError::Reserved(path.clone()));
            }
        }
        let guarded = (self.guard.pinned.iter())
            .chain(&self.guard.read_only)
            .chain(&self.guard.hidden);
        for path in guarded {
            if !is_inside(path) {
                return Err(SpecError::NotInside(path.clone()));
            }
        }
        let counts = [
            ("read-only paths", self.read_only.len(), MOST_PATHS),
            ("writable paths", self.writable.len(), MOST_PATHS),
            ("scratch folders", self.scratch.len(), MOST_PATHS),
            ("pinned paths", self.guard.pinned.len(), MOST_PATHS),
            ("protected paths", self.guard.read_only.len(), MOST_PATHS),
            ("hidden paths", self.guard.hidden.len(), MOST_PATHS),
        ];
        for (what, count, most) in counts {
            if count > most {
                return Err(SpecError::TooMany { what, most });
            }
        }
        self.limits.check()?;
        if let Some(workspace) = &self.workspace
            && let Mode::Overlay(overlay) = &workspace.mode
        {
            overlay.check(&workspace.host)?;
            if self.tier == Tier::Restricted {
                return Err(SpecError::NeedsFull("an overlay workspace"));
            }
        }
        if self.tier == Tier::Restricted {
            if self.proxy_listener {
                return Err(SpecError::NeedsFull("a proxy listener"));
            }
            if !self.scratch.is_empty() {
                return Err(SpecError::NeedsFull("a scratch folder"));
            }
        }
        Ok(())
    }

    pub(super) fn encode(&self, w: &mut Writer) {
        w.u8(match self.tier {
            Tier::Restricted => 0,
            Tier::Full => 1,
        });
        w.list(self.workspace.iter(), |w, workspace| {
            w.path(&workspace.host);
            match &workspace.mode {
                Mode::ReadOnly => {
                    w.u8(0);
                }
                Mode::Direct => {
                    w.u8(1);
                }
                Mode::Overlay(overlay) => {
                    w.u8(2).path(&overlay.upper).path(&overlay.work);
                    w.paths(&overlay.lowers);
                }
            }
        });
        w.paths(&self.read_only)
            .paths(&self.writable)
            .paths(&self.scratch)
            .paths(&self.guard.pinned)
            .paths(&self.guard.read_only)
            .paths(&self.guard.hidden)
            .flag(self.unix_sockets)
            .flag(self.proxy_listener)
            .u64(self.limits.memory_bytes)
            .u32(self.limits.cpu_percent)
            .u32(self.limits.processes)
            .u32(self.limits.open_files)
            .u64(self.limits.file_bytes)
            .u64(self.limits.tmp_bytes)
            .u64(self.limits.overlay_bytes);
    }

    pub(super) fn decode(r: &mut Reader<'_>) -> io::Result<Self> {
        let tier = match r.u8()? {
            0 => Tier::Restricted,
            _ => Tier::Full,
        };
        let workspace = r.list(|r| {
            let host = r.path()?;
            let mode = match r.u8()? {
                0 => Mode::ReadOnly,
                1 => Mode::Direct,
                _ => Mode::Overlay(Overlay {
                    upper: r.path()?,
                    work: r.path()?,
                    lowers: r.paths()?,
                }),
            };
            Ok(Workspace { host, mode })
        })?;
        Ok(Self {
            tier,
            workspace: workspace.into_iter().next(),
            read_only: r.paths()?,
            writable: r.paths()?,
            scratch: r.paths()?,
            guard: Guard {
                pinned: r.paths()?,
                read_only: r.paths()?,
                hidden: r.paths()?,
            },
            unix_sockets: r.flag()?,
            proxy_listener: r.flag()?,
            limits: Limits {
                memory_bytes: r.u64()?,
                cpu_percent: r.u32()?,
                processes: r.u32()?,
                open_files: r.u32()?,
                file_bytes: r.u64()?,
                tmp_bytes: r.u64()?,
                overlay_bytes: r.u64()?,
            },
        })
    }
}

impl Limits {
    fn check(&self) -> Result<(), SpecError> {
        let values = [
            ("memory_bytes", self.memory_bytes),
            ("cpu_percent", self.cpu_percent.into()),
            ("processes", self.processes.into()),
            ("open_files", self.open_files.into()),
            ("file_bytes", self.file_bytes),
            ("tmp_bytes", self.tmp_bytes),
            ("overlay_bytes", self.overlay_bytes),
        ];
        match values.iter().find(|(_, value)| *value == 0) {
            Some((name, _)) => Err(SpecError::NoRoom(name)),
            None => Ok(()),
        }
    }
}

impl Overlay {
    fn check(&self, workspace: &Path) -> Result<(), SpecError> {
        let has_plain_name = |path: &Path| {
            path.file_name().is_some_and(|name| {
                name.as_encoded_bytes()
                    .iter()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(byte))
            })
        };
        for path in [&self.upper, &self.work].into_iter().chain(&self.lowers) {
            if !is_plain(path) {
                return Err(SpecError::NotPlain(path.clone()));
            }
            if path.starts_with(workspace) || workspace.starts_with(path) {
                return Err(SpecError::Nested(path.clone()));
            }
        }
        if self.upper.parent() != self.work.parent()
            || self.upper == self.work
            || !has_plain_name(&self.upper)
            || !has_plain_name(&self.work)
        {
            return Err(SpecError::Apart {
                upper: self.upper.clone(),
                work: self.work.clone(),
            });
        }
        if self.lowers.len() > MOST_LAYERS {
            return Err(SpecError::TooMany {
                what: "finished layers",
                most: MOST_LAYERS,
            });
        }
        Ok(())
    }
}

impl CellCommand {
    pub(super) fn encode(&self, w: &mut Writer) {
        w.os(&self.program);
        w.list(self.args.iter(), |w, arg| {
            w.os(arg);
        });
        w.list(self.cwd.iter(), |w, cwd| {
            w.path(cwd);
        });
        w.list(self.env.iter(), |w, (name, value)| {
            w.os(name).os(value);
        });
        w.list(self.timeout.iter(), |w, timeout| {
            w.u64(u64::try_from(timeout.as_micros()).unwrap_or(u64::MAX));
        });
        w.list(self.terminal.iter(), |w, size| {
            w.u32(size.rows.into()).u32(size.columns.into());
        });
    }

    pub(super) fn decode(r: &mut Reader<'_>) -> io::Result<Self> {
        let narrow = |value: u32| u16::try_from(value).unwrap_or(u16::MAX);
        Ok(Self {
            program: r.os()?,
            args: r.list(Reader::os)?,
            cwd: r.list(Reader::path)?.into_iter().next(),
            env: r.list(|r| Ok((r.os()?, r.os()?)))?.into_iter().collect(),
            timeout: r
                .list(Reader::u64)?
                .first()
                .copied()
                .map(Duration::from_micros),
            terminal: r
                .list(|r| {
                    Ok(WindowSize {
                        rows: narrow(r.u32()?),
                        columns: narrow(r.u32()?),
                    })
                })?
                .into_iter()
                .next(),
        })
    }
}
