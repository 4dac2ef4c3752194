//! The run that is looked at: its events, its state now, and its state at any earlier moment.

use std::collections::{BTreeSet, VecDeque};

use venom_kernel::effect::EffectOutcome;
use venom_kernel::event::{Envelope, Event};
use venom_kernel::id::{ApprovalId, QuestionId, RunId, Seq, StepId};
use venom_kernel::plan::layout::Layout;
use venom_kernel::plan::layout::picture::{Direction, Picture};
use venom_kernel::run::RunState;
use venom_kernel::time::Timestamp;
use venom_ports::api::runs::Rest;
use venom_ports::api::time::FileDifference;

/// States are kept after so many events, so that any moment is that many events away. Measured on the
/// fold of a run with an agent: an event takes a few microseconds.
const STRIDE: usize = 256;
/// Lines of progress that are kept.
const SAID: usize = 400;

/// What an event is in the timeline; later ones stand before earlier ones where they share a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Moment {
    Quiet,
    Work,
    Done,
    Snapshot,
    Asked,
    Failed,
}

impl Moment {
    fn of(event: &Event) -> Self {
        match event {
            Event::SnapshotCreated { .. } => Self::Snapshot,
            Event::ApprovalAsked { .. } | Event::ClarificationAsked { .. } => Self::Asked,
            Event::StepFailed { .. }
            | Event::ToolRefused { .. }
            | Event::EffectInDoubt { .. }
            | Event::ConflictFound { .. }
            | Event::LogRepaired { .. }
            | Event::EffectFinished {
                outcome: EffectOutcome::Failed(_),
                ..
            } => Self::Failed,
            Event::StepVerified { .. } | Event::RunFinished { .. } => Self::Done,
            // A model has answered, or what it called has given something.
            Event::EffectFinished {
                outcome: EffectOutcome::Done(done),
                ..
            } if done.reply.is_some() || done.shown.is_some() => Self::Work,
            Event::StepStarted { .. }
            | Event::PlanGenerated { .. }
            | Event::RunStarted(_)
            | Event::IntentParsed { .. }
            | Event::StepExecuted { .. }
            | Event::Rewound { .. }
            | Event::StateRewound { .. }
            | Event::Forked { .. }
            | Event::Restored { .. } => Self::Work,
            Event::ClarificationAnswered { .. }
            | Event::PreferenceApplied { .. }
            | Event::PreferenceForgotten { .. }
            | Event::Quoted { .. }
            | Event::PolicyDecided { .. }
            | Event::ApprovalGiven { .. }
            | Event::ApprovalDenied { .. }
            | Event::AgentCreated { .. }
            | Event::ModelSelected { .. }
            | Event::BudgetReserved { .. }
            | Event::AdviceAsked { .. }
            | Event::AdviceForgone { .. }
            | Event::AdviceGiven { .. }
            | Event::PlansCompared { .. }
            | Event::BudgetSettled { .. }
            | Event::BudgetCounted { .. }
            | Event::BudgetLimited { .. }
            | Event::FeedbackGiven { .. }
            | Event::EffectStarted { .. }
            | Event::EffectFinished { .. }
            | Event::StepSkipped { .. }
            | Event::RewindStarted { .. }
            | Event::SkillLearned { .. }
            | Event::SkillDecided { .. }
            | Event::ContentsReleased { .. }
            | Event::SnapshotReleased { .. }
            | Event::RunPaused { .. }
            | Event::RunResumed { .. }
            | Event::RunCancelled { .. } => Self::Quiet,
        }
    }
}

/// What is known of the files.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) enum Files {
    /// Nobody asked yet.
    #[default]
    Unknown,
    /// They are known at a moment; `None` where no snapshot says what they were.
    Known(Seq, Option<Vec<FileDifference>>),
    /// They cannot be had.
    Failed(Seq, String),
}

impl Files {
    /// Returns the moment that they belong to.
    pub(crate) const fn at(&self) -> Option<Seq> {
        match self {
            Self::Unknown => None,
            Self::Known(at, _) | Self::Failed(at, _) => Some(*at),
        }
    }
}

