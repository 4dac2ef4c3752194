//! Importing: a run that was done elsewhere. The file is checked before anything is written; then its
//! blobs are stored and made durable, and then its events in one transaction. A crash in between leaves
//! blobs that nobody names, and the same import does the rest.
//!
//! The run's chain stays what it was. What is stored of a text here, sealed with a key of this store or
//! not, is checked by a digest of its own beside it.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use rusqlite::{Connection, params};
use venom_kernel::digest::Digest;
use venom_kernel::id::RunId;
use venom_kernel::tree::ObjectId;
use venom_ports::api::archive::{Checked, Head, Imported};
use venom_ports::{Failure, FailureKind, Result};
use zeroize::Zeroizing;

use super::StoreArchives;
use super::beside::{self, Beside, Standing};
use super::blob::Label;
use super::record::{Record, What};
use super::scan::{Visit, scan};
use crate::blob::alias;
use crate::crypt::Associated;
use crate::keys::{RunKey, Vault};
use crate::log::ledger::Ledger;
use crate::log::row::{self, Origin, RunHead};
use crate::log::{chain, schema};
use crate::private;
use crate::sqlite::connection::{self, Durability};
use crate::sqlite::failure::OrFail as _;
use crate::sqlite::{int, uid};

const DOING: &str = "importing a run";

/// Stands for a text of which nothing is left.
const GONE: &str = "{}";

/// Checks an archive and lands its run.
pub(super) fn import(archives: &StoreArchives, path: &Path) -> Result<Imported> {
    let connection = connection::reader(&archives.log)?;
    let mut beside = Beside::new(&connection, &archives.vault);
    let checked = read(archives, path, &mut beside)?;
    // A run that is here gets blobs back that it has lost.
    let standing = beside.standing(&checked)?;
    drop(connection);
    // Nothing may be stored if the keys do not allow it; this says so before the work.
    archives.vault.mode()?;
    // The file may be changed while it is read again, so each time it is checked whole, and must be the
    // same.
    let mut blobs = Blobs {
        archives,
        names: Vec::new(),
        followed: Digest::ZERO,
    };
    let again = read(archives, path, &mut blobs)?;
    same(&checked, &again)?;
    archives.objects.sync()?;
    let added = land(archives, path, &checked, &blobs, &standing)?;
    Ok(Imported {
        checked,
        was_here: added == 0,
        added,
    })
}

fn read(archives: &StoreArchives, path: &Path, visit: &mut dyn Visit) -> Result<Checked> {
    let file = File::open(path)
        .map_err(|error| private::failure(&format!("cannot open {}", path.display()), &error))?;
    let mut source = BufReader::with_capacity(1 << 16, file);
    scan(&mut source, &archives.trusted, visit)
}

fn same(before: &Checked, now: &Checked) -> Result<()> {
    if before == now {
        return Ok(());
    }
    Err(changed())
}

fn changed() -> Failure {
    let text = "the file was changed while it was being imported";
    Failure::new(FailureKind::Conflict, text).with_hint("import it again when it holds still")
}

/// Stores blobs.
struct Blobs<'a> {
    archives: &'a StoreArchives,
    /// Blobs that are named otherwise here.
    names: Vec<(ObjectId, ObjectId)>,
    followed: Digest,
}

/// Returns a digest of all events up to this one, with what is left of their texts.
fn follow(before: &Digest, record: &Record) -> Digest {
    Digest::of_parts(&[before.as_bytes(), &record.encode()])
}

impl Visit for Blobs<'_> {
    fn event(&mut self, record: Record, _hash: &Digest) -> Result<()> {
        self.followed = follow(&self.followed, &record);
        Ok(())
    }

    fn blob(&mut self, label: Label, content: Option<Vec<u8>>) -> Result<()> {
        let Some(content) = content else {
            return Ok(());
        };
        let here = ObjectId::from(&self.archives.objects.write(&content)?);
        if here != label.id {
            self.names.push((label.id, here));
        }
        Ok(())
    }
}

/// Writes the events in one transaction; returns how many, which are none if they are here or somebody
/// else was faster.
fn land(
    archives: &StoreArchives,
    path: &Path,
    checked: &Checked,
    blobs: &Blobs<'_>,
    standing: &Standing,
) -> Result<u64> {
    let connection = connection::writer(&archives.log, Durability::Full, schema::MIGRATIONS)?;
    let mut ledger = Ledger::new(connection, archives.signing.clone());
    ledger.begin()?;
    let landed = land_inside(archives, path, checked, blobs, standing, &mut ledger)
        .and_then(|added| ledger.commit().map(|()| added));
    if landed.is_err() {
        ledger.roll_back();
    }
    landed
}

