//! What runs and users teach: learned, superseded, contradicted, proved, unlearned with what followed.

use std::fs;

use serde_json::Value;

use super::home::{Done, Home};

fn ok(done: Done) -> Done {
    assert_eq!(done.code, Some(0), "{done:?}");
    done
}

fn data(home: &Home, args: &[&str]) -> Value {
    let mut args = args.to_vec();
    args.push("--json");
    let (code, document) = home.json(&args);
    assert_eq!(code, Some(0), "{document}");
    document["data"].clone()
}

/// What is believed, as `subject relation object`.
fn facts(home: &Home, more: &[&str]) -> Vec<String> {
    let mut args = vec!["memory", "facts"];
    args.extend(more);
    let found = data(home, &args);
    let all = found["facts"].as_array().expect("facts");
    all.iter()
        .map(|fact| {
            let part = |name: &str| fact[name].as_str().expect("a text").to_owned();
            format!(
                "{} {} {}",
                part("subject"),
                part("relation"),
                part("object")
            )
        })
        .collect()
}

fn id_of(home: &Home, subject: &str, object: &str) -> String {
    let found = data(home, &["memory", "facts", "--history"]);
    let all = found["facts"].as_array().expect("facts");
    let fact = all
        .iter()
        .find(|fact| fact["subject"] == subject && fact["object"] == object);
    fact.expect("the fact")["id"]
        .as_str()
        .expect("an id")
        .to_owned()
}

fn learn(home: &Home, name: &str, text: &str, more: &[&str]) {
    home.file(name, text);
    let mut args = vec!["memory", "learn", name];
    args.extend(more);
    ok(home.venom(&args));
}

fn project(home: &Home) {
    home.file("app/auth/login.py", "def login():\n    return True\n");
}

#[test]
fn a_run_teaches_what_its_words_say_and_replays_as_before() {
    let home = Home::new();
    project(&home);
    let goal = "explain the auth module. The auth service is owned by team-red.";
    let done = home.venom(&["run", goal, "--json"]);
    // Whatever becomes of the goal, the words are heard.
    assert!(matches!(done.code, Some(0 | 1 | 12)), "{done:?}");
    let taught = facts(&home, &[]);
    assert_eq!(taught, ["auth-service owned_by team-red"]);
    let found = data(&home, &["memory", "facts", "Auth Service"]);
    let origin = found["facts"][0]["sources"][0]["origin"]
        .as_str()
        .expect("an origin");
    assert!(
        origin.starts_with("run_") && origin.ends_with("@1"),
        "{origin}"
    );

    let why = ok(home.venom(&["memory", "why", "owned_by(\"auth-service\", \"team-red\")"]));
    assert!(why.stdout.contains(origin), "{why:?}");
    assert!(
        why.stdout
            .contains("by owned_by(S, O) :- fact(S, owned_by, O)"),
        "{why:?}"
    );

    let run = origin.split('@').next().expect("a run").to_owned();
    let gone = ok(home.venom(&["memory", "unlearn", &run]));
    assert!(
        gone.stdout.contains("auth-service is owned by team-red"),
        "{gone:?}"
    );
    assert_eq!(facts(&home, &[]), Vec::<String>::new());
    // The run itself is untouched; the home replays it when it goes.
    assert_eq!(home.venom(&["log", "verify"]).code, Some(0));
}

#[test]
fn a_change_supersedes_and_two_words_contradict_each_other() {
    let home = Home::new();
    learn(&home, "one.md", "checkout is owned by team-red.", &[]);
    learn(&home, "two.md", "checkout is now owned by team-blue.", &[]);
    assert_eq!(facts(&home, &[]), ["checkout owned_by team-blue"]);
    let red = id_of(&home, "checkout", "team-red");
    let blue = id_of(&home, "checkout", "team-blue");
    let why = ok(home.venom(&["memory", "why", &red]));
    assert!(
        why.stdout.contains(&format!("replaced by {blue}")),
        "{why:?}"
    );
    assert_eq!(
        facts(&home, &["--at", "mem@1"]),
        ["checkout owned_by team-red"]
    );
    let differs = ok(home.venom(&["memory", "diff", "mem@1"]));
    assert!(differs.stdout.contains(&format!("- {red}")), "{differs:?}");
    assert!(differs.stdout.contains(&format!("+ {blue}")), "{differs:?}");

    learn(&home, "three.md", "checkout is owned by team-green.", &[]);
    let shown = ok(home.venom(&["memory", "facts", "--contradictions"]));
    assert!(
        shown.stdout.contains("team-blue") && shown.stdout.contains("team-green"),
        "{shown:?}"
    );
    ok(home.venom(&["memory", "review", "accept", &blue]));
    assert_eq!(facts(&home, &[]), ["checkout owned_by team-blue"]);
    let found = data(&home, &["memory", "facts", "--contradictions"]);
    assert_eq!(found["contradictions"], Value::Array(Vec::new()));
}

