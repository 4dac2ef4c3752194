//! Everything that can go wrong, as tables: what the server does, and what the caller is told.

mod calls;
mod statuses;
mod streams;

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use venom_kernel::model::{Message, Reply, Request, Tool};
use venom_kernel::time::Millis;
use venom_models::Dialect;
use venom_ports::FailureKind;
use venom_ports::model::{ModelCall, ModelFailure, Models as _};
use venom_testkit::conform::model::KEY;
use venom_testkit::provider::{Answer, FakeServer, Speaks};

use crate::world::{dialect, providers, runtime};

/// What the caller is told.
#[derive(Debug, Clone, Copy)]
enum Told {
    /// A failure of this kind, after so many requests.
    Fails(FailureKind, usize),
    /// An answer for which this holds.
    Replies(fn(&Reply) -> bool),
}

/// One row of a table.
struct Case {
    name: String,
    answer: Answer,
    told: Told,
}

fn case(name: impl Into<String>, answer: Answer, told: Told) -> Case {
    Case {
        name: name.into(),
        answer,
        told,
    }
}

fn question() -> Request {
    Request {
        messages: vec![Message::user(
            "a question of some length, so that it has tokens",
        )],
        tools: vec![Tool {
            name: "read_file".to_owned(),
            description: "Reads.".to_owned(),
            parameters: serde_json::json!({"type": "object"}),
        }],
        max_tokens: 100,
        ..Request::default()
    }
}

async fn ask(dialect: Dialect, server: &FakeServer, within: Millis) -> Result<Reply, ModelFailure> {
    let models = providers(dialect, &server.url(), 1);
    let call = ModelCall {
        model: "p/fake".parse().unwrap(),
        request: Arc::new(question()),
        images: std::collections::BTreeMap::new(),
        key: "key-1".to_owned(),
        within,
    };
    models.call(call, CancellationToken::new(), None).await
}

/// Goes through a table; returns how many rows it has.
fn check(speaks: Speaks, cases: Vec<Case>) -> usize {
    let count = cases.len();
    let runtime = runtime();
    for case in cases {
        let name = format!("{speaks:?}: {}", case.name);
        let server = FakeServer::answering([case.answer]).unwrap();
        let ended = runtime.block_on(ask(dialect(speaks), &server, Millis::from_secs(20)));
        let shown = format!("{ended:?}");
        assert!(!shown.contains(KEY), "{name}: {shown}");
        match (case.told, ended) {
            (Told::Fails(kind, requests), Err(failed)) => {
                assert_eq!(failed.failure.kind, kind, "{name}: {shown}");
                assert_eq!(server.seen().len(), requests, "{name}: {shown}");
                assert!(!failed.failure.message.is_empty(), "{name}");
                assert!(
                    failed.failure.message.chars().count() < 800
                        && !failed.failure.message.chars().any(char::is_control),
                    "{name}: {shown}"
                );
            }
            (Told::Replies(holds), Ok(reply)) => assert!(holds(&reply), "{name}: {shown}"),
            (told, _) => panic!("{name}: {told:?}, and there is {shown}"),
        }
    }
    count
}

/// The tables are as long as they are said to be.
#[test]
fn there_are_enough_cases() {
    let count: usize = Speaks::ALL
        .into_iter()
        .map(|speaks| {
            statuses::cases(speaks).len()
                + streams::cases(speaks).len()
                + calls::cases(speaks).len()
        })
        .sum();
    assert!(count >= 150, "{count}");
    println!("{count} cases");
}
