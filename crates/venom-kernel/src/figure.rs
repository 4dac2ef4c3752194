//! Figures: what events add to the counts that whoever runs VENOM watches.
//!
//! A figure is a count of something under at most two labels. Each follows from one event and from the
//! state before it, so that all counts can be thrown away and counted again. A fork begins with the
//! events of another run, which were counted there: what they added is taken out again.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::effect::{EffectKind, EffectOutcome, FailureKind};
use crate::event::{Envelope, Event, Outcome, StepFailure};
use crate::evidence::Verdict;
use crate::model::Usage;
use crate::plan::Step;
use crate::policy::Ruling;
use crate::relay;
use crate::run::{RunState, StepState};
use crate::time::{Millis, Timestamp};

/// Upper ends of the ranges that times are sorted into, in milliseconds: those of the seed.
pub const RANGES: [u64; 6] = [100, 500, 1_000, 2_000, 5_000, 10_000];
/// What stands for a model or a skill where there is none.
pub const NONE: &str = "none";
/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// Runs that ended; by outcome.
    Runs,
    /// Steps that came to their end; by outcome.
    Steps,
    /// Calls that were done; by model and skill.
    Done,
    /// Milliseconds of calls that were done; by model and skill.
    Took,
    /// Calls that took at most the milliseconds of a range; by model and skill.
    Within(u64),
    /// What failed; by type.
    Errors,
    /// Micro-dollars; by model.
    Cost,
    /// Tokens; by model and kind.
    Tokens,
    /// Commands; by the tier that they ran in.
    Commands,
    /// What rules did not let happen; by what it was.
    Refused,
    /// Micro-dollars of relayed calls; by day since 1970 and by who asked.
    Relayed,
}

impl Measure {
    const NAMED: [(Self, &'static str); 10] = [
        (Self::Runs, "runs"),
        (Self::Steps, "steps"),
        (Self::Done, "done"),
        (Self::Took, "took"),
        (Self::Errors, "errors"),
        (Self::Cost, "cost"),
        (Self::Tokens, "tokens"),
        (Self::Commands, "commands"),
        (Self::Refused, "refused"),
        (Self::Relayed, "relayed"),
    ];
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Within(range) = self {
            return write!(f, "within-{range}");
        }
        let name = Self::NAMED.iter().find(|(measure, _)| measure == self);
        f.write_str(name.map_or("", |(_, name)| name))
    }
}

/// The reason why a text is no measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no such measure")]
pub struct NoMeasure;

impl FromStr for Measure {
    type Err = NoMeasure;

    fn from_str(text: &str) -> Result<Self, NoMeasure> {
        if let Some(range) = text.strip_prefix("within-") {
            let range = range.parse().map_err(|_no_number| NoMeasure)?;
            return Ok(Self::Within(range));
        }
        let found = Self::NAMED.iter().find(|(_, name)| *name == text);
        found.map(|(measure, _)| *measure).ok_or(NoMeasure)
    }
}

/// What is counted, with its labels.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label {
    /// What is counted.
    pub measure: Measure,
    /// The first label.
    pub first: String,
    /// The second label; empty where there is only one.
    pub second: String,
}

/// A change of a count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// What is counted.
    pub label: Label,
    /// By how much it changes.
    pub by: i64,
}

/// What a run added to the counts so far.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally(BTreeMap<Label, i64>);

impl Tally {
    /// Says what an event adds; `before` is the state of its run before it. What a fork took over from
    /// another run is taken out again.
    pub fn add(&mut self, before: &RunState, envelope: &Envelope) -> Vec<Figure> {
        if let Event::Forked { .. } = envelope.event {
            return std::mem::take(&mut self.0)
                .into_iter()
                .map(|(label, sum)| Figure { label, by: -sum })
                .collect();
        }
        let figures = figures(before, &envelope.event, envelope.time);
        for figure in &figures {
            let sum = self.0.entry(figure.label.clone()).or_default();
            *sum = sum.saturating_add(figure.by);
        }
        figures
    }
}

