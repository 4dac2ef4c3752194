//! The HTTP API on the real binary: who is let in, runs from start to end, streams that are resumed,
//! requests that come twice, and a server that is killed.

mod caps;
mod client;
mod clients;
mod far;
mod figures;
mod hostile;
mod knowledge;
mod otlp;
mod relay;

use rustix::process::Signal;
use serde_json::{Value, json};

use self::client::{Answer, Served};
use super::home::{ASKING, Home, has, slow_project};

/// A playbook that any machine can do: it finds what is left to do.
const LOOKING: &str = "venom: 1
name: look-around
title: Look around
utterances:
  - look around here
  - look around in this folder
  - have a look around
steps:
  - id: look
    title: Find what is left to do
    skill: files
    action: todos
    params: {}
    effect: pure
";

fn home() -> Home {
    let home = Home::new();
    home.playbook("announce.yaml", ASKING);
    home.playbook("look-around.yaml", LOOKING);
    home.file("a.txt", "a\n");
    home
}

fn started(served: &Served, home: &Home, goal: &str) -> String {
    let body = json!({"goal": goal, "workspace": home.work()});
    let made = served.post("/v1/runs", &body);
    assert_eq!(made.status, 201, "{made:?}");
    let run = made.json()["run"].as_str().unwrap().to_owned();
    assert_eq!(
        made.header("location"),
        Some(format!("/v1/runs/{run}").as_str())
    );
    run
}

#[test]
fn no_route_is_open_and_none_fails_on_nonsense() {
    let home = home();
    let served = Served::start(&home, &[]);
    let described = served.get("/openapi.json").json();
    let paths = described["paths"].as_object().unwrap();
    assert!(paths.len() >= 20, "{}", paths.len());
    for (path, methods) in paths {
        let nowhere = path
            .replace("{run}", "run_00000000000000000000000000")
            .replace("{approval}", "appr_1")
            .replace("{question}", "q_1")
            .replace(['{', '}'], "");
        for method in methods.as_object().unwrap().keys() {
            let method = method.to_uppercase();
            for token in [None, Some("vnm_12345678_short"), Some("x")] {
                let answer = served.ask(&method, &nowhere, token, &[], "{}");
                // Whoever tries so many wrong ones is slowed down.
                assert!(
                    matches!(answer.status, 401 | 429),
                    "{method} {path}: {answer:?}"
                );
                let said = answer.json();
                // Programs that ask models are told as OpenAI tells them.
                let is_dialect = said["error"]["code"].is_string();
                assert!(is_dialect || said["status"] == answer.status, "{said}");
            }
            let unknown = served.ask(&method, &nowhere, Some(&served.token), &[], "{}");
            assert!(unknown.status < 500, "{method} {path}: {unknown:?}");
            let wrong = nowhere.replace("run_0000", "q_0000");
            if wrong != nowhere {
                let answer = served.ask(&method, &wrong, Some(&served.token), &[], "{}");
                assert_eq!(answer.status, 400, "{method} {path}: {answer:?}");
            }
        }
    }
    // Whoever has no token is not told what there is.
    for (method, path) in [("GET", "/v1/nothing"), ("PUT", "/v1/runs"), ("DELETE", "/")] {
        let answer = served.ask(method, path, None, &[], "");
        assert!(
            matches!(answer.status, 401 | 429),
            "{method} {path}: {answer:?}"
        );
    }
    assert_eq!(served.get("/v1/nothing").json()["code"], "no-such-route");
    assert_eq!(
        served
            .ask("PUT", "/v1/runs", Some(&served.token), &[], "")
            .status,
        405
    );
    served.stop(Signal::TERM);
}

