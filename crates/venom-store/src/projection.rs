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
use rusqlite::Connection;
use venom_kernel::budget::Amount;
use venom_kernel::digest::Digest;
use venom_kernel::id::RunId;
use venom_kernel::memory::episode::EpisodeId;
use venom_kernel::memory::fact::Saying;
use venom_kernel::model::ModelId;
use venom_kernel::preference::Memory;
use venom_kernel::route::Record;
use venom_kernel::time::{Millis, Timestamp};
use venom_mind::recall::vectors::Code;
use venom_ports::Result;
use venom_ports::memory::episodes::{Asked, Found, Known, Stats};
use venom_ports::memory::facts::Sayings;
use venom_ports::memory::vectors::Standing;
use venom_ports::projection::{Counts, Projections, RunRow, Spending};

use crate::keys::Vault;
use crate::memory::beside::{Around, Pointed};
use crate::memory::elsewhere::Elsewhere;
use crate::memory::episodes::{self, Fate};
use crate::memory::vectors::Recall;
use crate::projection::projector::Projector;
use crate::sqlite::thread::Threads;

mod counts;
mod fold;
mod memories;
mod models;
mod projector;
mod sayings;
mod table;

pub(crate) use self::projector::Keyring;
pub(crate) use self::table::run_id;

/// Hears how much of a long piece of work is done, and of how much.
pub type Show = Box<dyn Fn(u64, u64) + Send + Sync>;

/// The projections in `data/state.db`.
#[derive(Debug)]
pub(crate) struct SqliteProjections {
    thread: Threads<Projector>,
}

impl SqliteProjections {
    /// Starts the thread; the files are opened when they are first needed.
    pub(crate) fn start(
        log: &Path,
        notes: &Path,
        state: &Path,
        vault: Arc<Vault>,
        around: Around,
    ) -> Result<Self> {
        let projector = Projector::new(log, notes, state, vault, around);
        Ok(Self {
            thread: Threads::start("venom-project", vec![projector])?,
        })
    }

    /// Ends the thread.
    pub(crate) async fn close(&self) {
        self.thread.close().await;
    }

    /// Finds the episodes that fit a question.
    pub(crate) async fn search(&self, asked: Asked, pointed: Pointed) -> Result<Found> {
        self.thread
            .ask(move |projector| {
                projector.recall(|recall, state, keys| recall.search(state, keys, &asked, &pointed))
            })
            .await
    }

    /// Returns what a provider's model is to make vectors of before a question can be answered with them.
    pub(crate) async fn texts(&self, asked: Asked) -> Result<Vec<String>> {
        self.thread
            .ask(move |projector| {
                projector.recall(|recall, state, keys| recall.texts(state, keys, &asked))
            })
            .await
    }

    /// Returns episodes without a vector of a provider's model, at most so many, and how many there are.
    pub(crate) async fn lacking(&self, limit: usize) -> Result<(Vec<(u64, String)>, u64)> {
        self.thread
            .ask(move |projector| {
                projector.recall(|recall, state, keys| recall.lacking(state, keys, limit))
            })
            .await
    }

    /// Keeps vectors that a provider's model made.
    pub(crate) async fn keep_vectors(&self, made: Vec<(u64, Option<Code>)>) -> Result<()> {
        self.thread
            .ask(move |projector| projector.recall(|recall, _, _| recall.keep(&made)))
            .await
    }

    /// Takes out what a provider's model made of an episode.
    pub(crate) async fn forget_vector(&self, id: EpisodeId) -> Result<()> {
        self.thread
            .ask(move |projector| projector.recall(|recall, _, _| recall.forget(id.number())))
            .await
    }

    /// Tells the service with vectors what is new, at most so many pages of it, and returns how many episodes it
    /// has yet to be told.
    pub(crate) async fn sync_vectors(&self, pages: usize) -> Result<u64> {
        self.thread
            .ask(move |projector| {
                projector.recall(|recall, state, keys| recall.sync(state, keys, pages))
            })
            .await
    }

    /// Says how the service with vectors stands, if there is one.
    pub(crate) async fn standing(&self) -> Result<Option<Standing>> {
        self.thread
            .ask(|projector| projector.recall(|recall, state, _| recall.standing(state)))
            .await
    }

    /// Has something done with another set of vectors than the one in use.
    pub(crate) async fn with_vectors<T: Send + 'static>(
        &self,
        elsewhere: Elsewhere,
        work: impl Fn(&Elsewhere, &Connection, &Keyring<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.thread
            .ask(move |projector| projector.recall(|_, state, keys| work(&elsewhere, state, keys)))
            .await
    }

    /// Counts episodes.
    pub(crate) async fn episode_stats(&self) -> Result<Stats> {
        self.thread
            .ask(|projector| projector.recall(Recall::stats))
            .await
    }

    /// Finds at most two episodes whose ids begin with a text.
    pub(crate) async fn find_episodes(&self, prefix: String) -> Result<Vec<EpisodeId>> {
        self.thread
            .ask(move |projector| projector.ask(|state, _| episodes::find(state, &prefix)))
            .await
    }

    /// Returns an episode, weighed at a moment.
    pub(crate) async fn episode(&self, id: EpisodeId, now: Timestamp) -> Result<Option<Known>> {
        self.thread
            .ask(move |projector| {
                projector.ask(|state, keys| match episodes::of(state, id)? {
                    Some(row) => Ok(row.open(keys)?.map(|opened| opened.known(now))),
                    None => Ok(None),
                })
            })
            .await
    }

    /// Returns episodes behind a number, with their numbers.
    pub(crate) async fn episodes(
        &self,
        after: u64,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<(u64, Known)>> {
        self.thread
            .ask(move |projector| {
                projector.ask(|state, keys| {
                    let mut known = Vec::new();
                    for row in episodes::page(state, after, limit)? {
                        if let Some(opened) = row.open(keys)? {
                            known.push((opened.no, opened.known(now)));
                        }
                    }
                    Ok(known)
                })
            })
            .await
    }

    /// Says which of these ids are known, and how.
    pub(crate) async fn known_episodes(
        &self,
        ids: Vec<EpisodeId>,
    ) -> Result<BTreeMap<EpisodeId, Fate>> {
        self.thread
            .ask(move |projector| {
                projector.ask(|state, _| {
                    let mut known = BTreeMap::new();
                    for id in &ids {
                        if let Some(fate) = episodes::fate(state, *id)? {
                            known.insert(*id, fate);
                        }
                    }
                    Ok(known)
                })
            })
            .await
    }

    /// Catches up with the memory's log and leaves nothing of what was deleted in the files.
    pub(crate) async fn settle_episodes(&self) -> Result<()> {
        self.thread.ask(Projector::settle).await
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

    async fn counts(&self) -> Result<Counts> {
        self.thread
            .ask(|projector| projector.ask(|state, _| counts::all(state)))
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

#[async_trait]
impl Sayings for SqliteProjections {
    async fn sayings(&self) -> Result<Vec<Saying>> {
        self.thread
            .ask(|projector| projector.ask(sayings::all))
            .await
    }
}
