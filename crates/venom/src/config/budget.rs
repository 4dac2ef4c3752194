//! What the user lets runs spend on models: the section `budget`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use venom_kernel::budget::{Allowance, Caps};
use venom_kernel::model::ModelId;

use super::money;

/// The most models that have caps of their own. Chosen: above any catalogue.
const MOST: usize = 1_000;

/// A cap as it is written: money in dollars, and tokens.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cap {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    money: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tokens: Option<u64>,
}

impl Cap {
    fn caps(&self) -> Result<Caps, String> {
        let money = self.money.as_deref().map(money::parse).transpose()?;
        Ok(Caps {
            money,
            tokens: self.tokens,
        })
    }
}

/// The section `budget` as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Budget {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    run: Option<Cap>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    day: Option<Cap>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    month: Option<Cap>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    models: Option<BTreeMap<String, Cap>>,
}

impl Budget {
    /// Returns what it means, or what in it cannot be used.
    pub(crate) fn allowance(&self) -> Result<Allowance, String> {
        let caps = |name: &str, cap: Option<&Cap>| match cap {
            None => Ok(Caps::NONE),
            Some(cap) => cap.caps().map_err(|why| format!("{name}: {why}")),
        };
        let mut models = BTreeMap::new();
        for (name, cap) in self.models.iter().flatten() {
            let shown: String = name.chars().take(80).collect();
            let model: ModelId = name.parse().map_err(|why| format!("models: {why}"))?;
            models.insert(model, caps(&format!("models.{shown}"), Some(cap))?);
        }
        if models.len() > MOST {
            return Err(format!("models: more than {MOST}"));
        }
        Ok(Allowance {
            run: caps("run", self.run.as_ref())?,
            day: caps("day", self.day.as_ref())?,
            month: caps("month", self.month.as_ref())?,
            models,
        })
    }
}

/// Returns the JSON Schema of the section.
pub(crate) fn schema() -> Value {
    let cap = |about: &str| {
        json!({
            "type": "object",
            "additionalProperties": false,
            "description": about,
            "properties": {
                "money": {"type": "string", "description": "The most money, in dollars."},
                "tokens": {"type": "integer", "minimum": 0, "description": "The most tokens, read and produced."},
            },
        })
    };
    json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "run": cap("In one run; `--max-cost` stands before its money."),
            "day": cap("In a day in UTC, all runs together."),
            "month": cap("In a month in UTC, all runs together."),
            "models": {
                "type": "object",
                "additionalProperties": cap("On this model, in one run."),
                "description": "On single models, in one run.",
            },
        },
    })
}

#[cfg(test)]
mod tests;
