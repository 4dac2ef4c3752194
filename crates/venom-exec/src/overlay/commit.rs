//! Applies a delta to the host.
//!
//! In order: every path is judged, and with one conflict nothing is done; everything new is made
//! ready in a staging folder and saved, so that a full disk changes nothing either; then folders
//! are made, files put into place, files and folders removed, and all is saved once more. Each file
//! is put into place by exchanging it with the one it replaces and looking at what came out, so
//! that an edit made in that very moment is put back instead of overwritten.
//!
//! The upper folder is only read: bytes are copied (shared where the file system can), not moved,
//! for a folder that was removed and made again would look emptied to the next scan, and because a
//! finished delta may lie below the next step. A path that is as wanted counts as done. So the call
//! can be repeated after a crash with the same delta, or with one that was scanned anew.

mod judge;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, FlockOperation, flock, fsync, syncfs, unlinkat};
use rustix::io::Errno;
use venom_ports::{Failure, FailureKind, Result};

use self::judge::{Judge, Judged, Step};
use super::baseline::Baseline;
use super::delta::Entry;
use super::names::shown;
use super::node::{Form, Node};
use super::rules::Cleared;
use super::stage::{Stage, Swapped, set_mode};
use super::tree::{Place, Tree};
use crate::workspace::failure;

/// Up to so many files are saved one by one; for more, the whole file system is saved at once,
/// which also waits for what others have written. Measured 2026-11-22 with commits of 16 and 17
/// files to ext4 on a quiet disk: 22 ms one by one, 15 ms at once.
const FEW: usize = 16;

/// What a commit did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// How many changes were applied.
    pub applied: usize,
    /// How many were as wanted already.
    pub already: usize,
    /// What was left alone because it is not what the command saw. If nothing was applied, nothing
    /// was touched; otherwise these changed while the rest was applied.
    pub conflicts: Vec<Conflict>,
    /// Files in the workspace that hold somebody's edit and could not be put back.
    pub kept: Vec<PathBuf>,
}

/// A path that was left alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The path.
    pub path: PathBuf,
    /// Why.
    pub clash: Clash,
}

