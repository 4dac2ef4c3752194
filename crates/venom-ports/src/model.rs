//! Language models: somebody who answers requests.
//!
//! An adapter repeats a call by itself only where nothing can have been used up by it, and within the
//! limits that it was given; which model is asked, and which one next, is not its affair. Failures
//! come in the one taxonomy, with what they used and how long the other side wants to be left alone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;
use venom_kernel::digest::BlobId;
use venom_kernel::effect::Failure;
use venom_kernel::model::{Delta, ModelId, ModelInfo, Reply, Request, Usage};
use venom_kernel::time::Millis;

/// One call of one model.
#[derive(Debug, Clone)]
pub struct ModelCall {
    /// The model.
    pub model: ModelId,
    /// What it is asked.
    pub request: Arc<Request>,
    /// The bytes of the request's images.
    pub images: BTreeMap<BlobId, Arc<[u8]>>,
    /// Names this call and no other, the same for every repetition of it.
    pub key: String,
    /// The longest time for everything, repetitions included.
    pub within: Millis,
}

/// Hears pieces of an answer as they come. It must not block.
pub type OnDelta = Arc<dyn Fn(Delta) + Send + Sync>;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelFailure {
    /// What happened. A call that was cancelled is [`Retryable`](crate::FailureKind::Retryable).
    pub failure: Failure,
    /// How long the other side wants to be left alone, if it said so.
    pub retry_after: Option<Millis>,
    /// What was used up all the same.
    pub usage: Usage,
    /// How the provider names the call, for asking about it.
    pub request_id: Option<String>,
}

impl From<Failure> for ModelFailure {
    fn from(failure: Failure) -> Self {
        Self {
            failure,
            retry_after: None,
            usage: Usage::default(),
            request_id: None,
        }
    }
}

/// Answers requests.
#[async_trait]
pub trait Models: Send + Sync {
    /// Lists the models that can be called as things are configured, in the order of their ids. It
    /// reaches for nothing outside.
    fn list(&self) -> Vec<ModelInfo>;

    /// Tells whether a model is left alone for a while because it failed too often.
    fn is_left_alone(&self, _model: &ModelId) -> bool {
        false
    }

    /// Lists the models that are left alone for now, because they failed again and again.
    fn resting(&self) -> BTreeSet<ModelId> {
        BTreeSet::new()
    }

    /// Calls a model. The answer is whole or it is none: nothing that was cut off by the connection
    /// is ever returned as an answer.
    async fn call(
        &self,
        call: ModelCall,
        cancel: CancellationToken,
        on_delta: Option<OnDelta>,
    ) -> Result<Reply, ModelFailure>;
}
