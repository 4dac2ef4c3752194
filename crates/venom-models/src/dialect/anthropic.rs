//! Anthropic's messages.

use serde_json::{Map, Value, json};
use venom_kernel::effect::Failure;
use venom_kernel::model::{Choice, Message, Part, Role, Stop};

use super::openai::effort;
use super::{Ask, Outgoing, list, outgoing, text, under, unseal};
use crate::draft::{Draft, count};
use crate::flaw::{Flaw, Said};

/// What marks the seals of this dialect.
const MARK: &str = "anthropic";
/// What marks thinking that only the provider can read.
const HIDDEN: &str = "anthropic-hidden";
/// The fewest tokens that may be set aside for thinking.
const LEAST_THINKING: u32 = 1_024;

/// Writes a request.
pub(super) fn write(ask: &Ask<'_>) -> Result<Outgoing, Failure> {
    let request = ask.request;
    let mut messages: Vec<Value> = Vec::new();
    let mut last_role = None;
    for message in &request.messages {
        let parts = content(ask, message)?;
        if parts.is_empty() {
            continue;
        }
        // Two messages of the same side in a row are one.
        if last_role == Some(message.role) {
            if let Some(Value::Array(before)) =
                messages.last_mut().and_then(|last| last.get_mut("content"))
            {
                before.extend(parts);
            }
            continue;
        }
        last_role = Some(message.role);
        let role = match message.role {
            Role::User => "user",
            Role::Assistant => "assistant",
        };
        messages.push(json!({"role": role, "content": parts}));
    }
    // The next turn reads everything up to here from the cache.
    if let Some(last) = messages
        .last_mut()
        .and_then(|last| last.get_mut("content")?.as_array_mut()?.last_mut())
    {
        cache(last);
    }
    let mut body = json!({
        "model": ask.name,
        "max_tokens": request.max_tokens.max(1),
        "messages": messages,
        "stream": true,
    });
    let system = ask.system();
    if !system.is_empty() {
        let mut block = json!({"type": "text", "text": system});
        cache(&mut block);
        body["system"] = json!([block]);
    }
    if !request.tools.is_empty() {
        let tools: Vec<Value> = request
            .tools
            .iter()
            .map(|tool| {
                json!({
                    "name": tool.name,
                    "description": tool.description,
                    "input_schema": tool.parameters,
                })
            })
            .collect();
        body["tools"] = tools.into();
        body["tool_choice"] = match &request.choice {
            Choice::Auto => json!({"type": "auto"}),
            Choice::Any => json!({"type": "any"}),
            Choice::None => json!({"type": "none"}),
            Choice::Tool(name) => json!({"type": "tool", "name": name}),
        };
    }
    let mut output = Map::new();
    if let Some(schema) = ask.schema() {
        output.insert(
            "format".to_owned(),
            json!({"type": "json_schema", "schema": schema}),
        );
    }
    // A model may not be made to call a tool while it thinks.
    let may_think = matches!(request.choice, Choice::Auto | Choice::None);
    let thinking = request.thinking.filter(|_| ask.info.thinking && may_think);
    match thinking {
        Some(tokens) if chooses_by_itself(ask.name) => {
            body["thinking"] = json!({"type": "adaptive"});
            output.insert("effort".to_owned(), effort(tokens).into());
        }
        Some(tokens) if request.max_tokens > LEAST_THINKING => {
            let most = request.max_tokens.saturating_sub(1);
            let tokens = tokens.max(LEAST_THINKING).min(most);
            body["thinking"] = json!({"type": "enabled", "budget_tokens": tokens});
        }
        Some(_) | None => {
            if let Some(temperature) = request.temperature {
                // The interface ends at one.
                body["temperature"] = json!(f64::from(temperature.min(1_000)) / 1_000.0);
            }
        }
    }
    if !output.is_empty() {
        body["output_config"] = Value::Object(output);
    }
    if !request.stop.is_empty() {
        body["stop_sequences"] = json!(request.stop);
    }
    let url = under(ask.base, "v1", &["messages"])?;
    let headers = vec![("anthropic-version", "2023-06-01".to_owned())];
    outgoing(url, headers, &body)
}

