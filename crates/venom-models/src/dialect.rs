//! Dialects: how each provider wants to be asked, and how it answers.
//!
//! A dialect writes a request and reads the frames of an answer. It does neither input nor output.

pub(crate) mod anthropic;
pub(crate) mod gemini;
pub(crate) mod ollama;
pub(crate) mod openai;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use reqwest::Url;
use serde_json::Value;
use venom_kernel::digest::BlobId;
use venom_kernel::effect::{Failure, FailureKind};
use venom_kernel::model::{Message, ModelInfo, Part, Request};

use crate::draft::Draft;
use crate::flaw::{Flaw, Said};
use crate::frame::Framing;

/// The largest picture. Chosen: providers take 5 to 20 MB.
const LARGEST_IMAGE: usize = 20 << 20;

/// What a provider speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dialect {
    /// Anthropic's messages.
    Anthropic,
    /// Google's `streamGenerateContent`.
    Gemini,
    /// Ollama's `/api/chat`.
    Ollama,
    /// `OpenAI`'s chat completions, which many servers speak.
    OpenAi,
}

impl Dialect {
    /// All dialects.
    pub const ALL: [Self; 4] = [Self::Anthropic, Self::Gemini, Self::Ollama, Self::OpenAi];

    /// Returns the name that people type.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Anthropic => "anthropic",
            Self::Gemini => "gemini",
            Self::Ollama => "ollama",
            Self::OpenAi => "openai",
        }
    }

    /// Returns the address that is meant if none is given.
    pub const fn usual_url(self) -> &'static str {
        match self {
            Self::Anthropic => "https://api.anthropic.com",
            Self::Gemini => "https://generativelanguage.googleapis.com",
            Self::Ollama => "http://127.0.0.1:11434",
            Self::OpenAi => "https://api.openai.com/v1",
        }
    }

    /// Returns the variables that hold a key by custom, the best known first.
    pub const fn usual_variables(self) -> &'static [&'static str] {
        match self {
            Self::Anthropic => &["ANTHROPIC_API_KEY"],
            Self::Gemini => &["GEMINI_API_KEY", "GOOGLE_API_KEY"],
            Self::Ollama => &[],
            Self::OpenAi => &["OPENAI_API_KEY"],
        }
    }

    /// Returns the header that a key goes into, and what stands before it.
    pub(crate) const fn vouches(self) -> (&'static str, &'static str) {
        match self {
            Self::Anthropic => ("x-api-key", ""),
            Self::Gemini => ("x-goog-api-key", ""),
            Self::Ollama | Self::OpenAi => ("authorization", "Bearer "),
        }
    }

    /// Writes a request.
    pub(crate) fn write(self, ask: &Ask<'_>) -> Result<Outgoing, Failure> {
        match self {
            Self::Anthropic => anthropic::write(ask),
            Self::Gemini => gemini::write(ask),
            Self::Ollama => ollama::write(ask),
            Self::OpenAi => openai::write(ask),
        }
    }

    /// Returns the address under which the provider lists its models.
    pub(crate) fn list_url(self, base: &Url) -> Result<Url, Failure> {
        match self {
            Self::Anthropic => under(base, "v1", &["models"]),
            Self::Gemini => under(base, "v1beta", &["models"]),
            Self::Ollama => under(base, "api", &["tags"]),
            Self::OpenAi => under(base, "", &["models"]),
        }
    }

    /// Returns how a stream of this media type is cut, or nothing if it cannot be an answer.
    pub(crate) fn framing(self, media: &str) -> Option<Framing> {
        match (self, media) {
            (_, "text/html" | "application/xhtml+xml") => None,
            (Self::Ollama, _) => Some(Framing::Lines),
            (_, "application/json") => Some(Framing::Whole),
            (_, _) => Some(Framing::Events),
        }
    }

    /// Reads a frame into a draft.
    pub(crate) fn read(self, frame: &str, draft: &mut Draft) -> Result<(), Flaw> {
        if frame.trim() == "[DONE]" {
            return Ok(());
        }
        let value: Value = serde_json::from_str(frame).map_err(|error| Flaw::NotJson {
            why: error.to_string(),
            is_half: error.is_eof(),
        })?;
        if !value.is_object() {
            if let Some(said) = value.as_array().and_then(|_| Said::read(&value)) {
                return Err(Flaw::Said(said));
            }
            return Err(Flaw::Shape("a piece is no object".to_owned()));
        }
        match self {
            Self::Anthropic => anthropic::read(&value, draft),
            Self::Gemini => gemini::read(&value, draft),
            Self::Ollama => ollama::read(&value, draft),
            Self::OpenAi => openai::read(&value, draft),
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Dialect {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|dialect| dialect.name() == text)
            .ok_or_else(|| {
                let names = Self::ALL.map(Self::name).join(", ");
                format!("a kind of provider is one of {names}")
            })
    }
}

