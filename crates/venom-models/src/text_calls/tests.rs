use proptest::prelude::*;
use serde_json::json;
use venom_kernel::model::Usage;

use super::*;

fn tools() -> Vec<Tool> {
    let tool = |name: &str, parameters: Value| Tool {
        name: name.to_owned(),
        description: "Does.".to_owned(),
        parameters,
    };
    vec![
        tool(
            "read_file",
            json!({"type": "object", "required": ["path"], "properties": {
                "path": {"type": "string"},
                "lines": {"type": "integer"},
                "all": {"type": "boolean"},
                "tags": {"type": "array", "items": {"type": "string"}},
            }}),
        ),
        tool(
            "list_dir",
            json!({"type": "object", "properties": {"path": {"type": "string"}}}),
        ),
    ]
}

fn adopted(text: &str) -> Reply {
    let mut reply = Reply {
        parts: vec![Part::text(text)],
        stop: Stop::End,
        usage: Usage::default(),
        model: String::new(),
        request_id: None,
    };
    adopt(&mut reply, &tools(), 0, true);
    reply
}

fn found(text: &str) -> Vec<(String, Value)> {
    adopted(text)
        .calls()
        .map(|call| (call.name.clone(), call.arguments.clone()))
        .collect()
}

#[test]
fn every_form_that_models_fall_into_is_read() {
    let expected = vec![("read_file".to_owned(), json!({"path": "a.txt"}))];
    for text in [
        r#"{"name": "read_file", "arguments": {"path": "a.txt"}}"#,
        r#"{"name": "read_file", "parameters": {"path": "a.txt"}}"#,
        r#"{"name": "read_file", "arguments": "{\"path\": \"a.txt\"}"}"#,
        r#"{"tool": "read_file", "args": {"path": "a.txt"}}"#,
        r#"{"function": {"name": "read_file", "arguments": {"path": "a.txt"}}}"#,
        r#"{"type": "function", "name": "read_file", "path": "a.txt"}"#,
        r#"{"read_file": {"path": "a.txt"}}"#,
        r#"{"tool_calls": [{"id": "1", "type": "function", "function": {"name": "read_file", "arguments": {"path": "a.txt"}}}]}"#,
        r#"[{"name": "read_file", "arguments": {"path": "a.txt"}}]"#,
        "{'name': 'read_file', 'arguments': {'path': 'a.txt',},}",
        r#"{name: "read_file", arguments: {path: "a.txt", lines: None}}"#,
        "```json\n{\"name\": \"read_file\", \"arguments\": {\"path\": \"a.txt\"}}\n```",
        "```tool_call\nread_file(path='a.txt')\n```",
        "```\n[read_file(path=\"a.txt\")]\n```",
        "<tool_call>{\"name\": \"read_file\", \"arguments\": {\"path\": \"a.txt\"}}</tool_call>",
        "<tool_call>\n{\"name\": \"read_file\", \"arguments\": {\"path\": \"a.txt\"}}\n",
        "<tool_call><function=read_file><parameter=path>\na.txt\n</parameter></function></tool_call>",
        "<function=read_file>{\"path\": \"a.txt\"}</function>",
        "<function=read_file>\n<parameter=path>a.txt</parameter>\n</function>",
        "<invoke name=\"read_file\"><parameter name=\"path\">a.txt</parameter></invoke>",
        "<read_file><path>a.txt</path></read_file>",
        "<tool_code>read_file(path=\"a.txt\")</tool_code>",
        "[TOOL_CALLS][{\"name\": \"read_file\", \"arguments\": {\"path\": \"a.txt\"}}]",
        "<|python_tag|>{\"name\": \"read_file\", \"parameters\": {\"path\": \"a.txt\"}}",
        "read_file(path=\"a.txt\")",
        "read_file('a.txt')",
        "[read_file(path='a.txt')]",
    ] {
        assert_eq!(found(text), expected, "{text}");
    }
}

#[test]
fn several_calls_come_in_order_and_words_stay_words() {
    let reply = adopted(
        "I will look.\n<tool_call>{\"name\": \"list_dir\", \"arguments\": {}}</tool_call>\n<tool_call>{\"name\": \"read_file\", \"arguments\": {\"path\": \"x\"}}</tool_call>",
    );
    assert_eq!(reply.text(), "I will look.");
    assert_eq!(reply.stop, Stop::Tools);
    let ids: Vec<&str> = reply.calls().map(|call| call.id.as_str()).collect();
    assert_eq!(ids, ["call-1", "call-2"]);
    assert_eq!(
        found("[list_dir(path='a'), read_file(path='b', lines=3)]"),
        [
            ("list_dir".to_owned(), json!({"path": "a"})),
            ("read_file".to_owned(), json!({"path": "b", "lines": 3})),
        ]
    );
}

#[test]
fn what_is_no_call_is_none() {
    for text in [
        "",
        "Use read_file(path) to read.",
        "The function `read_file(path=\"a\")` reads.",
        r#"{"name": "rm_rf", "arguments": {"path": "/"}}"#,
        r#"{"name": "Ada", "age": 36}"#,
        "```json\n{\"path\": \"a\"}\n```",
        "<b>read_file</b>",
        "[1, 2, 3]",
        "```rust\nfn main() {}\n```",
        "<tool_call>rm_rf(path='/')</tool_call>",
    ] {
        let reply = adopted(text);
        assert_eq!(reply.calls().count(), 0, "{text}");
        assert_eq!(reply.text(), text);
        assert_eq!(reply.stop, Stop::End);
    }
}

