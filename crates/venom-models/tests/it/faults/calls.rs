//! Calls of tools that are half, broken or odd: none of them may be followed.

use serde_json::{Value, json};
use venom_kernel::model::{Reply, Stop};
use venom_ports::FailureKind::Corrupt;
use venom_testkit::provider::{Answer, Speaks, Speech};

use super::{Case, Told, case, check};

/// Returns the frames of a call whose arguments are this text, or this value where they come whole.
fn stream(speaks: Speaks, name: &Value, text: &str, stop: &Stop) -> Answer {
    let speech = Speech {
        stop: stop.clone(),
        ..Speech::call("NAME", json!("ARGUMENTS"))
    };
    let whole: Vec<String> = speech.frames(speaks);
    // In pieces where the dialect has pieces: the halves are joined to one.
    let quoted = Value::String(text.to_owned()).to_string();
    let mut frames = Vec::new();
    for frame in whole {
        let frame = frame
            .replace("\"NAME\"", &name.to_string())
            .replace("\\\"ARGU", "@@")
            .replace("MENTS\\\"", "")
            .replace("\"@@\"", &quoted);
        // Where they come as a value, they are that.
        frames.push(frame.replace("\"ARGUMENTS\"", text));
    }
    Answer::chunks(speaks.media(), frames)
}

fn first(reply: &Reply) -> Option<(&str, &Value)> {
    let call = reply.calls().next()?;
    Some((call.name.as_str(), &call.arguments))
}

pub(super) fn cases(speaks: Speaks) -> Vec<Case> {
    let name = json!("read_file");
    let is_in_pieces = matches!(speaks, Speaks::Anthropic | Speaks::OpenAi);
    let corrupt = Told::Fails(Corrupt, 1);
    let mut cases = vec![
        case(
            "as it should be",
            stream(speaks, &name, "{\"path\":\"a\"}", &Stop::Tools),
            Told::Replies(|reply| {
                first(reply) == Some(("read_file", &json!({"path": "a"})))
                    && reply.stop == Stop::Tools
            }),
        ),
        case(
            "a tool that nobody offered",
            stream(speaks, &json!("rm_rf"), "{}", &Stop::Tools),
            Told::Replies(|reply| first(reply) == Some(("rm_rf", &json!({})))),
        ),
        case(
            "arguments of the wrong types are for the asker to judge",
            stream(speaks, &name, "{\"path\":17}", &Stop::Tools),
            Told::Replies(|reply| first(reply) == Some(("read_file", &json!({"path": 17})))),
        ),
        case(
            "arguments that are a list",
            stream(speaks, &name, "[1]", &Stop::Tools),
            corrupt,
        ),
        case(
            "arguments that are a number",
            stream(speaks, &name, "5", &Stop::Tools),
            corrupt,
        ),
        case(
            "arguments that are true",
            stream(speaks, &name, "true", &Stop::Tools),
            corrupt,
        ),
        case(
            "arguments twice in quotes",
            stream(speaks, &name, "\"no object\"", &Stop::Tools),
            corrupt,
        ),
        case(
            "no name",
            stream(speaks, &json!(""), "{}", &Stop::Tools),
            corrupt,
        ),
        case(
            "a name that is a number",
            stream(speaks, &json!(7), "{}", &Stop::Tools),
            corrupt,
        ),
        case(
            "a name with control characters",
            stream(speaks, &json!("a\u{1b}[2Jb"), "{}", &Stop::Tools),
            corrupt,
        ),
        case(
            "a name without an end",
            stream(speaks, &json!("x".repeat(5_000)), "{}", &Stop::Tools),
            corrupt,
        ),
        case(
            "nothing as arguments",
            stream(speaks, &name, "null", &Stop::Tools),
            Told::Replies(|reply| first(reply) == Some(("read_file", &json!({})))),
        ),
    ];
    if is_in_pieces {
        cases.push(case(
            "no arguments",
            stream(speaks, &name, "", &Stop::Tools),
            Told::Replies(|reply| first(reply) == Some(("read_file", &json!({})))),
        ));
        for text in [
            "{\"path\":",
            "{\"path\": \"a",
            "{\"path\": 'a'}",
            "{path: 1}",
            "{\"a\":1}{\"b\":2}",
            "{\"a\":1,}",
            "read_file(a)",
            "{\"a\":NaN}",
        ] {
            cases.push(case(
                format!("arguments `{text}` in an answer that says it is whole"),
                stream(speaks, &name, text, &Stop::Tools),
                corrupt,
            ));
        }
        cases.push(case(
            "half a call in an answer that was cut off by its length",
            stream(speaks, &name, "{\"path\": \"/etc", &Stop::Length),
            Told::Replies(|reply| reply.calls().count() == 0 && reply.stop == Stop::Length),
        ));
        cases.push(case(
            "an end for the sake of a call that is not there",
            Answer::speech(
                speaks,
                &Speech {
                    stop: Stop::Tools,
                    ..Speech::text("I will call.")
                },
            ),
            corrupt,
        ));
    }
    cases.extend(special(speaks));
    cases
}

