//! Calls of tools in text, for models that cannot call them otherwise, or do not always.
//!
//! Asked is in one form; read are those that small models fall into: bare JSON, JSON in a fence, tags
//! with JSON or with parameters between them, and calls as Python writes them. Only tools that were
//! offered count, and only calls that are complete: what is open at the end is no call. Arguments of the
//! wrong type are put right where the schema says how; whether they then fit is for the asker to judge.

mod loose;
mod read;
mod repair;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Value, json};
use venom_kernel::model::{Choice, Message, Part, Reply, Request, Role, Stop, Tool, ToolCall};

/// The longest text that is searched for calls. Chosen: a call that writes a large file has this much.
const LONGEST: usize = 512 << 10;
/// The most calls of one answer.
const MOST: usize = 64;

/// Turns a request with tools into one without, in which the tools are described in words.
pub(crate) fn ask(request: &Request) -> Request {
    let mut names = BTreeMap::new();
    let messages = request
        .messages
        .iter()
        .map(|message| Message {
            role: message.role,
            parts: message
                .parts
                .iter()
                .map(|part| match part {
                    Part::ToolCall(call) => {
                        names.insert(call.id.clone(), call.name.clone());
                        Part::text(written(&call.name, &call.arguments))
                    }
                    Part::ToolResult { id, text, is_error } => {
                        let name = names.get(id).map_or("the tool", String::as_str);
                        let what = if *is_error { "Error" } else { "Result" };
                        Part::text(format!("{what} of {name}:\n{text}"))
                    }
                    Part::Text { .. } | Part::Image { .. } | Part::Thinking { .. } => part.clone(),
                })
                .collect(),
        })
        .collect();
    Request {
        system: system(request),
        messages,
        tools: Vec::new(),
        choice: Choice::Auto,
        ..request.clone()
    }
}

fn written(name: &str, arguments: &Value) -> String {
    let call = json!({"name": name, "arguments": arguments});
    format!("<tool_call>{call}</tool_call>")
}

/// Describes the tools. Small models lose the thread in long schemas, so that each tool has one line.
fn system(request: &Request) -> String {
    let mut text = request.system.clone();
    if request.choice == Choice::None {
        return text;
    }
    if !text.is_empty() {
        text.push_str("\n\n");
    }
    text.push_str("You have these tools:\n");
    for tool in &request.tools {
        if let Choice::Tool(name) = &request.choice
            && *name != tool.name
        {
            continue;
        }
        let _infallible = writeln!(
            text,
            "- {}: {} Arguments: {}",
            tool.name,
            venom_kernel::plain::line(&tool.description, 400),
            arguments(&tool.parameters)
        );
    }
    text.push_str(
        "To use a tool, write only this, with the tool's name and its arguments as JSON:\n<tool_call>{\"name\": \"NAME\", \"arguments\": {\"ARGUMENT\": \"VALUE\"}}</tool_call>\nThen stop; the result comes in the next message.",
    );
    text.push_str(match &request.choice {
        Choice::Auto | Choice::None => " If no tool is needed, answer in words.",
        Choice::Any | Choice::Tool(_) => " You have to use a tool now.",
    });
    text
}

/// Describes arguments: their names, types, and whether they are needed.
fn arguments(schema: &Value) -> String {
    let Some(members) = schema.get("properties").and_then(Value::as_object) else {
        return "{}".to_owned();
    };
    if members
        .values()
        .any(|member| member.get("properties").is_some() || member.get("items").is_some())
    {
        // What has parts of its own is said best by the schema itself.
        return schema.to_string();
    }
    let needed = schema.get("required").and_then(Value::as_array);
    let described: Map<String, Value> = members
        .iter()
        .map(|(name, member)| {
            let kind = member.get("type").and_then(Value::as_str).unwrap_or("any");
            let about = member.get("description").and_then(Value::as_str);
            let is_needed =
                needed.is_some_and(|list| list.iter().any(|n| n.as_str() == Some(name)));
            let mut text = kind.to_owned();
            if let Some(values) = member.get("enum") {
                let _infallible = write!(text, ", one of {values}");
            }
            if !is_needed {
                text.push_str(", may be left out");
            }
            if let Some(about) = about {
                text.push_str(": ");
                text.push_str(&venom_kernel::plain::line(about, 200));
            }
            (name.clone(), Value::String(text))
        })
        .collect();
    Value::Object(described).to_string()
}

/// Turns calls in the text of an answer into calls. An answer that was cut off is left as it is. Where
/// the model could have called by the provider's own means, only an answer that is calls and nothing
/// else is taken for some: what stands among words may be a quotation.
pub(crate) fn adopt(reply: &mut Reply, tools: &[Tool], earlier: usize, in_words: bool) {
    if !reply.stop.is_whole() || reply.calls().next().is_some() {
        return;
    }
    let text = reply.text();
    if text.len() > LONGEST {
        return;
    }
    let found = read::calls(&text, tools);
    if found.calls.is_empty() || found.calls.len() > MOST {
        return;
    }
    if !in_words && !found.rest.trim().is_empty() {
        return;
    }
    reply
        .parts
        .retain(|part| !matches!(part, Part::Text { .. }));
    let rest = found.rest.trim();
    if !rest.is_empty() {
        reply.parts.push(Part::text(rest));
    }
    for (number, (name, arguments)) in (earlier.saturating_add(1)..).zip(found.calls) {
        let schema = tools
            .iter()
            .find(|tool| tool.name == name)
            .map_or(&Value::Null, |tool| &tool.parameters);
        reply.parts.push(Part::ToolCall(ToolCall {
            id: format!("call-{number}"),
            name,
            arguments: Value::Object(repair::repaired(arguments, schema)),
            seal: None,
        }));
    }
    reply.stop = Stop::Tools;
}

/// Tells whether a conversation holds calls or results, so that it has to be put into words.
pub(crate) fn has_calls(request: &Request) -> bool {
    request
        .messages
        .iter()
        .filter(|message| matches!(message.role, Role::User | Role::Assistant))
        .flat_map(|message| &message.parts)
        .any(|part| matches!(part, Part::ToolCall(_) | Part::ToolResult { .. }))
}

#[cfg(test)]
mod tests;
