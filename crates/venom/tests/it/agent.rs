//! Agents on the real binary: a provider over HTTP, real tools, real tests.

use serde_json::{Value, json};
use venom_kernel::model::{Stop, Usage};
use venom_testkit::provider::{Answer, FakeServer, Seen, Speaks, Speech};

use super::home::{Home, has, shop, write};

pub(super) const SIGN_UP: &str = "add input validation to the signup form and a test for it";

/// What the model is said to cost: three dollars for a million tokens that are read, fifteen for as many
/// that are produced.
pub(super) const PRICED: &str = "models:
  - provider: fake
    name: one
    context: 100000
    max_output: 4000
    price: {input: 3000000, output: 15000000, cache_read: 300000, cache_write: 3000000}
    tools: true
    schema: true
";

/// A home in which one model is configured, which this server is.
fn home_with(server: &FakeServer) -> Home {
    let home = Home::new();
    let config = format!(
        "providers:\n  fake: {{kind: openai, url: \"{}/v1\", models: [one]}}\nagent: {{understand: false}}\n",
        server.url()
    );
    write(&home.venom_home().join("config.yaml"), &config);
    write(&home.venom_home().join("models.yaml"), PRICED);
    home
}

/// A home with two models of one price, which this server is.
pub(super) fn two_models(server: &FakeServer) -> Home {
    let home = Home::new();
    let config = format!(
        "providers:\n  fake: {{kind: openai, url: \"{}/v1\", models: [one, two]}}\nagent: {{understand: false}}\n",
        server.url()
    );
    write(&home.venom_home().join("config.yaml"), &config);
    let second = PRICED
        .replace("models:\n", "")
        .replace("name: one", "name: two");
    write(
        &home.venom_home().join("models.yaml"),
        &format!("{PRICED}{second}"),
    );
    home
}

/// Counts how often the model has answered in a request.
pub(super) fn turn(seen: &Seen) -> usize {
    let messages = seen.body["messages"].as_array();
    messages
        .into_iter()
        .flatten()
        .filter(|message| message["role"] == "assistant")
        .count()
}

pub(super) fn spoken(calls: &[(&str, Value)]) -> Answer {
    let speech = Speech {
        thinking: Vec::new(),
        text: vec!["I go on.\n".to_owned()],
        calls: calls
            .iter()
            .map(|(name, arguments)| ((*name).to_owned(), arguments.clone()))
            .collect(),
        stop: Stop::Tools,
        usage: Usage {
            input: 3_000,
            output: 200,
            ..Usage::default()
        },
    };
    Answer::speech(Speaks::OpenAi, &speech)
}

pub(super) fn edit(path: &str, find: &str, replace: &str) -> (&'static str, Value) {
    let edits = json!([{"find": find, "replace": replace}]);
    ("files_edit", json!({"path": path, "edits": edits}))
}

/// Somebody who works on the shop: looks, makes a mistake that the tests find, and mends it.
pub(super) fn worker() -> FakeServer {
    let name =
        "    if not display_name:\n        raise HTTPError(400, \"Please choose a name.\")\n";
    let wrong = format!(
        "{name}    if len(email) > 5:\n        raise HTTPError(400, \"That address is too long.\")\n"
    );
    let right = "    if len(email) > 254:\n";
    let test = "    def test_a_short_password_is_refused(self):\n";
    let tested = format!(
        "    def test_an_endless_address_is_refused(self):\n        email = \"a\" * 300 + \"@example.com\"\n        self.assertEqual(self.browser.sign_up(email=email).status, 400)\n\n{test}"
    );
    let done = (
        "done",
        json!({"summary": "Addresses have at most 254 characters, and a test says so."}),
    );
    let turns: Vec<Vec<(&'static str, Value)>> = vec![
        vec![
            ("files_read", json!({"path": "shop/auth/accounts.py"})),
            ("files_read", json!({"path": "tests/test_accounts.py"})),
        ],
        vec![
            edit("shop/auth/accounts.py", name, &wrong),
            edit("tests/test_accounts.py", test, &tested),
        ],
        vec![done.clone()],
        vec![edit(
            "shop/auth/accounts.py",
            "    if len(email) > 5:\n",
            right,
        )],
        vec![done],
    ];
    FakeServer::responding(move |seen, _| {
        let calls = turns.get(turn(seen)).cloned();
        spoken(&calls.unwrap_or_default())
    })
    .expect("a server")
}

