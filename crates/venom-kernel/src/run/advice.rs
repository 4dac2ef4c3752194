//! Advice in a run: what a model is asked before there is a step, and what that may cost.

use super::evolve::{Evolved, ensure};
use super::{Machine, Phase, Refusal, RunState};
use crate::advice::{self, Advice, Ask, Considered, Heard, Topic};
use crate::budget::{Account, Amount, Basis};
use crate::effect::{Effect, Failure, FailureKind};
use crate::event::Event;
use crate::id::{EffectId, Seq};
use crate::model::Usage;

/// An answer of fewer tokens is not worth asking for. Chosen: an intent of one goal as JSON.
const SHORTEST_ANSWER: u64 = 256;

impl RunState {
    /// Tells whether an effect is a call for advice.
    pub(super) fn is_advice(&self, effect: EffectId) -> bool {
        self.advice.iter().any(|advice| advice.effect == effect)
    }

    /// Returns the calls for advice that are under way.
    pub(super) fn open_advice(&self) -> impl Iterator<Item = EffectId> {
        self.advice
            .iter()
            .filter(|advice| advice.heard.is_none())
            .map(|advice| advice.effect)
    }

    fn may_ask(&self, topic: Topic) -> Evolved {
        let fits = match self.phase {
            Phase::Understanding => !topic.is_plan(),
            Phase::Planning => topic.is_plan(),
            Phase::Empty | Phase::Asking | Phase::Executing | Phase::Finished => false,
        };
        ensure(fits, "nobody wants this advice now")
    }

    pub(super) fn advice_asked(&mut self, effect: EffectId, ask: &Ask, seq: Seq) -> Evolved {
        self.may_ask(ask.topic)?;
        ensure(
            effect.number() == self.last_effect.saturating_add(1),
            "effects must count up",
        )?;
        self.last_effect = effect.number();
        self.advice.push(Advice {
            effect,
            ask: ask.clone(),
            heard: None,
            seq,
        });
        Ok(())
    }

    pub(super) fn advice_forgone(&mut self, ask: &Ask, seq: Seq) -> Evolved {
        self.may_ask(ask.topic)?;
        let why = Failure::new(FailureKind::Refused, "the budget does not hold the answer");
        self.advice.push(Advice {
            // No effect has this number.
            effect: EffectId::new(0),
            ask: ask.clone(),
            heard: Some(Heard::Failed(why)),
            seq,
        });
        Ok(())
    }

    pub(super) fn advice_given(&mut self, effect: EffectId, heard: &Heard) -> Evolved {
        let advice = self
            .advice
            .iter_mut()
            .find(|advice| advice.effect == effect && advice.heard.is_none())
            .ok_or("nobody was asked")?;
        advice.heard = Some(heard.clone());
        Ok(())
    }
}

impl Machine {
    /// Asks models, as far as the budget holds their answers.
    pub(super) fn advice_wanted(&mut self, asks: Vec<Ask>) -> Result<(), Refusal> {
        let is_time = matches!(self.state.phase, Phase::Understanding | Phase::Planning);
        if !is_time || self.state.open_advice().next().is_some() {
            return Err(Refusal::Untimely);
        }
        // A run that rests asks when it goes on.
        if self.state.paused || self.state.cancelled.is_some() {
            return Ok(());
        }
        for ask in asks {
            self.ask_for_advice(ask)?;
        }
        if self.state.open_advice().next().is_none() {
            self.go_on_advised();
        }
        Ok(())
    }

