//! The graph of what is believed, here and at a service: the same answers with it and without, and nothing lost
//! whatever becomes of it. `.ci/run memory` installs a real service and lets none of these tests skip.

mod fake;
mod real;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use venom_kernel::memory::fact::{FactId, Relation};
use venom_ports::memory::graph::{Edge, Graph};
use venom_ports::{Failure, FailureKind, Result};
use venom_store::Store;
use venom_store::keys::Mode;
use venom_store::service::graph::{self, EmbeddedGraph};
use venom_store::service::{Services, WhenDown};
use venom_testkit::conform::graph::edge;
use venom_testkit::conform::{self, Checked};

use crate::fixture::Home;

/// Things that hang together in a few clusters, with some that lead from one to another.
pub(super) fn edges(count: usize) -> Vec<Edge> {
    let relations = [Relation::Uses, Relation::DependsOn, Relation::DeploysTo];
    (0..count)
        .map(|at| {
            let cluster = at % 7;
            let subject = format!("thing-{cluster}-{}", at / 21);
            let object = match at % 50 {
                0 => format!("thing-{}-0", (cluster + 1) % 7),
                _ => format!("thing-{cluster}-{}", at / 7),
            };
            let relation = relations.get(at % 3).copied().unwrap_or(Relation::IsA);
            edge(&subject, relation, &object)
        })
        .collect()
}

/// A graph that can be made to fail.
#[derive(Default)]
struct Faulty {
    inner: EmbeddedGraph,
    failing: Mutex<Option<Failure>>,
    /// How many calls work before it fails.
    works: Mutex<Option<u32>>,
}

impl Faulty {
    fn fail(&self, failure: Option<Failure>) {
        *self.failing.lock().unwrap_or_else(PoisonError::into_inner) = failure;
    }

    fn fail_after(&self, calls: Option<u32>) {
        *self.works.lock().unwrap_or_else(PoisonError::into_inner) = calls;
    }

    fn sound(&self) -> Result<&EmbeddedGraph> {
        if let Some(failure) = &*self.failing.lock().unwrap_or_else(PoisonError::into_inner) {
            return Err(failure.clone());
        }
        let mut works = self.works.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *works {
            Some(0) => {
                *works = None;
                Err(down())
            }
            Some(left) => {
                *left -= 1;
                Ok(&self.inner)
            }
            None => Ok(&self.inner),
        }
    }
}

impl Graph for Faulty {
    fn name(&self) -> &'static str {
        "the graph of a test"
    }
    fn open(&self) -> Result<String> {
        self.sound()?.open()
    }
    fn put(&self, edges: &[Edge]) -> Result<()> {
        self.sound()?.put(edges)
    }
    fn remove(&self, facts: &[FactId]) -> Result<()> {
        self.sound()?.remove(facts)
    }
    fn near(&self, thing: &str, steps: u32) -> Result<BTreeSet<String>> {
        self.sound()?.near(thing, steps)
    }
    fn count(&self) -> Result<u64> {
        self.sound()?.count()
    }
    fn page(&self, after: Option<FactId>, limit: usize) -> Result<Vec<Edge>> {
        self.sound()?.page(after, limit)
    }
    fn mark(&self) -> Result<Option<String>> {
        self.sound()?.mark()
    }
    fn set_mark(&self, mark: &str) -> Result<()> {
        self.sound()?.set_mark(mark)
    }
    fn clear(&self) -> Result<()> {
        self.sound()?.clear()
    }
}

fn down() -> Failure {
    Failure::new(FailureKind::Unavailable, "nobody answers")
}

fn attached(home: &Home, graph: Arc<dyn Graph>, when_down: WhenDown) -> Checked<Store> {
    let store = home.open()?;
    store.attach(&Services {
        graph: Some(Box::new(move |_| Ok(Arc::clone(&graph)))),
        when_down,
        ..Services::default()
    })?;
    Ok(store)
}

#[test]
fn the_embedded_graph_passes_the_suite() -> Checked {
    conform::graph::suite(&EmbeddedGraph::default())
}

#[tokio::test]
async fn a_service_is_kept_as_what_is_believed() -> Checked {
    let home = Home::new()?;
    let graph = Arc::new(Faulty::default());
    let service: Arc<dyn Graph> = graph.clone();
    let store = attached(&home, service, WhenDown::Embedded)?;
    let mirror = store.graph().ok_or("no graph is in use")?;
    let all = edges(300);
    let held = |graph: &Faulty| graph.inner.page(None, 10_000);

    let standing = mirror.standing(&all)?;
    assert_eq!((standing.held, standing.is_told), (0, false));
    assert!(mirror.follow(&all)?);
    let standing = mirror.standing(&all)?;
    assert_eq!((standing.held, standing.is_told), (standing.facts, true));
    assert!(mirror.compare(&all)?.is_whole());

    // What is not believed any more is taken out, what changed is told again.
    let mut fewer: Vec<Edge> = all.iter().skip(20).cloned().collect();
    for edge in fewer.iter_mut().take(5) {
        edge.confidence = venom_kernel::confidence::Confidence::from_thousandths(500);
    }
    assert!(!mirror.standing(&fewer)?.is_told);
    assert!(mirror.follow(&fewer)?);
    assert!(mirror.compare(&fewer)?.is_whole());

    // Brought back from an old copy: its mark is another one. Changed by somebody: its count is.
    mirror.follow(&all)?;
    assert!(mirror.follow(&fewer)?);
    assert!(mirror.compare(&fewer)?.is_whole());
    let lost = held(&graph)?.first().ok_or("it is empty")?.fact;
    graph.inner.remove(&[lost])?;
    assert!(!mirror.standing(&fewer)?.is_told);
    assert!(mirror.follow(&fewer)?);
    assert!(mirror.compare(&fewer)?.is_whole());
    graph.inner.clear()?;
    assert!(mirror.follow(&fewer)?);
    assert!(mirror.compare(&fewer)?.is_whole());

    // Cut off after any call, it comes to the same in the end.
    for calls in 0..8 {
        let wanted = if calls % 2 == 0 { &all } else { &fewer };
        graph.fail_after(Some(calls));
        let first = mirror.follow(wanted);
        graph.fail_after(None);
        assert!(mirror.follow(wanted)?, "after {calls} calls: {first:?}");
        assert!(mirror.compare(wanted)?.is_whole(), "after {calls} calls");
    }
    Ok(())
}

