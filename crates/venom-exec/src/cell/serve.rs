//! The zygote's own life: it waits for orders, makes cells, and tidies up after them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{DumpableBehavior, Pid, PidfdFlags, Signal, pidfd_open};

use super::cgroup::Group;
use super::failure::{At as _, Step};
use super::frames;
use super::order::Order;
use super::root;
use super::spare::{KEPT, Maker, Mounts, Spare, hand_private};
use super::spec::{CellSpec, Limits, Mode, Tier};
use super::sweep::sweep;
use super::sys::{self, Cloned, Reap, SingleThread};
use super::wire::{self, Reader};

/// Where files of users other than the workspace's owner appear in an id-mapped mount: at ids that
/// nobody has.
const OTHER_UIDS: u32 = 1_800_000_000;

/// Ids that a distribution gives to users.
const USUAL_IDS: u32 = 65_536;

/// How long what is left of a restricted cell may take to die.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long a count of the user's processes is good for.
const COUNT_AGE: Duration = Duration::from_secs(10);

/// Owner and group of a workspace, and the user that they appear as.
type MapKey = (u32, u32, u32);

struct Live {
    pid: Pid,
    pidfd: OwnedFd,
    channel: OwnedFd,
    group: Group,
    slot: u32,
    private: Option<PathBuf>,
}

struct Zygote {
    maker: Maker,
    mounts: Mounts,
    live: Vec<Live>,
    spares: Vec<Spare>,
    /// When somebody last asked for a cell.
    asked: Instant,
    maps: BTreeMap<MapKey, OwnedFd>,
    counted: Option<(Instant, u32)>,
}

/// Serves until VENOM is gone, and returns the exit code.
pub(super) fn serve(channel: &OwnedFd) -> i32 {
    match try_serve(channel) {
        Ok(()) => 0,
        Err(_nobody_to_tell) => 1,
    }
}

fn try_serve(channel: &OwnedFd) -> io::Result<()> {
    let alone = SingleThread::check()?;
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?;
    // Watched rather than tied to a signal: that would come when the thread that started this process
    // ends, and would leave no time to tidy up.
    let parent = rustix::process::getppid().ok_or(Errno::SRCH)?;
    let parent = pidfd_open(parent, PidfdFlags::empty())?;
    rustix::thread::set_name(c"venom-zygote")?;
    rustix::process::setsid()?;
    rustix::process::chdir("/")?;
    let mut zygote = Zygote {
        maker: Maker::new(alone)?,
        mounts: Mounts::watch(),
        live: Vec::new(),
        spares: Vec::new(),
        asked: Instant::now(),
        maps: BTreeMap::new(),
        counted: None,
    };
    let result = zygote.attend(channel, &parent);
    zygote.end_all();
    result
}

impl Zygote {
    fn attend(&mut self, channel: &OwnedFd, parent: &OwnedFd) -> io::Result<()> {
        loop {
            let mut watched = vec![
                PollFd::new(channel, PollFlags::IN),
                PollFd::new(parent, PollFlags::IN),
            ];
            watched.extend(
                self.live
                    .iter()
                    .map(|live| PollFd::new(&live.pidfd, PollFlags::IN)),
            );
            let mut patience = None;
            if !self.spares.is_empty() {
                // Last, after those that are counted off below.
                watched.extend(self.mounts.file().map(|f| PollFd::new(f, PollFlags::PRI)));
                patience = Timespec::try_from(KEPT.saturating_sub(self.asked.elapsed())).ok();
            }
            match poll(&mut watched, patience.as_ref()) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            let ready: Vec<bool> = watched.iter().map(|fd| !fd.revents().is_empty()).collect();
            drop(watched);
            let [has_order, is_orphan, others @ ..] = ready.as_slice() else {
                continue;
            };
            if *is_orphan {
                return Ok(());
            }
            let (dead, are_mounts_new) = others.split_at(self.live.len().min(others.len()));
            if are_mounts_new == [true] || self.asked.elapsed() > KEPT {
                self.end_spares();
            }
            for (at, _) in dead
                .iter()
                .enumerate()
                .rev()
                .filter(|(_, is_dead)| **is_dead)
            {
                let live = self.live.remove(at);
                self.bury(&live);
            }
            if *has_order {
                let Some(mut frame) = wire::receive(channel.as_fd())? else {
                    return Ok(());
                };
                let (kind, mut reader) = Reader::new(&frame.bytes)?;
                if kind != frames::OPEN || frame.fds.is_empty() {
                    return Err(io::Error::new(io::ErrorKind::InvalidData, "unknown order"));
                }
                let spec = CellSpec::decode(&mut reader)?;
                let tier = spec.tier;
                self.asked = Instant::now();
                if self.open(spec, frame.fds.swap_remove(0)) {
                    self.prepare_next(tier);
                }
            }
        }
    }

