//! Carries out a plan.
//!
//! Every path goes from its old form to its new one in a single step of the file system, or not at
//! all. New contents are written beside their places under other names and made durable together;
//! then what should go is removed, the innermost first; then each new form is moved into its place,
//! after one more look at what is there. A folder and a file change places by an exchange of names,
//! so that there is no moment without either. Folders that do not let their owner write get a bit
//! more for as long as something is written into them, which is the one trace that an interrupted
//! restore may leave, and which a plan knows.
//!
//! In reading order: `hands` (folders held open), `form` (one new form).

mod form;
mod hands;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use rustix::fs::{
    FileType, Mode, Timespec, Timestamps, UTIME_OMIT, fchmod, fstat, fsync, futimens,
};
use rustix::io::Errno;
use venom_kernel::tree::{Entry, Moment, ObjectId, TreePath};
use venom_ports::snapshot::{Planned, RestorePlan};
use venom_ports::{Failure, Result};

use self::form::{Form, Put, Written};
use self::hands::Hands;
use super::lookup::Clocks;
use super::plan::is_mode_only;
use crate::capture::contents::{object, shown_path};
use crate::capture::{Shared, stamp};
use crate::workspace::apply::durable::{Durability, Way};
use crate::workspace::beneath::Beneath;
use crate::workspace::failure;

/// Threads that write new contents. Chosen: they mostly wait for the file system.
const WRITERS: usize = 2;

/// The bits that let an owner do everything with a folder.
const OWNER: u16 = 0o700;

/// What came of a plan.
pub(super) struct Applied {
    pub(super) done: u64,
    /// What somebody else changed since the plan was made.
    pub(super) conflicts: Vec<TreePath>,
    /// Files that belonged to somebody else, and could not be given back to them.
    pub(super) taken: Vec<TreePath>,
}

/// Carries out a plan.
pub(super) fn apply(shared: &Shared, beneath: &Beneath, plan: &RestorePlan) -> Result<Applied> {
    let times = plan.wish.times.map(|times| (plan.wish.to, times));
    write(shared, beneath, &plan.steps, times)
}

/// Carries out steps; `times` are a tree and its times.
pub(super) fn write(
    shared: &Shared,
    beneath: &Beneath,
    steps: &[Planned],
    times: Option<(ObjectId, ObjectId)>,
) -> Result<Applied> {
    let mut clocks = times.map(|(tree, times)| Clocks::new(shared, tree, times));
    let mut work = Work {
        hands: Hands::new(beneath),
        modes: BTreeMap::new(),
        grown: BTreeSet::new(),
        released: BTreeSet::new(),
        conflicts: Vec::new(),
        taken: Vec::new(),
        done: 0,
    };
    let carried = work.carry_out(shared, beneath, steps, clocks.as_mut());
    let settled = work.settle(beneath, clocks.as_mut());
    carried?;
    settled?;
    Ok(Applied {
        done: work.done,
        conflicts: work.conflicts,
        taken: work.taken,
    })
}

struct Work<'a> {
    hands: Hands<'a>,
    /// Folders that get this mode when all is done.
    modes: BTreeMap<TreePath, u16>,
    /// Folders in which something was changed.
    grown: BTreeSet<TreePath>,
    /// Files that lost a name by what was done here, which shows in the time of change of their
    /// other names.
    released: BTreeSet<u64>,
    conflicts: Vec<TreePath>,
    taken: Vec<TreePath>,
    done: u64,
}

/// A content that is to be written.
struct Task<'a> {
    step: &'a Planned,
    to: Entry,
    modified: Option<Moment>,
}

