//! Reading what is asked.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use venom_kernel::digest::BlobId;
use venom_kernel::model::{Choice, Kind, Message, ModelId, Part, Request, Role, Tool, ToolCall};
use venom_ports::api::relay::Wanted;

use super::fault::Fault;

/// Most messages of a conversation.
const MESSAGES: usize = 4_096;
/// Most tools.
const TOOLS: usize = 256;
/// Most texts to stop at.
const STOPS: usize = 16;
/// Most fields that are named as ignored.
const IGNORED: usize = 16;

/// Fields that make no difference here and are nobody's loss.
const SILENT: &[&str] = &[
    "metadata",
    "prompt_cache_key",
    "safety_identifier",
    "service_tier",
    "store",
    "user",
];
/// Fields that are read.
const READ: &[&str] = &[
    "max_completion_tokens",
    "max_tokens",
    "messages",
    "model",
    "reasoning_effort",
    "response_format",
    "stop",
    "stream",
    "stream_options",
    "temperature",
    "tool_choice",
    "tools",
];

type Read<T> = Result<T, Fault>;

/// What a conversation asks for.
#[derive(Debug)]
pub(crate) struct Chat {
    pub(crate) wanted: Wanted,
    pub(crate) request: Request,
    pub(crate) images: BTreeMap<BlobId, Arc<[u8]>>,
    pub(crate) is_stream: bool,
    /// Whether the stream says at its end what was used.
    pub(crate) tells_usage: bool,
    /// Fields that were left out of account.
    pub(crate) ignored: Vec<String>,
}

/// Reads which model is wanted: `auto`, `auto:KIND`, or a model's id.
pub(crate) fn wanted(body: &Map<String, Value>) -> Read<Wanted> {
    let text = text(body, "model")?.ok_or_else(|| Fault::field("model", "a model is missing"))?;
    if text == "auto" {
        return Ok(Wanted::Auto(Kind::Chat));
    }
    if let Some(kind) = text.strip_prefix("auto:") {
        let found = Kind::ALL.into_iter().find(|known| known.name() == kind);
        return found.map(Wanted::Auto).ok_or_else(|| {
            let names = Kind::ALL.map(Kind::name).join(", ");
            Fault::field(
                "model",
                format!("there is no such kind of work; there are {names}"),
            )
        });
    }
    text.parse::<ModelId>()
        .map(Wanted::Named)
        .map_err(|error| no_model(error.to_string()))
}

fn no_model(message: String) -> Fault {
    Fault::new(
        axum::http::StatusCode::NOT_FOUND,
        "model_not_found",
        message,
    )
}

/// Reads a conversation.
pub(crate) fn chat(body: &Value) -> Read<Chat> {
    let body = object(body, "body")?;
    refuse(body)?;
    let wanted = wanted(body)?;
    let mut images = BTreeMap::new();
    let (system, messages) = messages(body, &mut images)?;
    let request = Request {
        system,
        messages,
        tools: tools(body)?,
        choice: choice(body)?,
        output: output(body)?,
        max_tokens: longest(body)?,
        temperature: temperature(body)?,
        thinking: thinking(body)?,
        stop: stops(body)?,
    };
    if let Choice::Tool(name) = &request.choice
        && !request.tools.iter().any(|tool| tool.name == *name)
    {
        return Err(Fault::field("tool_choice", "there is no tool of this name"));
    }
    if request.choice == Choice::Any && request.tools.is_empty() {
        return Err(Fault::field(
            "tool_choice",
            "a tool is required, and there is none",
        ));
    }
    let options = match body.get("stream_options") {
        None | Some(Value::Null) => None,
        Some(options) => Some(object(options, "stream_options")?),
    };
    let is_known = |name: &str| {
        READ.contains(&name) || SILENT.contains(&name) || REFUSED.iter().any(|(no, _)| *no == name)
    };
    Ok(Chat {
        wanted,
        request,
        images,
        is_stream: flag(body, "stream")?,
        tells_usage: match options {
            Some(options) => flag(options, "include_usage")?,
            None => false,
        },
        ignored: body
            .iter()
            .filter(|(name, value)| !is_known(name) && !value.is_null())
            .map(|(name, _)| {
                name.chars()
                    .filter(char::is_ascii_graphic)
                    .take(40)
                    .collect()
            })
            .take(IGNORED)
            .collect(),
    })
}

