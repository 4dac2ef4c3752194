//! The window: what of a conversation is sent, so that it fits the model and costs no more than it has to.
//!
//! Nothing is ever taken out of the log. A request is a view: results of tools are cut and then left out of
//! it until it fits, first those that matter least for their age and length; what stands in their place says
//! how to read them again, and the log says which. What the model is told first, the task, what a person
//! answered, and the latest turns always stay.

use std::collections::BTreeMap;

use serde_json::Value;

use super::state::AgentState;
use super::{tools, words};
use crate::id::EffectId;
use crate::model::{Choice, Message, ModelId, Part, Request, Role};

/// How many of the latest messages are never shortened: the last two answers with their results.
const LATEST: usize = 4;
/// Results that are shorter are not worth leaving out.
const SHORT: usize = 400;
/// What is shown at least of one of the latest results. Chosen: some forty lines.
const ENDS: usize = 2_000;
/// Bytes of a token, before the model has counted any. Chosen on the low side: code and JSON take three
/// to four, and a conversation that is thought too long is only shortened too early.
const BYTES: u64 = 3;

/// A message with what is known of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Said {
    pub(super) message: Message,
    /// The model that said it.
    pub(super) by: Option<ModelId>,
    /// The effects that gave the results in it, by call.
    pub(super) outputs: BTreeMap<String, EffectId>,
}

impl Said {
    pub(super) const fn plain(message: Message) -> Self {
        Self {
            message,
            by: None,
            outputs: BTreeMap::new(),
        }
    }
}

/// How much room there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// The most tokens that are read.
    pub prompt: u64,
    /// The most tokens that are produced.
    pub answer: u32,
}

/// A request with what was left out of it.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// The request.
    pub request: Request,
    /// Its length in bytes, of which its tokens are estimated.
    pub bytes: u64,
    /// The results that were left out, oldest first.
    pub dropped: Vec<EffectId>,
}

impl AgentState {
    /// Returns the room that the model and the limits leave.
    pub fn room(&self) -> Room {
        let limits = &self.setup().limits;
        let model = self.model();
        // Where the context is small, an answer takes a quarter of it at most: the rest is for what is asked.
        let quarter = u32::try_from(model.context / 4).unwrap_or(u32::MAX);
        let answer = limits.answer.min(model.max_output).min(quarter).max(1);
        let rest = model.context.saturating_sub(u64::from(answer));
        // A twentieth stays free: tokens are estimated.
        let prompt = (rest - rest / 20).min(limits.view);
        Room { prompt, answer }
    }

    /// Estimates how many tokens a text of so many bytes has, by what the model counted last.
    pub fn tokens(&self, bytes: u64) -> u64 {
        match self.measured {
            Some((known, tokens)) if known > 0 => {
                let whole = u128::from(bytes) * u128::from(tokens) / u128::from(known);
                let whole = u64::try_from(whole).unwrap_or(u64::MAX);
                // What is new may be denser than what was counted.
                whole.saturating_add(whole / 10)
            }
            _ => bytes / BYTES + 1,
        }
    }

    /// Makes the next request. `None` if it does not fit whatever is left out.
    pub fn view(&self, room: Room) -> Option<View> {
        let provider = self.model().model.provider().to_owned();
        let mut messages: Vec<(Message, BTreeMap<String, EffectId>)> = self
            .said
            .iter()
            .map(|said| {
                let mut message = said.message.clone();
                let is_foreign = said.by.as_ref().is_some_and(|by| by.provider() != provider);
                if is_foreign {
                    unseal(&mut message);
                }
                (message, said.outputs.clone())
            })
            .collect();
        let tools = tools::all(self.setup());
        let system = words::system(self.setup());
        let fixed = system.len() as u64
            + tools
                .iter()
                .map(|tool| {
                    (tool.name.len()
                        + tool.description.len()
                        + tool.parameters.to_string().len()
                        + 40) as u64
                })
                .sum::<u64>();
        let mut bytes = fixed
            + messages
                .iter()
                .map(|(message, _)| length(message))
                .sum::<u64>();
        let mut dropped = Vec::new();
        let last = messages.len().saturating_sub(LATEST);
        if self.setup().rules > 1 {
            self.evict(&mut messages, last, &mut bytes, room, &mut dropped);
        }
        for (message, outputs) in messages.iter_mut().take(last) {
            if self.setup().rules > 1 || self.tokens(bytes) <= room.prompt {
                break;
            }
            if message.role != Role::User {
                continue;
            }
            for part in &mut message.parts {
                if let Part::ToolResult { id, text, .. } = part
                    && text.len() > SHORT
                {
                    let left_out = match outputs.get(id) {
                        Some(effect) => {
                            dropped.push(*effect);
                            words::left_out(text.chars().count(), Some(*effect))
                        }
                        None => words::left_out(text.chars().count(), None),
                    };
                    bytes = bytes
                        .saturating_sub(text.len() as u64)
                        .saturating_add(left_out.len() as u64);
                    *text = left_out;
                }
            }
        }
        if self.setup().rules > 0 {
            for shorten in [shorten_arguments as Shorten, shorten_latest] {
                for (at, (message, _)) in messages.iter_mut().enumerate() {
                    if self.tokens(bytes) <= room.prompt {
                        break;
                    }
                    let before = length(message);
                    shorten(message, at >= last);
                    bytes = bytes.saturating_sub(before).saturating_add(length(message));
                }
            }
        }
        if self.tokens(bytes) > room.prompt {
            return None;
        }
        let request = Request {
            system,
            messages: messages.into_iter().map(|(message, _)| message).collect(),
            tools,
            choice: Choice::Auto,
            output: None,
            max_tokens: room.answer,
            temperature: None,
            thinking: None,
            stop: Vec::new(),
        };
        Some(View {
            request,
            bytes,
            dropped,
        })
    }