impl Work<'_> {
    fn carry_out(
        &mut self,
        shared: &Shared,
        beneath: &Beneath,
        steps: &[Planned],
        mut clocks: Option<&mut Clocks<'_>>,
    ) -> Result<()> {
        self.make_folders(steps)?;
        let mut tasks = Vec::new();
        for step in steps {
            let Some(to @ (Entry::File { .. } | Entry::Link { .. })) = step.to else {
                continue;
            };
            let modified = match (&step.now, step.print, clocks.as_deref_mut()) {
                // Its content is the same, so its time is.
                (Some(now), Some(print), _) if is_mode_only(now, &to) => {
                    Some(stamp::moment(&print))
                }
                (_, _, Some(clocks)) => clocks.modified(&step.path)?,
                (_, _, None) => None,
            };
            tasks.push(Task { step, to, modified });
        }
        for task in &tasks {
            if let Some(folder) = task.step.path.parent() {
                self.lend(&folder)?;
            }
        }
        let durability = Mutex::new(Durability::for_files(tasks.len()));
        let written = write_beside(shared, beneath, &tasks, &durability)?;
        durability
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
            .settle()?;
        self.remove(steps)?;
        self.put_all(beneath, tasks.iter().map(|task| task.step).zip(written))?;
        for step in steps {
            if let (Some(Entry::Folder { .. }), Some(Entry::Folder { mode, .. })) =
                (&step.now, &step.to)
            {
                self.modes.insert(step.path.clone(), *mode);
                self.done += 1;
            }
        }
        Ok(())
    }

    /// Makes folders, the outermost first.
    fn make_folders(&mut self, steps: &[Planned]) -> Result<()> {
        for step in steps {
            let Some(Entry::Folder { mode, .. }) = step.to else {
                continue;
            };
            if matches!(step.now, Some(Entry::Folder { .. })) {
                continue;
            }
            if let Some(folder) = step.path.parent() {
                self.lend(&folder)?;
            }
            let made = match self.hands.place(&step.path) {
                Ok((folder, name)) => {
                    form::make_folder(&folder, name, mode | OWNER, step.print.as_ref())
                        .map_err(|errno| failed(errno, &step.path))?
                }
                Err(errno) if is_no_place(errno) => None,
                Err(errno) => return Err(failed(errno, &step.path)),
            };
            match made {
                Some(written) => self.put(step, Some(&written))?,
                None => self.conflict(step),
            }
        }
        Ok(())
    }

    /// Removes what should go, the innermost first.
    fn remove(&mut self, steps: &[Planned]) -> Result<()> {
        for step in steps.iter().rev() {
            if step.to.is_some() {
                continue;
            }
            if let Some(folder) = step.path.parent() {
                self.lend(&folder)?;
            }
            // The folder that goes must let itself be emptied.
            self.modes.remove(&step.path);
            let removed = match self.hands.place(&step.path) {
                Ok((folder, name)) => {
                    form::remove(&folder, name, step.print.as_ref(), &self.released)
                        .map_err(|errno| failed(errno, &step.path))?
                }
                Err(errno) if is_no_place(errno) => false,
                Err(errno) => return Err(failed(errno, &step.path)),
            };
            if removed {
                self.note(step);
            } else {
                self.conflict(step);
            }
        }
        Ok(())
    }

    /// Moves new forms into their places, several at once. What has one file with another step goes after the others:
    /// the time of change of a file shows when it loses a name.
    fn put_all<'s>(
        &mut self,
        beneath: &Beneath,
        written: impl Iterator<Item = (&'s Planned, Option<Written>)>,
    ) -> Result<()> {
        let mut seen = BTreeSet::new();
        let (shared, alone): (Vec<_>, Vec<_>) = written.partition(|(step, written)| {
            let inode = step.print.map(|print| print.inode);
            written.is_none()
                || inode.is_some_and(|inode| self.released.contains(&inode) || !seen.insert(inode))
        });
        let released = &self.released;
        let put = |hands: &mut Hands<'_>, (step, written): &(&Planned, Option<Written>)| {
            put_one(hands, step, written.as_ref(), released)
        };
        let done = side_by_side(beneath, &alone, &put);
        let mut failed = None;
        for (place, put) in done {
            let Some((step, written)) = alone.get(place) else {
                continue;
            };
            match put {
                Ok(put) => self.ended(step, written.as_ref(), &put),
                Err(failure) => failed = failed.or(Some(failure)),
            }
        }
        if let Some(failure) = failed {
            return Err(failure);
        }
        for (step, written) in shared {
            self.put(step, written.as_ref())?;
        }
        Ok(())
    }

    /// Moves a new form into its place.
    fn put(&mut self, step: &Planned, written: Option<&Written>) -> Result<()> {
        let put = put_one(&mut self.hands, step, written, &self.released)?;
        self.ended(step, written, &put);
        Ok(())
    }

    fn ended(&mut self, step: &Planned, written: Option<&Written>, put: &Put) {
        match put {
            Put::Done => {
                if written.is_some_and(|written| !written.is_given) {
                    self.taken.push(step.path.clone());
                }
                self.note(step);
            }
            Put::Conflict => self.conflict(step),
        }
    }

    fn note(&mut self, step: &Planned) {
        self.done += 1;
        self.released.extend(step.print.map(|print| print.inode));
        self.grown.extend(step.path.parent());
        if let Some(Entry::Folder { mode, .. }) = step.to {
            self.grown.insert(step.path.clone());
            if mode & OWNER != OWNER {
                self.modes.insert(step.path.clone(), mode);
            }
        }
    }

    fn conflict(&mut self, step: &Planned) {
        self.conflicts.push(step.path.clone());
    }

    /// Lets the owner write into a folder until all is done.
    fn lend(&mut self, path: &TreePath) -> Result<()> {
        if self.modes.contains_key(path) || self.hands.is_last(path) {
            return Ok(());
        }
        // What comes of a folder that cannot be opened is said where something is to be written.
        let Ok(folder) = self.hands.folder(path) else {
            return Ok(());
        };
        let stat = fstat(&*folder).map_err(|errno| failed(errno, path))?;
        let mode = stamp::bits(&stamp::print(&stat));
        if mode & OWNER == OWNER || rustix::process::geteuid().is_root() {
            return Ok(());
        }
        if fchmod(&*folder, Mode::from_raw_mode(u32::from(mode | OWNER))).is_ok() {
            self.modes.insert(path.clone(), mode);
        }
        Ok(())
    }

    /// Gives folders their times and modes, the innermost first, and makes all that was done last.
    fn settle(&mut self, beneath: &Beneath, mut clocks: Option<&mut Clocks<'_>>) -> Result<()> {
        let mut durability = Durability::for_files(self.grown.len());
        let mut paths: BTreeSet<TreePath> = self.grown.clone();
        paths.extend(self.modes.keys().cloned());
        let mut hands = Hands::new(beneath);
        for path in paths.iter().rev() {
            let Ok(folder) = hands.folder(path) else {
                continue;
            };
            let way = durability
                .way(&folder)
                .map_err(|errno| failed(errno, path))?;
            if let Some(clocks) = clocks.as_deref_mut()
                && self.grown.contains(path)
                && let Some(moment) = clocks.modified(path)?
            {
                // Without it the folder has the time of the restore.
                let _ = futimens(&*folder, &at(moment));
            }
            if let Some(mode) = self.modes.get(path) {
                fchmod(&*folder, Mode::from_raw_mode(u32::from(*mode)))
                    .map_err(|errno| failed(errno, path))?;
            }
            if way == Way::Alone {
                match fsync(&*folder) {
                    // Some file systems cannot sync a folder.
                    Ok(()) | Err(Errno::INVAL) => {}
                    Err(errno) => return Err(failed(errno, path)),
                }
            }
        }
        durability.settle()
    }
}

