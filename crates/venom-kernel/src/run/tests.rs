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

mod properties;

/// A machine with everything it appended, as the engine would have it.
struct Story {
    machine: Machine,
    log: Vec<Event>,
    last: Decision,
}

impl Story {
    fn new() -> Self {
        Self {
            machine: Machine::new(RunState::default()),
            log: vec![],
            last: Decision::default(),
        }
    }

    fn tell(&mut self, input: Input) -> Result<&Decision, Refusal> {
        self.last = self.machine.handle(input)?;
        self.log.extend(
            self.last
                .events
                .iter()
                .map(|proposed| proposed.event.clone()),
        );
        Ok(&self.last)
    }

    /// A run of this plan that has just begun.
    fn of(plan: Plan, options: RunOptions) -> Self {
        let mut story = Self::new();
        story.tell(requested(options)).unwrap();
        story
            .tell(Input::Understood(Box::new(understood(900))))
            .unwrap();
        story
            .tell(Input::Planned {
                plan: Box::new(plan),
                absent: vec![],
            })
            .unwrap();
        story
    }

    /// Tells whether the last decision wants the end to be captured.
    fn orders_end(&self) -> bool {
        self.last
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::Snapshot { step: None, .. }))
    }

    fn names(&self) -> Vec<&'static str> {
        self.last.events.iter().map(|p| p.event.name()).collect()
    }

    /// Steps whose call was ordered by the last decision.
    fn called(&self) -> Vec<String> {
        let steps = self.last.effects.iter().filter_map(|effect| match effect {
            Effect::Perform {
                step,
                kind: EffectKind::Call { .. },
                ..
            } => Some(step.id.to_string()),
            Effect::Perform { .. }
            | Effect::Understand
            | Effect::Ask(_)
            | Effect::MakePlan
            | Effect::AskApproval(_)
            | Effect::Prepare { .. }
            | Effect::Probe { .. }
            | Effect::Cancel(_)
            | Effect::Snapshot { .. }
            | Effect::Stop => None,
        });
        steps.collect()
    }

    fn open(&self, step: &str) -> EffectId {
        let (id, _) = self
            .machine
            .state()
            .open_effects()
            .find(|(_, effect)| self.machine.state().plan().steps[effect.step].id.as_str() == step)
            .unwrap_or_else(|| panic!("{step} has no open effect"));
        id
    }

    fn done(&mut self, step: &str, evidence: Vec<Evidence>) -> &Decision {
        let effect = self.open(step);
        let done = Done {
            evidence,
            ..Done::default()
        };
        self.tell(Input::Ended {
            effect,
            outcome: EffectOutcome::Done(done),
            receipt: None,
        })
        .unwrap()
    }

    fn fails(&mut self, step: &str, kind: FailureKind) -> &Decision {
        let effect = self.open(step);
        let outcome = EffectOutcome::Failed(Failure::new(kind, "no"));
        self.tell(Input::Ended {
            effect,
            outcome,
            receipt: None,
        })
        .unwrap()
    }

    fn status(&self, step: &str) -> &'static str {
        self.machine
            .state()
            .step(&step.parse().unwrap())
            .unwrap()
            .status
            .word()
    }

    fn outcome(&self) -> Option<&Outcome> {
        self.machine.state().outcome()
    }

    /// The state that another process would read from the log.
    fn refold(&self) -> RunState {
        RunState::fold(&self.log).unwrap()
    }

    /// Goes on from the log in a new process.
    fn crash(&mut self) {
        self.machine = Machine::new(self.refold());
        self.tell(Input::Recovered).unwrap();
    }
}

fn requested(options: RunOptions) -> Input {
    Input::Requested(Box::new(RunStarted {
        goal: "do it".into(),
        workspace: WorkspaceInfo {
            root: "/w".into(),
            copy_of: None,
        },
        options,
        policy: Policy::default(),
        version: "0".into(),
        digests: BTreeMap::new(),
        confinement: Confinement::default(),
        texts: BTreeMap::new(),
    }))
}

fn understood(thousandths: u16) -> Intent {
    let confidence = Confidence::from_thousandths(thousandths);
    let candidate = Candidate {
        action: "x".into(),
        title: "X".into(),
        confidence,
    };
    Intent {
        name: "x".into(),
        confidence,
        goals: vec![Goal {
            action: "x".into(),
            text: "do it".into(),
            params: BTreeMap::new(),
            priority: 1,
            after: vec![],
            confidence,
            candidates: vec![candidate],
            missing: vec![],
        }],
        target: None,
    }
}

fn changes() -> ChangesRef {
    let blob = BlobId::new(&"a".repeat(64)).unwrap();
    ChangesRef {
        blob,
        digest: Digest::of_bytes(b"x"),
        files: 2,
    }
}

fn suite(failed: u32) -> Vec<Evidence> {
    let failing = (0..failed).map(|n| format!("t{n}")).collect();
    let passed = 10 - failed;
    vec![Evidence::Tests(TestEvidence {
        passed,
        failed,
        failing,
        complete: true,
        ..TestEvidence::default()
    })]
}

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

