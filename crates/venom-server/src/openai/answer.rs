//! Writing answers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use venom_kernel::model::{ModelId, ModelInfo, Reply, Stop, ToolCall, Usage};

/// What all pieces of an answer say of themselves.
#[derive(Debug, Clone)]
pub(crate) struct Head {
    /// Names the answer: the run that it stands in the log as.
    pub(crate) id: String,
    /// Seconds since 1970.
    pub(crate) created: i64,
    pub(crate) model: ModelId,
}

/// Says why an answer ended.
fn reason(stop: &Stop, has_calls: bool) -> &'static str {
    match stop {
        Stop::Tools => "tool_calls",
        Stop::End | Stop::Text | Stop::Other(_) if has_calls => "tool_calls",
        Stop::End | Stop::Text | Stop::Other(_) => "stop",
        Stop::Length | Stop::Context => "length",
        Stop::Refused => "content_filter",
    }
}

fn usage(usage: Usage) -> Value {
    json!({
        "prompt_tokens": usage.prompt(),
        "completion_tokens": usage.output,
        "total_tokens": usage.tokens(),
        "prompt_tokens_details": {"cached_tokens": usage.cache_read},
        "completion_tokens_details": {"reasoning_tokens": usage.thinking},
    })
}

fn call(call: &ToolCall) -> Value {
    json!({
        "id": call.id,
        "type": "function",
        "function": {"name": call.name, "arguments": call.arguments.to_string()},
    })
}

/// Calls that may be followed: an answer that was cut off has none.
fn calls(reply: &Reply) -> Vec<&ToolCall> {
    if reply.stop.is_whole() {
        reply.calls().collect()
    } else {
        Vec::new()
    }
}

impl Head {
    /// Writes a whole answer.
    pub(crate) fn whole(&self, reply: &Reply) -> Value {
        let calls = calls(reply);
        let text = reply.text();
        let content = if text.is_empty() && !calls.is_empty() {
            Value::Null
        } else {
            Value::String(text)
        };
        let mut message = json!({"role": "assistant", "content": content, "refusal": null});
        if !calls.is_empty()
            && let Some(message) = message.as_object_mut()
        {
            let calls = calls.iter().map(|one| call(one)).collect();
            message.insert("tool_calls".to_owned(), Value::Array(calls));
        }
        json!({
            "id": self.id,
            "object": "chat.completion",
            "created": self.created,
            "model": self.model,
            "choices": [{
                "index": 0,
                "message": message,
                "logprobs": null,
                "finish_reason": reason(&reply.stop, !calls.is_empty()),
            }],
            "usage": usage(reply.usage),
        })
    }

    fn piece(&self, delta: &Value, reason: Option<&str>) -> Value {
        json!({
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": self.created,
            "model": self.model,
            "choices": [{
                "index": 0,
                "delta": delta,
                "logprobs": null,
                "finish_reason": reason,
            }],
        })
    }

    /// Writes the first piece of an answer.
    pub(crate) fn first(&self) -> Value {
        self.piece(&json!({"role": "assistant", "content": ""}), None)
    }

    /// Writes more of the text.
    pub(crate) fn more(&self, text: &str) -> Value {
        self.piece(&json!({ "content": text }), None)
    }

    /// Writes what comes after the text: calls, why it ended, and what was used if that is wanted.
    pub(crate) fn last(&self, reply: &Reply, tells_usage: bool) -> Vec<Value> {
        let calls = calls(reply);
        let mut pieces: Vec<Value> = calls
            .iter()
            .enumerate()
            .map(|(index, one)| {
                let mut one = call(one);
                if let Some(one) = one.as_object_mut() {
                    one.insert("index".to_owned(), index.into());
                }
                self.piece(&json!({ "tool_calls": [one] }), None)
            })
            .collect();
        pieces.push(self.piece(&json!({}), Some(reason(&reply.stop, !calls.is_empty()))));
        if tells_usage {
            pieces.push(json!({
                "id": self.id,
                "object": "chat.completion.chunk",
                "created": self.created,
                "model": self.model,
                "choices": [],
                "usage": usage(reply.usage),
            }));
        }
        pieces
    }
}