/// Says what an event adds.
fn figures(before: &RunState, event: &Event, time: Timestamp) -> Vec<Figure> {
    let one = |measure, first: &str| vec![figure(measure, first, "", 1)];
    if let Event::RunFinished { outcome } = event {
        return one(Measure::Runs, ended(outcome));
    }
    if let Event::StepVerified { checks, .. } = event {
        let is_proven = checks.iter().all(|judged| judged.verdict == Verdict::Held);
        return one(
            Measure::Steps,
            if is_proven { "verified" } else { "unproven" },
        );
    }
    if let Event::StepSkipped { .. } = event {
        return one(Measure::Steps, "skipped");
    }
    if let Event::StepFailed { why, retry_in, .. } = event {
        let mut figures = Vec::new();
        if let Some(kind) = failed(why) {
            figures.push(figure(Measure::Errors, kind, "", 1));
        }
        let outcome = if retry_in.is_some() {
            "retried"
        } else {
            "failed"
        };
        figures.push(figure(Measure::Steps, outcome, "", 1));
        return figures;
    }
    if let Event::ToolRefused { .. } = event {
        return one(Measure::Refused, "tool");
    }
    if let Event::PolicyDecided { host, ruling, .. } = event
        && *ruling == Ruling::Deny
    {
        let what = if host.is_some() { "host" } else { "step" };
        return one(Measure::Refused, what);
    }
    if let Event::BudgetSettled {
        step, took, usage, ..
    } = event
    {
        let Some((step, state)) = of(before, step) else {
            return Vec::new();
        };
        let model = model(step, state).unwrap_or_else(|| NONE.to_owned());
        let micros = amount(took.money.micros());
        let mut figures = vec![figure(Measure::Cost, &model, "", micros)];
        figures.extend(tokens(&model, *usage));
        if let Some(by) = relay::asker_of(step) {
            let day = time.micros().div_euclid(DAY).to_string();
            figures.push(figure(Measure::Relayed, &day, by, micros));
        }
        return figures;
    }
    if let Event::EffectFinished {
        id,
        outcome,
        receipt,
    } = event
    {
        let Some((_, open)) = before.open_effects().find(|(open, _)| open == id) else {
            return Vec::new();
        };
        let Some((step, state)) = before.steps().nth(open.step) else {
            return Vec::new();
        };
        let mut figures = Vec::new();
        let mut receipt = receipt.as_deref();
        match outcome {
            EffectOutcome::Done(done) => {
                receipt = receipt.or(done.receipt.as_deref());
                if let Some((model, skill)) = called(&open.kind, step, state) {
                    figures.extend(timed(&model, skill, done.took));
                }
            }
            EffectOutcome::Failed(failure) => {
                figures.push(figure(Measure::Errors, word(failure.kind), "", 1));
            }
            EffectOutcome::Stopped => {}
        }
        if let Some(receipt) = receipt {
            let commands = i64::from(receipt.commands);
            figures.push(figure(Measure::Commands, receipt.tier.name(), "", commands));
        }
        return figures;
    }
    Vec::new()
}

fn figure(measure: Measure, first: &str, second: &str, by: i64) -> Figure {
    let label = Label {
        measure,
        first: first.to_owned(),
        second: second.to_owned(),
    };
    Figure { label, by }
}

fn amount(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn of<'a>(state: &'a RunState, id: &crate::id::StepId) -> Option<(&'a Step, &'a StepState)> {
    state.steps().find(|(step, _)| step.id == *id)
}

/// Returns the model that is asked for a step.
fn model(step: &Step, state: &StepState) -> Option<String> {
    let agent = state.agent.as_ref().map(|agent| &agent.model().model);
    agent
        .cloned()
        .or_else(|| relay::model_of(step))
        .map(|model| model.to_string())
}

/// Returns model and skill of an effect, if it is a call.
fn called<'a>(
    kind: &'a EffectKind,
    step: &'a Step,
    state: &StepState,
) -> Option<(String, &'a str)> {
    let none = || NONE.to_owned();
    match kind {
        EffectKind::Call { .. } => {
            let model = relay::model_of(step).map_or_else(none, |model| model.to_string());
            Some((model, step.skill.as_str()))
        }
        EffectKind::Think { .. } => {
            let model = model(step, state).unwrap_or_else(none);
            Some((model, step.skill.as_str()))
        }
        EffectKind::Act { skill, .. } | EffectKind::Prove { skill, .. } => {
            Some((none(), skill.as_str()))
        }
        EffectKind::Commit { .. }
        | EffectKind::Check
        | EffectKind::Rerun { .. }
        | EffectKind::Restore { .. } => None,
    }
}

fn timed(model: &str, skill: &str, took: Millis) -> Vec<Figure> {
    let mut figures = vec![
        figure(Measure::Done, model, skill, 1),
        figure(Measure::Took, model, skill, amount(took.get())),
    ];
    let within = RANGES.into_iter().filter(|range| took.get() <= *range);
    figures.extend(within.map(|range| figure(Measure::Within(range), model, skill, 1)));
    figures
}

fn tokens(model: &str, usage: Usage) -> impl Iterator<Item = Figure> {
    [
        ("input", usage.input),
        ("output", usage.output),
        ("cache-read", usage.cache_read),
        ("cache-write", usage.cache_write),
    ]
    .into_iter()
    .filter(|(_, tokens)| *tokens > 0)
    .map(move |(kind, tokens)| figure(Measure::Tokens, model, kind, amount(tokens)))
}

const fn ended(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Succeeded => "succeeded",
        Outcome::Partial => "partial",
        Outcome::Failed => "failed",
        Outcome::Planned => "planned",
        Outcome::Unplannable(_) => "unplannable",
        Outcome::OutOfScope => "out-of-scope",
        Outcome::Unclear => "unclear",
        Outcome::Cancelled => "cancelled",
    }
}

/// The type of a failure that is no failure of an effect, which was counted when the effect ended.
const fn failed(why: &StepFailure) -> Option<&'static str> {
    match why {
        StepFailure::Effect(_) => None,
        StepFailure::Checks(_) => Some("checks"),
        StepFailure::Conflict(_) => Some("conflict"),
        StepFailure::Denied(_) => Some("denied"),
        StepFailure::InDoubt => Some("in-doubt"),
        StepFailure::OutOfTime => Some("out-of-time"),
        StepFailure::Budget(_) => Some("budget"),
    }
}

/// Returns the type of a failure, as it stands in figures.
pub const fn word(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Retryable => "retryable",
        FailureKind::Refused => "refused",
        FailureKind::Missing => "missing",
        FailureKind::Conflict => "conflict",
        FailureKind::Corrupt => "corrupt",
        FailureKind::Unavailable => "unavailable",
        FailureKind::TimedOut => "timed-out",
        FailureKind::Internal => "internal",
    }
}

#[cfg(test)]
mod tests;