/// Tells whether a field says what is so anyway.
type IsSo = fn(&Value) -> bool;

/// Fields that cannot be had, unless they say what is so anyway.
const REFUSED: &[(&str, IsSo)] = &[
    ("n", |value| value.as_u64() == Some(1)),
    ("logprobs", |value| *value == Value::Bool(false)),
    ("audio", |_| false),
    ("functions", |_| false),
    ("function_call", |_| false),
    ("modalities", |value| *value == json!(["text"])),
];

fn refuse(body: &Map<String, Value>) -> Read<()> {
    for (name, is_so) in REFUSED {
        match body.get(*name) {
            None | Some(Value::Null) => {}
            Some(value) if is_so(value) => {}
            Some(_) => {
                return Err(Fault::field(
                    *name,
                    "this cannot be had here: one answer in text, and tools by `tools`",
                ));
            }
        }
    }
    Ok(())
}

fn object<'a>(value: &'a Value, name: &str) -> Read<&'a Map<String, Value>> {
    value
        .as_object()
        .ok_or_else(|| Fault::field(name, "this has to be an object"))
}

fn text<'a>(body: &'a Map<String, Value>, name: &str) -> Read<Option<&'a str>> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Fault::field(name, "this has to be a text")),
    }
}

fn flag(body: &Map<String, Value>, name: &str) -> Read<bool> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(_) => Err(Fault::field(name, "this has to be true or false")),
    }
}

fn list<'a>(body: &'a Map<String, Value>, name: &str, most: usize) -> Read<&'a [Value]> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(list)) if list.len() <= most => Ok(list),
        Some(Value::Array(_)) => Err(Fault::field(name, format!("there may be {most} at most"))),
        Some(_) => Err(Fault::field(name, "this has to be a list")),
    }
}

fn longest(body: &Map<String, Value>) -> Read<u32> {
    let mut longest = 0;
    for name in ["max_tokens", "max_completion_tokens"] {
        match body.get(name) {
            None | Some(Value::Null) => {}
            Some(value) => {
                longest = value
                    .as_u64()
                    .and_then(|number| u32::try_from(number).ok())
                    .filter(|number| *number > 0)
                    .ok_or_else(|| Fault::field(name, "this has to be a number above zero"))?;
            }
        }
    }
    Ok(longest)
}

fn temperature(body: &Map<String, Value>) -> Read<Option<u16>> {
    let wrong = || Fault::field("temperature", "this has to be a number from 0 to 2");
    match body.get("temperature") {
        None | Some(Value::Null) => Ok(None),
        Some(value) => {
            let number = value.as_f64().filter(|number| (0.0..=2.0).contains(number));
            let thousandths = format!("{:.0}", number.ok_or_else(wrong)? * 1_000.0);
            thousandths.parse().map(Some).map_err(|_odd| wrong())
        }
    }
}

/// How much effort is how many tokens is chosen, as others do who count in tokens.
fn thinking(body: &Map<String, Value>) -> Read<Option<u32>> {
    match text(body, "reasoning_effort")? {
        None | Some("none" | "minimal") => Ok(None),
        Some("low") => Ok(Some(1_024)),
        Some("medium") => Ok(Some(4_096)),
        Some("high" | "xhigh") => Ok(Some(16_384)),
        Some(_) => Err(Fault::field(
            "reasoning_effort",
            "this is none, minimal, low, medium or high",
        )),
    }
}

