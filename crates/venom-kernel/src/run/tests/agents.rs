//! Stories of agents: what a model answers, what tools give, and what follows.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a test looks for one variant among many"
)]

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::agent::{Act, AgentTool, Excerpt, Limits, Proof, Selected, Setup};
use crate::budget::{Amount, Basis};
use crate::model::{Kind, Part, Price, Reply, Request, Stop, Tool, ToolCall, Usage};
use crate::money::MicroUsd;
use crate::skill::{Reach, Writes};

pub(super) fn tool(action: &str, class: EffectClass, writes: Writes) -> AgentTool {
    AgentTool {
        tool: Tool {
            name: format!("test_{action}"),
            description: action.to_owned(),
            parameters: json!({"type": "object"}),
        },
        act: Act {
            skill: "test".into(),
            action: action.into(),
            class,
            reach: Reach::Local,
            writes,
            grants: crate::confine::Grants::default(),
            timeout: Millis::from_secs(10),
        },
    }
}

pub(super) fn setup(limits: Limits) -> Setup {
    let path = || Writes::Params(vec!["path".into()]);
    Setup {
        task: "mend it".into(),
        kind: Kind::Code,
        instructions: vec![Excerpt {
            path: "AGENTS.md".into(),
            text: "Be brief.".into(),
        }],
        files: vec![],
        pictures: Vec::new(),
        tools: vec![
            tool("look", EffectClass::Pure, Writes::Nothing),
            tool("edit", EffectClass::Reversible, path()),
            tool("send", EffectClass::Irreversible, Writes::Nothing),
        ],
        proof: None,
        limits,
        earlier: String::new(),
        must_change: false,
        rules: crate::agent::RULES,
        recall: None,
        recorded: None,
    }
}

pub(super) fn selected() -> Selected {
    Selected {
        model: "fake/one".parse().unwrap(),
        context: 100_000,
        max_output: 4_000,
        price: Price {
            input: MicroUsd::new(1_000_000),
            output: MicroUsd::new(10_000_000),
            cache_read: MicroUsd::ZERO,
            cache_write: MicroUsd::ZERO,
        },
        because: "it is the only one".into(),
        info: None,
        fallbacks: Vec::new(),
        routed: None,
    }
}

pub(super) fn agent_step() -> Step {
    let mut it = step("work", 1, &[]);
    it.skill = crate::agent::SKILL.into();
    it.action = crate::agent::WORK.into();
    it.class = EffectClass::Reversible;
    it.writes = vec!["**".into()];
    it
}

/// A run whose agent has just begun.
pub(super) fn agent(setup: Setup, options: RunOptions) -> Story {
    agent_of(setup, options, agent_step())
}

pub(super) fn agent_of(setup: Setup, options: RunOptions, step: Step) -> Story {
    let mut story = Story::of(plan(&[step]), options);
    assert!(matches!(story.last.effects[..], [Effect::SetUp { .. }]));
    story
        .tell(Input::AgentReady {
            step: "work".parse().unwrap(),
            ready: Ok(Box::new(AgentReady {
                setup,
                selected: selected(),
                counted: Vec::new(),
            })),
        })
        .unwrap();
    story
}

pub(super) fn begun() -> Story {
    agent(setup(Limits::default()), RunOptions::default())
}

pub(super) fn call(id: &str, name: &str, arguments: Value) -> Part {
    Part::ToolCall(ToolCall {
        id: id.into(),
        name: name.into(),
        arguments,
        seal: None,
    })
}

pub(super) fn reply(parts: Vec<Part>, stop: Stop) -> Reply {
    Reply {
        parts,
        stop,
        usage: USED,
        model: "one".into(),
        request_id: None,
    }
}

pub(super) const USED: Usage = Usage {
    input: 1_000,
    output: 100,
    cache_read: 0,
    cache_write: 0,
    thinking: 0,
};

impl Story {
    /// The request that was just ordered.
    pub(super) fn request(&self) -> Request {
        self.last
            .effects
            .iter()
            .find_map(|effect| match effect {
                Effect::Think { request, .. } => Some((**request).clone()),
                _ => None,
            })
            .unwrap_or_else(|| panic!("nothing is asked: {:#?}", self.last))
    }

    pub(super) fn thinks(&mut self, parts: Vec<Part>) -> &Decision {
        self.replies(reply(parts, Stop::Tools))
    }

