//! Looking at a provider: which models it serves, and what it says about them.

use std::time::Duration;

use serde_json::Value;
use venom_kernel::plain::line;
use venom_ports::{Failure, FailureKind};

use super::Providers;
use crate::dialect::Dialect;
use crate::retry::Setback;
use crate::transport::Sent;

/// How long a look may take. Chosen: a list of names is there at once.
const PATIENCE: Duration = Duration::from_secs(15);
/// The largest list of models that is read. Chosen: the longest in use, of a provider of other providers,
/// has 1 MiB.
const LARGEST: usize = 8 << 20;
/// The most models of a list that are taken over.
const MOST: usize = 5_000;

/// A model that a provider says it serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Served {
    /// Its name.
    pub name: String,
    /// The size of its context, if the provider says so.
    pub context: Option<u64>,
}

impl Providers {
    /// Asks a provider which models it serves, in the order of their names.
    pub async fn served(&self, provider: &str) -> Result<Vec<Served>, Failure> {
        let house = self.house(provider)?;
        let dialect = house.provider.dialect;
        let url = dialect.list_url(&house.base)?;
        let key = self.key(provider, house).await?;
        let (header, before) = dialect.vouches();
        let headers = match dialect {
            Dialect::Anthropic => vec![("anthropic-version", "2023-06-01".to_owned())],
            Dialect::Gemini | Dialect::Ollama | Dialect::OpenAi => Vec::new(),
        };
        let client = self.client()?;
        let look = async {
            let mut answer = client
                .send(Sent {
                    body: None,
                    url,
                    headers,
                    key: key.as_ref().map(|key| (header, before, key)),
                })
                .await?;
            let body = answer.most(LARGEST).await;
            Ok::<_, Setback>((answer.status, body))
        };
        let (status, body) = tokio::time::timeout(PATIENCE, look)
            .await
            .map_err(|_elapsed| {
                Failure::new(
                    FailureKind::TimedOut,
                    format!("`{provider}` did not list its models in time"),
                )
            })?
            .map_err(|setback| setback.failure)?;
        if status != 200 {
            return Err(Failure::new(
                FailureKind::Refused,
                format!("`{provider}` answered {status} when it was asked for its models"),
            ));
        }
        let value: Value = serde_json::from_slice(&body).map_err(|error| {
            Failure::new(
                FailureKind::Corrupt,
                format!(
                    "`{provider}` sent a list of models that is not JSON: {}",
                    line(&error.to_string(), 120)
                ),
            )
        })?;
        Ok(read(dialect, &value))
    }
}

/// Reads a list of models.
fn read(dialect: Dialect, value: &Value) -> Vec<Served> {
    let (list, name, context) = match dialect {
        Dialect::Anthropic => ("data", "id", "max_input_tokens"),
        Dialect::Gemini => ("models", "name", "inputTokenLimit"),
        Dialect::Ollama => ("models", "name", "context_length"),
        Dialect::OpenAi => ("data", "id", "context_length"),
    };
    let mut served: Vec<Served> = value
        .get(list)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .take(MOST)
        .filter_map(|model| {
            let text = model.get(name)?.as_str()?;
            let size = model
                .get(context)
                // What vLLM calls it, and what llama.cpp calls it.
                .or_else(|| model.get("max_model_len"))
                .or_else(|| model.get("meta")?.get("n_ctx_train"));
            Some(Served {
                name: line(text.strip_prefix("models/").unwrap_or(text), 200),
                context: size.and_then(Value::as_u64).filter(|size| *size > 0),
            })
        })
        .collect();
    served.sort_by(|a, b| a.name.cmp(&b.name));
    served.dedup_by(|a, b| a.name == b.name);
    served
}

#[cfg(test)]
mod tests;
