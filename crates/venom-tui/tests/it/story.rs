//! Runs as the kernel makes them: inputs told to its machine, and the events that it answers with.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use venom_kernel::agent::{Act, AgentTool, Limits, Selected, Setup};
use venom_kernel::budget::Basis;
use venom_kernel::confidence::Confidence;
use venom_kernel::confine::{Confinement, Grants};
use venom_kernel::effect::{Done, EffectClass, EffectKind, EffectOutcome, Failure, FailureKind};
use venom_kernel::event::{Envelope, Event, RunOptions, RunStarted, WorkspaceInfo};
use venom_kernel::id::{EffectId, RunId, Seq};
use venom_kernel::intent::{Candidate, Choice, Goal, Intent, MissingSlot};
use venom_kernel::model::{Kind, Part, Price, Reply, Stop, Tool, ToolCall, Usage};
use venom_kernel::money::MicroUsd;
use venom_kernel::plan::{Expected, Plan, Step};
use venom_kernel::policy::Policy;
use venom_kernel::run::{AgentReady, Input, Machine, Pause, RunState};
use venom_kernel::skill::{Reach, Writes};
use venom_kernel::time::{Millis, Timestamp};
use venom_ports::api::runs::News;

/// 2026-11-23 09:00 UTC.
const BEGIN: i64 = 1_795_424_400_000_000;

pub(crate) struct Story {
    pub(crate) run: RunId,
    pub(crate) machine: Machine,
    pub(crate) log: Vec<Envelope>,
}

pub(crate) fn run_id(number: u128) -> RunId {
    RunId::new(1_795_424_400_000, number)
}

pub(crate) fn step(id: &str, title: &str, skill: &str, depends_on: &[&str]) -> Step {
    let (skill, action) = skill.split_once('.').expect("skill.action");
    Step {
        id: id.parse().unwrap(),
        title: title.to_owned(),
        goal: 1,
        skill: skill.into(),
        action: action.into(),
        params: json!({ "path": "src" }),
        depends_on: depends_on.iter().map(|on| on.parse().unwrap()).collect(),
        class: EffectClass::Pure,
        reach: Reach::Local,
        needs: vec![],
        writes: vec![],
        verify: vec![],
        restores: vec![],
        optional: false,
        prepares: false,
        grants: Grants::default(),
        timeout: Millis::from_secs(10),
        expected: Expected {
            p50: Millis::from_secs(2),
            p90: Millis::from_secs(5),
            cost_p50: MicroUsd::new(20_000),
            cost_p90: MicroUsd::new(70_000),
        },
    }
}

/// A plan that parts and comes together.
pub(crate) fn secure() -> Plan {
    Plan {
        steps: vec![
            step("analyse", "Read the project", "code.map", &[]),
            step(
                "find-vulns",
                "Look for weaknesses",
                "code.find-vulnerabilities",
                &["analyse"],
            ),
            step("tests-before", "Run the tests", "test.run", &["analyse"]),
            step("lint", "Look at the style", "code.lint", &["analyse"]),
            step(
                "fix-auth",
                "Correct what was found",
                "code.fix",
                &["find-vulns", "tests-before"],
            ),
            step(
                "tests-after",
                "Run the tests again",
                "test.run",
                &["fix-auth"],
            ),
            step(
                "report",
                "Write it down",
                "files.write",
                &["tests-after", "lint"],
            ),
        ],
    }
}

pub(crate) fn intent(thousandths: u16) -> Intent {
    let confidence = Confidence::from_thousandths(thousandths);
    let candidate = |action: &str, title: &str| Candidate {
        action: action.into(),
        title: title.into(),
        confidence,
    };
    Intent {
        name: "secure".into(),
        confidence,
        goals: vec![Goal {
            action: "secure".into(),
            text: "make it more secure".into(),
            params: BTreeMap::new(),
            priority: 1,
            after: vec![],
            confidence,
            candidates: vec![
                candidate("secure", "Find weaknesses and correct them"),
                candidate("audit", "Find weaknesses and list them"),
            ],
            missing: vec![],
        }],
        target: None,
        targets: vec![],
        constraints: Vec::new(),
        remembered: vec![],
        learned: None,
    }
}

