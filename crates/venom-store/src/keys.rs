//! Keys: where the master key comes from, and the keys that it wraps.
//!
//! ```text
//! master key      from outside (source), never stored here
//!   run keys      one per run; event texts, inbox and list rows of the run
//!   blobs key     what is in the content store and belongs to no workspace
//!   workspace     one per workspace; what is stored of its files. Runs keep copies
//!   secrets key   values that `venom keys set` was given
//!   signing key   the seed of an Ed25519 key
//! ```
//!
//! Wrapped keys stand in the log's file, so that a run's key and its first event are one commit.
//! Rotation wraps them anew and touches nothing else; shredding overwrites one of them.
//!
//! Reading order: this file (what is in force), `source` (where a master key comes from), `keyring` (the
//! desktop's), `table` (the rows), `workspace` (keys of contents), `rotate`, `shred`, `sign`, `mend` (keys that
//! do not open).

mod keyring;
mod mend;
mod rotate;
mod shred;
mod sign;
mod source;
mod table;
mod workspace;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use venom_kernel::id::RunId;
use venom_ports::{Failure, FailureKind, Result};

pub use self::keyring::Keyring;
pub use self::mend::{BrokenKey, Fate, mend};
pub(crate) use self::mend::{mark_of, set_aside};
pub use self::rotate::Rotated;
pub(crate) use self::rotate::rotate;
pub(crate) use self::shred::shred;
pub use self::sign::{Signing, verify as verify_signature};
pub(crate) use self::sign::{create as create_signing, load as load_signing};
pub use self::source::{Made, Source, Sources, create};
pub(crate) use self::workspace::{ContentKeys, SHARED};

use self::source::Found;
use crate::crypt::Key;
use crate::sqlite::connection;
use crate::sqlite::failure::corrupt;
use crate::sqlite::uid;

/// Kinds of keys in the table.
const RUN: &str = "run";
const BLOBS: &str = "blobs";
const SECRETS: &str = "secrets";
const SIGNING: &str = "signing";
/// The key of a workspace, for what is stored of its files.
const WORKSPACE: &str = "workspace";
/// A run's copy of the key of its workspace.
const FILES: &str = "files";
/// What is left of a run's key that could not be mended.
const DAMAGED: &str = "damaged";
/// The same of a workspace's key, and of a run's copy of it.
const DAMAGED_WORKSPACE: &str = "damaged-workspace";
const DAMAGED_FILES: &str = "damaged-files";

/// Runs whose keys are remembered. Chosen: far more than a process works on at once; finding a
/// forgotten one is one look into an index.
const REMEMBERED: usize = 1_024;

/// What is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Nothing new.
    Off,
    /// Texts of events, commands and lists, and contents.
    #[default]
    Payload,
    /// As `Payload`, and lists are kept in memory only.
    Strict,
}

impl Mode {
    /// All modes, weakest first.
    pub const ALL: [Self; 3] = [Self::Off, Self::Payload, Self::Strict];

    /// Returns the mode's name in the configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Payload => "payload",
            Self::Strict => "strict",
        }
    }
}

impl std::fmt::Display for Mode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// How a store is to be protected.
#[derive(Debug, Clone, Default)]
pub struct Protection {
    /// What is demanded; `None` means `Payload` where there is a master key, and `Off` elsewhere.
    pub mode: Option<Mode>,
    /// Where a master key may come from.
    pub sources: Sources,
}

/// How a store is protected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// What is in force for new runs; a failure if none can be begun.
    pub mode: Result<Mode>,
    /// Where the master key came from, if there is one.
    pub source: Option<Source>,
    /// Whether anything here was ever encrypted.
    pub is_used: bool,
    /// What the user should know.
    pub warnings: Vec<String>,
}

/// The key of a run.
#[derive(Debug, Clone)]
pub(crate) enum RunKey {
    /// It was begun without one.
    Plain,
    /// Its texts are sealed with this one.
    Sealed(Key),
    /// It was destroyed on purpose.
    Shredded,
    /// It does not open.
    Broken,
    /// It did not open, and a repair has set it aside.
    Aside,
}

