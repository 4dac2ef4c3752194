//! Faults: each call to the disk fails once, or from there on, as on a disk that is faulty or full.

use venom_kernel::event::Outcome;
use venom_outage::call::{Call, Deed};
use venom_outage::watch::{FAULTY, FULL, Ruling};

use super::super::home::has;
use super::scene::{RUN, Scene, events, nothing_lost, outcome, play, resumed};
use super::{Size, can_watch, each};

/// Points of the sample: about 30 s of CPU on the machine of docs/bench/campaigns.md.
const SAMPLE: usize = 32;

/// Whether a disk could fail the call.
fn is_on_disk(call: &Call) -> bool {
    let is_outside = matches!(
        call.deed,
        Deed::Say { .. } | Deed::Start { .. } | Deed::Connect | Deed::Passing
    );
    call.is_own && !is_outside
}

/// What happens to the disk.
#[derive(Debug, Clone, Copy)]
struct Fault {
    error: i32,
    lasts: bool,
}

const FAULTS: [(&str, Fault); 4] = [
    (
        "one call faulty",
        Fault {
            error: FAULTY,
            lasts: false,
        },
    ),
    (
        "one call without room",
        Fault {
            error: FULL,
            lasts: false,
        },
    ),
    (
        "faulty from there on",
        Fault {
            error: FAULTY,
            lasts: true,
        },
    ),
    (
        "full from there on",
        Fault {
            error: FULL,
            lasts: true,
        },
    ),
];

#[test]
fn any_call_to_the_disk_may_fail() {
    if !has("git") || !can_watch() {
        return;
    }
    let scene = Scene::new();
    let whole = play(&scene.home, RUN, |_, _, _| Ruling::GoOn);
    assert_eq!(whole.code, Some(0), "{}", whole.stderr);
    let data = |scene: &Scene| scene.home.venom_home().join("data");
    let (_, digest) = outcome(&events(&data(&scene)).expect("a good log")[0].1);

    let calls = whole.places.len();
    let points = Size::or_sample(SAMPLE).choose(calls);
    let tally = each(points, &|place, tally| {
        // The kinds take turns.
        let (name, fault) = FAULTS[place % FAULTS.len()];
        let scene = Scene::new();
        let mut failed = 0;
        let (said, heard) = std::sync::mpsc::channel();
        let played = play(&scene.home, RUN, move |at, call, _| {
            if at < place || !is_on_disk(call) || (failed > 0 && !fault.lasts) {
                return Ruling::GoOn;
            }
            failed += 1;
            let _nobody_waits = said.send(());
            Ruling::Fail(fault.error)
        });
        if heard.try_recv().is_err() {
            tally.count("ended before");
            return;
        }
        let point = format!("{name} at call {place}, {:?}", played.places.get(place));
        tally.count(name);
        assert!(
            !played.stderr.contains("panicked"),
            "{point}: {}",
            played.stderr
        );
        assert!(
            played.code.is_some_and(|code| code < 100),
            "{point}: {:?}",
            played.code
        );

        // The disk is well again.
        resumed(&scene);
        let runs = events(&data(&scene)).unwrap_or_else(|what| panic!("{point}: {what}"));
        let log = &runs.last().expect("a run").1;
        match nothing_lost(&played.lines, log) {
            Ok(kept) => *tally.0.entry("acknowledged events".to_owned()).or_default() += kept,
            Err(what) => panic!("{point}: {what}"),
        }
        assert!(scene.sink.count() <= 1, "{point}");
        let (result, found) = outcome(log);
        if result == Some(Outcome::Succeeded) {
            assert_eq!(found, digest, "{point}");
            tally.count("same digest");
        } else {
            // A step may fail because its files could not be written; it has to say so.
            let text = serde_json::to_string(log).expect("JSON");
            assert!(text.contains("StepFailed"), "{point}: {result:?}");
            tally.count("a step failed and said why");
        }
        tally.count("points");
    });
    tally.say("io");
    assert!(tally.get("points") > 20, "{tally:?}");
    assert!(tally.get("same digest") > 5, "{tally:?}");
}
