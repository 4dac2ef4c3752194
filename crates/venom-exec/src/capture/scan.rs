//! Looks at every entry of a workspace, without reading files.
//!
//! Folders are looked at by a few threads, the youngest job first, so that few folders are open at
//! once. A folder is reached from the one that it is in, by a descriptor, and never through a link.
//! What the cache knows of a folder that did not change is not listed again; its entries are still
//! looked at one by one, because an edit of a file leaves no trace in its folder.

use std::collections::BTreeSet;
use std::ops::Bound;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, fstat, openat, statat};
use rustix::io::Errno;
use venom_kernel::tree::{Name, ObjectId, Skip, TreePath};
use venom_ports::blob::Objects;
use venom_ports::snapshot::{Guards, Print};
use venom_ports::{Failure, Result};

use super::cache::{Cache, CachedFolder, CachedRules, Node};
use super::contents::read_small;
use super::rules::{self, Rules};
use super::stamp;
use crate::workspace::apply::TEMPORARY;
use crate::workspace::beneath::Beneath;
use crate::workspace::failure;

/// The folder of a repository.
pub(crate) const REPOSITORY: &[u8] = b".git";

/// A scan looks at so many times the files that a snapshot may hold, to say what is left out, before
/// it gives up on the folders that remain. Chosen.
const PATIENCE: u64 = 2;

/// What a scan works with.
pub(super) struct Ground<'a> {
    pub(super) beneath: &'a Beneath,
    pub(super) objects: &'a dyn Objects,
    pub(super) cache: Option<&'a Cache>,
    pub(super) guards: Guards,
    /// Paths that are taken in whatever the rules say.
    pub(super) also: &'a BTreeSet<Vec<u8>>,
    /// Device and number of a folder that is never part of a workspace: VENOM's own data.
    pub(super) hidden: Option<(u64, u64)>,
    pub(super) device: u64,
    pub(super) threads: usize,
    /// When the capture began.
    pub(super) began: i128,
}

/// One folder as it was found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) path: TreePath,
    pub(super) print: Print,
    /// Stands for everything that decided which entries are there.
    pub(super) rules: ObjectId,
    pub(super) entries: Vec<FoundEntry>,
    pub(super) rule_files: [Option<CachedRules>; 2],
    pub(super) has_repository: bool,
    /// Whether it is there only for the sake of something below.
    pub(super) is_passage: bool,
    /// Why there is nothing to be said of it.
    pub(super) trouble: Option<Trouble>,
    /// Its number in the cache, if it is the same folder.
    pub(super) old: Option<u32>,
    /// Whether the names are those of the cache.
    pub(super) is_listed_before: bool,
}

/// Why a folder could not be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Somebody removed it meanwhile.
    Gone,
    /// It is left out.
    Skipped(Skip),
}

/// One entry of a folder.
#[derive(Debug)]
pub(super) struct FoundEntry {
    pub(super) name: Name,
    pub(super) print: Print,
    pub(super) what: What,
}

/// What an entry is; `None` for content that must be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    File(Option<ObjectId>),
    Link(Option<ObjectId>),
    Folder(usize),
    Skipped(Skip),
    /// Somebody removed it meanwhile.
    Gone,
}

/// How ignore files count in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// As usual.
    Rules,
    /// The folder itself is ignored, and something below it is wanted.
    Passage,
    /// Everything in it is wanted.
    Whole,
}

struct Job {
    number: usize,
    parent: Option<Arc<OwnedFd>>,
    path: TreePath,
    depth: usize,
    rules: Rules,
    reach: Reach,
    old: Option<u32>,
}

#[derive(Default)]
struct Queue {
    waiting: Vec<Job>,
    /// Jobs that are being done and may add others.
    busy: usize,
    next: usize,
    files: u64,
    failure: Option<Failure>,
}