    fn ask_for_advice(&mut self, ask: Ask) -> Result<(), Refusal> {
        let cause = Some(self.state.seq);
        let model = &ask.selected;
        let prompt = ask.prompt();
        let left = self
            .state
            .budget
            .left_for(&Account::run(), Some(&model.model));
        let wanted = u64::from(ask.answer.min(model.max_output).max(1));
        let mut answer = wanted;
        if let Some(money) = left.money {
            let reading = model.price.most(prompt, 0).micros();
            let rest = u128::from(money.micros().saturating_sub(reading));
            let price = u128::from(model.price.output.micros());
            if let Some(most) = (rest * 1_000_000).checked_div(price) {
                answer = answer.min(u64::try_from(most).unwrap_or(u64::MAX));
            }
        }
        let most = Amount {
            money: model.price.most(prompt, answer),
            tokens: prompt.saturating_add(answer),
        };
        if answer < wanted.min(SHORTEST_ANSWER) || !left.holds(most) {
            let because = format!(
                "{} is spent, and an answer of {} about {} does not fit into what is left",
                self.state.budget.spent().money,
                model.model,
                ask.topic.words()
            );
            let ask = Box::new(ask);
            self.emit(Event::AdviceForgone { ask, because }, cause)?;
            return Ok(());
        }
        let effect = EffectId::new(self.state.last_effect.saturating_add(1));
        let model = model.model.clone();
        let asked = Event::AdviceAsked {
            effect,
            ask: Box::new(ask.clone()),
        };
        let seq = self.emit(asked, cause)?;
        if let Some(step) = advice::step() {
            let reserved = Event::BudgetReserved {
                effect,
                step,
                model,
                most,
            };
            self.emit(reserved, Some(seq))?;
        }
        self.order(Effect::Advise {
            effect,
            ask: Box::new(ask),
            answer: u32::try_from(answer).unwrap_or(u32::MAX),
            windows: self.state.budget.windows().collect(),
        });
        Ok(())
    }

    /// A model said something, or did not.
    pub(super) fn advised(
        &mut self,
        effect: EffectId,
        heard: Heard,
        usage: Usage,
        basis: Basis,
    ) -> Result<(), Refusal> {
        let (model, asked) = self
            .state
            .advice
            .iter()
            .find(|advice| advice.effect == effect && advice.heard.is_none())
            .map(|advice| (advice.ask.selected.clone(), advice.seq))
            .ok_or(Refusal::NoSuchEffect(effect))?;
        let given = Event::AdviceGiven { effect, heard };
        let seq = self.emit(given, Some(asked))?;
        let settled =
            advice::step().and_then(|step| self.settlement(effect, &step, &model, usage, basis));
        if let Some(settled) = settled {
            self.emit(settled, Some(seq))?;
        }
        if self.state.open_advice().next().is_some() {
            return Ok(());
        }
        if self.state.cancelled.is_some() {
            return self.schedule();
        }
        if !self.state.paused {
            self.go_on_advised();
        }
        Ok(())
    }

    pub(super) fn plans_compared(&mut self, considered: Vec<Considered>) -> Result<(), Refusal> {
        self.in_phase(Phase::Planning)?;
        let cause = Some(self.state.seq);
        self.emit(Event::PlansCompared { considered }, cause)?;
        self.order(Effect::MakePlan);
        Ok(())
    }

    fn go_on_advised(&mut self) {
        match self.state.phase {
            Phase::Understanding => self.order(Effect::Understand),
            Phase::Planning => self.order(Effect::MakePlan),
            Phase::Empty | Phase::Asking | Phase::Executing | Phase::Finished => {}
        }
    }

    /// A run is taken up again: what models were asked then, nobody hears the answer of. What was
    /// reserved for it counts as spent.
    pub(super) fn give_up_advice(&mut self) -> Result<(), Refusal> {
        let open: Vec<(EffectId, Seq)> = self
            .state
            .advice
            .iter()
            .filter(|advice| advice.heard.is_none())
            .map(|advice| (advice.effect, advice.seq))
            .collect();
        for (effect, asked) in open {
            let cause = match advice::step() {
                Some(step) => self.settle_unheard(effect, step, asked)?,
                None => asked,
            };
            let given = Event::AdviceGiven {
                effect,
                heard: Heard::Stopped,
            };
            self.emit(given, Some(cause))?;
        }
        Ok(())
    }
}
