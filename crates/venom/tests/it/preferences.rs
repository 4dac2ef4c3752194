//! What was answered once is not asked again: kept for its workspace, shown, replaced and forgotten.

use std::fs;

use serde_json::Value;

use super::home::{Done, Home};

const GOAL: &str = "explain the auth module";

/// A playbook with words like those of another one, whose step cannot be taken back.
const LASTING: &str = r#"venom: 1
name: hand-over
title: Hand a module over
summary: Hands a module over to somebody else for good.
utterances:
  - hand over the {module} module
  - hand the {module} module over for good
  - give the {module} module away
slots:
  module:
    type: module
    description: The module.
    question: Which module goes?
steps:
  - id: look
    title: Hand ${slot.module} over
    skill: code
    action: explain-module
    params: { path: "${slot.module}" }
    effect: irreversible
"#;

fn two_modules(home: &Home, under: &str) {
    for place in ["app", "lib"] {
        home.file(
            &format!("{under}{place}/auth/login.py"),
            "def login():\n    return True\n",
        );
    }
}

fn run_of(done: &Done) -> Value {
    let document = done.document();
    document["data"].clone()
}

/// Runs the goal and tells what it was answered with, if it did not ask.
fn explained(home: &Home, more: &[&str]) -> Option<String> {
    let mut args = vec!["run", GOAL, "--json"];
    args.extend(more);
    let done = home.venom(&args);
    match done.code {
        Some(12) => None,
        Some(0) => {
            let report = run_of(&done);
            let answer = report["preferred"][0]["answer"].as_str();
            Some(answer.expect("an answer").to_owned())
        }
        _ => panic!("{done:?}"),
    }
}

fn answer(home: &Home, answer: &str) {
    let done = home.venom(&["answer", "last", answer]);
    assert_eq!(done.code, Some(0), "{done:?}");
    let done = home.venom(&["resume"]);
    assert_eq!(done.code, Some(0), "{done:?}");
}

fn listed(home: &Home, more: &[&str]) -> Vec<Value> {
    let mut args = vec!["preferences", "list", "--json"];
    args.extend(more);
    let (code, document) = home.json(&args);
    assert_eq!(code, Some(0), "{document}");
    let all = document["data"]["preferences"].as_array();
    all.expect("a list").clone()
}

