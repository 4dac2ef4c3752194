//! Vectors of texts, by the models of providers: Ollama's `/api/embed`, `/v1/embeddings` as `OpenAI` has it, and Gemini's
//! `batchEmbedContents`.

use std::time::Duration;

use reqwest::Url;
use serde_json::{Value, json};
use venom_kernel::model::ModelId;
use venom_ports::{Failure, FailureKind};

use super::Providers;
use crate::dialect::{Dialect, under};
use crate::retry::Setback;
use crate::transport::Sent;
use venom_kernel::plain::line;

/// How long a group of texts may take. Chosen: a model at home that has to be loaded first takes most of it.
const PATIENCE: Duration = Duration::from_mins(1);
/// Texts in one request. Chosen: providers take from 96 on.
const GROUP: usize = 64;
/// The longest text that is sent, in characters. Chosen: the models in use read from 256 to 8,192 tokens, and most cut
/// by themselves.
const LONGEST: usize = 2_000;
/// The largest answer. Chosen: a group of vectors with 4,096 numbers, written out.
const LARGEST: usize = 16 << 20;
/// The most numbers in a vector.
const MOST: usize = 8_192;

impl Providers {
    /// Makes a vector of each text, in their order.
    pub async fn embed(&self, model: &ModelId, texts: &[String]) -> Result<Vec<Vec<f32>>, Failure> {
        let mut vectors: Vec<Vec<f32>> = Vec::with_capacity(texts.len());
        for group in texts.chunks(GROUP) {
            let cut: Vec<String> = group
                .iter()
                .map(|text| text.chars().take(LONGEST).collect())
                .collect();
            let late = |_elapsed| {
                Failure::new(
                    FailureKind::TimedOut,
                    format!("`{model}` made no vectors in {} s", PATIENCE.as_secs()),
                )
            };
            let made = tokio::time::timeout(PATIENCE, self.embed_group(model, &cut))
                .await
                .map_err(late)??;
            let size = vectors.first().or_else(|| made.first()).map_or(0, Vec::len);
            if made.len() != group.len() || made.iter().any(|vector| vector.len() != size) {
                return Err(odd(
                    model,
                    "another number of vectors than texts, or of other lengths",
                ));
            }
            vectors.extend(made);
        }
        Ok(vectors)
    }

    async fn embed_group(
        &self,
        model: &ModelId,
        texts: &[String],
    ) -> Result<Vec<Vec<f32>>, Failure> {
        let house = self.house(model.provider())?;
        let dialect = house.provider.dialect;
        let (url, body) = asked(dialect, &house.base, model.name(), texts)?;
        let key = self.key(model.provider(), house).await?;
        let (header, before) = dialect.vouches();
        let body = serde_json::to_vec(&body)
            .map_err(|error| Failure::new(FailureKind::Internal, error.to_string()))?;
        let look = async {
            let mut answer = self
                .client()
                .map_err(Setback::last)?
                .send(Sent {
                    body: Some(body),
                    url,
                    headers: Vec::new(),
                    key: key.as_ref().map(|key| (header, before, key)),
                })
                .await?;
            let body = answer.most(LARGEST).await;
            Ok::<_, Setback>((answer.status, body))
        };
        let (status, body) = look.await.map_err(|setback| setback.failure)?;
        let value: Option<Value> = serde_json::from_slice(&body).ok();
        if status != 200 {
            let secret = key.as_ref().map_or("", |key| key.as_str());
            return Err(refusal(model, status, value.as_ref(), secret));
        }
        let value = value.ok_or_else(|| odd(model, "no JSON"))?;
        read(dialect, &value).ok_or_else(|| odd(model, "no vectors"))
    }
}

