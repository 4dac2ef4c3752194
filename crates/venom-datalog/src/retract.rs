//! Keeping what was derived true while facts come and go: delete and derive again.
//!
//! After Gupta, Mumick and Subrahmanian, *Maintaining views incrementally* (1993), stratum by
//! stratum. First everything is deleted that a deleted fact, or a new fact below a negation, took
//! part in. Those rows become ghosts: later steps of the deletion still join with them, because two
//! facts that held something up together may have gone together. Then each ghost for which another
//! derivation is left comes back, and at last what follows from the new facts and from the new
//! absences is added. Deleting too much is made good; deleting too little would not be, so deletion
//! believes no absence. Aggregates whose bodies changed are computed anew and compared.

use std::collections::BTreeMap;

use crate::aggregate;
use crate::error::Error;
use crate::evaluate::{Stratum, insert_aggregate, plans_for_new, rounds};
use crate::machine::{Machine, Sink};
use crate::plan::{Plan, Wish, plan};
use crate::relation::{Relation, State};
use crate::rule::{Arg, Goal, Out, Pattern, Rule};
use crate::store::{Pred, Store};
use crate::told::Told;

/// What a change of the facts changed in all.
#[derive(Debug, Default)]
pub(crate) struct Change {
    /// Rows that no longer hold.
    pub(crate) gone: Vec<(Pred, u32)>,
    /// Derived rows that did not hold before.
    pub(crate) came: Vec<(Pred, u32)>,
}

struct Maintenance<'a, 's> {
    machine: Machine<'s>,
    told: &'a Told,
    /// Rows from here on are new.
    begin: &'a [u32],
    /// For each predicate the relation of its deleted rows.
    minus: BTreeMap<Pred, Pred>,
    ghosts: Vec<(Pred, u32)>,
}