fn stops(body: &Map<String, Value>) -> Read<Vec<String>> {
    if let Some(Value::String(one)) = body.get("stop") {
        return Ok(vec![one.clone()]);
    }
    list(body, "stop", STOPS)?
        .iter()
        .map(|stop| {
            let stop = stop.as_str().filter(|stop| !stop.is_empty());
            stop.map(str::to_owned)
                .ok_or_else(|| Fault::field("stop", "this has to be a text, or a list of texts"))
        })
        .collect()
}

fn output(body: &Map<String, Value>) -> Read<Option<Value>> {
    let Some(format) = body
        .get("response_format")
        .filter(|format| !format.is_null())
    else {
        return Ok(None);
    };
    let format = object(format, "response_format")?;
    match text(format, "type")? {
        Some("text") => Ok(None),
        Some("json_object") => Ok(Some(json!({"type": "object"}))),
        Some("json_schema") => {
            let schema = format
                .get("json_schema")
                .and_then(|named| named.get("schema"))
                .filter(|schema| schema.is_object());
            schema.cloned().map(Some).ok_or_else(|| {
                Fault::field(
                    "response_format",
                    "`json_schema.schema` has to be an object",
                )
            })
        }
        _ => Err(Fault::field(
            "response_format",
            "`type` is text, json_object or json_schema",
        )),
    }
}

/// Reads the name of a tool.
fn tool_name(value: Option<&Value>, field: &str) -> Read<String> {
    let name = value.and_then(Value::as_str).filter(|name| {
        (1..=64).contains(&name.len())
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
    });
    name.map(str::to_owned).ok_or_else(|| {
        Fault::field(
            field,
            "the name of a tool has 1 to 64 letters, digits, `_` and `-`",
        )
    })
}

fn tools(body: &Map<String, Value>) -> Read<Vec<Tool>> {
    list(body, "tools", TOOLS)?
        .iter()
        .enumerate()
        .map(|(number, tool)| {
            let field = format!("tools[{number}]");
            let tool = object(tool, &field)?;
            if text(tool, "type")? != Some("function") {
                return Err(Fault::field(
                    field,
                    "only tools of the type `function` can be had",
                ));
            }
            let function = tool
                .get("function")
                .and_then(Value::as_object)
                .ok_or_else(|| Fault::field(&field, "`function` has to be an object"))?;
            let parameters = match function.get("parameters") {
                None | Some(Value::Null) => json!({"type": "object", "properties": {}}),
                Some(parameters) if parameters.is_object() => parameters.clone(),
                Some(_) => return Err(Fault::field(field, "`parameters` has to be an object")),
            };
            Ok(Tool {
                name: tool_name(function.get("name"), &field)?,
                description: text(function, "description")?
                    .unwrap_or_default()
                    .to_owned(),
                parameters,
            })
        })
        .collect()
}

fn choice(body: &Map<String, Value>) -> Read<Choice> {
    match body.get("tool_choice") {
        None | Some(Value::Null) => Ok(Choice::Auto),
        Some(Value::String(word)) => match word.as_str() {
            "auto" => Ok(Choice::Auto),
            "none" => Ok(Choice::None),
            "required" => Ok(Choice::Any),
            _ => Err(Fault::field(
                "tool_choice",
                "this is auto, none, required, or names a tool",
            )),
        },
        Some(named) => {
            let name = named.get("function").and_then(|named| named.get("name"));
            tool_name(name, "tool_choice").map(Choice::Tool)
        }
    }
}

type Images = BTreeMap<BlobId, Arc<[u8]>>;

