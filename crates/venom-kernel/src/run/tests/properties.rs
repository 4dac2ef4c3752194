//! Properties over random stories: whatever happens in whatever order.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn any_class() -> impl Strategy<Value = EffectClass> {
    prop_oneof![
        Just(EffectClass::Pure),
        Just(EffectClass::Idempotent),
        Just(EffectClass::Reversible),
        Just(EffectClass::Compensable),
        Just(EffectClass::Rewriting),
        Just(EffectClass::Irreversible),
    ]
}

prop_compose! {
    /// Plans of up to eight steps, sometimes with circles, twins and strangers.
    fn any_plan()(steps in prop::collection::vec(
        (0_u8..10, prop::collection::vec(0_u8..11, 0..3), any_class(), any::<bool>(), any::<bool>(), any::<bool>()),
        0..8,
    )) -> Plan {
        let steps = steps.into_iter().map(|(name, after, class, prepares, optional, guard)| {
            let after: Vec<String> = after.iter().map(|n| format!("s{n}")).collect();
            let after: Vec<&str> = after.iter().map(String::as_str).collect();
            let mut step = step(&format!("s{name}"), u64::from(name), &after);
            step.class = class;
            step.prepares = prepares;
            step.optional = optional;
            if optional { step.needs = vec![Need::Model]; }
            if guard {
                step.restores.clone_from(&step.depends_on);
                step.verify = vec![Check::TESTS_PASS, Check::FileExists { path: "x".into() }];
                step.writes = vec!["**".into()];
            }
            step
        });
        Plan { steps: steps.collect() }
    }
}

/// Makes a plan that the validator would let through: own names, and waits only for earlier steps.
fn made_valid(mut plan: Plan) -> Plan {
    let names: Vec<StepId> = (0..plan.steps.len())
        .map(|n| format!("s{n}").parse().unwrap())
        .collect();
    for (n, step) in plan.steps.iter_mut().enumerate() {
        step.id = names[n].clone();
        let guards = !step.restores.is_empty();
        step.depends_on.retain(|d| names[..n].contains(d));
        step.restores = if guards {
            step.depends_on.clone()
        } else {
            vec![]
        };
    }
    if plan.steps.is_empty() {
        plan.steps.push(step("s0", 1, &[]));
    }
    plan
}

fn any_outcome() -> impl Strategy<Value = EffectOutcome> {
    prop_oneof![
        3 => (any::<bool>(), any::<bool>(), 0_u32..3).prop_map(|(edits, conflict, failed)| {
            EffectOutcome::Done(Done {
                result: Payload::Inline(json!({"n": failed})),
                evidence: suite(failed),
                changes: edits.then(changes),
                conflicts: if conflict { vec!["a".into()] } else { vec![] },
                ..Done::default()
            })
        }),
        1 => Just(EffectOutcome::Failed(Failure::new(FailureKind::Retryable, "x"))),
        1 => Just(EffectOutcome::Failed(Failure::new(FailureKind::Refused, "x"))),
        1 => Just(EffectOutcome::Stopped),
    ]
}

fn record(ends: bool) -> crate::snapshot::Record {
    use crate::snapshot::{Counts, Partial, Record};
    Record {
        version: Record::VERSION,
        id: SnapshotId::new(0),
        run: crate::id::RunId::new(1, 1),
        seq: Seq::ZERO,
        taken: crate::time::Timestamp::default(),
        cause: if ends { Cause::End } else { Cause::BeforeStep },
        tree: ObjectId::from_bytes([7; 32]),
        times: ObjectId::from_bytes([8; 32]),
        parent: None,
        counts: Counts::default(),
        partial: Partial::default(),
        repositories: vec![],
    }
}