    pub(super) fn replies(&mut self, reply: Reply) -> &Decision {
        let effect = self.open("work");
        let usage = reply.usage;
        let outcome = EffectOutcome::Done(Done {
            reply: Some(Box::new(reply)),
            ..Done::default()
        });
        self.tell(Input::Thought {
            effect,
            outcome,
            usage,
            basis: Basis::Told,
        })
        .unwrap()
    }

    /// The acts that are under way, by call.
    pub(super) fn acts(&self) -> BTreeMap<String, EffectId> {
        self.machine
            .state()
            .open_effects()
            .filter_map(|(id, effect)| match &effect.kind {
                EffectKind::Act { call, .. } => Some((call.clone(), id)),
                _ => None,
            })
            .collect()
    }

    pub(super) fn acted(&mut self, call: &str, shown: &str, edits: bool) -> &Decision {
        let effect = self.acts()[call];
        let done = Done {
            shown: Some(shown.into()),
            changes: edits.then(changes),
            ..Done::default()
        };
        self.tell(Input::Ended {
            effect,
            outcome: EffectOutcome::Done(done),
            receipt: None,
        })
        .unwrap()
    }

    /// The results that the model is told last.
    pub(super) fn results(&self) -> Vec<(String, String, bool)> {
        let request = self.request();
        let last = request.messages.last().unwrap();
        last.parts
            .iter()
            .filter_map(|part| match part {
                Part::ToolResult { id, text, is_error } => {
                    Some((id.clone(), text.clone(), *is_error))
                }
                _ => None,
            })
            .collect()
    }

    pub(super) fn agent_state(&self) -> &crate::agent::AgentState {
        let state = self.machine.state().step(&"work".parse().unwrap()).unwrap();
        state.agent.as_deref().unwrap()
    }
}

#[test]
fn a_model_acts_sees_what_came_of_it_and_is_done() {
    let mut story = begun();
    assert_eq!(
        story.names(),
        [
            "AgentCreated",
            "ModelSelected",
            "EffectStarted",
            "BudgetReserved"
        ]
    );
    let request = story.request();
    let first = format!("{:?}", request.messages);
    assert!(
        first.contains("mend it") && first.contains("Be brief."),
        "{first}"
    );
    let names: Vec<&str> = request
        .tools
        .iter()
        .map(|tool| tool.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "test_look",
            "test_edit",
            "test_send",
            "done",
            "ask_user",
            "read_more"
        ]
    );
    story.thinks(vec![
        Part::text("I look."),
        call("c1", "test_edit", json!({"path": "a.py"})),
    ]);
    assert_eq!(
        story.names(),
        ["EffectFinished", "BudgetSettled", "EffectStarted"]
    );
    story.acted("c1", "edited", true);
    assert_eq!(
        story.names(),
        ["EffectFinished", "EffectStarted"],
        "the edits are committed before the model goes on"
    );
    story.done("work", vec![]);
    assert_eq!(story.results(), [("c1".into(), "edited".into(), false)]);
    story.thinks(vec![call("c2", "done", json!({"summary": "I mended it."}))]);
    assert_eq!(story.outcome(), Some(&Outcome::Succeeded));
    let state = story.machine.state();
    assert_eq!(
        state.step(&"work".parse().unwrap()).unwrap().edits(),
        [changes()]
    );
    assert_eq!(
        state.budget().spent(),
        Amount::new(MicroUsd::new(2 * 2_000), 2 * 1_100)
    );
    assert_eq!(state.budget().reserved(), Amount::ZERO);
    assert_eq!(&story.refold(), story.machine.state());
}

#[test]
fn calls_whose_writes_do_not_meet_run_side_by_side_and_are_told_in_order() {
    let mut story = begun();
    story.thinks(vec![
        call("a", "test_edit", json!({"path": "a.py"})),
        call("b", "test_edit", json!({"path": "b.py"})),
        call("c", "test_edit", json!({"path": "a.py"})),
        call("d", "test_look", json!({})),
    ]);
    let open: Vec<String> = story.acts().into_keys().collect();
    assert_eq!(open, ["a", "b"]);
    story.acted("b", "B", false);
    assert_eq!(story.acts().len(), 1);
    story.acted("a", "A", false);
    assert_eq!(story.acts().into_keys().collect::<Vec<_>>(), ["c"]);
    story.acted("c", "C", false);
    story.acted("d", "D", false);
    let told: Vec<String> = story
        .results()
        .into_iter()
        .map(|(_, text, _)| text)
        .collect();
    assert_eq!(told, ["A", "B", "C", "D"]);
}

