//! A story: inputs told to a machine, with everything that it appended.

use super::*;

/// A machine with everything it appended, as the engine would have it.
pub(super) struct Story {
    pub(super) machine: Machine,
    pub(super) log: Vec<Event>,
    pub(super) last: Decision,
}

impl Story {
    pub(super) fn new() -> Self {
        Self {
            machine: Machine::new(RunState::default()),
            log: vec![],
            last: Decision::default(),
        }
    }

    pub(super) fn tell(&mut self, input: Input) -> Result<&Decision, Refusal> {
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
    pub(super) fn of(plan: Plan, options: RunOptions) -> Self {
        Self::under(Policy::default(), plan, options)
    }

    /// The same under a policy of the user.
    pub(super) fn under(policy: Policy, plan: Plan, options: RunOptions) -> Self {
        let mut story = Self::new();
        let mut requested = requested(options);
        if let Input::Requested(started) = &mut requested {
            started.policy = policy;
        }
        story.tell(requested).unwrap();
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
    pub(super) fn orders_end(&self) -> bool {
        self.last
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::Snapshot { step: None, .. }))
    }

    pub(super) fn names(&self) -> Vec<&'static str> {
        self.last.events.iter().map(|p| p.event.name()).collect()
    }

    /// Steps whose call was ordered by the last decision.
    pub(super) fn called(&self) -> Vec<String> {
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
            | Effect::SetUp { .. }
            | Effect::Think { .. }
            | Effect::Advise { .. }
            | Effect::Count { .. }
            | Effect::Stop => None,
        });
        steps.collect()
    }

    pub(super) fn open(&self, step: &str) -> EffectId {
        let (id, _) = self
            .machine
            .state()
            .open_effects()
            .find(|(_, effect)| self.machine.state().plan().steps[effect.step].id.as_str() == step)
            .unwrap_or_else(|| panic!("{step} has no open effect"));
        id
    }

    pub(super) fn done(&mut self, step: &str, evidence: Vec<Evidence>) -> &Decision {
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

    pub(super) fn fails(&mut self, step: &str, kind: FailureKind) -> &Decision {
        let effect = self.open(step);
        let outcome = EffectOutcome::Failed(Failure::new(kind, "no"));
        self.tell(Input::Ended {
            effect,
            outcome,
            receipt: None,
        })
        .unwrap()
    }

    pub(super) fn status(&self, step: &str) -> &'static str {
        self.machine
            .state()
            .step(&step.parse().unwrap())
            .unwrap()
            .status
            .word()
    }

    pub(super) fn outcome(&self) -> Option<&Outcome> {
        self.machine.state().outcome()
    }

    /// The state that another process would read from the log.
    pub(super) fn refold(&self) -> RunState {
        RunState::fold(&self.log).unwrap()
    }

    /// Goes on from the log in a new process.
    pub(super) fn crash(&mut self) {
        self.machine = Machine::new(self.refold());
        self.tell(Input::Recovered).unwrap();
    }
}

pub(super) fn requested(options: RunOptions) -> Input {
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

pub(super) fn understood(thousandths: u16) -> Intent {
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
        constraints: vec![],
        targets: vec![],
        remembered: vec![],
        learned: None,
    }
}

pub(super) fn changes() -> ChangesRef {
    let blob = BlobId::new(&"a".repeat(64)).unwrap();
    ChangesRef {
        blob,
        digest: Digest::of_bytes(b"x"),
        files: 2,
    }
}

pub(super) fn suite(failed: u32) -> Vec<Evidence> {
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
