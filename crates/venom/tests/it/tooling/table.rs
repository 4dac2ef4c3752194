//! What the suite records: what a run did, read from its log and its report, and the page that lists it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde_json::Value;

use super::super::home::Home;

/// Where the table stands in the page.
const BEGIN: &str = "| playbook | project | command | what came of it |\n|---|---|---|---|\n";

/// One writer of the page at a time.
static PAGE: Mutex<()> = Mutex::new(());

/// The playbook that the last run was understood as.
pub(super) fn playbook(events: &[Value]) -> String {
    events
        .iter()
        .find(|event| event["event"]["type"] == "IntentParsed")
        .and_then(|event| {
            event["event"]["data"]["intent"]["goals"][0]["action"]
                .as_str()
                .map(str::to_owned)
        })
        .unwrap_or_default()
}

pub(super) fn events(home: &Home) -> Vec<Value> {
    let (_, events) = home.json(&["log", "last", "--json"]);
    events["data"]["events"]
        .as_array()
        .cloned()
        .unwrap_or_default()
}

/// The commands that the steps of the last run name, in order.
pub(super) fn commands(events: &[Value]) -> Vec<String> {
    let mut found = Vec::new();
    for event in events {
        let done = &event["event"]["data"]["outcome"]["done"];
        let result = &done["result"]["inline"];
        let mut add = |value: &Value| found.extend(value.as_str().map(str::to_owned));
        // What a deployment lists is no command that ran.
        if result["digest"].is_string() {
            continue;
        }
        add(&result["command"]);
        for key in ["ran", "built"] {
            for entry in result[key].as_array().into_iter().flatten() {
                add(&entry["command"]);
            }
        }
        for command in result["commands"].as_array().into_iter().flatten() {
            add(command);
        }
        for side in ["first", "second"] {
            add(&result[side]["command"]);
        }
    }
    found
}

/// What came of a run, in a few words that do not depend on versions of tools.
pub(super) fn result(report: &Value) -> String {
    let data = &report["data"];
    let mut words = Vec::new();
    let asks = data["approvals"]
        .as_array()
        .is_some_and(|all| !all.is_empty())
        && data["outcome"].is_null();
    if asks {
        return "asks first".to_owned();
    }
    let outcome = match data["outcome"].as_str() {
        Some("succeeded") => "done",
        Some(other) => other,
        None => "not ended",
    };
    words.push(outcome.to_owned());
    for run in data["tests"].as_array().into_iter().flatten() {
        let evidence = &run["evidence"];
        words.push(format!(
            "{} passed, {} failed",
            evidence["passed"], evidence["failed"]
        ));
        if evidence["coverage"].is_object() {
            words.push("coverage measured".to_owned());
        }
    }
    let changed: Vec<&str> = data["changed"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|change| change["path"].as_str().or_else(|| change.as_str()))
        .collect();
    if !changed.is_empty() {
        words.push(format!("changed {}", changed.join(", ")));
    }
    words.join("; ")
}

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/playbooks.md")
}

pub(super) type Rows = BTreeMap<(String, String), (String, String)>;

/// Reads the rows of the page.
fn read(text: &str) -> Rows {
    let table = text.split_once(BEGIN).map_or("", |(_, table)| table);
    table
        .lines()
        .take_while(|line| line.starts_with('|'))
        .filter_map(|line| {
            let line = line.replace("\\|", "\u{1}");
            let cells: Vec<String> = line
                .trim_matches('|')
                .split(" | ")
                .map(|cell| cell.trim().trim_matches('`').replace('\u{1}', "|"))
                .collect();
            let [playbook, kind, command, result] = <[String; 4]>::try_from(cells).ok()?;
            Some(((playbook, kind), (command, result)))
        })
        .collect()
}

/// Writes records into the page, or compares them with it.
pub(super) fn record(rows: Rows) {
    let _page = PAGE.lock().expect("nobody broke");
    let text = std::fs::read_to_string(page()).expect("the page");
    let mut all = read(&text);
    let writes = std::env::vars_os().any(|(name, _)| name == "VENOM_WRITE_PLAYBOOK_TABLE");
    if !writes {
        for (key, (_, result)) in rows {
            let known = all.get(&key).map(|(_, result)| result.clone());
            assert_eq!(
                known,
                Some(result),
                "{key:?} in docs/playbooks.md; VENOM_WRITE_PLAYBOOK_TABLE=1 writes it anew"
            );
        }
        return;
    }
    all.extend(rows);
    let (head, _) = text.split_once(BEGIN).expect("the table");
    let lines: Vec<String> = all
        .iter()
        .map(|((playbook, kind), (command, result))| {
            let command = command.replace('|', "\\|").replace('`', "'");
            format!("| {playbook} | {kind} | `{command}` | {result} |\n")
        })
        .collect();
    let lines = lines.concat();
    std::fs::write(page(), format!("{head}{BEGIN}{lines}")).expect("the page is written");
}
