//! The tape: everything a program asked of the disk, and the states that a power loss could leave.
//!
//! The disk is the strictest that the standard allows. What was not flushed may be there or not,
//! sector by sector; a length may be there without its bytes; a name is there for sure only after
//! its folder was flushed, and a folder that is lost takes with it what is in it. Real disks are
//! kinder, and they differ in how.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::call::Deed;

/// The smallest unit that a disk writes as a whole.
const SECTOR: usize = 512;

/// Something that was done, in order.
#[derive(Debug, Clone)]
enum Operation {
    Write {
        file: usize,
        offset: u64,
        bytes: Vec<u8>,
    },
    Cut {
        file: usize,
        size: u64,
    },
    /// A name leads to something.
    Name {
        path: PathBuf,
        thing: Thing,
    },
    /// Something has another name: both change together or not at all.
    Rename {
        from: PathBuf,
        to: PathBuf,
        thing: Thing,
    },
    Remove {
        path: PathBuf,
    },
    SyncFile {
        file: usize,
    },
    SyncFolder {
        path: PathBuf,
    },
    /// A remark of whoever made the tape: what the program promised by then.
    Mark(String),
}

/// What a name leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Thing {
    File(usize),
    Folder,
    Link(PathBuf),
}

/// What survives of what was not flushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Luck {
    /// Nothing.
    Nothing,
    /// Everything.
    Everything,
    /// Names without contents.
    Names,
    /// Contents without names.
    Contents,
    /// Each piece by itself.
    Chance,
}

/// Every kind of luck.
pub const LUCKS: [Luck; 5] = [
    Luck::Nothing,
    Luck::Everything,
    Luck::Names,
    Luck::Contents,
    Luck::Chance,
];

/// Whether flushing does anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flushes {
    /// It does.
    Honoured,
    /// The disk lies: a campaign that does not fail on such a disk says nothing.
    Ignored,
}

/// Numbers that look random and are the same each time.
#[derive(Debug)]
pub struct Seeded(pub u64);

impl Seeded {
    /// Returns a number below a limit. A linear congruence with the factors of Knuth's MMIX.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % limit.max(1)
    }

    fn keeps(&mut self, luck: Luck, is_name: bool) -> bool {
        match luck {
            Luck::Nothing => false,
            Luck::Everything => true,
            Luck::Chance => self.below(2) == 0,
            Luck::Names => is_name,
            Luck::Contents => !is_name,
        }
    }
}

/// Everything below one folder that was done to the disk.
#[derive(Debug)]
pub struct Tape {
    root: PathBuf,
    operations: Vec<Operation>,
    names: BTreeMap<PathBuf, Thing>,
    files: usize,
    /// How many operations made what was there before.
    begun: usize,
    /// What was done that the tape cannot play back; an honest campaign has none.
    unknown: Vec<String>,
}