impl Story {
    pub(crate) fn new(number: u128, goal: &str, options: RunOptions, policy: Policy) -> Self {
        let mut story = Self {
            run: run_id(number),
            machine: Machine::new(RunState::default()),
            log: Vec::new(),
        };
        story.tell(Input::Requested(Box::new(RunStarted {
            goal: goal.into(),
            workspace: WorkspaceInfo {
                root: "/home/shop".into(),
                copy_of: None,
            },
            options,
            policy,
            version: "0".into(),
            digests: BTreeMap::new(),
            confinement: Confinement::default(),
            texts: BTreeMap::new(),
        })));
        story
    }

    /// A run of a plan that has just begun.
    pub(crate) fn of(plan: Plan, options: RunOptions, policy: Policy) -> Self {
        let mut story = Self::new(1, "make it more secure", options, policy);
        story.tell(Input::Understood(Box::new(intent(930))));
        story.plan(plan);
        story
    }

    pub(crate) fn plan(&mut self, plan: Plan) {
        self.tell(Input::Planned {
            plan: Box::new(plan),
            absent: vec![],
        });
    }

    /// A run that does not know where.
    pub(crate) fn asking() -> Self {
        let mut story = Self::new(2, "rename it", RunOptions::default(), Policy::default());
        let mut unsure = intent(930);
        unsure.goals[0].missing = vec![MissingSlot {
            slot: "name".into(),
            said: None,
            question: "What is it to be called?".into(),
            choices: vec![
                Choice {
                    value: "shop".into(),
                    label: "shop, as the folder".into(),
                },
                Choice {
                    value: "store".into(),
                    label: "store, as the package".into(),
                },
            ],
        }];
        story.tell(Input::Understood(Box::new(unsure)));
        story
    }

    pub(crate) fn tell(&mut self, input: Input) {
        let decision = self.machine.handle(input).unwrap();
        for proposed in decision.events {
            self.push(proposed.event);
        }
    }

    fn push(&mut self, event: Event) {
        let number = self.log.len() as u64 + 1;
        let time = BEGIN + i64::try_from(number).unwrap() * 730_000;
        self.log.push(Envelope {
            run: self.run,
            seq: Seq::new(number),
            time: Timestamp::from_micros(time),
            cause: None,
            schema: 1,
            event,
        });
    }

    pub(crate) fn open(&self, step: &str) -> EffectId {
        let state = self.machine.state();
        state
            .open_effects()
            .find(|(_, effect)| state.plan().steps[effect.step].id.as_str() == step)
            .unwrap_or_else(|| panic!("{step} has no open effect"))
            .0
    }

    fn ends(&mut self, effect: EffectId, outcome: EffectOutcome) {
        self.tell(Input::Ended {
            effect,
            outcome,
            receipt: None,
        });
    }

    pub(crate) fn done(&mut self, step: &str, result: Value) {
        let effect = self.open(step);
        let done = Done {
            result: venom_kernel::change::Payload::Inline(result),
            took: Millis::new(1_200),
            ..Done::default()
        };
        self.ends(effect, EffectOutcome::Done(done));
    }

    pub(crate) fn fails(&mut self, step: &str, why: &str) {
        let effect = self.open(step);
        let failure =
            Failure::new(FailureKind::Refused, why).with_hint("look at the log of the tool");
        self.ends(effect, EffectOutcome::Failed(failure));
    }

    pub(crate) fn decide(&mut self, number: u32, agreed: bool, by: &str) {
        self.tell(Input::Decided {
            approval: venom_kernel::id::ApprovalId::new(number),
            agreed,
            by: by.into(),
            reason: None,
        });
    }

    pub(crate) fn answer(&mut self, answer: &str, by: &str) {
        self.tell(Input::Answered {
            question: venom_kernel::id::QuestionId::new(1),
            answer: answer.into(),
            by: by.into(),
        });
    }

    pub(crate) fn pause(&mut self) {
        self.tell(Input::PauseAsked {
            by: "me".into(),
            how: Pause::Finish,
        });
    }

    /// A run whose only step is an agent, with a budget.
    pub(crate) fn agent(goal: &str, limits: Limits) -> Self {
        Self::agent_within(goal, limits, MicroUsd::new(500_000))
    }

