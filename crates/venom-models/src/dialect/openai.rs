//! `OpenAI`'s chat completions, as `OpenAI` and the many servers that follow it speak them.

use serde_json::{Map, Value, json};
use venom_kernel::effect::Failure;
use venom_kernel::model::{Choice, Message, Part, Role, Stop};

use super::{Ask, Outgoing, list, outgoing, text, texts, under};
use crate::draft::{Draft, Reported, count};
use crate::flaw::{Flaw, Said};

/// The host whose newer models refuse the older name of the limit.
const FIRST: &str = "api.openai.com";

/// Writes a request.
pub(super) fn write(ask: &Ask<'_>) -> Result<Outgoing, Failure> {
    let request = ask.request;
    let mut messages = Vec::new();
    let system = ask.system();
    if !system.is_empty() {
        messages.push(json!({"role": "system", "content": system}));
    }
    for message in &request.messages {
        match message.role {
            Role::User => user(ask, message, &mut messages)?,
            Role::Assistant => messages.push(assistant(message)),
        }
    }
    let limit = if ask.base.host_str() == Some(FIRST) {
        "max_completion_tokens"
    } else {
        "max_tokens"
    };
    let mut body = json!({
        "model": ask.name,
        "messages": messages,
        "stream": true,
        "stream_options": {"include_usage": true},
        limit: request.max_tokens,
    });
    if !request.tools.is_empty() {
        let tools: Vec<Value> = request
            .tools
            .iter()
            .map(|tool| {
                json!({"type": "function", "function": {
                    "name": tool.name,
                    "description": tool.description,
                    "parameters": tool.parameters,
                }})
            })
            .collect();
        body["tools"] = tools.into();
        match &request.choice {
            // What is meant if nothing is said; some servers take nothing else.
            Choice::Auto => {}
            Choice::Any => body["tool_choice"] = "required".into(),
            Choice::None => body["tool_choice"] = "none".into(),
            Choice::Tool(name) => {
                body["tool_choice"] = json!({"type": "function", "function": {"name": name}});
            }
        }
    }
    if let Some(schema) = ask.schema() {
        body["response_format"] = json!({"type": "json_schema", "json_schema": {
            "name": "answer",
            "schema": schema,
            "strict": is_strict(schema),
        }});
    }
    if let Some(temperature) = request.temperature {
        body["temperature"] = json!(f64::from(temperature) / 1_000.0);
    }
    if let Some(tokens) = request.thinking.filter(|_| ask.info.thinking) {
        body["reasoning_effort"] = effort(tokens).into();
    }
    if !request.stop.is_empty() {
        body["stop"] = json!(request.stop);
    }
    let url = under(ask.base, "", &["chat", "completions"])?;
    outgoing(url, Vec::new(), &body)
}

/// Puts a number of tokens into the words that providers have for it. Chosen: the middle is what
/// providers do by themselves.
pub(super) const fn effort(tokens: u32) -> &'static str {
    match tokens {
        0..2_048 => "low",
        2_048..16_384 => "medium",
        16_384.. => "high",
    }
}

fn user(ask: &Ask<'_>, message: &Message, messages: &mut Vec<Value>) -> Result<(), Failure> {
    let mut content = Vec::new();
    let mut has_image = false;
    for part in &message.parts {
        match part {
            Part::ToolResult { id, text, is_error } => {
                let text = if *is_error {
                    format!("The call failed: {text}")
                } else {
                    text.clone()
                };
                messages.push(json!({"role": "tool", "tool_call_id": id, "content": text}));
            }
            Part::Text { text } => content.push(json!({"type": "text", "text": text})),
            Part::Image { media, blob } => {
                has_image = true;
                let data = ask.image(blob)?;
                content.push(json!({"type": "image_url", "image_url": {
                    "url": format!("data:{media};base64,{data}"),
                }}));
            }
            Part::Thinking { .. } | Part::ToolCall(_) => {}
        }
    }
    if has_image {
        messages.push(json!({"role": "user", "content": content}));
    } else if !content.is_empty() {
        // Small servers take a text where they do not take a list.
        messages.push(json!({"role": "user", "content": texts(message)}));
    }
    Ok(())
}

fn assistant(message: &Message) -> Value {
    let mut calls = Vec::new();
    for part in &message.parts {
        match part {
            Part::ToolCall(call) => calls.push(json!({
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments.to_string()},
            })),
            Part::Text { .. }
            | Part::Image { .. }
            | Part::Thinking { .. }
            | Part::ToolResult { .. } => {}
        }
    }
    let said = texts(message);
    let mut written = Map::new();
    written.insert("role".to_owned(), "assistant".into());
    // Nothing said is null beside calls, and an empty text alone.
    let content = if said.is_empty() && !calls.is_empty() {
        Value::Null
    } else {
        said.into()
    };
    written.insert("content".to_owned(), content);
    if !calls.is_empty() {
        written.insert("tool_calls".to_owned(), calls.into());
    }
    Value::Object(written)
}

