//! Vectors that a model of a provider made, in a file of their own: they take time and perhaps money, and stay when the
//! rows are folded anew.
//!
//! Each is known by the name of its model and the id of its episode, so that two models never meet. How far rows have
//! vectors is noted beside them; it is looked at anew where the rows were.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _, params};
use venom_mind::recall::vectors::Code;
use venom_ports::Result;
use venom_ports::memory::embed::Embedder;

use crate::service::WhenDown;
use crate::service::rest::Rest;
use crate::sqlite::failure::OrFail as _;
use crate::sqlite::{int, uint};

const READING: &str = "reading vectors";
const WRITING: &str = "writing vectors";

const TABLES: &str = "
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS vectors(
  model TEXT NOT NULL,
  id    INTEGER NOT NULL,
  code  BLOB NOT NULL,
  PRIMARY KEY(model, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS progress(
  model TEXT PRIMARY KEY,
  born  INTEGER NOT NULL,
  no    INTEGER NOT NULL
) STRICT;
";

/// Who makes vectors, and where they are kept.
pub(crate) struct Embedding {
    pub(crate) embedder: Arc<dyn Embedder>,
    pub(crate) file: PathBuf,
    pub(crate) when_down: WhenDown,
    pub(crate) rest: Rest,
}

impl std::fmt::Debug for Embedding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Embedding")
            .field("model", &self.embedder.id())
            .finish_non_exhaustive()
    }
}

/// Vectors of one model.
#[derive(Debug)]
pub(crate) struct Embedded {
    model: String,
    file: Connection,
}

impl Embedded {
    /// Opens the file, and makes it if there is none.
    pub(crate) fn open(path: &Path, model: &str) -> Result<Self> {
        crate::private::file(path)?;
        #[expect(
            clippy::disallowed_methods,
            reason = "no log, and no projection: a file of its own, whose tables are made here"
        )]
        let file = Connection::open(path).or_fail(READING)?;
        file.busy_timeout(std::time::Duration::from_secs(5))
            .or_fail(READING)?;
        file.execute_batch(TABLES).or_fail(WRITING)?;
        Ok(Self {
            model: model.to_owned(),
            file,
        })
    }

    pub(crate) fn model(&self) -> &str {
        &self.model
    }

    fn bytes(&self, id: u64) -> Result<Option<Vec<u8>>> {
        self.file
            .prepare_cached("SELECT code FROM vectors WHERE model = ?1 AND id = ?2")
            .and_then(|mut statement| {
                statement
                    .query_row(params![self.model, int(id)], |row| row.get(0))
                    .optional()
            })
            .or_fail(READING)
    }

    /// Tells whether an episode was embedded, whatever came of it.
    pub(crate) fn has(&self, id: u64) -> Result<bool> {
        Ok(self.bytes(id)?.is_some())
    }

    /// Returns the vector of an episode.
    pub(crate) fn get(&self, id: u64) -> Result<Option<Code>> {
        Ok(self.bytes(id)?.and_then(|bytes| {
            let (scale, values) = bytes.split_first_chunk::<4>()?;
            Some(Code {
                scale: f32::from_le_bytes(*scale),
                values: values.iter().map(|byte| byte.cast_signed()).collect(),
            })
        }))
    }

    /// Keeps vectors; one that could not be made is kept as none, and not asked for again.
    pub(crate) fn put(&mut self, made: &[(u64, Option<Code>)]) -> Result<()> {
        let write = |file: &mut Connection, model: &str| -> rusqlite::Result<()> {
            let transaction = file.transaction()?;
            for (id, code) in made {
                let mut bytes = Vec::new();
                if let Some(code) = code {
                    bytes.extend(code.scale.to_le_bytes());
                    bytes.extend(code.values.iter().map(|value| value.cast_unsigned()));
                }
                transaction
                    .prepare_cached("INSERT OR REPLACE INTO vectors VALUES(?1, ?2, ?3)")?
                    .execute(params![model, int(*id), bytes])?;
            }
            transaction.commit()
        };
        write(&mut self.file, &self.model).or_fail(WRITING)
    }

    /// Takes what an episode says out, for every model.
    pub(crate) fn forget(&self, id: u64) -> Result<()> {
        self.file
            .execute("DELETE FROM vectors WHERE id = ?1", [int(id)])
            .and_then(|_| {
                self.file
                    .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
            })
            .or_fail(WRITING)
    }

    /// Returns up to which row all have vectors.
    pub(crate) fn progress(&self, born: i64) -> Result<u64> {
        let no = self
            .file
            .prepare_cached("SELECT no FROM progress WHERE model = ?1 AND born = ?2")
            .and_then(|mut statement| {
                statement
                    .query_row(params![self.model, born], |row| row.get(0))
                    .optional()
            })
            .or_fail(READING)?;
        Ok(no.map_or(0, uint))
    }

    /// Notes up to which row all have vectors. What other models made goes when this one has all.
    pub(crate) fn set_progress(&self, born: i64, no: u64, is_whole: bool) -> Result<()> {
        self.file
            .execute(
                "INSERT OR REPLACE INTO progress VALUES(?1, ?2, ?3)",
                params![self.model, born, int(no)],
            )
            .or_fail(WRITING)?;
        if is_whole {
            for sql in [
                "DELETE FROM vectors WHERE model <> ?1",
                "DELETE FROM progress WHERE model <> ?1",
            ] {
                self.file.execute(sql, [&self.model]).or_fail(WRITING)?;
            }
        }
        Ok(())
    }
}
