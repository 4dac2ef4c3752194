//! The command line against a server: the same verbs, the same words, the same documents.

use std::fs;
use std::path::Path;

use rustix::process::Signal;
use serde_json::{Value, json};

use super::client::Served;
use super::home;
use crate::home::{Home, Running, slow_project, write};

/// A goal that writes a file and asks nothing.
const LIST: &str = "find all TODOs and write them to TODO.md";

/// Somebody else's home, from which a server is asked.
fn guest(served: &Served) -> Home {
    Home::new()
        .with_variable("VENOM_SERVER", format!("http://{}", served.address))
        .with_variable("VENOM_SERVER_TOKEN", served.token.clone())
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

#[test]
fn verbs_say_of_a_server_what_they_say_of_its_data_folder() {
    let home = home();
    home.file("app.py", "# TODO: say it better\n");
    let served = Served::start(&home, &[]);
    let guest = guest(&served);
    let work = text(&home.work());
    let done = guest.venom(&["run", "-C", &work, LIST]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(home.work().join("TODO.md").is_file());
    assert!(!guest.venom_home().join("data/log.db").exists());
    for verb in [
        "show last --json",
        "show last@3 --json",
        "log last --json",
        "log last@2 --json",
        "runs --json",
        "timeline last --json",
        "diff last --json",
        "why last@5 --json",
        "snapshot list last --json",
        "rewind last --dry-run --json",
        "replay last --json",
        "top --json",
    ] {
        let args: Vec<&str> = verb.split(' ').collect();
        let (there, here) = (guest.json(&args), home.json(&args));
        assert_eq!(there, here, "{verb}");
        assert_eq!(there.0, Some(0), "{verb}: {there:?}");
    }
    // Also what is refused is refused in the same words.
    for verb in [
        "show nothing --json",
        "show last@999 --json",
        "approve last --json",
        "answer last yes --json",
        "pause last --json",
    ] {
        let args: Vec<&str> = verb.split(' ').collect();
        let (there, here) = (guest.json(&args), home.json(&args));
        assert_eq!(there.0, here.0, "{verb}: {there:?} {here:?}");
        assert_eq!(there.1["error"]["code"], here.1["error"]["code"], "{verb}");
    }
    served.stop(Signal::TERM);
}

#[test]
fn what_a_server_believes_is_asked_taught_and_taken_out_as_here() {
    let home = home();
    home.file(
        "notes.md",
        "checkout uses postgres. checkout uses redis. auth is owned by team-red.\n",
    );
    let served = Served::start(&home, &[]);
    let guest = guest(&served);
    let notes = text(&home.work().join("notes.md"));
    let taught = guest.json(&["memory", "learn", &notes, "--source", "notes.md", "--json"]);
    assert_eq!(taught.0, Some(0), "{taught:?}");
    let entry = taught.1["data"]["lessons"][0]["entry"].as_u64().unwrap();
    assert!(!guest.venom_home().join("data/log.db").exists());
    let rumour = [
        "memory",
        "learn",
        &notes,
        "--untrusted",
        "--source",
        "rumour",
        "--json",
    ];
    home.file("notes.md", "checkout uses mongodb.\n");
    assert_eq!(guest.json(&rumour).0, Some(0));
    let listed = guest.json(&["memory", "facts", "--json"]);
    let fact = listed.1["data"]["facts"][0]["id"].as_str().unwrap();
    for verb in [
        "memory facts --json".to_owned(),
        "memory facts checkout --relation uses --history --json".to_owned(),
        format!("memory facts --at mem@{entry} --json"),
        "memory facts --contradictions --json".to_owned(),
        format!("memory why {fact} --json"),
        "memory why uses(\"checkout\",\"redis\") --json".to_owned(),
        format!("memory why uses(\"checkout\",\"redis\") --at mem@{entry} --json"),
        "memory query uses(\"checkout\",X) --json".to_owned(),
        "memory query uses(\"checkout\",X) --limit 1 --json".to_owned(),
        "memory graph checkout --depth 1 --json".to_owned(),
        "memory review --json".to_owned(),
        "memory unlearn notes.md --dry-run --json".to_owned(),
        "memory consolidate --log --json".to_owned(),
        format!("memory search redis --at mem@{entry} --json"),
    ] {
        let args: Vec<&str> = verb.split(' ').collect();
        let (there, here) = (guest.json(&args), home.json(&args));
        assert_eq!(there, here, "{verb}");
        assert_eq!(there.0, Some(0), "{verb}: {there:?}");
    }
    for verb in [
        "memory why uses(\"checkout\",\"oracle\") --json",
        "memory why uses( --json",
        "memory why fact_zzz --json",
        "memory facts --at mem@999 --json",
        "memory facts --relation likes --json",
        "memory graph nothing --json",
        "memory unlearn nothing --json",
        "memory query uses( --json",
    ] {
        let args: Vec<&str> = verb.split(' ').collect();
        let (there, here) = (guest.json(&args), home.json(&args));
        assert_eq!(there.0, here.0, "{verb}: {there:?} {here:?}");
        assert_eq!(there.1["error"]["code"], here.1["error"]["code"], "{verb}");
    }
    let waiting = guest.json(&["memory", "review", "--json"]).1;
    let waiting = waiting["data"]["proposals"][0]["id"].as_str().unwrap();
    let agreed = guest.venom(&["memory", "review", "accept", waiting]);
    assert_eq!(agreed.code, Some(0), "{agreed:?}");
    let diff = [
        "memory".to_owned(),
        "diff".to_owned(),
        format!("mem@{entry}"),
        "--json".to_owned(),
    ];
    let diff: Vec<&str> = diff.iter().map(String::as_str).collect();
    let came = guest.json(&diff).1;
    assert_eq!(came["data"]["came"][0]["id"], json!(waiting), "{came}");
    let gone = guest.venom(&["memory", "unlearn", "notes.md"]);
    assert_eq!(gone.code, Some(0), "{gone:?}");
    let left = home.json(&["memory", "facts", "--json"]).1;
    assert_eq!(left["data"]["facts"].as_array().unwrap().len(), 1, "{left}");
    let kept = guest.venom(&["memory", "consolidate", "--json"]);
    assert_eq!(kept.code, Some(0), "{kept:?}");
    served.stop(Signal::TERM);
}

#[test]
fn what_a_server_knows_of_models_is_asked_as_here() {
    let home = Home::new();
    write(
        &home.venom_home().join("config.yaml"),
        "budget: {day: {money: \"2\"}}\nproviders:\n  home: {kind: openai, url: \"http://127.0.0.1:9/v1\", models: [smart], privacy: local}\n",
    );
    let served = Served::start(&home, &[]);
    let guest = guest(&served);
    let work = text(&home.work());
    assert_eq!(guest.venom(&["run", "-C", &work, LIST]).code, Some(0));
    for verb in [
        "models list --json",
        "models stats --json",
        "models pareto --kind code --prompt 1000 --json",
        "models why last --json",
    ] {
        let args: Vec<&str> = verb.split(' ').collect();
        let (there, here) = (guest.json(&args), home.json(&args));
        assert_eq!(there, here, "{verb}");
        assert_eq!(there.0, Some(0), "{verb}: {there:?}");
    }
    let refused = ["models", "feedback", "last", "good", "--json"];
    let (there, here) = (guest.json(&refused), home.json(&refused));
    assert_eq!((there.0, &there.1["error"]), (here.0, &here.1["error"]));
    assert_eq!(there.0, Some(1), "{there:?}");
    served.stop(Signal::TERM);
}

#[test]
fn files_are_taken_back_done_again_and_forked_through_a_server() {
    let home = home();
    home.file("app.py", "# TODO: say it better\n");
    let served = Served::start(&home, &[]);
    let guest = guest(&served);
    let work = text(&home.work());
    assert_eq!(guest.venom(&["run", "-C", &work, LIST]).code, Some(0));
    let written = home.work().join("TODO.md");
    let undone = guest.venom(&["undo", "last"]);
    assert_eq!(undone.code, Some(0), "{undone:?}");
    assert!(!written.exists());
    let again = guest.venom(&["redo", "last"]);
    assert_eq!(again.code, Some(0), "{again:?}");
    assert!(written.is_file());
    let (code, forked) = guest.json(&["fork", "last@1", "--json"]);
    assert_eq!(code, Some(0), "{forked}");
    let folder = forked["data"]["workspace"].as_str().unwrap();
    assert!(Path::new(folder).starts_with(home.venom_home()), "{forked}");
    let fork = forked["data"]["run"].as_str().unwrap();
    let done = guest.venom(&["resume", fork]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(Path::new(folder).join("TODO.md").is_file());
    let state = guest.venom(&["rewind", &format!("{fork}@3"), "--state"]);
    assert_eq!(state.code, Some(0), "{state:?}");
    served.stop(Signal::TERM);
}

#[test]
fn what_a_run_asks_is_answered_through_a_server() {
    let home = home();
    for place in ["app", "lib"] {
        home.file(
            &format!("{place}/auth/login.py"),
            "def login():\n    return True\n",
        );
    }
    let served = Served::start(&home, &[]);
    let guest = guest(&served);
    let work = text(&home.work());
    let asked = guest.venom(&["run", "-C", &work, "announce the release"]);
    assert_eq!(asked.code, Some(6), "{asked:?}");
    let agreed = guest.venom(&["approve", "last", "--reason", "it is ready"]);
    assert_eq!(agreed.code, Some(0), "{agreed:?}");
    let done = guest.venom(&["watch", "last"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(home.work().join("told.txt").is_file());
    let twice = guest.venom(&["approve", "last", "appr_1"]);
    assert_eq!(twice.code, Some(1), "{twice:?}");
    let asked = guest.venom(&["run", "-C", &work, "explain the auth module"]);
    assert_eq!(asked.code, Some(12), "{asked:?}");
    let answered = guest.venom(&["answer", "last", "1"]);
    assert_eq!(answered.code, Some(0), "{answered:?}");
    let done = guest.venom(&["watch", "last"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    served.stop(Signal::TERM);
}

#[test]
fn what_is_the_data_folders_own_is_refused_and_what_is_wrong_is_said() {
    let home = home();
    let served = Served::start(&home, &[]);
    let near = guest(&served);
    for args in [
        &["gc", "--json"][..],
        &["log", "verify", "--json"],
        &["memory", "services", "--json"],
        &["code", "review", "--json"],
    ] {
        let (code, said) = near.json(args);
        assert!(matches!(code, Some(1 | 2)), "{args:?}: {said}");
        assert!(said["error"]["hint"].is_string(), "{args:?}: {said}");
        assert!(!near.venom_home().join("data/log.db").exists(), "{args:?}");
    }
    let url = format!("http://{}", served.address);
    let nobody = Home::new();
    let said = |home: &Home, args: &[&str]| {
        let (code, said) = home.json(args);
        (code, said["error"]["code"].as_str().unwrap().to_owned())
    };
    let with = |server: &str| {
        let server = server.to_owned();
        move |home: &Home| said(home, &["runs", "--json", "--server", &server])
    };
    assert_eq!(with(&url)(&nobody), (Some(4), "no-token".to_owned()));
    let stranger = Home::new().with_variable("VENOM_SERVER_TOKEN", "vnm_1_2".to_owned());
    assert_eq!(with(&url)(&stranger), (Some(4), "bad-token".to_owned()));
    let told = stranger.json(&["runs", "--json", "--server", &url]).1;
    let hint = told["error"]["hint"].as_str().unwrap();
    assert!(hint.contains("--server-token-file"), "{hint}");
    for bad in [
        "http://build.example",
        "ftp://127.0.0.1",
        "nonsense",
        "https://u:p@b.example",
    ] {
        assert_eq!(
            with(bad)(&stranger),
            (Some(2), "bad-server".to_owned()),
            "{bad}"
        );
    }
    // The user of the machine needs no token to be named.
    assert_eq!(home.json(&["runs", "--json", "--server", &url]).0, Some(0));
    served.stop(Signal::TERM);
    assert_eq!(with(&url)(&stranger).1, "unavailable");
}

#[test]
fn the_users_own_token_goes_to_nobody_else_who_listens() {
    let home = home();
    let served = Served::start(&home, &[]);
    let port = served.address.port();
    // Also by another name of this machine.
    let named = format!("http://localhost:{port}");
    assert_eq!(
        home.json(&["runs", "--json", "--server", &named]).0,
        Some(0)
    );
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", other.local_addr().unwrap());
    other.set_nonblocking(true).unwrap();
    let refused = |home: &Home, url: &str| {
        let (code, said) = home.json(&["runs", "--json", "--server", url]);
        assert_eq!(code, Some(1), "{said}");
        assert_eq!(said["error"]["code"], "unavailable", "{said}");
        said["error"]["hint"].as_str().unwrap().to_owned()
    };
    // Whether one's own server is elsewhere or not there at all.
    let hint = refused(&home, &url);
    assert!(hint.contains(&served.address.to_string()), "{hint}");
    served.stop(Signal::TERM);
    let taken = std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
    taken.set_nonblocking(true).unwrap();
    let hint = refused(&home, &format!("http://127.0.0.1:{port}"));
    assert!(hint.contains("venom serve"), "{hint}");
    for listener in [other, taken] {
        let came = listener.accept();
        assert!(came.is_err(), "somebody came to whoever listens: {came:?}");
    }
}

#[test]
fn what_is_said_next_leads_to_the_same_server() {
    let home = home();
    let served = Served::start(&home, &[]);
    let url = format!("http://{}", served.address);
    let work = text(&home.work());
    let goal = ["run", "-C", &work, "--server", &url, "announce the release"];
    let asked = home.venom(&goal);
    assert_eq!(asked.code, Some(6), "{asked:?}");
    for words in ["venom approve run_", "venom resume run_"] {
        let line = asked.stderr.lines().find(|line| line.contains(words));
        let line = line.unwrap_or_else(|| panic!("{words}: {asked:?}"));
        assert!(line.contains(&format!(" --server {url}")), "{line}");
    }
    served.stop(Signal::TERM);
    for (args, code) in [
        (&["serve", "--otlp", "nonsense", "--json"][..], 2),
        (&["run", "--file", "/nonexistent", "--json"], 2),
        (&["run", "x", "--file", "/nonexistent", "--json"], 2),
        (&["fork", "last", "--from", "/nonexistent", "--json"], 2),
    ] {
        let (found, said) = home.json(args);
        assert_eq!(found, Some(code), "{args:?}: {said}");
        assert!(said["error"]["hint"].is_string(), "{args:?}: {said}");
    }
}

#[test]
fn a_server_with_tls_is_known_by_its_pin() {
    let home = home();
    let mut running = home.start(&["serve", "--listen", "127.0.0.1:0", "--tls", "--json"]);
    let said = running.line().unwrap();
    let url = said["data"]["url"].as_str().unwrap();
    let pin = said["data"]["pin"].as_str().unwrap();
    let asked = |pin: Option<&str>| {
        let mut args = vec!["runs", "--json", "--server", url];
        args.extend(pin.iter().flat_map(|pin| ["--server-pin", pin]));
        let (code, said) = home.json(&args);
        (code, said["error"]["code"].clone())
    };
    assert_eq!(asked(Some(pin)), (Some(0), Value::Null));
    assert_eq!(asked(Some(&"00".repeat(32))), (Some(1), json!("refused")));
    assert_eq!(
        asked(None),
        (Some(1), json!("refused")),
        "nobody vouches for it"
    );
    running.signal(Signal::TERM);
    assert_eq!(running.finish().code, Some(0));
}

fn serving(home: &Home, listen: &str) -> (Running, String) {
    let mut running = home.start(&["serve", "--listen", listen, "--json"]);
    let said = running.line().expect("the server says where it is");
    (running, said["data"]["url"].as_str().unwrap().to_owned())
}

#[test]
fn whoever_follows_a_run_misses_nothing_when_the_server_is_killed_and_started_again() {
    let home = Home::new();
    slow_project(&home, 30);
    let (first, url) = serving(&home, "127.0.0.1:0");
    let token = fs::read_to_string(home.venom_home().join("data/server/token")).unwrap();
    let guest = Home::new()
        .with_variable("VENOM_SERVER", url.clone())
        .with_variable("VENOM_SERVER_TOKEN", token.trim().to_owned());
    let work = text(&home.work());
    let mut run = guest.start(&["run", "-C", &work, "--jsonl", "run the tests"]);
    let begun = run.until("StepStarted")["seq"].as_u64().unwrap();
    first.kill();
    let (second, same) = serving(&home, url.strip_prefix("http://").unwrap());
    assert_eq!(same, url);
    let done = run.finish();
    assert_eq!(done.code, Some(0), "{done:?}");
    let heard: Vec<u64> = done
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter_map(|line| line["seq"].as_u64())
        .collect();
    let last = *heard.last().unwrap();
    let expected: Vec<u64> = (begun + 1..=last).collect();
    assert_eq!(heard, expected, "each once, in order");
    second.signal(Signal::TERM);
    assert_eq!(second.finish().code, Some(0));
}
