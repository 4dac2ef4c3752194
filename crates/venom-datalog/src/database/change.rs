//! Facts come and go.

use super::Database;
use crate::error::Error;
use crate::limits::MAX_ARITY;
use crate::relation::State;
use crate::retract::maintain;
use crate::store::Pred;
use crate::syntax::is_reserved;
use crate::value::{Fact, Source, Value};

/// What a retraction took away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// Facts that nobody tells any more and that follow from nothing else.
    pub told: Vec<Fact>,
    /// Facts that followed from those.
    pub derived: Vec<Fact>,
    /// Facts that follow now because others are absent.
    pub appeared: Vec<Fact>,
    /// Whether the lists are whole. They are not if a limit kept the consequences from being
    /// computed; the facts told are gone all the same, and so is what followed from them.
    pub is_complete: bool,
}

impl Database {
    /// Adds a fact that a source tells. Says whether the fact is new.
    pub fn insert(&mut self, fact: &Fact, source: Source) -> Result<bool, Error> {
        let refuse = |problem: &str| Error::Fact {
            fact: fact.to_string().chars().take(200).collect(),
            problem: problem.to_owned(),
        };
        if !self.names.contains_key(fact.predicate()) && !is_name(fact.predicate()) {
            return Err(refuse("its predicate has no name that a rule could use"));
        }
        if fact.values().len() > MAX_ARITY {
            return Err(refuse("it has too many values"));
        }
        for value in fact.values() {
            if let Value::List(values) = value
                && values.iter().any(|value| matches!(value, Value::List(_)))
            {
                return Err(refuse("it holds a list of lists"));
            }
        }
        let pred = self.declare(fact.predicate(), fact.values().len(), &|| fact.to_string())?;
        let limits = self.store.limits;
        let mut tuple = Vec::with_capacity(fact.values().len());
        for value in fact.values() {
            let number = self
                .store
                .terms
                .number(value.clone(), &limits, fact.predicate())?;
            tuple.push(number);
        }
        let (row, is_new) = self.store.insert(pred, &tuple, fact.predicate())?;
        let was_told = !is_new && self.told.is_told(pred, row);
        self.told.add(pred, row, source);
        Ok(!was_told)
    }

    /// Takes into account the facts that came since the last time.
    pub(super) fn settle(&mut self) {
        let is_settled = self
            .predicates
            .iter()
            .zip(&self.store.relations)
            .all(|(predicate, relation)| predicate.settled == relation.rows());
        if is_settled {
            return;
        }
        if self.predicates.iter().any(|predicate| predicate.is_fresh) {
            // A limit that was reached is met again, and told, where the facts are asked for.
            if self.update(&[]).is_err() {
                self.forget_derived();
            }
        }
        self.note_settled();
    }

    fn note_settled(&mut self) {
        for (predicate, relation) in self.predicates.iter_mut().zip(&self.store.relations) {
            predicate.settled = relation.rows();
        }
    }

    fn update(&mut self, orphans: &[(Pred, u32)]) -> Result<crate::retract::Change, Error> {
        let begin: Vec<u32> = self
            .predicates
            .iter()
            .map(|predicate| predicate.settled)
            .collect();
        let strata = self
            .analysis
            .with_rules(&self.rules, |pred| self.predicates[pred].is_fresh);
        maintain(&mut self.store, &strata, &self.told, &begin, orphans)
    }

    /// Drops everything that was derived; it is derived again where it is needed.
    pub(super) fn forget_derived(&mut self) {
        for pred in 0..self.predicates.len() {
            if self.predicates[pred].is_fresh {
                self.sweep(pred, true);
            }
            self.predicates[pred].is_fresh = false;
        }
        self.note_settled();
    }

    /// Drops the rows of a predicate that do not count, and those that nobody told.
    fn sweep(&mut self, pred: Pred, only_told: bool) {
        let told = &self.told;
        let places = self.store.retain(pred, |row, state| {
            state == State::Live && (!only_told || told.is_told(pred, row))
        });
        self.told.move_rows(pred, &places);
        self.predicates[pred].settled = self.store.relations[pred].rows();
    }

    /// Forgets what a source told, and all that followed from it alone. See
    /// [`Database::retract_all`].
    pub fn retract(&mut self, source: Source) -> Removed {
        self.retract_all(&[source])
    }

    /// Forgets what several sources told, as one: what went and came is the difference between
    /// before and after. A fact that another source tells as well stays.
    pub fn retract_all(&mut self, sources: &[Source]) -> Removed {
        // To say what went, all that followed must be known.
        let is_complete = self.derive_all().is_ok();
        let mut orphans = Vec::new();
        for source in sources {
            orphans.extend(self.told.remove(*source));
        }
        orphans.sort_unstable();
        let mut removed = Removed {
            is_complete,
            ..Removed::default()
        };
        match self.update(&orphans) {
            Ok(change) => {
                for (pred, row) in change.gone {
                    let fact = self.fact(pred, self.store.relations[pred].row(row));
                    if orphans.binary_search(&(pred, row)).is_ok() {
                        removed.told.push(fact);
                    } else {
                        removed.derived.push(fact);
                    }
                }
                for (pred, row) in change.came {
                    let fact = self.fact(pred, self.store.relations[pred].row(row));
                    removed.appeared.push(fact);
                }
            }
            Err(_limit) => {
                removed.is_complete = false;
                for (pred, row) in &orphans {
                    let fact = self.fact(*pred, self.store.relations[*pred].row(*row));
                    removed.told.push(fact);
                }
                for (pred, row) in orphans {
                    self.store.relations[pred].set_state(row, State::Dead);
                }
                self.forget_derived();
            }
        }
        self.note_settled();
        for pred in 0..self.predicates.len() {
            let relation = &self.store.relations[pred];
            // Chosen: a sweep costs as much as reading the rows that stay.
            if relation.rows() - relation.live() > relation.live() {
                self.sweep(pred, false);
            }
        }
        removed.told.sort_unstable();
        removed.derived.sort_unstable();
        removed.appeared.sort_unstable();
        removed
    }
}

/// Whether a rule could name a predicate so.
fn is_name(name: &str) -> bool {
    /// Chosen: longer names are data in the wrong place.
    const LONGEST: usize = 200;
    name.len() <= LONGEST
        && name.starts_with(char::is_alphabetic)
        && name
            .chars()
            .all(|letter| letter.is_alphanumeric() || letter == '_')
        && !is_reserved(name)
}