    /// Opens a cell, and says whether it could.
    fn open(&mut self, spec: CellSpec, channel: OwnedFd) -> bool {
        let Ok(copy) = channel.try_clone() else {
            return false;
        };
        let opened = self.try_open(spec, channel);
        if let Err(failed) = &opened {
            let _ = wire::send(copy.as_fd(), &frames::failed(failed), &[]);
        }
        opened.is_ok()
    }

    fn try_open(&mut self, spec: CellSpec, channel: OwnedFd) -> Step<()> {
        let spare = match self.take_spare(spec.tier) {
            Some(spare) => spare,
            None => self.maker.make(spec.tier, self.free_slot())?,
        };
        // From here on the cell is buried like any other, whatever fails.
        let mut live = Live {
            pid: spare.pid,
            pidfd: spare.pidfd,
            channel,
            group: spare.group,
            slot: spare.slot,
            private: spare.private,
        };
        let ordered = self.order(spec, &mut live, (spare.uid, spare.gid), &spare.orders);
        if ordered.is_err() {
            let _ = rustix::process::pidfd_send_signal(&live.pidfd, Signal::KILL);
        }
        self.live.push(live);
        ordered
    }

    /// Tells a cell in the making what it shall be.
    fn order(
        &mut self,
        spec: CellSpec,
        live: &mut Live,
        born_as: (u32, u32),
        orders: &OwnedFd,
    ) -> Step<()> {
        let limited = live.group.limit(&spec.limits, Some(&Limits::default()));
        limited.at("limit the cgroup")?;
        let (uid, gid, map) = self.user(&spec, born_as)?;
        let is_root = self.maker.is_root;
        if let Some(workspace) = &spec.workspace
            && let Mode::Overlay(overlay) = &workspace.mode
        {
            adopt(&overlay.upper, &workspace.host, is_root).at_path("adopt", &overlay.upper)?;
            adopt(&overlay.work, &workspace.host, is_root).at_path("adopt", &overlay.work)?;
        }
        let sources = match (is_root, spec.tier) {
            (true, Tier::Full) => {
                let map = map.and_then(|key| self.maps.get(&key)).map(|fd| fd.as_fd());
                Some(root::gather(&spec, map)?)
            }
            (false, _) | (true, Tier::Restricted) => None,
        };
        let mut others = 0;
        if spec.tier == Tier::Restricted {
            others = self.count_others(uid);
            if is_root && let Some(private) = &live.private {
                hand_private(private, (uid, gid))?;
            }
        }
        let frame = frames::born(&live.group, live.private.as_deref());
        wire::send(live.channel.as_fd(), &frame, &[live.pidfd.as_fd()]).at("report")?;
        let order = Order {
            spec,
            channel: live.channel.try_clone().at("copy a descriptor")?,
            uid,
            gid,
            is_id_mapped: map.is_some(),
            private: live.private.clone(),
            others,
            sources,
        };
        order
            .send(orders.as_fd())
            .at("tell the cell what it shall be")
    }

