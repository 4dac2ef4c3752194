//! Kills: before each call that lasts, the program is killed as by `kill -9`, and resumed.

use venom_kernel::event::Outcome;
use venom_outage::watch::Ruling;

use super::super::home::has;
use super::scene::{Played, RUN, Scene, events, nothing_lost, outcome, play, resumed, was_in_doubt};
use super::{Size, Tally, can_watch, each};

/// Points of the sample: about 40 s of CPU on the machine of docs/bench/campaigns.md.
const SAMPLE: usize = 40;

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
    if told != 1 {
        let (_, report) = scene.home.json(&["show", "last", "--json"]);
        panic!("{point}: the announcement was made {told} times: {report}");
    }
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

#[test]
fn a_run_that_is_killed_before_any_call_ends_as_if_nothing_had_happened() {
    if !has("git") || !can_watch() {
        return;
    }
    let (digest, whole) = undisturbed();
    let points = Size::or_sample(SAMPLE).choose(whole.places.len());
    let tally = each(points, &|number, tally| {
        let scene = Scene::new();
        let played = play(&scene.home, RUN, move |place, _, _| {
            if place == number { Ruling::Kill } else { Ruling::GoOn }
        });
        let point = format!("killed before call {number}, {:?}", played.places.get(number));
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
    for place in [
        "before append",
        "after append",
        "before effect",
        "after effect",
        "before acknowledgement",
    ] {
        assert!(tally.get(place) > 0, "no kill {place}: {tally:?}");
    }
}
