//! Commits that are killed half-way.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use proptest::prelude::*;
use venom_exec::overlay::{Baseline, Delta, Outcome, commit, commit_observed};

use super::world::{Thing, Tree, World, choices, files, lay, lenient, trees};

/// Commits until the `stop`-th point and is gone then, with no chance to tidy up: a commit undoes
/// nothing but its lock when it is dropped. Returns whether there were so many points.
fn killed_at(world: &World, delta: &Delta, stop: usize) -> bool {
    let mut count = 0;
    let observe = &mut |_: venom_exec::overlay::Point<'_>| {
        if count == stop {
            resume_unwind(Box::new("killed"));
        }
        count += 1;
    };
    let cleared = delta.clear(&lenient()).unwrap();
    let (upper, host) = (world.upper(), world.host());
    let run = || commit_observed(cleared, &upper, &host, &world.baseline, observe).unwrap();
    catch_unwind(AssertUnwindSafe(run)).is_err()
}

/// How the call is repeated.
#[derive(Clone, Copy, PartialEq)]
enum Again {
    /// With the delta that was at hand.
    Same,
    /// With what is on the disk alone.
    Anew,
}

fn commit_again(world: &World, delta: &Delta, again: Again) -> Outcome {
    let stored = world.baseline.only(delta).encode();
    let baseline = Baseline::decode(&stored).unwrap();
    let scanned = world.scan();
    let delta = if again == Again::Same {
        delta
    } else {
        &scanned
    };
    let cleared = delta.clear(&lenient()).unwrap();
    commit(cleared, &world.upper(), &world.host(), &baseline).unwrap()
}

/// Kills a commit at every point, once or twice, and repeats it. Returns how many points there are.
fn check(old: &Tree, new: &Tree, seed: u64, again: Again) -> usize {
    for stop in 0.. {
        let world = World::in_memory(old);
        lay(&world.upper(), old, new, &mut choices(seed));
        let delta = world.scan();
        let was_killed = killed_at(&world, &delta, stop);
        if !was_killed {
            return stop;
        }
        // The second one dies as well, somewhere else.
        killed_at(&world, &delta, stop / 2);
        let outcome = commit_again(&world, &delta, again);
        assert_eq!(outcome.conflicts, [], "at {stop}");
        assert_eq!(outcome.kept, [] as [std::path::PathBuf; 0], "at {stop}");
        assert_eq!(&world.tree(), new, "at {stop}");
        assert!(world.scan().is_empty(), "at {stop}");
    }
    0
}

#[test]
fn a_commit_that_is_killed_anywhere_can_be_repeated() {
    let mut old = files(&[
        ("edited", "1"),
        ("gone", "1"),
        ("folder/a", "1"),
        ("folder/in/b", "1"),
        ("to-folder", "1"),
        ("to-file/x", "1"),
        ("to-file/y/z", "1"),
        ("closed/x", "1"),
        ("same", "1"),
    ]);
    old.insert("closed".into(), Thing::Folder(0o555));
    old.insert("link".into(), Thing::Link("same".into()));
    let mut new = files(&[
        ("edited", "2"),
        ("folder/a", "2"),
        ("to-folder/deep/x", "2"),
        ("to-file", "2"),
        ("closed/x", "2"),
        ("closed/y", "2"),
        ("same", "1"),
        ("made/one", "2"),
    ]);
    new.insert("closed".into(), Thing::Folder(0o555));
    new.insert("made".into(), Thing::Folder(0o500));
    new.insert("link".into(), Thing::Link("edited".into()));
    for again in [Again::Same, Again::Anew] {
        for seed in 0..4 {
            assert!(check(&old, &new, seed, again) > 50);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn so_can_any_other(old in trees(), new in trees(), seed: u64, is_same: bool) {
        check(&old, &new, seed, if is_same { Again::Same } else { Again::Anew });
    }
}