#[test]
fn nothing_of_an_answer_that_is_cut_off_or_malformed_is_performed() {
    for bad in [
        reply(vec![call("c", "test_send", json!({}))], Stop::Length),
        reply(vec![call("c", "test_nothing", json!({}))], Stop::Tools),
        reply(vec![call("c", "test_send", json!("x"))], Stop::Tools),
        reply(
            vec![
                call("c", "test_look", json!({})),
                call("c", "test_look", json!({})),
            ],
            Stop::Tools,
        ),
        reply(vec![], Stop::End),
    ] {
        let mut story = begun();
        story.replies(bad.clone());
        assert!(story.acts().is_empty(), "{bad:?}");
        // Roles take turns, whatever came.
        let roles: Vec<_> = story.request().messages.iter().map(|m| m.role).collect();
        assert!(roles.windows(2).all(|two| two[0] != two[1]), "{roles:?}");
        story.replies(bad.clone());
        story.replies(bad);
        assert_eq!(story.outcome(), Some(&Outcome::Failed));
    }
}

#[test]
fn a_model_that_goes_in_circles_is_stopped() {
    let mut story = begun();
    let mut told = 0;
    for n in 0..10 {
        story.thinks(vec![call(&format!("c{n}"), "test_look", json!({"n": 1}))]);
        story.acted(&format!("c{n}"), "same", false);
        if story.outcome().is_some() {
            break;
        }
        told += u32::from(story.results()[0].1.contains("nothing has changed"));
    }
    assert_eq!(told, 2);
    assert_eq!(story.outcome(), Some(&Outcome::Failed));
    assert_eq!(story.agent_state().acts(), 4);
}

#[test]
fn what_cannot_be_taken_back_is_asked_for_and_a_no_is_told() {
    let mut story = begun();
    story.thinks(vec![call("s", "test_send", json!({"to": "bob"}))]);
    assert!(story.acts().is_empty());
    assert!(story.machine.state().waits_for_person());
    story.crash();
    assert!(story.machine.state().waits_for_person());
    let (approval, asked) = story.machine.state().open_approvals().next().unwrap();
    assert!(format!("{asked:?}").contains("bob"), "{asked:?}");
    story
        .tell(Input::Decided {
            approval,
            agreed: false,
            by: "user".into(),
            reason: Some("not him".into()),
        })
        .unwrap();
    assert!(story.results()[0].1.contains("not him"));
    story.thinks(vec![call("t", "test_send", json!({"to": "eve"}))]);
    let (approval, _) = story.machine.state().open_approvals().next().unwrap();
    story
        .tell(Input::Decided {
            approval,
            agreed: true,
            by: "user".into(),
            reason: None,
        })
        .unwrap();
    assert_eq!(story.acts().len(), 1);
    story.crash();
    assert!(
        matches!(story.last.effects[..], [Effect::Probe { .. }]),
        "what cannot be taken back is never done twice unasked: {:?}",
        story.last.effects
    );
}

#[test]
fn a_question_waits_for_its_answer() {
    let mut story = begun();
    story.thinks(vec![call(
        "q",
        "ask_user",
        json!({"question": "Which?", "choices": ["a", "b"]}),
    )]);
    assert_eq!(story.machine.state().phase(), Phase::Executing);
    assert!(story.machine.state().waits_for_person());
    let question = story.machine.state().open_questions().next().unwrap().0;
    story.crash();
    story
        .tell(Input::Answered {
            question,
            answer: "b".into(),
            by: "user".into(),
        })
        .unwrap();
    assert_eq!(story.results(), [("q".into(), "b".into(), false)]);
}

