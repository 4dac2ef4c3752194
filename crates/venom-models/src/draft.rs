//! Drafts: an answer while it is put together from the pieces that a dialect reads.

use serde_json::{Map, Value};
use venom_kernel::model::{Delta, Part, Reply, Stop, ToolCall, Usage};

use crate::flaw::Flaw;

/// The most text of an answer, arguments and thinking included. Chosen: far above the longest answer in
/// the catalogue, which has half a MiB.
const MOST_TEXT: usize = 8 << 20;
/// The most parts of an answer. Chosen: far above what models call at once.
const MOST_PARTS: usize = 1_024;
/// The longest name of a tool, or id of a call, that is taken over. Chosen: names have at most 64
/// characters, and ids in use at most 80.
const LONGEST_NAME: usize = 256;
/// More tokens than this are no count but a mistake. Chosen: ten times the longest context there is.
const MOST_TOKENS: u64 = 100_000_000;
/// Bytes of a token, where the provider does not count. Chosen: that of English prose and of code, for
/// the tokenisers in use; less than the truth for other scripts.
const BYTES_PER_TOKEN: u64 = 4;

/// What a provider says that a call used. The parts do not overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Reported {
    pub(crate) input: Option<u64>,
    pub(crate) output: Option<u64>,
    pub(crate) cache_read: Option<u64>,
    pub(crate) cache_write: Option<u64>,
    pub(crate) thinking: Option<u64>,
}

/// Reads a count of tokens; negative, broken and absurd ones count as not said.
pub(crate) fn count(value: Option<&Value>) -> Option<u64> {
    value?.as_u64().filter(|count| *count <= MOST_TOKENS)
}

/// Counts tokens of a text of so many bytes where nobody else does.
pub(crate) const fn guess(bytes: usize) -> u64 {
    (bytes as u64).div_ceil(BYTES_PER_TOKEN)
}

#[derive(Debug)]
enum Piece {
    Text(String),
    Thinking { text: String, seal: Option<String> },
    Call(Call),
}

/// A wish to call a tool that may not be complete.
#[derive(Debug)]
struct Call {
    /// The provider's number for it within the answer.
    key: u64,
    id: String,
    name: String,
    /// The arguments, as text that is not complete yet.
    text: String,
    /// The arguments, where they came as a value.
    whole: Option<Value>,
    seal: Option<String>,
}

/// An answer while it comes.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    pieces: Vec<Piece>,
    /// What was added since somebody looked.
    deltas: Vec<Delta>,
    stop: Option<Stop>,
    /// What the provider says was used.
    pub(crate) reported: Reported,
    model: String,
    request_id: Option<String>,
    /// Bytes of all texts.
    size: usize,
}

impl Draft {
    /// Takes what was added since the last time.
    pub(crate) fn take_deltas(&mut self) -> Vec<Delta> {
        std::mem::take(&mut self.deltas)
    }

    /// Tells whether the provider has begun to answer, so that something may be used up.
    pub(crate) const fn is_begun(&self) -> bool {
        !self.pieces.is_empty()
            || self.stop.is_some()
            || self.reported.input.is_some()
            || self.reported.output.is_some()
    }

    /// Tells whether the mark at the answer's end has come.
    pub(crate) const fn is_ended(&self) -> bool {
        self.stop.is_some()
    }

    /// Returns how the provider names the call.
    pub(crate) fn request_id(&self) -> Option<String> {
        self.request_id.clone()
    }

    pub(crate) fn set_model(&mut self, model: Option<&str>) {
        if let (true, Some(model)) = (self.model.is_empty(), model) {
            self.model = venom_kernel::plain::line(model, LONGEST_NAME);
        }
    }

    /// Sets how the provider names the call; the first name counts.
    pub(crate) fn set_request_id(&mut self, id: Option<&str>) {
        let id = id.map(|id| venom_kernel::plain::line(id, LONGEST_NAME));
        if let (None, Some(id)) = (&self.request_id, id.filter(|id| !id.is_empty())) {
            self.request_id = Some(id);
        }
    }

    /// Returns the mark at the answer's end, if it has come.
    pub(crate) const fn stop(&self) -> Option<&Stop> {
        self.stop.as_ref()
    }

    pub(crate) fn set_stop(&mut self, stop: Stop) {
        self.stop = Some(stop);
    }

