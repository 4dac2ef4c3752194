//! Stories of advice: what it may cost, and what becomes of it when a run is interrupted.

use super::agents::{USED, selected};
use super::*;
use crate::advice::{Ask, Heard, Topic};
use crate::budget::{Amount, Basis};
use crate::money::MicroUsd;

fn ask(topic: Topic) -> Ask {
    let digest = Digest::of_bytes(b"a question");
    Ask {
        topic,
        because: "the words leave doubt".into(),
        selected: selected(),
        request: BlobId::new(&digest.to_string()).unwrap(),
        bytes: 3_000,
        answer: 1_000,
        within: Millis::from_secs(60),
    }
}

fn heard(text: &str) -> Heard {
    Heard::Answered {
        text: Payload::Inline(json!(text)),
        stop: crate::model::Stop::End,
        took: Millis::from_secs(1),
    }
}

fn asking(options: RunOptions, topics: &[Topic]) -> Story {
    let mut story = Story::new();
    story.tell(requested(options)).unwrap();
    let asks = topics.iter().map(|topic| ask(*topic)).collect();
    story.tell(Input::AdviceWanted(asks)).unwrap();
    story
}

fn given(story: &mut Story, number: u32, heard: Heard) {
    story
        .tell(Input::Advised {
            effect: EffectId::new(number),
            heard,
            usage: USED,
            basis: Basis::Told,
        })
        .unwrap();
}

#[test]
fn advice_is_reserved_for_settled_and_weighed() {
    let mut story = asking(RunOptions::default(), &[Topic::Intent]);
    assert_eq!(story.names(), ["AdviceAsked", "BudgetReserved"]);
    assert!(matches!(story.last.effects[..], [Effect::Advise { .. }]));
    // 1,001 tokens that are read and 1,000 that are produced, at most.
    let reserved = story.machine.state().budget().reserved();
    assert_eq!(reserved, Amount::new(MicroUsd::new(11_001), 2_001));
    assert!(!story.machine.state().is_idle());
    given(&mut story, 1, heard("{}"));
    assert_eq!(story.names(), ["AdviceGiven", "BudgetSettled"]);
    assert_eq!(story.last.effects, [Effect::Understand]);
    let state = story.machine.state();
    assert_eq!(state.budget().reserved(), Amount::ZERO);
    assert_eq!(state.budget().spent().money, MicroUsd::new(2_000));
    assert_eq!(&story.refold(), state);
    // Nobody answers twice.
    let twice = Input::Advised {
        effect: EffectId::new(1),
        heard: heard("{}"),
        usage: USED,
        basis: Basis::Told,
    };
    assert!(story.tell(twice).is_err());
}

#[test]
fn plans_are_asked_for_together_and_compared_when_all_are_there() {
    let mut story = asking(RunOptions::default(), &[]);
    assert_eq!(
        story.last.effects,
        [Effect::Understand],
        "nothing to wait for"
    );
    story
        .tell(Input::Understood(Box::new(understood(900))))
        .unwrap();
    let too_late = Input::AdviceWanted(vec![ask(Topic::Intent)]);
    assert!(story.machine.clone().handle(too_late).is_err());
    story
        .tell(Input::AdviceWanted(vec![
            ask(Topic::Plan(1)),
            ask(Topic::Plan(2)),
        ]))
        .unwrap();
    given(&mut story, 2, heard("{}"));
    assert!(story.last.effects.is_empty(), "one is under way");
    given(
        &mut story,
        1,
        Heard::Failed(Failure::new(FailureKind::Unavailable, "gone")),
    );
    assert_eq!(story.last.effects, [Effect::MakePlan]);
    story.tell(Input::PlansCompared(vec![])).unwrap();
    assert_eq!(story.last.effects, [Effect::MakePlan]);
    assert_eq!(&story.refold(), story.machine.state());
}

#[test]
fn what_the_budget_does_not_hold_is_forgone() {
    let options = RunOptions {
        max_cost: Some(MicroUsd::new(1_500)),
        ..RunOptions::default()
    };
    let story = asking(options, &[Topic::Intent]);
    assert_eq!(story.names(), ["AdviceForgone"]);
    assert_eq!(story.last.effects, [Effect::Understand]);
    // With a little more the answer is made shorter.
    let options = RunOptions {
        max_cost: Some(MicroUsd::new(6_001)),
        ..RunOptions::default()
    };
    let story = asking(options, &[Topic::Intent]);
    match story.last.effects.as_slice() {
        [Effect::Advise { answer, .. }] => assert_eq!(*answer, 500),
        other => panic!("{other:?}"),
    }
    assert_eq!(&story.refold(), story.machine.state());
}

#[test]
fn after_a_crash_it_counts_as_paid_and_is_asked_for_again() {
    let mut story = asking(RunOptions::default(), &[Topic::Intent]);
    story.crash();
    assert_eq!(story.names(), ["BudgetSettled", "AdviceGiven"]);
    assert_eq!(story.last.effects, [Effect::Understand]);
    let state = story.machine.state();
    assert_eq!(state.budget().spent().money, MicroUsd::new(11_001));
    assert_eq!(state.advice()[0].heard, Some(Heard::Stopped));
    story
        .tell(Input::AdviceWanted(vec![ask(Topic::Intent)]))
        .unwrap();
    given(&mut story, 2, heard("{}"));
    assert_eq!(&story.refold(), story.machine.state());
}

#[test]
fn a_pause_and_a_cancellation_stop_it() {
    let mut story = asking(RunOptions::default(), &[Topic::Intent]);
    story
        .tell(Input::PauseAsked {
            by: "tester".into(),
            how: Pause::Finish,
        })
        .unwrap();
    assert_eq!(story.last.effects, [Effect::Cancel(vec![EffectId::new(1)])]);
    given(&mut story, 1, Heard::Stopped);
    assert!(
        story.last.effects.is_empty(),
        "a run that rests asks nobody"
    );
    assert!(story.machine.state().is_idle());
    story
        .tell(Input::ResumeAsked {
            by: "tester".into(),
        })
        .unwrap();
    assert_eq!(story.last.effects, [Effect::Understand]);

    let mut story = asking(RunOptions::default(), &[Topic::Intent]);
    story
        .tell(Input::CancelAsked {
            by: "tester".into(),
        })
        .unwrap();
    assert_eq!(story.outcome(), None, "what was asked is waited for");
    given(&mut story, 1, Heard::Stopped);
    assert_eq!(story.outcome(), Some(&Outcome::Cancelled));
    assert_eq!(&story.refold(), story.machine.state());
}