#[test]
fn the_signup_form_is_validated_by_a_model_and_its_tests() {
    if !has("python3") {
        return;
    }
    let server = worker();
    let home = home_with(&server);
    let original = shop().display().to_string();
    let args = [
        "run",
        "--copy",
        &original,
        SIGN_UP,
        "--max-cost",
        "0.5",
        "--json",
    ];
    let (code, report) = home.json(&args);
    let data = &report["data"];
    assert_eq!(code, Some(0), "{report}");
    let tests: Vec<_> = data["tests"].as_array().expect("tests").iter().collect();
    assert_eq!(tests[0]["evidence"]["passed"], 47, "{data}");
    assert_eq!(tests[1]["evidence"]["passed"], 48, "{data}");
    assert_eq!(
        data["changed"],
        json!(["shop/auth/accounts.py", "tests/test_accounts.py"])
    );
    // Five answers of 3,000 tokens that were read and 200 that were produced.
    assert_eq!(data["cost"], 5 * (9_000 + 3_000), "{data}");
    let seen = server.seen();
    assert_eq!(seen.len(), 5);
    // What the server was sent last shows the whole conversation, with the tests' complaint.
    let last = seen.last().expect("a request").body.to_string();
    for part in [
        SIGN_UP,
        "class Registration(ShopTest)",
        "checks do not hold",
        "of 48 tests fail",
        "Changed shop/auth/accounts.py: 1 place",
    ] {
        assert!(last.contains(part), "{part}: {last}");
    }
    for tool in ["files_edit", "shell_run", "test_run", "done", "read_more"] {
        assert!(
            last.contains(&format!("\"name\":\"{tool}\"")),
            "{tool}: {last}"
        );
    }
    let text = home.venom(&["show"]).stdout;
    for part in [
        "✓ Done",
        "Cost: $0.06",
        "47 passed before, 48 passed after",
        "at most 254 characters",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let log = home.venom(&["log", "last"]).stdout;
    assert!(
        log.contains("ModelSelected") && log.contains("fake/one"),
        "{log}"
    );
    let undone = home.venom(&["undo", "last", "--yes"]);
    assert_eq!(undone.code, Some(0), "{undone:?}");
}

#[test]
fn a_run_stops_at_its_budget() {
    // It never has enough.
    let server = FakeServer::responding(|seen, _| {
        spoken(&[(
            "files_read",
            json!({"path": "a.txt", "offset": turn(seen) + 1}),
        )])
    })
    .expect("a server");
    let home = home_with(&server);
    home.file("a.txt", &"a line\n".repeat(50));
    let goal = "paint the shed in a colour that goes with the roses";
    let (code, report) = home.json(&["run", goal, "--max-cost", "0.05", "--json"]);
    assert_eq!(code, Some(7), "{report}");
    let cost = report["data"]["cost"].as_u64().expect("a cost");
    assert!(cost > 20_000 && cost <= 50_000, "{cost}");
    let why = report["data"]["steps"].to_string();
    assert!(why.contains("budget"), "{why}");
}

#[test]
fn a_killed_run_goes_on_where_it_was() {
    if !has("python3") {
        return;
    }
    let server = worker();
    let home = home_with(&server);
    let original = shop().display().to_string();
    let mut running = home.start(&["run", "--copy", &original, SIGN_UP, "--jsonl"]);
    // The second answer has come, and its calls are under way.
    running.until("BudgetSettled");
    running.until("BudgetSettled");
    running.kill();
    let resumed = home.venom(&["resume", "last", "--json"]);
    assert_eq!(resumed.code, Some(0), "{resumed:?}");
    // Nothing that was answered was asked again.
    let asked: Vec<usize> = server.seen().iter().map(turn).collect();
    let mut once = asked.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once, [0, 1, 2, 3, 4]);
    assert!(asked.len() <= 6, "{asked:?}");
}

#[test]
fn without_a_model_the_answer_says_how_to_have_one() {
    let home = Home::new();
    let goal = "paint the shed in a colour that goes with the roses";
    let done = home.venom(&["run", goal]);
    assert_eq!(done.code, Some(1), "{done:?}");
    let said = format!("{}{}", done.stdout, done.stderr);
    assert!(said.contains("venom models"), "{said}");
    let unknown = home.venom(&["run", goal, "--model", "nobody"]);
    assert_eq!(unknown.code, Some(2), "{unknown:?}");
    let bad = home.venom(&["run", goal, "--max-cost", "lots"]);
    assert_eq!(bad.code, Some(2), "{bad:?}");
}

#[test]
fn a_fork_goes_on_with_another_model_and_another_budget() {
    if !has("python3") {
        return;
    }
    let server = worker();
    let home = two_models(&server);
    let original = shop().display().to_string();
    let args = [
        "run", "--copy", &original, SIGN_UP, "--model", "fake/one", "--json",
    ];
    let (code, report) = home.json(&args);
    assert_eq!(code, Some(0), "{report}");
    let run = report["data"]["run"].as_str().expect("a run").to_owned();
    let asked = server.seen().len();

    // After the first answer of the model and the first of the calls in it.
    let (_, log) = home.json(&["log", &run, "--json"]);
    let events = log["data"]["events"].as_array().expect("events");
    let done = events
        .iter()
        .skip_while(|event| event["event"]["type"] != "BudgetSettled")
        .find(|event| event["event"]["type"] == "EffectFinished")
        .expect("a call was done");
    let at = format!("{run}@{}", done["seq"]);
    for (options, why) in [
        (["--model", "fake/three"], "not configured"),
        (["--max-cost", "0.000001"], "spent already"),
    ] {
        let refused = home.venom(&["fork", &at, options[0], options[1]]);
        assert_ne!(refused.code, Some(0), "{refused:?}");
        assert!(refused.stderr.contains(why), "{refused:?}");
    }
    let args = [
        "fork", &at, "--model", "fake/two", "--budget", "0.05", "--json",
    ];
    let (code, forked) = home.json(&args);
    assert_eq!(code, Some(0), "{forked}");
    let fork = forked["data"]["run"].as_str().expect("a run").to_owned();
    let (code, report) = home.json(&["resume", &fork, "--json"]);
    assert_eq!(code, Some(7), "the budget is too small for it: {report}");
    let models: Vec<Value> = server.seen()[asked..]
        .iter()
        .map(|seen| seen.body["model"].clone())
        .collect();
    assert!(!models.is_empty());
    assert!(models.iter().all(|model| model == "two"), "{models:?}");
    let cost = report["data"]["cost"].as_u64().expect("a cost");
    assert!((12_000..=50_000).contains(&cost), "{cost}");
    let (code, replayed) = home.json(&["replay", &fork, "--json"]);
    assert_eq!(code, Some(0), "{replayed}");
}