/// Looks at everything. The root is the first of what is found; a folder stands behind the one that
/// it is in.
pub(super) fn scan(ground: &Ground<'_>) -> Result<Vec<Found>> {
    let scan = Scan {
        ground,
        queue: Mutex::default(),
        signal: Condvar::new(),
    };
    let root = Job {
        number: 0,
        parent: None,
        path: TreePath::root(),
        depth: 0,
        rules: scan.outermost(),
        reach: if ground.also.contains(b"".as_slice()) {
            Reach::Whole
        } else {
            Reach::Rules
        },
        old: ground.cache.map(|_| 0),
    };
    {
        let mut queue = scan.lock();
        queue.waiting.push(root);
        queue.next = 1;
    }
    let mut found: Vec<(usize, Found)> = std::thread::scope(|threads| {
        let others: Vec<_> = (1..ground.threads)
            .map(|_| threads.spawn(|| scan.work()))
            .collect();
        let mut found = scan.work();
        for other in others {
            match other.join() {
                Ok(more) => found.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        found
    });
    if let Some(failure) = scan.lock().failure.take() {
        return Err(failure);
    }
    found.sort_by_key(|(number, _)| *number);
    Ok(found.into_iter().map(|(_, found)| found).collect())
}

struct Scan<'a> {
    ground: &'a Ground<'a>,
    queue: Mutex<Queue>,
    signal: Condvar,
}

impl Scan<'_> {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does jobs until none is left.
    fn work(&self) -> Vec<(usize, Found)> {
        let mut done = Vec::new();
        loop {
            let mut queue = self.lock();
            let job = loop {
                if queue.failure.is_some() {
                    return done;
                }
                if let Some(job) = queue.waiting.pop() {
                    queue.busy += 1;
                    break job;
                }
                if queue.busy == 0 {
                    return done;
                }
                queue = self
                    .signal
                    .wait(queue)
                    .unwrap_or_else(PoisonError::into_inner);
            };
            let is_enough = queue.files > self.ground.guards.files.saturating_mul(PATIENCE);
            drop(queue);
            let number = job.number;
            let looked = if is_enough && number > 0 {
                Ok((job.found(Trouble::Skipped(Skip::TooMany)), Vec::new()))
            } else {
                self.look(&job)
            };
            let mut queue = self.lock();
            queue.busy -= 1;
            match looked {
                Ok((mut found, mut children)) => {
                    let first = queue.next;
                    queue.next += children.len();
                    for (place, child) in children.iter_mut().enumerate() {
                        child.number = first + place;
                    }
                    for entry in &mut found.entries {
                        match &mut entry.what {
                            What::Folder(place) => *place += first,
                            What::File(_) | What::Link(_) => queue.files += 1,
                            What::Skipped(_) | What::Gone => {}
                        }
                    }
                    // The last one is taken first: in the order of the names.
                    children.reverse();
                    queue.waiting.extend(children);
                    done.push((number, found));
                }
                Err(failure) => queue.failure = Some(failure),
            }
            drop(queue);
            self.signal.notify_all();
        }
    }

    /// Reads a file of the workspace that says what is ignored.
    fn source(&self, path: &TreePath) -> Option<Vec<u8>> {
        read_small(self.ground.beneath, path, rules::LONGEST)
    }

    fn outermost(&self) -> Rules {
        let text = self.source(&rules::exclude_path());
        let bytes = text.as_deref().unwrap_or_default();
        Rules::outermost(
            ObjectId::from(&self.ground.objects.id_of(bytes)),
            text.is_some(),
        )
    }

    /// Looks at one folder; gives it and the jobs for the folders in it.
    fn look(&self, job: &Job) -> Result<(Found, Vec<Job>)> {
        let ground = self.ground;
        let folder = match &job.parent {
            None => ground
                .beneath
                .open_bytes(b"", OFlags::RDONLY | OFlags::DIRECTORY),
            Some(parent) => openat(
                parent,
                job.path.name(),
                OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC,
                Mode::empty(),
            ),
        };
        let looked = folder.and_then(|folder| fstat(&folder).map(|stat| (folder, stat)));
        let (folder, stat) = match looked {
            Ok(looked) => looked,
            Err(errno) if job.parent.is_none() => {
                return Err(failure(errno, "take a snapshot of", &"the workspace"));
            }
            Err(errno) => return trouble(job, errno),
        };
        let print = stamp::print(&stat);
        let cached = job.old.and_then(|old| ground.cache?.folder(old));
        let cached = cached.filter(|old| old.print.inode == print.inode);
        let unchanged = cached.filter(|old| old.print == print && !old.is_racy);
        let mut found = job.found(Trouble::Gone);
        found.trouble = None;
        found.print = print;
        found.old = cached.and(job.old);
        let folder = Arc::new(folder);
        let mut looking = Looking {
            scan: self,
            job,
            folder: &folder,
            cached,
            found,
            children: Vec::new(),
        };
        let looked = match unchanged {
            Some(unchanged) => match looking.look_again(unchanged) {
                Ok(true) => Ok(()),
                Ok(false) => looking.list(),
                Err(errno) => Err(errno),
            },
            None => looking.list(),
        };
        let Looking {
            found, children, ..
        } = looking;
        match looked {
            Ok(()) => Ok((found, children)),
            Err(errno) if job.parent.is_none() => {
                Err(failure(errno, "take a snapshot of", &"the workspace"))
            }
            Err(errno) => trouble(job, errno),
        }
    }
}