    fn grow(&mut self, bytes: usize) -> Result<(), Flaw> {
        self.size = self.size.saturating_add(bytes);
        if self.size > MOST_TEXT {
            return Err(Flaw::TooMany("bytes of text", MOST_TEXT));
        }
        Ok(())
    }

    fn begin(&mut self, piece: Piece) -> Result<(), Flaw> {
        if self.pieces.len() >= MOST_PARTS {
            return Err(Flaw::TooMany("parts", MOST_PARTS));
        }
        self.pieces.push(piece);
        Ok(())
    }

    /// Adds to the text.
    pub(crate) fn text(&mut self, more: &str) -> Result<(), Flaw> {
        if more.is_empty() {
            return Ok(());
        }
        self.grow(more.len())?;
        if let Some(Piece::Text(text)) = self.pieces.last_mut() {
            text.push_str(more);
        } else {
            self.begin(Piece::Text(more.to_owned()))?;
        }
        self.deltas.push(Delta::Text(more.to_owned()));
        Ok(())
    }

    /// Begins a piece of thinking of its own.
    pub(crate) fn begin_thinking(&mut self, seal: Option<String>) -> Result<(), Flaw> {
        self.grow(seal.as_ref().map_or(0, String::len))?;
        self.begin(Piece::Thinking {
            text: String::new(),
            seal,
        })
    }

    /// Adds to the thinking.
    pub(crate) fn thinking(&mut self, more: &str) -> Result<(), Flaw> {
        if more.is_empty() {
            return Ok(());
        }
        self.grow(more.len())?;
        if let Some(Piece::Thinking { text, .. }) = self.pieces.last_mut() {
            text.push_str(more);
        } else {
            self.begin(Piece::Thinking {
                text: more.to_owned(),
                seal: None,
            })?;
        }
        self.deltas.push(Delta::Thinking(more.to_owned()));
        Ok(())
    }

    /// Adds to what the provider wants back with the latest thinking.
    pub(crate) fn seal_thinking(&mut self, dialect: &str, more: &str) -> Result<(), Flaw> {
        self.grow(more.len())?;
        if let Some(Piece::Thinking { seal, .. }) = self.pieces.last_mut() {
            seal.get_or_insert_with(|| format!("{dialect}:"))
                .push_str(more);
        }
        Ok(())
    }

    /// Begins a wish to call a tool.
    pub(crate) fn begin_call(&mut self, key: u64, id: &str, name: &str) -> Result<(), Flaw> {
        let is_fit = |text: &str| text.len() <= LONGEST_NAME && !text.chars().any(char::is_control);
        if name.is_empty() || !is_fit(name) || !is_fit(id) {
            return Err(Flaw::Shape(
                "a call of a tool has no usable name".to_owned(),
            ));
        }
        self.grow(name.len())?;
        self.begin(Piece::Call(Call {
            key,
            id: id.to_owned(),
            name: name.to_owned(),
            text: String::new(),
            whole: None,
            seal: None,
        }))?;
        self.deltas.push(Delta::Tool {
            name: name.to_owned(),
        });
        Ok(())
    }

    /// Tells whether there is a wish of this number, and of this id if it has one.
    pub(crate) fn has_call(&self, key: u64, id: &str) -> bool {
        self.pieces.iter().rev().any(|piece| match piece {
            Piece::Call(call) => {
                call.key == key && (id.is_empty() || call.id.is_empty() || call.id == id)
            }
            Piece::Text(_) | Piece::Thinking { .. } => false,
        })
    }

    /// Adds to the arguments of the latest wish of this number.
    pub(crate) fn arguments(&mut self, key: u64, more: &str) -> Result<(), Flaw> {
        if more.is_empty() {
            return Ok(());
        }
        self.grow(more.len())?;
        self.call_mut(key)?.text.push_str(more);
        self.deltas.push(Delta::Arguments(more.to_owned()));
        Ok(())
    }

    /// Sets the arguments of the latest wish of this number.
    pub(crate) fn set_arguments(&mut self, key: u64, value: &Value) -> Result<(), Flaw> {
        let text = value.to_string();
        self.grow(text.len())?;
        self.call_mut(key)?.whole = Some(value.clone());
        self.deltas.push(Delta::Arguments(text));
        Ok(())
    }

    /// Sets what the provider wants back with the latest wish of this number.
    pub(crate) fn seal_call(&mut self, key: u64, dialect: &str, seal: &str) -> Result<(), Flaw> {
        self.grow(seal.len())?;
        self.call_mut(key)?.seal = Some(format!("{dialect}:{seal}"));
        Ok(())
    }

