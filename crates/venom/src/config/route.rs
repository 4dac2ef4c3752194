//! What the user settled about the choice of models: the section `route`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use venom_kernel::model::{Kind, ModelId};
use venom_kernel::route::Prefer;

/// The most pins. Chosen: above the number of kinds of work and skills there are.
const MOST: usize = 100;

/// The section `route` as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Route {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    prefer: Option<Prefer>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    local_only: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pins: Option<BTreeMap<String, String>>,
}

impl Route {
    /// Returns what is preferred where models differ.
    pub(crate) fn prefer(&self) -> Prefer {
        self.prefer.unwrap_or_default()
    }

    /// Tells whether nothing may be sent to models that are not the user's own.
    pub(crate) fn is_local_only(&self) -> bool {
        self.local_only.unwrap_or(false)
    }

    /// Returns the models by what they are named for, or what in them cannot be used.
    pub(crate) fn pins(&self) -> Result<BTreeMap<String, ModelId>, String> {
        let all = self.pins.iter().flatten();
        if all.clone().count() > MOST {
            return Err(format!("pins: more than {MOST}"));
        }
        all.map(|(name, model)| {
            let shown: String = name.chars().take(40).collect();
            let model = model
                .parse::<ModelId>()
                .map_err(|why| format!("pins.{shown}: {why}"))?;
            Ok((name.clone(), model))
        })
        .collect()
    }
}

/// Reads what is preferred.
pub(crate) fn preference(text: &str) -> Result<Prefer, String> {
    serde_json::from_value(text.trim().into())
        .map_err(|_unknown| "it is none of balanced, cheap, fast, best".to_owned())
}

/// Returns the JSON Schema of the section.
pub(crate) fn schema() -> Value {
    let kinds = Kind::ALL.map(Kind::name).join(", ");
    json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "prefer": {"enum": ["balanced", "cheap", "fast", "best"], "description": "What decides where models differ."},
            "local_only": {"type": "boolean", "description": "Whether nothing may be sent to models that are not your own."},
            "pins": {
                "type": "object",
                "additionalProperties": {"type": "string"},
                "description": format!("The model for a kind of work ({kinds}), a skill (`agent`) or an action (`agent.work`), such as `{{code: anthropic/claude-sonnet-4-5}}`; the narrowest name counts."),
            },
        },
    })
}

#[cfg(test)]
mod tests;
