//! CloudEvents 1.0 over HTTP, in both forms of the HTTP protocol binding.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};
use venom_kernel::plain::line;
use venom_kernel::time::Timestamp;
use venom_ports::{Failure, FailureKind};

use super::answer;
use super::client::Reply;
use super::failure;

/// The media type of an event that is one document.
const STRUCTURED: &str = "application/cloudevents+json";

/// How an event is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The whole event is the body.
    Structured,
    /// The data is the body; everything else stands in headers.
    Binary,
}

/// What the events of a function say about themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The form.
    pub form: Form,
    /// The attribute `type`.
    pub kind: String,
    /// The attribute `source`.
    pub source: String,
}

/// An event as it is sent.
pub(super) struct Written {
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
}

impl Event {
    /// Writes an event. Its id is the key of the call: receivers take two events with the same source
    /// and id for one.
    pub(super) fn write(&self, key: &str, at: Timestamp, subject: &str, data: &Value) -> Written {
        let time = jiff::Timestamp::from_microsecond(at.micros())
            .unwrap_or_default()
            .to_string();
        match self.form {
            Form::Structured => {
                let mut event = json!({
                    "specversion": "1.0",
                    "id": key,
                    "source": self.source,
                    "type": self.kind,
                    "subject": subject,
                    "time": time,
                    "datacontenttype": "application/json",
                });
                if let (Some(event), false) = (event.as_object_mut(), data.is_null()) {
                    event.insert("data".to_owned(), data.clone());
                }
                Written {
                    headers: vec![("content-type", format!("{STRUCTURED}; charset=utf-8"))],
                    body: event.to_string().into_bytes(),
                }
            }
            Form::Binary => Written {
                headers: vec![
                    ("content-type", "application/json".to_owned()),
                    ("ce-specversion", "1.0".to_owned()),
                    ("ce-id", header(key)),
                    ("ce-source", header(&self.source)),
                    ("ce-type", header(&self.kind)),
                    ("ce-subject", header(subject)),
                    ("ce-time", header(&time)),
                ],
                body: data.to_string().into_bytes(),
            },
        }
    }
}

/// Writes an attribute as a header's value: section 3.1.3.2 of the HTTP protocol binding.
fn header(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_graphic() && byte != b'"' && byte != b'%' {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// Reads an answer, which may be an event itself or plain JSON.
pub(super) fn read(reply: &Reply) -> Result<Value, Failure> {
    // So Google's frameworks acknowledge an event, and call it a page.
    if reply.body.trim_ascii() == b"OK" {
        return Ok(Value::from("OK"));
    }
    if reply.media() != STRUCTURED {
        return answer::value(reply);
    }
    let refused = |why: &str| {
        failure(
            FailureKind::Corrupt,
            format!("the answer is no CloudEvent, though it says so: {why}"),
        )
    };
    let event: Map<String, Value> = serde_json::from_slice(&reply.body)
        .map_err(|error| refused(&line(&error.to_string(), 120)))?;
    for name in ["specversion", "id", "source", "type"] {
        if event
            .get(name)
            .and_then(Value::as_str)
            .is_none_or(str::is_empty)
        {
            return Err(refused(&format!("it has no `{name}`")));
        }
    }
    if event.contains_key("data_base64") {
        return Err(refused(
            "its data is bytes, and a function answers with JSON",
        ));
    }
    Ok(event.get("data").cloned().unwrap_or_default())
}

#[cfg(test)]
mod tests;