/// Tells whether a model decides by itself how long it thinks, and takes no number of tokens: those from
/// 4.6 on. Names are `claude-opus-4-7`, with or without a date behind; the oldest have their number in
/// front.
fn chooses_by_itself(name: &str) -> bool {
    let mut numbers = name
        .split(['-', '.', '@', '/'])
        .filter_map(|word| word.parse::<u32>().ok())
        // A date is no version.
        .filter(|number| *number < 1_000);
    let major = numbers.next().unwrap_or(0);
    let minor = numbers.next().unwrap_or(0);
    (major, minor) >= (4, 6)
}

/// Asks for the conversation up to this block to be kept.
fn cache(block: &mut Value) {
    let is_thinking = block
        .get("type")
        .and_then(Value::as_str)
        .is_some_and(|kind| kind.contains("thinking"));
    if let (false, Some(block)) = (is_thinking, block.as_object_mut()) {
        block.insert("cache_control".to_owned(), json!({"type": "ephemeral"}));
    }
}

fn content(ask: &Ask<'_>, message: &Message) -> Result<Vec<Value>, Failure> {
    let mut results = Vec::new();
    let mut others = Vec::new();
    for part in &message.parts {
        match part {
            // An empty text is refused, and says nothing anyway.
            Part::Text { text } if text.trim().is_empty() => {}
            Part::Text { text } => others.push(json!({"type": "text", "text": text})),
            Part::Image { media, blob } => {
                let data = ask.image(blob)?;
                others.push(json!({"type": "image", "source": {
                    "type": "base64", "media_type": media, "data": data,
                }}));
            }
            Part::Thinking { text, seal } => {
                if let Some(data) = unseal(seal.as_ref(), HIDDEN) {
                    others.push(json!({"type": "redacted_thinking", "data": data}));
                } else if let Some(signature) = unseal(seal.as_ref(), MARK) {
                    others.push(json!({
                        "type": "thinking", "thinking": text, "signature": signature,
                    }));
                }
            }
            Part::ToolCall(call) => others.push(json!({
                "type": "tool_use", "id": call.id, "name": call.name, "input": call.arguments,
            })),
            Part::ToolResult { id, text, is_error } => {
                let mut result = json!({"type": "tool_result", "tool_use_id": id});
                if !text.is_empty() {
                    result["content"] = text.as_str().into();
                }
                if *is_error {
                    result["is_error"] = true.into();
                }
                results.push(result);
            }
        }
    }
    // Results have to stand before everything else.
    results.append(&mut others);
    Ok(results)
}

/// Reads a piece of an answer.
pub(super) fn read(piece: &Value, draft: &mut Draft) -> Result<(), Flaw> {
    let kind = text(piece, "type")?.unwrap_or_default();
    match kind {
        "message_start" => {
            let message = piece.get("message").unwrap_or(&Value::Null);
            draft.set_model(message.get("model").and_then(Value::as_str));
            draft.set_request_id(message.get("id").and_then(Value::as_str));
            usage(message, draft);
            Ok(())
        }
        "content_block_start" => begin(piece, draft),
        "content_block_delta" => delta(piece, draft),
        "message_delta" => {
            usage(piece, draft);
            let delta = piece.get("delta").unwrap_or(&Value::Null);
            if let Some(reason) = text(delta, "stop_reason")? {
                draft.set_stop(stop(reason));
            }
            Ok(())
        }
        "error" => Err(Flaw::Said(Said::read(piece).unwrap_or_default())),
        // Signs of life, ends of blocks, and what will be invented later.
        "ping" | "content_block_stop" | "message_stop" => Ok(()),
        "message" => whole(piece, draft),
        "" if piece.get("error").is_some() => {
            Err(Flaw::Said(Said::read(piece).unwrap_or_default()))
        }
        "" => Err(Flaw::Shape("a piece has no `type`".to_owned())),
        _ => Ok(()),
    }
}

fn stop(reason: &str) -> Stop {
    match reason {
        "end_turn" => Stop::End,
        "tool_use" => Stop::Tools,
        "stop_sequence" => Stop::Text,
        "max_tokens" => Stop::Length,
        "model_context_window_exceeded" => Stop::Context,
        "refusal" => Stop::Refused,
        other => Stop::Other(venom_kernel::plain::line(other, 60)),
    }
}