#[test]
fn a_claim_is_proved_and_broken_checks_send_the_agent_back() {
    let mut wanted = setup(Limits {
        rounds: 2,
        ..Limits::default()
    });
    wanted.proof = Some(Proof {
        act: tool("tests", EffectClass::Idempotent, Writes::Nothing).act,
        params: Value::Null,
    });
    let mut it = agent_step();
    it.verify = vec![Check::TESTS_PASS];
    let mut story = agent_of(wanted, RunOptions::default(), it);
    for round in 0..2 {
        story.thinks(vec![call(
            &format!("d{round}"),
            "done",
            json!({"summary": "ok"}),
        )]);
        assert!(
            matches!(&story.last.effects[..], [Effect::Perform { step, kind: EffectKind::Prove { .. }, .. }] if step.action == "tests")
        );
        story.done("work", suite(1));
        assert_eq!(
            story.names()[..4],
            [
                "EffectFinished",
                "StepExecuted",
                "StepFailed",
                "StepStarted"
            ]
        );
        let told = story.results();
        assert!(told[0].1.contains("1 of 10 tests failed"), "{told:?}");
    }
    story.thinks(vec![call("d9", "done", json!({"summary": "ok"}))]);
    story.done("work", suite(0));
    assert_eq!(story.outcome(), Some(&Outcome::Succeeded));
    assert_eq!(&story.refold(), story.machine.state());
}

#[test]
fn limits_end_the_step() {
    let one = Limits {
        turns: 1,
        ..Limits::default()
    };
    let mut story = agent(setup(one), RunOptions::default());
    story.thinks(vec![call("a", "test_look", json!({}))]);
    story.acted("a", "A", false);
    assert_eq!(story.outcome(), Some(&Outcome::Failed));

    let options = RunOptions {
        max_cost: Some(MicroUsd::new(10_000)),
        ..RunOptions::default()
    };
    let mut story = agent(setup(Limits::default()), options);
    assert!(
        story.request().max_tokens < 1_000,
        "the answer fits the rest"
    );
    let mut turns = 0;
    while story.outcome().is_none() {
        turns += 1;
        let name = format!("a{turns}");
        story.thinks(vec![call(&name, "test_look", json!({"n": turns}))]);
        story.acted(&name, "A", false);
    }
    let state = story.machine.state();
    assert!(state.budget().spent().money <= MicroUsd::new(10_000));
    let failed = &state.step(&"work".parse().unwrap()).unwrap().status;
    assert!(
        matches!(failed, StepStatus::Failed(StepFailure::Budget(_))),
        "{failed:?}"
    );
}

#[test]
fn an_answer_that_nobody_heard_counts_in_full() {
    let mut story = begun();
    let reserved = story.machine.state().budget().reserved();
    story.crash();
    assert_eq!(
        story.names(),
        [
            "BudgetSettled",
            "EffectFinished",
            "EffectStarted",
            "BudgetReserved"
        ]
    );
    assert_eq!(story.machine.state().budget().spent(), reserved);
    story.thinks(vec![call("d", "done", json!({"summary": "ok"}))]);
    assert_eq!(story.outcome(), Some(&Outcome::Succeeded));
}

#[test]
fn a_pause_stops_the_thinking_and_what_it_took_is_settled() {
    let mut story = begun();
    let effect = story.open("work");
    story
        .tell(Input::PauseAsked {
            by: "user".into(),
            how: Pause::Finish,
        })
        .unwrap();
    assert_eq!(story.last.effects, [Effect::Cancel(vec![effect])]);
    story
        .tell(Input::Thought {
            effect,
            outcome: EffectOutcome::Stopped,
            usage: USED,
            basis: Basis::Told,
        })
        .unwrap();
    assert!(story.machine.state().is_idle());
    assert_eq!(
        story.machine.state().budget().spent().money,
        MicroUsd::new(2_000)
    );
    story
        .tell(Input::ResumeAsked { by: "user".into() })
        .unwrap();
    assert_eq!(story.request().messages.len(), 1);
}

