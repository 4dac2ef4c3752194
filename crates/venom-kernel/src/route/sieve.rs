//! Which models cannot do the work at all, and why.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Candidate, Demand, Health, Need};
use crate::model::{ModelId, Privacy};
use crate::money::MicroUsd;

/// Why a model was not chosen from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// The work must not leave the user's machines, and the model is elsewhere.
    Private,
    /// Nobody answers where the model should be.
    Unreachable,
    /// It failed too often lately; its circuit breaker is open.
    Broken,
    /// It cannot do something that the work needs.
    Lacks(Need),
    /// Prompt and answer do not fit into its context.
    Context {
        /// Tokens that the work needs.
        needed: u64,
        /// Tokens that there is room for.
        most: u64,
    },
    /// Its answers are not long enough.
    Output {
        /// Tokens that the answer may need.
        needed: u64,
        /// Tokens that it produces at most.
        most: u64,
    },
    /// The call may cost more than is left.
    Money {
        /// What it may cost at most.
        needed: MicroUsd,
        /// What is left.
        left: MicroUsd,
    },
    /// The call may take more tokens than are left.
    Tokens {
        /// What it may take at most.
        needed: u64,
        /// What is left.
        left: u64,
    },
    /// Another model is as cheap, as fast and as private, and surely better.
    Dominated {
        /// That model.
        by: ModelId,
    },
    /// Another model was asked for by name.
    NotPinned,
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tools => "tool calls",
            Self::Images => "eye for images",
            Self::Schema => "answers by a schema",
        })
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Private => f.write_str("the work must stay local, and this model is not"),
            Self::Unreachable => f.write_str("nobody answers there"),
            Self::Broken => f.write_str("it failed too often lately and is left alone for a while"),
            Self::Lacks(need) => write!(f, "it has no {need}"),
            Self::Context { needed, most } => {
                write!(
                    f,
                    "the work needs {needed} tokens of context, it has {most}"
                )
            }
            Self::Output { needed, most } => {
                write!(f, "the answer may need {needed} tokens, it produces {most}")
            }
            Self::Money { needed, left } => {
                write!(f, "the call may cost {needed}, and {left} is left")
            }
            Self::Tokens { needed, left } => {
                write!(f, "the call may take {needed} tokens, and {left} are left")
            }
            Self::Dominated { by } => {
                write!(f, "`{by}` is better and no dearer, slower or less private")
            }
            Self::NotPinned => f.write_str("another model was asked for by name"),
        }
    }
}

/// Returns the first reason why a model cannot do the work. What cannot change comes before what can,
/// so that the reason stays the same from call to call.
pub(super) fn objection(demand: &Demand, candidate: &Candidate<'_>) -> Option<Reason> {
    let info = candidate.info;
    if demand.privacy == Privacy::Local && info.privacy != Privacy::Local {
        return Some(Reason::Private);
    }
    let missing = demand.needs.iter().find(|need| match need {
        Need::Tools => !info.tools,
        Need::Images => !info.images,
        Need::Schema => !info.schema,
    });
    if let Some(need) = missing {
        return Some(Reason::Lacks(*need));
    }
    let needed = demand.prompt.saturating_add(demand.longest);
    if needed > info.context {
        return Some(Reason::Context {
            needed,
            most: info.context,
        });
    }
    if demand.longest > u64::from(info.max_output) {
        return Some(Reason::Output {
            needed: demand.longest,
            most: u64::from(info.max_output),
        });
    }
    match candidate.health {
        Health::Well => {}
        Health::Unreachable => return Some(Reason::Unreachable),
        Health::Broken => return Some(Reason::Broken),
    }
    let left = demand.left.least(candidate.left);
    if let Some(left) = left.tokens.filter(|left| needed > *left) {
        return Some(Reason::Tokens { needed, left });
    }
    let most = info.price.most(demand.prompt, demand.longest);
    // What costs nothing may be called when nothing is left.
    left.money
        .filter(|left| most > *left)
        .map(|left| Reason::Money { needed: most, left })
}
