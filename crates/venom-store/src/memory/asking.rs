//! Asking a provider's model for vectors: of episodes that have none yet, and of questions.
//!
//! The model is waited for here, and not on the thread of the projections: runs go on meanwhile.

use std::collections::BTreeMap;
use std::time::Duration;

use venom_mind::recall::vectors::{Code, normalise};
use venom_ports::memory::embed::{Embedded, Embedder};
use venom_ports::memory::episodes::Asked;
use venom_ports::{Failure, FailureKind, Result};

use super::SqliteMemory;
use super::beside::{OURS, Pointed, refusal};
use super::embedded::Embedding;
use crate::service::WhenDown;

/// Episodes that are embedded at once.
const GROUP: usize = 64;
/// How long a search waits for a model. Chosen: a model at home that is there already takes some milliseconds.
const PATIENCE: Duration = Duration::from_secs(5);
/// Groups of new episodes that a search has embedded first. Chosen: what a few runs say.
const FIRST: usize = 2;

impl SqliteMemory {
    pub(crate) fn embedding(&self) -> Option<&Embedding> {
        self.around.embedding.get()
    }

    /// Has at most so many groups of episodes embedded, and returns how many are left.
    pub(crate) async fn embed(&self, groups: usize) -> Result<u64> {
        let Some(embedding) = self.embedding() else {
            return Ok(0);
        };
        for _ in 0..groups {
            let (lacking, _) = self.projections.lacking(GROUP).await?;
            if lacking.is_empty() {
                return Ok(0);
            }
            embedding.rest.check()?;
            let made = made(embedding.embedder.as_ref(), &lacking).await;
            embedding.rest.note(&made);
            self.projections.keep_vectors(made?).await?;
        }
        let (lacking, count) = self.projections.lacking(1).await?;
        Ok(if lacking.is_empty() { 0 } else { count })
    }

    /// Says how far episodes are embedded.
    pub(crate) async fn embedded(&self) -> Result<Option<Embedded>> {
        let Some(embedding) = self.embedding() else {
            return Ok(None);
        };
        let (_, lacking) = self.projections.lacking(1).await?;
        Ok(Some(Embedded {
            model: embedding.embedder.id().to_owned(),
            episodes: self.projections.episode_stats().await?.episodes,
            lacking,
        }))
    }

    /// Has a question embedded, if that is what it is to be answered with.
    pub(crate) async fn pointed(&self, asked: &Asked) -> Result<Pointed> {
        let Some(embedding) = self.embedding() else {
            return Ok(Pointed::default());
        };
        let asking = tokio::time::timeout(PATIENCE, self.vectors_of(embedding, asked));
        let asked = asking.await.unwrap_or_else(|_elapsed| {
            let text = format!(
                "{} made no vectors in {} s",
                embedding.embedder.id(),
                PATIENCE.as_secs()
            );
            let late = Err(Failure::new(FailureKind::TimedOut, text));
            embedding.rest.note(&late);
            late
        });
        match asked {
            Ok(pointed) => Ok(pointed),
            Err(failure) if embedding.when_down == WhenDown::Refuse => Err(refusal(failure)),
            Err(failure) => {
                tracing::warn!(%failure, "the vectors in the program answer");
                Ok(Pointed {
                    vectors: None,
                    notes: vec![format!("{}; {OURS} answers", failure.message)],
                })
            }
        }
    }

    async fn vectors_of(&self, embedding: &Embedding, asked: &Asked) -> Result<Pointed> {
        let model = embedding.embedder.id();
        embedding.rest.check()?;
        let left = self.embed(FIRST).await?;
        if left > 0 {
            let note =
                format!("{model} has yet to make vectors of {left} episodes; {OURS} answers");
            return Ok(Pointed {
                vectors: None,
                notes: vec![note],
            });
        }
        let texts = self.projections.texts(asked.clone()).await?;
        let made = embedding.embedder.embed(&texts).await;
        embedding.rest.note(&made);
        let vectors: BTreeMap<String, Vec<f32>> = texts.into_iter().zip(made?).collect();
        Ok(Pointed {
            vectors: Some(vectors),
            notes: Vec::new(),
        })
    }
}

/// Embeds a group. Where the model refuses it, each text is tried by itself, and those that it refuses alone are left
/// without a vector; a model that refuses all of them is not the right one.
async fn made(
    embedder: &dyn Embedder,
    lacking: &[(u64, String)],
) -> Result<Vec<(u64, Option<Code>)>> {
    let texts: Vec<String> = lacking.iter().map(|(_, text)| text.clone()).collect();
    let refused = match embedder.embed(&texts).await {
        Ok(vectors) => {
            let ids = lacking.iter().map(|(id, _)| *id);
            return Ok(ids
                .zip(vectors)
                .map(|(id, vector)| (id, code(vector)))
                .collect());
        }
        Err(failure) if !is_about_text(&failure) => return Err(failure),
        Err(failure) => failure,
    };
    let mut made = Vec::with_capacity(lacking.len());
    for (id, text) in lacking {
        match embedder.embed(std::slice::from_ref(text)).await {
            Ok(vectors) => made.push((*id, vectors.into_iter().next().and_then(code))),
            Err(failure) if is_about_text(&failure) => made.push((*id, None)),
            Err(failure) => return Err(failure),
        }
    }
    if made.iter().all(|(_, code)| code.is_none()) {
        return Err(refused);
    }
    Ok(made)
}

const fn is_about_text(failure: &Failure) -> bool {
    matches!(failure.kind, FailureKind::Refused | FailureKind::Corrupt)
}

fn code(mut vector: Vec<f32>) -> Option<Code> {
    normalise(&mut vector).then(|| Code::of(&vector))
}