/// Reads the messages: what the system says, and the conversation.
fn messages(body: &Map<String, Value>, images: &mut Images) -> Read<(String, Vec<Message>)> {
    let mut system = String::new();
    let mut said: Vec<Message> = Vec::new();
    for (number, message) in list(body, "messages", MESSAGES)?.iter().enumerate() {
        let field = format!("messages[{number}]");
        let message = object(message, &field)?;
        let content = message.get("content").unwrap_or(&Value::Null);
        let (role, parts) = match text(message, "role")? {
            Some("system" | "developer") => {
                for part in parts(content, &field, images)? {
                    let Part::Text { text } = part else {
                        return Err(Fault::field(field, "the system's words are text"));
                    };
                    if !system.is_empty() {
                        system.push_str("\n\n");
                    }
                    system.push_str(&text);
                }
                continue;
            }
            Some("user") => (Role::User, parts(content, &field, images)?),
            Some("assistant") => (Role::Assistant, spoken(message, content, &field, images)?),
            Some("tool") => (Role::User, vec![result(message, content, &field, images)?]),
            _ => {
                return Err(Fault::field(
                    field,
                    "`role` is system, developer, user, assistant or tool",
                ));
            }
        };
        if parts.is_empty() {
            return Err(Fault::field(field, "the message says nothing"));
        }
        match said.last_mut() {
            // Results of several tools are one message.
            Some(last) if last.role == role => last.parts.extend(parts),
            _ => said.push(Message { role, parts }),
        }
    }
    match said.last() {
        Some(last) if last.role == Role::User => Ok((system, said)),
        _ => Err(Fault::field(
            "messages",
            "the last message has to be the user's, or the result of a tool",
        )),
    }
}

fn spoken(
    message: &Map<String, Value>,
    content: &Value,
    field: &str,
    images: &mut Images,
) -> Read<Vec<Part>> {
    let mut parts = parts(content, field, images)?;
    for call in list(message, "tool_calls", TOOLS)? {
        let function = call.get("function");
        let get = |name: &str| function.and_then(|function| function.get(name));
        let arguments = match get("arguments") {
            None | Some(Value::Null) => json!({}),
            Some(Value::String(text)) if text.trim().is_empty() => json!({}),
            Some(Value::String(text)) => serde_json::from_str::<Value>(text)
                .ok()
                .filter(Value::is_object)
                .ok_or_else(|| {
                    Fault::field(
                        field,
                        "`arguments` of a call has to be the JSON of an object",
                    )
                })?,
            Some(_) => {
                return Err(Fault::field(
                    field,
                    "`arguments` of a call has to be a text",
                ));
            }
        };
        let id = call.get("id").and_then(Value::as_str).unwrap_or_default();
        parts.push(Part::ToolCall(ToolCall {
            id: named(id, field)?,
            name: tool_name(get("name"), field)?,
            arguments,
            seal: None,
        }));
    }
    Ok(parts)
}

fn result(
    message: &Map<String, Value>,
    content: &Value,
    field: &str,
    images: &mut Images,
) -> Read<Part> {
    let id = text(message, "tool_call_id")?.unwrap_or_default();
    let mut whole = String::new();
    for part in parts(content, field, images)? {
        let Part::Text { text } = part else {
            return Err(Fault::field(field, "the result of a tool is text"));
        };
        whole.push_str(&text);
    }
    Ok(Part::ToolResult {
        id: named(id, field)?,
        text: whole,
        is_error: false,
    })
}

fn named(id: &str, field: &str) -> Read<String> {
    if id.is_empty() || id.len() > 200 || id.chars().any(char::is_control) {
        return Err(Fault::field(
            field,
            "the id of a call has 1 to 200 characters",
        ));
    }
    Ok(id.to_owned())
}

