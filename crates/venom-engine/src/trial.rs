//! Trying the classifier on sentences of somebody's own.
//!
//! Owns nothing but the step from the sentences a user brings to the measuring in `venom-mind`, and back to whole
//! numbers. No world is needed, and nothing is kept.

use std::sync::Arc;
use std::time::Duration;

use venom_mind::embed::{Sentences, Words};
use venom_mind::trial::{self, Figures, Labelled, Plan};
use venom_ports::api::intents::{self, Tried};
use venom_ports::{Failure, FailureKind, Result};

/// Learns from sentences and judges others, by the vectors of a model that somebody brings or of the table in the
/// program; `now` says how much time has passed since some moment.
pub fn measure(
    asked: &intents::Trial,
    brought: Option<Arc<dyn Sentences>>,
    now: &dyn Fn() -> Duration,
) -> Result<Tried> {
    let sentences = match brought {
        Some(brought) => brought,
        None => built_in()?,
    };
    let plan = Plan {
        folds: asked.folds,
        seed: asked.seed,
        per_label: asked.per_intent,
    };
    let learn = labelled(&asked.learn);
    let figures = if asked.judge.is_empty() {
        trial::cross(&sentences, &learn, plan, now)
    } else {
        trial::held_out(&sentences, &learn, &labelled(&asked.judge), plan, now)
    };
    Ok(tried(sentences.id(), &figures))
}

fn built_in() -> Result<Arc<dyn Sentences>> {
    let words = Words::embedded().map_err(|error| {
        Failure::new(
            FailureKind::Corrupt,
            format!("the built-in vectors: {error}"),
        )
        .with_hint("this binary is damaged; install it again")
    })?;
    Ok(Arc::new(words))
}

fn labelled(sentences: &[intents::Labelled]) -> Vec<Labelled> {
    sentences
        .iter()
        .map(|sentence| Labelled {
            text: sentence.text.clone(),
            label: sentence.intent.clone(),
        })
        .collect()
}

fn tried(model: &str, figures: &Figures) -> Tried {
    let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
    Tried {
        model: model.to_owned(),
        intents: figures.labels as u64,
        learned: figures.learned as u64,
        judged: figures.judged as u64,
        out_of_scope: figures.foreign as u64,
        accuracy: share(figures.accuracy),
        accuracy_refusing: share(figures.accuracy_refusing),
        out_of_scope_recall: figures.foreign_recall.map(share),
        auroc: figures.area_under_roc.map(share),
        calibration_error: share(figures.calibration_error),
        sure: share(figures.sure),
        sure_and_right: share(figures.sure_and_right),
        p50_us: micros(figures.usual),
        p99_us: micros(figures.longest),
        learning_ms: micros(figures.learning) / 1_000,
    }
}

/// A share from 0 to 1 in ten-thousandths.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share is between 0 and 1, and ten thousand fits 16 bits"
)]
fn share(ratio: f64) -> u16 {
    (ratio.clamp(0.0, 1.0) * 10_000.0).round() as u16
}