impl RunKey {
    /// Says why a text of the run cannot be read or written, where the key is the reason.
    pub(crate) fn refusal(&self, run: RunId) -> Option<Failure> {
        match self {
            Self::Plain | Self::Sealed(_) => None,
            Self::Shredded => Some(shredded(run)),
            Self::Broken => Some(
                corrupt(format!("the key of {run} does not open")).with_hint(
                    "other runs are not touched by it; `venom doctor --repair` mends the key or sets it aside",
                ),
            ),
            Self::Aside => Some(set_aside(run)),
        }
    }
}

/// A run's key that is not stored yet.
#[derive(Debug)]
pub(crate) struct Fresh {
    pub(crate) key: Key,
    wrapped: Vec<u8>,
    /// The copy of the workspace's key.
    files: Option<Vec<u8>>,
    master: [u8; 32],
}

/// The keys of a store.
#[derive(Debug)]
pub(crate) struct Vault {
    mode: Result<Mode>,
    master: Result<Option<Found>>,
    keyring: Option<Arc<dyn Keyring>>,
    is_used: bool,
    blobs: Option<Key>,
    secrets: Option<Key>,
    runs: Mutex<BTreeMap<RunId, RunKey>>,
    /// Keys of workspaces, for runs whose first event is not stored yet.
    assigned: Mutex<BTreeMap<RunId, Key>>,
}

impl Vault {
    /// Finds the master key and what is in force. What is wrong with a key is told when the key is
    /// needed, so that whatever needs none still works.
    pub(crate) fn open(log: &Path, protection: &Protection) -> Result<Self> {
        let found = source::find(&protection.sources);
        let stored = {
            let reader = connection::reader(log)?;
            table::master(&reader)?
        };
        let (master, mode) = decide(found, stored.as_ref(), protection);
        let mut vault = Self {
            mode,
            master,
            keyring: protection.sources.keyring.clone(),
            is_used: stored.is_some(),
            blobs: None,
            secrets: None,
            runs: Mutex::default(),
            assigned: Mutex::default(),
        };
        let wants = matches!(vault.mode, Ok(Mode::Payload | Mode::Strict));
        if let Ok(Some(found)) = &vault.master
            && (wants || vault.is_used)
        {
            let (blobs, secrets) = shared(log, found.key(), vault.is_used)?;
            (vault.blobs, vault.secrets) = (Some(blobs), Some(secrets));
            vault.is_used = true;
            found.settle()?;
        }
        Ok(vault)
    }

    /// Says how the store is protected.
    pub(crate) fn status(&self) -> Status {
        let source = match &self.master {
            Ok(Some(found)) => Some(found.source().clone()),
            Ok(None) | Err(_) => None,
        };
        let mut warnings = Vec::new();
        match &self.master {
            Ok(Some(found)) => warnings.extend(found.source().warning()),
            Ok(None) => warnings.push(
                "there is no master key, so nothing is encrypted; `venom keys create` makes one"
                    .to_owned(),
            ),
            Err(failure) => warnings.push(failure.message.clone()),
        }
        Status {
            mode: self.mode.clone(),
            source,
            is_used: self.is_used,
            warnings,
        }
    }

    /// Returns the keyring of the desktop, where one can be asked.
    pub(crate) fn keyring(&self) -> Option<Arc<dyn Keyring>> {
        self.keyring.clone()
    }

    /// Returns what is in force for new runs.
    pub(crate) fn mode(&self) -> Result<Mode> {
        self.mode.clone()
    }

    /// Returns the master key; says what was tried if there is none.
    pub(crate) fn master(&self) -> Result<&Key> {
        match &self.master {
            Ok(Some(found)) => Ok(found.key()),
            Ok(None) => Err(none()),
            Err(failure) => Err(failure.clone()),
        }
    }

