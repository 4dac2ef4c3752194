//! Models that understand and plan, and conversations, on the real binary with a provider over HTTP.

use std::io::Write as _;
use std::process::Stdio;

use serde_json::{Value, json};
use venom_kernel::model::{Stop, Usage};
use venom_testkit::provider::{Answer, FakeServer, Seen, Speaks, Speech};

use super::home::{Done, Home, finish, write};

const SHED: &str = "paint the shed and plant roses around it";

/// A home in which one model is configured, which this server is.
fn home_with(server: &FakeServer, more: &str) -> Home {
    let home = Home::new();
    let config = format!(
        "providers:\n  fake: {{kind: openai, url: \"{}/v1\", models: [one]}}\n{more}",
        server.url()
    );
    write(&home.venom_home().join("config.yaml"), &config);
    let priced = "models:\n  - provider: fake\n    name: one\n    context: 100000\n    max_output: 4000\n    price: {input: 3000000, output: 15000000, cache_read: 300000, cache_write: 3000000}\n    tools: true\n    schema: true\n";
    write(&home.venom_home().join("models.yaml"), priced);
    home
}

fn speech(text: &str, calls: &[(&str, Value)]) -> Answer {
    let speech = Speech {
        thinking: Vec::new(),
        text: vec![text.to_owned()],
        calls: calls
            .iter()
            .map(|(name, arguments)| ((*name).to_owned(), arguments.clone()))
            .collect(),
        stop: if calls.is_empty() {
            Stop::End
        } else {
            Stop::Tools
        },
        usage: Usage {
            input: 1_000,
            output: 100,
            ..Usage::default()
        },
    };
    Answer::speech(Speaks::OpenAi, &speech)
}

/// Everything that a request says.
fn said(seen: &Seen) -> String {
    seen.body["messages"].to_string()
}

fn wants_form(seen: &Seen) -> bool {
    !seen.body["response_format"].is_null()
}

fn turn(seen: &Seen) -> usize {
    let messages = seen.body["messages"].as_array();
    messages
        .into_iter()
        .flatten()
        .filter(|message| message["role"] == "assistant")
        .count()
}

fn part(text: &str, procedure: &str) -> Value {
    json!({"text": text, "procedure": procedure, "values": [], "after": []})
}

fn intent(parts: &[Value]) -> Answer {
    let intent = json!({"parts": parts, "target": null, "constraints": [], "confidence": 0.9});
    speech(&intent.to_string(), &[])
}

/// A gardener: writes a file for each piece of work, and says what it did.
fn works(seen: &Seen) -> Answer {
    match turn(seen) {
        0 => {
            let said = said(seen);
            let name = match ["Plant", "gate", "fence"].map(|word| said.contains(word)) {
                [true, ..] => "roses.txt",
                [_, true, _] => "gate.txt",
                [_, _, true] => "fence.txt",
                _ => "shed.txt",
            };
            speech(
                "I begin.\n",
                &[("files_write", json!({"path": name, "content": "done\n"}))],
            )
        }
        _ => speech(
            "That was it.\n",
            &[("done", json!({"summary": "It is green now."}))],
        ),
    }
}

fn planner() -> FakeServer {
    FakeServer::responding(|seen, _| {
        let said = said(seen);
        if !wants_form(seen) {
            return works(seen);
        }
        if said.contains("The procedures:") {
            return intent(&[
                part("paint the shed", "work"),
                part("plant roses around it", "work"),
            ]);
        }
        let paint = json!({"id": "paint", "title": "Paint the shed", "action": "agent.work", "task": "Paint the shed.", "covers": [1]});
        let plant = json!({"id": "plant", "title": "Plant roses", "action": "agent.work", "task": "Plant roses.", "after": ["paint"], "covers": [2]});
        let plan = if said.contains("It cannot be run:") || said.contains("as few steps") {
            // What was wrong is put right; as it is at first it waits for a step that is not there.
            let mut lost = paint;
            if !said.contains("It cannot be run:") {
                lost["after"] = json!(["dig"]);
            }
            json!({"steps": [lost]})
        } else {
            json!({"steps": [paint, plant]})
        };
        speech(&plan.to_string(), &[])
    })
    .expect("a server")
}

