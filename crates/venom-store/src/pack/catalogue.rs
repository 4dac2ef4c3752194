//! The packs that this process knows, and what is in them.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::disk::{Disk, Handle, Missing};
use super::format::{self, HEAD_SIZE, HeadError, Identity, MARK_AT, MARK_SIZE, RawId};
use super::index::{self, Entry, Sorted};
use super::places::{self, Name, Places};
use super::scan::{self, Gap};

/// An open pack and its records.
#[derive(Debug)]
pub(crate) struct Pack {
    pub(crate) number: u32,
    pub(crate) identity: Identity,
    pub(crate) file: Arc<dyn Handle>,
    sorted: Sorted,
    recent: BTreeMap<RawId, Entry>,
    /// Where the last whole record ends, which is where the next one begins.
    pub(crate) end: u64,
    /// How long the file was when it was last looked at.
    pub(crate) size: u64,
    /// What was flushed for sure.
    pub(crate) acked: u64,
    /// Whether head and mark are good.
    pub(crate) is_exact: bool,
    pub(crate) gaps: Vec<Gap>,
    /// Whether the index on the disk is not what it should be.
    pub(crate) has_bad_index: bool,
}

/// What became of opening a pack.
#[derive(Debug)]
pub(crate) enum Opened {
    Pack(Box<Pack>),
    Gone,
    Bad(HeadError),
}

impl Pack {
    /// A pack that was just created.
    pub(crate) fn created(number: u32, identity: Identity, file: Arc<dyn Handle>) -> Self {
        Self {
            number,
            identity,
            file,
            sorted: Sorted::default(),
            recent: BTreeMap::new(),
            end: format::HEAD,
            size: format::HEAD,
            acked: format::HEAD,
            is_exact: true,
            gaps: Vec::new(),
            has_bad_index: false,
        }
    }

    /// Opens a pack, with its index if that is good.
    pub(crate) fn open(disk: &dyn Disk, places: &Places, number: u32) -> io::Result<Opened> {
        let file = match disk.open(&places.pack(number), Missing::Fail) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Opened::Gone),
            Err(error) => return Err(error),
        };
        let mut bytes = vec![0; HEAD_SIZE];
        let read = file.read_at(0, &mut bytes)?;
        bytes.truncate(read);
        let head = match format::read_head(&bytes) {
            Ok(head) => head,
            Err(error) => return Ok(Opened::Bad(error)),
        };
        let stored = read_all(disk, &places.index(number))?;
        let had_index = stored.is_some();
        let size = file.size()?;
        let sorted = stored
            .and_then(index::read)
            .filter(|(identity, sorted)| *identity == head.identity && sorted.covered() <= size)
            .map(|(_, sorted)| sorted);
        let has_bad_index = had_index && sorted.is_none();
        let covered = sorted.as_ref().map_or(format::HEAD, Sorted::covered);
        let mut pack = Self {
            is_exact: head.is_exact,
            // An index is only written for what was flushed; its mark may have been lost.
            acked: head.acked.unwrap_or(format::HEAD).max(covered),
            end: covered.max(format::HEAD),
            sorted: sorted.unwrap_or_default(),
            has_bad_index,
            ..Self::created(number, head.identity, file)
        };
        pack.look()?;
        Ok(Opened::Pack(Box::new(pack)))
    }

    /// Reads what was appended since the last look.
    pub(crate) fn look(&mut self) -> io::Result<()> {
        let found = scan::scan(&*self.file, self.identity, self.end)?;
        self.end = found.end;
        self.size = found.size;
        self.gaps.extend(found.gaps);
        for entry in found.entries {
            self.recent.insert(entry.id, entry);
        }
        Ok(())
    }

    /// Looks again if the file has grown.
    fn look_again(&mut self) -> io::Result<()> {
        if self.file.size()? == self.size {
            return Ok(());
        }
        self.look()
    }

    /// Finds a record; of several, the newest.
    pub(crate) fn find(&self, id: &RawId) -> Option<Entry> {
        self.recent
            .get(id)
            .copied()
            .or_else(|| self.sorted.find(id))
    }

    /// Adds a record that was just written.
    pub(crate) fn add(&mut self, entry: Entry) {
        self.end = entry.end();
        self.size = self.end;
        self.recent.insert(entry.id, entry);
    }

    /// Takes a record out that turned out not to be there.
    pub(crate) fn forget(&mut self, id: &RawId) {
        self.recent.remove(id);
    }

    /// Reads the mark again and tells whether the record was flushed.
    pub(crate) fn is_durable(&mut self, entry: &Entry) -> bool {
        if entry.end() > self.acked {
            let mut bytes = [0; MARK_SIZE];
            if matches!(self.file.read_at(MARK_AT, &mut bytes), Ok(MARK_SIZE)) {
                let acked = format::read_mark(self.identity, &bytes).unwrap_or(0);
                self.acked = self.acked.max(acked);
            }
        }
        entry.end() <= self.acked
    }

    /// Returns all records; of several with one id, the newest.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        let mut all: BTreeMap<RawId, Entry> = BTreeMap::new();
        for entry in self.sorted.entries().chain(self.recent.values().copied()) {
            all.insert(entry.id, entry);
        }
        all.into_values().collect()
    }

    /// Returns how many records there are, about.
    pub(crate) fn count(&self) -> u64 {
        (self.sorted.count() + self.recent.len()) as u64
    }

    /// Returns how much the index on the disk does not tell.
    pub(crate) fn uncovered(&self) -> u64 {
        self.acked
            .saturating_sub(self.sorted.covered().max(format::HEAD))
    }

    /// Tells whether something that was flushed is not there any more.
    pub(crate) fn is_damaged(&self) -> bool {
        !self.is_exact || self.end < self.acked || self.gaps.iter().any(|gap| gap.from < self.acked)
    }

    /// Writes an index for everything that was flushed. It needs no flush itself: one that is torn
    /// is not believed.
    pub(crate) fn write_index(&self, disk: &dyn Disk, places: &Places) -> io::Result<()> {
        let entries = self
            .entries()
            .into_iter()
            .filter(|entry| entry.end() <= self.acked)
            .collect();
        let covered = self.acked.min(self.end);
        let bytes = index::write(self.identity, covered, entries);
        let new = places.new_file(&format!("index-{}", self.identity));
        let written = disk
            .open(&new, Missing::Create)
            .and_then(|file| {
                file.cut(0)?;
                file.write_at(0, &bytes)
            })
            .and_then(|()| disk.rename(&new, &places.index(self.number)));
        if written.is_err() {
            // What is left is removed by the next collection.
            let _best_effort = disk.remove(&new);
        }
        written
    }
}