    /// Returns what seals the memory's own log, if a master key is there, and whether what is new is sealed.
    /// It is made from the blobs' key, so that a rotation changes nothing for it.
    pub(crate) fn notes(&self) -> (Option<Key>, Result<bool>) {
        let seals = self.mode().map(|mode| mode != Mode::Off);
        let key = self.blobs.as_ref().map(|key| key.derive("memory", b""));
        (key, seals)
    }

    /// Returns the key of secrets. It is made with the master key's first use, whatever the mode.
    pub(crate) fn secrets(&self, log: &Path) -> Result<Key> {
        let master = self.master()?;
        match &self.secrets {
            Some(key) => Ok(key.clone()),
            None => shared(log, master, self.is_used).map(|(_, secrets)| secrets),
        }
    }

    /// Returns the keys that do not open; nothing is said where the master key is not here.
    pub(crate) fn broken(&self, log: &Path) -> Result<Vec<BrokenKey>> {
        match &self.master {
            Ok(Some(found)) if self.is_used => mend::broken(&connection::reader(log)?, found.key()),
            Ok(_) | Err(_) => Ok(Vec::new()),
        }
    }

    /// Makes the key of a new run; `None` if its texts are not to be sealed.
    pub(crate) fn begin(&self, run: RunId) -> Result<Option<Fresh>> {
        if self.mode()? == Mode::Off {
            return Ok(None);
        }
        let master = self.master()?;
        let key = Key::generate()?;
        let files = {
            let assigned = self.assigned.lock();
            let assigned = assigned.unwrap_or_else(PoisonError::into_inner);
            assigned.get(&run).cloned()
        };
        let files = files.map(|key| table::wrap(master, FILES, &uid(run), &key));
        Ok(Some(Fresh {
            files: files.transpose()?,
            wrapped: table::wrap(master, RUN, &uid(run), &key)?,
            master: table::mark(master),
            key,
        }))
    }

    /// Stores a new run's key, in the transaction of its first event.
    pub(crate) fn keep(connection: &Connection, run: RunId, fresh: &Fresh) -> Result<()> {
        if table::master(connection)?.is_none_or(|stored| stored != fresh.master) {
            return Err(changed());
        }
        if let Some(files) = &fresh.files {
            table::put(connection, FILES, &uid(run), files)?;
        }
        table::put(connection, RUN, &uid(run), &fresh.wrapped)
    }

    /// Gives a run that is about to begin the key of its workspace.
    fn assign(&self, run: RunId, key: Key) {
        let mut assigned = self.assigned.lock().unwrap_or_else(PoisonError::into_inner);
        assigned.insert(run, key);
        while assigned.len() > REMEMBERED {
            assigned.pop_first();
        }
    }

    /// Remembers the key of a run whose first event is stored.
    pub(crate) fn remember(&self, run: RunId, key: RunKey) {
        self.assigned
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&run);
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        runs.insert(run, key);
        while runs.len() > REMEMBERED {
            // The oldest run is the likeliest one to be over.
            runs.pop_first();
        }
    }

    /// Forgets the key of a run.
    pub(crate) fn forget(&self, run: RunId) {
        self.runs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&run);
    }

    /// Returns a key that is remembered.
    pub(crate) fn remembered(&self, run: RunId) -> Option<RunKey> {
        self.runs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&run)
            .cloned()
    }

    /// Returns the key of a run that has events.
    pub(crate) fn of(&self, connection: &Connection, run: RunId) -> Result<RunKey> {
        if let Some(key) = self.remembered(run) {
            return Ok(key);
        }
        let key = match table::get(connection, RUN, &uid(run))? {
            table::Row::Absent => RunKey::Plain,
            table::Row::Shredded => match table::get(connection, DAMAGED, &uid(run))? {
                table::Row::Absent | table::Row::Shredded => RunKey::Shredded,
                table::Row::Wrapped(_) => RunKey::Aside,
            },
            table::Row::Wrapped(wrapped) => {
                let master = self.master()?;
                match table::unwrap(master, RUN, &uid(run), &wrapped) {
                    Ok(key) => RunKey::Sealed(key),
                    // Not remembered: a repair may mend it meanwhile.
                    Err(()) => return Ok(RunKey::Broken),
                }
            }
        };
        self.remember(run, key.clone());
        Ok(key)
    }
}

