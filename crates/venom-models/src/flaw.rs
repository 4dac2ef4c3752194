//! Flaws: what can be wrong with an answer, and the failure that a user is told.

use std::time::Duration;

use venom_kernel::effect::{Failure, FailureKind};
use venom_kernel::plain::line;

/// What is wrong with an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// A line is longer than so many bytes.
    LongLine(usize),
    /// The stream is longer than so many bytes.
    Endless(usize),
    /// The answer holds more than so many pieces of a kind.
    TooMany(&'static str, usize),
    /// A piece is not JSON.
    NotJson {
        /// What a parser says.
        why: String,
        /// Whether it is the beginning of something that could be JSON.
        is_half: bool,
    },
    /// A piece is JSON of another form; with what was expected.
    Shape(String),
    /// It ended before its own mark at the end.
    Cut,
    /// A whole answer calls a tool with something that is no JSON object.
    Arguments {
        /// The tool.
        tool: String,
    },
    /// The provider says that it failed.
    Said(Said),
}

/// An error in the provider's words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Said {
    /// Its name for the kind of error.
    pub(crate) kind: String,
    /// Its message.
    pub(crate) message: String,
    /// How long it wants to be left alone.
    pub(crate) after: Option<Duration>,
}

impl Said {
    /// Reads an error of any of the dialects: `{"error": {"type", "code", "status", "message"}}`,
    /// `{"error": "text"}`, or what web frameworks say instead.
    pub(crate) fn read(value: &serde_json::Value) -> Option<Self> {
        // Gemini's errors come in a list where the answer would have been one.
        let value = match value.as_array() {
            Some(list) => list.first()?,
            None => value,
        };
        let error = value.get("error").filter(|error| !error.is_null());
        if let Some(text) = error.and_then(|error| error.as_str()) {
            return Some(Self {
                kind: String::new(),
                message: line(text, 300),
                after: None,
            });
        }
        if let Some(error) = error {
            let text = |name: &str| error.get(name).and_then(|text| text.as_str());
            let kind = ["code", "status", "type"]
                .into_iter()
                .filter_map(text)
                .collect::<Vec<_>>()
                .join(" ");
            let message = text("message").map_or_else(|| error.to_string(), str::to_owned);
            let after = error
                .get("details")
                .and_then(|details| details.as_array())
                .into_iter()
                .flatten()
                .filter_map(|detail| detail.get("retryDelay")?.as_str())
                .find_map(|text| text.strip_suffix('s')?.parse::<f64>().ok())
                .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
            return Some(Self {
                kind: line(&kind, 100),
                message: line(&message, 300),
                after,
            });
        }
        let other = value.get("detail").or_else(|| value.get("message"))?;
        let message = other
            .as_str()
            .map_or_else(|| other.to_string(), str::to_owned);
        Some(Self {
            kind: String::new(),
            message: line(&message, 300),
            after: None,
        })
    }

    /// Tells whether the conversation is too long for the model.
    pub(crate) fn is_about_context(&self) -> bool {
        const SIGNS: &[&str] = &[
            "context_length_exceeded",
            "context length",
            "context window",
            // LiteLLM's, before words that are cut off where it repeats them for each of its parts.
            "contextwindowexceeded",
            "available context size",
            "prompt is too long",
            "input token count",
            "too many tokens",
            "exceeds the maximum number of tokens",
        ];
        let message = self.message.to_lowercase();
        let kind = self.kind.to_lowercase();
        SIGNS
            .iter()
            .any(|sign| message.contains(sign) || kind.contains(sign))
    }

    /// Tells whether the account has nothing left, which waiting does not mend.
    pub(crate) fn is_about_credit(&self) -> bool {
        const SIGNS: &[&str] = &[
            "insufficient_quota",
            "billing",
            "credit balance",
            "payment required",
        ];
        let message = self.message.to_lowercase();
        let kind = self.kind.to_lowercase();
        SIGNS
            .iter()
            .any(|sign| message.contains(sign) || kind.contains(sign))
    }

    /// Says what the error means when it comes in the middle of a stream.
    fn failure_kind(&self) -> FailureKind {
        const PASSING: &[&str] = &[
            "overloaded",
            "rate_limit",
            "api_error",
            "server_error",
            "unavailable",
            "resource_exhausted",
            "internal",
            "timeout",
            "deadline",
            "429",
            "500",
            "503",
            "529",
        ];
        let kind = self.kind.to_lowercase();
        if !self.is_about_credit() && PASSING.iter().any(|sign| kind.contains(sign)) {
            FailureKind::Retryable
        } else {
            FailureKind::Refused
        }
    }

    /// Tells whether the provider was too busy to begin.
    pub(crate) fn is_about_load(&self) -> bool {
        const SIGNS: &[&str] = &[
            "overloaded",
            "rate_limit",
            "resource_exhausted",
            "unavailable",
        ];
        let kind = self.kind.to_lowercase();
        !self.is_about_credit() && SIGNS.iter().any(|sign| kind.contains(sign))
    }

    /// Returns the error for people.
    pub(crate) fn shown(&self) -> String {
        match (self.kind.is_empty(), self.message.is_empty()) {
            (true, true) => "nothing".to_owned(),
            (true, false) => self.message.clone(),
            (false, true) => self.kind.clone(),
            (false, false) => format!("{} ({})", self.message, self.kind),
        }
    }
}

impl Flaw {
    /// Returns the failure of a call of `model` at `host`.
    pub(crate) fn failure(&self, model: &str, host: &str) -> Failure {
        let corrupt = |what: String| Failure::new(FailureKind::Corrupt, what);
        let no_model =
            "see that `url` of the provider is the address of its interface, not of a page";
        match self {
            Self::LongLine(most) => corrupt(format!(
                "{host} sent a line of more than {most} bytes as an answer of {model}"
            )),
            Self::Endless(most) => corrupt(format!(
                "{host} sent more than {most} bytes as an answer of {model}"
            )),
            Self::TooMany(what, most) => {
                corrupt(format!("the answer of {model} has more than {most} {what}"))
            }
            Self::NotJson { why, .. } => corrupt(format!(
                "{host} sent something as an answer of {model} that is not JSON: {}",
                line(why, 120)
            ))
            .with_hint(no_model),
            Self::Shape(what) => corrupt(format!(
                "{host} sent an answer of {model} in a form that its dialect does not have: {}",
                line(what, 160)
            ))
            .with_hint("see that `kind` of the provider is what the server speaks"),
            Self::Cut => Failure::new(
                FailureKind::Retryable,
                format!("the answer of {model} ended before it was complete"),
            )
            .with_hint("ask again; what came was thrown away"),
            Self::Arguments { tool } => corrupt(format!(
                "{model} calls `{}` with something that is no JSON object; nothing was called",
                line(tool, 64)
            ))
            .with_hint("ask again, or choose a model that calls tools more reliably"),
            Self::Said(said) => Failure::new(
                said.failure_kind(),
                format!("{model} stopped with an error: {}", said.shown()),
            ),
        }
    }
}
