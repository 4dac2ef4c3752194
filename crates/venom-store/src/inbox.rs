//! The inbox: rows beside the log. A taken command stays as a row, marked.

use std::sync::Arc;

use async_trait::async_trait;
use rusqlite::{Connection, params};
use venom_kernel::id::RunId;
use venom_kernel::time::Timestamp;
use venom_ports::inbox::{Command, Inbox, Posted};
use venom_ports::{Failure, FailureKind, Result};
use zeroize::Zeroizing;

use crate::crypt::Associated;
use crate::keys::{RunKey, Vault, shredded};
use crate::log::row::run_head;
use crate::sqlite::failure::{OrFail as _, corrupt};
use crate::sqlite::readers::Readers;
use crate::sqlite::writer::Writer;
use crate::sqlite::{int, uid, uint};

/// The inbox in `data/log.db`.
#[derive(Debug)]
pub(crate) struct SqliteInbox {
    writer: Writer,
    readers: Readers,
    vault: Arc<Vault>,
}

impl SqliteInbox {
    /// Takes the handles.
    pub(crate) const fn new(writer: Writer, readers: Readers, vault: Arc<Vault>) -> Self {
        Self {
            writer,
            readers,
            vault,
        }
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
        let text = Zeroizing::new(text);
        let author = by.to_owned();
        let vault = Arc::clone(&self.vault);
        self.writer
            .ask(move |ledger| {
                let connection = ledger.connection();
                let key = match run_head(connection, run).or_fail("posting a command")? {
                    Some(_) => vault.of(connection, run)?,
                    None => RunKey::Plain,
                };
                let (text, sealed) = match key {
                    RunKey::Plain => (text.as_str(), None),
                    RunKey::Sealed(key) => {
                        let time = time.micros();
                        let place = Associated::Inbox { run, time };
                        ("", Some(key.seal(&place, text.as_bytes())?))
                    }
                    key @ (RunKey::Shredded | RunKey::Broken | RunKey::Aside) => {
                        return Ok(Err(key.refusal(run).unwrap_or_else(|| shredded(run))));
                    }
                };
                connection
                    .prepare_cached(
                        "INSERT INTO inbox(run, command, author, ts, sealed)
                         VALUES(?1, ?2, ?3, ?4, ?5)",
                    )
                    .and_then(|mut statement| {
                        statement.execute(params![uid(run), text, author, time.micros(), sealed])
                    })
                    .or_fail("posting a command")?;
                Ok(Ok::<_, Failure>(uint(connection.last_insert_rowid())))
            })
            .await
    }

    async fn pending(&self, run: RunId) -> Result<Vec<Posted>> {
        let vault = Arc::clone(&self.vault);
        let rows = self
            .readers
            .ask(move |connection| {
                let read = || {
                    let mut statement = connection.prepare_cached(
                        "SELECT number, command, author, ts, sealed FROM inbox
                         WHERE run = ?1 AND taken = 0 ORDER BY number",
                    )?;
                    let rows = statement.query_map([uid(run)], |row| {
                        let command: String = row.get(1)?;
                        let sealed: Option<Vec<u8>> = row.get(4)?;
                        Ok((uint(row.get(0)?), command, row.get(2)?, row.get(3)?, sealed))
                    })?;
                    rows.collect::<rusqlite::Result<Vec<Row>>>()
                };
                let rows = read().or_fail("reading the inbox")?;
                rows.into_iter()
                    .map(|row| open(row, run, &vault, connection))
                    .collect::<Result<Vec<_>>>()
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

/// A stored command: number, text, author, time, and the sealed text.
type Row = (u64, String, String, i64, Option<Vec<u8>>);

/// Opens the text of a command, if it is sealed.
fn open(
    row: Row,
    run: RunId,
    vault: &Vault,
    connection: &Connection,
) -> Result<(u64, String, String, i64)> {
    let (number, text, by, time, sealed) = row;
    let Some(sealed) = sealed else {
        return Ok((number, text, by, time));
    };
    match vault.of(connection, run)? {
        RunKey::Sealed(key) => {
            let text = key
                .open(&Associated::Inbox { run, time }, &sealed)
                .ok()
                .and_then(|bytes| String::from_utf8(bytes).ok())
                .ok_or_else(|| corrupt(format!("command {number} does not open")))?;
            Ok((number, text, by, time))
        }
        key @ (RunKey::Shredded | RunKey::Broken | RunKey::Aside) => {
            Err(key.refusal(run).unwrap_or_else(|| shredded(run)))
        }
        RunKey::Plain => Err(corrupt(format!("command {number} has no key"))),
    }
}
