//! Google's `streamGenerateContent`.
//!
//! Calls have no ids here: a result names the tool, and results stand in the order of their calls.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use venom_kernel::effect::Failure;
use venom_kernel::model::{Choice, Part, Role, Stop};

use super::openai::effort;
use super::{Ask, Outgoing, list, outgoing, text, under, unseal};
use crate::draft::{Draft, Reported, count};
use crate::flaw::{Flaw, Said};

/// What marks the seals of this dialect.
const MARK: &str = "gemini";
/// What stands for the seal of a call that another model made; the interface knows it as such.
const UNSEALED: &str = "skip_thought_signature_validator";

/// Writes a request.
pub(super) fn write(ask: &Ask<'_>) -> Result<Outgoing, Failure> {
    let request = ask.request;
    let needs_seals = takes_levels(ask.name);
    let mut names = BTreeMap::new();
    let mut contents: Vec<Value> = Vec::new();
    for message in &request.messages {
        let mut parts = Vec::new();
        let mut is_first_call = true;
        for part in &message.parts {
            match part {
                Part::Text { text } if text.is_empty() => {}
                Part::Text { text } => parts.push(json!({"text": text})),
                Part::Image { media, blob } => {
                    let data = ask.image(blob)?;
                    parts.push(json!({"inlineData": {"mimeType": media, "data": data}}));
                }
                // Shown thinking is a summary for people; the calls carry what has to go back.
                Part::Thinking { .. } => {}
                Part::ToolCall(call) => {
                    names.insert(call.id.clone(), call.name.clone());
                    let mut part =
                        json!({"functionCall": {"name": call.name, "args": call.arguments}});
                    if let Some(seal) = unseal(call.seal.as_ref(), MARK) {
                        part["thoughtSignature"] = seal.into();
                    } else if needs_seals && is_first_call {
                        part["thoughtSignature"] = UNSEALED.into();
                    }
                    is_first_call = false;
                    parts.push(part);
                }
                Part::ToolResult { id, text, is_error } => {
                    let name = names.get(id).map_or(id.as_str(), String::as_str);
                    let key = if *is_error { "error" } else { "result" };
                    parts.push(json!({"functionResponse": {
                        "name": name, "response": {key: text},
                    }}));
                }
            }
        }
        if parts.is_empty() {
            continue;
        }
        let role = match message.role {
            Role::User => "user",
            Role::Assistant => "model",
        };
        contents.push(json!({"role": role, "parts": parts}));
    }
    let mut config = json!({"maxOutputTokens": request.max_tokens});
    if let Some(temperature) = request.temperature {
        config["temperature"] = json!(f64::from(temperature) / 1_000.0);
    }
    if !request.stop.is_empty() {
        config["stopSequences"] = json!(request.stop);
    }
    if let Some(schema) = ask.schema() {
        config["responseMimeType"] = "application/json".into();
        config["responseJsonSchema"] = schema.clone();
    }
    if let Some(tokens) = request.thinking.filter(|_| ask.info.thinking) {
        config["thinkingConfig"] = if needs_seals {
            // These take two words where others take three.
            let level = if effort(tokens) == "low" {
                "low"
            } else {
                "high"
            };
            json!({"thinkingLevel": level, "includeThoughts": true})
        } else {
            json!({"thinkingBudget": tokens, "includeThoughts": true})
        };
    }
    let mut body = json!({"contents": contents, "generationConfig": config});
    let system = ask.system();
    if !system.is_empty() {
        body["systemInstruction"] = json!({"parts": [{"text": system}]});
    }
    if !request.tools.is_empty() {
        let tools: Vec<Value> = request
            .tools
            .iter()
            .map(|tool| {
                json!({
                    "name": tool.name,
                    "description": tool.description,
                    "parametersJsonSchema": tool.parameters,
                })
            })
            .collect();
        body["tools"] = json!([{"functionDeclarations": tools}]);
        let calling = match &request.choice {
            Choice::Auto => json!({"mode": "AUTO"}),
            Choice::Any => json!({"mode": "ANY"}),
            Choice::None => json!({"mode": "NONE"}),
            Choice::Tool(name) => json!({"mode": "ANY", "allowedFunctionNames": [name]}),
        };
        body["toolConfig"] = json!({"functionCallingConfig": calling});
    }
    let verb = format!("{}:streamGenerateContent", ask.name);
    let mut url = under(ask.base, "v1beta", &["models", &verb])?;
    url.set_query(Some("alt=sse"));
    outgoing(url, Vec::new(), &body)
}