impl Tape {
    /// Begins with what lies below a folder, which is taken for flushed.
    pub fn new(root: &Path) -> io::Result<Self> {
        let mut tape = Self {
            root: root.to_owned(),
            operations: Vec::new(),
            names: BTreeMap::new(),
            files: 0,
            begun: 0,
            unknown: Vec::new(),
        };
        let mut folders = vec![root.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder)? {
                let path = entry?.path();
                let kind = fs::symlink_metadata(&path)?.file_type();
                if kind.is_dir() {
                    tape.name(path.clone(), Thing::Folder);
                    folders.push(path);
                } else if kind.is_symlink() {
                    let target = fs::read_link(&path)?;
                    tape.name(path, Thing::Link(target));
                } else {
                    let file = tape.file();
                    tape.name(path.clone(), Thing::File(file));
                    let bytes = fs::read(&path)?;
                    let offset = 0;
                    tape.operations.push(Operation::Write {
                        file,
                        offset,
                        bytes,
                    });
                    tape.operations.push(Operation::SyncFile { file });
                }
            }
            tape.operations.push(Operation::SyncFolder { path: folder });
        }
        tape.begun = tape.operations.len();
        Ok(tape)
    }

    /// Writes down what is about to be done. A call that fails afterwards is on the tape all the
    /// same, which only makes more states.
    pub fn note(&mut self, deed: &Deed) {
        if !deed.path().is_some_and(|path| path.starts_with(&self.root)) {
            return;
        }
        match deed {
            Deed::Open { path, empties } => match self.names.get(path) {
                Some(Thing::File(file)) => {
                    if *empties {
                        let (file, size) = (*file, 0);
                        self.operations.push(Operation::Cut { file, size });
                    }
                }
                Some(Thing::Folder | Thing::Link(_)) => {}
                None => {
                    let file = self.file();
                    self.name(path.clone(), Thing::File(file));
                }
            },
            Deed::Write {
                path,
                offset,
                bytes,
            } => {
                if let Some(file) = self.known(path) {
                    let (offset, bytes) = (*offset, bytes.clone());
                    self.operations.push(Operation::Write {
                        file,
                        offset,
                        bytes,
                    });
                }
            }
            Deed::Cut { path, size } => {
                if let Some(file) = self.known(path) {
                    let size = *size;
                    self.operations.push(Operation::Cut { file, size });
                }
            }
            Deed::Sync { path } => match self.names.get(path) {
                Some(Thing::File(file)) => {
                    let file = *file;
                    self.operations.push(Operation::SyncFile { file });
                }
                Some(Thing::Link(_)) => {}
                Some(Thing::Folder) | None => {
                    let path = path.clone();
                    self.operations.push(Operation::SyncFolder { path });
                }
            },
            Deed::Rename { from, to } => self.rename(from, to),
            Deed::Link { from, to } => match self.names.get(from).cloned() {
                Some(thing) => self.name(to.clone(), thing),
                // A file without a name gets its first one.
                None => self.unknown.push(format!("{deed:?}")),
            },
            Deed::Point { path, target } => {
                if !self.names.contains_key(path) {
                    self.name(path.clone(), Thing::Link(target.clone()));
                }
            }
            Deed::Remove { path } => {
                if self.names.remove(path).is_some() {
                    let path = path.clone();
                    self.operations.push(Operation::Remove { path });
                }
            }
            Deed::Folder { path } => {
                // Making parents first tries the last one.
                let has_parent = path
                    .parent()
                    .is_some_and(|parent| parent == self.root || self.names.contains_key(parent));
                if has_parent && !self.names.contains_key(path) {
                    self.name(path.clone(), Thing::Folder);
                }
            }
            Deed::Unknown { .. } => self.unknown.push(format!("{deed:?}")),
            Deed::Say { .. } | Deed::Start { .. } | Deed::Connect | Deed::Passing => {}
        }
    }

    /// Writes down what the program has promised by now.
    pub fn mark(&mut self, remark: String) {
        self.operations.push(Operation::Mark(remark));
    }

    /// Returns how many of the operations made what was there before anything was done.
    pub fn begun(&self) -> usize {
        self.begun
    }

    /// Returns how many operations there are.
    pub fn len(&self) -> usize {
        self.operations.len()
    }

    /// Tells whether nothing was done.
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    /// Returns what was done that cannot be played back.
    pub fn unknown(&self) -> &[String] {
        &self.unknown
    }

    /// Returns the remarks among the first operations.
    pub fn marks(&self, end: usize) -> impl Iterator<Item = &str> {
        self.operations
            .iter()
            .take(end)
            .filter_map(|operation| match operation {
                Operation::Mark(remark) => Some(remark.as_str()),
                _ => None,
            })
    }

    /// Says what the last of the first operations was, for a report.
    pub fn describe(&self, end: usize) -> String {
        let last = end
            .checked_sub(1)
            .and_then(|last| self.operations.get(last));
        match last {
            Some(Operation::Write {
                file,
                offset,
                bytes,
            }) => format!("{} bytes at {offset} of file {file}", bytes.len()),
            other => format!("{other:?}"),
        }
    }

    fn file(&mut self) -> usize {
        self.files += 1;
        self.files
    }

    fn known(&mut self, path: &Path) -> Option<usize> {
        if let Some(Thing::File(file)) = self.names.get(path) {
            return Some(*file);
        }
        self.unknown.push(format!("a change of {}", path.display()));
        None
    }

    fn name(&mut self, path: PathBuf, thing: Thing) {
        self.names.insert(path.clone(), thing.clone());
        self.operations.push(Operation::Name { path, thing });
    }

    fn rename(&mut self, from: &Path, to: &Path) {
        let Some(thing) = self.names.remove(from) else {
            self.unknown.push(format!("renaming {}", from.display()));
            return;
        };
        if thing == Thing::Folder {
            self.unknown.push(format!("renaming {}", from.display()));
        }
        self.names.insert(to.to_owned(), thing.clone());
        self.operations.push(Operation::Rename {
            from: from.to_owned(),
            to: to.to_owned(),
            thing,
        });
    }
}

/// What a power loss has left: paths below the root, and what they lead to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Left {
    folders: Vec<PathBuf>,
    files: BTreeMap<PathBuf, Vec<u8>>,
    links: BTreeMap<PathBuf, PathBuf>,
}

/// Makes the states of one tape.
#[derive(Debug)]
pub struct States<'a> {
    tape: &'a Tape,
    /// For each operation the place of the first flush that covers it.
    flushed: Vec<usize>,
}

