//! Ollama's `/api/chat`.
//!
//! Calls have no ids here, and their arguments come whole.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use venom_kernel::effect::Failure;
use venom_kernel::model::{Choice, Message, Part, Role, Stop};

use super::{Ask, Outgoing, list, outgoing, text, texts, under};
use crate::draft::{Draft, Reported, count};
use crate::flaw::{Flaw, Said};
use crate::provider::prompt_tokens;

/// The smallest window that is asked for. It is what the server takes by itself.
const SMALLEST_WINDOW: u64 = 4_096;

/// Writes a request.
pub(super) fn write(ask: &Ask<'_>) -> Result<Outgoing, Failure> {
    let request = ask.request;
    let mut messages = Vec::new();
    let system = ask.system();
    if !system.is_empty() {
        messages.push(json!({"role": "system", "content": system}));
    }
    let mut names = BTreeMap::new();
    for message in &request.messages {
        match message.role {
            Role::User => user(ask, message, &names, &mut messages)?,
            Role::Assistant => messages.push(assistant(message, &mut names)),
        }
    }
    let mut options = json!({
        "num_predict": request.max_tokens,
        "num_ctx": window(ask),
    });
    if let Some(temperature) = request.temperature {
        options["temperature"] = json!(f64::from(temperature) / 1_000.0);
    }
    if !request.stop.is_empty() {
        options["stop"] = json!(request.stop);
    }
    let mut body = json!({
        "model": ask.name,
        "messages": messages,
        "stream": true,
        "options": options,
    });
    // There is no way to demand a call, or to forbid one but by hiding the tools.
    if !request.tools.is_empty() && request.choice != Choice::None {
        let tools: Vec<Value> = request
            .tools
            .iter()
            .filter(|tool| match &request.choice {
                Choice::Tool(name) => *name == tool.name,
                Choice::Auto | Choice::Any | Choice::None => true,
            })
            .map(|tool| {
                json!({"type": "function", "function": {
                    "name": tool.name,
                    "description": tool.description,
                    "parameters": tool.parameters,
                }})
            })
            .collect();
        body["tools"] = tools.into();
    }
    if let Some(schema) = ask.schema() {
        body["format"] = schema.clone();
    }
    if ask.info.thinking {
        body["think"] = request.thinking.is_some().into();
    }
    let url = under(ask.base, "api", &["chat"])?;
    outgoing(url, Vec::new(), &body)
}

/// Returns the window that the conversation needs. The server cuts off what does not fit its own without
/// a word; and as it loads the model anew for another window, the size goes up in powers of two.
fn window(ask: &Ask<'_>) -> u64 {
    let needed = prompt_tokens(ask.request)
        // A guess by bytes may be too small by half.
        .saturating_mul(3)
        .div_ceil(2)
        .saturating_add(u64::from(ask.request.max_tokens));
    let most = ask.info.context.max(SMALLEST_WINDOW);
    needed
        .checked_next_power_of_two()
        .unwrap_or(most)
        .clamp(SMALLEST_WINDOW, most)
}

fn user(
    ask: &Ask<'_>,
    message: &Message,
    names: &BTreeMap<String, String>,
    messages: &mut Vec<Value>,
) -> Result<(), Failure> {
    let mut images = Vec::new();
    let mut has_text = false;
    for part in &message.parts {
        match part {
            Part::ToolResult { id, text, is_error } => {
                let text = if *is_error {
                    format!("The call failed: {text}")
                } else {
                    text.clone()
                };
                let mut result = json!({"role": "tool", "content": text});
                if let Some(name) = names.get(id) {
                    result["tool_name"] = name.as_str().into();
                }
                messages.push(result);
            }
            Part::Text { .. } => has_text = true,
            Part::Image { blob, .. } => images.push(ask.image(blob)?),
            Part::Thinking { .. } | Part::ToolCall(_) => {}
        }
    }
    if has_text || !images.is_empty() {
        let mut written = json!({"role": "user", "content": texts(message)});
        if !images.is_empty() {
            written["images"] = images.into();
        }
        messages.push(written);
    }
    Ok(())
}

fn assistant(message: &Message, names: &mut BTreeMap<String, String>) -> Value {
    let mut written = Map::new();
    written.insert("role".to_owned(), "assistant".into());
    written.insert("content".to_owned(), texts(message).into());
    let mut calls = Vec::new();
    for part in &message.parts {
        match part {
            Part::ToolCall(call) => {
                names.insert(call.id.clone(), call.name.clone());
                calls.push(json!({"function": {
                    "name": call.name, "arguments": call.arguments,
                }}));
            }
            Part::Text { .. }
            | Part::Image { .. }
            | Part::Thinking { .. }
            | Part::ToolResult { .. } => {}
        }
    }
    if !calls.is_empty() {
        written.insert("tool_calls".to_owned(), calls.into());
    }
    Value::Object(written)
}

/// Reads a line of an answer.
pub(super) fn read(piece: &Value, draft: &mut Draft) -> Result<(), Flaw> {
    if piece.get("error").is_some_and(|error| !error.is_null()) {
        return Err(Flaw::Said(Said::read(piece).unwrap_or_default()));
    }
    if piece.get("message").is_none() && piece.get("done").is_none() {
        return Err(Flaw::Shape("a line has no `message`".to_owned()));
    }
    draft.set_model(piece.get("model").and_then(Value::as_str));
    let none = Value::Null;
    let message = piece.get("message").unwrap_or(&none);
    if !message.is_null() && !message.is_object() {
        return Err(Flaw::Shape("`message` is no object".to_owned()));
    }
    draft.thinking(text(message, "thinking")?.unwrap_or_default())?;
    draft.text(text(message, "content")?.unwrap_or_default())?;
    for call in list(message, "tool_calls")? {
        let function = call.get("function").unwrap_or(&none);
        let name = text(function, "name")?.unwrap_or_default();
        let id = text(call, "id")?.unwrap_or_default();
        let key = draft.calls();
        draft.begin_call(key, id, name)?;
        match function.get("arguments") {
            None | Some(Value::Null) => {}
            Some(args @ (Value::Object(_) | Value::String(_))) => draft.set_arguments(key, args)?,
            Some(_) => {
                return Err(Flaw::Shape(
                    "the arguments of a call are no object".to_owned(),
                ));
            }
        }
    }
    match piece.get("done") {
        None | Some(Value::Null | Value::Bool(false)) => Ok(()),
        Some(Value::Bool(true)) => {
            draft.reported = Reported {
                input: count(piece.get("prompt_eval_count")),
                output: count(piece.get("eval_count")),
                ..Reported::default()
            };
            match text(piece, "done_reason")? {
                None | Some("stop" | "") => draft.set_stop(Stop::End),
                Some("length") => draft.set_stop(Stop::Length),
                Some(other) => draft.set_stop(Stop::Other(venom_kernel::plain::line(other, 60))),
            }
            Ok(())
        }
        Some(_) => Err(Flaw::Shape("`done` is neither true nor false".to_owned())),
    }
}

#[cfg(test)]
mod tests;
