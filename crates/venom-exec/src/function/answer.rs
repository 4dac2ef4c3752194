//! Answers: what a status means, what a body holds, and how much of it is shown.

use std::time::Duration;

use serde_json::Value;
use venom_kernel::plain::line;
use venom_kernel::redact::Redactor;
use venom_kernel::time::Timestamp;
use venom_ports::{Failure, FailureKind};

use super::client::Reply;
use super::failure;
use super::retry::Setback;

/// How much of an answer is shown in a message.
const SHOWN: usize = 300;

/// Returns the beginning of a body for people, without the secrets that the call was made with.
pub(super) fn excerpt(body: &[u8], secrets: &[&str]) -> String {
    let known = secrets.iter().map(|secret| (*secret).to_owned());
    // A secret that is cut in two would not be known any more; so it is looked for before the cut.
    let head = body.get(..body.len().min(8 << 10)).unwrap_or_default();
    let text = Redactor::new(known).redact(&String::from_utf8_lossy(head));
    let text = line(&text, SHOWN);
    if text.is_empty() {
        "nothing".to_owned()
    } else {
        text
    }
}

/// Reads the JSON of an answer that says that all went well. Text that declares itself as such is taken
/// as a text; anything else is not guessed at.
pub(super) fn value(reply: &Reply) -> Result<Value, Failure> {
    if reply.body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Null);
    }
    let media = reply.media();
    match serde_json::from_slice(&reply.body) {
        Ok(value) => Ok(value),
        Err(_) if media == "text/plain" => match String::from_utf8(reply.body.clone()) {
            Ok(text) => Ok(Value::String(text)),
            Err(_) => Err(unreadable(&media, "it is no UTF-8 text")),
        },
        Err(error) => Err(unreadable(&media, &line(&error.to_string(), 120))),
    }
}

fn unreadable(media: &str, why: &str) -> Failure {
    let media = if media.is_empty() {
        "an unnamed form".to_owned()
    } else {
        line(media, 60)
    };
    failure(
        FailureKind::Corrupt,
        format!("the answer ({media}) is not JSON: {why}"),
    )
    .with_hint("a function answers with JSON or with text/plain; see that the address is the function's and not that of a page before it")
}

/// Reads how long a platform wants to be left alone: seconds, or a date.
pub(super) fn retry_after(reply: &Reply, now: Timestamp) -> Option<Duration> {
    let text = reply.header("retry-after")?;
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(&text).ok()?;
    let micros = date
        .timestamp()
        .as_microsecond()
        .saturating_sub(now.micros());
    Some(Duration::from_micros(
        u64::try_from(micros).unwrap_or_default(),
    ))
}

/// Says what a status other than success means behind plain HTTP. `said` is the beginning of the body.
pub(super) fn setback(reply: &Reply, name: &str, said: &str, now: Timestamp) -> Setback {
    let status = reply.status;
    let fail =
        |kind, what: &str| failure(kind, format!("`{name}` answered {status}, {what}: {said}"));
    match status {
        300..=399 => {
            let to = reply
                .header("location")
                .and_then(|to| reqwest::Url::parse(&to).ok())
                .and_then(|to| to.host_str().map(str::to_owned))
                .map_or_else(String::new, |host| format!(" to {}", line(&host, 100)));
            Setback::before(
                failure(
                    FailureKind::Refused,
                    format!("`{name}` answered {status}, a redirect{to}; redirects are not followed"),
                )
                .with_hint("set `url` to the function's own address; a redirect often leads to a page to sign in"),
            )
        }
        401 | 403 => Setback::before(
            fail(FailureKind::Refused, "not allowed")
                .with_hint("see that `auth` of the function is what the platform wants, and that the caller may invoke it"),
        ),
        404 | 410 => Setback::before(
            fail(FailureKind::Missing, "not there")
                .with_hint("see that `url` is the function's address and that it is deployed"),
        ),
        408 | 425 => Setback::during(fail(FailureKind::Retryable, "too slow")),
        413 => Setback::before(fail(FailureKind::Refused, "too large")),
        429 => Setback::before(fail(FailureKind::Retryable, "too busy"))
            .after(retry_after(reply, now)),
        // It says that it cannot do this at all; asking again would not help.
        501 | 505 => Setback::before(fail(FailureKind::Refused, "not possible")),
        500..=599 => Setback::during(fail(FailureKind::Retryable, "broken"))
            .after(retry_after(reply, now)),
        _ => Setback::before(fail(FailureKind::Refused, "refused")),
    }
}

#[cfg(test)]
mod tests;