fn land_inside(
    archives: &StoreArchives,
    path: &Path,
    checked: &Checked,
    blobs: &Blobs<'_>,
    standing: &Standing,
    ledger: &mut Ledger,
) -> Result<u64> {
    let run = checked.head.run;
    let found = row::run_head(ledger.connection(), run).or_fail(DOING)?;
    let before = match (standing, found) {
        (Standing::Here, Some(_)) => return Ok(0),
        (Standing::New, None) => None,
        (Standing::Behind(before), Some(found)) if *before == found => Some(found),
        // Somebody was faster, with these events or with others.
        (_, Some(found))
            if beside::hash_of(ledger.connection(), &found, checked.head.events)?
                == Some(checked.head.hash) =>
        {
            return Ok(0);
        }
        (_, _) => {
            let text = format!("{run} was changed by another process");
            return Err(Failure::new(FailureKind::Conflict, text).with_hint("import it again"));
        }
    };
    let (id, key) = match before {
        Some(found) => {
            beside::is_free(ledger.connection(), run)?;
            let key = archives.vault.of(ledger.connection(), run)?;
            if let Some(refusal) = key.refusal(run) {
                return Err(refusal);
            }
            go_on(ledger.connection(), &found, checked)?;
            (found.id, key)
        }
        None => begin(archives, ledger.connection(), checked)?,
    };
    let mut events = Events {
        ledger,
        key: &key,
        run,
        id,
        after: before.map_or(0, |found| found.seq),
        followed: Digest::ZERO,
    };
    // Only up to the last event: other processes wait to write meanwhile.
    read(archives, path, &mut events)?;
    if events.followed != blobs.followed {
        return Err(changed());
    }
    alias::keep(ledger.connection(), &blobs.names)?;
    let signer = checked
        .signed
        .as_ref()
        .and_then(|signed| signed.key.parse::<Digest>().ok());
    ledger
        .connection()
        .prepare_cached(
            "INSERT INTO imported(run, root, signer, redacted, ts) VALUES(?1, ?2, ?3, ?4, ?5)
             ON CONFLICT(run) DO UPDATE
             SET root = ?2, signer = ?3, redacted = max(redacted, ?4), ts = ?5",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                id,
                checked.root.as_bytes(),
                signer.as_ref().map(Digest::as_bytes),
                checked.lacks.is_redacted(),
                now(),
            ])
        })
        .or_fail(DOING)?;
    ledger.run_ended();
    Ok(checked.head.events - before.map_or(0, |found| found.seq))
}

/// Makes the row of a run that is new, and its key.
fn begin(
    archives: &StoreArchives,
    connection: &Connection,
    checked: &Checked,
) -> Result<(i64, RunKey)> {
    let run = checked.head.run;
    let fresh = archives.vault.begin(run)?;
    connection
        .prepare_cached("INSERT INTO run(uid, rseq, hash) VALUES(?1, ?2, ?3)")
        .and_then(|mut statement| {
            statement.execute(params![
                uid(run),
                int(checked.head.events),
                checked.head.hash.as_bytes()
            ])
        })
        .or_fail(DOING)?;
    let id = connection.last_insert_rowid();
    let key = match fresh {
        Some(fresh) => {
            Vault::keep(connection, run, &fresh)?;
            RunKey::Sealed(fresh.key)
        }
        None => RunKey::Plain,
    };
    Ok((id, key))
}

/// Moves the end of a run that is here in part.
fn go_on(connection: &Connection, found: &RunHead, checked: &Checked) -> Result<()> {
    connection
        .prepare_cached("UPDATE run SET rseq = ?2, hash = ?3 WHERE id = ?1")
        .and_then(|mut statement| {
            statement.execute(params![
                found.id,
                int(checked.head.events),
                checked.head.hash.as_bytes()
            ])
        })
        .map(drop)
        .or_fail(DOING)
}

/// When it was imported, for people; nothing follows from it.
fn now() -> i64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_micros()).ok())
        .unwrap_or(0)
}

/// Writes events.
struct Events<'a> {
    ledger: &'a mut Ledger,
    key: &'a RunKey,
    run: RunId,
    id: i64,
    /// The last event that is here already.
    after: u64,
    followed: Digest,
}

impl Visit for Events<'_> {
    fn head(&mut self, head: &Head, _bytes: &[u8]) -> Result<()> {
        if head.run == self.run {
            return Ok(());
        }
        Err(changed())
    }

    fn wants_all(&self) -> bool {
        false
    }

    fn event(&mut self, record: Record, hash: &Digest) -> Result<()> {
        const INSERT: &str =
            "INSERT INTO ev(seq, run, rseq, ts, cause, schema, body, hash, sealed, origin)
            VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
        self.followed = follow(&self.followed, &record);
        if record.header.seq <= self.after {
            return Ok(());
        }
        let is_redacted = !matches!(record.what, What::Whole(_));
        // What does not fit together was refused by the check before.
        let text = record.text().ok().flatten();
        let text = Zeroizing::new(text.unwrap_or_else(|| GONE.to_owned()));
        let header = record.header;
        let (plain, sealed) = match self.key {
            RunKey::Sealed(key) => {
                let place = Associated::Event {
                    run: self.run,
                    seq: header.seq,
                    schema: header.schema,
                };
                ("", Some(key.seal(&place, text.as_bytes())?))
            }
            RunKey::Plain | RunKey::Shredded | RunKey::Broken | RunKey::Aside => {
                (text.as_str(), None)
            }
        };
        let here = Digest::of_bytes(sealed.as_deref().unwrap_or(plain.as_bytes()));
        let origin = Origin {
            body: record.body,
            here,
            is_redacted,
        }
        .bytes();
        let global = self.ledger.count(&chain::imported(hash, &origin))?;
        self.ledger
            .connection()
            .prepare_cached(INSERT)
            .and_then(|mut statement| {
                statement.execute(params![
                    int(global),
                    self.id,
                    int(header.seq),
                    header.time,
                    (header.cause > 0).then(|| int(header.cause)),
                    header.schema,
                    plain,
                    hash.as_bytes(),
                    sealed,
                    origin.as_slice(),
                ])
            })
            .map(drop)
            .or_fail(DOING)
    }
}
