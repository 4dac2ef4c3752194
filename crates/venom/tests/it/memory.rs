//! What was said and done is found again, with reasons; what is forgotten is not.

use std::fs;

use serde_json::Value;

use super::home::{Home, write};

fn added(home: &Home, args: &[&str]) -> String {
    let mut all = vec!["memory", "add"];
    all.extend(args);
    let done = home.venom(&all);
    assert_eq!(done.code, Some(0), "{done:?}");
    done.stdout.trim().to_owned()
}

fn hits(home: &Home, args: &[&str]) -> Vec<Value> {
    let mut all = vec!["memory", "search", "--json"];
    all.extend(args);
    let (code, document) = home.json(&all);
    assert_eq!(code, Some(0), "{document}");
    document["data"]["hits"].as_array().expect("hits").clone()
}

#[test]
fn a_runs_words_are_found_with_reasons_and_their_source() {
    let home = Home::new();
    home.file("app/auth.py", "# TODO: rotate the keys\n");
    let done = home.venom(&["run", "find all TODOs and write them to TODO.md"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    let found = hits(&home, &["what about the TODOs"]);
    let goal = found
        .iter()
        .find(|hit| hit["episode"]["kind"] == "goal")
        .expect("the goal is remembered");
    assert_eq!(goal["episode"]["speaker"], "user");
    assert!(
        goal["episode"]["source"]["run"]["seq"].is_number(),
        "{goal}"
    );
    let parts = goal["parts"].as_array().expect("parts");
    assert_eq!(parts.len(), 9);
    assert!(parts.iter().any(|part| part["value"].as_f64() > Some(0.0)));
    let result = found
        .iter()
        .find(|hit| hit["episode"]["kind"] == "result")
        .expect("a result is remembered");
    assert_eq!(result["episode"]["trust"], "untrusted");
    let text = home.venom(&["memory", "search", "the TODOs"]);
    assert!(text.stdout.contains("meaning"), "{text:?}");
    let id = goal["episode"]["id"].as_str().expect("an id");
    let beginning: String = id.chars().take(9).collect();
    let shown = home.venom(&["memory", "show", &beginning]);
    assert_eq!(shown.code, Some(0), "{shown:?}");
    assert!(shown.stdout.contains("find all TODOs"), "{shown:?}");
}

#[test]
fn a_sentence_model_in_a_folder_finds_by_its_own_vectors() {
    let model =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../venom-mind/tests/small-encoder");
    let home = Home::new();
    let named = |folder: &std::path::Path| {
        let text = format!("memory:\n  embeddings: file:{}\n", folder.display());
        write(&home.venom_home().join("config.yaml"), &text);
    };
    named(&model);
    added(&home, &["the river runs"]);
    added(&home, &["running and running"]);
    let (code, document) = home.json(&["memory", "search", "--json", "of this river"]);
    assert_eq!(code, Some(0), "{document}");
    let by = document["data"]["by"].as_str().expect("who answered");
    assert!(by.contains("bert-2x8@"), "{by}");
    let services = home.venom(&["memory", "services"]);
    assert!(
        services.stdout.contains("made vectors of all 2"),
        "{services:?}"
    );
    // A folder that lies elsewhere now is the same model; one that is gone is said before anything is done.
    let moved = home.work().join("models/elsewhere");
    fs::create_dir_all(&moved).expect("a folder");
    for name in ["config.json", "vocab.txt", "model.safetensors"] {
        fs::copy(model.join(name), moved.join(name)).expect("a copy");
    }
    named(&moved);
    let services = home.venom(&["memory", "services"]);
    assert!(
        services.stdout.contains("made vectors of all 2"),
        "{services:?}"
    );
    fs::write(moved.join("model.safetensors"), "cut").expect("damage");
    let refused = home.venom(&["memory", "search", "river"]);
    assert_eq!(refused.code, Some(3), "{refused:?}");
    assert!(refused.stderr.contains("no safetensors"), "{refused:?}");
    named(&home.work().join("models/nowhere"));
    let refused = home.venom(&["memory", "search", "river"]);
    assert_eq!(refused.code, Some(3), "{refused:?}");
    assert!(refused.stderr.contains("config.json"), "{refused:?}");
    named(&model);
}

#[test]
fn added_pinned_forgotten() {
    let home = Home::new();
    let id = added(
        &home,
        &[
            "the",
            "zyxomma",
            "service",
            "is",
            "Ada's",
            "--speaker",
            "Ben",
        ],
    );
    let other = added(
        &home,
        &["lunch is at noon", "--at-time", "2023-05-08T12:00:00Z"],
    );
    assert_eq!(hits(&home, &["zyxomma"])[0]["episode"]["id"], id.as_str());
    let then = hits(&home, &["lunch", "--until", "2024-01-01"]);
    assert_eq!(then.len(), 1);
    assert_eq!(then[0]["episode"]["id"], other.as_str());
    assert_eq!(hits(&home, &["what was there in May 2023"]).len(), 1);
    let (_, pinned) = home.json(&["memory", "pin", &id, "--json"]);
    assert_eq!(pinned["data"]["changed"], true);
    let (_, stats) = home.json(&["memory", "stats", "--json"]);
    assert_eq!(stats["data"]["pinned"], 1);
    let done = home.venom(&["memory", "forget", &id]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(
        hits(&home, &["zyxomma"])
            .iter()
            .all(|hit| hit["episode"]["id"] != id.as_str())
    );
    let data = home.venom_home().join("data");
    for entry in fs::read_dir(data).expect("the data") {
        let path = entry.expect("an entry").path();
        if path.is_file() {
            let bytes = fs::read(&path).expect("a file");
            let is_there = bytes.windows(7).any(|part| part == b"zyxomma");
            assert!(!is_there, "in {} still", path.display());
        }
    }
    assert_eq!(home.venom(&["memory", "show", &id]).code, Some(2));
}

#[test]
fn export_and_import_are_one_another() {
    let (one, two) = (Home::new(), Home::new());
    for text in [
        "we deploy on Fridays",
        "the port is 8080",
        "the cache is Redis",
    ] {
        added(&one, &[text, "--thread", "setup"]);
    }
    let file = one.work().join("memory.jsonl");
    let path = file.to_str().expect("a path");
    assert_eq!(one.venom(&["memory", "export", path]).code, Some(0));
    assert_eq!(
        one.venom(&["memory", "export", path]).code,
        Some(1),
        "never over a file"
    );
    for (added, known) in [(3, 0), (0, 3)] {
        let (code, document) = two.json(&["memory", "import", path, "--trust", "--json"]);
        assert_eq!(code, Some(0), "{document}");
        assert_eq!(document["data"]["added"], added);
        assert_eq!(document["data"]["known"], known);
    }
    let of = |home: &Home| home.venom(&["memory", "export", "-"]).stdout;
    let without_position = |text: String| -> Vec<Value> {
        let lines = text.lines().map(|line| {
            let mut line: Value = serde_json::from_str(line).expect("a line");
            line["source"] = Value::Null;
            line["importance"] = Value::Null;
            line
        });
        lines.collect()
    };
    assert_eq!(without_position(of(&one)), without_position(of(&two)));
}

#[test]
fn secrets_are_never_stored_and_bad_input_is_refused() {
    let home = Home::new();
    let key = format!("sk-ant-{}", "k".repeat(40));
    let done = home.venom(&["memory", "add", &format!("my key is {key} for now")]);
    assert!(done.stderr.contains("secret"), "{done:?}");
    let text = home.venom(&["memory", "export", "-"]).stdout;
    assert!(
        text.contains("[redacted]") && !text.contains(&key),
        "{text}"
    );
    for (args, code) in [
        (vec!["add", "..."], 2),
        (vec!["add", "x", "--at-time", "soon"], 2),
        (vec!["search", "??"], 2),
        (vec!["search", "x", "--since", "yesterdayish"], 2),
        (vec!["show", "ep_zz"], 2),
        (vec!["show", ""], 2),
        (vec!["forget", "ep_000000000000000"], 2),
        (vec!["import", "/nowhere/at/all"], 2),
    ] {
        let mut all = vec!["memory"];
        all.extend(args);
        let done = home.venom(&all);
        assert_eq!(done.code, Some(code), "{all:?}: {done:?}");
    }
    let long = "word ".repeat(2_000);
    assert_eq!(home.venom(&["memory", "add", &long]).code, Some(2));
    home.file("bad.jsonl", "{\"text\": \"good\"}\n{\"text\": 5}\n");
    let done = home.venom(&["memory", "import", "bad.jsonl"]);
    assert_eq!(done.code, Some(2), "{done:?}");
    assert!(done.stderr.contains("line 2"), "{done:?}");
}
