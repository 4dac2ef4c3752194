//! Who makes vectors of texts, where that is not the table in the program.

use async_trait::async_trait;

use crate::Result;

/// A model that makes vectors of texts.
///
/// The same text gives the same vector, near enough; vectors of two models have nothing to do with each other.
/// `Unavailable`, `TimedOut` and `Retryable` say that nobody answers now, `Refused` and `Missing` that the model cannot
/// be asked as it is set up.
#[async_trait]
pub trait Embedder: Send + Sync {
    /// Names the model. What it made is known by this name.
    fn id(&self) -> &str;

    /// Makes a vector of each text, in their order. They all have the same length, and none is nothing but zeros.
    async fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>>;
}

/// How far episodes have vectors of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Embedded {
    /// The model.
    pub model: String,
    /// How many episodes there are.
    pub episodes: u64,
    /// How many have yet to get a vector of it.
    pub lacking: u64,
}
