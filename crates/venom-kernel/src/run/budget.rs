//! The budget in a run: caps that are met, and what calls of models took.
//!
//! What other runs spend in the same day or month is not known here. It is counted outside: before the
//! first call, again when a cap of a day or month is met, and by whoever makes a call, who looks once
//! more when the reservation stands in the log. There reservations have one order over all runs and all
//! processes, and one that does not fit behind those before it is withdrawn and comes back here.

use super::agent::NextQuestion;
use super::{Machine, Refusal};
use crate::agent::Selected;
use crate::budget::{Account, Amount, Basis, Cap, Counted, Key, Over, Unit, Window};
use crate::effect::{Effect, EffectKind, EffectOutcome};
use crate::event::{Event, StepFailure};
use crate::id::{EffectId, QuestionId, Seq, StepId};
use crate::intent::{Choice, Question};
use crate::model::Usage;
use crate::money::MicroUsd;

/// The beginning of the key of a question whether a budget may be larger.
const KEY: &str = "budget/";
/// The answer that ends the work.
const STOP: &str = "stop";
/// The most that is written down of a count that cannot be. Chosen: far above any, and exact in every
/// reader of JSON.
const LARGEST: u64 = 1 << 50;

/// Tells whether a question is about a larger budget.
pub fn is_about_budget(question: &Question) -> bool {
    capped(question).is_some()
}

/// Returns the step that waits for a larger budget, if a question is about that.
pub(super) fn capped(question: &Question) -> Option<StepId> {
    let rest = question.key.strip_prefix(KEY)?;
    let (step, _number) = rest.rsplit_once('/')?;
    step.parse().ok()
}

impl Machine {
    /// Writes down what was counted; what has no cap here is left out. Returns the last event.
    pub(super) fn note_counted(
        &mut self,
        step: &StepId,
        effect: Option<EffectId>,
        counted: &[Counted],
        mut cause: Seq,
    ) -> Result<Seq, Refusal> {
        let windows: Vec<Window> = self
            .state
            .budget
            .windows()
            .map(|(window, _)| window)
            .collect();
        for one in counted.iter().filter(|one| windows.contains(&one.window)) {
            let event = Event::BudgetCounted {
                step: step.clone(),
                window: one.window,
                since: one.since,
                elsewhere: one.elsewhere,
                effect,
            };
            cause = self.emit(event, Some(cause))?;
        }
        Ok(cause)
    }

    /// It was counted what other runs have spent: a call was withdrawn for it, or is decided about now.
    pub(super) fn counted(
        &mut self,
        id: &StepId,
        effect: Option<EffectId>,
        counted: &[Counted],
    ) -> Result<(), Refusal> {
        let since = self
            .state
            .step(id)
            .filter(|state| state.agent.is_some())
            .map(|state| state.since)
            .ok_or_else(|| Refusal::NoSuchStep(id.clone()))?;
        let cause = match effect {
            Some(effect) => self
                .state
                .effects
                .get(&effect)
                .filter(|open| matches!(open.kind, EffectKind::Think { .. }))
                .map(|open| open.started)
                .ok_or(Refusal::NoSuchEffect(effect))?,
            None => since,
        };
        let mut seq = self.note_counted(id, effect, counted, cause)?;
        if let Some(effect) = effect {
            let finished = Event::EffectFinished {
                id: effect,
                outcome: EffectOutcome::Stopped,
                receipt: None,
            };
            seq = self.emit(finished, Some(seq))?;
            let settled = Event::BudgetSettled {
                effect,
                step: id.clone(),
                took: Amount::ZERO,
                usage: Usage::default(),
                basis: Basis::Told,
            };
            seq = self.emit(settled, Some(seq))?;
        }
        self.is_counted = true;
        let advanced = self.advance(id, seq);
        self.is_counted = false;
        advanced?;
        self.schedule()
    }

    /// The budget does not hold the next answer: what others spent is counted again, somebody is asked,
    /// or the work ends.
    pub(super) fn met_cap(
        &mut self,
        id: &StepId,
        question: &NextQuestion,
        cause: Seq,
    ) -> Result<(), Refusal> {
        let over = self.over(question);
        if let Some(Over {
            cap: Cap::Window(_),
            ..
        }) = over
            && !self.is_counted
        {
            // A new day may have begun, and others may have settled for less.
            let windows = self.state.budget.windows().map(|(window, _)| window);
            let windows = windows.collect();
            self.order(Effect::Count {
                step: id.clone(),
                windows,
            });
            return Ok(());
        }
        let asks = self
            .state
            .started
            .as_ref()
            .is_some_and(|started| started.options.asks_budget);
        match over {
            Some(over) if asks => self.ask_for_more(id, &over, cause),
            Some(over) => self.out_of_budget(id, &over.to_string(), cause),
            None => {
                let spent = self.state.budget.spent().money;
                let why = format!(
                    "{spent} is spent, and the next answer of {} may take up to {}",
                    question.model, question.least.money
                );
                self.out_of_budget(id, &why, cause)
            }
        }
    }

    fn over(&self, question: &NextQuestion) -> Option<Over> {
        let budget = &self.state.budget;
        budget.over(&Account::run(), &question.model, question.least)
    }

