//! Runs through the server that meet their cap: whoever is told of it says how much it may be.

use rustix::process::Signal;
use serde_json::{Value, json};
use venom_testkit::provider::{Answer, FakeServer, Speaks, Speech};

use super::client::Served;
use crate::home::{Home, write};

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

/// Writes the letter, once it may think at all.
fn writer() -> FakeServer {
    FakeServer::responding(|seen, _| {
        let messages = seen.body["messages"].as_array().unwrap();
        let answered = messages
            .iter()
            .any(|message| message["role"] == "assistant");
        let speech = if answered {
            Speech::call("done", json!({"summary": "It is written."}))
        } else {
            let letter = json!({"path": "letter.txt", "content": "Dear Ada\n"});
            Speech::call("files_write", letter)
        };
        Answer::speech(Speaks::OpenAi, &speech)
    })
    .unwrap()
}

#[test]
fn at_the_cap_a_served_run_asks_whoever_answers() {
    let server = writer();
    let home = Home::new();
    let config = format!(
        "budget: {{run: {{money: \"0.000001\"}}}}\nproviders:\n  home: {{kind: openai, url: \"{}/v1\", models: [smart], retries: 0, privacy: local}}\n",
        server.url()
    );
    write(&home.venom_home().join("config.yaml"), &config);
    write(
        &home.venom_home().join("models.yaml"),
        "models:\n  - {provider: home, name: smart, context: 32000, max_output: 4000, price: {input: 1000000, output: 10000000, cache_read: 0, cache_write: 0}, tools: true, schema: true}\n",
    );
    home.playbook("think.yaml", THINK);
    let served = Served::start(&home, &[]);
    for (answer, outcome) in [("stop", "failed"), ("1", "succeeded")] {
        let asked_before = server.seen().len();
        let body = json!({"goal": "think about the letter", "workspace": home.work()});
        let made = served.post("/v1/runs", &body);
        assert_eq!(made.status, 201, "{made:?}");
        let run = made.json()["run"].as_str().unwrap().to_owned();
        let stream = format!("/v1/runs/{run}/stream");
        let asked = served
            .stream(&stream, None)
            .take_until("ClarificationAsked");
        let question = asked["event"]["data"]["id"].as_str().unwrap().to_owned();
        assert!(
            asked.to_string().contains("How much may it be in all?"),
            "{asked}"
        );
        assert_eq!(
            server.seen().len(),
            asked_before,
            "nothing is spent meanwhile"
        );
        let path = format!("/v1/runs/{run}/questions/{question}");
        let told = served.post(&path, &json!({"answer": answer}));
        assert_eq!(told.status, 200, "{told:?}");
        let ended: Value = served.stream(&stream, None).take_until("RunFinished");
        let came_of_it = &ended["event"]["data"]["outcome"];
        assert_eq!(came_of_it, outcome, "{answer}: {ended}");
    }
    served.stop(Signal::TERM);
}