#[test]
fn a_token_lets_do_what_it_was_made_for() {
    let home = home();
    let served = Served::start(&home, &[]);
    let (code, made) = home.json(&[
        "token",
        "create",
        "--scope",
        "runs:read",
        "--label",
        "eyes",
        "--json",
    ]);
    assert_eq!(code, Some(0), "{made}");
    let reader = made["data"]["secret"].as_str().unwrap().to_owned();
    let id = made["data"]["token"]["id"].as_str().unwrap().to_owned();
    assert_eq!(
        served.ask("GET", "/v1/runs", Some(&reader), &[], "").status,
        200
    );
    let body = json!({"goal": "look around here", "workspace": home.work()}).to_string();
    let kind = [("content-type", "application/json")];
    let refused = served.ask("POST", "/v1/runs", Some(&reader), &kind, &body);
    assert_eq!(
        (refused.status, &refused.json()["code"]),
        (403, &json!("scope-missing"))
    );
    assert_eq!(
        served
            .ask("GET", "/v1/tokens", Some(&reader), &[], "")
            .status,
        403
    );
    let writer = served
        .post("/v1/tokens", &json!({"scopes": ["runs:write"]}))
        .json();
    let writer = writer["secret"].as_str().unwrap();
    let ahead =
        json!({"goal": "announce the release", "workspace": home.work(), "approve_all": true});
    let refused = served.ask("POST", "/v1/runs", Some(writer), &kind, &ahead.to_string());
    assert_eq!(refused.status, 403, "{refused:?}");
    // Another process ends it; the server knows with the next request.
    assert_eq!(home.venom(&["token", "revoke", &id]).code, Some(0));
    assert_eq!(
        served.ask("GET", "/v1/runs", Some(&reader), &[], "").status,
        401
    );
    let listed = home.venom(&["token", "list"]);
    assert!(
        !listed.stdout.contains(&reader) && !listed.stdout.contains(&id),
        "{listed:?}"
    );
    // A page of another site, and a name that is not this server's.
    let other = served.ask(
        "GET",
        "/v1/runs",
        Some(&served.token),
        &[("origin", "https://evil.example")],
        "",
    );
    assert_eq!(other.status, 403);
    let rebound = served.ask_host(
        "evil.example",
        "GET",
        "/v1/runs",
        Some(&served.token),
        &[],
        "",
    );
    assert_eq!(rebound.status, 421);
    let mut guesses = (0..40).map(|_| {
        served.ask(
            "GET",
            "/v1/runs",
            Some("vnm_00000000_0000000000000000000000000000000000000000000"),
            &[],
            "",
        )
    });
    let slowed = guesses
        .find(|answer| answer.status == 429)
        .expect("guessing is slowed down");
    assert!(slowed.header("retry-after").is_some());
    served.stop(Signal::TERM);
}