#[test]
fn a_poisoned_page_goes_with_all_that_came_from_it() {
    let home = Home::new();
    learn(
        &home,
        "services.md",
        "billing depends on checkout. checkout is owned by team-red.",
        &[],
    );
    let page = "checkout uses evil-lib. checkout is now owned by mallory.";
    learn(
        &home,
        "page.html",
        page,
        &["--untrusted", "--source", "https://evil.example"],
    );
    // Nobody vouches for it.
    assert_eq!(facts(&home, &["checkout"]).len(), 2);
    let waiting = data(&home, &["memory", "review"]);
    let ids: Vec<String> = waiting["proposals"]
        .as_array()
        .expect("proposals")
        .iter()
        .map(|known| known["id"].as_str().expect("an id").to_owned())
        .collect();
    assert_eq!(ids.len(), 2, "{waiting}");
    let mut args = vec!["memory", "review", "accept"];
    args.extend(ids.iter().map(String::as_str));
    ok(home.venom(&args));
    let asked = ok(home.venom(&["memory", "query", "needs(\"billing\", X)"]));
    assert!(asked.stdout.contains("evil-lib"), "{asked:?}");

    let dry = data(
        &home,
        &["memory", "unlearn", "https://evil.example", "--dry-run"],
    );
    let gone = data(&home, &["memory", "unlearn", "https://evil.example"]);
    assert_eq!(dry["gone"], gone["gone"]);
    assert_eq!(gone["gone"].as_array().map(Vec::len), Some(2), "{gone}");
    assert_eq!(gone["restored"][0]["fact"], "checkout is owned by team-red");
    let derived = gone["derived"].to_string();
    assert!(
        derived.contains("billing") && derived.contains("evil-lib"),
        "{gone}"
    );
    let asked = ok(home.venom(&["memory", "query", "needs(\"billing\", X)"]));
    assert!(!asked.stdout.contains("evil-lib"), "{asked:?}");
    for args in [
        &["memory", "facts", "--history"][..],
        &["memory", "graph"],
        &["memory", "review"],
    ] {
        let shown = ok(home.venom(args));
        assert!(
            !shown.stdout.contains("evil-lib") && !shown.stdout.contains("mallory"),
            "{shown:?}"
        );
    }
    assert_ne!(
        home.venom(&["memory", "unlearn", "https://evil.example"])
            .code,
        Some(0)
    );
}

#[test]
fn rules_of_the_user_are_used_and_their_errors_are_shown() {
    let home = Home::new();
    learn(
        &home,
        "services.md",
        "checkout depends on auth. auth uses postgres.",
        &[],
    );
    let own = "reach(X, Y) :- depends_on(X, Y). reach(X, Z) :- reach(X, Y), uses(Y, Z). reach(\"checkout\", X)";
    let asked = ok(home.venom(&["memory", "query", own]));
    assert!(asked.stdout.contains("postgres"), "{asked:?}");
    let rules = home.venom_home().join("rules.dl");
    fs::write(&rules, "critical(X) :- needs(X, \"postgres\").\n").expect("written");
    let asked = data(&home, &["memory", "query", "critical(X)"]);
    assert_eq!(asked["rows"], serde_json::json!([["auth"], ["checkout"]]));
    let why = ok(home.venom(&["memory", "why", "critical(\"checkout\")"]));
    assert!(
        why.stdout.contains("critical(X) :- needs(X, \"postgres\")"),
        "{why:?}"
    );
    assert!(why.stdout.contains("services.md"), "{why:?}");
    fs::write(&rules, "critical(X) :- needs(X").expect("written");
    let broken = home.venom(&["memory", "query", "uses(X, Y)"]);
    assert_ne!(broken.code, Some(0));
    assert!(broken.stderr.contains("rules.dl"), "{broken:?}");
    assert!(broken.stderr.contains("hint:"), "{broken:?}");
    fs::remove_file(&rules).expect("removed");

    let dot = ok(home.venom(&["memory", "graph", "checkout", "--dot"]));
    assert!(
        dot.stdout
            .contains("\"checkout\" -> \"auth\" [label=\"depends_on\""),
        "{dot:?}"
    );
    let far = data(&home, &["memory", "graph", "checkout", "--depth", "1"]);
    assert_eq!(far["nodes"], serde_json::json!(["auth", "checkout"]));
}

