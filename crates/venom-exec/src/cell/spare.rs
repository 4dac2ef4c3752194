//! Cells that are made before anybody asks for them.
//!
//! Most of what a cell takes needs no specification: namespaces, a group, the system's part of the
//! root. The zygote keeps one process of each tier that was asked for so far along, and hands it out
//! with the next order, so that only the rest is waited for. It has run nothing yet and runs for one
//! order only, so that nothing can come over from one cell to another.

use std::fs::{self, File};
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::fs::{DirBuilderExt as _, lchown};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, PidfdFlags, Signal, WaitOptions, pidfd_open};

use super::cgroup::{Driver, Group};
use super::failure::{At as _, Step};
use super::init::{self, Birth};
use super::root;
use super::root::system::System;
use super::spec::{INSIDE_ID, Limits, Tier};
use super::sys::{self, Cloned, SingleThread};
use super::{frames, wire};

/// First of the users that root's cells run as, one for each cell that lives at a time. Chosen in a
/// range that neither distributions nor systemd give out, and away from the ranges in /etc/subuid.
const FIRST_UID: u32 = 1_900_000_000;

/// How long spares are kept when nobody asks for cells. Chosen: longer than a model thinks between
/// two steps, and short enough that a VENOM that is left open costs nothing.
pub(super) const KEPT: Duration = Duration::from_mins(1);

/// What the zygote knows of itself and of the machine, which every cell needs.
pub(super) struct Maker {
    pub(super) alone: SingleThread,
    me: OwnedFd,
    pub(super) is_root: bool,
    uid: u32,
    gid: u32,
    system: System,
    driver: Driver,
    made: u64,
}

/// A cell without a specification.
pub(super) struct Spare {
    pub(super) tier: Tier,
    pub(super) pid: Pid,
    pub(super) pidfd: OwnedFd,
    /// Where it waits for its order.
    pub(super) orders: OwnedFd,
    pub(super) group: Group,
    /// The restricted tier's own folder.
    pub(super) private: Option<PathBuf>,
    /// Number of the user that it runs as.
    pub(super) slot: u32,
    /// The user outside.
    pub(super) uid: u32,
    pub(super) gid: u32,
}

impl Maker {
    pub(super) fn new(alone: SingleThread) -> io::Result<Self> {
        let driver = Driver::find();
        driver.sweep();
        Ok(Self {
            alone,
            me: pidfd_open(rustix::process::getpid(), PidfdFlags::empty())?,
            is_root: rustix::process::geteuid().is_root(),
            uid: rustix::process::geteuid().as_raw(),
            gid: rustix::process::getegid().as_raw(),
            system: System::look(),
            driver,
            made: 0,
        })
    }

    /// Makes a cell as far as it goes without a specification. It goes on by itself when this
    /// returns.
    pub(super) fn make(&mut self, tier: Tier, slot: u32) -> Step<Spare> {
        self.made += 1;
        let group = self
            .driver
            .make(&Limits::default(), self.made)
            .at("make a cgroup")?;
        let mut undo = Undo {
            group: Some(group.clone()),
            private: None,
        };
        if tier == Tier::Restricted {
            undo.private = Some(make_private(self.made)?);
        }
        let (uid, gid) = if self.is_root {
            (FIRST_UID + slot, FIRST_UID + slot)
        } else {
            (self.uid, self.gid)
        };
        let sources = match (self.is_root, tier) {
            (true, Tier::Full) => Some(root::gather_system(&self.system)?),
            (false, _) | (true, Tier::Restricted) => None,
        };
        let namespaces = match tier {
            Tier::Full => {
                libc::CLONE_NEWUSER
                    | libc::CLONE_NEWNS
                    | libc::CLONE_NEWPID
                    | libc::CLONE_NEWNET
                    | libc::CLONE_NEWIPC
                    | libc::CLONE_NEWUTS
                    | libc::CLONE_NEWCGROUP
            }
            Tier::Restricted => 0,
        };
        let (ours, theirs) = wire::channel().at("make a channel")?;
        let folder = group.open_v2().at("open the cgroup")?;
        let doors = group.doors().at("open the cgroup")?;
        let (cloned, is_in_v2) =
            sys::clone(self.alone, namespaces, folder.as_ref().map(|fd| fd.as_fd()))
                .at("make namespaces")?;
        let (pid, pidfd) = match cloned {
            Cloned::Parent(pid, pidfd) => (pid, pidfd),
            Cloned::Child => {
                let Ok(zygote) = self.me.try_clone() else {
                    sys::exit_now(1)
                };
                sys::exit_now(init::live(Birth {
                    alone: self.alone,
                    tier,
                    system: &self.system,
                    orders: theirs,
                    zygote,
                    uid,
                    gid,
                    is_root: self.is_root,
                    sources,
                    doors,
                    cgroup: group.kind,
                    enforcers: group.enforcers(),
                }))
            }
        };
        undo.group = None;
        let spare = Spare {
            tier,
            pid,
            pidfd,
            orders: ours,
            group,
            private: undo.private.take(),
            slot,
            uid,
            gid,
        };
        match self.release(&spare, is_in_v2) {
            Ok(()) => Ok(spare),
            Err(failed) => {
                spare.end();
                Err(failed)
            }
        }
    }

