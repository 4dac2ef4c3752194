//! Kills: before each call that lasts, the program is killed as by `kill -9`, and resumed.

use std::collections::BTreeMap;

use venom_kernel::event::{Envelope, Event, Outcome};
use venom_outage::call::Call;
use venom_outage::watch::Ruling;

use super::super::home::{Home, has};
use super::scene::{
    Played, RUN, Scene, events, nothing_lost, outcome, play, resumed, was_in_doubt,
};
use super::{Size, Tally, can_watch, each};

/// Points of the sample: about 40 s of CPU on the machine of docs/bench/campaigns.md.
const SAMPLE: usize = 48;

/// What a run comes to that nothing disturbs, and how many calls of it last.
fn undisturbed() -> (String, Played) {
    let scene = Scene::new();
    let played = play(&scene.home, RUN, |_, _, _| Ruling::GoOn);
    assert_eq!(played.code, Some(0), "{}", played.stderr);
    assert_eq!(scene.sink.count(), 1);
    let runs = events(&scene.home.venom_home().join("data")).expect("a good log");
    let (result, digest) = outcome(&runs[0].1);
    assert_eq!(result, Some(Outcome::Succeeded));
    (digest, played)
}

/// Checks a home after a run was disturbed and resumed.
fn check(scene: &Scene, played: &Played, digest: &str, point: &str, tally: &mut Tally) {
    let asked = resumed(scene);
    let runs = events(&scene.home.venom_home().join("data"));
    let runs = runs.unwrap_or_else(|what| panic!("{point}: {what}"));
    assert_eq!(runs.len(), 1, "{point}");
    let log = &runs[0].1;
    match nothing_lost(&played.lines, log) {
        Ok(kept) => *tally.0.entry("acknowledged events".to_owned()).or_default() += kept,
        Err(what) => panic!("{point}: {what}"),
    }
    let (result, found) = outcome(log);
    let told = scene.sink.count();
    if told == 0 && left_a_lock(log) {
        // What git leaves when it is killed is git's, or somebody else's who is at work right now:
        // it is not removed, and the run says what stands in its way.
        tally.count("git left its lock and the run said so");
        return;
    }
    assert_eq!(
        told,
        1,
        "{point}: announced {told} times: {:?}",
        failures(log)
    );
    let approvals = log
        .iter()
        .filter(|envelope| envelope.event.name() == "ApprovalAsked")
        .count();
    assert_eq!(approvals, 2 + asked, "{point}");
    if was_in_doubt(log) {
        tally.count("in doubt");
    }
    if result == Some(Outcome::Succeeded) {
        assert_eq!(found, digest, "{point}");
        tally.count("same digest");
    } else {
        // It had happened and nobody can prove it: the user, who knows, says not to do it again.
        assert!(was_in_doubt(log), "{point}: {result:?}");
        tally.count("told once and left in doubt");
    }
    let notes = std::fs::read_to_string(scene.home.work().join("NOTES.md"));
    assert!(notes.is_ok_and(|text| text.contains("one")), "{point}");
    let commits = super::super::home::program(&scene.home.work(), "git", &["log", "--format=%s"]);
    assert_eq!(commits.map_or(0, |text| text.lines().count()), 2, "{point}");
}

/// What the steps of a run failed of.
fn failures(log: &[Envelope]) -> Vec<String> {
    log.iter()
        .filter_map(|envelope| match &envelope.event {
            Event::StepFailed { why, .. } => Some(format!("{why:?}")),
            _ => None,
        })
        .collect()
}

fn left_a_lock(log: &[Envelope]) -> bool {
    failures(log)
        .iter()
        .any(|why| why.contains(".lock': File exists") || why.contains("another git is at work"))
}

/// The places where a kill must have been tried.
const PLACES: [&str; 5] = [
    "before append",
    "after append",
    "before effect",
    "after effect",
    "before acknowledgement",
];

/// Chooses calls to be killed before: all of them so many times, or some of each place.
fn points(whole: &Played, rounds: usize) -> Vec<usize> {
    let count = whole.places.len();
    match Size::or_sample(SAMPLE) {
        Size::Full => (0..count * rounds).map(|number| number % count).collect(),
        Size::Sample(points) => {
            let mut kinds: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
            for (number, (names, _)) in whole.places.iter().enumerate() {
                for name in names {
                    kinds.entry(name).or_default().push(number);
                }
            }
            let each = points / kinds.len();
            kinds
                .values()
                .flat_map(|numbers| {
                    let chosen = Size::Sample(each).choose(numbers.len());
                    chosen.into_iter().map(|place| numbers[place])
                })
                .collect()
        }
    }
}