fn any_input() -> impl Strategy<Value = Input> {
    let by = || "user".to_owned();
    prop_oneof![
        1 => any::<(bool, bool, u8)>().prop_map(|(approve_all, plan_only, parallel)| requested(
            RunOptions { approve_all, plan_only: plan_only && parallel > 200, max_parallel: u16::from(parallel % 4), snapshots: parallel % 2 == 0, timeout: Some(Millis::new(1)), ..RunOptions::default() }
        )),
        2 => (0_u16..1_001).prop_map(|n| Input::Understood(Box::new(understood(n)))),
        2 => (0_u32..4).prop_map(move |n| Input::Answered { question: QuestionId::new(n), answer: "x".into(), by: by() }),
        2 => (any_plan(), any::<bool>()).prop_map(|(plan, absent)| Input::Planned {
            plan: Box::new(plan), absent: if absent { vec![Need::Model] } else { vec![] }
        }),
        1 => Just(Input::PlanImpossible(vec!["x".into()])),
        3 => (0_u8..10, any::<bool>()).prop_map(|(n, fine)| Input::Prepared {
            step: format!("s{n}").parse().unwrap(),
            prepared: if fine { Ok(if n % 2 == 0 { json!({"asks": "why"}) } else { Value::Null }) } else { Err(Failure::new(FailureKind::Refused, "x")) },
        }),
        3 => (0_u8..11, any::<bool>(), any::<bool>()).prop_map(|(n, fine, ends)| Input::Captured {
            step: (n < 10).then(|| format!("s{n}").parse().unwrap()),
            captured: if fine { Ok(Box::new(record(ends))) } else { Err(Failure::new(FailureKind::Refused, "x")) },
        }),
        12 => (0_u32..20, any_outcome()).prop_map(|(n, outcome)| Input::Ended { effect: EffectId::new(n), outcome, receipt: None }),
        3 => (0_u32..20, 0_u8..3).prop_map(|(n, kind)| Input::Probed {
            effect: EffectId::new(n),
            probed: match kind { 0 => Probed::DidNot, 1 => Probed::Unknown("x".into()), _ => Probed::Happened(Box::default()) },
        }),
        4 => (0_u32..6, any::<bool>()).prop_map(move |(n, agreed)| Input::Decided {
            approval: ApprovalId::new(n), agreed, by: "user".into(), reason: None
        }),
        1 => any::<bool>().prop_map(|stop| Input::PauseAsked {
            by: "user".into(), how: if stop { Pause::Stop } else { Pause::Finish }
        }),
        2 => Just(Input::ResumeAsked { by: "user".into() }),
        1 => Just(Input::CancelAsked { by: "user".into() }),
        2 => Just(Input::Recovered),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, ..ProptestConfig::default() })]

    /// Whatever happens in whatever order: nothing panics, no decision breaks a rule, the log folds
    /// to the machine's state, and it survives its way through JSON.
    #[test]
    fn any_story_folds(first in any_plan(), snapshots in any::<bool>(), inputs in prop::collection::vec(any_input(), 0..60)) {
        let mut story = Story::new();
        story.tell(requested(RunOptions { snapshots, ..RunOptions::default() })).unwrap();
        story.tell(Input::Understood(Box::new(understood(900)))).unwrap();
        let begun = story.tell(Input::Planned { plan: Box::new(first), absent: vec![] });
        prop_assert!(!matches!(begun, Err(Refusal::Broken(_))), "{begun:?}");
        for input in inputs {
            let before = story.machine.state().clone();
            match story.tell(input.clone()) {
                Ok(_) => {}
                Err(Refusal::Broken(illegal)) => prop_assert!(false, "{input:?}: {illegal}"),
                Err(_) => prop_assert_eq!(&before, story.machine.state(), "a refusal changes nothing"),
            }
        }
        prop_assert_eq!(&story.refold(), story.machine.state());
        let text = serde_json::to_string(&story.log).unwrap();
        let back: Vec<Event> = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(&back, &story.log);
    }

    /// Played by a willing world, every plan comes to its end, whatever is interrupted.
    #[test]
    fn every_plan_ends(plan in any_plan(), snapshots in any::<bool>(), crashes in prop::collection::vec(any::<bool>(), 200), outcomes in prop::collection::vec(any_outcome(), 200)) {
        let mut story = Story::new();
        story.tell(requested(RunOptions { approve_all: true, snapshots, ..RunOptions::default() })).unwrap();
        story.tell(Input::Understood(Box::new(understood(900)))).unwrap();
        let plan = made_valid(plan);
        story.tell(Input::Planned { plan: Box::new(plan), absent: vec![] }).unwrap();
        let mut turns = crashes.into_iter().zip(outcomes);
        while story.outcome().is_none() {
            let Some((crash, outcome)) = turns.next() else { break };
            if crash { story.crash(); }
            if story.outcome().is_some() { break; }
            let state = story.machine.state();
            let effect = state.open_effects().find(|(_, e)| !e.in_doubt).map(|(id, _)| id);
            let approval = state.open_approvals().map(|(id, _)| id).next();
            let begun = state.steps().find(|(_, s)| s.status == StepStatus::Running(Stage::Begun)).map(|(s, _)| s.id.clone());
            let input = match (effect, approval, begun) {
                (Some(effect), _, _) => Input::Ended { effect, outcome, receipt: None },
                (None, _, Some(step)) if story.log.len().is_multiple_of(2) => Input::Prepared { step, prepared: Ok(Value::Null) },
                (None, _, Some(step)) => Input::Captured { step: Some(step), captured: Ok(Box::new(record(false))) },
                (None, Some(approval), _) => Input::Decided { approval, agreed: true, by: "user".into(), reason: None },
                (None, None, None) if story.orders_end() => Input::Captured { step: None, captured: Ok(Box::new(record(true))) },
                (None, None, None) => Input::Recovered,
            };
            let told = story.tell(input);
            prop_assert!(!matches!(told, Err(Refusal::Broken(_))), "{told:?}");
        }
        if story.outcome().is_none() {
            // The world was unwilling for too long; let it be willing now.
            for _ in 0..400 {
                if story.outcome().is_some() { break; }
                let state = story.machine.state();
                let effect = state.open_effects().find(|(_, e)| !e.in_doubt).map(|(id, _)| id);
                let approval = state.open_approvals().map(|(id, _)| id).next();
                let begun = state.steps().find(|(_, s)| s.status == StepStatus::Running(Stage::Begun)).map(|(s, _)| s.id.clone());
                let input = match (effect, approval, begun) {
                    (Some(effect), _, _) => Input::Ended { effect, outcome: EffectOutcome::Done(Done::default()), receipt: None },
                    (None, _, Some(step)) if story.log.len().is_multiple_of(2) => Input::Prepared { step, prepared: Ok(Value::Null) },
                (None, _, Some(step)) => Input::Captured { step: Some(step), captured: Ok(Box::new(record(false))) },
                    (None, Some(approval), _) => Input::Decided { approval, agreed: true, by: "user".into(), reason: None },
                    (None, None, None) if story.orders_end() => Input::Captured { step: None, captured: Ok(Box::new(record(true))) },
                (None, None, None) => Input::Recovered,
                };
                let told = story.tell(input);
                prop_assert!(!matches!(told, Err(Refusal::Broken(_))), "{told:?}");
            }
        }
        prop_assert!(story.outcome().is_some(), "{:#?}", story.machine.state());
    }
}
