//! Folding what events say about money: the books of a run.

use super::{Evolved, ensure};
use crate::budget::{Account, Amount, Basis, Cap, Caps, Key, Ledger, Refusal};
use crate::event::{Event, Otherwise, RunOptions};
use crate::model::Usage;
use crate::run::RunState;

/// Makes the books of a run that begins. What its day and its month have seen is counted later.
pub(super) fn open(options: &RunOptions) -> Ledger {
    let allowance = &options.budget;
    let mut ledger = Ledger::new(Caps {
        money: options.max_cost.or(allowance.run.money),
        tokens: allowance.run.tokens,
    });
    for (model, caps) in &allowance.models {
        ledger.limit_model(model.clone(), *caps);
    }
    for (window, caps) in allowance.windows() {
        ledger.open_window(window, caps, Amount::ZERO);
    }
    ledger
}

impl RunState {
    /// Takes up what a fork does in another way.
    pub(super) fn go_otherwise(&mut self, otherwise: &Otherwise) -> Evolved {
        if let Some(started) = &mut self.started {
            if otherwise.model.is_some() {
                started.options.model.clone_from(&otherwise.model);
            }
            started.options.max_cost = otherwise.max_cost.or(started.options.max_cost);
        }
        if otherwise.max_cost.is_some() {
            let cap = Cap::Account(Account::run());
            let caps = Caps {
                money: otherwise.max_cost,
                ..self.budget.caps(&cap)
            };
            let set = self.budget.set(&cap, caps);
            set.map_err(|refusal| refusal.to_string())?;
        }
        for (step, selected) in &otherwise.thinkers {
            self.agent_mut(step)?.selected(selected.clone());
        }
        Ok(())
    }

    /// Applies an event about money; others say nothing here.
    pub(super) fn booked(&mut self, event: &Event) -> Evolved {
        let said = |refusal: Refusal| refusal.to_string();
        if let Event::BudgetReserved {
            effect,
            step,
            model,
            most,
        } = event
        {
            let is_advice = self.is_advice(*effect);
            if !is_advice {
                self.position(step)?;
            }
            ensure(
                is_advice || self.effects.contains_key(effect),
                "nothing is under way that this could be reserved for",
            )?;
            let (key, account) = (Key::of(*effect, 1), Account::run());
            self.budget
                .reserve(key, &account, model, most.money, most.tokens)
                .map_err(said)?;
        }
        if let Event::BudgetSettled {
            effect,
            step,
            took,
            usage,
            basis,
        } = event
        {
            self.budget
                .settle(&Key::of(*effect, 1), took.money, took.tokens)
                .map_err(said)?;
            // What cannot be is counted nowhere.
            let usage = match basis {
                Basis::Told | Basis::Heard => *usage,
                Basis::Reserved => Usage::default(),
            };
            if self.is_advice(*effect) {
                return Ok(());
            }
            self.position(step)?;
            // A step may ask a model without an agent: see [`crate::relay`].
            if let Ok(agent) = self.agent_mut(step) {
                agent.settled(*took, usage);
            }
        }
        if let Event::BudgetCounted {
            step,
            window,
            since,
            elsewhere,
            ..
        } = event
        {
            self.position(step)?;
            self.budget
                .count_since(*window, *since, *elsewhere)
                .map_err(said)?;
        }
        if let Event::BudgetLimited { cap, caps, .. } = event {
            self.budget.set(cap, *caps).map_err(said)?;
        }
        Ok(())
    }
}