#[test]
fn a_run_that_is_killed_before_any_call_ends_as_if_nothing_had_happened() {
    if !has("git") || !can_watch() {
        return;
    }
    let (digest, whole) = undisturbed();
    let tally = each(points(&whole, 2), &|number, tally| {
        let scene = Scene::new();
        let played = play(&scene.home, RUN, killing(number));
        let point = format!(
            "killed before call {number}, {:?}",
            played.places.get(number)
        );
        let Some((names, _)) = played.places.get(number) else {
            // It had fewer calls this time: steps side by side share commits by chance.
            tally.count("ended before");
            return;
        };
        for name in names {
            tally.count(name);
        }
        check(&scene, &played, &digest, &point, tally);
        tally.count("points");
    });
    tally.say("kill run");
    assert!(tally.get("points") > 30, "{tally:?}");
    let locks = tally.get("git left its lock and the run said so");
    assert!(locks * 8 < tally.get("points"), "{tally:?}");
    for place in PLACES {
        assert!(tally.get(place) > 0, "no kill {place}: {tally:?}");
    }
}

fn killing(number: usize) -> impl FnMut(usize, &Call, &[&'static str]) -> Ruling + Send {
    move |place, _, _| {
        if place == number {
            Ruling::Kill
        } else {
            Ruling::GoOn
        }
    }
}

/// What must hold after a command was killed and given again.
type Holds = dyn Fn(&Home, &str) + Sync;

/// Kills a command before each of its calls in a home of its own each time, gives it again, and
/// looks at what it was for.
fn killed_and_given_again(
    name: &str,
    prepare: &(dyn Fn() -> Home + Sync),
    args: &[&str],
    holds: &Holds,
) {
    let home = prepare();
    let whole = play(&home, args, |_, _, _| Ruling::GoOn);
    assert_eq!(whole.code, Some(0), "{name}: {}", whole.stderr);
    holds(&home, name);
    let chosen = Size::or_sample(8).choose(whole.places.len());
    let tally = each(chosen, &|number, tally| {
        let home = prepare();
        let played = play(&home, args, killing(number));
        let point = format!(
            "{name} killed before call {number}, {:?}",
            played.places.get(number)
        );
        if played.places.get(number).is_none() {
            tally.count("ended before");
            return;
        }
        // What was done already is refused the second time, which is for `holds` to see.
        let again = home.venom(args);
        assert!(!again.stderr.contains("panicked"), "{point}: {again:?}");
        holds(&home, &point);
        let verified = home.venom(&["log", "verify"]);
        assert_eq!(verified.code, Some(0), "{point}: {verified:?}");
        tally.count("points");
    });
    tally.say(&format!("kill {name}"));
    assert!(tally.get("points") > 4, "{tally:?}");
}

const TODOS: &str = "# TODO: one\n# FIXME: two\n";

/// A home in which a run has written a file.
fn edited() -> Home {
    let home = Home::new();
    home.file("a.py", TODOS);
    let done = home.venom(&[
        "run",
        "find all TODOs and write them to TODO.md",
        "--no-input",
    ]);
    assert_eq!(done.code, Some(0), "{done:?}");
    home
}

#[test]
fn going_back_that_is_killed_before_any_call_goes_back_the_next_time() {
    if !can_watch() {
        return;
    }
    killed_and_given_again(
        "undo",
        &edited,
        &["undo", "--yes", "--no-input"],
        &|home, point| {
            assert!(!home.work().join("TODO.md").exists(), "{point}");
            let kept = std::fs::read_to_string(home.work().join("a.py"));
            assert_eq!(kept.ok().as_deref(), Some(TODOS), "{point}");
        },
    );
}

#[test]
fn a_snapshot_that_is_killed_before_any_call_is_whole_or_not_there() {
    if !can_watch() {
        return;
    }
    let args = &["snapshot", "create", "--no-input"];
    killed_and_given_again("snapshot", &edited, args, &|home, point| {
        let done = home.venom(&["snapshot", "verify", "--no-input"]);
        assert_eq!(done.code, Some(0), "{point}: {done:?}");
    });
}

#[test]
fn a_change_of_the_master_key_that_is_killed_before_any_call_leaves_one_that_opens() {
    if !can_watch() {
        return;
    }
    let prepare = || {
        let home = Home::new();
        home.file("a.py", TODOS);
        let made = home.venom(&["keys", "create", "--no-input"]);
        assert_eq!(made.code, Some(0), "{made:?}");
        let done = home.venom(&["run", "find all TODOs", "--no-input"]);
        assert_eq!(done.code, Some(0), "{done:?}");
        home
    };
    let args = &["keys", "rotate", "--no-input"];
    killed_and_given_again("rotation", &prepare, args, &|home, point| {
        let (code, report) = home.json(&["show", "last", "--json"]);
        assert_eq!(code, Some(0), "{point}: {report}");
        assert_eq!(report["data"]["outcome"], "succeeded", "{point}");
    });
}
