//! Projections over the log in memory: folded anew for each question, which is slow and plain.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use venom_kernel::budget::Amount;
use venom_kernel::digest::Digest;
use venom_kernel::effect::{EffectKind, EffectOutcome};
use venom_kernel::event::{Envelope, Event};
use venom_kernel::figure::{Label, Tally};
use venom_kernel::id::{EffectId, RunId};
use venom_kernel::model::ModelId;
use venom_kernel::preference::{self, Memory};
use venom_kernel::route::{self, Lesson, Record};
use venom_kernel::run::{Phase, RunState, StepStatus};
use venom_kernel::time::{Millis, Timestamp};
use venom_ports::Result;
use venom_ports::projection::{Counts, Projections, RunRow, RunStatus, Spending};

use super::MemoryLog;

/// Projections over a [`MemoryLog`].
#[derive(Debug)]
pub struct MemoryProjections {
    log: Arc<MemoryLog>,
}

impl MemoryProjections {
    /// Makes projections of a log.
    pub const fn new(log: Arc<MemoryLog>) -> Self {
        Self { log }
    }

    fn rows(&self) -> Vec<RunRow> {
        let all = self.log.everything();
        let mut rows: Vec<RunRow> = self
            .log
            .runs()
            .into_iter()
            .filter_map(|run| row(all.iter().filter(|envelope| envelope.run == run)))
            .collect();
        rows.sort_by_key(|row| std::cmp::Reverse((row.started, row.run)));
        rows
    }

    fn remembered(&self) -> Vec<Memory> {
        let mut states = std::collections::BTreeMap::<RunId, RunState>::new();
        let mut memories = Vec::new();
        for envelope in &self.log.everything() {
            let state = states.entry(envelope.run).or_default();
            memories.extend(preference::memory(state, envelope));
            // These events were all accepted once.
            let _accepted = state.evolve(&envelope.event);
        }
        memories
    }

    /// What events taught about models, in the order of the log.
    fn learnt(&self) -> Vec<(RunId, Timestamp, Lesson)> {
        let mut states = BTreeMap::<RunId, RunState>::new();
        let mut learnt = Vec::new();
        for envelope in &self.log.everything() {
            let state = states.entry(envelope.run).or_default();
            let lessons = route::lessons(state, &envelope.event);
            learnt.retain(|(run, _, earlier): &(RunId, Timestamp, Lesson)| {
                *run != envelope.run || !lessons.iter().any(|lesson| lesson.replaces(earlier))
            });
            learnt.extend(
                lessons
                    .into_iter()
                    .map(|one| (envelope.run, envelope.time, one)),
            );
            if matches!(envelope.event, Event::Forked { .. }) {
                learnt.retain(|(run, ..)| *run != envelope.run);
            }
            // These events were all accepted once.
            let _accepted = state.evolve(&envelope.event);
        }
        learnt
    }

    /// What calls of models took or may take, in the order in which that was reserved.
    fn paid(&self) -> Vec<Paid> {
        let mut paid: Vec<Paid> = Vec::new();
        for envelope in &self.log.everything() {
            match &envelope.event {
                Event::BudgetReserved { effect, most, .. } => paid.push(Paid {
                    run: envelope.run,
                    effect: *effect,
                    at: envelope.time,
                    amount: *most,
                }),
                Event::BudgetSettled { effect, took, .. } => {
                    for one in &mut paid {
                        if one.run == envelope.run && one.effect == *effect {
                            one.amount = *took;
                        }
                    }
                }
                Event::Forked { .. } => paid.retain(|one| one.run != envelope.run),
                _ => {}
            }
        }
        paid
    }

    /// What is counted over all runs.
    fn counted(&self) -> Counts {
        let mut states = std::collections::BTreeMap::<RunId, (RunState, Tally)>::new();
        let mut sums = std::collections::BTreeMap::<Label, i64>::new();
        for envelope in &self.log.everything() {
            let (state, tally) = states.entry(envelope.run).or_default();
            for figure in tally.add(state, envelope) {
                *sums.entry(figure.label).or_default() += figure.by;
            }
            // These events were all accepted once.
            let _accepted = state.evolve(&envelope.event);
        }
        let mut counts = Counts {
            sums: sums
                .into_iter()
                .filter_map(|(label, sum)| Some((label, u64::try_from(sum).ok()?)))
                .filter(|(_, sum)| *sum > 0)
                .collect(),
            ..Counts::default()
        };
        for row in self.rows() {
            if row.status == RunStatus::Finished {
                continue;
            }
            *counts.runs.entry(row.status).or_default() += 1;
            let steps = states
                .get(&row.run)
                .into_iter()
                .flat_map(|(state, _)| state.steps());
            for (_, step) in steps {
                match step.status {
                    StepStatus::Running(_) => counts.running += 1,
                    StepStatus::Ready => counts.ready += 1,
                    _ => {}
                }
            }
        }
        counts
    }

