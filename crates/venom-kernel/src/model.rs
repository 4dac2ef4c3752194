//! Models: what is asked of a language model and what comes back, whoever provides it.
//!
//! A [`Request`] says everything that the answer depends on, so that its canonical form can be kept,
//! compared and answered from the log. Adapters turn it into the dialect of one provider; nothing of
//! a dialect is seen here. Images are named by the hash of their bytes and handed over beside the
//! request.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::digest::{BlobId, Digest};

mod catalogue;
mod usage;

pub use catalogue::{Kind, ModelInfo, Privacy};
pub use usage::{Price, Usage};

/// Longest id of a model, in bytes.
const LONGEST_ID: usize = 200;

/// Names a model: the provider's name in the configuration, a slash, and the name by which the
/// provider knows the model, such as `anthropic/claude-opus-4-5`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct ModelId(String);

/// The reason why a text is no id of a model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a model: write the provider, a slash and its name, such as `ollama/llama3.1`"
)]
pub struct NoModelId(String);

impl ModelId {
    /// Returns the provider's name in the configuration.
    pub fn provider(&self) -> &str {
        self.0.split_once('/').map_or("", |(provider, _)| provider)
    }

    /// Returns the name by which the provider knows the model; it may hold slashes and colons.
    pub fn name(&self) -> &str {
        self.0.split_once('/').map_or("", |(_, name)| name)
    }

    /// Returns the whole id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ModelId {
    type Err = NoModelId;

    fn from_str(text: &str) -> Result<Self, NoModelId> {
        let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        match text.split_once('/') {
            Some((provider, name))
                if text.len() <= LONGEST_ID
                    && !provider.is_empty()
                    && provider.chars().all(is_word)
                    && !name.is_empty()
                    && name
                        .chars()
                        .all(|c| is_word(c) || matches!(c, '/' | ':' | '@' | '+')) =>
            {
                Ok(Self(text.to_owned()))
            }
            _ => Err(NoModelId(text.chars().take(80).collect())),
        }
    }
}

impl<'de> Deserialize<'de> for ModelId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// What a model is asked. It does not say which model: the same request may go to another one.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Request {
    /// What the model is told about its role and its rules, before everything else.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub system: String,
    /// The conversation so far; the last message is the user's or holds results of tools.
    pub messages: Vec<Message>,
    /// The tools that may be called.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<Tool>,
    /// Whether a tool has to be called.
    #[serde(default)]
    pub choice: Choice,
    /// JSON Schema that the text of the answer has to fit; none means free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
    /// The most tokens that may be produced, thinking included.
    pub max_tokens: u32,
    /// How freely the model chooses, in thousandths; none means as the provider does by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<u16>,
    /// How many tokens the model may think before it answers; none means not at all, or as the model
    /// does by itself where that cannot be set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thinking: Option<u32>,
    /// Texts at which the answer ends; they are not part of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stop: Vec<String>,
}

impl Request {
    /// Returns the digest of the canonical form: two requests with the same one ask the same.
    pub fn digest(&self) -> Digest {
        Digest::of(self)
    }

    /// Lists the images that have to be handed over with the request, each once.
    pub fn images(&self) -> std::collections::BTreeSet<BlobId> {
        self.messages
            .iter()
            .flat_map(|message| &message.parts)
            .filter_map(|part| match part {
                Part::Image { blob, .. } => Some(blob.clone()),
                Part::Text { .. }
                | Part::Thinking { .. }
                | Part::ToolCall(_)
                | Part::ToolResult { .. } => None,
            })
            .collect()
    }
}

/// One message of a conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Who says it.
    pub role: Role,
    /// What is said, in order.
    pub parts: Vec<Part>,
}

impl Message {
    /// Makes a message of the user's that is one text.
    pub fn user(text: impl Into<String>) -> Self {
        Self {
            role: Role::User,
            parts: vec![Part::text(text)],
        }
    }

    /// Makes a message of the model's.
    pub const fn assistant(parts: Vec<Part>) -> Self {
        Self {
            role: Role::Assistant,
            parts,
        }
    }
}

