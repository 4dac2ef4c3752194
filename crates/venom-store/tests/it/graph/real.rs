//! A real graph database, where one is installed: `arcadedb` on the search path, a script that starts the server of
//! ArcadeDB with `PORT FOLDER PASSWORD`. It speaks Bolt and Cypher as Neo4j does.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use venom_kernel::memory::fact::Relation;
use venom_ports::FailureKind;
use venom_ports::memory::graph::Graph;
use venom_store::service::WhenDown;
use venom_store::service::graph;
use venom_store::service::neo4j::Neo4j;
use venom_testkit::conform::graph::edge;
use venom_testkit::conform::{self, Checked};

use super::{attached, edges};
use crate::fixture::{Home, skipped};
use crate::services::real::{Running, is_there, start};

/// The password of the server.
const WORD: &str = "a-word-of-a-test";

fn server(folder: &Path) -> Checked<Running> {
    start(
        |port| {
            let mut command = Command::new("arcadedb");
            command.arg(port.to_string()).arg(folder).arg(WORD);
            command
        },
        |port| neo4j(port, "ready", "root", WORD).is_ok_and(|graph| graph.open().is_ok()),
    )
}

fn neo4j(port: u16, home: &str, user: &str, word: &'static str) -> Checked<Neo4j> {
    Ok(Neo4j::new(
        &format!("bolt://{user}@127.0.0.1:{port}/venom"),
        home,
        Arc::new(move || Ok(Some(word.to_owned().into()))),
        Arc::new(|| Err("no certificates are needed here".to_owned())),
    )?)
}

#[tokio::test]
async fn a_real_graph_passes_the_suite_and_says_the_same() -> Checked {
    if !is_there("arcadedb") {
        return skipped("arcadedb", "arcadedb is not installed");
    }
    let folder = tempfile::tempdir()?;
    let running = server(folder.path())?;
    let port = running.port;
    let (one, other) = (
        neo4j(port, "one", "root", WORD)?,
        neo4j(port, "two", "root", WORD)?,
    );
    conform::graph::suite(&one)?;

    // Folders do not see each other.
    other.put(&[edge("shop", Relation::Uses, "till")])?;
    other.set_mark("theirs")?;
    conform::graph::suite(&one)?;
    assert_eq!(
        (other.count()?, other.mark()?),
        (1, Some("theirs".to_owned()))
    );

    for (user, word) in [("root", "another-word"), ("nobody", WORD)] {
        let failure = neo4j(port, "one", user, word)?
            .open()
            .err()
            .ok_or("it let us in")?;
        assert_eq!(failure.kind, FailureKind::Refused, "{failure}");
        assert!(failure.message.contains("credentials"), "{failure}");
    }

    // The same answers as the embedded graph, and all of it read back.
    let home = Home::new()?;
    let service: Arc<dyn Graph> = Arc::new(neo4j(port, "three", "root", WORD)?);
    let store = attached(&home, service, WhenDown::Embedded)?;
    let mirror = store.graph().ok_or("no graph is in use")?;
    let all = edges(2_000);
    assert!(mirror.follow(&all)?);
    assert!(mirror.compare(&all)?.is_whole());
    for at in 0..7 {
        let thing = format!("thing-{at}-{}", at * 5);
        for steps in [1, 2, 5] {
            let found = mirror.near(&all, &thing, steps)?;
            assert!(found.by.contains("the graph at"), "{found:?}");
            assert_eq!(found.things, graph::near(&all, &thing, steps).things);
        }
    }
    let fewer: Vec<_> = all.iter().skip(700).cloned().collect();
    assert!(mirror.follow(&fewer)?);
    assert!(mirror.compare(&fewer)?.is_whole());

    // Killed in the middle: the built-in graph answers and says so.
    drop(running);
    let found = mirror.near(&fewer, "thing-3-15", 2)?;
    assert_eq!(found.things, graph::near(&fewer, "thing-3-15", 2).things);
    assert_eq!(found.notes.len(), 1, "{found:?}");
    Ok(())
}
