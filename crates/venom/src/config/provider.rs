//! Providers of models, as the configuration describes them: `providers`, a name and a description each.
//!
//! They stand in the user's file alone. A project's file arrives with somebody else's code, and what it
//! would name here could send this user's keys and words to whoever wrote it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use venom_kernel::model::{ModelId, Privacy};
use venom_kernel::time::Millis;
use venom_models::{Dialect, KeyRef, Provider};

use super::duration;

/// The providers by name.
pub(crate) type Providers = BTreeMap<String, Description>;

/// The most repetitions. Chosen: whoever needs more has another problem.
const MOST_RETRIES: u32 = 10;

/// One provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Description {
    pub(crate) kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) privacy: Option<Privacy>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) models: Vec<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) plain_http: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) silence: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) retries: Option<u32>,
}

impl Description {
    /// Describes the provider of a kind at its usual place.
    pub(crate) fn usual(kind: &str) -> Self {
        Self {
            kind: kind.to_owned(),
            url: None,
            key: None,
            privacy: None,
            models: Vec::new(),
            plain_http: false,
            silence: None,
            retries: None,
        }
    }

    /// Turns the description into what the adapter calls.
    pub(crate) fn provider(&self) -> Result<Provider, String> {
        let dialect: Dialect = self.kind.parse()?;
        let key = self.key.as_deref().map(str::parse::<KeyRef>).transpose()?;
        let silence = self.silence.as_deref().map(duration::parse).transpose()?;
        if silence == Some(Millis::ZERO) {
            return Err("`silence` is longer than nothing".to_owned());
        }
        if self.retries.is_some_and(|retries| retries > MOST_RETRIES) {
            return Err(format!("`retries` is at most {MOST_RETRIES}"));
        }
        let provider = Provider {
            url: self.url.clone(),
            key,
            privacy: self.privacy,
            allow_plain: self.plain_http,
            models: self.models.clone(),
            silence,
            retries: self.retries,
            ..Provider::new(dialect)
        };
        provider.check()?;
        Ok(provider)
    }
}

/// Turns the descriptions into what the adapter calls.
pub(crate) fn providers(described: &Providers) -> Result<BTreeMap<String, Provider>, String> {
    described
        .iter()
        .map(|(name, description)| {
            let wrong = |why: String| format!("`providers.{name}`: {why}");
            format!("{name}/x")
                .parse::<ModelId>()
                .ok()
                .filter(|id| id.provider() == name)
                .ok_or_else(|| {
                    wrong("a name is made of letters, digits, `-`, `_` and `.`".to_owned())
                })?;
            for model in &description.models {
                format!("{name}/{model}")
                    .parse::<ModelId>()
                    .map_err(|why| wrong(why.to_string()))?;
            }
            let provider = description.provider().map_err(wrong)?;
            Ok((name.clone(), provider))
        })
        .collect()
}

/// Returns the JSON Schema of `providers`. It is also what the reference page says about each key.
pub(crate) fn schema() -> serde_json::Value {
    use serde_json::json;
    json!({
        "type": "object",
        "propertyNames": {"pattern": "^[A-Za-z0-9_.-]{1,100}$"},
        "additionalProperties": {
            "type": "object",
            "additionalProperties": false,
            "required": ["kind"],
            "properties": {
                "kind": {"enum": Dialect::ALL.map(Dialect::name), "description": "What the provider speaks. `openai` is for every server that offers chat completions as OpenAI does."},
                "url": {"type": "string", "description": "Its address, if it is not the usual one of its kind; for `openai` with the version at the end, as in `http://127.0.0.1:8080/v1`."},
                "key": {"type": "string", "pattern": "^(secret:[A-Za-z0-9_.-]+|env:[A-Za-z_][A-Za-z0-9_]*|file:/.*)$", "description": "Where its key is. If not set, the secret of the provider's name, and for the usual address the variable that its clients read."},
                "privacy": {"enum": ["local", "cloud"], "description": "Where what is sent to it goes; `local` for an address of this machine if not set, else `cloud`."},
                "models": {"type": "array", "items": {"type": "string"}, "description": "The models that may be called; those of the catalogue if not set."},
                "plain_http": {"type": "boolean", "description": "Whether a key may be sent to another machine without TLS."},
                "silence": {"type": "string", "description": "How long a stream may say nothing once it has begun; 2m if not set."},
                "retries": {"type": "integer", "minimum": 0, "maximum": MOST_RETRIES, "description": "How often a call is tried again when nothing was used up; 3 if not set."},
            },
        },
    })
}

#[cfg(test)]
mod tests;