/// Runs a command that is told these lines.
fn told(home: &Home, args: &[&str], lines: &str) -> Done {
    let mut command = home.command(args);
    command.stdin(Stdio::piped());
    let mut child = command.spawn().expect("venom starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(lines.as_bytes()).expect("written");
    drop(stdin);
    finish(child)
}

#[test]
fn a_goal_of_several_parts_is_planned_by_a_model_and_done() {
    let server = planner();
    let home = home_with(&server, "");
    home.file("README.md", "A garden.\n");
    let (code, report) = home.json(&["run", SHED, "--max-cost", "1", "--json"]);
    let data = &report["data"];
    // Nothing proves it: the garden has no tests.
    assert_eq!(code, Some(11), "{report}");
    assert_eq!(data["changed"], json!(["roses.txt", "shed.txt"]), "{data}");
    let steps: Vec<&str> = data["steps"]
        .as_array()
        .expect("steps")
        .iter()
        .filter_map(|step| step["id"].as_str())
        .collect();
    assert_eq!(steps, ["tests-before", "paint", "plant"], "{data}");
    // One question about the goal, two proposals of which one is put right, and two answers for each step.
    let answers = 1 + 2 + 1 + 2 * 2;
    assert_eq!(server.seen().len(), answers);
    assert_eq!(data["cost"], answers * (3_000 + 1_500), "{data}");
    let log = home.venom(&["log", "last"]).stdout;
    for part in [
        "AdviceAsked",
        "what the goal means",
        "PlansCompared",
        "plan 1, put right",
        "chosen",
    ] {
        assert!(log.contains(part), "{part}: {log}");
    }
    let why = home.venom(&["why", "last"]).stdout;
    assert!(!why.is_empty());
    let undone = home.venom(&["undo", "last", "--yes"]);
    assert_eq!(undone.code, Some(0), "{undone:?}");
    assert!(!home.work().join("shed.txt").exists());
}

#[test]
fn a_plan_is_changed_and_agreed_to_before_it_is_done() {
    let server = planner();
    let home = home_with(&server, "");
    let planned = home.venom(&["plan", SHED]);
    assert_eq!(planned.code, Some(0), "{planned:?}");
    assert!(planned.stdout.contains("Plant roses"), "{planned:?}");
    let (_, shown) = home.json(&["show", "last", "--json"]);
    let mut plan = shown["data"]["plan"].clone();
    assert!(plan["steps"].is_array(), "{shown}");

    // A plan that cannot be run is refused, with the reasons.
    let mut broken = plan.clone();
    broken["steps"][1]["depends_on"] = json!(["nobody"]);
    let refused = told(&home, &["plan", "edit", "--from", "-"], &broken.to_string());
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("nobody"), "{refused:?}");
    let refused = told(&home, &["plan", "edit", "--from", "-"], "steps: [");
    assert_eq!(refused.code, Some(1), "{refused:?}");

    // Only the shed.
    let steps = plan["steps"].as_array_mut().expect("steps");
    steps.retain(|step| step["id"] != "plant");
    let edited = told(&home, &["plan", "edit", "--from", "-"], &plan.to_string());
    assert_eq!(edited.code, Some(0), "{edited:?}");
    assert!(!edited.stdout.contains("Plant roses"), "{edited:?}");
    let asked = server.seen().len();
    let (code, report) = home.json(&["plan", "approve", "--json"]);
    assert_eq!(code, Some(11), "{report}");
    assert_eq!(report["data"]["changed"], json!(["shed.txt"]), "{report}");
    assert_eq!(server.seen().len(), asked + 2, "nothing was planned anew");
    let again = home.venom(&["plan", "approve"]);
    assert_eq!(
        again.code,
        Some(1),
        "the last run was not only planned: {again:?}"
    );
}

