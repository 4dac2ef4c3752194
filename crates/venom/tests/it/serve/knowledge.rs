//! What a server remembers, learned and knows of models: the routes, who may ask them what, and the same verbs of the
//! command line from afar.

use rustix::process::Signal;
use serde_json::{Value, json};

use super::client::{Answer, Served};
use super::home;
use crate::home::Home;

/// Asks with a token of these scopes.
fn token(home: &Home, scopes: &[&str]) -> String {
    let mut args = vec!["token", "create", "--json"];
    for scope in scopes {
        args.extend(["--scope", scope]);
    }
    let (code, made) = home.json(&args);
    assert_eq!(code, Some(0), "{made}");
    made["data"]["secret"].as_str().unwrap().to_owned()
}

fn post(served: &Served, token: &str, path: &str, body: &Value) -> Answer {
    let kind = [("content-type", "application/json")];
    served.ask("POST", path, Some(token), &kind, &body.to_string())
}

fn get(served: &Served, path: &str) -> Value {
    let answer = served.get(path);
    assert_eq!(answer.status, 200, "{path}: {answer:?}");
    answer.json()
}

#[test]
fn what_was_said_is_added_found_marked_and_forgotten() {
    let home = home();
    let served = Served::start(&home, &[]);
    let secret = format!("sk-ant-api03-{}", "abcdefghij".repeat(8));
    let body = json!({"notes": [
        {"text": "We keep the cache in Redis since May.", "speaker": "ada", "pinned": true},
        {"text": format!("The key is {secret}"), "speaker": "bob"},
    ]});
    let added = served.post("/v1/memory/episodes", &body);
    assert_eq!(added.status, 200, "{added:?}");
    let id = added.json()["taken"][0]["added"]
        .as_str()
        .unwrap()
        .to_owned();
    let again = served.post("/v1/memory/episodes", &json!({"notes": [{"text": " "}]}));
    assert_eq!(again.json()["taken"][0], "empty");
    let found = get(&served, "/v1/memory/search?q=where%20is%20the%20cache");
    let hit = &found["hits"][0];
    assert_eq!(hit["known"]["episode"]["id"], id, "{found}");
    assert!(!hit["parts"].as_array().unwrap().is_empty(), "{hit}");
    // What nobody vouches for is known as such.
    assert_eq!(hit["known"]["episode"]["trust"], "untrusted");
    let all = get(&served, "/v1/memory/episodes?limit=1");
    assert_eq!(all["episodes"].as_array().unwrap().len(), 1);
    let next = all["next"].as_u64().unwrap();
    let rest = get(&served, &format!("/v1/memory/episodes?cursor={next}"));
    let text = rest["episodes"][0]["episode"]["text"].as_str().unwrap();
    assert!(!text.contains(&secret), "{text}");
    assert_eq!(get(&served, "/v1/memory/stats")["episodes"], 2);
    // Moments that no calendar has break nothing.
    for now in [i64::MIN, i64::MAX] {
        let answer = served.get(&format!("/v1/memory/search?q=yesterday&now={now}"));
        assert_eq!(answer.status, 400, "{answer:?}");
    }
    assert_eq!(served.get("/v1/memory/episodes?prefix=").status, 400);
    assert_eq!(served.get("/readyz").status, 200);
    let path = format!("/v1/memory/episodes/{id}");
    let forgotten = served.post(&format!("{path}/mark"), &json!({"mark": "forget"}));
    assert_eq!(forgotten.json()["changed"], true, "{forgotten:?}");
    assert_eq!(served.get(&path).json()["code"], "no-such-episode");
    let found = get(&served, "/v1/memory/search?q=where%20is%20the%20cache");
    assert!(
        found["hits"]
            .as_array()
            .unwrap()
            .iter()
            .all(|hit| hit["known"]["episode"]["id"] != id)
    );
    served.stop(Signal::TERM);
}

