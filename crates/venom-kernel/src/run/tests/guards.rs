//! Guards: steps whose broken checks take edits back.

use super::*;

fn guarded() -> Story {
    let mut after = step("after", 1, &["fix"]);
    after.verify = vec![Check::tests_not_worse("before".parse().unwrap())];
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

/// A run in which two guards of one step are broken.
fn twice_broken() -> Story {
    let guard = |id: &str| {
        let mut guard = step(id, 1, &["fix"]);
        guard.verify = vec![Check::TESTS_PASS];
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
    story
}

fn taken_back(story: &Story) -> usize {
    let names = story.log.iter().map(Event::name);
    names.filter(|name| *name == "Restored").count()
}

#[test]
fn two_broken_guards_take_edits_back_once() {
    let mut story = twice_broken();
    story.done("one", vec![]);
    assert_eq!(
        (taken_back(&story), story.outcome()),
        (1, Some(&Outcome::Failed))
    );
}

#[test]
fn two_broken_guards_take_edits_back_once_after_a_stop_too() {
    let mut story = twice_broken();
    let by = || "user".to_owned();
    let how = Pause::Stop;
    story.tell(Input::PauseAsked { by: by(), how }).unwrap();
    let effect = story.open("one");
    story
        .tell(Input::Ended {
            effect,
            outcome: EffectOutcome::Stopped,
            receipt: None,
        })
        .unwrap();
    story.tell(Input::ResumeAsked { by: by() }).unwrap();
    let open = story.machine.state().open_effects().count();
    assert_eq!(open, 1, "one of the guards takes the edits back");
    story.done("one", vec![]);
    assert_eq!(
        (taken_back(&story), story.outcome()),
        (1, Some(&Outcome::Failed))
    );
}

#[test]
fn edits_that_keep_the_tests_green_stay() {
    let mut story = guarded();
    story.done("after", suite(0));
    assert_eq!(story.outcome(), Some(&Outcome::Succeeded));
}

fn flaky_suite() -> Vec<Evidence> {
    vec![Evidence::Tests(TestEvidence {
        passed: 9,
        failed: 1,
        failing: vec!["t0".into()],
        complete: true,
        selects: true,
        ..TestEvidence::default()
    })]
}

fn tested(class: EffectClass) -> Story {
    let mut test = step("test", 1, &[]);
    test.class = class;
    test.verify = vec![Check::TESTS_PASS.filled(&str::to_owned, &StepId::clone)];
    let mut story = Story::of(plan(&[test]), RunOptions::default());
    story.done("test", flaky_suite());
    story
}

fn orders_rerun(story: &Story) -> bool {
    story.last.effects.iter().any(|effect| {
        matches!(effect, Effect::Perform { kind: EffectKind::Rerun { cases }, .. } if cases == &["t0"])
    })
}

#[test]
fn a_failed_test_runs_again_before_the_step_is_judged() {
    let mut story = tested(EffectClass::Idempotent);
    assert!(orders_rerun(&story));
    // A crash in the middle orders it again, and changes nothing else.
    story.crash();
    assert!(orders_rerun(&story));
    let passed = Evidence::Rerun {
        passed: vec!["t0".into()],
        failing: vec![],
    };
    story.done("test", vec![passed]);
    assert_eq!(story.status("test"), "verified");
    assert_eq!(story.refold(), *story.machine.state());
}

#[test]
fn a_test_that_fails_each_time_breaks_the_step() {
    let mut story = tested(EffectClass::Pure);
    for _ in 0..2 {
        assert!(orders_rerun(&story));
        let failed = Evidence::Rerun {
            passed: vec![],
            failing: vec!["t0".into()],
        };
        story.done("test", vec![failed]);
    }
    assert_eq!(story.status("test"), "failed");
}

#[test]
fn tests_that_cannot_run_again_are_judged_by_the_first_run() {
    let mut story = tested(EffectClass::Idempotent);
    story.fails("test", FailureKind::Unavailable);
    assert_eq!(story.status("test"), "failed");
    let story = tested(EffectClass::Reversible);
    assert_eq!(story.status("test"), "failed", "it must not be done twice");
}
