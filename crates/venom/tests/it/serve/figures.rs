//! Figures for operators, a server that ends at once, and streams that end with their token.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::json;

use super::client::Served;
use super::{home, started};
use crate::home::{ASKING, Home, has, slow_project};

/// Lets Prometheus' own tool look at a page.
fn check(page: &str) {
    if !super::clients::has("promtool", &["promtool", "--version"]) {
        return;
    }
    let mut child = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(page.as_bytes()).unwrap();
    drop(stdin);
    let done = child.wait_with_output().unwrap();
    assert!(
        done.status.success() && done.stderr.is_empty() && done.stdout.is_empty(),
        "{done:?}\n{page}"
    );
}

fn figure(page: &str, line: &str) -> Option<f64> {
    let found = page.lines().find_map(|one| one.strip_prefix(line))?;
    found.trim().parse().ok()
}

#[test]
fn figures_follow_the_log_and_go_on_after_a_restart() {
    let home = home();
    let served = Served::start(&home, &[]);
    let run = started(&served, &home, "look around here");
    served
        .stream(&format!("/v1/runs/{run}/stream"), None)
        .take_until("RunFinished");
    let page = |served: &Served| {
        let told = served.get("/metrics");
        assert_eq!(told.status, 200, "{told:?}");
        assert!(
            told.header("content-type")
                .unwrap()
                .starts_with("text/plain; version=0.0.4")
        );
        String::from_utf8(told.body).unwrap()
    };
    let first = page(&served);
    check(&first);
    let of = |page: &str| {
        [
            figure(page, "venom_runs_total{outcome=\"succeeded\"}"),
            figure(page, "venom_steps_total{outcome=\"verified\"}"),
            figure(
                page,
                "venom_request_duration_seconds_count{model=\"none\",skill=\"files\"}",
            ),
        ]
    };
    assert_eq!(of(&first), [Some(1.0), Some(1.0), Some(1.0)], "{first}");
    assert!(figure(&first, "process_resident_memory_bytes").unwrap() > 1e6);
    assert!(figure(&first, "venom_log_append_duration_seconds_count").unwrap() >= 2.0);
    served.stop(Signal::KILL);
    let served = Served::start(&home, &[]);
    assert_eq!(of(&page(&served)), of(&first));
    // Whoever may read figures may read nothing else.
    let (_, made) = home.json(&["token", "create", "--scope", "metrics", "--json"]);
    let reader = made["data"]["secret"].as_str();
    assert_eq!(served.ask("GET", "/metrics", reader, &[], "").status, 200);
    assert_eq!(served.ask("GET", "/v1/runs", reader, &[], "").status, 403);
    // Without a server the same figures are had.
    let printed = home.venom(&["metrics"]);
    assert_eq!(printed.code, Some(0), "{printed:?}");
    assert_eq!(of(&printed.stdout), of(&first));
    check(&printed.stdout);
    served.stop(Signal::TERM);
}

#[test]
fn a_server_with_an_unfinished_run_ends_at_once() {
    if !has("python3") {
        return;
    }
    let home = home();
    slow_project(&home, 100);
    let served = Served::start(&home, &[]);
    let run = started(&served, &home, "run the tests");
    let path = format!("/v1/runs/{run}/stream");
    served.stream(&path, None).take_until("EffectStarted");
    let begun = Instant::now();
    served.stop(Signal::TERM);
    // It waited ten seconds for a run that nobody had told.
    assert!(
        begun.elapsed() < Duration::from_secs(8),
        "{:?}",
        begun.elapsed()
    );
    let (_, shown) = home.json(&["top", "--json"]);
    assert_eq!(shown["data"]["runs"][0]["run"], json!(run), "{shown}");
    let top = home.venom(&["top"]);
    assert!(
        top.stdout.contains(&run) && !top.stdout.contains('\u{1b}'),
        "{top:?}"
    );
    home.cannot_replay("its run was left in the middle");
}

#[test]
fn a_stream_ends_with_its_token() {
    let home = Home::new();
    home.playbook("announce.yaml", ASKING);
    let mut served = Served::start(&home, &[]);
    let run = started(&served, &home, "announce the release");
    let (_, made) = home.json(&["token", "create", "--scope", "runs:read", "--json"]);
    let id = made["data"]["token"]["id"].as_str().unwrap().to_owned();
    let admin = std::mem::replace(
        &mut served.token,
        made["data"]["secret"].as_str().unwrap().to_owned(),
    );
    let mut stream = served.stream(&format!("/v1/runs/{run}/stream"), None);
    assert!(stream.any(|event| event.name == "rest"));
    assert_eq!(home.venom(&["token", "revoke", &id]).code, Some(0));
    // The run waits for an approval and says nothing more: only the token can end the stream.
    assert!(stream.next().is_none());
    served.token = admin;
    served.stop(Signal::TERM);
}