/// What single dialects do to one.
fn special(speaks: Speaks) -> Vec<Case> {
    let corrupt = Told::Fails(Corrupt, 1);
    let frames = |values: &[Value]| {
        Answer::chunks(
            speaks.media(),
            values.iter().map(|value| speaks.frame(value)),
        )
    };
    let chunk = |delta: Value, reason: Value| json!({"model": "fake", "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]});
    let end = chunk(json!({}), json!("tool_calls"));
    match speaks {
        Speaks::OpenAi => vec![
            case(
                "name and id repeated with every piece",
                frames(&[
                    chunk(
                        json!({"tool_calls": [{"index": 0, "id": "c", "function": {"name": "read_file", "arguments": "{\"path\":"}}]}),
                        Value::Null,
                    ),
                    chunk(
                        json!({"tool_calls": [{"index": 0, "id": "c", "function": {"name": "read_file", "arguments": "\"a\"}"}}]}),
                        Value::Null,
                    ),
                    end.clone(),
                ]),
                Told::Replies(|reply| {
                    reply.calls().count() == 1
                        && first(reply) == Some(("read_file", &json!({"path": "a"})))
                }),
            ),
            case(
                "all calls numbered alike, with ids of their own",
                frames(&[
                    chunk(
                        json!({"tool_calls": [{"index": 0, "id": "c", "function": {"name": "a", "arguments": "{}"}}]}),
                        Value::Null,
                    ),
                    chunk(
                        json!({"tool_calls": [{"index": 0, "id": "d", "function": {"name": "b", "arguments": "{}"}}]}),
                        Value::Null,
                    ),
                    end.clone(),
                ]),
                Told::Replies(|reply| {
                    let names: Vec<&str> = reply.calls().map(|call| call.name.as_str()).collect();
                    names == ["a", "b"]
                }),
            ),
            case(
                "calls without numbers",
                frames(&[
                    chunk(
                        json!({"tool_calls": [{"id": "c", "function": {"name": "a", "arguments": "{"}}]}),
                        Value::Null,
                    ),
                    chunk(
                        json!({"tool_calls": [{"function": {"arguments": "}"}}]}),
                        Value::Null,
                    ),
                    chunk(
                        json!({"tool_calls": [{"id": "d", "function": {"name": "b", "arguments": "{}"}}]}),
                        Value::Null,
                    ),
                    end.clone(),
                ]),
                Told::Replies(|reply| reply.calls().count() == 2),
            ),
            case(
                "the same id twice",
                frames(&[
                    chunk(
                        json!({"tool_calls": [{"index": 0, "id": "c", "function": {"name": "a", "arguments": "{}"}}]}),
                        Value::Null,
                    ),
                    chunk(
                        json!({"tool_calls": [{"index": 1, "id": "c", "function": {"name": "b", "arguments": "{}"}}]}),
                        Value::Null,
                    ),
                    end.clone(),
                ]),
                Told::Replies(|reply| {
                    let ids: std::collections::BTreeSet<&str> =
                        reply.calls().map(|call| call.id.as_str()).collect();
                    ids.len() == 2
                }),
            ),
            case(
                "arguments before the call",
                frames(&[
                    chunk(
                        json!({"tool_calls": [{"index": 3, "function": {"arguments": "{}"}}]}),
                        Value::Null,
                    ),
                    end.clone(),
                ]),
                corrupt,
            ),
            case(
                "calls that are no list",
                frames(&[
                    chunk(json!({"tool_calls": {"a": 1}}), Value::Null),
                    end.clone(),
                ]),
                corrupt,
            ),
            case(
                "a number that is negative",
                frames(&[
                    chunk(
                        json!({"tool_calls": [{"index": -1, "id": "c", "function": {"name": "a"}}]}),
                        Value::Null,
                    ),
                    end,
                ]),
                corrupt,
            ),
            case(
                "choices that are no list",
                frames(&[json!({"choices": {}})]),
                corrupt,
            ),
            case(
                "a delta that is no object",
                frames(&[chunk(json!("x"), Value::Null)]),
                corrupt,
            ),
            case(
                "an answer of a server that does not stream",
                Answer::json(
                    200,
                    &json!({
                        "id": "x", "object": "chat.completion", "model": "fake",
                        "choices": [{"index": 0, "message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}],
                        "usage": {"prompt_tokens": 3, "completion_tokens": 1},
                    }),
                ),
                Told::Replies(|reply| reply.text() == "hi" && reply.usage.input == 3),
            ),
            case(
                "a refusal",
                frames(&[
                    chunk(json!({"refusal": "I will not."}), Value::Null),
                    chunk(json!({}), json!("stop")),
                ]),
                Told::Replies(|reply| reply.stop == Stop::Refused && reply.text() == "I will not."),
            ),
            case(
                "the end of the list without the end of the answer",
                Answer::chunks(speaks.media(), ["data: [DONE]\n\n"]),
                Told::Fails(venom_ports::FailureKind::Retryable, 1),
            ),
        ],
        Speaks::Anthropic => vec![
            case(
                "a block without a number",
                frames(&[
                    json!({"type": "content_block_start", "content_block": {"type": "text", "text": ""}}),
                ]),
                corrupt,
            ),
            case(
                "a piece of a call that did not begin",
                frames(&[
                    json!({"type": "content_block_delta", "index": 4, "delta": {"type": "input_json_delta", "partial_json": "{}"}}),
                ]),
                corrupt,
            ),
            case(
                "events that nobody knows",
                frames(&[
                    json!({"type": "message_start", "message": {"model": "fake", "usage": {"input_tokens": 1}}}),
                    json!({"type": "weather_report", "index": 0}),
                    json!({"type": "content_block_start", "index": 0, "content_block": {"type": "hologram"}}),
                    json!({"type": "content_block_delta", "index": 0, "delta": {"type": "hologram_delta"}}),
                    json!({"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": "hi"}}),
                    json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}}),
                ]),
                Told::Replies(|reply| reply.text() == "hi" && reply.usage.output == 2),
            ),
            case(
                "an input that is a text",
                frames(&[
                    json!({"type": "content_block_start", "index": 0, "content_block": {"type": "tool_use", "id": "a", "name": "b", "input": "x"}}),
                ]),
                corrupt,
            ),
            case(
                "an answer of a server that does not stream",
                Answer::json(
                    200,
                    &json!({
                        "type": "message", "id": "m", "model": "fake", "stop_reason": "tool_use",
                        "content": [{"type": "text", "text": "hi"}, {"type": "tool_use", "id": "t", "name": "read_file", "input": {"path": "a"}}],
                        "usage": {"input_tokens": 3, "output_tokens": 4},
                    }),
                ),
                Told::Replies(|reply| reply.text() == "hi" && reply.calls().count() == 1),
            ),
        ],
        Speaks::Gemini => vec![
            case(
                "a question that is refused",
                frames(&[
                    json!({"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": {"promptTokenCount": 9}}),
                ]),
                Told::Replies(|reply| reply.stop == Stop::Refused && reply.parts.is_empty()),
            ),
            case(
                "a call that the model wrote badly",
                frames(&[json!({"candidates": [{"finishReason": "MALFORMED_FUNCTION_CALL"}]})]),
                corrupt,
            ),
            case(
                "candidates that are no list",
                frames(&[json!({"candidates": {}})]),
                corrupt,
            ),
            case(
                "parts that are no list",
                frames(&[json!({"candidates": [{"content": {"parts": "x"}}]})]),
                corrupt,
            ),
        ],
        Speaks::Ollama => vec![
            case(
                "an end that is a text",
                frames(&[json!({"done": "yes"})]),
                corrupt,
            ),
            case(
                "a message that is a text",
                frames(&[json!({"message": "hi", "done": false})]),
                corrupt,
            ),
            case(
                "two lines in one piece",
                Answer::chunks(
                    speaks.media(),
                    [format!(
                        "{}\n{}\n",
                        json!({"message": {"content": "a"}, "done": false}),
                        json!({"message": {"content": "b"}, "done": true}),
                    )],
                ),
                Told::Replies(|reply| reply.text() == "ab"),
            ),
            case(
                "arguments that are JSON in a text",
                frames(&[
                    json!({"message": {"content": "", "tool_calls": [{"function": {"name": "a", "arguments": "{\"b\":1}"}}]}, "done": false}),
                    json!({"message": {"content": ""}, "done": true, "done_reason": "stop"}),
                ]),
                Told::Replies(|reply| first(reply) == Some(("a", &json!({"b": 1})))),
            ),
        ],
    }
}

#[test]
fn anthropic() {
    check(Speaks::Anthropic, cases(Speaks::Anthropic));
}

#[test]
fn gemini() {
    check(Speaks::Gemini, cases(Speaks::Gemini));
}

#[test]
fn ollama() {
    check(Speaks::Ollama, cases(Speaks::Ollama));
}

#[test]
fn openai() {
    check(Speaks::OpenAi, cases(Speaks::OpenAi));
}
