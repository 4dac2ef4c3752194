//! An archive beside the run that is here already: are its events the same, as far as both go?
//!
//! The hashes of a run follow from each other, so one of them stands for all events before it. The texts
//! of a run from a store that encrypts are not what its hashes cover, so they are compared as well.

use rusqlite::{Connection, OptionalExtension as _, params};
use venom_kernel::digest::Digest;
use venom_kernel::id::RunId;
use venom_ports::api::archive::{Checked, Head};
use venom_ports::{Failure, FailureKind, Result};

use super::record::{Record, What};
use super::scan::Visit;
use crate::keys::{RunKey, Vault};
use crate::log::row::{self, RunHead};
use crate::sqlite::failure::OrFail as _;
use crate::sqlite::{int, uid};

const DOING: &str = "comparing with the run that is here";

/// How the run of an archive stands here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It is not here.
    New,
    /// It is here, with all of the archive's events.
    Here,
    /// It is here, with the first of the archive's events.
    Behind(RunHead),
}

/// Compares the events of an archive with those that are here.
pub(super) struct Beside<'a> {
    connection: &'a Connection,
    vault: &'a Vault,
    found: Option<(RunHead, RunKey)>,
    /// What differs.
    differs: Option<&'static str>,
}

impl<'a> Beside<'a> {
    pub(super) const fn new(connection: &'a Connection, vault: &'a Vault) -> Self {
        Self {
            connection,
            vault,
            found: None,
            differs: None,
        }
    }

    /// Says how the run stands here; refuses what contradicts what is here.
    pub(super) fn standing(&self, checked: &Checked) -> Result<Standing> {
        let Some((found, _)) = &self.found else {
            return Ok(Standing::New);
        };
        let run = checked.head.run;
        let refused = |what: &str, hint: &str| {
            let text = format!("{run} is here already, {what}");
            Err(Failure::new(FailureKind::Refused, text).with_hint(hint))
        };
        if let Some(differs) = self.differs {
            return refused(
                differs,
                "one of the two is not what it says; `venom log verify` checks the one that is here",
            );
        }
        let elsewhere = "import into another data folder, with VENOM_HOME";
        let import = row::import_of(self.connection, found.id).or_fail(DOING)?;
        // What a repair made up for a row that was lost names no archive.
        let import = import.filter(|import| import.root != Digest::ZERO);
        let has_more = |import: &row::Import| import.is_redacted && !checked.lacks.is_redacted();
        if import.as_ref().is_some_and(has_more) {
            return refused("with values taken out", elsewhere);
        }
        if let Some(import) = import.filter(|import| import.root != checked.root) {
            if import.is_redacted {
                return refused("with values taken out, from another archive", elsewhere);
            }
            let signer = checked.signed.as_ref().map(|signed| signed.key.clone());
            let before = import
                .signer
                .map(|signer| Digest::from_bytes(signer).to_string());
            if before.is_some() && before != signer {
                return refused("signed by a key that did not sign this archive", elsewhere);
            }
        }
        if found.seq >= checked.head.events {
            return Ok(Standing::Here);
        }
        is_free(self.connection, run)?;
        Ok(Standing::Behind(*found))
    }

    /// Compares an event with the one that is here.
    fn compare(
        &self,
        found: &RunHead,
        key: &RunKey,
        record: &Record,
        hash: &Digest,
    ) -> Result<Option<&'static str>> {
        let seq = record.header.seq;
        let run = record.header.run;
        let mut differs = None;
        row::walk(self.connection, found.id, seq - 1, 1, |stored| {
            if stored.seq != seq || stored.hash != *hash {
                differs = Some("with other events");
                return Ok(());
            }
            // Nobody can read the texts that are here.
            let is_readable = key.refusal(run).is_none();
            if stored.origin.is_some_and(|origin| origin.is_redacted) || !is_readable {
                return Ok(());
            }
            let text = stored.text(run, key)?;
            let text = String::from_utf8_lossy(&text).into_owned();
            let is_same = match &record.what {
                What::Whole(theirs) => *theirs == text,
                What::Some(_) | What::Gone(_) => {
                    let ours = Record {
                        header: record.header,
                        body: record.body,
                        what: What::Whole(text),
                    };
                    ours.root().ok().map(|(root, _)| root)
                        == record.root().ok().map(|(root, _)| root)
                }
            };
            if !is_same {
                differs = Some("with other texts");
            }
            Ok::<_, Failure>(())
        })
        .or_fail(DOING)??;
        Ok(differs)
    }
}

impl Visit for Beside<'_> {
    fn head(&mut self, head: &Head, _bytes: &[u8]) -> Result<()> {
        if let Some(found) = row::run_head(self.connection, head.run).or_fail(DOING)? {
            let key = self.vault.of(self.connection, head.run)?;
            self.found = Some((found, key));
        }
        Ok(())
    }

    fn event(&mut self, record: Record, hash: &Digest) -> Result<()> {
        if let Some((found, key)) = &self.found
            && self.differs.is_none()
            && record.header.seq <= found.seq
        {
            self.differs = self.compare(found, key, &record, hash)?;
        }
        Ok(())
    }
}

/// Returns the hash of an event that is here.
pub(super) fn hash_of(
    connection: &Connection,
    found: &RunHead,
    seq: u64,
) -> Result<Option<Digest>> {
    connection
        .prepare_cached("SELECT hash FROM ev WHERE run = ?1 AND rseq = ?2")
        .and_then(|mut statement| {
            statement
                .query_row(params![found.id, int(seq)], |row| row::digest(row, 0))
                .optional()
        })
        .or_fail(DOING)
}

/// Refuses to go on with a run that somebody works on.
pub(super) fn is_free(connection: &Connection, run: RunId) -> Result<()> {
    let owner: Option<Option<String>> = connection
        .query_row(
            "SELECT owner FROM lease WHERE run = ?1",
            [uid(run)],
            |row| row.get(0),
        )
        .optional()
        .or_fail("reading leases")?;
    if owner.flatten().is_none() {
        return Ok(());
    }
    let text = format!("{run} is here already, with fewer events, and is being worked on");
    Err(Failure::new(FailureKind::Conflict, text)
        .with_hint(format!("`venom cancel {run}` ends it; then import again")))
}
