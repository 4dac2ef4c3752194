//! What the user settled about the memory: the services that stand beside the embedded stores, and when facts are
//! consolidated.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use venom_kernel::model::ModelId;
use venom_models::KeyRef;
use venom_store::service::{WhenDown, chroma, neo4j, redis};

use super::schedule::Schedule;

/// The section `memory` as it is written. What is left out stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Memory {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) vectors: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) vectors_key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) embeddings: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) graph: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) graph_key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cache: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cache_key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    when_down: Option<Down>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    consolidate: Option<String>,
}

/// When facts are consolidated. Chosen: each night, at an hour that few have awake.
const NIGHTLY: &str = "0 3 * * *";
/// What stands for no schedule.
const OFF: &str = "off";

/// Who makes the vectors by which meaning is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Embeddings {
    /// A model of a provider.
    Of(ModelId),
    /// A sentence model in the process, out of a folder.
    In(PathBuf),
}

impl Embeddings {
    /// Reads `PROVIDER/MODEL` or `file:/FOLDER`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let Some(folder) = text.strip_prefix("file:") else {
            let model = text.parse();
            return model.map(Self::Of).map_err(|error| {
                format!("it is PROVIDER/MODEL, or file:/FOLDER for a model in the process: {error}")
            });
        };
        let folder = PathBuf::from(folder);
        if folder.is_absolute() {
            Ok(Self::In(folder))
        } else {
            Err("behind `file:` stands the whole path of a folder, such as file:/models/all-MiniLM-L6-v2".to_owned())
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Down {
    Embedded,
    Refuse,
}

impl Memory {
    /// Says what in it cannot be used.
    pub(crate) fn check(&self) -> Result<(), String> {
        let named = |name: &'static str| move |why: String| format!("{name}: {why}");
        if let Some(address) = &self.vectors {
            let url = chroma::check(address).map_err(named("vectors"))?;
            // A key on an open line is everybody's.
            let is_here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
            if self.vectors_key.is_some() && url.scheme() == "http" && !is_here {
                return Err(
                    "vectors: a key is sent to another machine over https:// alone".to_owned(),
                );
            }
        }
        if let Some(from) = &self.embeddings {
            Embeddings::parse(from).map_err(named("embeddings"))?;
        }
        if let Some(address) = &self.graph {
            neo4j::check_address(address).map_err(named("graph"))?;
            if self.graph_key.is_some() && !neo4j::may_take_a_key(address) {
                return Err(
                    "graph: a key is sent to another machine over bolt+s:// alone".to_owned(),
                );
            }
        }
        if let Some(address) = &self.cache {
            redis::check(address).map_err(named("cache"))?;
        }
        if let Some(schedule) = self.consolidate.as_deref().filter(|text| *text != OFF) {
            Schedule::parse(schedule).map_err(named("consolidate"))?;
        }
        for (name, key, of) in [
            ("vectors_key", &self.vectors_key, &self.vectors),
            ("graph_key", &self.graph_key, &self.graph),
            ("cache_key", &self.cache_key, &self.cache),
        ] {
            if let Some(key) = key {
                key.parse::<KeyRef>().map_err(named(name))?;
                if of.is_none() {
                    return Err(format!("{name}: it is the key of nothing"));
                }
            }
        }
        Ok(())
    }

    /// Returns when facts are consolidated, unless they never are by themselves.
    pub(crate) fn schedule(&self) -> Option<Schedule> {
        let text = self.consolidate.as_deref().unwrap_or(NIGHTLY);
        // It was checked when it was read; `off` is no schedule.
        Schedule::parse(text).ok()
    }

    /// Returns what happens while a service does not answer.
    pub(crate) const fn when_down(&self) -> WhenDown {
        match self.when_down {
            Some(Down::Refuse) => WhenDown::Refuse,
            Some(Down::Embedded) | None => WhenDown::Embedded,
        }
    }
}

/// Returns the JSON Schema of the section.
pub(crate) fn schema() -> Value {
    let key = "^(secret:[A-Za-z0-9_.-]+|env:[A-Za-z_][A-Za-z0-9_]*|file:/.*)$";
    json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "vectors": {"type": "string", "description": "A ChromaDB that finds what is near in meaning, such as `http://127.0.0.1:8000`; `/TENANT/DATABASE` may stand behind it. The built-in index if not set."},
            "vectors_key": {"type": "string", "pattern": key, "description": "Where the token for it is, if it wants one."},
            "embeddings": {"type": "string", "description": "A model that makes the vectors by which meaning is found: PROVIDER/MODEL with a provider of `providers`, such as `home/all-minilm`, which is sent what is remembered, or `file:/FOLDER` for a sentence model in the process, such as all-MiniLM-L6-v2, which is sent nothing. The table in the program if not set."},
            "graph": {"type": "string", "description": "A Neo4j, or what is compatible with it, that holds the graph of what is believed, such as `bolt://127.0.0.1:7687`; `bolt+s://` speaks TLS, `USER@` may stand before the host and `/DATABASE` behind it."},
            "graph_key": {"type": "string", "pattern": key, "description": "Where the password for it is, if it wants one."},
            "cache": {"type": "string", "description": "A Redis in which processes share answers, such as `redis://127.0.0.1:6379/0`; `USER@` may stand before the host."},
            "cache_key": {"type": "string", "pattern": key, "description": "Where the password for it is, if it wants one."},
            "when_down": {"enum": ["embedded", "refuse"], "description": "What happens to a question while a service does not answer: `embedded` stores answer and say so, which is usual, or it is refused."},
            "consolidate": {"type": "string", "description": "When facts are consolidated, as five fields of cron in the time zone of this machine: `0 3 * * *` if not set, each night. `off`: only when somebody asks for it."},
        },
    })
}

#[cfg(test)]
mod tests;
