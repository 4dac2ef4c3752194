//! The tape of a what-if: which calls of a run are made as the run that it comes from made them, so that
//! they are answered with what was recorded then.
//!
//! A tape is a fold over two logs. Of the other run it keeps, for each step, the calls that were made
//! behind the event at which the two part, in order, with what came of them. Of the what-if it hears each
//! event when it stands in the log. A call is answered while everything before it was the same: the first
//! one that is not ends the matching for the whole run, since what later calls see may differ from then on.
//! Nothing is remembered that does not follow from the logs; so a what-if whose process ended in the middle
//! goes on where it was.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use venom_kernel::agent::SKILL;
use venom_kernel::digest::Digest;
use venom_kernel::effect::{EffectKind, EffectOutcome};
use venom_kernel::event::{ApprovalReason, Envelope, Event};
use venom_kernel::id::{ApprovalId, EffectId, QuestionId, Seq, StepId};
use venom_kernel::intent::Question;
use venom_kernel::model::{Part, ToolCall};
use venom_kernel::plan::Plan;
use venom_kernel::run::Approval;
use venom_ports::api::time::{CallMade, PartsAt};

/// What a what-if knows of the run that it comes from, and of itself so far.
#[derive(Debug, Clone)]
pub(crate) struct Tape {
    original: Calls,
    own: Calls,
    /// Which recorded call an effect of the what-if repeats.
    repeats: BTreeMap<EffectId, (StepId, usize)>,
    parts_at: Option<PartsAt>,
    repeated: u32,
    made: u32,
}

impl Tape {
    /// Makes the tape of a run from its events and those of the run that it comes from; `None` if it is no
    /// what-if.
    pub(crate) fn of(own: &[Envelope], original: &[Envelope]) -> Option<Self> {
        let (parted, at) = own
            .iter()
            .rev()
            .find_map(|envelope| match &envelope.event {
                Event::Forked { at, otherwise, .. } => Some((envelope.seq, *at, otherwise.what_if)),
                _ => None,
            })
            .filter(|(_, _, what_if)| *what_if)
            .map(|(seq, at, _)| (seq, at))?;
        let mut recorded = Calls::behind(at);
        for envelope in original {
            recorded.hear(envelope);
        }
        let mut tape = Self {
            original: recorded,
            own: Calls::behind(parted),
            repeats: BTreeMap::new(),
            parts_at: None,
            repeated: 0,
            made: 0,
        };
        for envelope in own {
            tape.hear(envelope);
        }
        Some(tape)
    }

    /// Hears an event of the what-if that stands in its log.
    pub(crate) fn hear(&mut self, envelope: &Envelope) {
        let Some(heard) = self.own.hear(envelope) else {
            self.compare_parameters(envelope);
            return;
        };
        let Heard {
            step,
            place,
            is_new,
        } = heard;
        let effect = effect_of(&envelope.event);
        let of = (step, place);
        if !is_new {
            // Stopped, and begun once more: what it repeats is the same.
            if let (true, Some(effect)) = (self.repeats.values().any(|known| *known == of), effect)
            {
                self.repeats.insert(effect, of);
            }
            return;
        }
        let (step, place) = of;
        let Some(call) = self.own.at(&step, place) else {
            return;
        };
        let recorded = self.original.at(&step, place);
        let is_same = recorded.is_some_and(|recorded| {
            recorded.key == call.key && (recorded.is_mark() || recorded.outcome.is_some())
        });
        if self.parts_at.is_none() && !is_same {
            self.parts_at = Some(parts(
                envelope.seq,
                &step,
                place,
                recorded.map(Recorded::shown),
                call.shown(),
            ));
        }
        if call.is_mark() {
            return;
        }
        if self.parts_at.is_some() {
            self.made = self.made.saturating_add(1);
            return;
        }
        self.repeated = self.repeated.saturating_add(1);
        if let Some(effect) = effect {
            self.repeats.insert(effect, (step, place));
        }
    }

