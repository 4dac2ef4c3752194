//! Stories of budgets: caps that are met, days that other runs spend too, counts that cannot be, and
//! models that take over.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a test looks for one variant among many"
)]

use super::agents::{USED, agent, call, reply, selected, setup};
use super::*;
use crate::agent::{Limits, Selected};
use crate::budget::{Allowance, Amount, Basis, Counted, Window};
use crate::model::{Kind, ModelInfo, Privacy, Stop, Usage};
use crate::money::MicroUsd;
use crate::route::{Health, Record, lessons};
use crate::time::Timestamp;

const DAY: Timestamp = Timestamp::from_micros(86_400_000_000);

fn dollars(text: &str) -> MicroUsd {
    text.parse().unwrap()
}

fn asking(cost: u64) -> RunOptions {
    RunOptions {
        max_cost: Some(MicroUsd::new(cost)),
        asks_budget: true,
        ..RunOptions::default()
    }
}

fn daily(cap: u64) -> RunOptions {
    RunOptions {
        budget: Allowance {
            day: Caps::money(MicroUsd::new(cap)),
            ..Allowance::default()
        },
        ..RunOptions::default()
    }
}

fn counted(elsewhere: u64) -> Counted {
    Counted {
        window: Window::Day,
        since: DAY,
        elsewhere: Amount::new(MicroUsd::new(elsewhere), 0),
    }
}

/// Lets the agent work until a question is asked or the run ends. Returns the question.
fn until_asked(story: &mut Story) -> Option<QuestionId> {
    for turn in 0..50 {
        if let Some((question, _)) = story.machine.state().open_questions().next() {
            return Some(question);
        }
        if story.outcome().is_some() {
            return None;
        }
        let name = format!("a{turn}{}", story.log.len());
        story.thinks(vec![call(
            &name,
            "test_look",
            json!({"n": turn, "of": name}),
        )]);
        story.acted(&name, &name, false);
    }
    panic!("nothing ends it");
}

fn answer(story: &mut Story, question: QuestionId, answer: &str) {
    story
        .tell(Input::Answered {
            question,
            answer: answer.into(),
            by: "user".into(),
        })
        .unwrap();
}

fn ends_over_budget(story: &Story) -> bool {
    let state = story.machine.state();
    let work = state.step(&"work".parse().unwrap()).unwrap();
    matches!(work.status, StepStatus::Failed(StepFailure::Budget(_)))
}

#[test]
fn at_its_cap_somebody_is_asked_and_a_larger_one_goes_on() {
    let mut story = agent(setup(Limits::default()), asking(10_000));
    let question = until_asked(&mut story).expect("a question");
    let state = story.machine.state();
    let asked = state.question(question).unwrap();
    assert!(asked.text.contains("$0.01"), "{}", asked.text);
    assert!(asked.text.contains("How much"), "{}", asked.text);
    assert!(state.waits_for_person() && state.is_idle());
    let spent = state.budget().spent().money;
    assert!(spent <= MicroUsd::new(10_000));
    // Taken up after a crash, the same is asked.
    story.crash();
    assert_eq!(story.last.effects, [Effect::Ask(question)]);
    // What is no amount is asked again.
    answer(&mut story, question, "as much as you like");
    let again = until_asked(&mut story).expect("asked again");
    assert_ne!(question, again);
    answer(&mut story, again, "$0.02");
    assert_eq!(
        story.names()[..3],
        ["ClarificationAnswered", "BudgetLimited", "EffectStarted"]
    );
    let question = until_asked(&mut story).expect("the larger one is met too");
    let spent_more = story.machine.state().budget().spent().money;
    assert!(spent < spent_more && spent_more <= dollars("0.02"));
    answer(&mut story, question, "stop");
    assert!(ends_over_budget(&story));
    assert_eq!(story.outcome(), Some(&Outcome::Failed));
    assert_eq!(&story.refold(), story.machine.state());
}

#[test]
fn a_cap_on_tokens_shortens_answers_and_is_asked_about_in_tokens() {
    let options = RunOptions {
        asks_budget: true,
        budget: Allowance {
            run: Caps::tokens(4_000),
            ..Allowance::default()
        },
        ..RunOptions::default()
    };
    let mut story = agent(setup(Limits::default()), options);
    assert!(story.request().max_tokens < 4_000);
    let question = until_asked(&mut story).expect("a question");
    assert!(story.machine.state().budget().spent().tokens <= 4_000);
    answer(&mut story, question, "20000 tokens");
    assert!(story.request().max_tokens > 512);
}