/// Compares what was found with what the store was encrypted with.
fn decide(
    found: Result<Vec<Found>>,
    stored: Option<&[u8; 32]>,
    protection: &Protection,
) -> (Result<Option<Found>>, Result<Mode>) {
    let demanded = protection.mode;
    let off = |failure: Failure| match demanded {
        // Whoever switched it off gets what they asked for; what is sealed stays sealed.
        Some(Mode::Off) => (Err(failure), Ok(Mode::Off)),
        Some(Mode::Payload | Mode::Strict) | None => (Err(failure.clone()), Err(failure)),
    };
    let mut found = match found {
        Ok(found) => found,
        Err(failure) => return off(failure),
    };
    let Some(first) = found.first().cloned() else {
        return match (stored, demanded) {
            (Some(_), _) => off(missing(&protection.sources)),
            (None, Some(Mode::Payload | Mode::Strict)) => off(missing(&protection.sources)),
            (None, Some(Mode::Off) | None) => (Ok(None), Ok(Mode::Off)),
        };
    };
    let master = match stored {
        None => first,
        Some(stored) => {
            let Some(place) = found
                .iter()
                .position(|candidate| table::mark(candidate.key()) == *stored)
            else {
                let text = format!(
                    "the master key from {} is not the one that the data was encrypted with",
                    first.source()
                );
                return off(Failure::new(FailureKind::Refused, text).with_hint(
                    "see the key or passphrase for a mistake; `venom keys status` says where it is looked for",
                ));
            };
            found.swap_remove(place)
        }
    };
    (Ok(Some(master)), Ok(demanded.unwrap_or_default()))
}

/// Returns the keys that everything shares, and makes them at the first use of a master key.
fn shared(log: &Path, master: &Key, is_used: bool) -> Result<(Key, Key)> {
    let read = |connection: &Connection| {
        let get = |kind: &str| match table::get(connection, kind, b"")? {
            table::Row::Wrapped(wrapped) => table::unwrap(master, kind, b"", &wrapped)
                .map_err(|()| corrupt(format!("the key of {kind} does not open"))),
            table::Row::Absent | table::Row::Shredded => {
                Err(corrupt(format!("the key of {kind} is gone")))
            }
        };
        Ok((get(BLOBS)?, get(SECRETS)?))
    };
    if is_used {
        return read(&connection::reader(log)?);
    }
    let connection = table::open(log)?;
    table::transaction(&connection, || {
        // Another process may have been first, even with another key.
        match table::master(&connection)? {
            Some(stored) if stored != table::mark(master) => return Err(changed()),
            Some(_) => return Ok(()),
            None => {}
        }
        table::set_master(&connection, &table::mark(master), 1)?;
        for kind in [BLOBS, SECRETS] {
            let wrapped = table::wrap(master, kind, b"", &Key::generate()?)?;
            table::put(&connection, kind, b"", &wrapped)?;
        }
        Ok(())
    })?;
    read(&connection)
}

fn none() -> Failure {
    Failure::new(FailureKind::Missing, "there is no master key")
        .with_hint("`venom keys create` makes one; `venom keys status` says where it is looked for")
}

fn missing(sources: &Sources) -> Failure {
    let text = format!(
        "the data is encrypted and there is no master key; looked for {}",
        sources.tried().join(", ")
    );
    Failure::new(FailureKind::Missing, text)
        .with_hint("bring the key back, or `venom keys create` if nothing was ever encrypted")
}

fn changed() -> Failure {
    let text = "the master key was changed by another process";
    Failure::new(FailureKind::Conflict, text).with_hint("start the command again")
}

/// What reading a shredded run gives.
pub(crate) fn shredded(run: RunId) -> Failure {
    let text = format!("payload shredded: the key of {run} was destroyed");
    Failure::new(FailureKind::Missing, text).with_hint(format!(
        "nothing brings it back; `venom log verify {run}` still checks that its events are whole"
    ))
}

#[cfg(test)]
mod tests;
