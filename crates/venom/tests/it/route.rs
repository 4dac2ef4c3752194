//! The choice of models on the real binary: what runs teach, what users say, who takes over, and what
//! all runs together may spend.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::Stdio;

use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use serde_json::{Value, json};
use venom_kernel::model::{Stop, Usage};
use venom_testkit::provider::{Answer, FakeServer, Move, Seen, Speaks, Speech};

use super::home::{Done, Home, finish, write};

/// One step that thinks, and is done when there is a file.
const THINK: &str = "venom: 1
name: think
title: Think about the letter
utterances: [think about the letter, think hard about the letter, think the letter over]
steps:
  - id: work
    title: Work
    skill: agent
    action: work
    params: {task: \"Write the letter into letter.txt.\"}
    verify: [{check: file-contains, path: letter.txt, text: Dear}]
";
const GOAL: &str = "think about the letter";

/// A model of the catalogue: its provider, prices for a million tokens, and how good it is thought to be.
fn entry(provider: &str, price: u64, quality: u16) -> String {
    format!(
        "  - {{provider: {provider}, name: one, context: 100000, max_output: 4000, price: {{input: {price}, output: {price}, cache_read: 0, cache_write: {price}}}, tools: true, schema: true, quality: {{code: {quality}}}, typical_ms: 1000}}\n"
    )
}

/// A home with these models, each at its own address, and more lines of configuration.
fn home_with(models: &[(&str, &str, u64, u16)], more: &str) -> Home {
    let home = Home::new();
    let mut config = String::from("agent: {rounds: 0}\n");
    config.push_str(more);
    config.push_str("providers:\n");
    let mut book = String::from("models:\n");
    for (name, url, price, quality) in models {
        let line = format!(
            "  {name}: {{kind: openai, url: \"{url}/v1\", models: [one], privacy: cloud, retries: 0}}\n"
        );
        config.push_str(&line);
        book.push_str(&entry(name, *price, *quality));
    }
    write(&home.venom_home().join("config.yaml"), &config);
    write(&home.venom_home().join("models.yaml"), &book);
    home.playbook("think.yaml", THINK);
    home
}

fn said(calls: &[(&str, Value)], usage: Usage) -> Answer {
    let speech = Speech {
        thinking: Vec::new(),
        text: vec!["I go on.\n".to_owned()],
        calls: calls
            .iter()
            .map(|(name, arguments)| ((*name).to_owned(), arguments.clone()))
            .collect(),
        stop: Stop::Tools,
        usage,
    };
    Answer::speech(Speaks::OpenAi, &speech)
}

const USED: Usage = Usage {
    input: 3_000,
    output: 200,
    cache_read: 0,
    cache_write: 0,
    thinking: 0,
};

/// Counts how often the model has answered in a request.
fn turn(seen: &Seen) -> usize {
    let messages = seen.body["messages"].as_array();
    let all = messages.into_iter().flatten();
    all.filter(|message| message["role"] == "assistant").count()
}

/// Writes the letter and says so.
fn able() -> FakeServer {
    FakeServer::responding(|seen, _| match turn(seen) {
        0 => said(
            &[(
                "files_write",
                json!({"path": "letter.txt", "content": "Dear Ada\n"}),
            )],
            USED,
        ),
        _ => said(&[("done", json!({"summary": "It is written."}))], USED),
    })
    .expect("a server")
}

/// Says that it has written the letter.
fn idle() -> FakeServer {
    FakeServer::responding(|_, _| said(&[("done", json!({"summary": "It is written."}))], USED))
        .expect("a server")
}

/// Never has enough.
fn endless() -> FakeServer {
    FakeServer::responding(|seen, _| {
        let path = format!("no-{}.txt", turn(seen));
        said(&[("files_read", json!({"path": path}))], USED)
    })
    .expect("a server")
}

/// An address at which nobody is.
fn nowhere() -> String {
    let server = idle();
    server.url()
}

fn work(home: &Home, more: &[&str]) -> Done {
    let letter = home.work().join("letter.txt");
    if letter.exists() {
        std::fs::remove_file(letter).expect("removed");
    }
    let mut args = vec!["run", GOAL, "--json"];
    args.extend(more);
    home.venom(&args)
}

/// The models that were selected in the last run, with why.
fn selected(home: &Home) -> Vec<Value> {
    let (code, why) = home.json(&["models", "why", "last", "--json"]);
    assert_eq!(code, Some(0), "{why}");
    let all = why["data"]["selected"].as_array().expect("a list");
    all.clone()
}

fn stats(home: &Home, model: &str) -> Value {
    let (code, stats) = home.json(&["models", "stats", "--json"]);
    assert_eq!(code, Some(0), "{stats}");
    let all = stats["data"]["models"].as_array().expect("a list");
    all.iter()
        .find(|one| one["model"] == model)
        .cloned()
        .unwrap_or_default()
}

fn expected_quality(home: &Home, model: &str) -> u64 {
    let (code, drawn) = home.json(&["models", "pareto", "--json"]);
    assert_eq!(code, Some(0), "{drawn}");
    let all = drawn["data"]["models"].as_array().expect("a list");
    let point = all.iter().find(|one| one["model"] == model);
    point.expect("the model")["quality"]
        .as_u64()
        .expect("a number")
}

fn spent_today(home: &Home) -> u64 {
    let (_, stats) = home.json(&["models", "stats", "--json"]);
    let today = &stats["data"]["spent"][0];
    assert_eq!(today["window"], "day", "{stats}");
    today["spent"]["money"].as_u64().expect("an amount")
}

#[test]
fn runs_teach_which_model_is_worth_its_money() {
    let (able, idle) = (able(), idle());
    let models = [
        ("able", able.url(), 1_000_000, 600),
        ("idle", idle.url(), 1_000_000, 900),
    ];
    let models = models
        .each_ref()
        .map(|(name, url, price, quality)| (*name, url.as_str(), *price, *quality));
    let home = home_with(&models, "");
    home.cannot_replay("the same run so often is decided again elsewhere");
    for _ in 0..12 {
        let failed = work(&home, &["--model", "idle/one"]);
        assert_eq!(failed.code, Some(1), "{failed:?}");
    }
    for _ in 0..8 {
        let done = work(&home, &["--model", "able/one"]);
        assert_eq!(done.code, Some(0), "{done:?}");
    }
    let (idle, able) = (stats(&home, "idle/one"), stats(&home, "able/one"));
    assert_eq!(
        (&idle["calls"], &idle["failures"]),
        // Each run asks twice more for a change or a reason.
        (&json!(36), &json!(12))
    );
    assert_eq!(
        (&able["calls"], &able["successes"]),
        (&json!(16), &json!(8))
    );
    assert_eq!(able["average_cost"], 3_200, "{able}");
    // Nobody names a model any more. By chance the worse one would be drawn once in thousands.
    let done = work(&home, &["--prefer", "best"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    let chosen = selected(&home);
    assert_eq!(chosen.len(), 1, "{chosen:?}");
    assert_eq!(chosen[0]["model"], "able/one", "{chosen:?}");
    assert_eq!(chosen[0]["routed"]["demand"]["prefer"], "best");
    let text = home.venom(&["models", "why"]).stdout;
    for part in ["able/one", "idle/one", "expected", "drawn from the word"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let table = home.venom(&["models", "stats"]).stdout;
    for part in ["able/one", "idle/one", "spent today", "code"] {
        assert!(table.contains(part), "{part}: {table}");
    }
}

#[test]
fn what_users_say_is_learnt_and_stands_in_the_run() {
    let able = able();
    let home = home_with(&[("able", &able.url(), 1_000_000, 600)], "");
    assert_eq!(work(&home, &[]).code, Some(0));
    let before = expected_quality(&home, "able/one");
    let (code, said) = home.json(&["models", "feedback", "last/work", "bad", "--json"]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(said["data"]["models"], json!(["able/one"]));
    let worse = expected_quality(&home, "able/one");
    assert!(worse < before, "{worse} {before}");
    for rating in ["good", "0.9"] {
        assert_eq!(
            home.venom(&["models", "feedback", "last", rating]).code,
            Some(0)
        );
    }
    assert!(expected_quality(&home, "able/one") > worse);
    // Only the last word counts.
    assert_eq!(stats(&home, "able/one")["average_quality"], 900);
    // The verifier has spoken before: nobody makes a second success, or a failure, of it.
    assert_eq!(stats(&home, "able/one")["successes"], 1);
    assert_eq!(stats(&home, "able/one")["failures"], 0);
    assert!(
        home.venom(&["log", "last"])
            .stdout
            .contains("FeedbackGiven")
    );
    for bad in [
        ["feedback", "last", "great"],
        ["feedback", "last", "1.5"],
        ["feedback", "last/nothing", "good"],
        ["feedback", "run_zzz", "good"],
        ["why", "last/nothing", "--json"],
    ] {
        let mut args = vec!["models"];
        args.extend(bad);
        let refused = home.venom(&args);
        assert_eq!(refused.code, Some(2), "{bad:?} {refused:?}");
    }
    // Where no model has worked there is nothing to say about one.
    home.file("a.txt", "TODO: write\n");
    let done = home.venom(&["run", "find all TODOs and write them to TODO.md"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    let refused = home.venom(&["models", "feedback", "last", "good"]);
    assert_ne!(refused.code, Some(0));
    assert!(
        refused.stderr.contains("no model has worked"),
        "{refused:?}"
    );
}

#[test]
fn who_is_not_there_is_replaced_and_left_alone_for_a_while() {
    let (able, nowhere) = (able(), nowhere());
    let home = home_with(
        &[
            ("able", &able.url(), 9_000_000, 600),
            ("gone", &nowhere, 0, 600),
        ],
        "route: {prefer: cheap}\n",
    );
    let done = work(&home, &[]);
    assert_eq!(done.code, Some(0), "{done:?}");
    let chosen = selected(&home);
    let names: Vec<&str> = chosen
        .iter()
        .filter_map(|one| one["model"].as_str())
        .collect();
    assert_eq!(names, ["gone/one", "able/one"], "{chosen:?}");
    assert!(
        chosen[1]["because"]
            .as_str()
            .is_some_and(|why| why.contains("gone/one gave no answer")),
        "{chosen:?}"
    );
    assert_eq!(stats(&home, "gone/one")["faults"], 3);
    // The next process knows of it.
    assert_eq!(work(&home, &[]).code, Some(0));
    let chosen = selected(&home);
    assert_eq!(chosen.len(), 1, "{chosen:?}");
    assert_eq!(chosen[0]["model"], "able/one");
    let dropped = &chosen[0]["routed"]["choice"]["dropped"];
    assert_eq!(dropped, &json!([{"model": "gone/one", "reason": "broken"}]));
    // Whoever names a model gets it, or a refusal.
    let asked = able.seen().len();
    let failed = work(&home, &["--model", "gone/one"]);
    assert_eq!(failed.code, Some(1), "{failed:?}");
    assert_eq!(able.seen().len(), asked, "nobody took its place");
    let unknown = work(&home, &["--model", "able/two"]);
    assert_eq!(unknown.code, Some(1), "{unknown:?}");
    assert_eq!(able.seen().len(), asked);
}

#[test]
fn words_stay_at_home_where_that_is_wanted() {
    let (able, idle) = (able(), idle());
    let home = home_with(
        &[("able", &able.url(), 0, 100), ("idle", &idle.url(), 0, 900)],
        "",
    );
    let refused = work(&home, &["--local-only"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stdout.contains("must stay local"), "{refused:?}");
    assert!(able.seen().is_empty() && idle.seen().is_empty());
    let pinned = work(&home, &["--local-only", "--model", "able/one"]);
    assert_eq!(pinned.code, Some(1), "{pinned:?}");
    assert!(able.seen().is_empty());
    // One of the two is the user's own.
    let path = home.venom_home().join("config.yaml");
    let config = std::fs::read_to_string(&path).expect("a file");
    let own = config.replacen("privacy: cloud", "privacy: local", 1);
    write(&path, &format!("route: {{local_only: true}}\n{own}"));
    assert_eq!(work(&home, &[]).code, Some(0));
    assert!(idle.seen().is_empty());
    assert_eq!(selected(&home)[0]["model"], "able/one");
}

#[test]
fn a_kind_of_work_can_have_its_model() {
    let (able, idle) = (able(), idle());
    let home = home_with(
        &[("able", &able.url(), 0, 100), ("idle", &idle.url(), 0, 900)],
        "route: {pins: {code: able/one, agent: idle/one}}\n",
    );
    assert_eq!(work(&home, &[]).code, Some(0));
    let chosen = selected(&home);
    assert_eq!(chosen[0]["model"], "able/one");
    assert_eq!(
        chosen[0]["because"],
        "it was named by `route.pins` for `code`"
    );
    assert!(idle.seen().is_empty());
}

/// Twelve thousandths of a dollar for an answer.
const DEAR: u64 = 3_750_000;

#[test]
fn a_day_has_one_budget_for_all_its_runs() {
    let server = endless();
    let home = home_with(
        &[("fake", &server.url(), DEAR, 600)],
        "agent: {rounds: 0, turns: 2}\nbudget: {day: {money: \"0.06\"}}\n",
    );
    // The file may say a section once.
    let path = home.venom_home().join("config.yaml");
    let config = std::fs::read_to_string(&path).expect("a file");
    write(&path, &config.replacen("agent: {rounds: 0}\n", "", 1));
    let first = work(&home, &[]);
    assert_eq!(first.code, Some(1), "its turns are over: {first:?}");
    assert_eq!(spent_today(&home), 24_000);
    let mut codes = Vec::new();
    for _ in 0..4 {
        codes.push(work(&home, &[]).code);
    }
    assert_eq!(codes.last(), Some(&Some(7)), "{codes:?}");
    let spent = spent_today(&home);
    assert!(spent > 24_000 && spent <= 60_000, "{spent}");
    let last = home.venom(&["show"]).stdout;
    assert!(last.contains("budget of the day"), "{last}");
}

#[test]
fn two_processes_at_once_do_not_pass_the_days_cap() {
    let server = endless();
    let home = home_with(
        &[("fake", &server.url(), DEAR, 600)],
        "budget: {day: {money: \"0.10\"}, month: {money: \"1\", tokens: 1000000}}\n",
    );
    let mut folders = Vec::new();
    for number in 0..3 {
        let folder = home.work().join(format!("place-{number}"));
        std::fs::create_dir(&folder).expect("a folder");
        folders.push(folder.display().to_string());
    }
    let started: Vec<_> = folders
        .iter()
        .map(|folder| {
            let mut command = home.command(&["run", GOAL, "-C", folder, "--json"]);
            command.spawn().expect("venom starts")
        })
        .collect();
    let ended: Vec<Option<i32>> = started
        .into_iter()
        .map(|child| finish(child).code)
        .collect();
    assert_eq!(ended, [Some(7), Some(7), Some(7)]);
    let spent = spent_today(&home);
    // How near they come depends on who holds what when the others decide; beyond it is nobody.
    assert!(spent > 24_000 && spent <= 100_000, "{spent}");
    assert_eq!(spent % 12_000, 0, "whole answers");
    assert_eq!(server.seen().len() as u64, spent / 12_000);
}

#[test]
fn at_the_cap_whoever_is_there_is_asked() {
    let server = endless();
    let home = home_with(&[("fake", &server.url(), DEAR, 600)], "");
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    let outer = openpt(flags).expect("a terminal");
    grantpt(&outer).expect("granted");
    unlockpt(&outer).expect("unlocked");
    let inner = ioctl_tiocgptpeer(&outer, flags).expect("its other end");
    let mut outer = File::from(outer);
    let mut command = home.command(&["run", GOAL, "--budget", "0.03"]);
    command
        .stdin(Stdio::from(inner.try_clone().expect("a copy")))
        .stderr(Stdio::from(inner));
    let child = command.spawn().expect("venom starts");
    drop(command);
    let mut until = |mark: &str| {
        let mut seen = Vec::new();
        while !String::from_utf8_lossy(&seen).contains(mark) {
            let mut byte = [0];
            outer.read_exact(&mut byte).expect("more to see");
            seen.extend(byte);
        }
        String::from_utf8_lossy(&seen).into_owned()
    };
    let asked = until("in your own words.");
    assert!(
        asked.contains("The budget of the run") || asked.contains("the budget of the run"),
        "{asked}"
    );
    let first = server.seen().len();
    until("> ");
    outer.write_all(b"0.06\n").expect("typed");
    let mut until = |mark: &str| {
        let mut seen = Vec::new();
        while !String::from_utf8_lossy(&seen).contains(mark) {
            let mut byte = [0];
            outer.read_exact(&mut byte).expect("more to see");
            seen.extend(byte);
        }
    };
    until("in your own words.");
    assert!(server.seen().len() > first, "it went on");
    until("> ");
    outer.write_all(b"stop\n").expect("typed");
    // What is left to say has to go somewhere.
    let drain = std::thread::spawn(move || {
        let _closed = std::io::copy(&mut outer, &mut std::io::sink());
    });
    let done = finish(child);
    assert_eq!(done.code, Some(7), "{done:?}");
    drain.join().expect("drained");
    let log = home.venom(&["log", "last"]).stdout;
    assert!(log.contains("BudgetLimited"), "{log}");
    let spent = spent_today(&home);
    assert!(spent > 30_000 && spent <= 60_000, "{spent}");
}

#[test]
fn a_count_that_cannot_be_costs_what_was_reserved_and_is_said() {
    let absurd = Usage {
        input: 90_000_000,
        output: 90_000_000,
        ..Usage::default()
    };
    let server = FakeServer::responding(move |seen, _| match turn(seen) {
        0 => said(
            &[(
                "files_write",
                json!({"path": "letter.txt", "content": "Dear Ada\n"}),
            )],
            absurd,
        ),
        _ => said(&[("done", json!({"summary": "Written."}))], USED),
    })
    .expect("a server");
    let home = home_with(&[("fake", &server.url(), DEAR, 600)], "");
    let done = work(&home, &["--max-cost", "0.50"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    let cost = done.document()["data"]["cost"].as_u64().expect("a cost");
    assert!(cost > 12_000 && cost < 500_000, "{cost}");
    let log = home.venom(&["log", "last"]).stdout;
    assert!(log.contains("cannot be"), "{log}");
}

#[test]
fn an_answer_that_stops_in_the_middle_is_paid_for() {
    let server = FakeServer::responding(|_, _| {
        let chunk = |text: &str| {
            let delta = json!({"choices": [{"index": 0, "delta": {"content": text}}]});
            Move::Chunk(Speaks::OpenAi.frame(&delta).into_bytes())
        };
        Answer::begun(Speaks::OpenAi.media())
            .then(chunk("I begin to think about it, "))
            .then(chunk("and never come to an end."))
            .then(Move::Hang)
    })
    .expect("a server");
    let home = home_with(&[("fake", &server.url(), DEAR, 600)], "");
    let path = home.venom_home().join("config.yaml");
    let config = std::fs::read_to_string(&path).expect("a file");
    write(
        &path,
        &config.replacen("{rounds: 0}", "{rounds: 0, think_time: 1s}", 1),
    );
    let done = work(&home, &[]);
    assert_eq!(done.code, Some(1), "{done:?}");
    let cost = done.document()["data"]["cost"].as_u64().expect("a cost");
    assert!(cost > 1_000, "{cost}: {done:?}");
    assert_eq!(stats(&home, "fake/one")["cost"], cost);
}

#[test]
fn what_makes_no_sense_in_the_sections_is_refused() {
    let home = Home::new();
    for (bad, word) in [
        ("route: {prefer: pretty}\n", "prefer"),
        ("route: {pins: {code: nobody}}\n", "pins"),
        ("budget: {day: {money: lots}}\n", "day"),
        ("budget: {week: {money: \"1\"}}\n", "week"),
    ] {
        write(&home.venom_home().join("config.yaml"), bad);
        let refused = home.venom(&["models", "stats"]);
        assert_eq!(refused.code, Some(3), "{bad} {refused:?}");
        assert!(refused.stderr.contains(word), "{bad} {refused:?}");
    }
    write(&home.venom_home().join("config.yaml"), "");
    let bad = home.venom(&["run", GOAL, "--prefer", "pretty"]);
    assert_eq!(bad.code, Some(2), "{bad:?}");
    // A project's file has no say in it.
    home.file(
        ".venom/config.yaml",
        "budget: {day: {money: \"0\"}}\nroute: {local_only: true}\n",
    );
    let shown = home.venom(&["config", "show"]);
    assert_eq!(shown.code, Some(0), "{shown:?}");
    assert!(shown.stderr.contains("ignored"), "{shown:?}");
}

/// A goal of two parts that no playbook covers, so that a model is asked what it means and how to plan it.
const SHED: &str = "paint the shed and plant roses around it";

#[test]
fn advice_is_asked_of_whom_the_router_chooses() {
    let (near, far) = (idle(), idle());
    let home = home_with(
        &[
            ("far", &far.url(), 1_000_000, 990),
            ("near", &near.url(), 1_000_000, 100),
        ],
        "",
    );
    let path = home.venom_home().join("config.yaml");
    let config = std::fs::read_to_string(&path).expect("a file");
    let near_by = format!(
        "near: {{kind: openai, url: \"{}/v1\", models: [one], privacy: cloud",
        near.url()
    );
    assert!(config.contains(&near_by), "{config}");
    let own = config.replace(&near_by, &near_by.replace("cloud", "local"));
    write(&path, &own);
    let planned = home.venom(&["plan", SHED, "--local-only", "--json"]);
    assert!(far.seen().is_empty(), "words stay at home: {planned:?}");
    assert!(!near.seen().is_empty(), "{planned:?}");
    let (code, why) = home.json(&["models", "why", "last", "--json"]);
    assert_eq!(code, Some(0), "{why}");
    let advice = why["data"]["advice"].as_array().expect("a list").clone();
    assert!(!advice.is_empty(), "{why}");
    for one in &advice {
        assert_eq!(one["model"], "near/one", "{one}");
        let dropped = &one["routed"]["choice"]["dropped"];
        assert_eq!(dropped, &json!([{"model": "far/one", "reason": "private"}]));
    }
    // What the calls took is learnt as that of steps is.
    let known = stats(&home, "near/one");
    assert_eq!(known["calls"], json!(near.seen().len()), "{known}");
    // A pin for the kind of work holds for advice too.
    write(
        &path,
        &format!("route: {{pins: {{understand: far/one, plan: far/one}}}}\n{own}"),
    );
    let before = near.seen().len();
    let planned = home.venom(&["plan", SHED, "--json"]);
    assert_eq!(near.seen().len(), before, "{planned:?}");
    assert!(!far.seen().is_empty(), "{planned:?}");
    let text = home.venom(&["models", "why"]).stdout;
    assert!(
        text.contains("what the goal means:") && text.contains("far/one"),
        "{text}"
    );
}

#[test]
fn advice_is_not_asked_for_where_the_day_does_not_hold_it() {
    let able = able();
    let home = home_with(
        &[("able", &able.url(), 1_000_000_000, 600)],
        "budget: {day: {money: \"0.001\"}}\n",
    );
    let planned = home.venom(&["plan", SHED, "--json"]);
    assert!(able.seen().is_empty(), "{planned:?}");
    assert_eq!(spent_today(&home), 0);
}