fn number(piece: &Value) -> Result<u64, Flaw> {
    piece
        .get("index")
        .and_then(Value::as_u64)
        .ok_or_else(|| Flaw::Shape("a block has no number".to_owned()))
}

fn begin(piece: &Value, draft: &mut Draft) -> Result<(), Flaw> {
    let index = number(piece)?;
    let block = piece.get("content_block").unwrap_or(&Value::Null);
    block_begins(index, block, draft)
}

fn block_begins(index: u64, block: &Value, draft: &mut Draft) -> Result<(), Flaw> {
    match text(block, "type")?.unwrap_or_default() {
        "text" => draft.text(text(block, "text")?.unwrap_or_default()),
        "thinking" => {
            draft.begin_thinking(None)?;
            draft.thinking(text(block, "thinking")?.unwrap_or_default())?;
            if let Some(seal) = text(block, "signature")?.filter(|seal| !seal.is_empty()) {
                draft.seal_thinking(MARK, seal)?;
            }
            Ok(())
        }
        "redacted_thinking" => {
            let data = text(block, "data")?.unwrap_or_default();
            draft.begin_thinking(Some(format!("{HIDDEN}:{data}")))
        }
        "tool_use" => {
            let id = text(block, "id")?.unwrap_or_default();
            let name = text(block, "name")?.unwrap_or_default();
            draft.begin_call(index, id, name)?;
            match block.get("input") {
                // What is empty here comes in pieces.
                Some(Value::Object(input)) if !input.is_empty() => {
                    draft.set_arguments(index, &Value::Object(input.clone()))
                }
                Some(Value::Object(_) | Value::Null) | None => Ok(()),
                Some(_) => Err(Flaw::Shape("the input of a tool is no object".to_owned())),
            }
        }
        "" => Err(Flaw::Shape("a block has no `type`".to_owned())),
        // Tools that the provider runs by itself were not asked for.
        _ => Ok(()),
    }
}

fn delta(piece: &Value, draft: &mut Draft) -> Result<(), Flaw> {
    let index = number(piece)?;
    let delta = piece.get("delta").unwrap_or(&Value::Null);
    match text(delta, "type")?.unwrap_or_default() {
        "text_delta" => draft.text(text(delta, "text")?.unwrap_or_default()),
        "thinking_delta" => draft.thinking(text(delta, "thinking")?.unwrap_or_default()),
        "signature_delta" => {
            draft.seal_thinking(MARK, text(delta, "signature")?.unwrap_or_default())
        }
        "input_json_delta" => {
            draft.arguments(index, text(delta, "partial_json")?.unwrap_or_default())
        }
        "" => Err(Flaw::Shape("a piece of a block has no `type`".to_owned())),
        _ => Ok(()),
    }
}

/// Reads an answer of a server that does not stream.
fn whole(message: &Value, draft: &mut Draft) -> Result<(), Flaw> {
    draft.set_model(message.get("model").and_then(Value::as_str));
    draft.set_request_id(message.get("id").and_then(Value::as_str));
    for (index, block) in (0_u64..).zip(list(message, "content")?) {
        block_begins(index, block, draft)?;
    }
    usage(message, draft);
    if let Some(reason) = text(message, "stop_reason")? {
        draft.set_stop(stop(reason));
    }
    Ok(())
}

/// Reads what was used: totals so far, of which a later one counts. What the cache gave or took is not
/// part of the input here.
fn usage(within: &Value, draft: &mut Draft) {
    let Some(usage) = within.get("usage") else {
        return;
    };
    let of = |name: &str| count(usage.get(name));
    let reported = &mut draft.reported;
    reported.input = of("input_tokens").or(reported.input);
    reported.output = of("output_tokens").or(reported.output);
    reported.cache_read = of("cache_read_input_tokens").or(reported.cache_read);
    reported.cache_write = of("cache_creation_input_tokens").or(reported.cache_write);
}

#[cfg(test)]
mod tests;