/// What becomes of a folder that cannot be looked at.
fn trouble(job: &Job, errno: Errno) -> Result<(Found, Vec<Job>)> {
    match errno {
        Errno::NOENT => Ok((job.found(Trouble::Gone), Vec::new())),
        // These are about the process and not about the folder; a snapshot of half a workspace for
        // want of a descriptor would be a lie.
        Errno::MFILE | Errno::NFILE | Errno::NOMEM => {
            Err(failure(errno, "take a snapshot of", &job.path))
        }
        _ => Ok((job.found(Trouble::Skipped(Skip::Unreadable)), Vec::new())),
    }
}

impl Job {
    fn found(&self, trouble: Trouble) -> Found {
        Found {
            path: self.path.clone(),
            print: stamp::blank(),
            rules: self.rules.id,
            entries: Vec::new(),
            rule_files: [None, None],
            has_repository: false,
            is_passage: self.reach == Reach::Passage,
            trouble: Some(trouble),
            old: None,
            is_listed_before: false,
        }
    }
}

/// One folder that is being looked at.
struct Looking<'a> {
    scan: &'a Scan<'a>,
    job: &'a Job,
    folder: &'a Arc<OwnedFd>,
    cached: Option<&'a CachedFolder>,
    found: Found,
    children: Vec<Job>,
}

