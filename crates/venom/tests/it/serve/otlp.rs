//! What a collector is told: spans that belong together, counts, and nothing of what was said.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::{Value, json};
use venom_testkit::provider::{Answer, FakeServer};

use super::client::Served;
use super::home;
use crate::home::Home;

/// How long anything may take. Chosen: a busy machine is ten times slower than a free one.
const PATIENCE: Duration = Duration::from_mins(1);

fn spans(collector: &FakeServer) -> Vec<Value> {
    let seen = collector.seen();
    seen.iter()
        .filter(|seen| seen.path == "/v1/traces")
        .flat_map(|seen| {
            let spans = &seen.body["resourceSpans"][0]["scopeSpans"][0]["spans"];
            spans.as_array().cloned().unwrap_or_default()
        })
        .collect()
}

fn attribute<'a>(span: &'a Value, name: &str) -> Option<&'a str> {
    let all = span["attributes"].as_array()?;
    let found = all.iter().find(|one| one["key"] == name)?;
    let value = found["value"].as_object()?.values().next()?;
    value.as_str()
}

/// Looks until the collector was told of the end of a run.
fn until_told(collector: &FakeServer, runs: usize) -> Vec<Value> {
    let begun = Instant::now();
    loop {
        let spans = spans(collector);
        if spans.iter().filter(|span| span["name"] == "run").count() >= runs {
            return spans;
        }
        assert!(begun.elapsed() < PATIENCE, "{spans:?}");
        std::thread::yield_now();
    }
}

fn run(home: &Home, served: &Served) -> String {
    let body = json!({"goal": "look around here", "workspace": home.work()});
    let made = served.post("/v1/runs", &body);
    assert_eq!(made.status, 201, "{made:?}");
    let run = made.json()["run"].as_str().unwrap().to_owned();
    served
        .stream(&format!("/v1/runs/{run}/stream"), None)
        .take_until("RunFinished");
    run
}

#[test]
fn a_collector_is_told_what_a_run_did_and_nothing_of_what_was_said() {
    let collector = FakeServer::responding(|_, _| Answer::json(200, &json!({}))).unwrap();
    let home = home();
    let url = format!("{}/below", collector.url());
    let served = Served::start(&home, &["--otlp", &url, "--otlp-every", "100ms"]);
    let run = run(&home, &served);
    let begun = Instant::now();
    while !collector
        .seen()
        .iter()
        .any(|seen| seen.path == "/below/v1/traces")
    {
        assert!(begun.elapsed() < PATIENCE);
        std::thread::yield_now();
    }
    served.stop(Signal::TERM);
    let seen = collector.seen();
    assert!(seen.iter().any(|seen| seen.path == "/below/v1/metrics"));
    let spans: Vec<&Value> = seen
        .iter()
        .filter(|seen| seen.path == "/below/v1/traces")
        .filter_map(|seen| seen.body["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array())
        .flatten()
        .collect();
    let named: BTreeMap<&str, &Value> = spans
        .iter()
        .map(|span| (span["name"].as_str().unwrap(), *span))
        .collect();
    let (root, step) = (named["run"], named["step look"]);
    let tool = named["execute_tool files.todos"];
    assert_eq!(attribute(root, "venom.run.id"), Some(run.as_str()));
    assert_eq!(attribute(root, "venom.outcome"), Some("succeeded"));
    assert_eq!(root["parentSpanId"], Value::Null);
    assert_eq!(step["parentSpanId"], root["spanId"]);
    assert_eq!(tool["parentSpanId"], step["spanId"]);
    assert_eq!(
        attribute(tool, "gen_ai.operation.name"),
        Some("execute_tool")
    );
    // A span is named by its event.
    let (_, log) = home.json(&["log", &run, "--json"]);
    for span in &spans {
        assert_eq!(span["traceId"], root["traceId"]);
        let begun: usize = attribute(span, "venom.event.begun")
            .unwrap()
            .parse()
            .unwrap();
        assert_eq!(span["spanId"], format!("{begun:016x}"));
        let event = &log["data"]["events"][begun - 1];
        let time = event["time"].as_i64().unwrap();
        assert_eq!(span["startTimeUnixNano"], format!("{time}000"), "{event}");
    }
    // What is told again, because the server ended before it heard that it was taken, is the same.
    let mut told_of: BTreeMap<&str, &Value> = BTreeMap::new();
    for span in &spans {
        let id = span["spanId"].as_str().unwrap();
        let before = told_of.insert(id, *span);
        assert!(before.is_none_or(|before| before == *span), "{span}");
    }
    let told = seen
        .iter()
        .map(|seen| seen.body.to_string())
        .collect::<String>();
    assert!(!told.contains("look around"), "{told}");
    assert!(told.contains("venom.runs"), "{told}");
}

#[test]
fn a_collector_that_was_away_is_told_later_and_once() {
    let collector = FakeServer::responding(|_, number| {
        let status = if number < 4 { 503 } else { 200 };
        Answer::json(status, &json!({}))
    })
    .unwrap();
    let home = home();
    let served = Served::start(
        &home,
        &["--otlp", &collector.url(), "--otlp-every", "100ms"],
    );
    run(&home, &served);
    // What was refused and what was taken.
    let spans = until_told(&collector, 2);
    assert!(spans.len() >= 6, "{spans:?}");
    served.stop(Signal::TERM);
}

#[test]
fn a_collector_elsewhere_is_not_told_in_the_clear() {
    let home = home();
    for url in [
        "http://otlp.example",
        "https://u:p@otlp.example",
        "nonsense",
    ] {
        let done = home.venom(&["serve", "--listen", "127.0.0.1:0", "--otlp", url]);
        assert_eq!(done.code, Some(2), "{done:?}");
        assert!(done.stderr.contains("collector"), "{done:?}");
    }
}