    fn out_of_budget(&mut self, id: &StepId, why: &str, cause: Seq) -> Result<(), Refusal> {
        self.fail(id, StepFailure::Budget(why.to_owned()), Some(cause))
    }

    fn ask_for_more(&mut self, id: &StepId, over: &Over, cause: Seq) -> Result<(), Refusal> {
        let number = self.state.questions.len().saturating_add(1);
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        // Twice as much, and room for four more answers at least.
        let room = over.limit.saturating_add(over.wanted.saturating_mul(4));
        let more = room.max(over.limit.saturating_mul(2));
        let (value, label) = match over.unit {
            Unit::Money => {
                let dollars = MicroUsd::new(more).to_string();
                let value = dollars.trim_start_matches('$').to_owned();
                (value, format!("{dollars} in all"))
            }
            Unit::Tokens => (more.to_string(), format!("{more} tokens in all")),
        };
        let question = Question {
            key: format!("{KEY}{id}/{number}"),
            text: format!("{over}. How much may it be in all?"),
            choices: vec![
                Choice { value, label },
                Choice {
                    value: STOP.to_owned(),
                    label: "Stop here".to_owned(),
                },
            ],
        };
        let question_id = QuestionId::new(number);
        let asked = Event::ClarificationAsked {
            id: question_id,
            question,
        };
        self.emit(asked, Some(cause))?;
        self.order(Effect::Ask(question_id));
        Ok(())
    }

    /// Somebody said how large a budget may be. What is no amount and no wish to stop is asked again.
    pub(super) fn raise(
        &mut self,
        id: &StepId,
        question: QuestionId,
        answer: String,
        by: String,
    ) -> Result<(), Refusal> {
        let said = answer.trim().to_lowercase();
        let answered = Event::ClarificationAnswered {
            id: question,
            answer,
            by: by.clone(),
        };
        let mut seq = self.emit(answered, None)?;
        let over = self
            .next_question(id)
            .and_then(|question| self.over(&question));
        if [STOP, "no", "n"].contains(&said.as_str()) {
            let why = over.map_or_else(|| format!("{by} said so"), |over| over.to_string());
            self.out_of_budget(id, &why, seq)?;
            return self.schedule();
        }
        if let Some(over) = over {
            let most = match over.unit {
                Unit::Money => said.parse::<MicroUsd>().ok().map(MicroUsd::micros),
                Unit::Tokens => said.trim_end_matches("tokens").trim().parse().ok(),
            };
            if let Some(most) = most {
                let caps = self.state.budget.caps(&over.cap).with(over.unit, most);
                let limited = Event::BudgetLimited {
                    cap: over.cap,
                    caps,
                    by,
                };
                seq = self.emit(limited, Some(seq))?;
            }
        }
        // Somebody has just decided about what is known: that is not counted again.
        self.is_counted = true;
        let advanced = self.advance(id, seq);
        self.is_counted = false;
        advanced?;
        self.schedule()
    }

    /// Says what a call took, if something is reserved for it. A provider's count that no call can have
    /// is not believed: what was reserved counts, and what was said stands beside it.
    pub(super) fn settlement(
        &self,
        id: EffectId,
        step: &StepId,
        model: &Selected,
        usage: Usage,
        basis: Basis,
    ) -> Option<Event> {
        let key = Key::of(id, 1);
        let (_, most) = self.state.budget.open().find(|(open, _)| **open == key)?;
        let by_price = Amount::new(model.price.of(usage), usage.tokens());
        let (took, basis) = match basis {
            Basis::Told if is_absurd(usage, model, most) => (most, Basis::Reserved),
            Basis::Told => (by_price, Basis::Told),
            // An estimate is not worth more than what was thought to be the most.
            Basis::Heard => (by_price.minus(by_price.minus(most)), Basis::Heard),
            Basis::Reserved => (most, Basis::Reserved),
        };
        let bounded = |tokens: u64| tokens.min(LARGEST);
        Some(Event::BudgetSettled {
            effect: id,
            step: step.clone(),
            took,
            usage: Usage {
                input: bounded(usage.input),
                output: bounded(usage.output),
                cache_read: bounded(usage.cache_read),
                cache_write: bounded(usage.cache_write),
                thinking: bounded(usage.thinking),
            },
            basis,
        })
    }

    /// Settles a call whose end nobody heard, if something is reserved for it: all of that counts as spent.
    /// Returns the last event.
    pub(super) fn settle_unheard(
        &mut self,
        effect: EffectId,
        step: StepId,
        cause: Seq,
    ) -> Result<Seq, Refusal> {
        let key = Key::of(effect, 1);
        let Some((_, took)) = self.state.budget.open().find(|(open, _)| **open == key) else {
            return Ok(cause);
        };
        let settled = Event::BudgetSettled {
            effect,
            step,
            took,
            usage: Usage::default(),
            basis: Basis::Told,
        };
        self.emit(settled, Some(cause))
    }
}

/// Tells whether a count cannot be. No call reads or produces more than the context has room for, nor
/// much more than was thought to be the most. Chosen: twice either, because a context may be larger than
/// the catalogue knows and tokens are estimated.
fn is_absurd(usage: Usage, model: &Selected, most: Amount) -> bool {
    usage.tokens() > model.context.max(most.tokens).saturating_mul(2)
}