#[test]
fn what_memory_printed_is_not_learned_again_and_secrets_never_are() {
    let home = Home::new();
    learn(
        &home,
        "services.md",
        "checkout uses redis. billing uses kafka.",
        &[],
    );
    let shown = ok(home.venom(&["memory", "facts"]));
    let proof = ok(home.venom(&["memory", "why", "uses(\"checkout\", \"redis\")"]));
    home.file("again.txt", &format!("{}\n{}", shown.stdout, proof.stdout));
    let again = data(&home, &["memory", "learn", "again.txt"]);
    assert_eq!(again["lessons"][0]["entry"], Value::Null, "{again}");
    let text = "The database password is correcthorse and checkout uses correcthorse.";
    home.file("secret.md", text);
    let learned = data(&home, &["memory", "learn", "secret.md"]);
    assert_eq!(learned["lessons"][0]["entry"], Value::Null, "{learned}");
}

#[test]
fn consolidation_is_done_once_and_shows_what_it_did() {
    let home = Home::new();
    learn(
        &home,
        "services.md",
        "checkout uses redis. billing uses kafka.",
        &[],
    );
    let first = data(&home, &["memory", "consolidate"]);
    assert_eq!(first["kept"].as_array().map(Vec::len), Some(2), "{first}");
    let second = data(&home, &["memory", "consolidate"]);
    assert_eq!(second["start"], Value::Null, "{second}");
    let log = ok(home.venom(&["memory", "consolidate", "--log"]));
    for name in [
        "ConsolidationStarted",
        "Consolidated",
        "ConsolidationFinished",
    ] {
        assert!(log.stdout.contains(name), "{log:?}");
    }
    assert_eq!(facts(&home, &[]).len(), 2);
}

#[test]
fn bad_input_is_refused_with_a_way_out() {
    let home = Home::new();
    for (args, code) in [
        (&["memory", "why", "fact_000000000000"][..], 2),
        (&["memory", "why", "uses(X, Y)"], 1),
        (&["memory", "why", "uses(\"a\", \"b\")"], 1),
        (&["memory", "query", "uses("], 1),
        (&["memory", "unlearn", "nothing"], 1),
        (&["memory", "unlearn", "mem@99"], 1),
        (&["memory", "learn", "missing.md"], 2),
        (&["memory", "facts", "--relation", "likes"], 2),
        (&["memory", "facts", "--at", "then"], 2),
        (&["memory", "review", "accept", "fact_0"], 2),
        (&["memory", "graph", "nobody"], 1),
        (&["memory", "diff", "2030-01-01", "2020-01-01"], 2),
    ] {
        let done = home.venom(args);
        assert_eq!(done.code, Some(code), "{args:?} {done:?}");
        assert!(done.stderr.contains("error:"), "{done:?}");
    }
    home.file("bytes.bin", "a\0b");
    assert_eq!(home.venom(&["memory", "learn", "bytes.bin"]).code, Some(2));
    let none = home.venom(&["memory", "query", "uses(checkout, X)"]);
    assert!(none.stderr.contains("names are texts"), "{none:?}");
}

#[test]
fn nothing_of_it_can_be_read_from_the_disk_where_it_is_encrypted() {
    for mode in ["payload", "strict"] {
        let home = Home::new();
        ok(home.venom(&["keys", "create"]));
        ok(home.venom(&["config", "set", "encryption.mode", mode]));
        learn(&home, "services.md", "canaryone uses canarytwo.", &[]);
        let _out_of_scope = home.venom(&["run", "canarythree is owned by canaryfour"]);
        assert_eq!(facts(&home, &[]).len(), 2, "{mode}");
        let mut folders = vec![home.venom_home().join("data")];
        let mut files = 0;
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                files += 1;
                let bytes = fs::read(&path).expect("readable");
                let found = bytes.windows(6).any(|window| window == b"canary");
                assert!(!found, "{mode}: {} tells it", path.display());
            }
        }
        assert!(files > 2, "{files}");
    }
}

#[test]
fn what_is_added_to_memory_is_read_and_goes_when_it_is_forgotten() {
    let home = Home::new();
    let added = ok(home.venom(&["memory", "add", "checkout is owned by team-red"]));
    let episode = added.stdout.trim().to_owned();
    assert_eq!(facts(&home, &[]), ["checkout owned_by team-red"]);
    let _out_of_scope = home.venom(&["run", "billing uses kafka"]);
    assert_eq!(facts(&home, &["billing"]), ["billing uses kafka"]);
    ok(home.venom(&["memory", "forget", &episode]));
    assert_eq!(facts(&home, &[]), ["billing uses kafka"]);
    assert_eq!(facts(&home, &["--history"]).len(), 1);
}