#[test]
fn what_cannot_be_taken_back_waits_for_somebody() {
    let mut push = step("push", 1, &[]);
    push.class = EffectClass::Irreversible;
    let mut story = Story::of(plan(std::slice::from_ref(&push)), RunOptions::default());
    assert_eq!(story.called(), Vec::<String>::new());
    assert!(story.machine.state().waits_for_person());
    let approval = ApprovalId::new(1);
    let yes = |agreed| Input::Decided {
        approval,
        agreed,
        by: "user".into(),
        reason: None,
    };
    story.tell(yes(true)).unwrap();
    assert_eq!(story.called(), ["push"]);
    assert_eq!(
        story.tell(yes(true)),
        Err(Refusal::NoSuchApproval(approval)),
        "first answer wins"
    );

    let mut story = Story::of(plan(std::slice::from_ref(&push)), RunOptions::default());
    story.tell(yes(false)).unwrap();
    assert_eq!(story.outcome(), Some(&Outcome::Failed));

    let all = RunOptions {
        approve_all: true,
        ..RunOptions::default()
    };
    let story = Story::of(plan(&[push]), all);
    assert_eq!(story.called(), ["push"]);
}

#[test]
fn an_irreversible_effect_is_never_repeated_after_a_crash() {
    let mut push = step("push", 1, &[]);
    push.class = EffectClass::Irreversible;
    let all = RunOptions {
        approve_all: true,
        ..RunOptions::default()
    };
    let mut story = Story::of(plan(&[push]), all);
    let effect = story.open("push");
    story.crash();
    assert!(
        matches!(story.last.effects[..], [Effect::Probe { .. }]),
        "{:?}",
        story.last
    );
    let unknown = Probed::Unknown("nobody saw it".into());
    story
        .tell(Input::Probed {
            effect,
            probed: unknown,
        })
        .unwrap();
    assert_eq!(story.names(), ["EffectInDoubt", "ApprovalAsked"]);
    assert!(
        story.machine.state().waits_for_person(),
        "nothing else can go on"
    );
    story.crash();
    assert!(
        matches!(story.last.effects[..], [Effect::AskApproval(_)]),
        "{:?}",
        story.last
    );
    let (approval, _) = story.machine.state().open_approvals().next().unwrap();
    let no = Input::Decided {
        approval,
        agreed: false,
        by: "user".into(),
        reason: None,
    };
    story.tell(no).unwrap();
    assert_eq!(story.outcome(), Some(&Outcome::Failed));
}

#[test]
fn a_probe_that_finds_the_effect_done_goes_on_without_it() {
    let mut commit = step("commit", 1, &[]);
    commit.class = EffectClass::Compensable;
    commit.prepares = true;
    let mut story = Story::of(plan(&[commit]), RunOptions::default());
    assert!(matches!(story.last.effects[..], [Effect::Prepare { .. }]));
    story.crash();
    assert!(matches!(story.last.effects[..], [Effect::Prepare { .. }]));
    let id: StepId = "commit".parse().unwrap();
    let saw = Input::Prepared {
        step: id,
        prepared: Ok(json!({"head": "abc"})),
    };
    story.tell(saw).unwrap();
    let effect = story.open("commit");
    story.crash();
    let happened = Probed::Happened(Box::default());
    story
        .tell(Input::Probed {
            effect,
            probed: happened,
        })
        .unwrap();
    assert_eq!(story.outcome(), Some(&Outcome::Succeeded));
}

#[test]
fn pausing_lets_work_end_and_begins_nothing() {
    let mut story = Story::of(
        plan(&[step("a", 1, &[]), step("b", 1, &["a"])]),
        RunOptions::default(),
    );
    story
        .tell(Input::PauseAsked {
            by: "user".into(),
            how: Pause::Finish,
        })
        .unwrap();
    story.done("a", vec![]);
    assert_eq!(story.called(), Vec::<String>::new());
    story
        .tell(Input::ResumeAsked { by: "user".into() })
        .unwrap();
    assert_eq!(story.called(), ["b"]);
}

#[test]
fn an_interrupted_step_begins_anew() {
    let mut story = Story::of(plan(&[step("a", 1, &[])]), RunOptions::default());
    let effect = story.open("a");
    story
        .tell(Input::PauseAsked {
            by: "interrupt".into(),
            how: Pause::Stop,
        })
        .unwrap();
    assert_eq!(story.last.effects, [Effect::Cancel(vec![effect])]);
    story
        .tell(Input::Ended {
            effect,
            outcome: EffectOutcome::Stopped,
            receipt: None,
        })
        .unwrap();
    assert_eq!(story.status("a"), "ready");
    story.machine = Machine::new(story.refold());
    story
        .tell(Input::ResumeAsked { by: "user".into() })
        .unwrap();
    assert_eq!(story.called(), ["a"]);
    story.done("a", vec![]);
    assert_eq!(story.outcome(), Some(&Outcome::Succeeded));
}

#[test]
fn cancelling_stops_what_is_under_way_and_skips_the_rest() {
    let mut story = Story::of(
        plan(&[step("a", 1, &[]), step("b", 1, &["a"])]),
        RunOptions::default(),
    );
    let effect = story.open("a");
    story
        .tell(Input::CancelAsked { by: "user".into() })
        .unwrap();
    assert_eq!(story.outcome(), None);
    story
        .tell(Input::Ended {
            effect,
            outcome: EffectOutcome::Stopped,
            receipt: None,
        })
        .unwrap();
    assert_eq!(story.outcome(), Some(&Outcome::Cancelled));
    assert_eq!(
        (story.status("a"), story.status("b")),
        ("skipped", "skipped")
    );
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
