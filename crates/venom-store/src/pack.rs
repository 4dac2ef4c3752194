//! The content store: objects by the hash of their content, many in one file.
//!
//! ```text
//! blobs/packs/00000001.pack    records, one after the other; only ever appended to
//! blobs/packs/00000001.index   where each record stands; can be made again from the pack
//! blobs/packs/claims-…         what a running process relies on without having written it
//! blobs/packs/lock sweep gc    locks
//! blobs/aside/                 damaged packs after a repair
//! blobs/ab/cdef…               single files of older versions; read, and moved by a collection
//! ```
//!
//! Each process appends to a pack of its own, so that processes never wait for each other; all read
//! everything. What was written is acknowledged by `Packs::sync`, one flush for all threads that
//! wait for one.
//!
//! Reading order: `format` (bytes), `index`, `scan` (what is whole), `content` (compression and
//! sealing), `catalogue` (what there is), `tail` (where new records go), `claims`, then this file
//! (the verbs), `flush`, and the care: `gc`, `check`, `repair`, `losses`, `sample`. Below everything: `disk`, `places`,
//! `loose`.

pub mod care;
mod catalogue;
mod check;
mod claims;
mod content;
mod disk;
mod flush;
pub(crate) mod format;
mod gc;
mod index;
mod loose;
mod losses;
mod output;
mod places;
mod repair;
pub(crate) mod sample;
mod scan;
pub mod sealing;
mod tail;
mod usage;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use venom_kernel::digest::BlobId;
use venom_ports::{Failure, FailureKind, Result};

use self::care::Limits;
use self::catalogue::Catalogue;
use self::claims::{Claimed, Claims};
use self::content::{Content, damaged, name, raw};
use self::disk::{Disk, Handle, RealDisk};
use self::format::{Draft, Identity, RawId, Spot};
use self::index::Entry;
use self::places::Places;
use self::sealing::Sealing;
use crate::private;

/// The objects of a data folder.
#[derive(Debug)]
pub(crate) struct Packs {
    disk: Arc<dyn Disk>,
    places: Places,
    content: Content,
    /// Length at which a pack gets no more records.
    full: u64,
    state: Mutex<State>,
    /// How many appends were flushed; held by whoever flushes.
    flushed: Mutex<u64>,
}

#[derive(Debug, Default)]
struct State {
    is_loaded: bool,
    limits: Limits,
    catalogue: Catalogue,
    claims: Claims,
    /// The pack that is appended to.
    tail: Option<u32>,
    /// The packs that this process holds locked, and where its own records begin in each.
    own: BTreeMap<u32, u64>,
    /// What was appended and not flushed, by pack.
    pending: BTreeMap<u32, Vec<Entry>>,
    /// What was appended to a pack that could not be flushed.
    owed: Vec<(u32, Entry)>,
    /// What could not even be read again after that.
    lost: BTreeSet<RawId>,
    /// What turned out to be damaged; storing it again heals it.
    distrusted: BTreeSet<RawId>,
    /// How many records were appended.
    appended: u64,
    /// Bytes and objects, for the limits.
    bytes: u64,
    objects: u64,
    /// The part of both that is single files.
    singles: (u64, u64),
}

/// A record that can be read.
struct Hit {
    file: Arc<dyn Handle>,
    identity: Identity,
    entry: Entry,
}

impl Packs {
    /// Names the folder; it is read and created when it is first needed.
    pub(crate) fn new(root: PathBuf, sealing: Option<Arc<dyn Sealing>>) -> Self {
        Self::on(Arc::new(RealDisk), root, sealing, tail::FULL)
    }

    fn on(
        disk: Arc<dyn Disk>,
        root: PathBuf,
        sealing: Option<Arc<dyn Sealing>>,
        full: u64,
    ) -> Self {
        Self {
            disk,
            places: Places::new(root),
            content: Content::new(sealing),
            full,
            state: Mutex::default(),
            flushed: Mutex::default(),
        }
    }

    /// Sets what may be stored from now on.
    pub(crate) fn limit(&self, limits: Limits) {
        self.state().limits = limits;
    }

    /// Returns the id that these bytes would have under the key of this number.
    pub(crate) fn id_of(&self, key: u16, bytes: &[u8]) -> BlobId {
        name(&self.content.id(key, bytes))
    }

    /// Stores bytes under the key of this number; they are durable after the next `Packs::sync`.
    pub(crate) fn write(&self, key: u16, bytes: &[u8]) -> Result<BlobId> {
        let id = self.content.id(key, bytes);
        if self.knows(&id, bytes)? {
            return Ok(name(&id));
        }
        let mut draft = self.content.draft(key, id, bytes)?;
        let mut state = self.loaded()?;
        // Another thread may have been faster.
        if !state.distrusted.contains(&id) && state.own(&id).is_some() {
            return Ok(name(&id));
        }
        state.allow(draft.whole())?;
        self.append(&mut state, &mut draft)?;
        Ok(name(&id))
    }