#[test]
fn what_others_spend_in_a_day_counts_and_is_counted_again_at_the_cap() {
    let mut story = Story::of(plan(&[thinking_step()]), daily(20_000));
    story
        .tell(Input::AgentReady {
            step: "work".parse().unwrap(),
            ready: Ok(Box::new(AgentReady {
                setup: setup(Limits::default()),
                selected: selected(),
                counted: vec![counted(19_900)],
            })),
        })
        .unwrap();
    // Nothing is left, as far as is known; but others may have settled for less since.
    assert!(
        story.names().contains(&"BudgetCounted"),
        "{:?}",
        story.names()
    );
    assert!(
        matches!(&story.last.effects[..], [Effect::Count { windows, .. }] if windows == &[Window::Day]),
        "{:?}",
        story.last
    );
    let step: StepId = "work".parse().unwrap();
    let tell = |story: &mut Story, effect, elsewhere| {
        story
            .tell(Input::Counted {
                step: "work".parse().unwrap(),
                effect,
                counted: vec![counted(elsewhere)],
            })
            .unwrap();
    };
    tell(&mut story, None, 5_000);
    assert!(story.request().max_tokens > 512);
    // Another process was there first: the call is not made, and what is left is decided about.
    let effect = story.open("work");
    tell(&mut story, Some(effect), 12_000);
    assert_eq!(
        story.names(),
        [
            "BudgetCounted",
            "EffectFinished",
            "BudgetSettled",
            "EffectStarted",
            "BudgetReserved"
        ]
    );
    assert_eq!(story.machine.state().budget().spent(), Amount::ZERO);
    let effect = story.open("work");
    tell(&mut story, Some(effect), 19_990);
    assert!(ends_over_budget(&story));
    let why = &story.machine.state().step(&step).unwrap().status;
    assert!(format!("{why:?}").contains("the day"), "{why:?}");
    assert_eq!(&story.refold(), story.machine.state());
}

fn thinking_step() -> Step {
    let mut it = step("work", 1, &[]);
    it.skill = crate::agent::SKILL.into();
    it.action = crate::agent::WORK.into();
    it.class = EffectClass::Reversible;
    it.writes = vec!["**".into()];
    it
}

#[test]
fn a_count_that_cannot_be_settles_what_was_reserved() {
    for absurd in [99_000_000, u64::MAX] {
        let mut story = agent(setup(Limits::default()), RunOptions::default());
        let reserved = story.machine.state().budget().reserved();
        let usage = Usage {
            input: absurd,
            output: absurd,
            ..Usage::default()
        };
        let said = reply(
            vec![call("d", "done", json!({"summary": "ok"}))],
            Stop::Tools,
        );
        story.replies(crate::model::Reply { usage, ..said });
        let settled = story.log.iter().find_map(|event| match event {
            Event::BudgetSettled { took, basis, .. } => Some((*took, *basis)),
            _ => None,
        });
        assert_eq!(settled, Some((reserved, Basis::Reserved)));
        assert_eq!(story.machine.state().budget().spent(), reserved);
        assert_eq!(
            story.outcome(),
            Some(&Outcome::Succeeded),
            "the answer counts"
        );
    }
}

#[test]
fn an_estimate_is_never_more_than_was_reserved() {
    let mut story = agent(setup(Limits::default()), RunOptions::default());
    let reserved = story.machine.state().budget().reserved();
    let effect = story.open("work");
    let usage = Usage {
        input: 10,
        output: 1_000_000,
        ..Usage::default()
    };
    let timed_out = Failure::new(FailureKind::TimedOut, "too late");
    story
        .tell(Input::Thought {
            effect,
            outcome: EffectOutcome::Failed(timed_out),
            usage,
            basis: Basis::Heard,
        })
        .unwrap();
    let spent = story.machine.state().budget().spent();
    assert_eq!(spent.money, reserved.money);
    assert_eq!(spent.tokens, reserved.tokens);
}

fn info(name: &str) -> ModelInfo {
    let one = selected();
    ModelInfo {
        id: format!("fake/{name}").parse().unwrap(),
        context: one.context,
        max_output: one.max_output,
        price: one.price,
        privacy: Privacy::Cloud,
        tools: true,
        schema: true,
        images: false,
        thinking: false,
        quality: BTreeMap::from([(Kind::Code, 800)]),
        typical: Millis::from_secs(2),
    }
}