#[test]
fn a_run_from_its_goal_to_its_export() {
    let home = home();
    let served = Served::start(&home, &[]);
    let run = started(&served, &home, "look around here");
    let stream = served.stream(&format!("/v1/runs/{run}/stream"), None);
    let all: Vec<_> = stream.collect();
    let seqs: Vec<u64> = all.iter().filter_map(|event| event.id).collect();
    assert_eq!(seqs, (1..=seqs.len() as u64).collect::<Vec<_>>(), "{all:?}");
    assert_eq!(all.last().unwrap().name, "rest");
    // A reader that lost its connection misses nothing and hears nothing twice.
    let middle = seqs.len() as u64 / 2;
    let rest: Vec<_> = served
        .stream(&format!("/v1/runs/{run}/stream"), Some(middle))
        .filter_map(|event| event.id)
        .collect();
    assert_eq!(rest, (middle + 1..=seqs.len() as u64).collect::<Vec<_>>());
    let some = served.stream(
        &format!("/v1/runs/{run}/stream?types=RunStarted,RunFinished"),
        None,
    );
    assert_eq!(some.filter(|event| event.id.is_some()).count(), 2);
    let page = served.get(&format!("/v1/runs/{run}/events?limit=3")).json();
    assert_eq!(
        (page["events"].as_array().unwrap().len(), &page["next"]),
        (3, &json!(3))
    );
    let detail = served.get(&format!("/v1/runs/{run}")).json();
    assert_eq!(
        (&detail["phase"], &detail["steps"][0]["status"]),
        (&json!("finished"), &json!("verified"))
    );
    let early = served.get(&format!("/v1/runs/{run}?at=1")).json();
    assert_eq!(early["phase"], "understanding");
    for part in ["report", "plan", "verification", "snapshots", "diff"] {
        let answer = served.get(&format!("/v1/runs/{run}/{part}"));
        assert_eq!(answer.status, 200, "{part}: {answer:?}");
    }
    let replayed = served
        .post(&format!("/v1/runs/{run}/replay"), &json!({}))
        .json();
    assert_eq!(replayed["divergence"], Value::Null);
    let paused = served.post(&format!("/v1/runs/{run}/pause"), &json!({}));
    assert_eq!(
        (paused.status, &paused.json()["code"]),
        (409, &json!("finished"))
    );
    let export = served.get(&format!("/v1/runs/{run}/export"));
    let file = home.user().join("run.venom");
    std::fs::write(&file, &export.body).unwrap();
    let checked = home.venom(&["verify", file.to_str().unwrap()]);
    assert_eq!(checked.code, Some(0), "{checked:?}");
    // Pages of the list.
    let second = started(&served, &home, "look around in this folder");
    let first = served.get("/v1/runs?limit=1").json();
    assert_eq!(first["runs"][0]["run"], second);
    let cursor = first["next"].as_str().unwrap();
    let next = served
        .get(&format!("/v1/runs?limit=1&cursor={cursor}"))
        .json();
    assert_eq!(next["runs"][0]["run"], run);
    // A fork works in a copy that VENOM makes; nobody can say where.
    let precious = home.user().join("precious");
    std::fs::create_dir(&precious).unwrap();
    std::fs::write(precious.join("file"), "mine").unwrap();
    let fork = format!("/v1/runs/{run}/fork");
    let named = served.post(
        &fork,
        &json!({"goal": "look around in this folder", "into": precious}),
    );
    assert_eq!(named.status, 422, "{named:?}");
    assert_eq!(
        std::fs::read_to_string(precious.join("file")).unwrap(),
        "mine"
    );
    let forked = served.post(&fork, &json!({"goal": "look around in this folder"}));
    assert_eq!(forked.status, 201, "{forked:?}");
    let copy = std::path::PathBuf::from(forked.json()["workspace"].as_str().unwrap());
    assert!(
        copy.starts_with(
            home.venom_home()
                .canonicalize()
                .unwrap()
                .join("data/copies")
        )
    );
    assert_eq!(std::fs::read_to_string(copy.join("a.txt")).unwrap(), "a\n");
    served.stop(Signal::TERM);
}

#[test]
fn of_two_who_decide_the_first_counts() {
    let home = home();
    let served = Served::start(&home, &[]);
    let run = started(&served, &home, "announce the release");
    let stream = served.stream(&format!("/v1/runs/{run}/stream"), None);
    let asked = stream.take_until("ApprovalAsked");
    let approval = asked["event"]["data"]["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/runs/{run}/approvals/{approval}");
    let first = served.post(&path, &json!({"agree": true}));
    assert_eq!(first.status, 200, "{first:?}");
    served
        .stream(&format!("/v1/runs/{run}/stream"), None)
        .take_until("RunFinished");
    let second = served.post(&path, &json!({"agree": false}));
    assert_eq!(
        (second.status, &second.json()["code"]),
        (409, &json!("already-decided"))
    );
    let unknown = served.post(
        &format!("/v1/runs/{run}/approvals/appr_99"),
        &json!({"agree": true}),
    );
    assert_eq!(unknown.status, 404, "{unknown:?}");
    assert_eq!(
        std::fs::read_to_string(home.work().join("told.txt")).unwrap(),
        "told\n"
    );
    served.stop(Signal::TERM);
}