/// Why a path was left alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Clash {
    /// It is not what it was when the command started.
    Changed,
    /// Something stands there now.
    Appeared,
    /// Nothing stands there any more.
    Gone,
    /// The folder that it is in is gone or no folder any more.
    FolderGone,
    /// It is to be removed, but holds something new.
    NewInside(PathBuf),
    /// Another file system is mounted there.
    Mounted,
    /// It changed while the delta was applied.
    Raced,
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` ", shown(&self.path))?;
        match &self.clash {
            Clash::Changed => f.write_str("was changed meanwhile"),
            Clash::Appeared => f.write_str("was made meanwhile"),
            Clash::Gone => f.write_str("was removed meanwhile"),
            Clash::FolderGone => f.write_str("has lost the folder that it is in"),
            Clash::NewInside(inner) => {
                write!(
                    f,
                    "is to be removed but holds `{}`, which is new",
                    shown(inner)
                )
            }
            Clash::Mounted => f.write_str("is on another file system than the workspace"),
            Clash::Raced => f.write_str("was changed while the changes were applied"),
        }
    }
}

/// A moment between two operations of a commit, for tests that stop or interfere there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point<'a> {
    /// Everything was judged; nothing was done.
    Judged,
    /// Something was made ready.
    Staged(&'a Path),
    /// All that was made ready was saved.
    Saved,
    /// A folder was opened to its owner.
    Opened(&'a Path),
    /// A path comes next.
    Before(&'a Path),
    /// A path is as wanted; what stood there is still in the staging folder.
    Swapped(&'a Path),
    /// A path is done.
    After(&'a Path),
    /// All paths are done; nothing was saved yet.
    Applied,
}

/// Applies a delta to the host's folder. `expected` is what the command saw when it started.
///
/// Nothing may run any more that can write to the upper folder; should something, the call fails
/// before it changes the host. If it fails later, repeating it goes on.
pub fn commit(
    cleared: Cleared<'_>,
    upper: &Path,
    host: &Path,
    expected: &Baseline,
) -> Result<Outcome> {
    commit_observed(cleared, upper, host, expected, &mut |_| {})
}

/// The same, calling `observe` between operations.
pub fn commit_observed(
    cleared: Cleared<'_>,
    upper: &Path,
    host: &Path,
    expected: &Baseline,
    observe: &mut dyn FnMut(Point<'_>),
) -> Result<Outcome> {
    let upper = Tree::open(upper)?;
    let host = Tree::open(host)?;
    let _lock = Lock::take(&host)?;
    let entries: Entries<'_> = cleared
        .delta
        .entries
        .iter()
        .map(|entry| (entry.path.as_path(), entry))
        .collect();
    let judge = Judge::new(&upper, &host, expected, &entries)?;
    let mut outcome = Outcome::default();
    let mut tasks = Vec::new();
    for entry in entries.values() {
        match judge.judge(entry)? {
            Judged::Done => outcome.already += 1,
            Judged::Do(step) => tasks.push(Task { entry, step }),
            Judged::Conflict(clash) => outcome.conflicts.push(Conflict {
                path: entry.path.clone(),
                clash,
            }),
        }
    }
    if !outcome.conflicts.is_empty() {
        return Ok(outcome);
    }
    observe(Point::Judged);
    if tasks.is_empty() && !Stage::is_left(&host) {
        // The call that did these may have been interrupted before it made them last.
        if outcome.already > 0 {
            save_all(&host)?;
        }
        return Ok(outcome);
    }
    let (stage, left) = Stage::open(&host, expected)?;
    outcome.kept = left.kept;
    let mut work = Work {
        upper: &upper,
        host: &host,
        stage,
        staged: BTreeMap::new(),
        opened: left.opened,
        touched: BTreeSet::new(),
        outcome,
        observe,
    };
    let result = work.run(&tasks, &entries);
    let Work {
        stage, mut outcome, ..
    } = work;
    let left = stage.close(&host, expected);
    result?;
    outcome.kept.extend(left?);
    outcome.kept.sort();
    outcome.kept.dedup();
    outcome.conflicts.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(outcome)
}

/// Keeps other commits from the same folder: two would take each other's staged files for
/// leftovers.
struct Lock<'a>(&'a Tree);

impl<'a> Lock<'a> {
    fn take(host: &'a Tree) -> Result<Self> {
        match flock(host.root(), FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Self(host)),
            Err(Errno::WOULDBLOCK) => Err(Failure::new(
                FailureKind::Retryable,
                "other changes are being applied to the workspace",
            )),
            // Some network file systems have no locks.
            Err(Errno::NOSYS | Errno::NOTSUP | Errno::NOLCK) => Ok(Self(host)),
            Err(errno) => Err(failure(errno, "lock", &"the workspace")),
        }
    }
}

impl Drop for Lock<'_> {
    fn drop(&mut self) {
        // Closing is not enough: a process that is just being started has a copy of the
        // descriptor until it executes its program.
        let _ = flock(self.0.root(), FlockOperation::Unlock);
    }
}

/// The changes by their paths.
type Entries<'a> = BTreeMap<&'a Path, &'a Entry>;

struct Task<'a> {
    entry: &'a Entry,
    step: Step,
}

struct Work<'a> {
    upper: &'a Tree,
    host: &'a Tree,
    stage: Stage,
    /// The staged names of what is to be put into place.
    staged: BTreeMap<&'a Path, OsString>,
    /// Folders that were opened to their owner for a while, and their modes.
    opened: BTreeMap<PathBuf, u32>,
    /// Folders whose entries changed.
    touched: BTreeSet<PathBuf>,
    outcome: Outcome,
    observe: &'a mut dyn FnMut(Point<'_>),
}

impl<'a> Work<'a> {
    fn run(&mut self, tasks: &[Task<'a>], entries: &Entries<'_>) -> Result<()> {
        let placed = tasks.iter().filter(|task| task.step.is_staged()).count();
        let is_few = placed <= FEW && self.outcome.already == 0;
        for task in tasks {
            self.make_ready(task, is_few)?;
        }
        if !is_few {
            save_all(self.host)?;
        }
        (self.observe)(Point::Saved);
        let applied = self.apply(tasks);
        let restored = self.restore(tasks, entries);
        (self.observe)(Point::Applied);
        // Even after a failure: what was done should last.
        let saved = if is_few {
            self.save_touched()
        } else {
            save_all(self.host)
        };
        applied.and(restored).and(saved)
    }

    /// Makes ready what a task puts into place.
    fn make_ready(&mut self, task: &Task<'a>, is_few: bool) -> Result<()> {
        let Task { entry, step } = task;
        let path = entry.path.as_path();
        let Some(wanted) = entry.new.as_ref().filter(|_| step.is_staged()) else {
            return Ok(());
        };
        let owner = self.owner(path, step)?;
        let name = match wanted.form {
            Form::File => self.stage.file(self.upper, path, wanted, owner, is_few)?,
            Form::Link => self.stage.link(path, wanted, owner)?,
            Form::Folder => self.stage.empty_folder(path, wanted, owner)?,
            Form::Pipe | Form::Socket | Form::Device => {
                return Err(Failure::new(
                    FailureKind::Refused,
                    format!("`{}` is {}", shown(path), wanted.form.words()),
                ));
            }
        };
        self.staged.insert(path, name);
        (self.observe)(Point::Staged(path));
        Ok(())
    }

    /// Says who is to own a path: who owns what it replaces, else who owns the workspace.
    fn owner(&self, path: &Path, step: &Step) -> Result<(u32, u32)> {
        if let Step::Replace(seen) = step {
            return Ok((seen.print.owner, seen.print.group));
        }
        let failed = |errno| failure(errno, "look at", &shown(path));
        let root = rustix::fs::fstat(self.host.root()).map_err(failed)?;
        let parent = path.parent().unwrap_or_else(|| Path::new(""));
        let group = match self.host.node(parent) {
            // Such a folder hands its group down.
            Ok(Some(node)) if node.mode & 0o2000 != 0 => node.print.group,
            _ => root.st_gid,
        };
        Ok((root.st_uid, group))
    }

    fn apply(&mut self, tasks: &[Task<'a>]) -> Result<()> {
        self.open_folders(tasks)?;
        let swapped: BTreeSet<&Path> = tasks
            .iter()
            .filter(|task| matches!(task.step, Step::ReplaceFolder(_)))
            .map(|task| task.entry.path.as_path())
            .collect();
        let is_inside = |task: &&Task<'a>| {
            let mut above = task.entry.path.ancestors().skip(1);
            above.any(|folder| swapped.contains(folder))
        };
        let is_removal = |task: &&Task<'a>| matches!(task.step, Step::Remove(_));
        let is_folder_removal = |task: &&Task<'a>| matches!(task.step, Step::RemoveFolder);
        let makes_folder = |task: &&Task<'a>| {
            task.entry
                .new
                .as_ref()
                .is_some_and(|new| new.form == Form::Folder)
        };
        // What a file takes the place of must be empty before.
        for task in tasks.iter().filter(is_removal).filter(is_inside) {
            self.perform(task)?;
        }
        for task in tasks
            .iter()
            .rev()
            .filter(is_folder_removal)
            .filter(is_inside)
        {
            self.perform(task)?;
        }
        for task in tasks.iter().filter(makes_folder) {
            self.perform(task)?;
        }
        for task in tasks.iter().filter(|task| task.entry.new.is_some()) {
            if !makes_folder(&task) {
                self.perform(task)?;
            }
        }
        for task in tasks.iter().filter(is_removal) {
            if !is_inside(&task) {
                self.perform(task)?;
            }
        }
        for task in tasks.iter().rev().filter(is_folder_removal) {
            if !is_inside(&task) {
                self.perform(task)?;
            }
        }
        Ok(())
    }

    fn perform(&mut self, task: &Task<'a>) -> Result<()> {
        let Task { entry, step } = task;
        let path = entry.path.as_path();
        // Modes of folders come last.
        if matches!(step, Step::FolderMode) {
            return Ok(());
        }
        (self.observe)(Point::Before(path));
        let done = match self.change(path, entry, step) {
            Ok(swapped) => swapped,
            // Somebody put something else there or on the way to it, and nothing was followed.
            Err(
                Errno::NOENT
                | Errno::NOTDIR
                | Errno::LOOP
                | Errno::EXIST
                | Errno::ISDIR
                | Errno::NOTEMPTY,
            ) => Swapped::Changed,
            Err(errno) => return Err(failure(errno, "change", &shown(path))),
        };
        match done {
            Swapped::Done => {
                self.outcome.applied += 1;
                self.touched.extend(path.parent().map(Path::to_path_buf));
                (self.observe)(Point::After(path));
            }
            // What was kept is found and named when the staging folder is closed.
            Swapped::Changed | Swapped::Kept => self.outcome.conflicts.push(Conflict {
                path: path.to_path_buf(),
                clash: Clash::Raced,
            }),
        }
        Ok(())
    }

    fn change(&mut self, path: &Path, entry: &Entry, step: &Step) -> rustix::io::Result<Swapped> {
        if let Step::Mode(seen) = step {
            return self.change_mode(path, entry, seen);
        }
        let place = self.host.place(path)?;
        let observe = &mut *self.observe;
        let between = || observe(Point::Swapped(path));
        let staged = self.staged.get(path).map(OsString::as_os_str);
        match step {
            Step::Create => self.stage.create(staged.unwrap_or_default(), &place),
            Step::Replace(seen) | Step::ReplaceFolder(seen) => {
                self.stage
                    .replace(staged.unwrap_or_default(), &place, seen, between)
            }
            Step::Remove(seen) => self.stage.remove(&place, seen, between),
            Step::RemoveFolder => {
                let Place { folder, name } = &place;
                unlinkat(folder, *name, AtFlags::REMOVEDIR).map(|()| Swapped::Done)
            }
            Step::Mode(_) | Step::FolderMode => Ok(Swapped::Done),
        }
    }

    fn change_mode(&self, path: &Path, entry: &Entry, seen: &Node) -> rustix::io::Result<Swapped> {
        let (handle, node) = self.host.handle(path)?;
        if !seen.is_unedited(&node) {
            return Ok(Swapped::Changed);
        }
        if let Some(wanted) = &entry.new {
            set_mode(&handle, wanted.mode)?;
        }
        Ok(Swapped::Done)
    }

    /// Opens folders to their owner in which entries are to change. The system asks nothing of
    /// root.
    fn open_folders(&mut self, tasks: &[Task<'a>]) -> Result<()> {
        if rustix::process::geteuid().is_root() {
            return Ok(());
        }
        let folders = tasks.iter().filter_map(|task| match task.step {
            // Nothing is left in it, but it moves, and a moving folder gets another `..`.
            Step::ReplaceFolder(_) => Some(task.entry.path.as_path()),
            _ => None,
        });
        let parents = tasks.iter().filter_map(|task| task.entry.path.parent());
        let folders: BTreeSet<&Path> = parents.chain(folders).collect();
        for path in folders {
            let failed = |errno| failure(errno, "open", &shown(path));
            let (handle, node) = match self.host.handle(path) {
                Ok(opened) => opened,
                // It is still to be made, or in conflict, which will show.
                Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => continue,
                Err(errno) => return Err(failed(errno)),
            };
            if node.form == Form::Folder && node.mode & 0o700 != 0o700 {
                self.stage.note_opened(path, node.mode).map_err(failed)?;
                self.opened.insert(path.to_path_buf(), node.mode);
                set_mode(&handle, node.mode | 0o700).map_err(failed)?;
                (self.observe)(Point::Opened(path));
            }
        }
        Ok(())
    }

    /// Sets the modes of folders, the deepest first: those that are wanted, and those of folders
    /// that were opened, by this call or by an interrupted one.
    fn restore(&mut self, tasks: &[Task<'a>], entries: &Entries<'_>) -> Result<()> {
        let opened = self.opened.iter();
        let mut modes: BTreeMap<PathBuf, u32> =
            opened.map(|(path, mode)| (path.clone(), *mode)).collect();
        for (path, entry) in entries {
            if let Some(new) = entry.new.as_ref().filter(|new| new.form == Form::Folder) {
                modes.insert(path.to_path_buf(), new.mode);
            }
        }
        let asked = tasks
            .iter()
            .filter(|task| matches!(task.step, Step::FolderMode));
        let asked: BTreeSet<&Path> = asked.map(|task| task.entry.path.as_path()).collect();
        for (path, mode) in modes.into_iter().rev() {
            let path = path.as_path();
            let failed = |errno| failure(errno, "set the mode of", &shown(path));
            let (handle, node) = match self.host.handle(path) {
                Ok(opened) => opened,
                Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => continue,
                Err(errno) => return Err(failed(errno)),
            };
            let was_opened = node.mode == mode | 0o700;
            if node.form == Form::Folder
                && node.mode != mode
                && (was_opened || asked.contains(path))
            {
                set_mode(&handle, mode).map_err(failed)?;
                self.touched.insert(path.to_path_buf());
            }
            if asked.contains(path) {
                self.outcome.applied += 1;
                (self.observe)(Point::After(path));
            }
        }
        Ok(())
    }

    fn save_touched(&self) -> Result<()> {
        for path in &self.touched {
            match self.host.folder(path).and_then(|folder| fsync(&folder)) {
                // Some file systems cannot sync a folder; one that is gone needs it no more.
                Ok(())
                | Err(Errno::INVAL | Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::ACCESS) => {
                }
                Err(errno) => return Err(failure(errno, "save", &shown(path))),
            }
        }
        Ok(())
    }
}

fn save_all(host: &Tree) -> Result<()> {
    syncfs(host.root()).map_err(|errno| failure(errno, "save", &"the workspace"))
}