impl Looking<'_> {
    /// Looks at the entries that the cache lists; `false` if it lists others than there should be.
    fn look_again(&mut self, cached: &CachedFolder) -> rustix::io::Result<bool> {
        let mut rule_files = cached.rule_files;
        for (slot, name) in rule_files.iter_mut().zip(rules::NAMES) {
            if let Some(known) = slot {
                *slot = self.rule_file(name, Some(known));
            }
        }
        let rules = self.rules(&rule_files);
        if self.decided_by(&rules) != cached.rules {
            return Ok(false);
        }
        self.found.rules = cached.rules;
        self.found.rule_files = rule_files;
        self.found.has_repository = cached.has_repository;
        self.found.is_listed_before = true;
        self.found.entries.reserve(cached.entries.len());
        for entry in &cached.entries {
            self.add(&entry.name, &rules, entry.is_passage_below(self))?;
        }
        Ok(true)
    }

    /// Lists the folder.
    fn list(&mut self) -> rustix::io::Result<()> {
        self.found.entries.clear();
        self.children.clear();
        self.found.is_listed_before = false;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = openat(self.folder, ".", flags, Mode::empty())?;
        let mut names = Vec::new();
        let mut has_repository = false;
        for entry in Dir::new(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            match name {
                b"." | b".." => {}
                REPOSITORY => has_repository = true,
                _ if name.starts_with(TEMPORARY.as_bytes()) => {}
                // The kernel gives no other names than such.
                _ => names.extend(Name::new(name).ok().map(|name| (name, entry.file_type()))),
            }
        }
        names.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        self.found.has_repository = has_repository;
        let mut rule_files = [None, None];
        for (slot, name) in rule_files.iter_mut().zip(rules::NAMES) {
            if names
                .binary_search_by(|(found, _)| found.as_bytes().cmp(name))
                .is_ok()
            {
                let known = self.cached.and_then(|cached| {
                    let place = rules::NAMES.iter().position(|n| *n == name)?;
                    cached.rule_files.get(place).copied().flatten()
                });
                *slot = self.rule_file(name, known.as_ref());
            }
        }
        let rules = self.rules(&rule_files);
        self.found.rules = self.decided_by(&rules);
        self.found.rule_files = rule_files;
        let ground = self.scan.ground;
        let source = |path: &TreePath| self.scan.source(path);
        let mut wanted = Vec::with_capacity(names.len());
        for (name, kind) in names {
            let path = self.job.path.join(&name);
            let reach = match self.job.reach {
                Reach::Whole => Some(Reach::Whole),
                _ if ground.also.contains(path.as_bytes()) => Some(Reach::Whole),
                Reach::Passage => has_below(ground.also, &path).then_some(Reach::Passage),
                Reach::Rules => {
                    let is_folder = || match kind {
                        // Not every file system says it in a listing.
                        FileType::Unknown => self.is_folder(&name),
                        kind => kind == FileType::Directory,
                    };
                    if rules.is_empty() || !rules.is_ignored(&path, is_folder(), &source) {
                        Some(Reach::Rules)
                    } else {
                        has_below(ground.also, &path).then_some(Reach::Passage)
                    }
                }
            };
            if let Some(reach) = reach {
                wanted.push((name, reach));
            }
        }
        for (name, reach) in wanted {
            self.add(&name, &rules, reach)?;
        }
        Ok(())
    }

    fn is_folder(&self, name: &Name) -> bool {
        statat(self.folder, name.as_bytes(), AtFlags::SYMLINK_NOFOLLOW)
            .is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Directory)
    }

    /// Says what an ignore file holds. One that cannot be read, or is none, holds nothing.
    fn rule_file(&self, name: &[u8], known: Option<&CachedRules>) -> Option<CachedRules> {
        let stat = statat(self.folder, name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
        let print = stamp::print(&stat);
        let is_racy = stamp::is_racy(&print, self.scan.ground.began);
        if let Some(known) = known.filter(|known| known.print == print && !known.is_racy) {
            return Some(*known);
        }
        let path = self.job.path.join(&Name::new(name).ok()?);
        let text = self.scan.source(&path).unwrap_or_default();
        Some(CachedRules {
            print,
            is_racy,
            id: ObjectId::from(&self.scan.ground.objects.id_of(&text)),
        })
    }

    /// The rules that count in this folder.
    fn rules(&self, rule_files: &[Option<CachedRules>; 2]) -> Rules {
        let has = rule_files.map(|file| file.is_some());
        if has == [false, false] {
            return self.job.rules.clone();
        }
        let mut all = self.job.rules.id.as_bytes().to_vec();
        all.extend_from_slice(self.job.path.as_bytes());
        for file in rule_files {
            match file {
                Some(file) => all.extend_from_slice(file.id.as_bytes()),
                None => all.push(0),
            }
        }
        let id = ObjectId::from(&self.scan.ground.objects.id_of(&all));
        self.job.rules.within(&self.job.path, has, id)
    }

    /// Stands for everything that decides which of the folder's entries are taken in.
    fn decided_by(&self, rules: &Rules) -> ObjectId {
        let ground = self.scan.ground;
        if self.job.reach == Reach::Rules && !has_below(ground.also, &self.job.path) {
            return rules.id;
        }
        let mut all = rules.id.as_bytes().to_vec();
        all.push(match self.job.reach {
            Reach::Rules => 1,
            Reach::Passage => 2,
            Reach::Whole => 3,
        });
        for path in below(ground.also, &self.job.path) {
            all.extend_from_slice(path);
            all.push(0);
        }
        ObjectId::from(&ground.objects.id_of(&all))
    }

    /// Looks at an entry and adds it.
    fn add(&mut self, name: &Name, rules: &Rules, reach: Reach) -> rustix::io::Result<()> {
        let ground = self.scan.ground;
        let known = self.cached.and_then(|cached| cached.entry(name.as_bytes()));
        let stat = match statat(self.folder, name.as_bytes(), AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => stat,
            Err(Errno::NOENT) => return Ok(()),
            // A folder that may be listed and not be entered.
            Err(Errno::ACCESS | Errno::PERM) => {
                self.push(name, stamp::blank(), What::Skipped(Skip::Unreadable));
                return Ok(());
            }
            Err(errno) => return Err(errno),
        };
        let print = stamp::print(&stat);
        let same = known.filter(|known| known.print == print).map(|k| k.node);
        let what = match stamp::kind(&print) {
            FileType::RegularFile if print.size > ground.guards.file_bytes => {
                What::Skipped(Skip::TooBig)
            }
            FileType::RegularFile => What::File(match same {
                Some(Node::File {
                    blob,
                    is_racy: false,
                }) => Some(blob),
                _ => None,
            }),
            FileType::Symlink => What::Link(match same {
                Some(Node::Link {
                    target,
                    is_racy: false,
                }) => Some(target),
                _ => None,
            }),
            FileType::Directory if stat.st_dev != ground.device => {
                What::Skipped(Skip::OtherFileSystem)
            }
            FileType::Directory if ground.hidden == Some((stat.st_dev, stat.st_ino)) => {
                return Ok(());
            }
            FileType::Directory if self.job.depth + 1 > ground.guards.depth => {
                What::Skipped(Skip::TooMany)
            }
            FileType::Directory => {
                let place = self.children.len();
                self.children.push(Job {
                    number: 0,
                    parent: Some(Arc::clone(self.folder)),
                    path: self.job.path.join(name),
                    depth: self.job.depth + 1,
                    rules: rules.clone(),
                    reach,
                    old: match known.map(|known| known.node) {
                        Some(Node::Folder(number)) => Some(number),
                        _ => None,
                    },
                });
                What::Folder(place)
            }
            _ => What::Skipped(Skip::Special),
        };
        self.push(name, print, what);
        Ok(())
    }

    fn push(&mut self, name: &Name, print: Print, what: What) {
        self.found.entries.push(FoundEntry {
            name: name.clone(),
            print,
            what,
        });
    }
}