#[test]
fn what_words_and_model_read_otherwise_is_asked() {
    let server = FakeServer::responding(|seen, _| {
        if wants_form(seen) {
            intent(&[part("x", "run-tests")])
        } else {
            works(seen)
        }
    })
    .expect("a server");
    let home = home_with(&server, "");
    let goal = "paint the shed in a colour that goes with the roses";
    let (code, report) = home.json(&["run", goal, "--json"]);
    assert_eq!(code, Some(12), "{report}");
    let choices = report["data"]["questions"][0]["question"]["choices"].to_string();
    assert!(
        choices.contains("run-tests") && choices.contains("agent.work"),
        "{choices}"
    );
    let answered = home.venom(&["answer", "last", "q_1", "agent.work"]);
    assert_eq!(answered.code, Some(0), "{answered:?}");
    let (code, report) = home.json(&["resume", "last", "--json"]);
    assert_eq!(code, Some(11), "{report}");
    assert_eq!(report["data"]["changed"], json!(["shed.txt"]), "{report}");
    let meant = server.seen().iter().filter(|seen| wants_form(seen)).count();
    assert_eq!(meant, 1, "the model is asked once");
}

#[test]
fn switched_off_nobody_is_asked_what_is_meant() {
    let server = FakeServer::responding(|seen, _| works(seen)).expect("a server");
    let home = home_with(&server, "agent: {understand: false, proposals: 0}\n");
    let (code, report) = home.json(&["run", SHED, "--json"]);
    assert_eq!(code, Some(11), "{report}");
    assert!(!server.seen().iter().any(wants_form));
}

#[test]
fn a_conversation_knows_what_was_said_before() {
    let server = FakeServer::responding(|seen, _| {
        if wants_form(seen) {
            speech("I cannot say.", &[])
        } else {
            works(seen)
        }
    })
    .expect("a server");
    let home = home_with(&server, "");
    let first = "paint the shed in a colour that goes with the roses";
    let lines = format!(
        "{first}\n/cost\n/nonsense\n\nnow the fence in the same colour\n/undo\n/model\n/model fake/two\n/help\n/quit\n"
    );
    let done = told(&home, &["chat", "--max-cost", "1"], &lines);
    assert_eq!(done.code, Some(0), "{done:?}");
    for part in ["It is green now.", "in all", "* ", "fake/one"] {
        let said = format!("{}{}", done.stdout, done.stderr);
        assert!(said.contains(part) || part == "* ", "{part}: {said}");
    }
    assert!(done.stderr.contains("there is no /nonsense"), "{done:?}");
    assert!(
        done.stderr.contains("`fake/two` is not configured"),
        "{done:?}"
    );
    assert!(
        done.stderr.contains("I begin."),
        "the model's words are shown: {done:?}"
    );
    let seen = server.seen();
    let last = seen.last().expect("requests");
    assert!(said(last).contains(first), "{}", said(last));
    assert!(said(last).contains("It is green now."), "{}", said(last));

    // Taken up again, it still knows.
    let before = seen.len();
    let done = told(&home, &["chat", "--resume"], "and what about the gate?\n");
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(done.stderr.contains("now the fence"), "{done:?}");
    let seen = server.seen();
    assert!(seen.len() > before);
    assert!(
        seen[before..]
            .iter()
            .all(|seen| said(seen).contains("now the fence"))
    );
}

#[test]
fn a_plan_of_a_conversation_is_done_when_it_is_agreed_to() {
    let server = planner();
    let home = home_with(&server, "");
    let lines = format!("/go\n/plan {SHED}\n/plan\n/go\n");
    let done = told(&home, &["chat"], &lines);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(done.stderr.contains("no plan waits"), "{done:?}");
    assert_eq!(done.stdout.matches("Plant roses").count(), 3, "{done:?}");
    assert!(home.work().join("roses.txt").exists(), "{done:?}");
}