/// Moves a new form into its place; nothing was written where there is no place any more.
fn put_one(
    hands: &mut Hands<'_>,
    step: &Planned,
    written: Option<&Written>,
    released: &BTreeSet<u64>,
) -> Result<Put> {
    let Some(written) = written else {
        return Ok(Put::Conflict);
    };
    match hands.place(&step.path) {
        Ok((folder, name)) => form::put(&folder, name, written, step.print.as_ref(), released)
            .map_err(|errno| failed(errno, &step.path)),
        Err(errno) if is_no_place(errno) => Ok(Put::Conflict),
        Err(errno) => Err(failed(errno, &step.path)),
    }
}

/// Does something with each of many things, several at once. After a failure no other is begun; what was done is
/// returned with its place, in order.
fn side_by_side<T: Sync, R: Send>(
    beneath: &Beneath,
    things: &[T],
    work: &(impl Fn(&mut Hands<'_>, &T) -> Result<R> + Sync),
) -> Vec<(usize, Result<R>)> {
    let next = AtomicUsize::new(0);
    let is_broken = AtomicBool::new(false);
    let hand = || {
        let mut hands = Hands::new(beneath);
        let mut done = Vec::new();
        while !is_broken.load(Ordering::Relaxed) {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(thing) = things.get(place) else {
                break;
            };
            let worked = work(&mut hands, thing);
            if worked.is_err() {
                is_broken.store(true, Ordering::Relaxed);
            }
            done.push((place, worked));
        }
        done
    };
    let threads = WRITERS.min(things.len().div_ceil(16)).max(1);
    let mut done = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(hand)).collect();
        let mut done = hand();
        for other in others {
            match other.join() {
                Ok(more) => done.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    });
    done.sort_by_key(|(place, _)| *place);
    done
}

/// Writes new contents beside their places; `None` where there is no place any more. If one fails,
/// all that were written are removed again.
fn write_beside(
    shared: &Shared,
    beneath: &Beneath,
    tasks: &[Task<'_>],
    durability: &Mutex<Durability>,
) -> Result<Vec<Option<Written>>> {
    let write = |hands: &mut Hands<'_>, task: &Task<'_>| write_one(shared, hands, task, durability);
    let done = side_by_side(beneath, tasks, &write);
    if !done.iter().any(|(_, written)| written.is_err()) {
        return done.into_iter().map(|(_, written)| written).collect();
    }
    let mut hands = Hands::new(beneath);
    let mut broken = Ok(Vec::new());
    for (place, written) in done {
        match written {
            Ok(Some(_)) => {
                if let Some(task) = tasks.get(place)
                    && let Ok((folder, name)) = hands.place(&task.step.path)
                {
                    form::clean(&folder, name);
                }
            }
            Ok(None) => {}
            Err(failure) => broken = Err(failure),
        }
    }
    broken
}

fn write_one(
    shared: &Shared,
    hands: &mut Hands<'_>,
    task: &Task<'_>,
    durability: &Mutex<Durability>,
) -> Result<Option<Written>> {
    let path = &task.step.path;
    let (folder, name) = match hands.place(path) {
        Ok(place) => place,
        Err(errno) if is_no_place(errno) => return Ok(None),
        Err(errno) => return Err(failed(errno, path)),
    };
    let form = match task.to {
        Entry::File { blob, mode, .. } => Form::File {
            bytes: object(&*shared.objects, blob)?,
            mode,
        },
        Entry::Link { target } => Form::Link {
            text: object(&*shared.objects, target)?,
        },
        Entry::Folder { .. } | Entry::Skipped { .. } => return Ok(None),
    };
    let way = durability
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .way(&folder)
        .map_err(|errno| failed(errno, path))?;
    let replaced = task.step.now.is_some_and(|now| now.tree().is_none());
    form::write(
        &folder,
        name,
        &form,
        task.modified.map(at).as_ref(),
        (way, replaced),
    )
    .map(Some)
    .map_err(|errno| failed(errno, path))
}

/// Tells whether an error means that the folder of a path is none any more.
fn is_no_place(errno: Errno) -> bool {
    matches!(errno, Errno::NOENT | Errno::NOTDIR | Errno::LOOP)
}

fn failed(errno: Errno, path: &TreePath) -> Failure {
    failure(errno, "restore", &shown_path(path))
}

/// A time of modification as the system takes it.
fn at(moment: Moment) -> Timestamps {
    Timestamps {
        last_access: Timespec {
            tv_sec: 0,
            tv_nsec: UTIME_OMIT,
        },
        last_modification: Timespec {
            tv_sec: moment.seconds,
            tv_nsec: i64::from(moment.nanos),
        },
    }
}

/// Tells whether what stands at a name is a folder.
fn is_folder(mode: u32) -> bool {
    FileType::from_raw_mode(mode) == FileType::Directory
}