#[test]
fn asked_then_not_asked_then_forgotten() {
    let home = Home::new();
    two_modules(&home, "");
    assert_eq!(explained(&home, &[]), None);
    answer(&home, "lib/auth");
    assert_eq!(explained(&home, &[]).as_deref(), Some("lib/auth"));

    let all = listed(&home, &[]);
    let id = all[0]["id"].as_str().expect("an id").to_owned();
    assert_eq!(all.len(), 1, "{all:?}");
    assert_eq!(all[0]["words"], "auth");
    assert_eq!(all[0]["about"]["playbook"], "explain-module");

    // The plan says so, for people too, and the log says where it is from.
    let plan = home.venom(&["plan", "please explain the auth module"]);
    assert_eq!(plan.code, Some(0), "{plan:?}");
    let forget = format!("venom preferences forget {id}");
    assert!(plan.stdout.contains(&forget), "{plan:?}");
    assert!(
        plan.stdout.contains("taken from your answer of"),
        "{plan:?}"
    );
    let log = home.venom(&["log", "last"]);
    let source = all[0]["source"]["run"].as_str().expect("a run");
    let applied = log
        .stdout
        .lines()
        .find(|line| line.contains("PreferenceApplied"));
    assert!(applied.expect("it was applied").contains(source), "{log:?}");
    let why = home.venom(&["why", "last", "structure"]);
    assert!(why.stdout.contains("PreferenceApplied"), "{why:?}");
    let shown = home.venom(&["preferences", "show", &id]);
    assert!(shown.stdout.contains("lib/auth"), "{shown:?}");

    let done = home.venom(&["preferences", "forget", &id]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert_eq!(listed(&home, &[]), Vec::<Value>::new());
    assert_eq!(explained(&home, &[]), None);
    assert_eq!(home.venom(&["preferences", "forget", &id]).code, Some(2));
    let verified = home.venom(&["log", "verify"]);
    assert_eq!(verified.code, Some(0), "{verified:?}");
}

#[test]
fn each_workspace_has_its_own_and_a_copy_shares_those_of_what_it_is_of() {
    let home = Home::new();
    two_modules(&home, "one/");
    two_modules(&home, "two/");
    assert_eq!(explained(&home, &["-C", "one"]), None);
    answer(&home, "lib/auth");
    assert_eq!(explained(&home, &["-C", "two"]), None);
    answer(&home, "app/auth");
    assert_eq!(
        explained(&home, &["-C", "one"]).as_deref(),
        Some("lib/auth")
    );
    assert_eq!(
        explained(&home, &["-C", "two"]).as_deref(),
        Some("app/auth")
    );
    assert_eq!(
        explained(&home, &["--copy", "one"]).as_deref(),
        Some("lib/auth")
    );

    assert_eq!(listed(&home, &[]).len(), 0);
    assert_eq!(listed(&home, &["-C", "one"]).len(), 1);
    assert_eq!(listed(&home, &["--all-workspaces"]).len(), 2);
    let done = home.venom(&["preferences", "forget", "--all", "-C", "one"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert_eq!(explained(&home, &["-C", "one"]), None);
    assert_eq!(
        explained(&home, &["-C", "two"]).as_deref(),
        Some("app/auth")
    );
    let done = home.venom(&["preferences", "forget", "--all", "--all-workspaces"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert_eq!(listed(&home, &["--all-workspaces"]).len(), 0);
}

#[test]
fn what_is_answered_anew_replaces_it() {
    let home = Home::new();
    two_modules(&home, "");
    assert_eq!(explained(&home, &[]), None);
    answer(&home, "lib/auth");
    assert_eq!(explained(&home, &["--no-preferences"]), None);
    answer(&home, "app/auth");
    assert_eq!(explained(&home, &[]).as_deref(), Some("app/auth"));
    assert_eq!(listed(&home, &[]).len(), 1);
    // Words that are clear are not overruled.
    let plain = home.venom(&["run", "explain lib/auth", "--json"]);
    assert_eq!(plain.code, Some(0), "{plain:?}");
    assert_eq!(run_of(&plain)["preferred"], Value::Null);
    // To forget the newer one does not bring the older one back.
    let done = home.venom(&["preferences", "forget", "--all"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert_eq!(explained(&home, &[]), None);
}

#[test]
fn an_answer_that_names_nothing_any_more_is_not_taken() {
    let home = Home::new();
    two_modules(&home, "");
    home.file("web/auth/login.py", "def login():\n    return True\n");
    assert_eq!(explained(&home, &[]), None);
    answer(&home, "lib/auth");
    fs::remove_dir_all(home.work().join("lib")).expect("gone");
    assert_eq!(explained(&home, &[]), None);
}

#[test]
fn what_cannot_be_taken_back_asks_each_time() {
    let home = Home::new();
    two_modules(&home, "");
    home.playbook("hand-over.yaml", LASTING);
    for _ in 0..2 {
        let done = home.venom(&["plan", "hand over the auth module"]);
        assert_eq!(done.code, Some(12), "{done:?}");
        let done = home.venom(&["answer", "last", "lib/auth"]);
        assert_eq!(done.code, Some(0), "{done:?}");
        let done = home.venom(&["resume"]);
        assert_eq!(done.code, Some(0), "{done:?}");
    }
}

#[test]
fn going_back_to_before_an_answer_takes_it_back() {
    let home = Home::new();
    two_modules(&home, "");
    assert_eq!(explained(&home, &[]), None);
    answer(&home, "lib/auth");
    // Taking back what a run did to files leaves what was said.
    home.venom(&["undo", "last"]);
    assert_eq!(listed(&home, &[]).len(), 1);
    let done = home.venom(&["rewind", "last@3", "--state"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert_eq!(listed(&home, &[]), Vec::<Value>::new());
}

#[test]
fn what_somebody_else_answered_is_not_taken_over() {
    let home = Home::new();
    two_modules(&home, "");
    assert_eq!(explained(&home, &[]), None);
    answer(&home, "lib/auth");
    let done = home.venom(&["export", "last", "--output", "run.venom"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    let done = home.venom(&["preferences", "forget", "--all"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    let other = Home::new();
    let archive = home.work().join("run.venom");
    let done = other.venom(&["import", &archive.display().to_string()]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert_eq!(listed(&other, &["--all-workspaces"]), Vec::<Value>::new());
}

#[test]
fn many_at_once_see_an_answer_or_ask() {
    let home = Home::new();
    two_modules(&home, "");
    assert_eq!(explained(&home, &[]), None);
    answer(&home, "lib/auth");
    let mut running: Vec<_> = (0..3)
        .map(|_| home.start(&["run", GOAL, "--jsonl"]))
        .collect();
    running.push(home.start(&["preferences", "forget", "--all"]));
    for one in running {
        let done = one.finish();
        assert!(matches!(done.code, Some(0 | 12)), "{done:?}");
    }
    assert_eq!(listed(&home, &[]), Vec::<Value>::new());
    let done = home.venom(&["log", "verify"]);
    assert_eq!(done.code, Some(0), "{done:?}");
}

#[test]
fn bad_input_is_refused_in_words() {
    let home = Home::new();
    for id in ["", "pref_", "run_1", "pref_zzz", "../x", "é"] {
        for verb in ["show", "forget"] {
            let done = home.venom(&["preferences", verb, id]);
            assert_eq!(done.code, Some(2), "{verb} {id}: {done:?}");
            assert!(done.stderr.contains("preferences list"), "{done:?}");
        }
    }
    assert_eq!(home.venom(&["preferences", "forget"]).code, Some(2));
    let both = home.venom(&["preferences", "forget", "pref_1", "--all"]);
    assert_eq!(both.code, Some(2), "{both:?}");
    let none = home.venom(&["preferences", "forget", "--all"]);
    assert_eq!(none.code, Some(0), "{none:?}");
    let gone = home.venom(&["preferences", "list", "-C", "nowhere"]);
    assert_eq!(gone.code, Some(0), "{gone:?}");
}
