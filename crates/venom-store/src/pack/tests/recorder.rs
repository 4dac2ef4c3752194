//! A disk that writes down everything that is asked of it, so that the states can be made that a
//! power loss could leave: of what was not flushed, any sectors, any names, any lengths.

use super::super::disk::Missing;
use super::super::format::SECTOR;
use super::*;

/// Something that was asked of the disk. Files are known by numbers, because names change.
#[derive(Debug, Clone)]
pub(super) enum Operation {
    Create {
        file: usize,
        path: PathBuf,
    },
    Write {
        file: usize,
        offset: u64,
        bytes: Vec<u8>,
    },
    Cut {
        file: usize,
        size: u64,
    },
    Sync {
        file: usize,
    },
    Rename {
        from: PathBuf,
        to: PathBuf,
    },
    Remove {
        path: PathBuf,
    },
    SyncFolder {
        path: PathBuf,
    },
    /// These objects were acknowledged.
    Acknowledged(Vec<u64>),
    /// From now on these are not needed: a collection may remove them.
    Doomed(Vec<u64>),
}

#[derive(Debug, Default)]
pub(super) struct Tape {
    pub(super) operations: Vec<Operation>,
    names: BTreeMap<PathBuf, usize>,
    files: usize,
}

/// The real disk, which does not flush but writes down that it was asked to.
#[derive(Debug, Default, Clone)]
pub(super) struct Recorder {
    tape: Arc<Mutex<Tape>>,
}

impl Recorder {
    pub(super) fn tape(&self) -> MutexGuard<'_, Tape> {
        self.tape.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn note(&self, operation: Operation) {
        self.tape().operations.push(operation);
    }

    fn wrap(&self, path: &Path, file: Arc<dyn Handle>) -> Arc<dyn Handle> {
        let mut tape = self.tape();
        let known = tape.names.get(path).copied();
        let number = known.unwrap_or_else(|| {
            let number = tape.files;
            tape.files += 1;
            tape.names.insert(path.to_owned(), number);
            let path = path.to_owned();
            tape.operations
                .push(Operation::Create { file: number, path });
            number
        });
        Arc::new(RecordedFile {
            recorder: self.clone(),
            number,
            file,
        })
    }
}

impl Disk for Recorder {
    fn create_folder(&self, path: &Path) -> io::Result<()> {
        RealDisk.create_folder(path)
    }
    fn create(&self, path: &Path) -> io::Result<Arc<dyn Handle>> {
        let file = RealDisk.create(path)?;
        Ok(self.wrap(path, file))
    }
    fn open(&self, path: &Path, missing: Missing) -> io::Result<Arc<dyn Handle>> {
        let file = RealDisk.open(path, missing)?;
        Ok(self.wrap(path, file))
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        RealDisk.rename(from, to)?;
        let mut tape = self.tape();
        if let Some(number) = tape.names.remove(from) {
            tape.names.insert(to.to_owned(), number);
        }
        let (from, to) = (from.to_owned(), to.to_owned());
        tape.operations.push(Operation::Rename { from, to });
        Ok(())
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        RealDisk.remove(path)?;
        let mut tape = self.tape();
        tape.names.remove(path);
        let path = path.to_owned();
        tape.operations.push(Operation::Remove { path });
        Ok(())
    }
    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        let path = path.to_owned();
        self.note(Operation::SyncFolder { path });
        Ok(())
    }
    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        RealDisk.list(path)
    }
}

#[derive(Debug)]
struct RecordedFile {
    recorder: Recorder,
    number: usize,
    file: Arc<dyn Handle>,
}

impl Handle for RecordedFile {
    fn size(&self) -> io::Result<u64> {
        self.file.size()
    }
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read_at(offset, buffer)
    }
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.file.write_at(offset, bytes)?;
        self.recorder.note(Operation::Write {
            file: self.number,
            offset,
            bytes: bytes.to_vec(),
        });
        Ok(())
    }
    fn cut(&self, size: u64) -> io::Result<()> {
        self.file.cut(size)?;
        let file = self.number;
        self.recorder.note(Operation::Cut { file, size });
        Ok(())
    }
    fn sync(&self) -> io::Result<()> {
        self.recorder.note(Operation::Sync { file: self.number });
        Ok(())
    }
    fn try_lock(&self) -> io::Result<bool> {
        self.file.try_lock()
    }
    fn lock(&self) -> io::Result<()> {
        self.file.lock()
    }
    fn lock_shared(&self) -> io::Result<()> {
        self.file.lock_shared()
    }
    fn unlock(&self) -> io::Result<()> {
        self.file.unlock()
    }
}

/// What survives of what was not flushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Luck {
    Nothing,
    Everything,
    /// Each piece by itself.
    Chance,
    /// Names before contents: all names, no contents.
    NamesFirst,
    /// Contents before names.
    ContentsFirst,
}

