//! Memory: its own log in `data/memory.db`, and the episodes that follow from it and from the logs of runs.
//!
//! Reading order: `notes` (the log), `episodes` (the rows among the projections), `vectors` (the index in
//! memory and the search), `answers` (what was asked before), `beside` and `elsewhere` (services, and the vectors
//! that one keeps), `embedded` and `asking` (vectors that a provider's model makes). The port's verbs are here; they write to the log and ask the projections.

mod answers;
mod asking;
mod notes;

pub(crate) mod beside;
pub(crate) mod elsewhere;
pub(crate) mod embedded;
pub(crate) mod episodes;
pub(crate) mod vectors;

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use venom_kernel::digest::Digest;
use venom_kernel::id::Seq;
use venom_kernel::memory::episode::{self, EpisodeId};
use venom_kernel::memory::{Added, MemoryEvent, Noted};
use venom_kernel::time::Timestamp;
use venom_ports::memory::episodes::{Asked, Episodes, Found, Known, Mark, Note, Stats, Taken};
use venom_ports::memory::{MemoryLog, Telling};
use venom_ports::{Failure, FailureKind, Result};

use self::beside::Around;
use self::notes::Notebook;
pub(crate) use self::notes::{MIGRATIONS, after, head, link};
use crate::keys::Vault;
use crate::projection::SqliteProjections;
use crate::sqlite::thread::Threads;

/// Episodes that are added in one commit. Chosen: some megabytes of text.
const GROUP: usize = 2_000;

/// The memory of a data folder.
#[derive(Debug)]
pub(crate) struct SqliteMemory {
    notes: Threads<Notebook>,
    projections: Arc<SqliteProjections>,
    vault: Arc<Vault>,
    around: Around,
}

impl SqliteMemory {
    /// Starts the thread of the log; its file is opened when it is first needed.
    pub(crate) fn start(
        path: &Path,
        projections: Arc<SqliteProjections>,
        vault: Arc<Vault>,
        around: Around,
    ) -> Result<Self> {
        let notebook = Notebook::new(path, Arc::clone(&vault));
        Ok(Self {
            notes: Threads::start("venom-remember", vec![notebook])?,
            projections,
            vault,
            around,
        })
    }

    /// Ends the thread.
    pub(crate) async fn close(&self) {
        self.notes.close().await;
    }

    /// Returns the id of something that has none yet. Where the log is sealed, nobody without the key can
    /// find out from the id what was said.
    fn id(
        &self,
        note: &Note,
        text: &str,
        speaker: &str,
        thread: Option<&str>,
    ) -> Result<EpisodeId> {
        if let Some(id) = note.id {
            return Ok(id);
        }
        let id = EpisodeId::of_note(note.time, speaker, thread, text);
        let (key, seals) = self.vault.notes();
        Ok(match key {
            Some(key) if seals? => {
                let keyed = key.derive("episode", &id.number().to_be_bytes());
                let bytes = keyed.bytes().first_chunk::<8>().copied();
                EpisodeId::from_number(u64::from_be_bytes(bytes.unwrap_or_default()))
            }
            Some(_) | None => id,
        })
    }

    /// Turns a note into an event, unless it says nothing.
    fn telling(&self, note: &Note, by: &str) -> Result<Option<(EpisodeId, Telling)>> {
        let (Some(text), Some(speaker)) = (episode::kept(&note.text), episode::name(&note.speaker))
        else {
            return Ok(None);
        };
        let thread = note.thread.as_deref().and_then(episode::name);
        let id = self.id(note, &text, &speaker, thread.as_deref())?;
        let added = Added {
            id,
            time: note.time,
            speaker,
            thread,
            trust: note.trust,
            by: by.to_owned(),
            // The log fills it in, with a salt.
            words: Digest::ZERO,
        };
        let event = MemoryEvent::EpisodeAdded(Box::new(added));
        Ok(Some((
            id,
            Telling {
                event,
                words: Some(text),
            },
        )))
    }
}

#[async_trait]
impl MemoryLog for SqliteMemory {
    async fn append(&self, time: Timestamp, events: Vec<Telling>) -> Result<Seq> {
        self.notes
            .ask(move |notebook| notebook.append(time, events))
            .await
    }