#[tokio::test]
async fn while_a_service_is_away_the_answers_are_the_same_or_refused() -> Checked {
    let all = edges(200);
    for when_down in [WhenDown::Embedded, WhenDown::Refuse] {
        let home = Home::new()?;
        let graph = Arc::new(Faulty::default());
        graph.fail(Some(down()));
        let service: Arc<dyn Graph> = graph.clone();
        let store = attached(&home, service, when_down)?;
        let mirror = store.graph().ok_or("no graph is in use")?;
        let alone = graph::near(&all, "thing-0-0", 2);
        let asked = mirror.near(&all, "thing-0-0", 2);
        match when_down {
            WhenDown::Embedded => {
                let found = asked?;
                assert_eq!((&found.things, &found.by), (&alone.things, &alone.by));
                assert_eq!(found.notes.len(), 1, "{found:?}");
            }
            WhenDown::Refuse => {
                let failure = asked.err().ok_or("it was answered")?;
                assert_eq!(failure.kind, FailureKind::Unavailable);
                let hint = failure.hint.unwrap_or_default();
                assert!(hint.contains("when_down: embedded"), "{hint}");
            }
        }
        // It is back, and is told what it missed before it answers.
        graph.fail(None);
        let found = mirror.near(&all, "thing-0-0", 2)?;
        assert_eq!(found.things, alone.things);
        assert_eq!(found.by, "the graph of a test");
        assert!(mirror.compare(&all)?.is_whole());
    }
    Ok(())
}

#[tokio::test]
async fn one_process_tells_at_a_time() -> Checked {
    let home = Home::new()?;
    let graph: Arc<dyn Graph> = Arc::new(Faulty::default());
    let store = attached(&home, graph, WhenDown::Embedded)?;
    let mirror = store.graph().ok_or("no graph is in use")?;
    let lock = std::fs::File::create(home.data().join("graph.lock"))?;
    lock.lock()?;
    let all = edges(10);
    assert!(!mirror.follow(&all)?);
    let found = mirror.near(&all, "thing-0-0", 1)?;
    assert_eq!(found.things, graph::near(&all, "thing-0-0", 1).things);
    assert!(
        found
            .notes
            .iter()
            .any(|note| note.contains("another process"))
    );
    drop(lock);
    assert!(mirror.follow(&all)?);
    Ok(())
}

#[tokio::test]
async fn an_encrypted_store_takes_no_graph() -> Checked {
    let home = Home::new()?;
    let protection = crate::memory::sealed(&home, Mode::Payload)?;
    let store = Store::open_protected(&home.data(), &protection)?;
    let refused = store.attach(&Services {
        graph: Some(Box::new(|_| {
            Ok(Arc::new(EmbeddedGraph::default()) as Arc<dyn Graph>)
        })),
        ..Services::default()
    });
    let failure = refused.err().ok_or("it was taken")?;
    assert_eq!(failure.kind, FailureKind::Refused);
    Ok(())
}

#[tokio::test]
async fn a_folder_keeps_its_name_when_it_is_moved_and_a_copy_has_another() -> Checked {
    let name_of = |data: &std::path::Path| -> Checked<String> {
        let store = Store::open(data)?;
        let seen: Arc<Mutex<String>> = Arc::default();
        let kept = Arc::clone(&seen);
        store.attach(&Services {
            graph: Some(Box::new(move |name| {
                *kept.lock().unwrap_or_else(PoisonError::into_inner) = name.to_owned();
                Ok(Arc::new(EmbeddedGraph::default()) as Arc<dyn Graph>)
            })),
            ..Services::default()
        })?;
        let name = seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Ok(name)
    };
    let place = tempfile::tempdir()?;
    let [first, moved, copied] = ["first", "moved", "copied"].map(|name| place.path().join(name));
    let name = name_of(&first)?;
    assert_eq!(name_of(&first)?, name);
    std::fs::rename(&first, &moved)?;
    assert_eq!(name_of(&moved)?, name);
    std::fs::create_dir(&copied)?;
    for entry in std::fs::read_dir(&moved)? {
        let entry = entry?;
        if entry.path().is_file() {
            std::fs::copy(entry.path(), copied.join(entry.file_name()))?;
        }
    }
    let other = name_of(&copied)?;
    assert_ne!(other, name);
    assert_eq!(name_of(&copied)?, other);
    Ok(())
}
