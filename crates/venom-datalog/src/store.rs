//! All relations and values of a database, and how many facts they may be.

use crate::error::Error;
use crate::limits::{Limit, Limits};
use crate::relation::{Relation, State};
use crate::terms::Terms;

/// The number of a predicate.
pub(crate) type Pred = usize;

pub(crate) struct Store {
    pub(crate) relations: Vec<Relation>,
    pub(crate) terms: Terms,
    pub(crate) limits: Limits,
    /// Rows of all relations, with those that went and still take room.
    rows: u64,
}

impl Store {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            relations: Vec::new(),
            terms: Terms::new(),
            limits,
            rows: 0,
        }
    }

    pub(crate) fn add(&mut self, arity: usize) -> Pred {
        self.relations.push(Relation::new(arity));
        self.relations.len() - 1
    }

    #[inline]
    pub(crate) fn insert(
        &mut self,
        pred: Pred,
        tuple: &[u32],
        rule: &str,
    ) -> Result<(u32, bool), Error> {
        if self.rows >= u64::from(self.limits.tuples) {
            // Only a row that is new would be one too many.
            self.relations[pred].enter_all();
            return match self.relations[pred].find(tuple) {
                Some(row) => Ok((row, false)),
                None => Err(self.full(rule)),
            };
        }
        let (row, is_new) = self.relations[pred].insert(tuple);
        self.rows += u64::from(is_new);
        Ok((row, is_new))
    }

    /// Adds a row that is known to be new.
    pub(crate) fn push(&mut self, pred: Pred, tuple: &[u32], rule: &str) -> Result<(), Error> {
        if self.rows >= u64::from(self.limits.tuples) {
            return Err(self.full(rule));
        }
        self.relations[pred].push(tuple);
        self.rows += 1;
        Ok(())
    }

    fn full(&self, rule: &str) -> Error {
        Error::Limit {
            limit: Limit::Tuples,
            most: u64::from(self.limits.tuples),
            rule: rule.to_owned(),
        }
    }

    /// Drops the rows of a relation from here on.
    pub(crate) fn truncate(&mut self, pred: Pred, rows: u32) {
        let relation = &mut self.relations[pred];
        self.rows -= u64::from(relation.rows().saturating_sub(rows));
        relation.truncate(rows);
    }

    /// Keeps some rows of a relation; says where each went.
    pub(crate) fn retain(&mut self, pred: Pred, keep: impl Fn(u32, State) -> bool) -> Vec<u32> {
        let relation = &mut self.relations[pred];
        let before = relation.rows();
        let states: Vec<State> = (0..before).map(|row| relation.state(row)).collect();
        let places = relation.retain(|row| keep(row, states[row as usize]));
        self.rows -= u64::from(before - relation.rows());
        places
    }

    /// Drops the relations from here on.
    pub(crate) fn drop_from(&mut self, pred: Pred) {
        for relation in self.relations.drain(pred..) {
            self.rows -= u64::from(relation.rows());
        }
    }

    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    pub(crate) fn bytes(&self) -> u64 {
        let relations: u64 = self.relations.iter().map(Relation::bytes).sum();
        relations + self.terms.bytes()
    }
}
