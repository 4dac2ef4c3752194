//! Keys of contents: each workspace has one, and there is one that everything else shares.
//!
//! A record of the content store names its key by a number. 1 is the shared key, which also seals what was
//! stored before workspaces had keys of their own. A workspace gets a number and a key with the first run
//! that begins in it; the name of its row is the number and a keyed hash of the path, so that nobody learns
//! from the row which folder it is.
//!
//! Contents are known by keyed hashes as well, so a run has to name them under one key for as long as it
//! lives, whatever becomes of its folder's name, and a fork under the key of the run it comes from. So a run
//! keeps a copy of its workspace's key, in a row beside its own. A run without such a row goes on with the
//! shared key.

use std::collections::BTreeMap;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;
use venom_kernel::id::RunId;
use venom_ports::blob::Belongs;
use venom_ports::{Failure, FailureKind, Result};

use super::{FILES, Mode, Vault, WORKSPACE, table};
use crate::crypt::{Key, SealKey};
use crate::sqlite::failure::corrupt;
use crate::sqlite::{connection, uid};

/// The number of the key that everything shares.
pub(crate) const SHARED: u16 = 1;

/// Bytes of a path's hash in the name of a row. With the number the name is as long as that of a run, by
/// which a repair finds it.
const HASH: usize = 14;

/// Runs that are remembered. Chosen: far more than a process works on at once.
const REMEMBERED: usize = 1_024;

/// The keys of contents, by the numbers that stand beside each object.
#[derive(Debug)]
pub(crate) struct ContentKeys {
    vault: Arc<Vault>,
    log: PathBuf,
    known: Mutex<BTreeMap<u16, (SealKey, [u8; 32])>>,
    runs: Mutex<BTreeMap<RunId, u16>>,
}

/// The row of a workspace.
struct Room {
    number: u16,
    place: [u8; HASH],
    name: Vec<u8>,
    /// Not there if it was set aside.
    wrapped: Option<Vec<u8>>,
}

impl ContentKeys {
    /// Reads nothing yet.
    pub(crate) const fn new(vault: Arc<Vault>, log: PathBuf) -> Self {
        Self {
            vault,
            log,
            known: Mutex::new(BTreeMap::new()),
            runs: Mutex::new(BTreeMap::new()),
        }
    }

    /// Tells whether new contents are sealed, or why none can be stored.
    pub(crate) fn seals(&self) -> Result<bool> {
        self.vault.mode().map(|mode| mode != Mode::Off)
    }

    /// Tells whether anything here is sealed or was.
    pub(crate) fn is_used(&self) -> bool {
        self.vault.blobs.is_some() || self.seals() != Ok(false)
    }

    /// Returns a key with the one that names are made with.
    pub(crate) fn get(&self, number: u16) -> Result<(SealKey, [u8; 32])> {
        if let Some(known) = lock(&self.known).get(&number) {
            return Ok(known.clone());
        }
        let key = if number == SHARED {
            self.shared()?.clone()
        } else {
            self.of_number(number)?
        };
        let seal = SealKey::new(key);
        let names = seal.id_key();
        lock(&self.known).insert(number, (seal.clone(), names));
        Ok((seal, names))
    }

    /// Returns what names of contents may have been made with, the shared key first.
    pub(crate) fn names(&self) -> Result<Vec<[u8; 32]>> {
        if self.vault.blobs.is_none() {
            return Ok(Vec::new());
        }
        let rooms = rooms(&connection::reader(&self.log)?)?;
        let numbers = rooms
            .iter()
            .filter(|room| room.wrapped.is_some())
            .map(|room| room.number);
        // A key that does not open has named nothing that can be read.
        let names = std::iter::once(SHARED)
            .chain(numbers)
            .filter_map(|number| self.get(number).ok());
        Ok(names.map(|(_, names)| names).collect())
    }

    /// Returns the number of the key for what a run stores.
    pub(crate) fn of(&self, run: RunId, belongs: Belongs<'_>) -> Result<u16> {
        if let Some(number) = lock(&self.runs).get(&run) {
            return Ok(*number);
        }
        let number = match belongs {
            Belongs::Known => self.of_run(run)?,
            Belongs::To(path) => self.begin(run, self.enter(path)?),
            Belongs::With(other) => {
                let number = self.of(other, Belongs::Known)?;
                let key = match number {
                    SHARED => None,
                    number => Some((number, self.of_number(number)?)),
                };
                self.begin(run, key)
            }
        };
        let mut runs = lock(&self.runs);
        runs.insert(run, number);
        while runs.len() > REMEMBERED {
            runs.pop_first();
        }
        Ok(number)
    }

    /// Notes the key that is stored with the first event of a run.
    fn begin(&self, run: RunId, key: Option<(u16, Key)>) -> u16 {
        let Some((number, key)) = key else {
            return SHARED;
        };
        self.vault.assign(run, key);
        number
    }