#[test]
fn what_is_believed_is_taught_asked_proved_and_taken_out() {
    let home = home();
    let served = Served::start(&home, &[]);
    let lesson = json!({"text": "checkout uses postgres. checkout is owned by team-red.", "source": "notes.md", "project": "shop", "vouched": true});
    let learned = served.post("/v1/memory/lessons", &lesson);
    assert_eq!(learned.status, 200, "{learned:?}");
    assert!(
        learned.json()["claims"].as_array().unwrap().len() >= 2,
        "{learned:?}"
    );
    let facts = get(&served, "/v1/memory/facts?about=checkout");
    assert!(facts["facts"].as_array().unwrap().len() >= 2, "{facts}");
    let page = get(&served, "/v1/memory/facts?limit=1");
    assert_eq!(
        (page["facts"].as_array().unwrap().len(), &page["next"]),
        (1, &json!(1))
    );
    let answers = served.post(
        "/v1/memory/queries",
        &json!({"question": "uses(\"checkout\", X)"}),
    );
    assert_eq!(answers.json()["rows"], json!([["postgres"]]), "{answers:?}");
    let proof = served.post(
        "/v1/memory/proofs",
        &json!({"fact": "uses(\"checkout\", \"postgres\")"}),
    );
    let proof = proof.json();
    let mut steps = proof["steps"].as_array().unwrap().iter();
    assert!(
        steps.any(|step| step["because"]["said"][0]["source"] == "notes.md"),
        "{proof}"
    );
    let graph = get(&served, "/v1/memory/graph?entity=checkout&depth=1");
    assert!(
        graph["nodes"]
            .as_array()
            .unwrap()
            .contains(&json!("postgres")),
        "{graph}"
    );
    // What nobody vouches for waits, and only whoever may decide for the user decides.
    let rumour = json!({"text": "checkout uses mongodb.", "source": "https://a.example"});
    assert_eq!(served.post("/v1/memory/lessons", &rumour).status, 200);
    let review = get(&served, "/v1/memory/review");
    let fact = review["proposals"][0]["id"].as_str().unwrap().to_owned();
    let verdict = format!("/v1/memory/facts/{fact}/verdict");
    let writer = token(&home, &["memory:write", "memory:read"]);
    let refused = post(&served, &writer, &verdict, &json!({"is_true": true}));
    assert_eq!(refused.status, 403, "{refused:?}");
    let vouching = json!({"text": "checkout uses redis.", "vouched": true});
    let refused = post(&served, &writer, "/v1/memory/lessons", &vouching);
    assert_eq!(refused.status, 403, "{refused:?}");
    let agreed = served.post(&verdict, &json!({"is_true": false}));
    assert_eq!(agreed.status, 200, "{agreed:?}");
    assert_eq!(get(&served, "/v1/memory/review")["proposals"], json!([]));
    let unlearning = |is_dry: bool| {
        let body = json!({"what": "notes.md", "dry_run": is_dry});
        served.post("/v1/memory/unlearnings", &body)
    };
    assert_eq!(unlearning(true).json()["entry"], Value::Null);
    let gone = unlearning(false).json();
    assert!(
        gone["cascade"]["gone"].as_array().unwrap().len() >= 2,
        "{gone}"
    );
    assert_eq!(get(&served, "/v1/memory/facts")["facts"], json!([]));
    let nothing = served.post("/v1/memory/unlearnings", &json!({"what": "nowhere.md"}));
    assert_eq!(nothing.json()["code"], "no-such-source", "{nothing:?}");
    assert_eq!(
        served.post("/v1/memory/consolidations", &json!({})).status,
        200
    );
    let bad = served.post("/v1/memory/queries", &json!({"question": "uses("}));
    assert_eq!(bad.status, 422, "{bad:?}");
    served.stop(Signal::TERM);
}

#[test]
fn a_token_for_runs_does_not_open_the_memory() {
    let home = home();
    let served = Served::start(&home, &[]);
    let runs = token(&home, &["runs:read", "runs:write"]);
    let reader = token(&home, &["memory:read"]);
    for path in ["/v1/memory/stats", "/v1/memory/facts", "/v1/memory/review"] {
        let of = |token: &str| served.ask("GET", path, Some(token), &[], "").status;
        assert_eq!((of(&runs), of(&reader)), (403, 200), "{path}");
    }
    let note = json!({"notes": [{"text": "hello there"}]});
    for token in [&runs, &reader] {
        let refused = post(&served, token, "/v1/memory/episodes", &note);
        assert_eq!(refused.status, 403, "{refused:?}");
    }
    served.stop(Signal::TERM);
}