#[test]
fn old_results_leave_the_view_and_can_be_read_again() {
    let mut wanted = setup(Limits::default());
    wanted.limits.view = 8_000;
    let mut story = agent(wanted, RunOptions::default());
    let mut first = None;
    for n in 0..6 {
        let name = format!("c{n}");
        let bytes = serde_json::to_string(&story.request()).unwrap().len() as u64;
        story.replies(Reply {
            usage: Usage {
                input: bytes / 3,
                ..USED
            },
            ..reply(vec![call(&name, "test_look", json!({"n": n}))], Stop::Tools)
        });
        first.get_or_insert_with(|| story.acts()[&name]);
        story.acted(&name, &format!("{n}{}", "x".repeat(9_000)), false);
    }
    let first = first.unwrap();
    let request = serde_json::to_string(&story.request()).unwrap();
    assert!(request.len() < 40_000, "{}", request.len());
    assert!(
        request.contains(&format!("with output `{first}`")),
        "{request}"
    );
    assert!(request.contains("mend it"));
    assert!(request.contains("\"5xxx"), "the latest stays");
    assert!(story.agent_state().output(first).is_some());
    story.thinks(vec![call(
        "r",
        "read_more",
        json!({"output": first.to_string(), "from": 1}),
    )]);
    assert!(
        matches!(&story.last.effects[..], [Effect::Perform { step, .. }] if step.action == "read-more")
    );
}

fn any_reply() -> impl Strategy<Value = Reply> {
    let names = prop_oneof![
        4 => Just("test_look"), 4 => Just("test_edit"), 1 => Just("test_send"),
        1 => Just("done"), 1 => Just("ask_user"), 1 => Just("read_more"), 1 => Just("nobody"),
    ];
    let calls = prop::collection::vec((names, 0_u8..4, 0_u8..6), 0..4);
    let stops = prop_oneof![
        8 => Just(Stop::Tools), 2 => Just(Stop::End), 1 => Just(Stop::Length),
        1 => Just(Stop::Refused), 1 => Just(Stop::Context), 1 => Just(Stop::Other("x".into())),
    ];
    (calls, stops, any::<bool>()).prop_map(|(calls, stop, speaks)| {
        let mut parts: Vec<Part> = speaks.then(|| Part::text("so")).into_iter().collect();
        parts.extend(calls.into_iter().map(|(name, id, argument)| {
            let arguments = match argument {
                0 => Value::Null,
                n => json!({"path": format!("f{n}"), "summary": "s", "question": "q?"}),
            };
            call(&format!("c{id}"), name, arguments)
        }));
        reply(parts, stop)
    })
}

#[derive(Debug, Clone)]
enum Turn {
    Thought(Reply),
    ThoughtFailed(FailureKind),
    Stopped,
    Acted {
        edits: bool,
        conflict: bool,
        text: u8,
    },
    ActFailed,
    Crash,
    Pause,
    Cancel,
    Person(bool),
}

fn any_turn() -> impl Strategy<Value = Turn> {
    prop_oneof![
        10 => any_reply().prop_map(Turn::Thought),
        1 => prop_oneof![Just(FailureKind::Retryable), Just(FailureKind::Refused)].prop_map(Turn::ThoughtFailed),
        1 => Just(Turn::Stopped),
        10 => (any::<bool>(), prop::bool::weighted(0.2), 0_u8..3).prop_map(|(edits, conflict, text)| Turn::Acted { edits, conflict, text }),
        2 => Just(Turn::ActFailed),
        3 => Just(Turn::Crash),
        1 => Just(Turn::Pause),
        1 => prop::bool::weighted(0.1).prop_map(|cancel| if cancel { Turn::Cancel } else { Turn::Crash }),
        4 => any::<bool>().prop_map(Turn::Person),
    ]
}

