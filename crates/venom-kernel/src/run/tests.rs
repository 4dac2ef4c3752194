//! Stories: inputs in, events and effects out; and properties over random stories.

use serde_json::json;

use super::*;
use crate::confidence::Confidence;
use crate::confine::Confinement;
use crate::digest::BlobId;
use crate::effect::{Done, Effect, EffectOutcome, Failure, FailureKind, Probed};
use crate::event::{Event, RunOptions, WorkspaceInfo};
use crate::evidence::TestEvidence;
use crate::intent::{Candidate, Goal};
use crate::plan::Check;
use crate::plan::testing::{plan, step};
use crate::policy::Policy;
use crate::skill::Need;
use crate::time::Millis;

mod advice;
mod agents;
mod budgets;
mod guards;
mod interruptions;
mod properties;
mod recorded;
mod rewriting;
mod rules;
mod story;

use story::*;

#[test]
fn a_chain_runs_to_its_end_and_every_step_costs_five_events() {
    let mut story = Story::of(
        plan(&[step("a", 1, &[]), step("b", 1, &["a"])]),
        RunOptions::default(),
    );
    assert_eq!(story.called(), ["a"]);
    story.done("a", vec![]);
    assert_eq!(
        story.names(),
        [
            "EffectFinished",
            "StepExecuted",
            "StepVerified",
            "StepStarted",
            "EffectStarted"
        ]
    );
    story.done("b", vec![]);
    assert_eq!(story.outcome(), Some(&Outcome::Succeeded));
    assert_eq!(story.last.effects, [Effect::Stop]);
    assert_eq!(&story.refold(), story.machine.state());
}

#[test]
fn a_step_starts_as_soon_as_its_own_dependencies_are_done() {
    // A level barrier would make `c` wait for `slow`.
    let steps = [
        step("slow", 100, &[]),
        step("a", 1, &[]),
        step("c", 1, &["a"]),
    ];
    let mut story = Story::of(plan(&steps), RunOptions::default());
    assert_eq!(
        story.called(),
        ["slow", "a"],
        "the critical path comes first"
    );
    story.done("a", vec![]);
    assert_eq!(story.called(), ["c"]);
}

#[test]
fn steps_whose_writes_meet_take_turns() {
    let mut one = step("one", 1, &[]);
    let mut two = step("two", 1, &[]);
    one.writes = vec!["src/**".into()];
    two.writes = vec!["**".into()];
    let mut story = Story::of(
        plan(&[one, two, step("three", 1, &[])]),
        RunOptions::default(),
    );
    assert_eq!(story.called(), ["one", "three"]);
    story.done("one", vec![]);
    assert_eq!(story.called(), ["two"]);
}

#[test]
fn a_failed_step_ends_only_what_depends_on_it() {
    let steps = [
        step("a", 1, &[]),
        step("b", 1, &["a"]),
        step("c", 1, &["b"]),
        step("free", 1, &[]),
    ];
    let mut story = Story::of(plan(&steps), RunOptions::default());
    story.fails("a", FailureKind::Refused);
    assert_eq!(
        (story.status("b"), story.status("c")),
        ("skipped", "skipped")
    );
    assert_eq!(story.outcome(), None);
    story.done("free", vec![]);
    assert_eq!(story.outcome(), Some(&Outcome::Failed));
}

#[test]
fn a_hiccup_is_tried_again_unless_it_might_do_harm() {
    let mut story = Story::of(plan(&[step("a", 1, &[])]), RunOptions::default());
    story.fails("a", FailureKind::Retryable);
    assert_eq!(
        story.names(),
        [
            "EffectFinished",
            "StepFailed",
            "StepStarted",
            "EffectStarted"
        ]
    );
    story.fails("a", FailureKind::Retryable);
    story.fails("a", FailureKind::Retryable);
    assert_eq!(
        story.outcome(),
        Some(&Outcome::Failed),
        "three attempts and no more"
    );

    let mut push = step("push", 1, &[]);
    push.class = EffectClass::Compensable;
    let mut story = Story::of(plan(&[push]), RunOptions::default());
    story.fails("push", FailureKind::Retryable);
    assert_eq!(story.outcome(), Some(&Outcome::Failed));
}

#[test]
fn edits_are_committed_before_a_step_counts_as_executed() {
    let mut story = Story::of(plan(&[step("fix", 1, &[])]), RunOptions::default());
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
    assert_eq!(story.names(), ["EffectFinished", "EffectStarted"]);
    story.crash();
    let commit = EffectKind::Commit { changes: changes() };
    assert!(
        matches!(&story.last.effects[..], [Effect::Perform { kind, .. }] if *kind == commit),
        "a commit that was under way is done again"
    );
    story.done("fix", vec![]);
    assert_eq!(story.outcome(), Some(&Outcome::Succeeded));
}