/// Tells whether a schema is one that can be kept to strictly: every object is closed and needs all of
/// its members.
fn is_strict(schema: &Value) -> bool {
    match schema {
        Value::Object(map) => {
            let is_closed = match map.get("properties").and_then(Value::as_object) {
                None => map.get("type").and_then(Value::as_str) != Some("object"),
                Some(members) => {
                    let needed = map.get("required").and_then(Value::as_array);
                    map.get("additionalProperties") == Some(&Value::Bool(false))
                        && members.keys().all(|name| {
                            needed.is_some_and(|needed| {
                                needed.iter().any(|n| n.as_str() == Some(name))
                            })
                        })
                }
            };
            is_closed && map.values().all(is_strict)
        }
        Value::Array(list) => list.iter().all(is_strict),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}

/// Reads a piece of an answer, or a whole answer of a server that does not stream.
pub(super) fn read(piece: &Value, draft: &mut Draft) -> Result<(), Flaw> {
    if piece.get("error").is_some_and(|error| !error.is_null()) {
        return Err(Flaw::Said(Said::read(piece).unwrap_or_default()));
    }
    draft.set_model(piece.get("model").and_then(Value::as_str));
    draft.set_request_id(piece.get("id").and_then(Value::as_str));
    if let Some(usage) = piece.get("usage").filter(|usage| usage.is_object()) {
        draft.reported = reported(usage);
    }
    let choices = match piece.get("choices") {
        None => {
            // What announces itself as something else than an answer is none.
            return match piece.get("detail") {
                Some(_) => Err(Flaw::Said(Said::read(piece).unwrap_or_default())),
                None if piece.get("usage").is_some() || piece.get("object").is_some() => Ok(()),
                None => Err(Flaw::Shape("a piece has no `choices`".to_owned())),
            };
        }
        Some(_) => list(piece, "choices")?,
    };
    // Nobody asked for several answers.
    let Some(choice) = choices
        .iter()
        .find(|choice| choice.get("index").and_then(Value::as_u64).unwrap_or(0) == 0)
    else {
        return Ok(());
    };
    if let Some(delta) = choice.get("delta").or_else(|| choice.get("message")) {
        read_delta(delta, draft)?;
    }
    match text(choice, "finish_reason")? {
        None | Some("") => {}
        Some("stop" | "eos") => {
            if !matches!(draft.stop(), Some(Stop::Refused)) {
                draft.set_stop(Stop::End);
            }
        }
        Some("tool_calls" | "function_call") => draft.set_stop(Stop::Tools),
        Some("length" | "max_tokens") => draft.set_stop(Stop::Length),
        Some("model_length") => draft.set_stop(Stop::Context),
        Some("content_filter") => draft.set_stop(Stop::Refused),
        Some("error") => {
            return Err(Flaw::Said(Said {
                kind: "server_error".to_owned(),
                ..Said::default()
            }));
        }
        Some(other) => draft.set_stop(Stop::Other(venom_kernel::plain::line(other, 60))),
    }
    Ok(())
}

fn read_delta(delta: &Value, draft: &mut Draft) -> Result<(), Flaw> {
    if delta.is_null() {
        return Ok(());
    }
    if !delta.is_object() {
        return Err(Flaw::Shape("`delta` is no object".to_owned()));
    }
    let thinking = match text(delta, "reasoning_content")? {
        Some(thinking) => Some(thinking),
        // Others have a text or an object under this name; only the text is thinking.
        None => delta.get("reasoning").and_then(Value::as_str),
    };
    draft.thinking(thinking.unwrap_or_default())?;
    draft.text(text(delta, "content")?.unwrap_or_default())?;
    if let Some(refusal) = text(delta, "refusal")?.filter(|refusal| !refusal.is_empty()) {
        draft.text(refusal)?;
        draft.set_stop(Stop::Refused);
    }
    for call in list(delta, "tool_calls")? {
        let none = Value::Null;
        let function = call.get("function").unwrap_or(&none);
        let id = text(call, "id")?.unwrap_or_default();
        let name = text(function, "name")?.unwrap_or_default();
        let key = match call.get("index") {
            None | Some(Value::Null) if id.is_empty() && name.is_empty() => {
                draft.calls().saturating_sub(1)
            }
            None | Some(Value::Null) => draft.calls(),
            Some(index) => index
                .as_u64()
                .ok_or_else(|| Flaw::Shape("the number of a call is no number".to_owned()))?,
        };
        // Some number all calls alike and tell them apart by their ids; some repeat name and id with
        // every piece.
        if !draft.has_call(key, id) {
            draft.begin_call(key, id, name)?;
        }
        match function.get("arguments") {
            None | Some(Value::Null) => {}
            Some(Value::String(more)) => draft.arguments(key, more)?,
            Some(whole @ Value::Object(_)) => draft.set_arguments(key, whole)?,
            Some(_) => {
                return Err(Flaw::Shape(
                    "the arguments of a call are no text".to_owned(),
                ));
            }
        }
    }
    Ok(())
}

/// Reads what was used. What came from the cache, and what was thought, is part of the totals.
fn reported(usage: &Value) -> Reported {
    let of = |name: &str| count(usage.get(name));
    let within =
        |group: &str, name: &str| count(usage.get(group).and_then(|group| group.get(name)));
    let prompt = of("prompt_tokens");
    let read = within("prompt_tokens_details", "cached_tokens")
        .or_else(|| of("prompt_cache_hit_tokens"))
        .map(|read| read.min(prompt.unwrap_or(0)));
    let written = within("prompt_tokens_details", "cache_write_tokens")
        .map(|written| written.min(prompt.unwrap_or(0).saturating_sub(read.unwrap_or(0))));
    Reported {
        input: prompt.map(|prompt| {
            prompt
                .saturating_sub(read.unwrap_or(0))
                .saturating_sub(written.unwrap_or(0))
        }),
        output: of("completion_tokens"),
        cache_read: read,
        cache_write: written,
        thinking: within("completion_tokens_details", "reasoning_tokens"),
    }
}

#[cfg(test)]
mod tests;