/// Reads the parts of a message.
fn parts(content: &Value, field: &str, images: &mut Images) -> Read<Vec<Part>> {
    let content = match content {
        Value::Null => return Ok(Vec::new()),
        Value::String(text) if text.is_empty() => return Ok(Vec::new()),
        Value::String(text) => return Ok(vec![Part::text(text.as_str())]),
        Value::Array(parts) => parts,
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => {
            return Err(Fault::field(
                field,
                "`content` is a text or a list of parts",
            ));
        }
    };
    let mut read = Vec::new();
    for part in content {
        let part = object(part, field)?;
        match text(part, "type")? {
            Some("text") => {
                let text = text(part, "text")?;
                let text = text.ok_or_else(|| Fault::field(field, "a part has no `text`"))?;
                if !text.is_empty() {
                    read.push(Part::text(text));
                }
            }
            Some("refusal") => {
                read.extend(text(part, "refusal")?.map(Part::text));
            }
            Some("image_url") => {
                let url = part.get("image_url").and_then(|image| image.get("url"));
                read.push(picture(
                    url.and_then(Value::as_str).unwrap_or_default(),
                    field,
                    images,
                )?);
            }
            _ => {
                return Err(Fault::field(
                    field,
                    "parts are of the types `text` and `image_url`",
                ));
            }
        }
    }
    Ok(read)
}

/// Reads a picture. Nothing is fetched for a client: the bytes come with the request.
fn picture(url: &str, field: &str, images: &mut Images) -> Read<Part> {
    let wrong = || {
        Fault::field(
            field,
            "a picture comes as `data:image/png;base64,...` (png, jpeg, gif or webp); addresses are not fetched",
        )
    };
    let rest = url.strip_prefix("data:").ok_or_else(wrong)?;
    let (media, data) = rest.split_once(";base64,").ok_or_else(wrong)?;
    if !["image/png", "image/jpeg", "image/gif", "image/webp"].contains(&media) {
        return Err(wrong());
    }
    let bytes = STANDARD.decode(data).map_err(|_odd| wrong())?;
    if bytes.is_empty() {
        return Err(wrong());
    }
    let digest = venom_kernel::digest::Digest::of_bytes(&bytes).to_string();
    let blob = BlobId::new(&digest).ok_or_else(wrong)?;
    images.insert(blob.clone(), bytes.into());
    Ok(Part::Image {
        media: media.to_owned(),
        blob,
    })
}

/// Texts that are to become vectors.
#[derive(Debug)]
pub(crate) struct Embed {
    pub(crate) texts: Vec<String>,
    pub(crate) is_base64: bool,
    pub(crate) size: Option<u64>,
}

/// Most texts at once, as with OpenAI.
const TEXTS: usize = 2_048;

/// Reads texts that are to become vectors of this model.
pub(crate) fn embed(body: &Value, embedder: &str) -> Read<Embed> {
    let body = object(body, "body")?;
    let model = text(body, "model")?.ok_or_else(|| Fault::field("model", "a model is missing"))?;
    if model != embedder && model != "auto" {
        return Err(no_model(format!(
            "vectors are made by `{embedder}` alone; `auto` is the same"
        )));
    }
    let wrong = || {
        Fault::field(
            "input",
            "this has to be a text, or a list of 1 to 2048 texts",
        )
    };
    let texts = match body.get("input") {
        Some(Value::String(text)) if !text.is_empty() => vec![text.clone()],
        Some(Value::Array(texts)) if (1..=TEXTS).contains(&texts.len()) => texts
            .iter()
            .map(|text| match text {
                Value::String(text) if !text.is_empty() => Ok(text.clone()),
                _ => Err(wrong()),
            })
            .collect::<Read<_>>()?,
        _ => return Err(wrong()),
    };
    let is_base64 = match text(body, "encoding_format")? {
        None | Some("float") => false,
        Some("base64") => true,
        Some(_) => return Err(Fault::field("encoding_format", "this is float or base64")),
    };
    let size = match body.get("dimensions") {
        None | Some(Value::Null) => None,
        Some(size) => Some(
            size.as_u64()
                .ok_or_else(|| Fault::field("dimensions", "this has to be a number"))?,
        ),
    };
    Ok(Embed {
        texts,
        is_base64,
        size,
    })
}

#[cfg(test)]
mod tests;