    fn call_mut(&mut self, key: u64) -> Result<&mut Call, Flaw> {
        self.pieces
            .iter_mut()
            .rev()
            .find_map(|piece| match piece {
                Piece::Call(call) if call.key == key => Some(call),
                Piece::Call(_) | Piece::Text(_) | Piece::Thinking { .. } => None,
            })
            .ok_or_else(|| Flaw::Shape("arguments come before the call they are for".to_owned()))
    }

    /// Counts the calls.
    pub(crate) fn calls(&self) -> u64 {
        self.pieces
            .iter()
            .filter(|piece| matches!(piece, Piece::Call(_)))
            .count() as u64
    }

    /// Returns what was used as far as it is known: what the provider says, and a guess for what it
    /// does not say of an answer that it has begun. `prompt` is the guess for what was asked.
    pub(crate) fn usage(&self, prompt: u64) -> Usage {
        if !self.is_begun() {
            return Usage::default();
        }
        let said = self.reported;
        let read = said.cache_read.unwrap_or_default();
        let written = said.cache_write.unwrap_or_default();
        let is_silent = said.input.unwrap_or_default() == 0
            && said.output.unwrap_or_default() == 0
            && read == 0
            && written == 0;
        let input = said.input.filter(|_| !is_silent).unwrap_or(prompt);
        // A count that came before the text did is not that of the text.
        let output = match said.output {
            Some(output) if !is_silent && (self.is_ended() || output >= guess(self.size)) => output,
            Some(_) | None => guess(self.size),
        };
        Usage {
            input,
            output,
            cache_read: read,
            cache_write: written,
            thinking: said.thinking.unwrap_or_default().min(output),
        }
    }

    /// Makes the answer. `earlier` counts the calls of the conversation before it, for ids of calls
    /// whose provider gives none; `prompt` is the guess for what was asked.
    pub(crate) fn finish(self, earlier: usize, prompt: u64) -> Result<Reply, Flaw> {
        let usage = self.usage(prompt);
        let Some(stop) = self.stop else {
            return Err(Flaw::Cut);
        };
        let mut parts: Vec<Part> = Vec::new();
        let mut ids = std::collections::BTreeSet::new();
        let mut number = earlier;
        for piece in self.pieces {
            match piece {
                Piece::Text(text) => parts.push(Part::Text { text }),
                Piece::Thinking { text, seal } => parts.push(Part::Thinking { text, seal }),
                Piece::Call(call) => {
                    number = number.saturating_add(1);
                    let Some(arguments) = arguments(call.whole, &call.text) else {
                        if stop.is_whole() {
                            return Err(Flaw::Arguments { tool: call.name });
                        }
                        // Cut off in its middle; what is left of it could not be followed anyway.
                        continue;
                    };
                    let id = if call.id.is_empty() || ids.contains(&call.id) {
                        format!("call-{number}")
                    } else {
                        call.id
                    };
                    ids.insert(id.clone());
                    parts.push(Part::ToolCall(ToolCall {
                        id,
                        name: call.name,
                        arguments: Value::Object(arguments),
                        seal: call.seal,
                    }));
                }
            }
        }
        let calls = parts.iter().any(|part| matches!(part, Part::ToolCall(_)));
        let stop = match stop {
            // Several servers say that they are done when they wait for results.
            Stop::End if calls => Stop::Tools,
            Stop::Tools if !calls => {
                return Err(Flaw::Shape(
                    "it ends with a call of a tool, and there is none".to_owned(),
                ));
            }
            other => other,
        };
        Ok(Reply {
            parts,
            stop,
            usage,
            model: self.model,
            request_id: self.request_id,
        })
    }
}

/// Returns the arguments of a call if they are an object. A tool without arguments is called with
/// nothing by some.
fn arguments(whole: Option<Value>, text: &str) -> Option<Map<String, Value>> {
    let value = match whole {
        Some(Value::String(text)) => serde_json::from_str(&text).ok()?,
        Some(value) => value,
        None if text.trim().is_empty() => return Some(Map::new()),
        None => serde_json::from_str(text).ok()?,
    };
    match value {
        Value::Object(map) => Some(map),
        Value::Null => Some(Map::new()),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => None,
    }
}

#[cfg(test)]
mod tests;
