//! Speeches: what a model says, in the words of each provider.

use serde_json::{Value, json};
use venom_kernel::model::{Stop, Usage};

/// What a fake provider speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaks {
    /// Anthropic's messages.
    Anthropic,
    /// Google's `streamGenerateContent`.
    Gemini,
    /// Ollama's `/api/chat`.
    Ollama,
    /// `OpenAI`'s chat completions.
    OpenAi,
}

impl Speaks {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Anthropic, Self::Gemini, Self::Ollama, Self::OpenAi];

    /// Returns the name of the dialect in a configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Anthropic => "anthropic",
            Self::Gemini => "gemini",
            Self::Ollama => "ollama",
            Self::OpenAi => "openai",
        }
    }

    /// Returns the media type of a stream.
    pub const fn media(self) -> &'static str {
        match self {
            Self::Anthropic | Self::Gemini | Self::OpenAi => "text/event-stream",
            Self::Ollama => "application/x-ndjson",
        }
    }

    /// Puts a JSON value into the frame of a stream. Anthropic's events have their type twice.
    pub fn frame(self, value: &Value) -> String {
        match self {
            Self::Anthropic => {
                let kind = value.get("type").and_then(Value::as_str);
                format!("event: {}\ndata: {value}\n\n", kind.unwrap_or_default())
            }
            // Google's lines end as those of the standard for mail do.
            Self::Gemini => format!("data: {value}\r\n\r\n"),
            Self::OpenAi => format!("data: {value}\n\n"),
            Self::Ollama => format!("{value}\n"),
        }
    }

    /// Returns an error as the provider writes it.
    pub fn error(self, kind: &str, message: &str) -> Value {
        match self {
            Self::Anthropic => {
                json!({"type": "error", "error": {"type": kind, "message": message}})
            }
            Self::Gemini => {
                json!({"error": {"code": 500, "status": kind, "message": message}})
            }
            Self::Ollama => json!({"error": message}),
            Self::OpenAi => {
                json!({"error": {"type": kind, "code": null, "message": message}})
            }
        }
    }
}

/// What a model says in one answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Speech {
    /// What it thinks first, in pieces.
    pub thinking: Vec<String>,
    /// What it says, in pieces.
    pub text: Vec<String>,
    /// The tools that it calls, with their arguments.
    pub calls: Vec<(String, Value)>,
    /// Why it ends.
    pub stop: Stop,
    /// What is counted.
    pub usage: Usage,
}