    /// Returns a cell that was made ahead, if there is one that can be used.
    fn take_spare(&mut self, tier: Tier) -> Option<Spare> {
        if self.spares.is_empty() {
            return None;
        }
        if self.mounts.have_changed() {
            self.end_spares();
        }
        let at = self.spares.iter().position(|spare| spare.tier == tier)?;
        let spare = self.spares.swap_remove(at);
        if spare.is_sound() {
            return Some(spare);
        }
        spare.end();
        None
    }

    /// Makes a cell ahead, unless there is one. That it cannot be had is said when it is asked for.
    fn prepare_next(&mut self, tier: Tier) {
        if self.spares.iter().any(|spare| spare.tier == tier) {
            return;
        }
        // What changes from here on is seen by whoever takes it.
        if self.mounts.have_changed() {
            self.end_spares();
        }
        if let Ok(spare) = self.maker.make(tier, self.free_slot()) {
            self.spares.push(spare);
        }
    }

    fn end_spares(&mut self) {
        for spare in std::mem::take(&mut self.spares) {
            spare.end();
        }
    }

    /// The first number of a user that no cell runs as.
    fn free_slot(&self) -> u32 {
        let live = self.live.iter().map(|live| live.slot);
        let taken: BTreeSet<u32> = live.chain(self.spares.iter().map(|s| s.slot)).collect();
        (0..=u32::try_from(taken.len()).unwrap_or(u32::MAX))
            .find(|slot| !taken.contains(slot))
            .unwrap_or_default()
    }

    /// Chooses the user outside that a cell runs as, and the map that makes the workspace's owner
    /// appear as that user.
    fn user(
        &mut self,
        spec: &CellSpec,
        (outer, group): (u32, u32),
    ) -> Step<(u32, u32, Option<MapKey>)> {
        if !self.maker.is_root {
            return Ok((outer, group, None));
        }
        let owner = spec
            .workspace
            .iter()
            .map(|workspace| &workspace.host)
            .chain(&spec.writable)
            .chain(&spec.read_only)
            .next();
        let Some(path) = owner else {
            return Ok((outer, outer, None));
        };
        let owner = fs::metadata(path).at_path("open", path)?;
        if spec.tier == Tier::Restricted {
            let needs_owner = spec
                .workspace
                .as_ref()
                .is_some_and(|w| w.mode == Mode::Direct)
                || !spec.writable.is_empty();
            return match (needs_owner, owner.uid(), owner.gid()) {
                (true, 0, _) => Err(Errno::PERM).at_path(
                    "run without namespaces and without being root in the folder",
                    path,
                ),
                (true, uid, gid) => Ok((uid, gid, None)),
                (false, ..) => Ok((outer, outer, None)),
            };
        }
        let key = (owner.uid(), owner.gid(), outer);
        if !self.maps.contains_key(&key) {
            let map = self.make_map(key)?;
            self.maps.insert(key, map);
        }
        Ok((outer, outer, Some(key)))
    }

    /// Makes a user namespace that exists for its map only, held by its descriptor.
    fn make_map(&self, (uid, gid, outer): (u32, u32, u32)) -> Step<OwnedFd> {
        let (cloned, _) =
            sys::clone(self.maker.alone, libc::CLONE_NEWUSER, None).at("make an id map")?;
        let (pid, pidfd) = match cloned {
            Cloned::Parent(pid, pidfd) => (pid, pidfd),
            Cloned::Child => loop {
                // It is killed as soon as its namespace is open.
                std::thread::sleep(Duration::from_secs(1));
            },
        };
        let number = pid.as_raw_nonzero();
        let opened = (|| {
            fs::write(format!("/proc/{number}/uid_map"), map_of(uid, outer))?;
            fs::write(format!("/proc/{number}/gid_map"), map_of(gid, outer))?;
            fs::File::open(format!("/proc/{number}/ns/user"))
        })();
        let _ = rustix::process::pidfd_send_signal(&pidfd, Signal::KILL);
        let _ = rustix::process::waitpid(Some(pid), rustix::process::WaitOptions::empty());
        Ok(opened.at("make an id map")?.into())
    }