/// What is asked, of whom.
pub(crate) struct Ask<'a> {
    /// The model's name, as the provider knows it.
    pub(crate) name: &'a str,
    pub(crate) info: &'a ModelInfo,
    pub(crate) request: &'a Request,
    pub(crate) images: &'a BTreeMap<BlobId, Arc<[u8]>>,
    /// The provider's address.
    pub(crate) base: &'a Url,
}

/// A request that is ready to be sent, but for what vouches for it.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) url: Url,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

impl Ask<'_> {
    /// Returns a picture's bytes in base 64.
    fn image(&self, blob: &BlobId) -> Result<String, Failure> {
        let Some(bytes) = self.images.get(blob) else {
            return Err(Failure::new(
                FailureKind::Internal,
                format!("the request shows the picture {blob}, which was not handed over"),
            ));
        };
        if !self.info.images {
            return Err(Failure::new(
                FailureKind::Refused,
                format!("{} takes no pictures", self.info.id),
            )
            .with_hint("choose a model that takes pictures: `venom models list` says which do"));
        }
        if bytes.len() > LARGEST_IMAGE {
            return Err(Failure::new(
                FailureKind::Refused,
                format!(
                    "a picture has {} bytes; at most {LARGEST_IMAGE} are sent",
                    bytes.len()
                ),
            )
            .with_hint("make the picture smaller"));
        }
        Ok(BASE64_STANDARD.encode(bytes))
    }

    /// Returns what the model is told first; with the form of the answer where the provider does not
    /// hold it to a schema.
    fn system(&self) -> String {
        let request = self.request;
        match &request.output {
            Some(schema) if !self.info.schema => {
                let gap = if request.system.is_empty() {
                    ""
                } else {
                    "\n\n"
                };
                format!(
                    "{}{gap}Answer with JSON alone, without a fence and without other words. It has to fit this JSON Schema:\n{schema}",
                    request.system
                )
            }
            Some(_) | None => request.system.clone(),
        }
    }

    /// Returns the schema that the provider holds the answer to.
    fn schema(&self) -> Option<&Value> {
        self.request.output.as_ref().filter(|_| self.info.schema)
    }
}

/// Ends a request.
fn outgoing(
    url: Url,
    headers: Vec<(&'static str, String)>,
    body: &Value,
) -> Result<Outgoing, Failure> {
    let body = serde_json::to_vec(body).map_err(|error| {
        Failure::new(
            FailureKind::Internal,
            format!("the request cannot be written as JSON: {error}"),
        )
    })?;
    Ok(Outgoing { url, headers, body })
}

/// Returns an address below the provider's: with the version of the interface, unless the address
/// ends with it already.
pub(crate) fn under(base: &Url, version: &str, path: &[&str]) -> Result<Url, Failure> {
    let mut url = base.clone();
    let ends_with_it = url
        .path_segments()
        .and_then(|mut segments| segments.rfind(|segment| !segment.is_empty()))
        .is_some_and(|last| last == version);
    url.path_segments_mut()
        .map_err(|()| {
            Failure::new(
                FailureKind::Refused,
                "the provider's address cannot have a path",
            )
        })?
        .pop_if_empty()
        .extend((!version.is_empty() && !ends_with_it).then_some(version))
        .extend(path);
    Ok(url)
}

/// Takes the mark of its dialect off a seal; a seal of another dialect is nobody's business.
fn unseal<'a>(seal: Option<&'a String>, dialect: &str) -> Option<&'a str> {
    seal?.strip_prefix(dialect)?.strip_prefix(':')
}

/// Returns the texts of a message as one.
fn texts(message: &Message) -> String {
    let mut all = String::new();
    for part in &message.parts {
        match part {
            Part::Text { text } => {
                if !all.is_empty() && !text.is_empty() {
                    all.push('\n');
                }
                all.push_str(text);
            }
            Part::Image { .. }
            | Part::Thinking { .. }
            | Part::ToolCall(_)
            | Part::ToolResult { .. } => {}
        }
    }
    all
}

/// Reads a text that may be missing or null, and nothing else.
fn text<'a>(value: &'a Value, name: &str) -> Result<Option<&'a str>, Flaw> {
    match value.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Flaw::Shape(format!("`{name}` is no text"))),
    }
}

/// Reads a list that may be missing or null, and nothing else.
fn list<'a>(value: &'a Value, name: &str) -> Result<&'a [Value], Flaw> {
    match value.get(name) {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(list)) => Ok(list),
        Some(_) => Err(Flaw::Shape(format!("`{name}` is no list"))),
    }
}

#[cfg(test)]
mod tests;