#[test]
fn a_request_that_comes_twice_is_done_once_also_after_a_kill() {
    let home = home();
    let served = Served::start(&home, &[]);
    let body = json!({"goal": "look around here", "workspace": home.work()}).to_string();
    let keyed = [
        ("content-type", "application/json"),
        ("idempotency-key", "monday-1"),
    ];
    let make = |served: &Served| served.ask("POST", "/v1/runs", Some(&served.token), &keyed, &body);
    let one = make(&served);
    assert_eq!(
        (one.status, one.header("idempotency-replayed")),
        (201, None),
        "{one:?}"
    );
    let two = make(&served);
    assert_eq!(
        (two.status, two.header("idempotency-replayed")),
        (201, Some("true"))
    );
    assert_eq!(one.json(), two.json());
    let other = served.ask(
        "POST",
        "/v1/runs",
        Some(&served.token),
        &keyed,
        "{\"goal\":\"x\",\"workspace\":\"/\"}",
    );
    assert_eq!(
        (other.status, &other.json()["code"]),
        (422, &json!("key-reused"))
    );
    served.stop(Signal::KILL);
    let served = Served::start(&home, &[]);
    assert_eq!(make(&served).json(), one.json());
    assert_eq!(
        served.get("/v1/runs").json()["runs"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    served.stop(Signal::TERM);
}

#[test]
fn a_run_goes_on_after_its_server_was_killed() {
    if !has("python3") {
        return;
    }
    let home = home();
    slow_project(&home, 20);
    let served = Served::start(&home, &[]);
    let run = started(&served, &home, "run the tests");
    let path = format!("/v1/runs/{run}/stream");
    let seen = served.stream(&path, None).take_until("EffectStarted")["seq"]
        .as_u64()
        .unwrap();
    served.stop(Signal::KILL);
    let served = Served::start(&home, &[]);
    let rest: Vec<_> = served
        .stream(&path, Some(seen))
        .filter(|event| event.id.is_some())
        .collect();
    let ids: Vec<u64> = rest.iter().filter_map(|event| event.id).collect();
    assert_eq!(
        ids,
        (seen + 1..=seen + ids.len() as u64).collect::<Vec<_>>()
    );
    assert_eq!(rest.last().unwrap().name, "RunFinished");
    let detail = served.get(&format!("/v1/runs/{run}")).json();
    assert_eq!(detail["outcome"], "succeeded", "{detail}");
    served.stop(Signal::TERM);
}

#[test]
fn bad_requests_are_said_to_be_bad() {
    let home = home();
    let served = Served::start(&home, &[]);
    let token = Some(served.token.as_str());
    let kind = [("content-type", "application/json")];
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let large = format!("{{\"goal\":\"{}\"}}", "x".repeat(2 << 20));
    let plain = [("content-type", "text/plain")];
    for headers in [&[] as &[_], &plain] {
        let answer = served.ask("POST", "/v1/runs", token, headers, "{}");
        assert_eq!(answer.status, 415, "{answer:?}");
    }
    let cases: [(&str, u16); 7] = [
        ("", 400),
        ("{", 400),
        ("{}", 422),
        ("{\"goal\":1,\"workspace\":\"/\"}", 422),
        (
            "{\"goal\":\"look around here\",\"workspace\":\"here\"}",
            422,
        ),
        (&deep, 422),
        (&large, 413),
    ];
    for (body, status) in cases {
        let answer: Answer = served.ask("POST", "/v1/runs", token, &kind, body);
        let shown: String = body.chars().take(60).collect();
        assert_eq!(answer.status, status, "{shown}: {answer:?}");
        assert_eq!(answer.json()["status"], status);
    }
    let body = json!({"goal": "look around here", "workspace": "/nowhere/at/all"}).to_string();
    let answer = served.ask("POST", "/v1/runs", token, &kind, &body);
    assert_eq!(
        (answer.status, &answer.json()["code"]),
        (422, &json!("bad-workspace"))
    );
    for query in [
        "limit=0",
        "limit=501",
        "limit=x",
        "status=odd",
        "cursor=x",
        "other=1",
    ] {
        assert_eq!(
            served.get(&format!("/v1/runs?{query}")).status,
            400,
            "{query}"
        );
    }
    // What is no HTTP at all does not hurt anybody else.
    served.shout(b"\x16\x03\x01 hello\r\n\r\n");
    served.shout(&vec![b'a'; 200_000]);
    assert_eq!(served.get("/healthz").json()["status"], "ok");
    served.stop(Signal::TERM);
}

#[test]
fn what_others_can_reach_speaks_tls_and_no_plain_text() {
    let home = home();
    let refused = home.venom(&["serve", "--listen", "0.0.0.0:0"]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.stderr.contains("TLS"), "{refused:?}");
    let served = Served::start(&home, &["--tls"]);
    // Plain text is not answered.
    let plain = served.shout(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert!(
        !String::from_utf8_lossy(&plain).contains("HTTP"),
        "{plain:?}"
    );
    served.stop(Signal::TERM);
}