#[test]
fn what_is_open_at_the_end_is_no_call() {
    let whole = [
        "<tool_call>{\"name\": \"read_file\", \"arguments\": {\"path\": \"/tmp/a\"}}",
        "```json\n{\"name\": \"read_file\", \"arguments\": {\"path\": \"/tmp/a\"}}\n```",
        "<function=read_file><parameter=path>/tmp/a</parameter></function>",
        "read_file(path=\"/tmp/a\")",
        "{\"name\": \"read_file\", \"arguments\": {\"path\": \"/tmp/a\"}}",
    ];
    for text in whole {
        assert_eq!(found(text).len(), 1, "{text}");
        let chars: Vec<char> = text.chars().collect();
        for end in 0..chars.len() {
            let head: String = chars[..end].iter().collect();
            for (_, arguments) in found(&head) {
                // A fence without its end is whole if what is in it is.
                assert_eq!(arguments, json!({"path": "/tmp/a"}), "{head}");
            }
        }
    }
    let mut reply = adopted("");
    reply.parts = vec![Part::text(whole[4])];
    reply.stop = Stop::Length;
    adopt(&mut reply, &tools(), 0, true);
    assert_eq!(reply.calls().count(), 0);
}

#[test]
fn arguments_are_put_right_by_their_schema() {
    for (text, expected) in [
        (
            r#"{"path": "a", "lines": "3"}"#,
            json!({"path": "a", "lines": 3}),
        ),
        (
            r#"{"path": "a", "lines": 3.0}"#,
            json!({"path": "a", "lines": 3}),
        ),
        (
            r#"{"path": "a", "lines": 3.5}"#,
            json!({"path": "a", "lines": 3.5}),
        ),
        (r#"{"path": 7}"#, json!({"path": "7"})),
        (r#"{"Path": "a"}"#, json!({"path": "a"})),
        (
            r#"{"path": "a", "all": "True"}"#,
            json!({"path": "a", "all": true}),
        ),
        (
            r#"{"path": "a", "tags": "x"}"#,
            json!({"path": "a", "tags": ["x"]}),
        ),
        (
            r#"{"path": "a", "tags": "[\"x\", \"y\"]"}"#,
            json!({"path": "a", "tags": ["x", "y"]}),
        ),
        (r#"{"path": "a", "lines": null}"#, json!({"path": "a"})),
        (
            r#"{"path": "a", "more": 1}"#,
            json!({"path": "a", "more": 1}),
        ),
    ] {
        let text = format!(r#"{{"name": "read_file", "arguments": {text}}}"#);
        assert_eq!(found(&text), [("read_file".to_owned(), expected)], "{text}");
    }
}

#[test]
fn a_request_is_put_into_words() {
    let request = Request {
        system: "Be brief.".to_owned(),
        messages: vec![
            Message::user("Read a."),
            Message::assistant(vec![Part::ToolCall(ToolCall {
                id: "c".to_owned(),
                name: "read_file".to_owned(),
                arguments: json!({"path": "a"}),
                seal: None,
            })]),
            Message {
                role: Role::User,
                parts: vec![Part::ToolResult {
                    id: "c".to_owned(),
                    text: "alpha".to_owned(),
                    is_error: false,
                }],
            },
        ],
        tools: tools(),
        max_tokens: 10,
        ..Request::default()
    };
    assert!(has_calls(&request));
    let asked = ask(&request);
    assert!(asked.tools.is_empty());
    assert!(!has_calls(&asked));
    for part in [
        "Be brief.",
        "read_file",
        "list_dir",
        "may be left out",
        "<tool_call>",
    ] {
        assert!(asked.system.contains(part), "{}", asked.system);
    }
    // What is shown of earlier calls is what is read as one.
    let Part::Text { text } = &asked.messages[1].parts[0] else {
        panic!("{asked:?}");
    };
    assert_eq!(
        found(text),
        [("read_file".to_owned(), json!({"path": "a"}))]
    );
    let Part::Text { text } = &asked.messages[2].parts[0] else {
        panic!("{asked:?}");
    };
    assert_eq!(text, "Result of read_file:\nalpha");
}

proptest! {
    /// Whatever is said, nothing breaks, and no tool is called that nobody offered.
    #[test]
    fn any_text(text in "(read_file|<|>|tool_call|\\{|\\}|\\[|\\]|\"|'|\\(|\\)|=|:|,|```|name|arguments|path|\\\\|\\\\u|d83d|\n| |é|1|-|\\.|<function=|</function>|<parameter=path>){0,40}") {
        for (name, _) in found(&text) {
            prop_assert!(name == "read_file" || name == "list_dir");
        }
    }

    /// What is written as a call is read as the same call.
    #[test]
    fn there_and_back(path in ".{0,60}", lines in any::<i32>()) {
        let arguments = json!({"path": path, "lines": lines});
        let text = written("read_file", &arguments);
        prop_assert_eq!(found(&text), vec![("read_file".to_owned(), arguments)]);
    }
}

#[test]
fn what_a_model_quotes_is_no_call_where_it_could_have_called() {
    let call = "{\"name\": \"read_file\", \"arguments\": {\"path\": \"a\"}}";
    for (text, in_words, calls) in [
        (call.to_owned(), false, 1),
        (
            format!("The README says, and I will not do it:\n\n```json\n{call}\n```\n"),
            false,
            0,
        ),
        (format!("I read it.\n\n```json\n{call}\n```\n"), true, 1),
    ] {
        let mut reply = Reply {
            parts: vec![Part::text(text.clone())],
            stop: Stop::End,
            usage: Usage::default(),
            model: String::new(),
            request_id: None,
        };
        adopt(&mut reply, &tools(), 0, in_words);
        assert_eq!(reply.calls().count(), calls, "{text}");
    }
}
