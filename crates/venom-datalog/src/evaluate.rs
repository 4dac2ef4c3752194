//! Semi-naive evaluation, one stratum after another.
//!
//! A round sees what stood when it began. The rows that the round before added are a range, and
//! each rule runs once for each of its literals over a growing relation, with that literal seeing
//! the new rows alone, those before it all and those after it the old ones: every combination is
//! met once (Balbin and Ramamohanarao, 1987; Abiteboul, Hull and Vianu, chapter 13).

use crate::aggregate;
use crate::closure;
use crate::error::Error;
use crate::limits::Limit;
use crate::machine::{Machine, Sink};
use crate::plan::{Plan, Wish, plan};
use crate::rule::{Edge, Goal, Rule};
use crate::store::{Pred, Store};

/// Predicates that need each other, with their rules.
pub(crate) struct Stratum<'a> {
    pub(crate) preds: Vec<Pred>,
    pub(crate) rules: Vec<&'a Rule>,
    /// The graph of which the only predicate is the closure.
    pub(crate) closure: Option<Edge>,
}

/// Evaluates one stratum whose relations hold at most facts that were told.
pub(crate) fn stratum(store: &mut Store, stratum: &Stratum<'_>) -> Result<(), Error> {
    if let (Some(edge), [pred], Some(rule)) = (
        &stratum.closure,
        stratum.preds.as_slice(),
        stratum.rules.first(),
    ) && store.relations[*pred].rows() == 0
    {
        return closure::fill(store, *pred, edge, &rule.text);
    }
    let mut machine = Machine::new(store);
    for rule in &stratum.rules {
        if rule.is_aggregate() {
            insert_aggregate(&mut machine, rule)?;
        }
    }
    let plain: Vec<&Rule> = stratum
        .rules
        .iter()
        .copied()
        .filter(|rule| !rule.is_aggregate())
        .collect();
    let plans: Vec<(Pred, Plan)> = plain
        .iter()
        .map(|rule| (rule.head, plan(rule, machine.store, &Wish::WHOLE)))
        .collect();
    // The first round sees everything that is there, the facts of the stratum included.
    machine.marks.clear();
    machine.begin_round();
    for (head, plan) in &plans {
        machine.sink = Sink::Insert(*head);
        machine.run(plan, &[])?;
    }
    rounds(&mut machine, &stratum.preds, &plain)
}

/// Adds what an aggregate rule gives.
pub(crate) fn insert_aggregate(machine: &mut Machine<'_>, rule: &Rule) -> Result<(), Error> {
    let rows = aggregate::rows(machine, rule)?;
    for row in 0..rows.rows() {
        machine.store.insert(rule.head, rows.row(row), &rule.text)?;
    }
    Ok(())
}

/// The plans that look at what is new in one of these predicates.
pub(crate) fn plans_for_new(
    store: &mut Store,
    rules: &[&Rule],
    is_growing: &dyn Fn(Pred) -> bool,
) -> Vec<(Pred, Plan)> {
    let mut plans = Vec::new();
    for rule in rules {
        for (place, goal) in rule.body.iter().enumerate() {
            let Goal::Has(pattern) = goal else {
                continue;
            };
            if is_growing(pattern.pred) {
                let wish = Wish {
                    new: Some(place),
                    is_growing,
                    ..Wish::WHOLE
                };
                plans.push((rule.head, plan(rule, store, &wish)));
            }
        }
    }
    plans
}

/// Rounds until nothing is new. What the last round added is new in the first.
pub(crate) fn rounds(
    machine: &mut Machine<'_>,
    preds: &[Pred],
    rules: &[&Rule],
) -> Result<(), Error> {
    let plans = plans_for_new(machine.store, rules, &|pred| preds.contains(&pred));
    if plans.is_empty() {
        return Ok(());
    }
    let mut round = 0;
    loop {
        machine.begin_round();
        if !preds.iter().any(|pred| machine.has_grown(*pred)) {
            return Ok(());
        }
        round += 1;
        if round > machine.store.limits.rounds {
            return Err(Error::Limit {
                limit: Limit::Rounds,
                most: u64::from(machine.store.limits.rounds),
                rule: rules
                    .first()
                    .map_or_else(String::new, |rule| rule.text.to_string()),
            });
        }
        for (head, plan) in &plans {
            machine.sink = Sink::Insert(*head);
            machine.run(plan, &[])?;
        }
    }
}
