//! What another model would have done: its calls are answered from the log while they are the same, and are
//! made in a copy from the first one that is not. The run that was there stays as it is.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use venom_testkit::provider::FakeServer;

use super::agent::{PRICED, SIGN_UP, edit, spoken, turn, two_models, worker};
use super::home::{Home, has, shop, write};

/// Lets the first model sign up users in a copy of the shop. Returns the run and its workspace.
fn signed_up(home: &Home) -> (String, PathBuf) {
    let original = shop().display().to_string();
    let args = [
        "run",
        "--copy",
        &original,
        SIGN_UP,
        "--model",
        "fake/one",
        "--max-cost",
        "0.5",
        "--json",
    ];
    let (code, report) = home.json(&args);
    assert_eq!(code, Some(0), "{report}");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    (
        text(&report["data"]["run"]),
        PathBuf::from(text(&report["data"]["workspace"])),
    )
}

fn accounts(workspace: &Path) -> String {
    std::fs::read_to_string(workspace.join("shop/auth/accounts.py")).expect("a file")
}

/// The log of a run, as it is printed.
fn log(home: &Home, run: &str) -> String {
    home.venom(&["log", run, "--json"]).stdout
}

/// The folder that a run works in.
fn workspace(home: &Home, run: &str) -> PathBuf {
    let (_, shown) = home.json(&["show", run, "--json"]);
    PathBuf::from(shown["data"]["workspace"].as_str().expect("a folder"))
}

#[test]
fn a_model_that_does_the_same_is_answered_from_the_log() {
    if !has("python3") {
        return;
    }
    let server = worker();
    let home = two_models(&server);
    let (run, folder) = signed_up(&home);
    let (before, text) = (log(&home, &run), accounts(&folder));
    let (code, came) = home.json(&["replay", &run, "--model", "fake/two", "--json"]);
    let data = &came["data"];
    assert_eq!(code, Some(0), "{came}");
    assert_eq!(data["parts_at"], Value::Null, "{data}");
    assert_eq!(data["made"], 0, "{data}");
    // Two that read, three that edit, and two proofs; what comes after them is a step of its own.
    assert!(data["repeated"].as_u64() >= Some(7), "{data}");
    assert_eq!(data["cost"]["original"], data["cost"]["what_if"], "{data}");
    assert_eq!(data["answers"], json!({"original": 5, "what_if": 5}));
    assert_eq!(data["tests"]["what_if"]["passed"], 48, "{data}");
    assert_eq!(log(&home, &run), before, "the run that was there stays");
    // The copy has the edits, though no call was made in it.
    let asked = data["run"].as_str().expect("a run");
    assert_eq!(accounts(&workspace(&home, asked)), text);
    // Named again, it is shown again, and nobody is asked.
    let seen = server.seen().len();
    let (code, again) = home.json(&["replay", asked, "--model", "fake/two", "--json"]);
    assert_eq!(code, Some(0), "{again}");
    assert_eq!(again["data"], *data);
    assert_eq!(server.seen().len(), seen);
}

