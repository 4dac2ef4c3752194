//! What can happen to a run from outside.

use crate::advice::{Ask, Considered, Heard};
use crate::agent::{Selected, Setup};
use crate::budget::{Basis, Counted};
use crate::confine::Receipt;
use crate::effect::{EffectOutcome, Probed};
use crate::event::RunStarted;
use crate::id::{ApprovalId, EffectId, QuestionId, StepId};
use crate::intent::Intent;
use crate::model::Usage;
use crate::plan::Plan;
use crate::policy::Ruling;
use crate::skill::Need;
use crate::snapshot::Record;

/// A fact from outside that a run has to answer to.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// Somebody stated a goal.
    Requested(Box<RunStarted>),
    /// The goal was understood, more or less.
    Understood(Box<Intent>),
    /// Somebody answered a question.
    Answered {
        /// The question.
        question: QuestionId,
        /// The answer.
        answer: String,
        /// Who answered.
        by: String,
    },
    /// What the goal means, or how it could be reached, is not clear without a model's advice.
    AdviceWanted(Vec<Ask>),
    /// A model said something about the goal or the plan, or did not.
    Advised {
        /// The effect that asked it.
        effect: EffectId,
        /// What came of it.
        heard: Heard,
        /// What was used up, also where there is no answer.
        usage: Usage,
        /// How that is known.
        basis: Basis,
    },
    /// Proposals of plans were compared.
    PlansCompared(Vec<Considered>),
    /// A plan was made and found valid.
    Planned {
        /// The plan.
        plan: Box<Plan>,
        /// What steps of it need and what is not there.
        absent: Vec<Need>,
    },
    /// No valid plan can be made.
    PlanImpossible(Vec<String>),
    /// A step's action has looked at the world before it acts.
    Prepared {
        /// The step.
        step: StepId,
        /// What it saw, or why it cannot act.
        prepared: Result<serde_json::Value, crate::effect::Failure>,
    },
    /// The workspace was captured, or could not be.
    Captured {
        /// The step that it was for, if it was for one.
        step: Option<StepId>,
        /// What was captured; number and position are set by the machine. Or why nothing was.
        captured: Result<Box<Record>, crate::effect::Failure>,
    },
    /// An effect ended.
    Ended {
        /// The effect.
        effect: EffectId,
        /// How.
        outcome: EffectOutcome,
        /// What isolation commands had, if any ran and the effect was not done.
        receipt: Option<Box<Receipt>>,
    },
    /// It was found out what an agent begins with, or why it cannot begin.
    AgentReady {
        /// The agent's step.
        step: StepId,
        /// What was found.
        ready: Result<Box<AgentReady>, crate::effect::Failure>,
    },
    /// A model answered, or did not.
    Thought {
        /// The effect that asked it.
        effect: EffectId,
        /// How it ended.
        outcome: EffectOutcome,
        /// What was used up, also where there is no answer.
        usage: Usage,
        /// How that is known.
        basis: Basis,
    },
    /// It was counted what other runs have spent and reserved.
    Counted {
        /// The agent's step for which it was counted.
        step: StepId,
        /// The call that was not made, because others had come first and nothing was left for it.
        effect: Option<EffectId>,
        /// What was counted.
        counted: Vec<Counted>,
    },
    /// A command of a step wanted to reach a host for the first time.
    Reached {
        /// The step.
        step: StepId,
        /// The host and port.
        host: String,
        /// Whether it may.
        ruling: Ruling,
        /// The rule, for people.
        because: String,
    },
    /// Somebody found out whether an effect that was under way in a crash has happened.
    Probed {
        /// The effect.
        effect: EffectId,
        /// What was found.
        probed: Probed,
    },
    /// Somebody agreed or did not.
    Decided {
        /// The request.
        approval: ApprovalId,
        /// Whether it was agreed to.
        agreed: bool,
        /// Who decided.
        by: String,
        /// Why, if it was said.
        reason: Option<String>,
    },
    /// Somebody wants the run to pause.
    PauseAsked {
        /// Who.
        by: String,
        /// What is to become of what is under way.
        how: Pause,
    },
    /// Somebody wants the run to go on.
    ResumeAsked {
        /// Who.
        by: String,
    },
    /// Somebody wants the run to end.
    CancelAsked {
        /// Who, or `timeout`.
        by: String,
    },
    /// An engine has taken over a run whose log it read.
    Recovered,
}

/// What an agent begins with.
#[derive(Debug, Clone, PartialEq)]
pub struct AgentReady {
    /// Its task, tools and limits.
    pub setup: Setup,
    /// The model that thinks for it.
    pub selected: Selected,
    /// What other runs have spent and reserved.
    pub counted: Vec<Counted>,
}

/// What becomes of work that is under way when a run is paused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pause {
    /// It comes to its end.
    Finish,
    /// It is stopped.
    Stop,
}

/// Why an input cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The run ended.
    #[error("the run has ended")]
    Finished,
    /// The run began already.
    #[error("the run has begun already")]
    AlreadyStarted,
    /// The run is not in a phase in which this can happen.
    #[error("the run is not waiting for this")]
    Untimely,
    /// Nobody asked this question, or it is answered.
    #[error("there is no open question {0}")]
    NoSuchQuestion(QuestionId),
    /// Nobody asked for this agreement, or it is decided.
    #[error("there is no open request {0}")]
    NoSuchApproval(ApprovalId),
    /// The effect is not under way.
    #[error("{0} is not under way")]
    NoSuchEffect(EffectId),
    /// There is no such step, or it is not at this point.
    #[error("step `{0}` is not waiting for this")]
    NoSuchStep(StepId),
    /// The run is not paused.
    #[error("the run is not paused")]
    NotPaused,
    /// The machine itself made an illegal event: a mistake in VENOM.
    #[error("an internal rule was broken")]
    Broken(#[from] super::Illegal),
}