/// Describes a model. What OpenAI's form has no place for stands below `venom`.
pub(crate) fn model(info: &ModelInfo, is_resting: bool) -> Value {
    let mut listed = plain(info.id.as_str(), info.id.provider());
    if let Some(listed) = listed.as_object_mut() {
        let more = json!({
            "context": info.context,
            "max_output": info.max_output,
            "price": info.price,
            "privacy": info.privacy,
            "tools": info.tools,
            "schema": info.schema,
            "images": info.images,
            "thinking": info.thinking,
            "quality": info.quality,
            "typical": info.typical,
            "is_resting": is_resting,
        });
        listed.insert("venom".to_owned(), more);
    }
    listed
}

/// Describes something that can be named as a model.
pub(crate) fn plain(id: &str, owner: &str) -> Value {
    json!({"id": id, "object": "model", "created": 0, "owned_by": owner})
}

/// Writes vectors.
pub(crate) fn vectors(model: &str, vectors: &[Vec<f32>], is_base64: bool, tokens: u64) -> Value {
    let data: Vec<Value> = vectors
        .iter()
        .enumerate()
        .map(|(index, vector)| {
            let embedding = if is_base64 {
                let bytes: Vec<u8> = vector.iter().flat_map(|one| one.to_le_bytes()).collect();
                Value::String(STANDARD.encode(bytes))
            } else {
                json!(vector)
            };
            json!({"object": "embedding", "index": index, "embedding": embedding})
        })
        .collect();
    json!({
        "object": "list",
        "model": model,
        "data": data,
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    })
}

#[cfg(test)]
mod tests {
    use venom_kernel::model::Part;

    use super::*;

    fn reply(stop: Stop) -> Reply {
        Reply {
            parts: vec![
                Part::text("Looking."),
                Part::ToolCall(ToolCall {
                    id: "a".to_owned(),
                    name: "look".to_owned(),
                    arguments: json!({"at": 1}),
                    seal: None,
                }),
            ],
            stop,
            usage: Usage {
                input: 5,
                output: 2,
                cache_read: 3,
                ..Usage::default()
            },
            model: String::new(),
            request_id: None,
        }
    }

    fn head() -> Head {
        Head {
            id: "chatcmpl-1".to_owned(),
            created: 1,
            model: "home/small".parse().unwrap(),
        }
    }

    #[test]
    fn calls_are_told_whole_or_not_at_all() {
        let whole = head().whole(&reply(Stop::Tools));
        let choice = &whole["choices"][0];
        assert_eq!(choice["finish_reason"], "tool_calls");
        assert_eq!(
            choice["message"]["tool_calls"][0]["function"]["arguments"],
            "{\"at\":1}"
        );
        assert_eq!(whole["usage"]["prompt_tokens"], 8);
        assert_eq!(whole["usage"]["total_tokens"], 10);
        let cut = head().whole(&reply(Stop::Length));
        assert_eq!(cut["choices"][0]["finish_reason"], "length");
        assert_eq!(cut["choices"][0]["message"].get("tool_calls"), None);
    }

    #[test]
    fn the_last_pieces_say_why_and_what_was_used() {
        let pieces = head().last(&reply(Stop::End), true);
        assert_eq!(pieces.len(), 3);
        assert_eq!(
            pieces[0]["choices"][0]["delta"]["tool_calls"][0]["index"],
            0
        );
        assert_eq!(pieces[1]["choices"][0]["finish_reason"], "tool_calls");
        assert_eq!(pieces[2]["choices"], json!([]));
        assert_eq!(head().last(&reply(Stop::Length), false).len(), 1);
    }

    #[test]
    fn vectors_are_numbers_or_their_bytes() {
        let written = vectors("m", &[vec![1.0, -0.5]], true, 1);
        assert_eq!(written["data"][0]["embedding"], "AACAPwAAAL8=");
        let written = vectors("m", &[vec![1.0, -0.5]], false, 1);
        assert_eq!(written["data"][0]["embedding"], json!([1.0, -0.5]));
    }
}
