//! What every graph of facts must do.

use std::collections::BTreeSet;

use venom_kernel::confidence::Confidence;
use venom_kernel::memory::fact::{FactId, Relation};
use venom_kernel::time::Timestamp;
use venom_ports::memory::graph::{Edge, Graph};

use super::Checked;

/// Makes a fact between two things.
pub fn edge(subject: &str, relation: Relation, object: &str) -> Edge {
    Edge {
        fact: FactId::of(subject, relation, object),
        subject: subject.to_owned(),
        relation,
        object: object.to_owned(),
        confidence: Confidence::from_thousandths(900),
        from: Timestamp::from_micros(1_700_000_000_123_456),
    }
}

fn names(of: &[&str]) -> BTreeSet<String> {
    of.iter().map(|name| (*name).to_owned()).collect()
}

fn all(graph: &dyn Graph, limit: usize) -> Checked<Vec<Edge>> {
    let mut all: Vec<Edge> = Vec::new();
    loop {
        let page = graph.page(all.last().map(|edge| edge.fact), limit)?;
        assert!(page.len() <= limit);
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}

/// Asserts what the port promises. The graph must be empty.
pub fn suite(graph: &dyn Graph) -> Checked {
    let version = graph.open()?;
    assert!(!version.is_empty());
    assert_eq!(graph.open()?, version, "opening again changes nothing");
    assert_eq!(graph.count()?, 0);
    assert_eq!(graph.mark()?, None);
    assert_eq!(graph.page(None, 10)?, Vec::new());
    assert_eq!(graph.near("shop", 3)?, names(&["shop"]));

    // shop -> checkout -> postgres <- billing -> queue -> shop: a circle; a thing that is only about itself; names
    // that are no words, and every relation that there is.
    let odd = "a \"name\" with 'quotes', \\, {braces}, $dollars and \u{00e4}\u{1f600}";
    let mut edges = vec![
        edge("shop", Relation::Uses, "checkout"),
        edge("checkout", Relation::DependsOn, "postgres"),
        edge("billing", Relation::DependsOn, "postgres"),
        edge("billing", Relation::Uses, "queue"),
        edge("queue", Relation::RunsOn, "shop"),
        edge("mirror", Relation::Uses, "mirror"),
        edge("far", Relation::OwnedBy, odd),
    ];
    for relation in Relation::ALL {
        edges.push(edge("hub", *relation, &format!("of {relation}")));
    }
    // Two things can have more than one thing between them.
    edges.push(edge("shop", Relation::DependsOn, "checkout"));
    edges.sort_by_key(|edge| edge.fact);
    let count = edges.len() as u64;
    graph.put(&edges)?;
    assert_eq!(graph.count()?, count);
    assert_eq!(all(graph, 7)?, edges);

    // Putting again changes nothing; what is surer now is surer there.
    graph.put(&edges)?;
    assert_eq!(graph.count()?, count);
    let mut surer = edge("shop", Relation::Uses, "checkout");
    surer.confidence = Confidence::CERTAIN;
    graph.put(std::slice::from_ref(&surer))?;
    assert_eq!(graph.count()?, count);
    assert!(all(graph, 1_000)?.contains(&surer));
    graph.put(&edges)?;

    // What is near, in both directions, and no further.
    assert_eq!(graph.near("shop", 0)?, names(&["shop"]));
    assert_eq!(
        graph.near("shop", 1)?,
        names(&["shop", "checkout", "queue"])
    );
    assert_eq!(
        graph.near("postgres", 2)?,
        names(&["postgres", "checkout", "billing", "shop", "queue"])
    );
    assert_eq!(graph.near("mirror", 20)?, names(&["mirror"]));
    assert_eq!(graph.near(odd, 20)?, names(&[odd, "far"]));
    assert_eq!(graph.near("hub", 1)?.len(), 1 + Relation::ALL.len());
    assert_eq!(graph.near("nobody", 20)?, names(&["nobody"]));

    // What is taken out is gone, also a second time; what else hangs on the same things stays.
    let gone = [
        FactId::of("shop", Relation::Uses, "checkout"),
        FactId::of("queue", Relation::RunsOn, "shop"),
        FactId::of("nothing", Relation::Uses, "nothing"),
    ];
    graph.remove(&gone)?;
    graph.remove(&gone)?;
    assert_eq!(graph.count()?, count - 2);
    assert_eq!(graph.near("shop", 1)?, names(&["shop", "checkout"]));
    assert_eq!(graph.near("queue", 1)?, names(&["queue", "billing"]));
    graph.remove(&[])?;
    assert_eq!(graph.count()?, count - 2);

    // Marks stay until they are changed, or everything goes.
    graph.set_mark("one")?;
    graph.set_mark("two")?;
    assert_eq!(graph.mark()?, Some("two".to_owned()));
    graph.clear()?;
    graph.clear()?;
    assert_eq!(graph.mark()?, None);
    assert_eq!(graph.count()?, 0);
    Ok(())
}
