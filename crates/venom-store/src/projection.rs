//! Projections: tables in `data/state.db` that follow from the log.
//!
//! One thread owns them. Every question first catches up with the log from where the tables stand.
//! A file that is damaged, of another version, or ahead of the log is thrown away and folded again,
//! silently: nothing is lost with it. Texts of a run that has a key are sealed with it; in the mode
//! `strict` the tables are in memory only.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use venom_kernel::budget::Amount;
use venom_kernel::digest::Digest;
use venom_kernel::id::RunId;
use venom_kernel::model::ModelId;
use venom_kernel::preference::Memory;
use venom_kernel::route::Record;
use venom_kernel::time::Millis;
use venom_ports::Result;
use venom_ports::projection::{Projections, RunRow, Spending};

use crate::keys::Vault;
use crate::projection::projector::Projector;
use crate::sqlite::thread::Threads;

mod fold;
mod memories;
mod models;
mod projector;
mod table;

/// The projections in `data/state.db`.
#[derive(Debug)]
pub(crate) struct SqliteProjections {
    thread: Threads<Projector>,
}

impl SqliteProjections {
    /// Starts the thread; the files are opened when they are first needed.
    pub(crate) fn start(log: &Path, state: &Path, vault: Arc<Vault>) -> Result<Self> {
        let projector = Projector::new(log, state, vault);
        Ok(Self {
            thread: Threads::start("venom-project", vec![projector])?,
        })
    }

    /// Ends the thread.
    pub(crate) async fn close(&self) {
        self.thread.close().await;
    }
}

#[async_trait]
impl Projections for SqliteProjections {
    async fn runs(&self, limit: usize) -> Result<Vec<RunRow>> {
        self.thread
            .ask(move |projector| projector.ask(|state, keys| table::runs(state, keys, limit)))
            .await
    }

    async fn runs_before(&self, before: RunId, limit: usize) -> Result<Vec<RunRow>> {
        self.thread
            .ask(move |projector| {
                projector.ask(|state, keys| table::runs_before(state, keys, before, limit))
            })
            .await
    }

    async fn find(&self, prefix: &str) -> Result<Vec<RunId>> {
        let prefix = prefix.to_owned();
        self.thread
            .ask(move |projector| projector.ask(|state, _| table::find(state, &prefix)))
            .await
    }

    async fn durations(&self, skill: &str, action: &str, limit: usize) -> Result<Vec<Millis>> {
        let (skill, action) = (skill.to_owned(), action.to_owned());
        self.thread
            .ask(move |projector| {
                projector.ask(|state, _| table::durations(state, &skill, &action, limit))
            })
            .await
    }

    async fn memories(&self) -> Result<Vec<Memory>> {
        self.thread
            .ask(|projector| projector.ask(memories::all))
            .await
    }

    async fn records(&self) -> Result<BTreeMap<ModelId, Record>> {
        self.thread
            .ask(|projector| projector.ask(|state, _| models::records(state)))
            .await
    }

    async fn spent(&self, spending: &Spending) -> Result<Amount> {
        let spending = *spending;
        self.thread
            .ask(move |projector| projector.ask(|state, _| models::spent(state, &spending)))
            .await
    }

    async fn rebuild(&self) -> Result<Digest> {
        self.thread
            .ask(|projector| {
                projector.discard()?;
                projector.ask(table::digest)
            })
            .await
    }

    async fn digest(&self) -> Result<Digest> {
        self.thread
            .ask(|projector| projector.ask(table::digest))
            .await
    }
}