/// Who says a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Whoever asks, results of tools included.
    User,
    /// The model.
    Assistant,
}

/// A part of a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Part {
    /// Text.
    Text {
        /// The text.
        text: String,
    },
    /// A picture.
    Image {
        /// Its media type, such as `image/png`.
        media: String,
        /// The hash of its bytes.
        blob: BlobId,
    },
    /// What the model thought before it answered. It goes back to the provider as it came, and to no
    /// other provider.
    Thinking {
        /// The text, as far as it is shown.
        text: String,
        /// What the provider wants back with it; nobody else reads it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seal: Option<String>,
    },
    /// A wish of the model's to call a tool.
    ToolCall(ToolCall),
    /// What a tool gave.
    ToolResult {
        /// The call.
        id: String,
        /// What it gave, as text.
        text: String,
        /// Whether the call failed.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        is_error: bool,
    },
}

impl Part {
    /// Makes a part that is text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text { text: text.into() }
    }
}

/// A model's wish to call a tool.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolCall {
    /// Names this call among those of its conversation.
    pub id: String,
    /// The tool.
    pub name: String,
    /// What it is called with; always an object.
    pub arguments: Value,
    /// What the provider wants back with the call; nobody else reads it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seal: Option<String>,
}

/// A tool that a model may call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tool {
    /// Its name: letters, digits, `_` and `-`, at most 64.
    pub name: String,
    /// What it does and when it is of use.
    pub description: String,
    /// JSON Schema of its arguments; an object.
    pub parameters: Value,
}

/// Whether a tool has to be called.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Choice {
    /// The model decides.
    #[default]
    Auto,
    /// Some tool has to be called.
    Any,
    /// No tool may be called.
    None,
    /// This tool has to be called.
    Tool(String),
}

/// What a model answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// The answer, in order: text, thinking and wishes to call tools.
    pub parts: Vec<Part>,
    /// Why it ended.
    pub stop: Stop,
    /// What it used.
    pub usage: Usage,
    /// The model that answered, in the provider's words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub model: String,
    /// How the provider names this call, for asking about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl Reply {
    /// Returns the text of the answer.
    pub fn text(&self) -> String {
        self.parts
            .iter()
            .filter_map(|part| match part {
                Part::Text { text } => Some(text.as_str()),
                Part::Image { .. }
                | Part::Thinking { .. }
                | Part::ToolCall(_)
                | Part::ToolResult { .. } => None,
            })
            .collect()
    }

    /// Lists the wishes to call tools, in order. An answer that was cut off has none that may be
    /// followed: see [`Stop::is_whole`].
    pub fn calls(&self) -> impl Iterator<Item = &ToolCall> {
        self.parts.iter().filter_map(|part| match part {
            Part::ToolCall(call) => Some(call),
            Part::Text { .. }
            | Part::Image { .. }
            | Part::Thinking { .. }
            | Part::ToolResult { .. } => None,
        })
    }
}

/// Why an answer ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stop {
    /// The model was done.
    End,
    /// The model waits for results of tools.
    Tools,
    /// One of the request's texts to stop at came.
    Text,
    /// The most tokens were produced; the answer is cut off.
    Length,
    /// The conversation does not fit the model's context; the answer is cut off, or there is none.
    Context,
    /// The model, or who guards it, does not want to answer.
    Refused,
    /// Something else, in the provider's words.
    Other(String),
}

impl Stop {
    /// Tells whether the answer is all that the model wanted to say.
    pub const fn is_whole(&self) -> bool {
        match self {
            Self::End | Self::Tools | Self::Text => true,
            Self::Length | Self::Context | Self::Refused | Self::Other(_) => false,
        }
    }
}

/// A piece of an answer while it comes. Pieces are for people who watch: only the [`Reply`] counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delta {
    /// More of the text.
    Text(String),
    /// More of the thinking.
    Thinking(String),
    /// A wish to call a tool begins.
    Tool {
        /// The tool.
        name: String,
    },
    /// More of the arguments of the latest wish, as JSON text.
    Arguments(String),
}

#[cfg(test)]
mod tests;