/// The run that is looked at.
#[derive(Debug)]
pub(crate) struct Sight {
    pub(crate) run: RunId,
    pub(crate) events: Vec<Envelope>,
    pub(crate) moments: Vec<Moment>,
    head: RunState,
    stops: Vec<RunState>,
    /// How many events count; `None` for all that come.
    at: Option<usize>,
    then: Option<Box<RunState>>,
    /// Why nothing more comes, if nothing does.
    pub(crate) rest: Option<Rest>,
    /// Why events could not be folded or heard.
    pub(crate) trouble: Option<String>,
    /// Whether its stream has ended.
    pub(crate) is_silent: bool,
    /// Lines of progress: step and line.
    pub(crate) said: VecDeque<(String, String)>,
    /// Counts lines of progress.
    pub(crate) said_count: u64,
    /// The step that is looked at.
    pub(crate) step: Option<StepId>,
    pub(crate) files: Files,
    /// The moment at which the files were asked for, until there is an answer.
    pub(crate) asked: Option<Seq>,
    /// When they were asked for.
    pub(crate) looked: Timestamp,
    /// Where to go to do again what was undone here, when the events may not say so yet.
    pub(crate) undone: Option<Seq>,
    /// What this user was asked and has put aside.
    pub(crate) put_aside: BTreeSet<Ask>,
    /// What this user has answered: approvals with yes or no, questions with what was said.
    pub(crate) answered: Vec<(Ask, String)>,
    drawn: Drawn,
}

/// Something that a run waits for a person with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ask {
    Question(QuestionId),
    Approval(ApprovalId),
}

/// The plan as a picture, made anew when the plan is another one.
#[derive(Debug, Default)]
struct Drawn {
    /// Position of the event that the plan came from.
    of: Option<usize>,
    across: Picture,
    down: Picture,
}

impl Sight {
    pub(crate) fn new(run: RunId) -> Self {
        Self {
            run,
            events: Vec::new(),
            moments: Vec::new(),
            head: RunState::default(),
            stops: Vec::new(),
            at: None,
            then: None,
            rest: None,
            undone: None,
            trouble: None,
            is_silent: false,
            said: VecDeque::new(),
            said_count: 0,
            step: None,
            files: Files::Unknown,
            asked: None,
            looked: Timestamp::default(),
            put_aside: BTreeSet::new(),
            answered: Vec::new(),
            drawn: Drawn::default(),
        }
    }

    /// Returns the state at the moment that is looked at.
    pub(crate) fn state(&self) -> &RunState {
        self.then.as_deref().unwrap_or(&self.head)
    }

    /// Returns the state as it is now.
    pub(crate) const fn head(&self) -> &RunState {
        &self.head
    }

    /// Tells whether an earlier moment is looked at.
    pub(crate) const fn is_past(&self) -> bool {
        self.at.is_some()
    }

    /// Returns how many events count.
    pub(crate) fn position(&self) -> usize {
        self.at.unwrap_or(self.events.len())
    }

    /// Returns the position of the last event that counts.
    pub(crate) fn seq(&self) -> Seq {
        self.position()
            .checked_sub(1)
            .and_then(|last| self.events.get(last))
            .map_or(Seq::ZERO, |envelope| envelope.seq)
    }

    /// Returns the event that is looked at.
    pub(crate) fn event(&self) -> Option<&Envelope> {
        self.events.get(self.position().checked_sub(1)?)
    }

    /// Returns the events that count.
    pub(crate) fn counted(&self) -> &[Envelope] {
        self.events.get(..self.position()).unwrap_or(&self.events)
    }

    /// Takes events that follow those that are known; others are left alone.
    pub(crate) fn hear(&mut self, events: Vec<Envelope>) {
        for envelope in events {
            let next = self.events.last().map_or(Seq::ZERO, |last| last.seq).next();
            if envelope.seq != next {
                continue;
            }
            if self.trouble.is_none()
                && let Err(illegal) = self.head.evolve(&envelope.event)
            {
                self.trouble = Some(format!(
                    "event {} cannot be folded: {illegal}",
                    envelope.seq
                ));
            }
            self.moments.push(Moment::of(&envelope.event));
            self.events.push(envelope);
            if self.events.len().is_multiple_of(STRIDE) {
                self.stops.push(self.head.clone());
            }
        }
        self.draw_plan();
    }