    /// A step that is no agent's is called with what earlier steps gave, which may differ.
    fn compare_parameters(&mut self, envelope: &Envelope) {
        let Event::EffectFinished {
            id,
            outcome: EffectOutcome::Done(done),
            ..
        } = &envelope.event
        else {
            return;
        };
        let Some((step, place)) = self.repeats.get(id).filter(|_| self.parts_at.is_none()) else {
            return;
        };
        let Some(recorded) = self.original.at(step, *place) else {
            return;
        };
        let asked = match &recorded.outcome {
            Some(EffectOutcome::Done(done)) => done.asked,
            Some(EffectOutcome::Failed(_) | EffectOutcome::Stopped) | None => None,
        };
        if asked.is_some() && done.asked.is_some() && asked != done.asked {
            let shown = recorded.shown();
            self.parts_at = Some(parts(
                envelope.seq,
                step,
                *place,
                Some(shown.clone()),
                shown,
            ));
        }
    }

    /// Returns what was recorded for an effect, if it repeats one.
    pub(crate) fn answer(&self, effect: EffectId) -> Option<EffectOutcome> {
        if let Some((step, place)) = self.repeats.get(&effect) {
            return self.original.at(step, *place)?.outcome.clone();
        }
        // It was under way when the two parted.
        self.original.earlier.get(&effect).cloned().flatten()
    }

    /// Returns how somebody decided about the same thing in the other run when it was asked about for the same reason,
    /// as long as the two are the same: after that the same words of a command may do something else.
    pub(crate) fn decision(&self, asked: &Approval) -> Option<(bool, Option<String>)> {
        if self.parts_at.is_some() {
            return None;
        }
        let consent = consent_to(asked.subject, &asked.reason);
        self.original.decisions.get(&consent).cloned()
    }

    /// Forgets what was decided in the other run: it was decided elsewhere, by somebody else.
    pub(crate) fn without_decisions(mut self) -> Self {
        self.original.decisions.clear();
        self
    }

    /// Returns what the user answered an agent that asked the same in the other run.
    pub(crate) fn answer_to(&self, question: &Question) -> Option<String> {
        self.original.answers.get(&key_of(question)).cloned()
    }

    /// Returns where the two part, if they do.
    pub(crate) const fn parts_at(&self) -> Option<&PartsAt> {
        self.parts_at.as_ref()
    }

    /// Returns how many calls were answered from the log, and how many were made.
    pub(crate) const fn counts(&self) -> (u32, u32) {
        (self.repeated, self.made)
    }
}

fn parts(
    seq: Seq,
    step: &StepId,
    place: usize,
    recorded: Option<CallMade>,
    made: CallMade,
) -> PartsAt {
    PartsAt {
        seq,
        step: step.clone(),
        call: u32::try_from(place).unwrap_or(u32::MAX).saturating_add(1),
        recorded,
        made,
    }
}

fn effect_of(event: &Event) -> Option<EffectId> {
    match event {
        Event::EffectStarted { id, .. } => Some(*id),
        _ => None,
    }
}

/// Names a question by what it says: its key holds a name that each model chooses anew.
fn key_of(question: &Question) -> Digest {
    let choices: Vec<&str> = question
        .choices
        .iter()
        .map(|choice| choice.value.as_str())
        .collect();
    Digest::of(&(&question.text, choices))
}

/// Names what somebody is asked to agree to: what is to be done, and why it is asked about. Who agreed to it under one
/// rule has not agreed under another. The name that a model gave its call is no part of it.
fn consent_to(subject: Digest, reason: &ApprovalReason) -> Digest {
    let (kind, why) = match reason {
        ApprovalReason::Policy(because) => ("policy", because),
        ApprovalReason::InDoubt(what) => ("in-doubt", what),
        ApprovalReason::Tool { because, .. } => ("tool", because),
    };
    Digest::of(&(subject, kind, why))
}