impl super::cache::CachedEntry {
    /// How ignore files count in an entry that is taken in again.
    fn is_passage_below(&self, looking: &Looking<'_>) -> Reach {
        // Only a folder that something of `also` lies in needs the longer answer.
        let job = looking.job;
        let also = looking.scan.ground.also;
        match job.reach {
            Reach::Whole => Reach::Whole,
            Reach::Rules | Reach::Passage if also.is_empty() => job.reach,
            reach => {
                let path = job.path.join(&self.name);
                if also.contains(path.as_bytes()) {
                    Reach::Whole
                } else if reach == Reach::Rules && self.is_passage(looking) {
                    Reach::Passage
                } else {
                    reach
                }
            }
        }
    }

    /// Tells whether the last capture took the entry in for the sake of something below only.
    fn is_passage(&self, looking: &Looking<'_>) -> bool {
        let path = looking.job.path.join(&self.name);
        if !has_below(looking.scan.ground.also, &path) {
            return false;
        }
        let source = |path: &TreePath| looking.scan.source(path);
        let rules = looking.rules(&looking.found.rule_files);
        rules.is_ignored(&path, matches!(self.node, Node::Folder(_)), &source)
    }
}

/// Paths of a set that lie below another path.
fn below<'a>(
    also: &'a BTreeSet<Vec<u8>>,
    path: &TreePath,
) -> impl Iterator<Item = &'a Vec<u8>> + use<'a> {
    let mut prefix = path.as_bytes().to_vec();
    if !prefix.is_empty() {
        prefix.push(b'/');
    }
    let from = (Bound::Included(prefix.clone()), Bound::Unbounded);
    also.range(from)
        .take_while(move |path| path.starts_with(&prefix))
}

fn has_below(also: &BTreeSet<Vec<u8>>, path: &TreePath) -> bool {
    below(also, path).next().is_some()
}
