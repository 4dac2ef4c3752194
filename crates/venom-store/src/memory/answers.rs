//! Answers that were given before: those of this process, and those that processes leave each other in a
//! shared cache.
//!
//! What is kept are numbers of rows, scores, and how the question was read. What is said is read from the rows
//! each time, so that what is forgotten is in no cache. The key holds how far the rows were folded, so that an answer
//! is never older than they are.

use std::collections::BTreeMap;
use std::sync::Arc;

use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use venom_mind::recall::{PARTS, Weights};
use venom_ports::Result;
use venom_ports::cache::SharedCache;
use venom_ports::memory::episodes::{Asked, Found, Hit, Level, Part};

use super::episodes;
use super::vectors::HITS;
use crate::projection::Keyring;

/// Answers that are kept in this process. Chosen: each has some kilobytes.
const KEPT: usize = 512;
/// The form of what is kept. It is part of the key.
const FORM: u32 = 1;

/// An answer without its words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Kept {
    /// The numbers of rows, with scores and parts.
    pub(crate) hits: Vec<(u64, f32, Vec<f32>)>,
    /// How the question was read.
    pub(crate) read: Vec<String>,
    pub(crate) searched: u64,
    pub(crate) by: String,
}

/// Both levels.
#[derive(Default)]
pub(crate) struct Answers {
    kept: BTreeMap<String, (u64, Kept)>,
    count: u64,
}

impl std::fmt::Debug for Answers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answers")
            .field("kept", &self.kept.len())
            .finish_non_exhaustive()
    }
}

impl Answers {
    /// Makes a key of everything that an answer depends on.
    pub(crate) fn key(of: &impl std::fmt::Debug) -> String {
        let digest = blake3::hash(format!("{FORM} {of:?}").as_bytes());
        format!("answer-{}", digest.to_hex())
    }

    /// Looks a key up, in this process first. A shared cache that fails is told, and what this process has
    /// counts all the same.
    pub(crate) fn get(
        &mut self,
        key: &str,
        shared: Option<&Arc<dyn SharedCache>>,
    ) -> Result<Option<(Level, Kept)>> {
        if let Some((_, kept)) = self.kept.get(key) {
            return Ok(Some((Level::Memory, kept.clone())));
        }
        let Some(shared) = shared else {
            return Ok(None);
        };
        let Some(bytes) = shared.get(key)? else {
            return Ok(None);
        };
        // Nobody vouches for what a cache holds.
        let Ok(kept) = serde_json::from_slice::<Kept>(&bytes) else {
            return Ok(None);
        };
        self.remember(key, kept.clone());
        Ok(Some((Level::Shared, kept)))
    }

    /// Keeps an answer.
    pub(crate) fn put(
        &mut self,
        key: &str,
        kept: Kept,
        shared: Option<&Arc<dyn SharedCache>>,
    ) -> Result<()> {
        let told = match (shared, serde_json::to_vec(&kept)) {
            (Some(shared), Ok(bytes)) => shared.put(key, &bytes),
            (None, _) | (_, Err(_)) => Ok(()),
        };
        self.remember(key, kept);
        told
    }

    fn remember(&mut self, key: &str, kept: Kept) {
        self.count += 1;
        self.kept.insert(key.to_owned(), (self.count, kept));
        if self.kept.len() > KEPT {
            let oldest = self
                .kept
                .iter()
                .min_by_key(|(_, (at, _))| *at)
                .map(|(key, _)| key.clone());
            if let Some(oldest) = oldest {
                self.kept.remove(&oldest);
            }
        }
    }
}

/// Takes the words out of an answer.
pub(super) fn kept(state: &Connection, found: &Found) -> Result<Kept> {
    let mut hits = Vec::with_capacity(found.hits.len());
    for hit in &found.hits {
        if let Some(row) = episodes::of(state, hit.known.episode.id)? {
            let parts = hit.parts.iter().map(|part| part.value).collect();
            hits.push((row.no, hit.score, parts));
        }
    }
    Ok(Kept {
        hits,
        read: found.read.clone(),
        searched: found.searched,
        by: found.by.clone(),
    })
}

/// Puts the words back into an answer; nothing if it does not fit what is here.
pub(super) fn opened(
    (state, keys): (&Connection, &Keyring<'_>),
    asked: &Asked,
    kept: Kept,
    level: Level,
) -> Result<Option<Found>> {
    let weights = Weights::default().parts();
    let mut hits = Vec::with_capacity(kept.hits.len().min(HITS));
    for (number, score, parts) in kept.hits.into_iter().take(asked.limit.min(HITS)) {
        if parts.len() != PARTS.len() {
            return Ok(None);
        }
        let Some(row) = episodes::numbered(state, number)? else {
            return Ok(None);
        };
        let Some(row) = row.open(keys)? else {
            return Ok(None);
        };
        hits.push(Hit {
            known: row.known(asked.now),
            score,
            parts: PARTS
                .iter()
                .zip(parts.iter().zip(weights))
                .map(|(name, (value, weight))| Part {
                    name: (*name).to_owned(),
                    value: *value,
                    weight,
                })
                .collect(),
        });
    }
    Ok(Some(Found {
        level,
        by: kept.by,
        notes: Vec::new(),
        hits,
        read: kept.read,
        searched: kept.searched,
    }))
}