/// Reads a whole file; `None` if it is not there.
pub(crate) fn read_all(disk: &dyn Disk, path: &Path) -> io::Result<Option<Vec<u8>>> {
    let file = match disk.open(path, Missing::Fail) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let size = usize::try_from(file.size()?).unwrap_or(usize::MAX);
    let mut bytes = Vec::new();
    bytes
        .try_reserve_exact(size)
        .map_err(|error| io::Error::new(io::ErrorKind::OutOfMemory, error))?;
    bytes.resize(size, 0);
    let read = file.read_at(0, &mut bytes)?;
    bytes.truncate(read);
    Ok(Some(bytes))
}

/// All packs of the folder that can be read, and those that cannot.
#[derive(Debug, Default)]
pub(crate) struct Catalogue {
    pub(crate) packs: BTreeMap<u32, Pack>,
    pub(crate) bad: BTreeMap<u32, HeadError>,
    /// Whether an older version has stored single files.
    pub(crate) has_loose: bool,
}

impl Catalogue {
    /// Looks at the folder again: takes in what is new and lets go of what is gone. A failure leaves
    /// what is known as it was, perhaps with some news.
    pub(crate) fn refresh(&mut self, disk: &dyn Disk, places: &Places) -> io::Result<()> {
        let roots = disk.list(&places.root)?;
        self.has_loose = roots.iter().any(|name| places::is_shard(name));
        let numbers: BTreeSet<u32> = disk
            .list(&places.packs)?
            .iter()
            .filter_map(|text| match places::name(text) {
                Name::Pack(number) => Some(number),
                _ => None,
            })
            .collect();
        self.packs.retain(|number, _| numbers.contains(number));
        self.bad.retain(|number, _| numbers.contains(number));
        for number in numbers {
            if let Some(pack) = self.packs.get_mut(&number) {
                pack.look_again()?;
                continue;
            }
            match Pack::open(disk, places, number)? {
                Opened::Pack(pack) => {
                    self.packs.insert(number, *pack);
                    self.bad.remove(&number);
                }
                Opened::Gone => {}
                Opened::Bad(error) => {
                    if self.bad.insert(number, error).is_none() {
                        tracing::warn!(pack = number, ?error, "a pack cannot be read");
                    }
                }
            }
        }
        Ok(())
    }

    /// Returns the packs that hold this id, newest first.
    pub(crate) fn find(&self, id: &RawId) -> impl Iterator<Item = (&Pack, Entry)> {
        self.packs
            .values()
            .rev()
            .filter_map(move |pack| pack.find(id).map(|entry| (pack, entry)))
    }

    /// Names a pack that may have held what is not found.
    pub(crate) fn suspect(&self) -> Option<u32> {
        let damaged = self.packs.values().find(|pack| pack.is_damaged());
        damaged
            .map(|pack| pack.number)
            .or_else(|| self.bad.keys().next().copied())
    }

    /// Returns how many bytes and objects there are.
    pub(crate) fn sum(&self) -> (u64, u64) {
        let bytes = self.packs.values().map(|pack| pack.size).sum();
        let objects = self.packs.values().map(Pack::count).sum();
        (bytes, objects)
    }
}
