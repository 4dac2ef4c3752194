//! `function.*`: what reaches a function, and what of its answer becomes a result.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use venom_kernel::time::Millis;
use venom_ports::function::{
    Answer, FunctionError, FunctionInfo, Functions, Invocation, LogTail, Mode,
};
use venom_ports::{FailureKind, Result};

use crate::world::{World, text};

/// Functions that answer what they were given, and remember it. `broken` fails.
#[derive(Default)]
pub(crate) struct Answering {
    seen: Mutex<Vec<Invocation>>,
}

#[async_trait]
impl Functions for Answering {
    async fn invoke(&self, invocation: Invocation, _cancel: CancellationToken) -> Result<Answer> {
        let is_broken = invocation.function == "broken";
        let answer = Answer {
            status: Some(200),
            payload: if is_broken {
                json!({"errorType": "KeyError", "errorMessage": "no such\u{1b}[31m image"})
            } else {
                invocation.payload.clone()
            },
            error: is_broken.then_some(FunctionError::Unhandled),
            log: Some("a line".to_owned()),
            request: Some("a-request-id".to_owned()),
            version: None,
            billed: Some(Millis::new(7)),
            took: Millis::new(12_345),
            attempts: 1,
        };
        self.seen.lock().unwrap().push(invocation);
        Ok(answer)
    }

    fn list(&self) -> Vec<FunctionInfo> {
        ["broken", "charge", "lookup"]
            .map(|name| FunctionInfo {
                name: name.to_owned(),
                kind: "http",
                target: "https://example.org/run".to_owned(),
                description: Some(format!("Does {name}.")),
                is_idempotent: name == "lookup",
                modes: Mode::ALL.to_vec(),
                timeout: Millis::from_secs(30),
                input: None,
            })
            .into()
    }
}

fn world() -> (World, Arc<Answering>) {
    let functions = Arc::new(Answering::default());
    (World::with_functions(functions.clone()), functions)
}

#[test]
fn a_call_carries_the_key_of_its_step() {
    let (world, functions) = world();
    let payload = json!({"a": [1, {"b": null}]});
    let result = world.call(
        "function.invoke",
        json!({"function": "charge", "payload": payload}),
    );
    assert_eq!(result["payload"], payload);
    assert_eq!(
        *functions.seen.lock().unwrap(),
        [Invocation {
            function: "charge".to_owned(),
            payload,
            mode: Mode::Sync,
            key: "a-key".to_owned(),
            within: None,
            tail: LogTail::Wanted,
            traceparent: None,
        }]
    );
}

#[test]
fn nothing_that_differs_from_call_to_call_is_in_the_result() {
    let (world, _) = world();
    let params = json!({"function": "charge", "payload": 1});
    let shown = world.call("function.invoke", params).to_string();
    for part in ["12345", "a-request-id", "a line", "a-key"] {
        assert!(!shown.contains(part), "{shown}");
    }
}

#[test]
fn a_payload_may_be_the_text_of_a_document() {
    let (world, functions) = world();
    for (given, wanted) in [
        (json!({"json": "{\"w\": 3}"}), json!({"w": 3})),
        (json!({"json": "\"text\""}), json!("text")),
        (json!({"payload": "{\"w\": 3}"}), json!("{\"w\": 3}")),
        (json!({}), Value::Null),
    ] {
        let mut params = given;
        params["function"] = json!("charge");
        let result = world.call("function.invoke", params);
        assert_eq!(result["payload"], wanted);
    }
    for given in [
        json!({"function": "charge", "json": "{w: 3}"}),
        json!({"function": "charge", "json": ""}),
        json!({"function": "charge", "json": "1", "payload": 1}),
    ] {
        let failure = world.try_call("function.invoke", given).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Refused);
    }
    assert_eq!(functions.seen.lock().unwrap().len(), 4);
}

#[test]
fn a_query_calls_only_what_is_declared_idempotent() {
    let (world, functions) = world();
    let result = world.call(
        "function.query",
        json!({"function": "lookup", "payload": 1}),
    );
    assert_eq!(result["payload"], json!(1));
    for mode in ["sync", "async"] {
        let params = json!({"function": "charge", "mode": mode});
        let failure = world.try_call("function.query", params).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Refused);
        assert!(failure.hint.unwrap().contains("functions.charge"));
    }
    assert_eq!(functions.seen.lock().unwrap().len(), 1);
    let dry = json!({"function": "charge", "mode": "dry-run"});
    let result = world.call("function.query", dry);
    assert!(text(&result).contains("could be called"));
    assert_eq!(functions.seen.lock().unwrap()[1].mode, Mode::DryRun);
}

#[test]
fn a_function_that_failed_fails_the_step() {
    let (world, _) = world();
    let failure = world
        .try_call("function.invoke", json!({"function": "broken"}))
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Refused);
    assert!(failure.message.contains("KeyError: no such"), "{failure}");
    assert!(!failure.message.contains('\u{1b}'), "{failure}");
}

#[test]
fn a_function_that_is_not_there_is_named_with_those_that_are() {
    let (world, functions) = world();
    let failure = world
        .try_call("function.invoke", json!({"function": "chrage"}))
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Missing);
    assert!(failure.hint.unwrap().contains("broken, charge, lookup"));
    assert!(functions.seen.lock().unwrap().is_empty());
}

#[test]
fn functions_are_listed() {
    let (world, _) = world();
    let result = world.call("function.list", json!({}));
    assert_eq!(result["functions"][2]["name"], json!("lookup"));
    assert_eq!(result["functions"][2]["idempotent"], json!(true));
    assert!(text(&result).contains("charge: Does charge."));
}