/// Tells whether a model takes levels of thinking instead of tokens, and wants its seals back: those
/// from 3 on.
fn takes_levels(name: &str) -> bool {
    name.split(['-', '/'])
        .filter_map(|word| word.split('.').next()?.parse::<u32>().ok())
        .find(|major| *major < 1_000)
        .is_some_and(|major| major >= 3)
}

/// Reads a piece of an answer.
pub(super) fn read(piece: &Value, draft: &mut Draft) -> Result<(), Flaw> {
    if piece.get("error").is_some_and(|error| !error.is_null()) {
        return Err(Flaw::Said(Said::read(piece).unwrap_or_default()));
    }
    draft.set_model(piece.get("modelVersion").and_then(Value::as_str));
    draft.set_request_id(piece.get("responseId").and_then(Value::as_str));
    if let Some(usage) = piece.get("usageMetadata").filter(|usage| usage.is_object()) {
        draft.reported = reported(usage);
    }
    if let Some(reason) = piece
        .get("promptFeedback")
        .and_then(|feedback| feedback.get("blockReason"))
        .and_then(Value::as_str)
    {
        tracing::debug!(reason, "the question was refused");
        draft.set_stop(Stop::Refused);
    }
    if !["candidates", "usageMetadata", "promptFeedback"]
        .iter()
        .any(|name| piece.get(name).is_some())
    {
        return Err(Flaw::Shape("a piece has no `candidates`".to_owned()));
    }
    let Some(candidate) = list(piece, "candidates")?.first() else {
        return Ok(());
    };
    let none = Value::Null;
    let content = candidate.get("content").unwrap_or(&none);
    for part in list(content, "parts")? {
        read_part(part, draft)?;
    }
    if let Some(reason) = text(candidate, "finishReason")? {
        match reason {
            "STOP" => draft.set_stop(Stop::End),
            "MAX_TOKENS" => draft.set_stop(Stop::Length),
            "SAFETY" | "RECITATION" | "BLOCKLIST" | "PROHIBITED_CONTENT" | "SPII" | "LANGUAGE"
            | "IMAGE_SAFETY" => draft.set_stop(Stop::Refused),
            "MALFORMED_FUNCTION_CALL" | "UNEXPECTED_TOOL_CALL" => {
                return Err(Flaw::Arguments {
                    tool: "a tool".to_owned(),
                });
            }
            "" | "FINISH_REASON_UNSPECIFIED" => {}
            other => draft.set_stop(Stop::Other(venom_kernel::plain::line(other, 60))),
        }
    }
    Ok(())
}

fn read_part(part: &Value, draft: &mut Draft) -> Result<(), Flaw> {
    let seal = text(part, "thoughtSignature")?.filter(|seal| !seal.is_empty());
    if let Some(call) = part.get("functionCall") {
        let name = text(call, "name")?.unwrap_or_default();
        let id = text(call, "id")?.unwrap_or_default();
        let key = draft.calls();
        draft.begin_call(key, id, name)?;
        match call.get("args") {
            None | Some(Value::Null) => {}
            Some(args @ Value::Object(_)) => draft.set_arguments(key, args)?,
            Some(_) => {
                return Err(Flaw::Shape(
                    "the arguments of a call are no object".to_owned(),
                ));
            }
        }
        if let Some(seal) = seal {
            draft.seal_call(key, MARK, seal)?;
        }
        return Ok(());
    }
    let more = text(part, "text")?.unwrap_or_default();
    if part.get("thought").and_then(Value::as_bool) == Some(true) {
        draft.thinking(more)
    } else {
        draft.text(more)
    }
}

/// Reads what was used. What came from the cache is part of the prompt, and what was thought is not
/// part of the candidates.
fn reported(usage: &Value) -> Reported {
    let of = |name: &str| count(usage.get(name));
    let prompt = of("promptTokenCount");
    let read = of("cachedContentTokenCount").map(|read| read.min(prompt.unwrap_or(0)));
    let thinking = of("thoughtsTokenCount");
    let produced = of("candidatesTokenCount");
    Reported {
        input: prompt.map(|prompt| prompt.saturating_sub(read.unwrap_or(0))),
        output: match (produced, thinking) {
            (None, None) => None,
            (produced, thinking) => {
                Some(produced.unwrap_or(0).saturating_add(thinking.unwrap_or(0)))
            }
        },
        cache_read: read,
        cache_write: None,
        thinking,
    }
}

#[cfg(test)]
mod tests;