/// Brings the strata up to date. Rows from `begin` on are new facts, `orphans` are facts that nobody
/// tells any more. On an error ghosts are left.
pub(crate) fn maintain(
    store: &mut Store,
    strata: &[Stratum<'_>],
    told: &Told,
    begin: &[u32],
    orphans: &[(Pred, u32)],
) -> Result<Change, Error> {
    let first_minus = store.relations.len();
    let mut work = Maintenance {
        machine: Machine::new(store),
        told,
        begin,
        minus: BTreeMap::new(),
        ghosts: Vec::new(),
    };
    let mut result = Ok(());
    for (pred, row) in orphans {
        result = result.and_then(|()| work.delete(*pred, *row));
    }
    for stratum in strata {
        result = result.and_then(|()| work.stratum(stratum));
    }
    let ghosts = work.ghosts;
    store.drop_from(first_minus);
    result?;

    let mut change = Change::default();
    for (pred, begin) in begin.iter().enumerate() {
        let relation = &mut store.relations[pred];
        relation.enter_all();
        for row in *begin..relation.rows() {
            let is_derived = relation.state(row) == State::Live && !told.is_told(pred, row);
            let was_there = |state| state == State::Ghost;
            if is_derived && relation.find_where(relation.row(row), was_there).is_none() {
                change.came.push((pred, row));
            }
        }
    }
    for (pred, row) in ghosts {
        let relation = &mut store.relations[pred];
        relation.set_state(row, State::Dead);
        if relation.find(relation.row(row)).is_none() {
            change.gone.push((pred, row));
        }
    }
    Ok(change)
}

impl Maintenance<'_, '_> {
    fn minus_of(&mut self, pred: Pred) -> Pred {
        let store = &mut *self.machine.store;
        *self.minus.entry(pred).or_insert_with(|| {
            let arity = store.relations[pred].arity();
            store.add(arity)
        })
    }

    fn delete(&mut self, pred: Pred, row: u32) -> Result<(), Error> {
        let minus = self.minus_of(pred);
        let relation = &mut self.machine.store.relations[pred];
        let tuple = relation.row(row).to_vec();
        relation.set_state(row, State::Ghost);
        self.ghosts.push((pred, row));
        self.machine.store.insert(minus, &tuple, "deleted facts")?;
        Ok(())
    }

    /// Deletes the row with these numbers unless somebody tells it.
    fn delete_derived(&mut self, pred: Pred, tuple: &[u32]) -> Result<(), Error> {
        match self.machine.store.relations[pred].find(tuple) {
            Some(row) if !self.told.is_told(pred, row) => self.delete(pred, row),
            Some(_) | None => Ok(()),
        }
    }

    fn has_minus(&self, pred: Pred) -> bool {
        let minus = self.minus.get(&pred);
        minus.is_some_and(|minus| self.machine.store.relations[*minus].rows() > 0)
    }

    fn has_plus(&self, pred: Pred) -> bool {
        let begin = self.begin.get(pred).copied().unwrap_or_default();
        pred < self.begin.len() && self.machine.store.relations[pred].rows() > begin
    }

    /// Begins a round in which the new facts and all deleted rows are new.
    fn begin_with_changes(&mut self) {
        self.machine.begin_round();
        for (mark, begin) in self.machine.marks.iter_mut().zip(self.begin) {
            mark.old = *begin;
        }
        for minus in self.minus.values() {
            self.machine.marks[*minus].old = 0;
        }
    }

    fn stratum(&mut self, stratum: &Stratum<'_>) -> Result<(), Error> {
        let is_touched = stratum
            .preds
            .iter()
            .any(|pred| self.has_minus(*pred) || self.has_plus(*pred))
            || stratum.rules.iter().any(|rule| {
                rule.needs()
                    .any(|(pred, _)| self.has_minus(pred) || self.has_plus(pred))
            });
        if !is_touched {
            return Ok(());
        }
        for pred in &stratum.preds {
            self.minus_of(*pred);
        }
        let first_ghost = self.ghosts.len();
        let mut outputs = Vec::new();
        for rule in stratum.rules.iter().filter(|rule| rule.is_aggregate()) {
            if rule
                .needs()
                .any(|(pred, _)| self.has_minus(pred) || self.has_plus(pred))
            {
                let rows = aggregate::rows(&mut self.machine, rule)?;
                let relation = &self.machine.store.relations[rule.head];
                let stale: Vec<u32> = relation
                    .live_rows()
                    .filter(|row| rows.find(relation.row(*row)).is_none())
                    .filter(|row| !self.told.is_told(rule.head, *row))
                    .collect();
                for row in stale {
                    self.delete(rule.head, row)?;
                }
                outputs.push((*rule, rows));
            }
        }
        let plain: Vec<&Rule> = stratum
            .rules
            .iter()
            .copied()
            .filter(|rule| !rule.is_aggregate())
            .collect();
        self.overdelete(&plain)?;
        self.machine.sees_ghosts = false;
        self.rederive(stratum, &plain, first_ghost)?;
        for rule in stratum.rules.iter().filter(|rule| rule.is_aggregate()) {
            let known = outputs
                .iter()
                .position(|(other, _)| std::ptr::eq(*other, *rule));
            if let Some(known) = known {
                let (_, rows) = outputs.swap_remove(known);
                for row in 0..rows.rows() {
                    self.machine
                        .store
                        .insert(rule.head, rows.row(row), &rule.text)?;
                }
            } else if self.has_minus(rule.head) {
                insert_aggregate(&mut self.machine, rule)?;
            }
        }
        self.insert(stratum, &plain)
    }

    /// Deletes whatever a deleted row, or a new one below a negation, took part in.
    fn overdelete(&mut self, rules: &[&Rule]) -> Result<(), Error> {
        self.machine.sees_ghosts = true;
        let mut plans: Vec<(Pred, Plan)> = Vec::new();
        for rule in rules {
            for (place, goal) in rule.body.iter().enumerate() {
                let pattern = match goal {
                    Goal::Has(pattern) => match self.minus.get(&pattern.pred) {
                        Some(minus) => Pattern {
                            pred: *minus,
                            args: pattern.args.clone(),
                        },
                        None => continue,
                    },
                    Goal::Lacks(pattern) if self.has_plus(pattern.pred) => pattern.clone(),
                    Goal::Lacks(_) | Goal::Compare(..) | Goal::Test { .. } | Goal::Reach { .. } => {
                        continue;
                    }
                };
                plans.push((rule.head, self.plan_with(rule, place, pattern)));
            }
        }
        if plans.is_empty() {
            return Ok(());
        }
        self.begin_with_changes();
        loop {
            let before = self.ghosts.len();
            for (head, plan) in &plans {
                let arity = self.machine.store.relations[*head].arity();
                self.machine.sink = Sink::Gather(Relation::new(arity));
                self.machine.run(plan, &[])?;
                let found = self.machine.gathered();
                for row in 0..found.rows() {
                    self.delete_derived(*head, found.row(row))?;
                }
            }
            if self.ghosts.len() == before {
                return Ok(());
            }
            self.machine.begin_round();
        }
    }

    /// A plan of a rule in which one literal sees only the new rows of another relation.
    fn plan_with(&mut self, rule: &Rule, place: usize, pattern: Pattern) -> Plan {
        let mut changed = rule.clone();
        changed.body[place] = Goal::Has(pattern);
        let wish = Wish {
            new: Some(place),
            ..Wish::WHOLE
        };
        plan(&changed, self.machine.store, &wish)
    }

    /// Brings back the ghosts that another derivation holds up.
    fn rederive(
        &mut self,
        stratum: &Stratum<'_>,
        rules: &[&Rule],
        first_ghost: usize,
    ) -> Result<(), Error> {
        // Facts that were told and are so no more count as well, wherever they were deleted.
        let candidates: Vec<(Pred, u32)> = self
            .ghosts
            .iter()
            .enumerate()
            .filter(|(place, (pred, _))| *place >= first_ghost || stratum.preds.contains(pred))
            .map(|(_, ghost)| *ghost)
            .collect();
        if candidates.is_empty() {
            return Ok(());
        }
        let plans: Vec<(&Rule, Plan)> = rules
            .iter()
            .map(|rule| {
                let bound: Vec<usize> = rule
                    .head_args()
                    .into_iter()
                    .filter_map(Arg::variable)
                    .collect();
                let wish = Wish {
                    bound: &bound,
                    ..Wish::WHOLE
                };
                (*rule, plan(rule, self.machine.store, &wish))
            })
            .collect();
        self.machine.show_all();
        for (pred, row) in candidates {
            let tuple = self.machine.store.relations[pred].row(row).to_vec();
            for (rule, plan) in plans.iter().filter(|(rule, _)| rule.head == pred) {
                let Some(given) = unify(rule, &tuple) else {
                    continue;
                };
                self.machine.sink = Sink::Exists;
                if self.machine.run(plan, &given)? {
                    self.machine.store.insert(pred, &tuple, &rule.text)?;
                    break;
                }
            }
        }
        Ok(())
    }

    /// Adds what follows from new rows and from rows that are gone below a negation.
    fn insert(&mut self, stratum: &Stratum<'_>, rules: &[&Rule]) -> Result<(), Error> {
        let begin = self.begin;
        let growing: Vec<bool> = (0..begin.len()).map(|pred| self.has_plus(pred)).collect();
        let is_growing = |pred: Pred| growing.get(pred).copied().unwrap_or_default();
        let mut plans = plans_for_new(self.machine.store, rules, &is_growing);
        for rule in rules {
            for goal in &rule.body {
                let Goal::Lacks(pattern) = goal else {
                    continue;
                };
                if !self.has_minus(pattern.pred) {
                    continue;
                }
                let Some(minus) = self.minus.get(&pattern.pred) else {
                    continue;
                };
                // The absence is still tested; the deleted row only says where to look.
                let mut changed = (*rule).clone();
                changed.body.push(Goal::Has(Pattern {
                    pred: *minus,
                    args: pattern.args.clone(),
                }));
                let wish = Wish {
                    new: Some(rule.body.len()),
                    ..Wish::WHOLE
                };
                plans.push((rule.head, plan(&changed, self.machine.store, &wish)));
            }
        }
        self.begin_with_changes();
        for (head, plan) in &plans {
            self.machine.sink = Sink::Insert(*head);
            self.machine.run(plan, &[])?;
        }
        rounds(&mut self.machine, &stratum.preds, rules)
    }
}

/// The values that a head gives to variables so that it is this tuple.
pub(crate) fn unify(rule: &Rule, tuple: &[u32]) -> Option<Vec<(usize, u32)>> {
    let mut given: Vec<(usize, u32)> = Vec::new();
    for (out, word) in rule.out.iter().zip(tuple) {
        match *out {
            Out::Arg(Arg::Const(known)) if known != *word => return None,
            Out::Arg(Arg::Var(variable)) => {
                match given.iter().find(|(known, _)| *known == variable) {
                    Some((_, known)) if known != word => return None,
                    Some(_) => {}
                    None => given.push((variable, *word)),
                }
            }
            Out::Arg(Arg::Const(_) | Arg::Any) | Out::Fold(..) => {}
        }
    }
    Some(given)
}