fn play(story: &mut Story, turn: Turn) -> Result<(), TestCaseError> {
    let state = story.machine.state();
    let open = state
        .open_effects()
        .find(|(_, effect)| !effect.in_doubt)
        .map(|(id, effect)| (id, matches!(effect.kind, EffectKind::Think { .. })));
    let input = match (turn, open) {
        (Turn::Crash, _) => {
            story.crash();
            return Ok(());
        }
        (Turn::Pause, _) if state.is_paused() => Input::ResumeAsked { by: "user".into() },
        (Turn::Pause, _) => Input::PauseAsked {
            by: "user".into(),
            how: Pause::Stop,
        },
        (Turn::Cancel, _) => Input::CancelAsked { by: "user".into() },
        (Turn::Person(yes), _) => {
            if let Some((approval, _)) = state.open_approvals().next() {
                Input::Decided {
                    approval,
                    agreed: yes,
                    by: "user".into(),
                    reason: None,
                }
            } else if let Some((question, _)) = state.open_questions().next() {
                Input::Answered {
                    question,
                    answer: "yes".into(),
                    by: "user".into(),
                }
            } else {
                return Ok(());
            }
        }
        (_, None) if state.is_paused() => Input::ResumeAsked { by: "user".into() },
        (_, None) => return Ok(()),
        (Turn::Thought(reply), Some((effect, true))) => Input::Thought {
            effect,
            usage: reply.usage,
            basis: Basis::Told,
            outcome: EffectOutcome::Done(Done {
                reply: Some(Box::new(reply)),
                ..Done::default()
            }),
        },
        (Turn::ThoughtFailed(kind), Some((effect, true))) => Input::Thought {
            effect,
            usage: Usage::default(),
            basis: Basis::Told,
            outcome: EffectOutcome::Failed(Failure::new(kind, "x")),
        },
        (_, Some((effect, true))) => Input::Thought {
            effect,
            usage: Usage::default(),
            basis: Basis::Told,
            outcome: EffectOutcome::Stopped,
        },
        (
            Turn::Acted {
                edits,
                conflict,
                text,
            },
            Some((effect, false)),
        ) => {
            let is_commit = state
                .open_effects()
                .any(|(id, open)| id == effect && matches!(open.kind, EffectKind::Commit { .. }));
            let done = Done {
                shown: Some(format!("t{text}")),
                changes: (edits && !is_commit).then(changes),
                conflicts: if conflict && is_commit {
                    vec!["a".into()]
                } else {
                    vec![]
                },
                ..Done::default()
            };
            Input::Ended {
                effect,
                outcome: EffectOutcome::Done(done),
                receipt: None,
            }
        }
        (Turn::Stopped, Some((effect, false))) => Input::Ended {
            effect,
            outcome: EffectOutcome::Stopped,
            receipt: None,
        },
        (_, Some((effect, false))) => Input::Ended {
            effect,
            outcome: EffectOutcome::Failed(Failure::new(FailureKind::Refused, "x")),
            receipt: None,
        },
    };
    let before = story.machine.state().clone();
    match story.tell(input.clone()) {
        Ok(_) => {}
        Err(Refusal::Broken(illegal)) => prop_assert!(false, "{input:?}: {illegal}"),
        Err(_) => prop_assert_eq!(&before, story.machine.state(), "a refusal changes nothing"),
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Whatever models answer and tools give, in whatever order and however often it is interrupted:
    /// nothing breaks a rule, the log folds to the state, no more is spent than reserved, every call
    /// that a request shows has its result right behind it, and a call is never performed twice when it
    /// cannot be taken back.
    #[test]
    fn any_agent_folds(turns in prop::collection::vec(any_turn(), 0..60)) {
        let asks_budget = turns.len() % 2 == 0;
        let options = RunOptions { max_cost: Some(MicroUsd::new(2_000_000)), asks_budget, ..RunOptions::default() };
        let mut story = agent(setup(Limits::default()), options);
        for turn in turns {
            if story.outcome().is_some() { break; }
            play(&mut story, turn)?;
            for effect in &story.last.effects {
                let Effect::Think { request, .. } = effect else { continue };
                check_pairs(request)?;
            }
        }
        prop_assert_eq!(&story.refold(), story.machine.state());
        let text = serde_json::to_string(&story.log).unwrap();
        let back: Vec<Event> = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(&back, &story.log);
        prop_assert!(story.machine.state().budget().spent().money <= MicroUsd::new(2_000_000));
    }
}

/// Providers refuse a call without its result, a result without its call, and one side twice in a row.
fn check_pairs(request: &Request) -> Result<(), TestCaseError> {
    let mut wanted: BTreeSet<String> = BTreeSet::new();
    for (at, message) in request.messages.iter().enumerate() {
        let role = if at % 2 == 0 {
            crate::model::Role::User
        } else {
            crate::model::Role::Assistant
        };
        prop_assert_eq!(message.role, role);
        prop_assert!(!message.parts.is_empty());
        let given: BTreeSet<String> = message
            .parts
            .iter()
            .filter_map(|part| match part {
                Part::ToolResult { id, .. } => Some(id.clone()),
                _ => None,
            })
            .collect();
        prop_assert_eq!(&given, &wanted);
        wanted = message
            .parts
            .iter()
            .filter_map(|part| match part {
                Part::ToolCall(call) => Some(call.id.clone()),
                _ => None,
            })
            .collect();
    }
    prop_assert!(wanted.is_empty());
    Ok(())
}