    fn shared(&self) -> Result<&Key> {
        self.vault.blobs.as_ref().ok_or_else(|| match self.seals() {
            Err(failure) => failure,
            Ok(_) => Failure::new(
                FailureKind::Refused,
                "blobs are sealed, and there is no key",
            )
            .with_hint("see `venom keys status`"),
        })
    }

    /// Finds the key of a number.
    fn of_number(&self, number: u16) -> Result<Key> {
        self.shared()?;
        let rooms = rooms(&connection::reader(&self.log)?)?;
        let room = rooms.into_iter().find(|room| room.number == number);
        match room {
            Some(room) if room.wrapped.is_some() => self.opened(&room),
            Some(_) => Err(Failure::new(
                FailureKind::Missing,
                format!("the key of workspace {number} is damaged and could not be mended, so what was stored of its files cannot be read"),
            )
            .with_hint(COPY)),
            None => Err(corrupt(format!("the key of workspace {number} is gone")).with_hint(COPY)),
        }
    }

    fn opened(&self, room: &Room) -> Result<Key> {
        let wrapped = room.wrapped.as_deref().unwrap_or_default();
        let number = room.number;
        table::unwrap(self.vault.master()?, WORKSPACE, &room.name, wrapped).map_err(|()| {
            corrupt(format!("the key of workspace {number} does not open"))
                .with_hint("`venom doctor --repair` mends the key or sets it aside")
        })
    }

    /// Finds the key that a run began with.
    fn of_run(&self, run: RunId) -> Result<u16> {
        if self.vault.blobs.is_none() {
            return Ok(SHARED);
        }
        let reader = connection::reader(&self.log)?;
        let lost = |why: &str| {
            corrupt(format!("the copy of the workspace's key of {run} {why}")).with_hint(
                "other runs are not touched by it; `venom doctor` says which keys do not open",
            )
        };
        let wrapped = match table::get(&reader, FILES, &uid(run))? {
            table::Row::Absent => return Ok(SHARED),
            // Shredded with the run, or set aside.
            table::Row::Shredded => return Err(lost("is gone")),
            table::Row::Wrapped(wrapped) => wrapped,
        };
        let own = table::unwrap(self.vault.master()?, FILES, &uid(run), &wrapped)
            .map_err(|()| lost("does not open"))?;
        for room in rooms(&reader)? {
            // One that does not open belongs to other runs, or is told where it is needed.
            if room.wrapped.is_some() && self.opened(&room).is_ok_and(|key| key.is(&own)) {
                return Ok(room.number);
            }
        }
        Err(lost("belongs to no workspace that is known"))
    }

    /// Finds the key of a workspace and makes it at first; `None` if its contents go under the shared key.
    fn enter(&self, path: &Path) -> Result<Option<(u16, Key)>> {
        if !self.seals()? {
            return Ok(None);
        }
        let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let place = place(self.shared()?, &real);
        let find = |connection: &Connection| -> Result<Option<(u16, Key)>> {
            let found = rooms(connection)?
                .into_iter()
                .find(|room| room.place == place && room.wrapped.is_some());
            found
                .map(|room| Ok((room.number, self.opened(&room)?)))
                .transpose()
        };
        if let Some(found) = find(&connection::reader(&self.log)?)? {
            return Ok(Some(found));
        }
        let master = self.vault.master()?;
        let connection = table::open(&self.log)?;
        table::transaction(&connection, || {
            if table::master(&connection)?.is_none_or(|stored| stored != table::mark(master)) {
                return Err(super::changed());
            }
            // Another process may have been faster.
            if let Some(found) = find(&connection)? {
                return Ok(Some(found));
            }
            let last = rooms(&connection)?.into_iter().map(|room| room.number);
            let Some(number) = last.max().unwrap_or(SHARED).checked_add(1) else {
                // All numbers are given away.
                return Ok(None);
            };
            let key = Key::generate()?;
            let name = [number.to_be_bytes().as_slice(), &place].concat();
            let wrapped = table::wrap(master, WORKSPACE, &name, &key)?;
            table::put(&connection, WORKSPACE, &name, &wrapped)?;
            Ok(Some((number, key)))
        })
    }
}

const COPY: &str =
    "other workspaces are not touched by it; bring `log.db` back from a copy of the data folder";

fn place(shared: &Key, path: &Path) -> [u8; HASH] {
    let hash = shared.derive("workspace", path.as_os_str().as_bytes());
    let mut place = [0; HASH];
    for (to, from) in place.iter_mut().zip(hash.bytes()) {
        *to = *from;
    }
    place
}

/// Reads the rows of all workspaces.
fn rooms(connection: &Connection) -> Result<Vec<Room>> {
    let rows = table::of_kind(connection, WORKSPACE)?;
    let rooms = rows.into_iter().filter_map(|(name, wrapped)| {
        let (number, place) = name.split_first_chunk::<2>()?;
        Some(Room {
            number: u16::from_be_bytes(*number),
            place: place.try_into().ok()?,
            name: name.clone(),
            wrapped,
        })
    });
    Ok(rooms.collect())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