impl Speech {
    /// Makes an answer of one text.
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            thinking: Vec::new(),
            text: vec![text.into()],
            calls: Vec::new(),
            stop: Stop::End,
            usage: Usage {
                input: 12,
                output: 5,
                ..Usage::default()
            },
        }
    }

    /// Makes an answer that calls a tool.
    pub fn call(name: impl Into<String>, arguments: Value) -> Self {
        Self {
            text: Vec::new(),
            calls: vec![(name.into(), arguments)],
            stop: Stop::Tools,
            ..Self::text("")
        }
    }

    /// Adds a call of a tool.
    #[must_use]
    pub fn and_call(mut self, name: impl Into<String>, arguments: Value) -> Self {
        self.calls.push((name.into(), arguments));
        self.stop = Stop::Tools;
        self
    }

    /// Returns the pieces of a stream, each in its frame.
    pub fn frames(&self, speaks: Speaks) -> Vec<String> {
        let values = match speaks {
            Speaks::Anthropic => self.anthropic(),
            Speaks::Gemini => self.gemini(),
            Speaks::Ollama => self.ollama(),
            Speaks::OpenAi => self.openai(),
        };
        let mut frames: Vec<String> = values.iter().map(|value| speaks.frame(value)).collect();
        if speaks == Speaks::OpenAi {
            frames.push("data: [DONE]\n\n".to_owned());
        }
        frames
    }

    fn anthropic(&self) -> Vec<Value> {
        let usage = self.usage;
        let mut events = vec![
            json!({"type": "message_start", "message": {
                "id": "msg-1", "type": "message", "role": "assistant", "model": "fake",
                "content": [], "stop_reason": null, "stop_sequence": null,
                "usage": {
                    "input_tokens": usage.input,
                    "cache_read_input_tokens": usage.cache_read,
                    "cache_creation_input_tokens": usage.cache_write,
                    "output_tokens": 1,
                },
            }}),
            json!({"type": "ping"}),
        ];
        let mut index = 0_u64;
        let mut block = |start: Value, deltas: Vec<Value>| {
            events.push(
                json!({"type": "content_block_start", "index": index, "content_block": start}),
            );
            for delta in deltas {
                events.push(json!({"type": "content_block_delta", "index": index, "delta": delta}));
            }
            events.push(json!({"type": "content_block_stop", "index": index}));
            index = index.saturating_add(1);
        };
        if !self.thinking.is_empty() {
            let mut deltas: Vec<Value> = self
                .thinking
                .iter()
                .map(|piece| json!({"type": "thinking_delta", "thinking": piece}))
                .collect();
            deltas.push(json!({"type": "signature_delta", "signature": "c2VhbGVk"}));
            block(
                json!({"type": "thinking", "thinking": "", "signature": ""}),
                deltas,
            );
        }
        if !self.text.is_empty() {
            let deltas = self
                .text
                .iter()
                .map(|piece| json!({"type": "text_delta", "text": piece}));
            block(json!({"type": "text", "text": ""}), deltas.collect());
        }
        for (number, (name, arguments)) in self.calls.iter().enumerate() {
            let deltas = halves(&arguments.to_string())
                .into_iter()
                .map(|piece| json!({"type": "input_json_delta", "partial_json": piece}));
            let start = json!({
                "type": "tool_use", "id": format!("toolu-{number}"), "name": name, "input": {},
            });
            block(start, deltas.collect());
        }
        let reason = match &self.stop {
            Stop::End => "end_turn",
            Stop::Tools => "tool_use",
            Stop::Text => "stop_sequence",
            Stop::Length => "max_tokens",
            Stop::Context => "model_context_window_exceeded",
            Stop::Refused => "refusal",
            Stop::Other(other) => other,
        };
        events.push(json!({
            "type": "message_delta",
            "delta": {"stop_reason": reason, "stop_sequence": null},
            "usage": {"output_tokens": usage.output},
        }));
        events.push(json!({"type": "message_stop"}));
        events
    }

    fn gemini(&self) -> Vec<Value> {
        let usage = self.usage;
        let piece = |parts: Value| {
            json!({
                "candidates": [{"content": {"role": "model", "parts": parts}, "index": 0}],
                "modelVersion": "fake", "responseId": "resp-1",
            })
        };
        let mut events: Vec<Value> = Vec::new();
        for text in &self.thinking {
            events.push(piece(json!([{"text": text, "thought": true}])));
        }
        for text in &self.text {
            events.push(piece(json!([{"text": text}])));
        }
        for (number, (name, arguments)) in self.calls.iter().enumerate() {
            let mut part = json!({"functionCall": {"name": name, "args": arguments}});
            if number == 0
                && let Some(part) = part.as_object_mut()
            {
                part.insert("thoughtSignature".to_owned(), "c2VhbGVk".into());
            }
            events.push(piece(json!([part])));
        }
        let reason = match &self.stop {
            Stop::End | Stop::Tools | Stop::Text => "STOP",
            Stop::Length => "MAX_TOKENS",
            Stop::Refused => "SAFETY",
            Stop::Context => "OTHER",
            Stop::Other(other) => other,
        };
        let prompt = usage.input.saturating_add(usage.cache_read);
        events.push(json!({
            "candidates": [{
                "content": {"role": "model", "parts": [{"text": ""}]},
                "finishReason": reason, "index": 0,
            }],
            "usageMetadata": {
                "promptTokenCount": prompt,
                "cachedContentTokenCount": usage.cache_read,
                "candidatesTokenCount": usage.output.saturating_sub(usage.thinking),
                "thoughtsTokenCount": usage.thinking,
                "totalTokenCount": prompt.saturating_add(usage.output),
            },
            "modelVersion": "fake", "responseId": "resp-1",
        }));
        events
    }

    fn ollama(&self) -> Vec<Value> {
        let usage = self.usage;
        let line = |message: Value| {
            json!({
                "model": "fake", "created_at": "2026-01-01T00:00:00Z",
                "message": message, "done": false,
            })
        };
        let mut lines: Vec<Value> = Vec::new();
        for text in &self.thinking {
            lines.push(line(
                json!({"role": "assistant", "content": "", "thinking": text}),
            ));
        }
        for text in &self.text {
            lines.push(line(json!({"role": "assistant", "content": text})));
        }
        for (name, arguments) in &self.calls {
            lines.push(line(
                json!({"role": "assistant", "content": "", "tool_calls": [
                    {"function": {"name": name, "arguments": arguments}},
                ]}),
            ));
        }
        let reason = match &self.stop {
            Stop::End | Stop::Tools | Stop::Text => "stop",
            Stop::Length => "length",
            Stop::Context => "context",
            Stop::Refused => "refused",
            Stop::Other(other) => other,
        };
        lines.push(json!({
            "model": "fake", "created_at": "2026-01-01T00:00:01Z",
            "message": {"role": "assistant", "content": ""},
            "done": true, "done_reason": reason,
            "total_duration": 1, "load_duration": 1, "prompt_eval_duration": 1, "eval_duration": 1,
            "prompt_eval_count": usage.input, "eval_count": usage.output,
        }));
        lines
    }

    fn openai(&self) -> Vec<Value> {
        let usage = self.usage;
        let chunk = |delta: Value, reason: Value| {
            json!({
                "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1,
                "model": "fake",
                "choices": [{"index": 0, "delta": delta, "finish_reason": reason}],
            })
        };
        let mut chunks = vec![chunk(
            json!({"role": "assistant", "content": ""}),
            Value::Null,
        )];
        for text in &self.thinking {
            chunks.push(chunk(json!({"reasoning_content": text}), Value::Null));
        }
        for text in &self.text {
            chunks.push(chunk(json!({"content": text}), Value::Null));
        }
        for (number, (name, arguments)) in self.calls.iter().enumerate() {
            chunks.push(chunk(
                json!({"tool_calls": [{
                    "index": number, "id": format!("call_{number}"), "type": "function",
                    "function": {"name": name, "arguments": ""},
                }]}),
                Value::Null,
            ));
            for piece in halves(&arguments.to_string()) {
                chunks.push(chunk(
                    json!({"tool_calls": [{"index": number, "function": {"arguments": piece}}]}),
                    Value::Null,
                ));
            }
        }
        let reason = match &self.stop {
            Stop::End | Stop::Text => "stop",
            Stop::Tools => "tool_calls",
            Stop::Length => "length",
            Stop::Context => "model_length",
            Stop::Refused => "content_filter",
            Stop::Other(other) => other,
        };
        chunks.push(chunk(json!({}), reason.into()));
        let prompt = usage.prompt();
        chunks.push(json!({
            "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "fake",
            "choices": [],
            "usage": {
                "prompt_tokens": prompt,
                "completion_tokens": usage.output,
                "total_tokens": prompt.saturating_add(usage.output),
                "prompt_tokens_details": {
                    "cached_tokens": usage.cache_read,
                    "cache_write_tokens": usage.cache_write,
                },
                "completion_tokens_details": {"reasoning_tokens": usage.thinking},
            },
        }));
        chunks
    }
}

/// Cuts a text in two, between characters.
fn halves(text: &str) -> Vec<String> {
    let middle = text.chars().count() / 2;
    let first: String = text.chars().take(middle).collect();
    let second: String = text.chars().skip(middle).collect();
    vec![first, second]
}