    /// Makes room by what matters least for its length: old results are cut to their ends first, then left out.
    fn evict(
        &self,
        messages: &mut [(Message, BTreeMap<String, EffectId>)],
        last: usize,
        bytes: &mut u64,
        room: Room,
        dropped: &mut Vec<EffectId>,
    ) {
        if self.tokens(*bytes) <= room.prompt {
            return;
        }
        let read_again = self.read_again();
        let mut spans: Vec<(u64, usize, usize)> = Vec::new();
        for (at, (message, outputs)) in messages.iter().enumerate().take(last) {
            for (part_at, part) in message.parts.iter().enumerate() {
                let Part::ToolResult { id, text, is_error } = part else {
                    continue;
                };
                if text.len() <= SHORT {
                    continue;
                }
                let effect = outputs.get(id);
                // What has no effect is what a person answered: nobody can read it again, and it stays.
                let Some(effect) = effect else { continue };
                let used = read_again.get(effect).copied().unwrap_or(at).max(at);
                let age = last.saturating_sub(used) as u64;
                let tool = self
                    .output(*effect)
                    .map_or("", |output| output.tool.as_str());
                let weight = importance(tool, *is_error);
                // Recency halves what a thing weighs each twenty messages; a long one pays for its length.
                let key = weight * 20_000_000 / ((20 + age) * text.len() as u64);
                spans.push((key, at, part_at));
            }
        }
        spans.sort_unstable();
        for is_last_resort in [false, true] {
            for (_, at, part_at) in &spans {
                if self.tokens(*bytes) <= room.prompt {
                    return;
                }
                let Some((message, outputs)) = messages.get_mut(*at) else {
                    continue;
                };
                let Some(Part::ToolResult { id, text, .. }) = message.parts.get_mut(*part_at)
                else {
                    continue;
                };
                let Some(effect) = outputs.get(id) else {
                    continue;
                };
                let characters = text.chars().count();
                let shorter = if is_last_resort {
                    words::left_out(characters, Some(*effect))
                } else {
                    words::cut(text, ENDS, *effect)
                };
                if shorter.len() < text.len() {
                    *bytes = bytes
                        .saturating_sub(text.len() as u64)
                        .saturating_add(shorter.len() as u64);
                    *text = shorter;
                    if !dropped.contains(effect) {
                        dropped.push(*effect);
                    }
                }
            }
        }
    }

    /// Finds the results that the model has read on in, with the message in which it did so last.
    fn read_again(&self) -> BTreeMap<EffectId, usize> {
        let mut read = BTreeMap::new();
        for (at, said) in self.said.iter().enumerate() {
            for part in &said.message.parts {
                if let Part::ToolCall(call) = part
                    && call.name == tools::READ_MORE
                    && let Some(named) = call.arguments.get("output").and_then(Value::as_str)
                    && let Ok(effect) = named.parse()
                {
                    read.insert(effect, at);
                }
            }
        }
        read
    }
}

/// How much a result matters, in thousandths. Chosen: what failed and what tests say steer the work, what a
/// file holds can be read again, and what a search lists was looked through when it came.
fn importance(tool: &str, is_error: bool) -> u64 {
    if is_error {
        return 900;
    }
    match tool {
        "test_run" => 800,
        "memory_search" => 700,
        "files_read" => 600,
        "git_log" | "git_status" | "files_find" | "files_search" => 300,
        _ => 500,
    }
}

/// Shortens a message, which may be one of the latest.
type Shorten = fn(&mut Message, bool);

/// Leaves long texts out of the arguments of old calls. What they did stands in their results, and in the
/// files.
fn shorten_arguments(message: &mut Message, is_latest: bool) {
    if is_latest {
        return;
    }
    for part in &mut message.parts {
        if let Part::ToolCall(call) = part {
            shorten_texts(&mut call.arguments);
        }
    }
}

fn shorten_texts(value: &mut Value) {
    match value {
        Value::String(text) if text.len() > SHORT => {
            *text = words::argument_left_out(text.chars().count());
        }
        Value::Array(items) => items.iter_mut().for_each(shorten_texts),
        Value::Object(fields) => fields.values_mut().for_each(shorten_texts),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Shows only the ends of the latest results, where nothing else makes enough room. The task itself stays
/// whole.
fn shorten_latest(message: &mut Message, is_latest: bool) {
    if !is_latest {
        return;
    }
    for part in &mut message.parts {
        match part {
            Part::ToolResult { text, .. } => *text = words::ends(text, ENDS),
            Part::ToolCall(call) => shorten_texts(&mut call.arguments),
            Part::Text { .. } | Part::Image { .. } | Part::Thinking { .. } => {}
        }
    }
}

/// Takes out what one provider wants back and no other one may see.
fn unseal(message: &mut Message) {
    message
        .parts
        .retain(|part| !matches!(part, Part::Thinking { .. }));
    for part in &mut message.parts {
        if let Part::ToolCall(call) = part {
            call.seal = None;
        }
    }
    if message.parts.is_empty() {
        message.parts.push(Part::text("(thought)"));
    }
}

fn length(message: &Message) -> u64 {
    let parts: usize = message
        .parts
        .iter()
        .map(|part| match part {
            Part::Text { text } => text.len(),
            // What an image takes differs; this is what a large one does.
            Part::Image { .. } => 6_000,
            Part::Thinking { text, seal } => text.len() + seal.as_ref().map_or(0, String::len),
            Part::ToolCall(call) => {
                call.name.len() + call.arguments.to_string().len() + call.id.len()
            }
            Part::ToolResult { id, text, .. } => text.len() + id.len(),
        })
        .sum();
    // Braces, roles and field names.
    (parts + 30 + 30 * message.parts.len()) as u64
}
