//! Blobs that have another name elsewhere: a store that encrypts names them by a keyed hash, and the
//! events of a run that was imported keep the names that they have. What is stored here under the name
//! that is asked for always comes first.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension as _};
use venom_kernel::digest::BlobId;
use venom_kernel::tree::ObjectId;
use venom_ports::{Failure, FailureKind, Result};

use crate::pack::care::{Kept, Living};
use crate::sqlite::connection;
use crate::sqlite::failure::OrFail as _;

/// Looks names up in the log's file.
#[derive(Debug, Clone)]
pub(crate) struct Aliases {
    log: PathBuf,
    connection: Arc<Mutex<Option<Connection>>>,
}

impl Aliases {
    /// Opens nothing before the first question.
    pub(crate) fn new(log: PathBuf) -> Self {
        Self {
            log,
            connection: Arc::default(),
        }
    }

    /// Returns the name that a blob has here; `None` if it has no other.
    pub(crate) fn find(&self, id: &BlobId) -> Result<Option<BlobId>> {
        let mut open = self
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let connection = match &mut *open {
            Some(connection) => connection,
            closed => closed.insert(connection::reader(&self.log)?),
        };
        let here: Option<[u8; 32]> = connection
            .prepare_cached("SELECT here FROM alias WHERE id = ?1")
            .and_then(|mut statement| {
                statement
                    .query_row([ObjectId::from(id).as_bytes()], |row| row.get(0))
                    .optional()
            })
            .or_fail("reading the names of blobs")?;
        Ok(here.map(|here| ObjectId::from_bytes(here).to_blob()))
    }
}

/// Tells whether a name is that of a blob that has another here.
pub(crate) fn is_one(connection: &Connection, id: &ObjectId) -> Result<bool> {
    connection
        .prepare_cached("SELECT 1 FROM alias WHERE id = ?1")
        .and_then(|mut statement| statement.exists([id.as_bytes()]))
        .or_fail("reading the names of blobs")
}

/// Says what is needed, with the names that it has here.
pub(crate) struct Named<'a> {
    pub(crate) living: &'a dyn Living,
    pub(crate) aliases: &'a Aliases,
}

impl Named<'_> {
    fn with_names(&self, mut kept: Vec<Kept>) -> Result<Vec<Kept>> {
        let mut more = Vec::new();
        for kept in &kept {
            let (Kept::Leaf(id) | Kept::Node(id)) = kept;
            // What it names is told under the name that whoever needs it knows.
            more.extend(self.aliases.find(id)?.map(Kept::Leaf));
        }
        kept.append(&mut more);
        Ok(kept)
    }
}

impl Living for Named<'_> {
    fn roots(&self) -> Result<Vec<Kept>> {
        self.with_names(self.living.roots()?)
    }

    fn children(&self, id: &BlobId) -> Result<Vec<Kept>> {
        self.with_names(self.living.children(id)?)
    }

    fn stored_as(&self, id: &BlobId) -> Result<Option<BlobId>> {
        self.aliases.find(id)
    }
}

/// Keeps names: what a blob is called elsewhere, and what it is called here. A name that is known keeps
/// its meaning: no archive puts another content in the place of what came with an earlier one.
pub(crate) fn keep(connection: &Connection, names: &[(ObjectId, ObjectId)]) -> Result<()> {
    const DOING: &str = "keeping the names of blobs";
    let mut add = connection
        .prepare_cached("INSERT OR IGNORE INTO alias(id, here) VALUES(?1, ?2)")
        .or_fail(DOING)?;
    let mut ask = connection
        .prepare_cached("SELECT here FROM alias WHERE id = ?1")
        .or_fail(DOING)?;
    for (id, here) in names {
        add.execute([id.as_bytes(), here.as_bytes()])
            .or_fail(DOING)?;
        let kept: [u8; 32] = ask
            .query_row([id.as_bytes()], |row| row.get(0))
            .or_fail(DOING)?;
        if &kept != here.as_bytes() {
            return Err(Failure::new(
                FailureKind::Conflict,
                format!(
                    "an archive that was imported before has another content for the blob {}",
                    id.to_blob()
                ),
            )
            .with_hint("one of the two is not what it says; import into another data folder, with VENOM_HOME"));
        }
    }
    Ok(())
}