#[test]
fn from_the_first_call_that_differs_on_a_copy_is_worked_on() {
    if !has("python3") {
        return;
    }
    let first = worker();
    let url = first.url();
    // The second model mends nothing: it finds the right length at once, and forgets the test.
    let name =
        "    if not display_name:\n        raise HTTPError(400, \"Please choose a name.\")\n";
    let right = format!(
        "{name}    if len(email) > 254:\n        raise HTTPError(400, \"That address is too long.\")\n"
    );
    let turns: Vec<Vec<(&'static str, Value)>> = vec![
        vec![
            ("files_read", json!({"path": "shop/auth/accounts.py"})),
            ("files_read", json!({"path": "tests/test_accounts.py"})),
        ],
        vec![edit("shop/auth/accounts.py", name, &right)],
        vec![(
            "done",
            json!({"summary": "Addresses have at most 254 characters."}),
        )],
    ];
    let second = FakeServer::responding(move |seen, _| {
        let calls = turns.get(turn(seen)).cloned();
        spoken(&calls.unwrap_or_default())
    })
    .expect("a server");
    let home = two_models(&first);
    let config = format!(
        "providers:\n  fake: {{kind: openai, url: \"{url}/v1\", models: [one]}}\n  other: {{kind: openai, url: \"{}/v1\", models: [two]}}\nagent: {{understand: false}}\n",
        second.url()
    );
    write(&home.venom_home().join("config.yaml"), &config);
    let models = PRICED
        .replace("provider: fake", "provider: other")
        .replace("models:\n", "")
        .replace("name: one", "name: two");
    write(
        &home.venom_home().join("models.yaml"),
        &format!("{PRICED}{models}"),
    );
    let (run, folder) = signed_up(&home);
    let (before, text) = (log(&home, &run), accounts(&folder));

    for (args, code, why) in [
        (vec!["--model", "other/three"], 1, "not configured"),
        (
            vec!["--model", "other/two", "--max-cost", "0"],
            1,
            "nothing is left to pay",
        ),
        (vec!["--max-cost", "1"], 2, "--model"),
        (vec!["--model", "other/two", "--mode", "fold"], 2, "--mode"),
    ] {
        let mut all = vec!["replay", run.as_str()];
        all.extend(args);
        let refused = home.venom(&all);
        assert_eq!(refused.code, Some(code), "{refused:?}");
        assert!(refused.stderr.contains(why), "{refused:?}");
    }
    let moment = format!("{run}@3");
    let refused = home.venom(&["replay", &moment, "--model", "other/two"]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(
        refused.stderr.contains("no event can be named"),
        "{refused:?}"
    );

    let (code, came) = home.json(&["replay", &run, "--model", "other/two", "--json"]);
    let data = &came["data"];
    assert_eq!(code, Some(0), "{came}");
    let parts = &data["parts_at"];
    assert_eq!(parts["call"], 3, "{data}");
    assert_eq!(parts["made"]["what"], "files.edit", "{data}");
    assert_eq!(parts["recorded"]["what"], "files.edit", "{data}");
    assert!(
        data["made"].as_u64() >= Some(2),
        "an edit and a proof: {data}"
    );
    assert_eq!(data["tests"]["original"]["passed"], 48, "{data}");
    assert_eq!(data["tests"]["what_if"]["passed"], 47, "{data}");
    assert_eq!(data["answers"], json!({"original": 5, "what_if": 3}));
    assert!(
        data["cost"]["what_if"].as_u64() < data["cost"]["original"].as_u64(),
        "{data}"
    );
    assert_eq!(second.seen().len(), 3);
    assert_eq!(log(&home, &run), before, "the run that was there stays");
    assert_eq!(accounts(&folder), text, "and so does its folder");
    let asked = data["run"].as_str().expect("a run");
    let there = accounts(&workspace(&home, asked));
    assert!(there.contains("len(email) > 254"), "{there}");
    let shown = home.venom(&["replay", asked, "--model", "other/two"]);
    for part in ["at call 3", "48 passed then, 47 passed now", "venom diff"] {
        assert!(shown.stdout.contains(part), "{part}: {shown:?}");
    }
    let marked = home.venom(&["log", asked]).stdout;
    assert!(
        marked.contains("to see what it would have done"),
        "{marked}"
    );
}

#[test]
fn a_run_without_an_agent_has_nothing_to_ask() {
    let home = Home::new();
    home.file("a.py", "# TODO: tidy up\n");
    let (code, _) = home.json(&["run", "find all TODOs and write them to TODO.md", "--json"]);
    assert_eq!(code, Some(0));
    let refused = home.venom(&["replay", "last", "--model", "fake/one"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(
        refused
            .stderr
            .contains("no step of it was the work of a model"),
        "{refused:?}"
    );
    let copies = home.venom_home().join("data/copies");
    let left = std::fs::read_dir(copies).map_or(0, Iterator::count);
    assert_eq!(left, 0, "the copy is not left behind");
}

#[test]
fn one_that_was_killed_goes_on_where_it_was() {
    if !has("python3") {
        return;
    }
    let server = worker();
    let home = two_models(&server);
    let (run, _) = signed_up(&home);
    let before = server.seen().len();
    let mut asking = home.start(&["replay", &run, "--model", "fake/two", "--jsonl"]);
    asking.until("BudgetSettled");
    asking.until("BudgetSettled");
    asking.kill();
    let listed = home.json(&["runs", "--json"]).1;
    let asked = listed["data"]["runs"][0]["run"]
        .as_str()
        .expect("a run")
        .to_owned();
    assert_ne!(asked, run);
    let (code, came) = home.json(&["replay", &asked, "--model", "fake/two", "--json"]);
    assert_eq!(code, Some(0), "{came}");
    assert_eq!(came["data"]["parts_at"], Value::Null, "{came}");
    assert_eq!(came["data"]["made"], 0, "{came}");
    let turns: Vec<usize> = server.seen()[before..].iter().map(turn).collect();
    assert!(
        turns.len() <= 6,
        "nothing that was answered was asked again: {turns:?}"
    );
}
