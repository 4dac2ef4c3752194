use super::*;

fn hello() -> Value {
    json!({"model": "home/small", "messages": [{"role": "user", "content": "hello"}]})
}

/// Reads a conversation that differs from a plain one in these fields.
fn read(more: &Value) -> Read<Chat> {
    let mut body = hello();
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    chat(&body)
}

fn refused(more: &Value) -> String {
    let fault = read(more).err().unwrap_or_else(|| panic!("{more}"));
    assert!((400..500).contains(&fault.status), "{fault:?}");
    fault.body()["error"]["param"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

#[test]
fn a_plain_question_is_read() {
    let chat = read(&json!({})).unwrap();
    assert_eq!(chat.wanted, Wanted::Named("home/small".parse().unwrap()));
    assert_eq!(chat.request.messages, [Message::user("hello")]);
    assert_eq!(chat.request.max_tokens, 0);
    assert!(!chat.is_stream && !chat.tells_usage && chat.ignored.is_empty());
}

#[test]
fn a_conversation_with_tools_is_read() {
    let chat = read(&json!({
        "model": "auto:code",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "developer", "content": [{"type": "text", "text": "And kind."}]},
            {"role": "user", "content": "weather?"},
            {"role": "assistant", "content": null, "tool_calls": [
                {"id": "a", "type": "function", "function": {"name": "weather", "arguments": "{\"city\":\"Bern\"}"}},
                {"id": "b", "type": "function", "function": {"name": "time", "arguments": ""}}]},
            {"role": "tool", "tool_call_id": "a", "content": "rain"},
            {"role": "tool", "tool_call_id": "b", "content": "noon"},
        ],
        "tools": [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}],
        "tool_choice": {"type": "function", "function": {"name": "weather"}},
        "temperature": 0.7, "max_completion_tokens": 50, "stop": ["x"], "stream": true,
        "stream_options": {"include_usage": true}, "top_p": 0.9, "user": "me", "n": 1, "seed": null,
    }))
    .unwrap();
    assert_eq!(chat.wanted, Wanted::Auto(Kind::Code));
    let request = chat.request;
    assert_eq!(request.system, "Be brief.\n\nAnd kind.");
    let roles: Vec<(Role, usize)> = request
        .messages
        .iter()
        .map(|message| (message.role, message.parts.len()))
        .collect();
    assert_eq!(
        roles,
        [(Role::User, 1), (Role::Assistant, 2), (Role::User, 2)]
    );
    assert_eq!(request.choice, Choice::Tool("weather".to_owned()));
    assert_eq!((request.temperature, request.max_tokens), (Some(700), 50));
    assert!(chat.is_stream && chat.tells_usage);
    assert_eq!(chat.ignored, ["top_p"]);
}

#[test]
fn pictures_come_with_the_request() {
    let with = |url: &str| {
        read(&json!({"messages": [{"role": "user", "content": [
            {"type": "text", "text": "what is it?"},
            {"type": "image_url", "image_url": {"url": url}}]}]}))
    };
    let chat = with("data:image/png;base64,aGVsbG8=").unwrap();
    assert_eq!(chat.images.values().next().unwrap().as_ref(), b"hello");
    assert_eq!(chat.request.images().len(), 1);
    for bad in [
        "https://example.com/a.png",
        "data:image/svg+xml;base64,aGVsbG8=",
        "data:image/png;base64,&&&",
        "data:image/png;base64,",
        "",
    ] {
        assert_eq!(with(bad).unwrap_err().status, 400, "{bad}");
    }
}

#[test]
fn a_schema_holds_the_answer() {
    let schema = json!({"type": "object", "properties": {"a": {"type": "integer"}}});
    let format = json!({"type": "json_schema", "json_schema": {"name": "a", "schema": schema}});
    let chat = read(&json!({"response_format": format})).unwrap();
    assert_eq!(chat.request.output, Some(schema));
    let chat = read(&json!({"response_format": {"type": "json_object"}})).unwrap();
    assert_eq!(chat.request.output, Some(json!({"type": "object"})));
}

#[test]
fn what_cannot_be_done_is_refused_by_its_name() {
    for (more, field) in [
        (json!({"n": 2}), "n"),
        (json!({"logprobs": true}), "logprobs"),
        (json!({"functions": []}), "functions"),
        (json!({"modalities": ["audio"]}), "modalities"),
        (json!({"messages": []}), "messages"),
        (json!({"messages": "hello"}), "messages"),
        (
            json!({"messages": [{"role": "assistant", "content": "hi"}]}),
            "messages",
        ),
        (
            json!({"messages": [{"role": "god", "content": "hi"}]}),
            "messages[0]",
        ),
        (
            json!({"messages": [{"role": "user", "content": 3}]}),
            "messages[0]",
        ),
        (
            json!({"messages": [{"role": "user", "content": ""}]}),
            "messages[0]",
        ),
        (
            json!({"messages": [{"role": "tool", "content": "x"}]}),
            "messages[0]",
        ),
        (json!({"model": 7}), "model"),
        (json!({"model": "auto:dance"}), "model"),
        (json!({"max_tokens": 0}), "max_tokens"),
        (json!({"max_tokens": -1}), "max_tokens"),
        (
            json!({"max_completion_tokens": 1e30}),
            "max_completion_tokens",
        ),
        (json!({"temperature": 3}), "temperature"),
        (json!({"stop": [1]}), "stop"),
        (json!({"stream": "yes"}), "stream"),
        (json!({"tools": [{"type": "browser"}]}), "tools[0]"),
        (
            json!({"tools": [{"type": "function", "function": {"name": "a b"}}]}),
            "tools[0]",
        ),
        (json!({"tool_choice": "required"}), "tool_choice"),
        (
            json!({"response_format": {"type": "xml"}}),
            "response_format",
        ),
        (json!({"reasoning_effort": "all"}), "reasoning_effort"),
    ] {
        assert_eq!(refused(&more), field, "{more}");
    }
    assert_eq!(read(&json!({"model": "small"})).unwrap_err().status, 404);
    assert_eq!(chat(&json!([])).unwrap_err().status, 400);
}

#[test]
fn texts_become_vectors_of_one_model() {
    let read = |body: &Value| embed(body, "venom/embedded");
    let one = read(&json!({"model": "venom/embedded", "input": "a"})).unwrap();
    assert_eq!((one.texts.len(), one.is_base64), (1, false));
    let many = json!({"model": "auto", "input": ["a", "b"], "encoding_format": "base64"});
    assert!(read(&many).unwrap().is_base64);
    for bad in [
        json!({"model": "auto"}),
        json!({"model": "auto", "input": []}),
        json!({"model": "auto", "input": [1, 2]}),
        json!({"model": "auto", "input": ""}),
        json!({"model": "auto", "input": "a", "encoding_format": "hex"}),
        json!({"model": "auto", "input": "a", "dimensions": "x"}),
    ] {
        assert_eq!(read(&bad).unwrap_err().status, 400, "{bad}");
    }
    assert_eq!(
        read(&json!({"model": "x/y", "input": "a"}))
            .unwrap_err()
            .status,
        404
    );
}