    /// Returns the bytes.
    pub(crate) fn read(&self, id: &BlobId) -> Result<Vec<u8>> {
        let wanted = raw(id);
        let mut failure = None;
        for is_second in [false, true] {
            let hits = {
                let mut state = self.loaded()?;
                if is_second {
                    self.refresh(&mut state)?;
                }
                state.hits(&wanted)
            };
            for hit in hits {
                match self.open(&hit) {
                    Ok(bytes) => return Ok(bytes),
                    Err(error) => failure = Some(error),
                }
            }
            if self.loaded()?.catalogue.has_loose {
                match loose::read(&self.places.root, id) {
                    Ok(Some(bytes)) => return Ok(bytes),
                    Ok(None) => {}
                    Err(error) => failure = Some(error),
                }
            }
        }
        let mut state = self.state();
        if let Some(failure) = failure {
            if failure.kind == FailureKind::Corrupt {
                state.distrusted.insert(wanted);
            }
            return Err(failure);
        }
        Err(match state.catalogue.suspect() {
            Some(number) => damaged(&format!(
                "there is no blob {id}, but pack {number} is damaged and may have held it"
            )),
            None => Failure::new(FailureKind::Missing, format!("there is no blob {id}")),
        })
    }

    /// Tells whether an object is stored. What is said to be there is kept as long as this process
    /// runs, whatever a collection takes for dead.
    pub(crate) fn holds(&self, id: &BlobId) -> Result<bool> {
        let wanted = raw(id);
        for is_second in [false, true] {
            let mut state = self.loaded()?;
            if is_second {
                self.refresh(&mut state)?;
            }
            if state.distrusted.contains(&wanted) {
                return Ok(false);
            }
            let is_known = state.own(&wanted).is_some()
                || state.claims.holds(&wanted)
                || state.catalogue.find(&wanted).next().is_some()
                || (state.catalogue.has_loose && loose::is_there(&self.places.root, id));
            if is_known && self.keep(&mut state, &wanted)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Lets go of what this process has written or relies on: everything that matters is named by
    /// now, and a collection may judge the rest.
    pub(crate) fn settle(&self) -> Result<()> {
        self.sync()?;
        let mut state = self.state();
        let state = &mut *state;
        if !state.pending.is_empty() {
            // Somebody is writing at this moment.
            return Ok(());
        }
        state.claims.settle();
        state.tail = None;
        for number in std::mem::take(&mut state.own).into_keys() {
            if let Some(pack) = state.catalogue.packs.get(&number) {
                let unlocked = pack.file.unlock();
                unlocked.map_err(|error| self.failure("cannot let go of a pack", &error))?;
            }
        }
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the state, with the packs read.
    fn loaded(&self) -> Result<MutexGuard<'_, State>> {
        let mut state = self.state();
        if !state.is_loaded {
            self.refresh(&mut state)?;
            state.is_loaded = true;
        }
        Ok(state)
    }

    /// Looks at the folder again.
    fn refresh(&self, state: &mut State) -> Result<()> {
        state
            .claims
            .renew(&*self.disk, &self.places)
            .and_then(|()| state.catalogue.refresh(&*self.disk, &self.places))
            .map_err(|error| self.failure("cannot read the packs", &error))?;
        state.singles = if state.catalogue.has_loose && state.limits.is_set() {
            loose::sum(&self.places.root)
        } else {
            (0, 0)
        };
        state.count();
        Ok(())
    }

    /// Tells whether these bytes are stored, whole and safe from collections.
    fn knows(&self, id: &RawId, bytes: &[u8]) -> Result<bool> {
        for is_second in [false, true] {
            let (hit, has_loose) = {
                let mut state = self.loaded()?;
                if is_second {
                    self.refresh(&mut state)?;
                }
                if state.distrusted.contains(id) {
                    return Ok(false);
                }
                if state.own(id).is_some() || state.claims.holds(id) {
                    return Ok(true);
                }
                (state.durable(id), state.catalogue.has_loose)
            };
            let is_whole = match hit {
                // A record that nobody reads may have rotted; the first use in each process looks.
                Some(hit) => {
                    let record = scan::record(&*hit.file, hit.identity, &hit.entry);
                    matches!(record, Ok(Some(_)))
                }
                None => has_loose && loose::is_whole(&self.places.root, &name(id), bytes),
            };
            if !is_whole {
                return Ok(false);
            }
            if self.keep(&mut self.state(), id)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Makes an object that is stored safe from collections; `false` if packs were removed since the
    /// last look.
    fn keep(&self, state: &mut State, id: &RawId) -> Result<bool> {
        if state.own(id).is_some() || state.claims.holds(id) {
            return Ok(true);
        }
        // A pack that is known lies in the folder; looking each time costs two calls for each file of an undo.
        let is_there = !state.catalogue.packs.is_empty();
        let folder = if is_there {
            Ok(())
        } else {
            self.disk.create_folder(&self.places.packs)
        };
        folder
            .and_then(|()| state.claims.claim(&*self.disk, &self.places, id))
            .map(|claimed| claimed == Claimed::Yes)
            .map_err(|error| self.failure("cannot keep a blob", &error))
    }

    /// Reads a record and returns its content.
    fn open(&self, hit: &Hit) -> Result<Vec<u8>> {
        let record = scan::record(&*hit.file, hit.identity, &hit.entry)
            .map_err(|error| self.failure("cannot read a blob", &error))?;
        let Some((header, bytes)) = record else {
            let id = name(&hit.entry.id);
            return Err(damaged(&format!("blob {id} is not what was stored")));
        };
        self.content.plain(&header, &bytes)
    }

    /// Appends a record to the tail.
    fn append(&self, state: &mut State, draft: &mut Draft) -> Result<()> {
        let open = state
            .tail
            .filter(|number| state.catalogue.packs.contains_key(number));
        let number = match open {
            Some(number) => number,
            None => self.begin(state)?,
        };
        let Some(pack) = state.catalogue.packs.get_mut(&number) else {
            return Err(Failure::new(FailureKind::Internal, "the open pack is gone"));
        };
        let spot = Spot {
            identity: pack.identity,
            offset: pack.end,
        };
        let entry = Entry {
            id: draft.id,
            offset: pack.end,
            stored: draft.stored,
            plain: draft.plain,
        };
        if let Err(error) = pack.file.write_at(spot.offset, draft.at(spot)) {
            // Nobody may append behind half a record.
            if pack.file.cut(spot.offset).is_err() {
                state.tail = None;
            }
            return Err(self.failure("cannot store a blob", &error));
        }
        pack.add(entry);
        if pack.end >= self.full {
            state.tail = None;
        }
        state.pending.entry(number).or_default().push(entry);
        state.lost.remove(&draft.id);
        state.distrusted.remove(&draft.id);
        state.appended += 1;
        state.bytes += draft.whole();
        state.objects += 1;
        Ok(())
    }

    /// Begins to append to another pack.
    fn begin(&self, state: &mut State) -> Result<u32> {
        let State { catalogue, own, .. } = state;
        let number = tail::begin(&*self.disk, &self.places, catalogue, own, self.full)
            .map_err(|error| self.failure("cannot begin a pack", &error))?;
        let packs = &state.catalogue.packs;
        let end = packs.get(&number).map_or(format::HEAD, |pack| pack.end);
        state.own.insert(number, end);
        state.tail = Some(number);
        state.count();
        Ok(number)
    }

    fn failure(&self, doing: &str, error: &io::Error) -> Failure {
        let place = places::shown(&self.places.packs);
        private::failure(&format!("{doing} in {place}"), error)
    }
}

impl State {
    /// Finds a record that this process has written.
    fn own(&self, id: &RawId) -> Option<Entry> {
        self.own.iter().rev().find_map(|(number, from)| {
            let entry = self.catalogue.packs.get(number)?.find(id)?;
            (entry.offset >= *from).then_some(entry)
        })
    }

    /// Finds a record that was flushed in any pack.
    fn durable(&mut self, id: &RawId) -> Option<Hit> {
        self.catalogue.packs.values_mut().rev().find_map(|pack| {
            let entry = pack.find(id)?;
            pack.is_durable(&entry).then(|| Hit {
                file: Arc::clone(&pack.file),
                identity: pack.identity,
                entry,
            })
        })
    }

    fn hits(&self, id: &RawId) -> Vec<Hit> {
        self.catalogue
            .find(id)
            .map(|(pack, entry)| Hit {
                file: Arc::clone(&pack.file),
                identity: pack.identity,
                entry,
            })
            .collect()
    }

    /// Counts what there is, for the limits.
    fn count(&mut self) {
        let (bytes, objects) = self.catalogue.sum();
        self.bytes = bytes + self.singles.0;
        self.objects = objects + self.singles.1;
    }

    /// Refuses what does not fit into the limits.
    fn allow(&self, more: u64) -> Result<()> {
        let more = more + if self.tail.is_none() { format::HEAD } else { 0 };
        let Limits { bytes, objects } = self.limits;
        let what = if bytes.is_some_and(|most| self.bytes.saturating_add(more) > most) {
            format!(
                "the blobs would take more than {} bytes",
                bytes.unwrap_or(0)
            )
        } else if objects.is_some_and(|most| self.objects >= most) {
            format!("there would be more than {} blobs", objects.unwrap_or(0))
        } else {
            return Ok(());
        };
        Err(Failure::new(FailureKind::Refused, what)
            .with_hint("`venom gc` removes what nothing needs; or raise the quota"))
    }
}

#[cfg(test)]
mod tests;