/// An agent whose model has another one behind it.
fn with_fallback() -> Story {
    let mut story = Story::of(plan(&[thinking_step()]), RunOptions::default());
    let mut selected = Selected::of(&info("one"), "it was drawn");
    selected.fallbacks = vec![info("two")];
    story
        .tell(Input::AgentReady {
            step: "work".parse().unwrap(),
            ready: Ok(Box::new(AgentReady {
                setup: setup(Limits::default()),
                selected,
                counted: vec![],
            })),
        })
        .unwrap();
    story
}

fn thought_fails(story: &mut Story, kind: FailureKind) {
    let effect = story.open("work");
    story
        .tell(Input::Thought {
            effect,
            outcome: EffectOutcome::Failed(Failure::new(kind, "nobody is there")),
            usage: Usage::default(),
            basis: Basis::Told,
        })
        .unwrap();
}

#[test]
fn a_model_that_cannot_be_called_gives_way_to_the_next_and_that_is_an_event() {
    let mut story = with_fallback();
    thought_fails(&mut story, FailureKind::Refused);
    assert!(
        story.names().contains(&"ModelSelected"),
        "{:?}",
        story.names()
    );
    let chosen: Vec<String> = story
        .log
        .iter()
        .filter_map(|event| match event {
            Event::ModelSelected { selected, .. } => {
                Some(format!("{}: {}", selected.model, selected.because))
            }
            _ => None,
        })
        .collect();
    assert_eq!(
        chosen,
        [
            "fake/one: it was drawn",
            "fake/two: fake/one gave no answer: nobody is there"
        ]
    );
    story.thinks(vec![call("d", "done", json!({"summary": "ok"}))]);
    assert_eq!(story.outcome(), Some(&Outcome::Succeeded));
    assert_eq!(&story.refold(), story.machine.state());
    // Behind the last one there is nobody.
    let mut story = with_fallback();
    thought_fails(&mut story, FailureKind::Refused);
    thought_fails(&mut story, FailureKind::Refused);
    assert_eq!(story.outcome(), Some(&Outcome::Failed));
}

fn records(story: &Story) -> BTreeMap<String, Record> {
    let mut state = RunState::default();
    let mut records: BTreeMap<String, Record> = BTreeMap::new();
    for event in &story.log {
        for lesson in lessons(&state, event) {
            let record = records.entry(lesson.model.to_string()).or_default();
            record.learn(&lesson, DAY);
        }
        state.evolve(event).unwrap();
    }
    records
}

#[test]
fn events_teach_what_a_model_is_worth() {
    let mut story = with_fallback();
    for _ in 0..3 {
        thought_fails(&mut story, FailureKind::Unavailable);
    }
    story.thinks(vec![call("a", "test_look", json!({}))]);
    story.acted("a", "A", false);
    story.thinks(vec![call("d", "done", json!({"summary": "ok"}))]);
    assert_eq!(story.outcome(), Some(&Outcome::Succeeded));
    let good = Event::FeedbackGiven {
        step: None,
        rating: 900,
        by: "user".into(),
    };
    let mut state = story.machine.state().clone();
    state.evolve(&good).unwrap();
    story.log.push(good);
    let records = records(&story);
    let (one, two) = (&records["fake/one"], &records["fake/two"]);
    assert_eq!((one.stats.calls, one.faults, one.in_a_row), (3, 3, 3));
    assert_eq!((two.stats.calls, two.faults), (2, 0));
    // The step has no check, so that only the user has spoken.
    assert_eq!((two.stats.successes, two.stats.failures), (1, 0));
    assert_eq!(two.stats.average_quality(), Some(900));
    let cost = |calls: u64| MicroUsd::new(calls * 2_000);
    assert_eq!(two.stats.cost, cost(2), "{USED:?}");
    assert_eq!(one.health(DAY), Health::Broken);
    let later = Timestamp::from_micros(DAY.micros() + 301_000_000);
    assert_eq!(one.health(later), Health::Well);
    // Nobody has thought about a step that is not there, and no rating is above all.
    for (step, rating) in [(Some("other".parse().unwrap()), 1), (None, 1_001)] {
        let by = "user".to_owned();
        let event = Event::FeedbackGiven { step, rating, by };
        assert!(state.evolve(&event).is_err());
    }
}