/// Writes a request.
fn asked(
    dialect: Dialect,
    base: &Url,
    name: &str,
    texts: &[String],
) -> Result<(Url, Value), Failure> {
    Ok(match dialect {
        Dialect::Ollama => (
            under(base, "api", &["embed"])?,
            json!({ "model": name, "input": texts, "truncate": true }),
        ),
        Dialect::OpenAi => (
            under(base, "", &["embeddings"])?,
            json!({ "model": name, "input": texts, "encoding_format": "float" }),
        ),
        Dialect::Gemini => {
            let model = format!("models/{name}");
            let requests: Vec<Value> = texts
                .iter()
                .map(|text| {
                    json!({
                        "model": model,
                        "content": { "parts": [{ "text": text }] },
                        "taskType": "SEMANTIC_SIMILARITY",
                    })
                })
                .collect();
            let verb = format!("{name}:batchEmbedContents");
            (
                under(base, "v1beta", &["models", &verb])?,
                json!({ "requests": requests }),
            )
        }
        Dialect::Anthropic => {
            return Err(Failure::new(
                FailureKind::Refused,
                "Anthropic has no models that make vectors",
            )
            .with_hint("name a model of a provider of the kind ollama, openai or gemini in `memory.embeddings`"));
        }
    })
}

/// Reads the vectors of an answer, in the order of the texts.
fn read(dialect: Dialect, value: &Value) -> Option<Vec<Vec<f32>>> {
    let list = |name: &str| value.get(name)?.as_array();
    match dialect {
        Dialect::Ollama => list("embeddings")?.iter().map(vector).collect(),
        Dialect::Gemini => list("embeddings")?
            .iter()
            .map(|one| vector(one.get("values")?))
            .collect(),
        Dialect::OpenAi => {
            let mut numbered: Vec<(u64, Vec<f32>)> = list("data")?
                .iter()
                .zip(0..)
                .map(|(one, place)| {
                    let index = one.get("index").and_then(Value::as_u64).unwrap_or(place);
                    Some((index, vector(one.get("embedding")?)?))
                })
                .collect::<Option<_>>()?;
            numbered.sort_by_key(|(index, _)| *index);
            let is_whole = numbered
                .iter()
                .zip(0..)
                .all(|((index, _), place)| *index == place);
            is_whole.then(|| numbered.into_iter().map(|(_, vector)| vector).collect())
        }
        Dialect::Anthropic => None,
    }
}

/// Reads a vector; one that points nowhere, or holds what is no number, is none.
fn vector(value: &Value) -> Option<Vec<f32>> {
    let numbers = value.as_array()?;
    if !(2..=MOST).contains(&numbers.len()) {
        return None;
    }
    let vector: Vec<f32> = numbers
        .iter()
        .map(|number| {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "a vector's direction needs no more than 24 bits"
            )]
            let number = number.as_f64()? as f32;
            number.is_finite().then_some(number)
        })
        .collect::<Option<_>>()?;
    let length: f32 = vector.iter().map(|number| number * number).sum();
    (length > 0.0 && length.is_finite()).then_some(vector)
}

fn odd(model: &ModelId, what: &str) -> Failure {
    Failure::new(
        FailureKind::Corrupt,
        format!("`{model}` was asked for vectors and gave {what}"),
    )
    .with_hint("see that it is a model that makes vectors (embeddings), and no other")
}

fn refusal(model: &ModelId, status: u16, body: Option<&Value>, secret: &str) -> Failure {
    let error = body.and_then(|body| body.get("error"));
    let words = error.and_then(|error| error.get("message").unwrap_or(error).as_str());
    let mut words = line(words.unwrap_or_default(), 200);
    if !secret.is_empty() {
        words = words.replace(secret, "[key]");
    }
    let text = format!("`{model}` answered {status} when it was asked for vectors: {words}");
    match status {
        401 | 403 => Failure::new(FailureKind::Refused, text)
            .with_hint(format!("store its key: venom keys set {}", model.provider())),
        404 => Failure::new(FailureKind::Missing, text).with_hint(
            "see that the model is there and makes vectors, and that the provider's address is right",
        ),
        408 | 429 | 500..=599 => {
            Failure::new(FailureKind::Unavailable, text).with_hint("try again in a moment")
        }
        _ => Failure::new(FailureKind::Refused, text)
            .with_hint("see that it is a model that makes vectors (embeddings), and no other"),
    }
}

#[cfg(test)]
mod tests;