/// Numbers that look random and are the same each time.
pub(super) struct Seeded(pub(super) u64);

impl Seeded {
    pub(super) fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit.max(1)
    }

    fn keeps(&mut self, luck: Luck, is_name: bool) -> bool {
        match luck {
            Luck::Nothing => false,
            Luck::Everything => true,
            Luck::Chance => self.below(2) == 0,
            Luck::NamesFirst => is_name,
            Luck::ContentsFirst => !is_name,
        }
    }
}

/// Makes the files that a power loss after so many operations could leave. `honours` says whether
/// flushes do anything.
pub(super) fn crash(
    operations: &[Operation],
    luck: Luck,
    honours: bool,
    seeded: &mut Seeded,
) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut contents: BTreeMap<usize, Vec<u8>> = BTreeMap::new();
    let mut names: BTreeMap<PathBuf, usize> = BTreeMap::new();
    for (place, operation) in operations.iter().enumerate() {
        let later = &operations[place..];
        match operation {
            Operation::Write {
                file,
                offset,
                bytes,
            } => {
                let is_safe = honours && is_synced(later, *file);
                let content = contents.entry(*file).or_default();
                let start = usize::try_from(*offset).unwrap();
                let mut at = 0;
                while at < bytes.len() {
                    // Up to the end of the sector.
                    let count = (SECTOR - (start + at) % SECTOR).min(bytes.len() - at);
                    if is_safe || seeded.keeps(luck, false) {
                        let end = start + at + count;
                        if content.len() < end {
                            content.resize(end, 0);
                        }
                        content[start + at..end].copy_from_slice(&bytes[at..at + count]);
                    }
                    at += count;
                }
                // The length may be there without the bytes.
                let end = start + bytes.len();
                if luck == Luck::Chance && seeded.below(4) == 0 && content.len() < end {
                    content.resize(end, 0);
                }
            }
            Operation::Cut { file, size } => {
                if (honours && is_synced(later, *file)) || seeded.keeps(luck, false) {
                    let size = usize::try_from(*size).unwrap();
                    contents.entry(*file).or_default().resize(size, 0);
                }
            }
            Operation::Create { file, path } => {
                if is_kept(later, path, luck, honours, seeded) {
                    names.insert(path.clone(), *file);
                }
            }
            Operation::Rename { from, to } => {
                if is_kept(later, to, luck, honours, seeded)
                    && let Some(file) = file_of(operations, place, from)
                {
                    names.retain(|_, other| *other != file);
                    names.insert(to.clone(), file);
                }
            }
            Operation::Remove { path } => {
                if is_kept(later, path, luck, honours, seeded) {
                    names.remove(path);
                }
            }
            Operation::Sync { .. }
            | Operation::SyncFolder { .. }
            | Operation::Acknowledged(_)
            | Operation::Doomed(_) => {}
        }
    }
    names
        .into_iter()
        .map(|(path, file)| (path, contents.get(&file).cloned().unwrap_or_default()))
        .collect()
}

fn is_synced(later: &[Operation], wanted: usize) -> bool {
    later
        .iter()
        .any(|operation| matches!(operation, Operation::Sync { file } if *file == wanted))
}

fn is_kept(
    later: &[Operation],
    path: &Path,
    luck: Luck,
    honours: bool,
    seeded: &mut Seeded,
) -> bool {
    let folder = path.parent().unwrap();
    let is_synced = later
        .iter()
        .any(|operation| matches!(operation, Operation::SyncFolder { path } if path == folder));
    (honours && is_synced) || seeded.keeps(luck, true)
}

/// Returns the file that had a name at a time, whether or not that name was flushed.
fn file_of(operations: &[Operation], before: usize, wanted: &Path) -> Option<usize> {
    let mut names: BTreeMap<&Path, usize> = BTreeMap::new();
    for operation in &operations[..before] {
        match operation {
            Operation::Create { file, path } => {
                names.insert(path, *file);
            }
            Operation::Rename { from, to } => {
                if let Some(file) = names.remove(from.as_path()) {
                    names.insert(to, file);
                }
            }
            Operation::Remove { path } => {
                names.remove(path.as_path());
            }
            _ => {}
        }
    }
    names.get(wanted).copied()
}

/// Returns what must be there after so many operations.
pub(super) fn promised(operations: &[Operation]) -> BTreeSet<u64> {
    let mut promised = BTreeSet::new();
    for operation in operations {
        match operation {
            Operation::Acknowledged(numbers) => promised.extend(numbers),
            Operation::Doomed(numbers) => {
                for number in numbers {
                    promised.remove(number);
                }
            }
            _ => {}
        }
    }
    promised
}
