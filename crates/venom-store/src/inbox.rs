//! The inbox: rows beside the log. A taken command stays as a row, marked.

use async_trait::async_trait;
use rusqlite::params;
use venom_kernel::id::RunId;
use venom_kernel::time::Timestamp;
use venom_ports::inbox::{Command, Inbox, Posted};
use venom_ports::{Failure, FailureKind, Result};

use crate::sqlite::failure::{OrFail as _, corrupt};
use crate::sqlite::readers::Readers;
use crate::sqlite::writer::Writer;
use crate::sqlite::{int, uid, uint};

/// The inbox in `data/log.db`.
#[derive(Debug)]
pub(crate) struct SqliteInbox {
    writer: Writer,
    readers: Readers,
}

impl SqliteInbox {
    /// Takes the handles.
    pub(crate) const fn new(writer: Writer, readers: Readers) -> Self {
        Self { writer, readers }
    }
}

#[async_trait]
impl Inbox for SqliteInbox {
    async fn post(&self, run: RunId, command: Command, by: &str, time: Timestamp) -> Result<u64> {
        let text = serde_json::to_string(&command).map_err(|error| {
            Failure::new(
                FailureKind::Internal,
                format!("cannot write a command: {error}"),
            )
        })?;
        let author = by.to_owned();
        self.writer
            .ask(move |ledger| {
                let connection = ledger.connection();
                connection
                    .prepare_cached(
                        "INSERT INTO inbox(run, command, author, ts) VALUES(?1, ?2, ?3, ?4)",
                    )
                    .and_then(|mut statement| {
                        statement.execute(params![uid(run), text, author, time.micros()])
                    })
                    .or_fail("posting a command")?;
                Ok(Ok::<_, Failure>(uint(connection.last_insert_rowid())))
            })
            .await
    }

    async fn pending(&self, run: RunId) -> Result<Vec<Posted>> {
        let rows = self
            .readers
            .ask(move |connection| {
                let read = || {
                    let mut statement = connection.prepare_cached(
                        "SELECT number, command, author, ts FROM inbox
                         WHERE run = ?1 AND taken = 0 ORDER BY number",
                    )?;
                    let rows = statement.query_map([uid(run)], |row| {
                        let command: String = row.get(1)?;
                        Ok((uint(row.get(0)?), command, row.get(2)?, row.get(3)?))
                    })?;
                    rows.collect::<rusqlite::Result<Vec<(u64, String, String, i64)>>>()
                };
                read().or_fail("reading the inbox")
            })
            .await?;
        let posted = rows.into_iter().map(|(number, command, by, time)| {
            let command = serde_json::from_str(&command)
                .map_err(|error| corrupt(format!("command {number} cannot be read: {error}")))?;
            Ok(Posted {
                number,
                command,
                by,
                time: Timestamp::from_micros(time),
            })
        });
        posted.collect()
    }

    async fn taken(&self, run: RunId, number: u64) -> Result<()> {
        self.writer
            .ask(move |ledger| {
                let rows = ledger
                    .connection()
                    .prepare_cached("UPDATE inbox SET taken = 1 WHERE number = ?2 AND run = ?1")
                    .and_then(|mut statement| statement.execute(params![uid(run), int(number)]))
                    .or_fail("marking a command")?;
                Ok(if rows > 0 {
                    Ok(())
                } else {
                    let text = format!("{run} has no command {number}");
                    Err(Failure::new(FailureKind::Missing, text))
                })
            })
            .await
    }
}