    /// Counts the processes and threads of a user, which is what the kernel's limit counts where
    /// there is no namespace.
    fn count_others(&mut self, uid: u32) -> u32 {
        if let Some((when, count)) = self.counted
            && when.elapsed() < COUNT_AGE
        {
            return count;
        }
        let mut count = 0_u32;
        for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
            let is_process = entry
                .file_name()
                .to_str()
                .is_some_and(|n| n.parse::<u32>().is_ok());
            if is_process && entry.metadata().is_ok_and(|m| m.uid() == uid) {
                let tasks = fs::metadata(entry.path().join("task")).map_or(3, |m| m.nlink());
                count += u32::try_from(tasks.saturating_sub(2)).unwrap_or(0);
            }
        }
        self.counted = Some((Instant::now(), count));
        count
    }

    /// Tidies up after a cell whose first process is dead.
    fn bury(&self, live: &Live) {
        let _ = rustix::process::waitpid(Some(live.pid), rustix::process::WaitOptions::NOHANG);
        if live.private.is_some() {
            // Without a namespace, daemons outlive the first process if it was killed.
            live.group.kill();
            let live = self.live.iter().map(|live| live.pid);
            let spared = live.chain(self.spares.iter().map(|spare| spare.pid));
            let spared = spared.map(|pid| pid.as_raw_nonzero().get()).collect();
            let _ = sweep(&spared, PATIENCE, |_| {});
        }
        while matches!(sys::reap(), Ok(Reap::One(_))) {}
        live.group.remove();
        if let Some(private) = &live.private {
            let _ = fs::remove_dir_all(private);
        }
        // VENOM may be gone.
        let _ = wire::send(live.channel.as_fd(), &frames::gone(), &[]);
    }

    fn end_all(&mut self) {
        self.end_spares();
        for live in &self.live {
            let _ = rustix::process::pidfd_send_signal(&live.pidfd, Signal::KILL);
            live.group.kill();
        }
        for live in std::mem::take(&mut self.live) {
            let mut watched = [PollFd::new(&live.pidfd, PollFlags::IN)];
            let patience = rustix::event::Timespec {
                tv_sec: 2,
                tv_nsec: 0,
            };
            let _ = poll(&mut watched, Some(&patience));
            self.bury(&live);
        }
    }
}

/// Lines of an id map: the owner becomes the cell's user, and all others somebody who does not
/// exist, rather than nobody at all, so that what others may do with a file stays as it is.
fn map_of(owner: u32, outer: u32) -> String {
    let mut lines = format!("{owner} {outer} 1\n");
    let mut others = |first: u32, end: u32| {
        if first < end {
            let at = OTHER_UIDS + first;
            let _ = writeln!(lines, "{first} {at} {}", end - first);
        }
    };
    others(0, owner.min(USUAL_IDS));
    others(owner.saturating_add(1).min(USUAL_IDS), USUAL_IDS);
    lines
}

/// Gives an overlay's folder to the workspace's owner, with the workspace's mode, because the root
/// of the merged tree takes both from there.
fn adopt(folder: &Path, workspace: &Path, is_root: bool) -> io::Result<()> {
    let model = fs::metadata(workspace)?;
    let found = fs::symlink_metadata(folder)?;
    if !found.is_dir() {
        return Err(Errno::NOTDIR.into());
    }
    let is_new = fs::read_dir(folder)?.next().is_none();
    if is_new && found.mode() & 0o7777 != model.mode() & 0o7777 {
        fs::set_permissions(folder, model.permissions())?;
    }
    if is_root && (found.uid(), found.gid()) != (model.uid(), model.gid()) {
        std::os::unix::fs::lchown(folder, Some(model.uid()), Some(model.gid()))?;
    }
    Ok(())
}