    async fn read(&self, after: Seq, limit: usize) -> Result<Vec<Noted>> {
        self.notes
            .ask(move |notebook| notebook.read(after, limit))
            .await
    }

    async fn verify(&self) -> Result<u64> {
        self.notes.ask(Notebook::verify).await
    }
}

#[async_trait]
impl Episodes for SqliteMemory {
    async fn add(&self, notes: Vec<Note>, by: &str, now: Timestamp) -> Result<Vec<Taken>> {
        let mut taken = Vec::with_capacity(notes.len());
        for group in notes.chunks(GROUP) {
            let mut told = Vec::with_capacity(group.len());
            for note in group {
                told.push(self.telling(note, by)?.map(|told| (told, note.is_pinned)));
            }
            let ids: Vec<EpisodeId> = told.iter().flatten().map(|((id, _), _)| *id).collect();
            let known = self.projections.known_episodes(ids).await?;
            let mut events = Vec::new();
            let mut new: std::collections::BTreeSet<EpisodeId> = std::collections::BTreeSet::new();
            for told in told {
                let Some(((id, telling), is_pinned)) = told else {
                    taken.push(Taken::Empty);
                    continue;
                };
                taken.push(match known.get(&id) {
                    Some(episodes::Fate::Forgotten) => Taken::Forgotten(id),
                    Some(episodes::Fate::Held) => Taken::Known(id),
                    None if !new.insert(id) => Taken::Known(id),
                    None => {
                        events.push(telling);
                        if is_pinned {
                            let event = MemoryEvent::EpisodePinned {
                                id,
                                by: by.to_owned(),
                            };
                            events.push(Telling { event, words: None });
                        }
                        Taken::Added(id)
                    }
                });
            }
            if !events.is_empty() {
                self.append(now, events).await?;
            }
        }
        Ok(taken)
    }

    async fn search(&self, asked: Asked) -> Result<Found> {
        let pointed = self.pointed(&asked).await?;
        self.projections.search(asked, pointed).await
    }

    async fn find(&self, prefix: &str) -> Result<Vec<EpisodeId>> {
        let prefix = prefix.to_owned();
        self.projections.find_episodes(prefix).await
    }

    async fn get(&self, id: EpisodeId, now: Timestamp) -> Result<Option<Known>> {
        self.projections.episode(id, now).await
    }

    async fn page(&self, after: u64, limit: usize, now: Timestamp) -> Result<Vec<(u64, Known)>> {
        self.projections.episodes(after, limit, now).await
    }

    async fn mark(&self, id: EpisodeId, mark: Mark, by: &str, now: Timestamp) -> Result<bool> {
        let known = self.projections.episode(id, now).await?;
        let Some(known) = known else {
            let fate = self.projections.known_episodes(vec![id]).await?;
            if mark == Mark::Forget && fate.get(&id) == Some(&episodes::Fate::Forgotten) {
                return Ok(false);
            }
            return Err(
                Failure::new(FailureKind::Missing, format!("there is no episode {id}"))
                    .with_hint("find it with `venom memory search`"),
            );
        };
        let by = by.to_owned();
        let event = match mark {
            Mark::Forget => MemoryEvent::EpisodeForgotten { id, by },
            Mark::Pin if known.is_pinned => return Ok(false),
            Mark::Pin => MemoryEvent::EpisodePinned { id, by },
            Mark::Unpin if !known.is_pinned => return Ok(false),
            Mark::Unpin => MemoryEvent::EpisodeUnpinned { id, by },
        };
        self.append(now, vec![Telling { event, words: None }])
            .await?;
        // The projection follows at once, so that what was forgotten is off the disk when this returns.
        self.projections.settle_episodes().await?;
        if mark == Mark::Forget {
            self.projections.forget_vector(id).await?;
        }
        // A service beside the rows hears of it at once if it can, and else as soon as it is there again.
        if mark == Mark::Forget
            && let Err(failure) = self.projections.sync_vectors(1).await
        {
            tracing::warn!(%failure, "a service has yet to be told what is forgotten");
        }
        Ok(true)
    }

    async fn stats(&self) -> Result<Stats> {
        self.projections.episode_stats().await
    }
}