#[test]
fn a_plan_is_checked_changed_and_done_through_a_server() {
    let home = home();
    let served = Served::start(&home, &[]);
    let wish = json!({"goal": "look around here", "workspace": home.work(), "plan_only": true});
    let made = served.post("/v1/runs", &wish).json();
    let run = made["run"].as_str().unwrap().to_owned();
    let path = format!("/v1/runs/{run}");
    let _all: Vec<_> = served.stream(&format!("{path}/stream"), None).collect();
    let plan = get(&served, &format!("{path}/plan"));
    let checked = served.post(&format!("{path}/plan/check"), &json!({"plan": plan}));
    assert_eq!(checked.json()["faults"], json!([]), "{checked:?}");
    let mut bad = plan.clone();
    bad["steps"][0]["action"] = json!("nothing-such");
    let checked = served.post(&format!("{path}/plan/check"), &json!({"plan": bad}));
    assert!(
        !checked.json()["faults"].as_array().unwrap().is_empty(),
        "{checked:?}"
    );
    let refused = served.post(&format!("{path}/plan/change"), &json!({"plan": bad}));
    assert_eq!(
        (refused.status, &refused.json()["code"]),
        (422, &json!("bad-plan"))
    );
    let mut other = plan;
    other["steps"][0]["title"] = json!("Look closely");
    let changed = served.post(&format!("{path}/plan/change"), &json!({"plan": other}));
    assert_eq!(changed.status, 201, "{changed:?}");
    let next = changed.json()["run"].as_str().unwrap().to_owned();
    let path = format!("/v1/runs/{next}");
    let _all: Vec<_> = served.stream(&format!("{path}/stream"), None).collect();
    let done = served.post(&format!("{path}/plan/approve"), &json!({}));
    assert_eq!(done.status, 201, "{done:?}");
    let last = done.json()["run"].as_str().unwrap().to_owned();
    let path = format!("/v1/runs/{last}");
    let _all: Vec<_> = served.stream(&format!("{path}/stream"), None).collect();
    let detail = get(&served, &path);
    assert_eq!(detail["outcome"], "succeeded", "{detail}");
    assert_eq!(detail["steps"][0]["title"], "Look closely");
    let twice = served.post(&format!("{path}/plan/approve"), &json!({}));
    assert_eq!(
        (twice.status, &twice.json()["code"]),
        (409, &json!("not-a-plan"))
    );
    // One by itself: the first one stays, and what is no number of an event is said to be none.
    for (event, status, code) in [
        ("1", 404, "no-such-part"),
        ("0", 400, "bad-path"),
        ("x", 400, "bad-path"),
    ] {
        let one = format!("{path}/snapshots/{event}");
        let refused = served.ask("DELETE", &one, Some(&served.token), &[], "");
        assert_eq!(refused.status, status, "{refused:?}");
        assert_eq!(refused.json()["code"], code);
    }
    // Its files cannot be brought back afterwards, and the log says so.
    let released = served.ask(
        "DELETE",
        &format!("{path}/snapshots"),
        Some(&served.token),
        &[],
        "",
    );
    assert_eq!(released.status, 200, "{released:?}");
    served.stop(Signal::TERM);
}

#[test]
fn what_is_known_of_models_and_learned_can_be_asked() {
    let home = home();
    let served = Served::start(&home, &[]);
    assert_eq!(get(&served, "/v1/learned-skills")["skills"], json!([]));
    assert_eq!(
        served.get("/v1/learned-skills/none").json()["code"],
        "no-such-skill"
    );
    let statistics = get(&served, "/v1/router/statistics");
    assert_eq!(statistics["models"], json!([]));
    assert_eq!(statistics["spent"].as_array().unwrap().len(), 2);
    let pareto = get(&served, "/v1/router/pareto?kind=chat");
    assert_eq!(
        (&pareto["kind"], &pareto["models"]),
        (&json!("chat"), &json!([]))
    );
    assert!(pareto["refusal"].is_string(), "{pareto}");
    assert_eq!(served.get("/v1/router/pareto?kind=nothing").status, 400);
    let wish = json!({"goal": "look around here", "workspace": home.work()});
    let run = served.post("/v1/runs", &wish).json()["run"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/v1/runs/{run}");
    let _all: Vec<_> = served.stream(&format!("{path}/stream"), None).collect();
    let choices = get(&served, &format!("{path}/choices"));
    assert_eq!(
        (&choices["advice"], &choices["selected"]),
        (&json!([]), &json!([]))
    );
    let rated = served.post(&format!("{path}/feedback"), &json!({"rating": 900}));
    assert_eq!(rated.status, 409, "no model worked there: {rated:?}");
    served.stop(Signal::TERM);
}

#[test]
fn the_verbs_of_the_memory_ask_a_server() {
    let home = home();
    let served = Served::start(&home, &[]);
    let guest = Home::new()
        .with_variable("VENOM_SERVER", format!("http://{}", served.address))
        .with_variable("VENOM_SERVER_TOKEN", served.token.clone());
    let (code, added) = guest.json(&["memory", "add", "We deploy on Fridays", "--json"]);
    assert_eq!(code, Some(0), "{added}");
    let id = added["data"]["id"].as_str().unwrap().to_owned();
    for verb in ["memory show ID --json", "memory export -"] {
        let args: Vec<&str> = verb
            .split(' ')
            .map(|word| if word == "ID" { id.as_str() } else { word })
            .collect();
        let (there, here) = (guest.venom(&args), home.venom(&args));
        assert_eq!(there.code, Some(0), "{verb}: {there:?}");
        assert_eq!(there.stdout, here.stdout, "{verb}");
    }
    let (code, found) = guest.json(&["memory", "search", "when do we deploy", "--json"]);
    assert_eq!(code, Some(0), "{found}");
    assert_eq!(found["data"]["hits"][0]["episode"]["id"], id, "{found}");
    let pinned = guest.venom(&["memory", "pin", &id]);
    assert!(pinned.stderr.contains("pinned"), "{pinned:?}");
    assert_eq!(
        guest.json(&["memory", "stats", "--json"]).1["data"]["pinned"],
        1
    );
    let forgotten = guest.venom(&["memory", "forget", &id]);
    assert_eq!(forgotten.code, Some(0), "{forgotten:?}");
    assert_ne!(guest.venom(&["memory", "show", &id]).code, Some(0));
    assert!(!guest.venom_home().join("data/log.db").exists());
    served.stop(Signal::TERM);
}
