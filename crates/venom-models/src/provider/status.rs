//! Statuses other than success: what each one means, and whether asking again makes sense.

use serde_json::Value;
use venom_kernel::model::{Delta, ModelId, Part, Reply, Stop, Usage};
use venom_kernel::plain::line;
use venom_kernel::redact::{MASK, Redactor};
use venom_ports::{Failure, FailureKind};

use crate::flaw::Said;
use crate::retry::Setback;
use crate::transport::Answer;

/// What is known about an answer that is an error.
pub(super) struct Seen<'a> {
    pub(super) answer: &'a Answer,
    /// The beginning of the body.
    pub(super) body: &'a [u8],
    pub(super) model: &'a ModelId,
    /// The key that was sent.
    pub(super) secret: &'a str,
    pub(super) now: jiff::Timestamp,
}

/// Takes a key out of a failure: providers repeat keys that they refuse.
pub(super) fn without(mut failure: Failure, secret: &str) -> Failure {
    let redactor = Redactor::new([secret.to_owned()]);
    failure.message = redactor.redact(&failure.message);
    failure.hint = failure.hint.map(|hint| redactor.redact(&hint));
    failure
}

/// Takes a key out of an answer, wherever a provider or a model may repeat it. Nothing else is masked
/// here: what only looks like a secret may be what was asked for.
pub(super) fn cleansed(mut reply: Reply, secret: &str) -> Reply {
    if secret.len() < Redactor::SHORTEST {
        return reply;
    }
    let clean = |text: &mut String| {
        if text.contains(secret) {
            *text = text.replace(secret, MASK);
        }
    };
    for part in &mut reply.parts {
        match part {
            Part::Text { text } | Part::ToolResult { text, .. } => clean(text),
            Part::Thinking { text, seal } => {
                clean(text);
                seal.as_mut().map(clean);
            }
            Part::ToolCall(call) => {
                clean(&mut call.id);
                clean(&mut call.name);
                call.seal.as_mut().map(clean);
                cleanse(&mut call.arguments, &clean);
            }
            Part::Image { .. } => {}
        }
    }
    if let Stop::Other(why) = &mut reply.stop {
        clean(why);
    }
    clean(&mut reply.model);
    reply.request_id.as_mut().map(clean);
    reply
}

/// Cleans every text of a value, names of fields included.
fn cleanse(value: &mut Value, clean: &impl Fn(&mut String)) {
    match value {
        Value::String(text) => clean(text),
        Value::Array(items) => {
            for item in items {
                cleanse(item, clean);
            }
        }
        Value::Object(fields) => {
            let taken = std::mem::take(fields);
            for (mut name, mut value) in taken {
                clean(&mut name);
                cleanse(&mut value, clean);
                fields.insert(name, value);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Takes a key out of a piece of an answer.
pub(super) fn cleansed_delta(delta: Delta, secret: &str) -> Delta {
    if secret.len() < Redactor::SHORTEST {
        return delta;
    }
    let clean = |text: String| text.replace(secret, MASK);
    match delta {
        Delta::Text(text) => Delta::Text(clean(text)),
        Delta::Thinking(text) => Delta::Thinking(clean(text)),
        Delta::Tool { name } => Delta::Tool { name: clean(name) },
        Delta::Arguments(text) => Delta::Arguments(clean(text)),
    }
}

/// Makes the answer of a model whose context the conversation does not fit.
pub(super) fn too_long(request_id: Option<String>, usage: Usage) -> Reply {
    Reply {
        parts: Vec::new(),
        stop: Stop::Context,
        usage,
        model: String::new(),
        request_id,
    }
}

/// Says what a status means. A conversation that is too long is an answer and no failure.
pub(super) fn judge(seen: &Seen<'_>) -> Result<Reply, Setback> {
    let answer = seen.answer;
    let status = answer.status;
    let model = seen.model;
    let request_id = answer.request_id();
    let said = said(seen);
    if matches!(status, 400 | 413 | 422) && said.is_about_context() {
        return Ok(too_long(request_id, Usage::default()));
    }
    let fail = |kind, what: &str| {
        Failure::new(
            kind,
            format!(
                "the provider of {model} answered {status}, {what}: {}",
                said.shown()
            ),
        )
    };
    let after = answer.retry_after(seen.now).or(said.after);
    let mut setback = match status {
        300..=399 => Setback::last(
            Failure::new(
                FailureKind::Refused,
                format!(
                    "the provider of {model} answered {status}, a redirect{}; redirects are not followed, so that no key goes elsewhere",
                    target(answer)
                ),
            )
            .with_hint("set `url` to the provider's own address; a redirect often leads to a page to sign in"),
        ),
        401 | 403 => Setback::last(fail(FailureKind::Refused, "not allowed").with_hint(format!(
            "see that the key is right: venom keys set {}",
            model.provider()
        ))),
        402 => Setback::last(no_credit(fail(FailureKind::Refused, "not paid"))),
        404 | 410 => Setback::last(fail(FailureKind::Missing, "not there").with_hint(format!(
            "see that the model's name is right: `venom models test {model}` tries it, and for Ollama `ollama pull {}` fetches it",
            model.name()
        ))),
        429 if said.is_about_credit() => {
            Setback::last(no_credit(fail(FailureKind::Refused, "nothing left to spend")))
        }
        // Turned away before anything was done.
        408 | 425 | 429 => Setback::before(fail(FailureKind::Retryable, "too busy")),
        500 | 503 | 529 => Setback::before(fail(FailureKind::Retryable, "out of order")),
        // What stands behind the gateway may have worked on it.
        502 | 504 | 505..=528 | 530..=599 => Setback::last(fail(FailureKind::Retryable, "out of order")),
        // It says that it cannot do this at all; asking again would not help.
        501 => Setback::last(fail(FailureKind::Refused, "not possible")),
        413 => Setback::last(fail(FailureKind::Refused, "too large")),
        200..=299 => Setback::last(fail(FailureKind::Corrupt, "without an answer")),
        _ => Setback::last(fail(FailureKind::Refused, "refused")),
    };
    setback.after = after;
    setback.request_id = request_id;
    setback.failure = without(setback.failure, seen.secret);
    Err(setback)
}

fn no_credit(failure: Failure) -> Failure {
    failure.with_hint("see the account at the provider, or choose another model")
}

/// Reads the provider's words: its own form of an error, or the beginning of whatever it sent.
fn said(seen: &Seen<'_>) -> Said {
    // A key that is cut in two would not be known any more; so it is looked for before the cut.
    let text = String::from_utf8_lossy(seen.body);
    let text = Redactor::new([seen.secret.to_owned()]).redact(&text);
    if let Ok(value) = serde_json::from_str(&text)
        && let Some(said) = Said::read(&value)
    {
        return said;
    }
    Said {
        message: line(&text, 200),
        ..Said::default()
    }
}

/// Names the host of a redirect.
fn target(answer: &Answer) -> String {
    answer
        .header("location")
        .and_then(|to| reqwest::Url::parse(&to).ok())
        .and_then(|to| to.host_str().map(str::to_owned))
        .map_or_else(String::new, |host| format!(" to {}", line(&host, 100)))
}