#[test]
fn a_conflict_fails_the_step_and_names_the_files() {
    let mut story = Story::of(plan(&[step("fix", 1, &[])]), RunOptions::default());
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
    let effect = story.open("fix");
    let done = Done {
        conflicts: vec!["a.py".into()],
        ..Done::default()
    };
    story
        .tell(Input::Ended {
            effect,
            outcome: EffectOutcome::Done(done),
            receipt: None,
        })
        .unwrap();
    assert_eq!(
        story.names()[..3],
        ["EffectFinished", "ConflictFound", "StepFailed"]
    );
    assert_eq!(story.outcome(), Some(&Outcome::Failed));
}

#[test]
fn an_optional_step_without_what_it_needs_is_skipped_and_said() {
    let mut dream = step("dream", 1, &[]);
    dream.optional = true;
    dream.needs = vec![Need::Model];
    let mut story = Story::new();
    story.tell(requested(RunOptions::default())).unwrap();
    story
        .tell(Input::Understood(Box::new(understood(900))))
        .unwrap();
    let plan = Box::new(plan(&[dream, step("a", 1, &[])]));
    story
        .tell(Input::Planned {
            plan,
            absent: vec![Need::Model],
        })
        .unwrap();
    assert_eq!(story.status("dream"), "skipped");
    story.done("a", vec![]);
    assert_eq!(story.outcome(), Some(&Outcome::Succeeded));
}

#[test]
fn an_unsure_intent_asks_and_understands_again() {
    let mut story = Story::new();
    story.tell(requested(RunOptions::default())).unwrap();
    story
        .tell(Input::Understood(Box::new(understood(500))))
        .unwrap();
    assert_eq!(story.last.effects, [Effect::Ask(QuestionId::new(1))]);
    assert!(story.machine.state().waits_for_person());
    let answer = |question| Input::Answered {
        question,
        answer: "x".into(),
        by: "user".into(),
    };
    let nobody = QuestionId::new(9);
    assert_eq!(
        story.tell(answer(nobody)),
        Err(Refusal::NoSuchQuestion(nobody))
    );
    story.tell(answer(QuestionId::new(1))).unwrap();
    assert_eq!(story.last.effects, [Effect::Understand]);
    assert_eq!(story.machine.state().answers()["goal.1.action"], "x");
    for n in 2..=3 {
        story
            .tell(Input::Understood(Box::new(understood(500))))
            .unwrap();
        story.tell(answer(QuestionId::new(n))).unwrap();
    }
    story
        .tell(Input::Understood(Box::new(understood(500))))
        .unwrap();
    assert_eq!(
        story.outcome(),
        Some(&Outcome::Unclear),
        "three questions and no more"
    );
}

#[test]
fn a_plan_may_be_all_that_is_wanted() {
    let only = RunOptions {
        plan_only: true,
        ..RunOptions::default()
    };
    let story = Story::of(plan(&[step("a", 1, &[])]), only);
    assert_eq!(story.outcome(), Some(&Outcome::Planned));
    assert!(story.machine.state().quote().is_some());
}

#[test]
fn a_finished_run_takes_nothing_more() {
    let mut story = Story::of(plan(&[step("a", 1, &[])]), RunOptions::default());
    story.done("a", vec![]);
    let cancel = Input::CancelAsked { by: "user".into() };
    assert_eq!(story.tell(cancel), Err(Refusal::Finished));
    let late = Event::StepStarted {
        step: "a".parse().unwrap(),
        attempt: 2,
    };
    assert!(story.machine.state.evolve(&late).is_err());
}

#[test]
fn the_outcome_digest_does_not_depend_on_interruptions() {
    let steps = [step("a", 1, &[]), step("b", 1, &["a"])];
    let mut smooth = Story::of(plan(&steps), RunOptions::default());
    smooth.done("a", suite(0));
    smooth.done("b", vec![]);
    let mut rough = Story::of(plan(&steps), RunOptions::default());
    rough.crash();
    rough.fails("a", FailureKind::Retryable);
    rough.crash();
    rough.done("a", suite(0));
    rough.crash();
    rough.done("b", vec![]);
    assert_eq!(
        smooth.machine.state().outcome_digest(),
        rough.machine.state().outcome_digest()
    );
    let mut other = Story::of(plan(&steps), RunOptions::default());
    other.done("a", suite(1));
    other.done("b", vec![]);
    assert_ne!(
        smooth.machine.state().outcome_digest(),
        other.machine.state().outcome_digest()
    );
}