    pub(crate) fn say(&mut self, step: String, line: String) {
        if self.said.len() >= SAID {
            self.said.pop_front();
        }
        // A line without end is not kept whole.
        let line = if line.len() > 4_096 {
            line.chars().take(1_024).collect()
        } else {
            line
        };
        self.said.push_back((step, line));
        self.said_count += 1;
    }

    /// Looks at the moment after so many events; at what is now if that is all of them.
    pub(crate) fn go(&mut self, position: usize) {
        let position = position.max(1);
        if position >= self.events.len() {
            self.at = None;
            self.then = None;
        } else if self.at != Some(position) {
            self.then = Some(Box::new(self.state_at(position)));
            self.at = Some(position);
        }
        self.draw_plan();
    }

    fn state_at(&self, position: usize) -> RunState {
        // From where one stands, if that is nearer than the last kept state.
        let kept = position / STRIDE;
        let (mut state, mut done) = match kept.checked_sub(1).and_then(|stop| self.stops.get(stop))
        {
            Some(state) => (state.clone(), kept * STRIDE),
            None => (RunState::default(), 0),
        };
        if let (Some(then), Some(at)) = (&self.then, self.at)
            && at <= position
            && at > done
        {
            state = RunState::clone(then);
            done = at;
        }
        for envelope in self.events.get(done..position).into_iter().flatten() {
            // What cannot be folded was told of when it was heard.
            if state.evolve(&envelope.event).is_err() {
                break;
            }
        }
        state
    }

    /// Returns the position of the next moment of a kind, or of the one before.
    pub(crate) fn near(&self, wanted: Moment, is_forth: bool) -> Option<usize> {
        let here = self.position();
        let is_wanted = |index: &usize| self.moments.get(*index) == Some(&wanted);
        if is_forth {
            (here..self.moments.len()).find(is_wanted)
        } else {
            (0..here.saturating_sub(1)).rev().find(is_wanted)
        }
        .map(|index| index + 1)
    }

    /// Returns what the run waits for a person with, now.
    pub(crate) fn asks(&self) -> Vec<Ask> {
        let questions = self.head.open_questions().map(|(id, _)| Ask::Question(id));
        let approvals = self.head.open_approvals().map(|(id, _)| Ask::Approval(id));
        questions.chain(approvals).collect()
    }

    /// Tells whether the run is over.
    pub(crate) const fn is_over(&self) -> bool {
        self.head.outcome().is_some()
    }

    /// Returns the picture of the plan.
    pub(crate) const fn picture(&self, direction: Direction) -> &Picture {
        match direction {
            Direction::Across => &self.drawn.across,
            Direction::Down => &self.drawn.down,
        }
    }

    /// Returns the position of the step that is looked at.
    pub(crate) fn step_position(&self) -> Option<usize> {
        let step = self.step.as_ref()?;
        self.state()
            .plan()
            .steps
            .iter()
            .position(|other| other.id == *step)
    }

    fn draw_plan(&mut self) {
        let is_plan = |event: &Event| {
            matches!(
                event,
                Event::PlanGenerated { .. } | Event::StateRewound { .. } | Event::Forked { .. }
            )
        };
        let position = self.position();
        // A plan that was drawn is the one that counts, unless the look went before it or there is a later one.
        let of = self
            .counted()
            .iter()
            .rposition(|envelope| is_plan(&envelope.event))
            .filter(|index| *index < position);
        if of == self.drawn.of {
            return;
        }
        let state = self.state();
        let layout = Layout::new(state.graph());
        let steps = &state.plan().steps;
        // A mark, a blank, and the name; names of steps are ASCII.
        let width = |step: usize| steps.get(step).map_or(1, |step| step.id.as_str().len() + 2);
        let across = Picture::new(&layout, Direction::Across, width);
        let down = Picture::new(&layout, Direction::Down, width);
        let is_known = self
            .step
            .as_ref()
            .is_some_and(|step| steps.iter().any(|other| other.id == *step));
        let first = steps.first().map(|step| step.id.clone());
        self.drawn = Drawn { of, across, down };
        // Before there was a plan, the step that is looked at stays the one to come back to.
        if !is_known && first.is_some() {
            self.step = first;
        }
    }
}

#[cfg(test)]
mod tests;