/// A call, or a place at which a step ended, with what came of it.
#[derive(Debug, Clone)]
struct Recorded {
    key: Digest,
    seq: Seq,
    what: String,
    arguments: Value,
    /// `None` while it is under way, and for good where it is the end of a step.
    outcome: Option<EffectOutcome>,
    is_call: bool,
}

impl Recorded {
    /// Tells whether it is no call but the end of one attempt at the step.
    const fn is_mark(&self) -> bool {
        !self.is_call
    }

    fn shown(&self) -> CallMade {
        CallMade {
            seq: self.seq,
            what: self.what.clone(),
            arguments: self.arguments.clone(),
        }
    }
}

/// The calls of one log.
#[derive(Debug, Clone)]
struct Calls {
    behind: Seq,
    plan: Plan,
    steps: BTreeMap<StepId, Vec<Recorded>>,
    /// What the latest answer of each agent's model wishes for.
    wishes: BTreeMap<StepId, Vec<ToolCall>>,
    thinking: BTreeMap<EffectId, StepId>,
    under_way: BTreeMap<EffectId, (StepId, usize)>,
    /// Wishes that have a place: one that was stopped begins again at the same one.
    places: BTreeMap<(StepId, u16, String), usize>,
    /// Calls that were stopped and that are not a wish.
    stopped: BTreeMap<StepId, usize>,
    /// What came later of effects that were under way at the event.
    earlier: BTreeMap<EffectId, Option<EffectOutcome>>,
    subjects: BTreeMap<ApprovalId, Digest>,
    decisions: BTreeMap<Digest, (bool, Option<String>)>,
    questions: BTreeMap<QuestionId, Digest>,
    answers: BTreeMap<Digest, String>,
}

/// A call that begins, or the end of a step.
struct Heard {
    step: StepId,
    place: usize,
    is_new: bool,
}

impl Calls {
    fn behind(behind: Seq) -> Self {
        Self {
            behind,
            plan: Plan::default(),
            steps: BTreeMap::new(),
            wishes: BTreeMap::new(),
            thinking: BTreeMap::new(),
            under_way: BTreeMap::new(),
            places: BTreeMap::new(),
            stopped: BTreeMap::new(),
            earlier: BTreeMap::new(),
            subjects: BTreeMap::new(),
            decisions: BTreeMap::new(),
            questions: BTreeMap::new(),
            answers: BTreeMap::new(),
        }
    }

    fn at(&self, step: &StepId, place: usize) -> Option<&Recorded> {
        self.steps.get(step)?.get(place)
    }

    fn hear(&mut self, envelope: &Envelope) -> Option<Heard> {
        let seq = envelope.seq;
        match &envelope.event {
            Event::PlanGenerated { plan } => self.plan = (**plan).clone(),
            Event::EffectStarted {
                id,
                step,
                kind: EffectKind::Think { .. },
                ..
            } => {
                self.thinking.insert(*id, step.clone());
            }
            Event::EffectStarted { id, step, kind, .. } => {
                return self.began(*id, step, kind, seq);
            }
            Event::EffectFinished { id, outcome, .. } => self.finished(*id, outcome),
            Event::StepExecuted { step } if seq > self.behind => {
                return Some(self.mark(step, seq, "the end of the work"));
            }
            Event::StepFailed { step, .. } if seq > self.behind => {
                return Some(self.mark(step, seq, "a failure of the step"));
            }
            Event::ApprovalAsked {
                id,
                subject,
                reason,
                ..
            } => {
                self.subjects.insert(*id, consent_to(*subject, reason));
            }
            Event::ApprovalGiven { id, .. } => {
                if let Some(subject) = self.subjects.get(id) {
                    self.decisions.insert(*subject, (true, None));
                }
            }
            Event::ApprovalDenied { id, reason, .. } => {
                if let Some(subject) = self.subjects.get(id) {
                    self.decisions.insert(*subject, (false, reason.clone()));
                }
            }
            Event::ClarificationAsked { id, question } => {
                self.questions.insert(*id, key_of(question));
            }
            Event::ClarificationAnswered { id, answer, .. } => {
                if let Some(key) = self.questions.get(id) {
                    self.answers.insert(*key, answer.clone());
                }
            }
            _ => {}
        }
        None
    }

