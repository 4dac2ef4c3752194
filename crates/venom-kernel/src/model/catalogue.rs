//! What is known about a model before it is called.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ModelId, Price};
use crate::time::Millis;

/// What is known about a model: what it can take, what it costs, and how good it is thought to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelInfo {
    /// The model.
    pub id: ModelId,
    /// The most tokens of a conversation, the answer included.
    pub context: u64,
    /// The most tokens of one answer.
    pub max_output: u32,
    /// What tokens cost.
    pub price: Price,
    /// Where what is sent to it goes.
    pub privacy: Privacy,
    /// Whether it calls tools through the provider's own interface; others are asked in text.
    pub tools: bool,
    /// Whether the provider holds the answer to a JSON Schema.
    pub schema: bool,
    /// Whether it takes images.
    pub images: bool,
    /// Whether it can think before it answers.
    pub thinking: bool,
    /// How good it is thought to be at each kind of work, in thousandths, before it was tried here;
    /// for a kind that is not named, the value of the others' mean.
    pub quality: BTreeMap<Kind, u16>,
    /// The time of a typical answer before any was timed here.
    pub typical: Millis,
}

impl ModelInfo {
    /// Returns how good the model is thought to be at a kind of work, in thousandths; 500 when
    /// nothing is known.
    pub fn prior(&self, kind: Kind) -> u16 {
        if let Some(known) = self.quality.get(&kind) {
            return (*known).min(1000);
        }
        let sum: u64 = self
            .quality
            .values()
            .map(|q| u64::from((*q).min(1000)))
            .sum();
        let mean = sum.checked_div(self.quality.len() as u64).unwrap_or(500);
        u16::try_from(mean).unwrap_or(500)
    }
}

/// Where what is sent to a model goes. A smaller value keeps more to oneself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Privacy {
    /// Nowhere: the model runs on this machine, or on one that the user calls their own.
    Local,
    /// To a provider.
    Cloud,
}

/// A kind of work that models are compared by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Turning words into an intent.
    Understand,
    /// Making a plan.
    Plan,
    /// Writing and changing code.
    Code,
    /// Reading code and judging it.
    Review,
    /// Explaining and summarising.
    Explain,
    /// Taking facts out of text.
    Extract,
    /// Working a machine by commands.
    Operate,
    /// Talking.
    Chat,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 8] = [
        Self::Understand,
        Self::Plan,
        Self::Code,
        Self::Review,
        Self::Explain,
        Self::Extract,
        Self::Operate,
        Self::Chat,
    ];

    /// Returns the name that people type.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Understand => "understand",
            Self::Plan => "plan",
            Self::Code => "code",
            Self::Review => "review",
            Self::Explain => "explain",
            Self::Extract => "extract",
            Self::Operate => "operate",
            Self::Chat => "chat",
        }
    }
}