impl<'a> States<'a> {
    /// Looks for the flush of each operation.
    pub fn new(tape: &'a Tape) -> Self {
        let mut flushed = vec![usize::MAX; tape.operations.len()];
        let mut files: BTreeMap<usize, usize> = BTreeMap::new();
        let mut folders: BTreeMap<&Path, usize> = BTreeMap::new();
        let operations = tape.operations.iter().enumerate();
        for ((place, operation), slot) in operations.zip(flushed.iter_mut()).rev() {
            let folder = |path: &'a Path, folders: &BTreeMap<&Path, usize>| {
                let parent = path.parent();
                parent.and_then(|parent| folders.get(parent).copied())
            };
            let flush = match operation {
                Operation::Write { file, .. } | Operation::Cut { file, .. } => {
                    files.get(file).copied()
                }
                Operation::Name { path, .. } | Operation::Remove { path } => folder(path, &folders),
                Operation::Rename { to, .. } => folder(to, &folders),
                Operation::SyncFile { file } => {
                    files.insert(*file, place);
                    None
                }
                Operation::SyncFolder { path } => {
                    folders.insert(path, place);
                    None
                }
                Operation::Mark(_) => None,
            };
            *slot = flush.unwrap_or(usize::MAX);
        }
        Self { tape, flushed }
    }

    /// Returns what a power loss after so many operations could leave.
    pub fn after(&self, end: usize, luck: Luck, flushes: Flushes, seeded: &mut Seeded) -> Left {
        let mut contents: BTreeMap<usize, Vec<u8>> = BTreeMap::new();
        let mut names: BTreeMap<&Path, &Thing> = BTreeMap::new();
        let operations = self.tape.operations.iter().zip(&self.flushed).take(end);
        for (operation, flushed) in operations {
            let is_safe = flushes == Flushes::Honoured && *flushed < end;
            match operation {
                Operation::Write {
                    file,
                    offset,
                    bytes,
                } => {
                    let content = contents.entry(*file).or_default();
                    let start = usize::try_from(*offset).unwrap_or(usize::MAX);
                    write(content, start, bytes, || {
                        is_safe || seeded.keeps(luck, false)
                    });
                    // The length may be there without the bytes.
                    let end = start.saturating_add(bytes.len());
                    if luck == Luck::Chance && content.len() < end && seeded.below(4) == 0 {
                        content.resize(end, 0);
                    }
                }
                Operation::Cut { file, size } => {
                    if is_safe || seeded.keeps(luck, false) {
                        let size = usize::try_from(*size).unwrap_or(usize::MAX);
                        contents.entry(*file).or_default().resize(size, 0);
                    }
                }
                Operation::Name { path, thing } => {
                    if is_safe || seeded.keeps(luck, true) {
                        names.insert(path, thing);
                    }
                }
                Operation::Rename { from, to, thing } => {
                    if is_safe || seeded.keeps(luck, true) {
                        names.remove(from.as_path());
                        names.insert(to, thing);
                    }
                }
                Operation::Remove { path } => {
                    if is_safe || seeded.keeps(luck, true) {
                        names.remove(path.as_path());
                    }
                }
                Operation::SyncFile { .. } | Operation::SyncFolder { .. } | Operation::Mark(_) => {}
            }
        }
        self.collect(&names, &contents)
    }

    fn collect(
        &self,
        names: &BTreeMap<&Path, &Thing>,
        contents: &BTreeMap<usize, Vec<u8>>,
    ) -> Left {
        let root = self.tape.root.as_path();
        let mut left = Left::default();
        // Parents come before what is in them.
        let mut folders = vec![root];
        for (path, thing) in names {
            let is_reached = path
                .parent()
                .is_some_and(|parent| folders.contains(&parent));
            let (true, Ok(below)) = (is_reached, path.strip_prefix(root)) else {
                continue;
            };
            let below = below.to_owned();
            match thing {
                Thing::Folder => {
                    folders.push(path);
                    left.folders.push(below);
                }
                Thing::Link(target) => {
                    left.links.insert(below, target.clone());
                }
                Thing::File(file) => {
                    let bytes = contents.get(file).cloned().unwrap_or_default();
                    left.files.insert(below, bytes);
                }
            }
        }
        left
    }
}

/// Writes those sectors of a piece that `keeps` wants.
fn write(content: &mut Vec<u8>, start: usize, bytes: &[u8], mut keeps: impl FnMut() -> bool) {
    let mut rest = bytes;
    let mut at = start;
    while !rest.is_empty() {
        let (sector, later) = rest.split_at((SECTOR - at % SECTOR).min(rest.len()));
        let end = at.saturating_add(sector.len());
        if keeps() {
            if content.len() < end {
                content.resize(end, 0);
            }
            if let Some(place) = content.get_mut(at..end) {
                place.copy_from_slice(sector);
            }
        }
        rest = later;
        at = end;
    }
}

impl Left {
    /// Writes it below a folder that is there and empty.
    pub fn write(&self, root: &Path) -> io::Result<()> {
        for folder in &self.folders {
            fs::create_dir(root.join(folder))?;
        }
        for (path, bytes) in &self.files {
            fs::write(root.join(path), bytes)?;
        }
        for (path, target) in &self.links {
            std::os::unix::fs::symlink(target, root.join(path))?;
        }
        Ok(())
    }

    /// Returns the content of a file.
    pub fn file(&self, path: &str) -> Option<&[u8]> {
        self.files.get(Path::new(path)).map(Vec::as_slice)
    }
}

#[cfg(test)]
mod tests;