    fn began(&mut self, id: EffectId, step: &StepId, kind: &EffectKind, seq: Seq) -> Option<Heard> {
        let (what, arguments, wish) = match kind {
            // Reading on in an earlier result is a look at this log, not at the world.
            EffectKind::Act { skill, .. } if skill == SKILL => return None,
            EffectKind::Act {
                turn,
                call,
                skill,
                action,
            } => {
                let wishes = self.wishes.get(step);
                let wish = wishes.and_then(|wishes| wishes.iter().find(|wish| wish.id == *call));
                let arguments = wish.map(|wish| wish.arguments.clone());
                (
                    format!("{skill}.{action}"),
                    arguments.unwrap_or_default(),
                    Some((step.clone(), *turn, call.clone())),
                )
            }
            EffectKind::Prove { skill, action } => {
                let what = format!("the proof by {skill}.{action}");
                (what, Value::Null, None)
            }
            EffectKind::Call { .. } => {
                let known = self.plan.steps.iter().find(|known| known.id == *step)?;
                (
                    format!("{}.{}", known.skill, known.action),
                    known.params.clone(),
                    None,
                )
            }
            EffectKind::Commit { .. }
            | EffectKind::Check
            | EffectKind::Rerun { .. }
            | EffectKind::Restore { .. }
            | EffectKind::Think { .. } => return None,
        };
        if seq <= self.behind {
            self.earlier.insert(id, None);
            return None;
        }
        let again = match &wish {
            Some(wish) => self.places.get(wish).copied(),
            None => self.stopped.remove(step),
        };
        let calls = self.steps.entry(step.clone()).or_default();
        let place = again.unwrap_or_else(|| {
            calls.push(Recorded {
                key: Digest::of(&(&what, &arguments)),
                seq,
                what,
                arguments,
                outcome: None,
                is_call: true,
            });
            calls.len().saturating_sub(1)
        });
        if let Some(wish) = wish {
            self.places.insert(wish, place);
        }
        self.under_way.insert(id, (step.clone(), place));
        Some(Heard {
            step: step.clone(),
            place,
            is_new: again.is_none(),
        })
    }

    fn finished(&mut self, id: EffectId, outcome: &EffectOutcome) {
        if let Some(step) = self.thinking.remove(&id) {
            if let EffectOutcome::Done(done) = outcome
                && let Some(reply) = &done.reply
            {
                let wishes = reply.parts.iter().filter_map(|part| match part {
                    Part::ToolCall(call) => Some(call.clone()),
                    _ => None,
                });
                self.wishes.insert(step, wishes.collect());
            }
            return;
        }
        if let Some(earlier) = self.earlier.get_mut(&id) {
            *earlier = (*outcome != EffectOutcome::Stopped).then(|| outcome.clone());
            return;
        }
        let Some((step, place)) = self.under_way.remove(&id) else {
            return;
        };
        if *outcome == EffectOutcome::Stopped {
            let is_wish = self
                .places
                .iter()
                .any(|((of, ..), known)| *of == step && *known == place);
            if !is_wish {
                self.stopped.insert(step, place);
            }
            return;
        }
        let calls = self.steps.get_mut(&step);
        if let Some(call) = calls.and_then(|calls| calls.get_mut(place)) {
            call.outcome = Some(outcome.clone());
        }
    }

    fn mark(&mut self, step: &StepId, seq: Seq, what: &str) -> Heard {
        let calls = self.steps.entry(step.clone()).or_default();
        calls.push(Recorded {
            key: Digest::of(&json!(what)),
            seq,
            what: what.to_owned(),
            arguments: Value::Null,
            outcome: None,
            is_call: false,
        });
        Heard {
            step: step.clone(),
            place: calls.len().saturating_sub(1),
            is_new: true,
        }
    }
}

#[cfg(test)]
mod tests;