    /// Does what only the zygote can do for a new process, and lets it go on.
    fn release(&self, spare: &Spare, is_in_v2: bool) -> Step<()> {
        let pid = spare.pid.as_raw_nonzero();
        if self.is_root && spare.tier == Tier::Full {
            let line = |outside: u32| format!("{INSIDE_ID} {outside} 1");
            fs::write(format!("/proc/{pid}/uid_map"), line(spare.uid)).at("map the user")?;
            fs::write(format!("/proc/{pid}/gid_map"), line(spare.gid)).at("map the group")?;
        }
        if !is_in_v2 {
            spare.group.add(spare.pid).at("enter the cgroup")?;
        }
        wire::send(spare.orders.as_fd(), &[frames::GO], &[]).at("release the cell")
    }
}

impl Spare {
    /// Tells whether it still waits: it says something only when it could not be made.
    pub(super) fn is_sound(&self) -> bool {
        let mut watched = [
            PollFd::new(&self.pidfd, PollFlags::IN),
            PollFd::new(&self.orders, PollFlags::IN),
        ];
        poll(&mut watched, Some(&NO_WAIT)) == Ok(0)
    }

    /// Ends it and takes away what it had.
    pub(super) fn end(self) {
        let _ = rustix::process::pidfd_send_signal(&self.pidfd, Signal::KILL);
        let _ = rustix::process::waitpid(Some(self.pid), WaitOptions::empty());
        self.group.remove();
        if let Some(private) = &self.private {
            let _ = fs::remove_dir_all(private);
        }
    }
}

const NO_WAIT: rustix::event::Timespec = rustix::event::Timespec {
    tv_sec: 0,
    tv_nsec: 0,
};

/// Tells when the host's mounts change. A spare would show those that were there when it was made,
/// and hold on to what is unmounted since.
pub(super) struct Mounts(Option<File>);

impl Mounts {
    pub(super) fn watch() -> Self {
        Self(File::open("/proc/self/mountinfo").ok())
    }

    /// Tells whether they changed since somebody last asked; always where nobody can tell.
    pub(super) fn have_changed(&self) -> bool {
        let Some(file) = &self.0 else {
            return true;
        };
        let mut watched = [PollFd::new(file, PollFlags::PRI)];
        poll(&mut watched, Some(&NO_WAIT)) != Ok(0)
    }

    pub(super) fn file(&self) -> Option<&File> {
        self.0.as_ref()
    }
}

/// What to take away when a cell could not be made.
struct Undo {
    group: Option<Group>,
    private: Option<PathBuf>,
}

impl Drop for Undo {
    fn drop(&mut self) {
        if let Some(group) = &self.group {
            group.remove();
        }
        if let Some(private) = &self.private {
            let _ = fs::remove_dir_all(private);
        }
    }
}

/// Folders in the restricted tier's own one.
const HOME_AND_TMP: [&str; 2] = ["home", "tmp"];

/// Makes the folder that stands for `/tmp` and the home where nothing can be mounted.
fn make_private(number: u64) -> Step<PathBuf> {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let name = format!(
        "venom-cell-{}-{:x}-{number}",
        std::process::id(),
        since.as_nanos()
    );
    let folder = std::env::temp_dir().join(name);
    let make = |path: &Path| fs::DirBuilder::new().mode(0o700).create(path);
    make(&folder).at_path("make", &folder)?;
    for path in HOME_AND_TMP.map(|name| folder.join(name)) {
        make(&path).at_path("make", &path)?;
    }
    Ok(folder)
}

/// Gives that folder to the user that commands run as.
pub(super) fn hand_private(folder: &Path, (uid, gid): (u32, u32)) -> Step<()> {
    let inner = HOME_AND_TMP.map(|name| folder.join(name));
    for path in [folder]
        .into_iter()
        .chain(inner.iter().map(PathBuf::as_path))
    {
        lchown(path, Some(uid), Some(gid)).at_path("hand over", path)?;
    }
    Ok(())
}