    fn agent_within(goal: &str, limits: Limits, cap: MicroUsd) -> Self {
        let mut work = step("work", "Work on it", "agent.work", &[]);
        work.class = EffectClass::Reversible;
        work.writes = vec!["**".into()];
        let options = RunOptions {
            max_cost: Some(cap),
            ..RunOptions::default()
        };
        let mut story = Self::new(3, goal, options, Policy::default());
        story.tell(Input::Understood(Box::new(intent(930))));
        story.plan(Plan { steps: vec![work] });
        let tool = AgentTool {
            tool: Tool {
                name: "files_read".into(),
                description: "reads a file".into(),
                parameters: json!({ "type": "object" }),
            },
            act: Act {
                skill: "files".into(),
                action: "read".into(),
                class: EffectClass::Pure,
                reach: Reach::Local,
                writes: Writes::Nothing,
                grants: Grants::default(),
                timeout: Millis::from_secs(10),
            },
        };
        let setup = Setup {
            task: goal.into(),
            kind: Kind::Code,
            instructions: vec![],
            files: vec![],
            pictures: Vec::new(),
            tools: vec![tool],
            proof: None,
            earlier: String::new(),
            must_change: false,
            rules: venom_kernel::agent::RULES,
            recall: None,
            recorded: None,
            limits,
        };
        let selected = Selected {
            model: "fake/one".parse().unwrap(),
            context: 100_000_000,
            max_output: 4_000,
            price: Price {
                input: MicroUsd::new(1_000_000),
                output: MicroUsd::new(1_000_000),
                cache_read: MicroUsd::ZERO,
                cache_write: MicroUsd::ZERO,
            },
            because: "it is the only one".into(),
            info: None,
            fallbacks: vec![],
            routed: None,
        };
        story.tell(Input::AgentReady {
            step: "work".parse().unwrap(),
            ready: Ok(Box::new(AgentReady {
                setup,
                selected,
                counted: vec![],
            })),
        });
        story
    }

    /// The model answers with a text and a wish to read a file.
    pub(crate) fn thinks(&mut self, text: &str, path: &str) {
        let id = format!("call_{}", self.log.len());
        let parts = vec![
            Part::text(text),
            Part::ToolCall(ToolCall {
                id,
                name: "files_read".into(),
                arguments: json!({ "path": path }),
                seal: None,
            }),
        ];
        let usage = Usage {
            input: 900,
            output: 100,
            ..Usage::default()
        };
        let reply = Reply {
            parts,
            stop: Stop::Tools,
            usage,
            model: "one".into(),
            request_id: None,
        };
        let effect = self.open("work");
        let outcome = EffectOutcome::Done(Done {
            reply: Some(Box::new(reply)),
            ..Done::default()
        });
        self.tell(Input::Thought {
            effect,
            outcome,
            usage,
            basis: Basis::Told,
        });
    }

    /// What the model called gives a text.
    pub(crate) fn gives(&mut self, text: &str) {
        let state = self.machine.state();
        let effect = state
            .open_effects()
            .find(|(_, effect)| matches!(effect.kind, EffectKind::Act { .. }))
            .expect("something is acted")
            .0;
        let done = Done {
            shown: Some(text.into()),
            ..Done::default()
        };
        self.ends(effect, EffectOutcome::Done(done));
    }

    pub(crate) fn news(&self) -> Vec<News> {
        self.log
            .iter()
            .map(|envelope| News::Event(Box::new(envelope.clone())))
            .collect()
    }
}

/// An agent's run of at least so many events.
pub(crate) fn long(events: usize) -> Story {
    let limits = Limits {
        turns: u16::MAX,
        tokens: u64::MAX,
        time: Millis::new(u64::MAX),
        ..Limits::default()
    };
    let cap = MicroUsd::new(100_000_000);
    let mut story = Story::agent_within("read everything", limits, cap);
    let mut number = 0;
    while story.log.len() < events {
        number += 1;
        story.thinks(
            &format!("I read file number {number}."),
            &format!("src/{number}.rs"),
        );
        story.gives(&format!("fn number_{number}() {{}}"));
    }
    story
}