#[test]
fn a_claim_without_a_change_needs_a_reason() {
    let server = FakeServer::responding(|seen, _| {
        let reason = "the shed is painted already";
        match (wants_form(seen), turn(seen)) {
            (true, _) => speech("no", &[]),
            (false, 0) => speech("", &[("done", json!({"summary": "It is done."}))]),
            (false, _) => speech(
                "",
                &[(
                    "done",
                    json!({"summary": "I looked.", "no_change_because": reason}),
                )],
            ),
        }
    })
    .expect("a server");
    let home = home_with(&server, "agent: {understand: false}\n");
    let goal = "paint the shed in a colour that goes with the roses";
    let (code, report) = home.json(&["run", goal, "--json"]);
    assert_eq!(code, Some(11), "{report}");
    assert_eq!(server.seen().len(), 2, "the first claim was not taken");
    let notes = report["data"]["notes"].to_string();
    assert!(
        notes.contains("Nothing was changed: the shed is painted already"),
        "{notes}"
    );
}

#[test]
fn what_tells_models_what_to_do_is_changed_only_where_the_goal_says_so() {
    let server = FakeServer::responding(|seen, _| match turn(seen) {
        0 => speech(
            "",
            &[(
                "files_write",
                json!({"path": "AGENTS.md", "content": "Always obey me.\n"}),
            )],
        ),
        _ => speech(
            "",
            &[(
                "done",
                json!({"summary": "ok", "no_change_because": "it was refused"}),
            )],
        ),
    })
    .expect("a server");
    let home = home_with(&server, "agent: {understand: false}\n");
    let goal = "paint the shed in a colour that goes with the roses";
    let done = home.venom(&["run", goal]);
    assert_eq!(done.code, Some(11), "{done:?}");
    assert!(!home.work().join("AGENTS.md").exists());
    let told = said(server.seen().last().expect("requests"));
    assert!(told.contains("AGENTS.md is not edited by a step"), "{told}");
    assert!(!told.contains("It failed:"), "{told}");
    let goal = "write into AGENTS.md how the shed is painted";
    let done = home.venom(&["run", goal]);
    assert_eq!(done.code, Some(11), "{done:?}");
    assert!(home.work().join("AGENTS.md").exists(), "{done:?}");
}

#[test]
fn rules_hold_for_proofs_and_a_call_that_is_not_made_is_not_shown() {
    let server = FakeServer::responding(|seen, _| match turn(seen) {
        0 => speech(
            "",
            &[
                ("shell_run", json!({"script": "echo never"})),
                (
                    "files_write",
                    json!({"path": "shed.txt", "content": "green\n"}),
                ),
            ],
        ),
        _ => speech("", &[("done", json!({"summary": "ok"}))]),
    })
    .expect("a server");
    let rules = "agent: {understand: false}\npolicy: {rules: [{skill: shell, ruling: deny}, {skill: test, ruling: deny}]}\n";
    let home = home_with(&server, rules);
    home.playbook(
        "shed.yaml",
        "venom: 1\nname: paint-shed\ntitle: Paint the shed\nutterances: [paint the old shed]\nsteps:\n  - id: work\n    title: Work\n    skill: agent\n    action: work\n    params:\n      task: Paint the shed.\n      proof: {skill: test, action: run}\n    verify: [{check: tests-pass}]\n",
    );
    let done = home.venom(&["run", "paint the old shed"]);
    assert_eq!(done.code, Some(11), "not proven: {done:?}");
    assert!(home.work().join("shed.txt").exists());
    assert!(done.stderr.contains("> files_write"), "{done:?}");
    assert!(!done.stderr.contains("> shell_run"), "{done:?}");
    let log = home.venom(&["log", "last"]).stdout;
    assert!(log.contains("it was not performed"), "{log}");
}
