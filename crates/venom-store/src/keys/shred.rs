//! Shredding: destroys the key of one run, so that nobody reads its texts again. Its events stay,
//! and their chain, which covers what is stored and not what it says.

use std::path::Path;

use rusqlite::OptionalExtension as _;
use venom_kernel::id::RunId;
use venom_ports::{Failure, FailureKind, Result};

use super::{RUN, Vault, table};
use crate::sqlite::failure::OrFail as _;
use crate::sqlite::uid;

/// Destroys the key of a run. Tells whether no copy of it is left in the log's files; another
/// process that reads keeps one there until it is done.
pub(crate) fn shred(log: &Path, vault: &Vault, run: RunId) -> Result<bool> {
    let connection = table::open(log)?;
    table::transaction(&connection, || {
        let owner: Option<Option<String>> = connection
            .query_row(
                "SELECT owner FROM lease WHERE run = ?1",
                [uid(run)],
                |row| row.get(0),
            )
            .optional()
            .or_fail("reading leases")?;
        if owner.flatten().is_some() {
            let text = format!("{run} is being worked on");
            return Err(Failure::new(FailureKind::Conflict, text)
                .with_hint(format!("`venom cancel {run}` ends it")));
        }
        match table::get(&connection, RUN, &uid(run))? {
            table::Row::Wrapped(_) | table::Row::Shredded => {
                table::replace(&connection, RUN, &uid(run), None)
            }
            table::Row::Absent => {
                let text =
                    format!("{run} has no key: it is unknown, or was begun without encryption");
                Err(Failure::new(FailureKind::Missing, text)
                    .with_hint("only runs that were begun with a master key can be shredded"))
            }
        }
    })?;
    vault.forget(run);
    table::truncate(&connection)
}