    /// Skill, action and time of each call that was done, oldest first.
    fn calls(&self) -> Vec<(String, String, Millis)> {
        let all = self.log.everything();
        let mut states = std::collections::BTreeMap::<RunId, RunState>::new();
        let mut calls = Vec::new();
        for envelope in &all {
            let state = states.entry(envelope.run).or_default();
            if let Event::EffectFinished {
                id,
                outcome: EffectOutcome::Done(done),
                ..
            } = &envelope.event
                && let Some((_, effect)) = state.open_effects().find(|(open, _)| open == id)
                && matches!(effect.kind, EffectKind::Call { .. })
                && let Some(step) = state.plan().steps.get(effect.step)
            {
                calls.push((step.skill.clone(), step.action.clone(), done.took));
            }
            // These events were all accepted once.
            let _accepted = state.evolve(&envelope.event);
        }
        calls
    }
}

/// A call of a model with what it took or may take.
struct Paid {
    run: RunId,
    effect: EffectId,
    at: Timestamp,
    amount: Amount,
}

fn row<'a>(events: impl Iterator<Item = &'a Envelope>) -> Option<RunRow> {
    let events: Vec<&Envelope> = events.collect();
    let (first, last) = (events.first()?, events.last()?);
    let state = RunState::fold(events.iter().map(|envelope| &envelope.event)).ok()?;
    let started = state.started()?;
    let status = match state.phase() {
        Phase::Finished => RunStatus::Finished,
        _ if state.is_paused() => RunStatus::Paused,
        _ if state.waits_for_person() => RunStatus::Waiting,
        _ => RunStatus::Active,
    };
    Some(RunRow {
        run: first.run,
        goal: started
            .goal
            .trim()
            .lines()
            .next()
            .unwrap_or_default()
            .chars()
            .take(200)
            .collect(),
        workspace: started.workspace.root.clone(),
        started: first.time,
        updated: last.time,
        seq: last.seq,
        status,
        outcome: state.outcome().cloned(),
    })
}

#[async_trait]
impl Projections for MemoryProjections {
    async fn runs(&self, limit: usize) -> Result<Vec<RunRow>> {
        let mut rows = self.rows();
        rows.truncate(limit);
        Ok(rows)
    }

    async fn runs_before(&self, before: RunId, limit: usize) -> Result<Vec<RunRow>> {
        let mut rows = self.rows();
        rows.retain(|row| row.run < before);
        rows.sort_by_key(|row| std::cmp::Reverse(row.run));
        rows.truncate(limit);
        Ok(rows)
    }

    async fn find(&self, prefix: &str) -> Result<Vec<RunId>> {
        let fits = |run: &RunId| {
            let text = run.to_string();
            text.starts_with(prefix)
                || text
                    .strip_prefix("run_")
                    .is_some_and(|digits| digits.starts_with(prefix))
        };
        Ok(self
            .rows()
            .into_iter()
            .map(|row| row.run)
            .filter(fits)
            .take(2)
            .collect())
    }

    async fn durations(&self, skill: &str, action: &str, limit: usize) -> Result<Vec<Millis>> {
        let calls = self.calls();
        let fitting = calls
            .into_iter()
            .rev()
            .filter(|(s, a, _)| s == skill && a == action);
        Ok(fitting.map(|(_, _, took)| took).take(limit).collect())
    }

    async fn memories(&self) -> Result<Vec<Memory>> {
        Ok(self.remembered())
    }

    async fn records(&self) -> Result<BTreeMap<ModelId, Record>> {
        let mut records: BTreeMap<ModelId, Record> = BTreeMap::new();
        for (_, at, lesson) in self.learnt() {
            let record = records.entry(lesson.model.clone()).or_default();
            record.learn(&lesson, at);
        }
        Ok(records)
    }

    async fn spent(&self, spending: &Spending) -> Result<Amount> {
        let calls = self.paid();
        let last = spending
            .up_to
            .and_then(|call| {
                calls
                    .iter()
                    .position(|paid| (paid.run, paid.effect) == call)
            })
            .unwrap_or(usize::MAX);
        Ok(calls
            .iter()
            .enumerate()
            .filter(|(at, paid)| {
                *at <= last && paid.at >= spending.since && Some(paid.run) != spending.besides
            })
            .fold(Amount::ZERO, |sum, (_, paid)| sum.plus(paid.amount)))
    }

    async fn counts(&self) -> Result<Counts> {
        Ok(self.counted())
    }

    async fn rebuild(&self) -> Result<Digest> {
        self.digest().await
    }

    async fn digest(&self) -> Result<Digest> {
        let learnt: Vec<_> = self.learnt();
        let paid: Vec<_> = self
            .paid()
            .iter()
            .map(|paid| (paid.run, paid.effect, paid.amount))
            .collect();
        Ok(Digest::of(&(
            self.rows(),
            self.calls(),
            self.remembered(),
            learnt,
            paid,
        )))
    }
}
