//! Relayed calls: what programs ask of models through VENOM.
//!
//! A relayed call goes through what every call goes through: the catalogue, the choice of a model, a
//! budget, the log. [`Relay::begin`] settles what can be refused, and only [`Begun::answer`] reaches
//! outside.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use venom_kernel::digest::BlobId;
use venom_kernel::id::RunId;
use venom_kernel::model::{Kind, ModelId, ModelInfo, Reply, Request};
use venom_kernel::money::MicroUsd;
use venom_kernel::time::Millis;

use crate::Failure;
use crate::model::{ModelFailure, OnDelta};

/// Which model is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// The one that is chosen for this kind of work.
    Auto(Kind),
    /// This one and no other.
    Named(ModelId),
}

/// What a program asks.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Of whom.
    pub wanted: Wanted,
    /// What. Zero as the most tokens stands for as many as the model gives.
    pub request: Request,
    /// The bytes of the request's images.
    pub images: BTreeMap<BlobId, Arc<[u8]>>,
    /// Who asks.
    pub by: String,
    /// The most that who asks may spend in a day.
    pub per_day: Option<MicroUsd>,
    /// The longest time for everything.
    pub within: Millis,
}

/// Why a call is not made.
#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    /// There is no such model, or none at all.
    #[error("{0}")]
    NoModel(Failure),
    /// The request does not fit the model.
    #[error("{0}")]
    Unfit(String),
    /// The budget does not hold the most that the call may take.
    #[error("{0}")]
    Budget(String),
    /// Something below failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

/// What a model answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Answered {
    /// The answer.
    pub reply: Reply,
    /// What it cost.
    pub cost: MicroUsd,
}

/// What is spent, and what may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spending {
    /// What relayed calls have taken today, in the day of UTC.
    pub spent: MicroUsd,
    /// The most that calls which are under way may still take.
    pub reserved: MicroUsd,
    /// The most that they may take in a day.
    pub cap: Option<MicroUsd>,
}

impl Spending {
    /// Returns what is left of the cap, if there is one.
    pub fn left(&self) -> Option<MicroUsd> {
        let used = self.spent.micros().saturating_add(self.reserved.micros());
        self.cap
            .map(|cap| MicroUsd::new(cap.micros().saturating_sub(used)))
    }
}

/// A call that stands in the log and is paid for, and has not been made.
#[async_trait]
pub trait Begun: Send {
    /// Returns the run that it stands in the log as.
    fn run(&self) -> RunId;

    /// Returns what is known of the model that is asked.
    fn info(&self) -> &ModelInfo;

    /// Makes the call. Whoever stops waiting for the answer stops the call; what it took is settled all
    /// the same.
    async fn answer(self: Box<Self>, on_delta: Option<OnDelta>) -> Result<Answered, ModelFailure>;
}

/// Relays calls.
#[async_trait]
pub trait Relay: Send + Sync {
    /// Lists the models that can be asked, in the order of their ids.
    fn models(&self) -> Vec<ModelInfo>;

    /// Lists those of them that are left alone for now, because they failed again and again.
    fn resting(&self) -> BTreeSet<ModelId>;

    /// Chooses the model, reserves what the call may take, and writes it into the log.
    async fn begin(&self, asked: Asked) -> Result<Box<dyn Begun>, RelayError>;

    /// Returns the name of the model that is a part of VENOM and turns texts into vectors.
    fn embedder(&self) -> &'static str;

    /// Turns texts into vectors of the length 1, one for each; a text without a word that it knows has one
    /// of zeros. It takes time and waits for nothing.
    fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, Failure>;

    /// Returns what is spent today.
    async fn spending(&self) -> Result<Spending, Failure>;
}
