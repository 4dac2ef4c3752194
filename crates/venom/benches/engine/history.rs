//! A long run, looked back at: what its log costs when it has 100,000 events.

use std::time::Instant;

use venom_kernel::id::Seq;
use venom_ports::api::runs::Runs as _;
use venom_ports::api::time::{Moment, ReplayMode, Time as _};
use venom_store::Store;

use crate::median;
use crate::world::{Shape, finish, host, playbook};

/// Events of a step that does nothing.
const EVENTS: usize = 5;

/// Plays a chain that leaves about so many events, and looks at it in every way that a user has. Returns how many times
/// as long as its checksums all its decisions take to replay.
pub(crate) async fn measure(events: usize, rounds: usize) -> f64 {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("data")).unwrap();
    let steps = events / EVENTS;
    let host = host(folder.path(), Some(&store), &playbook(steps, Shape::Chain));
    let begun = Instant::now();
    let run = finish(&host, steps).await;
    let played = begun.elapsed();
    let last = host.state(run, None).await.unwrap().seq();
    println!(
        "a run of {} events, played in {:.1} s",
        last.number(),
        played.as_secs_f64()
    );

    let show = |what: &str, times: Vec<f64>| println!("  {what:<42} {:>9.1} ms", median(times));
    let mut fold = Vec::new();
    for _ in 0..rounds {
        let begun = Instant::now();
        host.state(run, None).await.unwrap();
        fold.push(ms(begun));
    }
    show("folding all of it", fold);
    let mut seek = Vec::new();
    // Spread over the whole run, the same ones each time.
    for n in 1..=rounds as u64 * 3 {
        let to = Seq::new(1 + last.number() * n / (rounds as u64 * 3 + 1));
        let begun = Instant::now();
        host.state(run, Some(to)).await.unwrap();
        seek.push(ms(begun));
    }
    show("the state after any event", seek);
    let mut page = Vec::new();
    for n in 1..=rounds as u64 * 3 {
        let after = Seq::new(last.number() * n / (rounds as u64 * 3 + 1));
        let begun = Instant::now();
        let read = store.log().read(run, after, 100).await.unwrap();
        assert!(!read.is_empty());
        page.push(ms(begun));
    }
    show("a page of 100 events from anywhere", page);
    let mut list = Vec::new();
    for _ in 0..rounds {
        let begun = Instant::now();
        assert_eq!(store.projections().runs(100).await.unwrap().len(), 1);
        list.push(ms(begun));
    }
    show("the list of runs", list);
    let mut verify = Vec::new();
    for _ in 0..rounds {
        let begun = Instant::now();
        store.log().verify(Some(run)).await.unwrap();
        verify.push(ms(begun));
    }
    show("verifying its chain and seals", verify);
    let ways = [
        ("replaying it, checksums only", ReplayMode::Fold),
        ("replaying it, every decision", ReplayMode::Exec),
    ];
    let mut took = [0.0; 2];
    for (took, (what, mode)) in took.iter_mut().zip(ways) {
        let begun = Instant::now();
        let replayed = host.replay(&Moment { run, at: None }, mode).await.unwrap();
        assert!(replayed.divergence.is_none(), "{:?}", replayed.divergence);
        *took = ms(begun);
        show(what, vec![*took]);
    }
    took[1] / took[0]
}

fn ms(begun: Instant) -> f64 {
    begun.elapsed().as_secs_f64() * 1e3
}
