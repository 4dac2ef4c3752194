//! Guards: steps whose broken checks take edits back.

use super::*;

fn guarded() -> Story {
    let mut after = step("after", 1, &["fix"]);
    after.verify = vec![Check::TestsNotWorse {
        than: "before".parse().unwrap(),
    }];
    after.restores = vec!["fix".parse().unwrap()];
    let steps = [step("before", 1, &[]), step("fix", 1, &["before"]), after];
    let mut story = Story::of(plan(&steps), RunOptions::default());
    story.done("before", suite(0));
    let effect = story.open("fix");
    let done = Done {
        changes: Some(changes()),
        ..Done::default()
    };
    story
        .tell(Input::Ended {
            effect,
            outcome: EffectOutcome::Done(done),
            receipt: None,
        })
        .unwrap();
    story.done("fix", vec![]);
    story
}

#[test]
fn edits_that_break_tests_are_taken_back() {
    let mut story = guarded();
    story.done("after", suite(1));
    assert!(story.names().contains(&"StepFailed"));
    assert_eq!(
        story.outcome(),
        None,
        "the run is not over while edits are taken back"
    );
    story.crash();
    story.done("after", vec![]);
    assert_eq!(story.names(), ["EffectFinished", "Restored", "RunFinished"]);
    let fix = story.machine.state().step(&"fix".parse().unwrap()).unwrap();
    assert!(fix.restored && fix.changes.is_none());
    assert_eq!(story.outcome(), Some(&Outcome::Failed));
}

#[test]
fn two_broken_guards_take_edits_back_once() {
    let guard = |id: &str| {
        let mut guard = step(id, 1, &["fix"]);
        guard.verify = vec![Check::TestsPass];
        guard.restores = vec!["fix".parse().unwrap()];
        guard
    };
    let steps = [step("fix", 1, &[]), guard("one"), guard("two")];
    let mut story = Story::of(plan(&steps), RunOptions::default());
    let effect = story.open("fix");
    let done = Done {
        changes: Some(changes()),
        ..Done::default()
    };
    story
        .tell(Input::Ended {
            effect,
            outcome: EffectOutcome::Done(done),
            receipt: None,
        })
        .unwrap();
    story.done("fix", vec![]);
    story.done("one", suite(1));
    story.done("two", suite(1));
    let restores = |log: &[Event]| log.iter().filter(|e| e.name() == "Restored").count();
    story.done("one", vec![]);
    assert_eq!(
        (restores(&story.log), story.outcome()),
        (1, Some(&Outcome::Failed))
    );
}

#[test]
fn edits_that_keep_the_tests_green_stay() {
    let mut story = guarded();
    story.done("after", suite(0));
    assert_eq!(story.outcome(), Some(&Outcome::Succeeded));
}
