//! Runs plans: nested loops over rows and indexes, one frame of the stack a literal.

use crate::builtin;
use crate::closure::{Searches, Side};
use crate::error::Error;
use crate::limits::Limit;
use crate::plan::{Access, Plan, Scan, Step, View};
use crate::relation::{NONE, Relation, State};
use crate::rule::{Arg, Formula};
use crate::store::{Pred, Store};
use crate::syntax::Comparison;
use crate::value::Value;

/// Where solutions go.
pub(crate) enum Sink {
    /// Into a relation of the store.
    Insert(Pred),
    /// Into a relation of their own.
    Gather(Relation),
    /// One is enough.
    Exists,
}

/// The rows of a relation that the round before left (`old`) and that there are (`now`).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mark {
    pub(crate) old: u32,
    pub(crate) now: u32,
}

pub(crate) struct Machine<'a> {
    pub(crate) store: &'a mut Store,
    pub(crate) marks: Vec<Mark>,
    /// Deletion looks at what was there before: ghosts count, and no absence is believed.
    pub(crate) sees_ghosts: bool,
    pub(crate) sink: Sink,
    work: u64,
    registers: Vec<u32>,
    tuple: Vec<u32>,
    searches: Searches,
}

/// As many columns as a fact can have.
const COLUMNS: usize = crate::limits::MAX_ARITY;

impl<'a> Machine<'a> {
    pub(crate) fn new(store: &'a mut Store) -> Self {
        Self {
            store,
            marks: Vec::new(),
            sees_ghosts: false,
            sink: Sink::Exists,
            work: 0,
            registers: Vec::new(),
            tuple: Vec::new(),
            searches: Searches::default(),
        }
    }

    /// Begins a round: what is there now is seen, what was seen before is old.
    pub(crate) fn begin_round(&mut self) {
        self.marks
            .resize(self.store.relations.len(), Mark::default());
        for (mark, relation) in self.marks.iter_mut().zip(&mut self.store.relations) {
            mark.old = mark.now;
            mark.now = relation.rows();
            relation.catch_up();
        }
    }

    /// Shows everything to the next plan, as if nothing were new.
    pub(crate) fn show_all(&mut self) {
        self.begin_round();
        for mark in &mut self.marks {
            mark.old = mark.now;
        }
    }

    pub(crate) fn has_grown(&self, pred: Pred) -> bool {
        self.marks[pred].old < self.marks[pred].now
    }

    /// Runs a plan. `given` are values of variables that are bound from the beginning. Says whether
    /// there was a solution, if the sink is [`Sink::Exists`].
    pub(crate) fn run(&mut self, plan: &Plan, given: &[(usize, u32)]) -> Result<bool, Error> {
        self.registers.clear();
        self.registers.resize(plan.variables, 0);
        for (variable, value) in given {
            self.registers[*variable] = *value;
        }
        self.step(plan, 0)
    }

    /// Takes what was gathered.
    pub(crate) fn gathered(&mut self) -> Relation {
        match std::mem::replace(&mut self.sink, Sink::Exists) {
            Sink::Gather(relation) => relation,
            Sink::Insert(_) | Sink::Exists => Relation::new(0),
        }
    }

    /// Counts one row looked at.
    #[inline]
    pub(crate) fn count(&mut self, plan: &Plan) -> Result<(), Error> {
        self.work += 1;
        if self.work > self.store.limits.work {
            return Err(Error::Limit {
                limit: Limit::Work,
                most: self.store.limits.work,
                rule: plan.text.to_string(),
            });
        }
        Ok(())
    }

    /// Runs the rest of a plan. Says whether to stop, because one solution was enough.
    fn step(&mut self, plan: &Plan, at: usize) -> Result<bool, Error> {
        let Some(step) = plan.steps.get(at) else {
            return self.emit(plan);
        };
        match step {
            Step::Scan(scan) => self.scan(plan, at, scan),
            Step::Absent(scan) => {
                if !self.sees_ghosts && self.exists(plan, scan)? {
                    return Ok(false);
                }
                self.step(plan, at + 1)
            }
            Step::Compare(comparison, left, right) => {
                if self.compare(*comparison, left, right) {
                    return self.step(plan, at + 1);
                }
                Ok(false)
            }
            Step::Assign(variable, formula) => {
                let word = match formula {
                    Formula::Arg(arg) => self.word(*arg),
                    Formula::Operation(..) | Formula::Call(..) => {
                        let Some(value) = self.value(formula) else {
                            return Ok(false);
                        };
                        let limits = self.store.limits;
                        self.store.terms.number(value, &limits, &plan.text)?
                    }
                };
                self.registers[*variable] = word;
                self.step(plan, at + 1)
            }
            Step::Test {
                test,
                is_negated,
                sides,
            } => {
                let holds = match (self.value(&sides[0]), self.value(&sides[1])) {
                    (Some(left), Some(right)) => builtin::test(*test, &left, &right),
                    _ => None,
                };
                // What is no text passes neither a test nor its negation.
                if holds.is_some_and(|holds| holds != *is_negated) {
                    return self.step(plan, at + 1);
                }
                Ok(false)
            }
            Step::Reach { .. } => self.reach(plan, at, step),
        }
    }

    #[inline]
    fn word(&self, arg: Arg) -> u32 {
        match arg {
            Arg::Const(word) => word,
            Arg::Var(variable) => self.registers[variable],
            Arg::Any => 0,
        }
    }

    #[inline]
    fn is_seen(&self, relation: &Relation, row: u32) -> bool {
        match relation.state(row) {
            State::Live => true,
            State::Ghost => self.sees_ghosts,
            State::Dead => false,
        }
    }

    fn range(&self, scan: &Scan) -> (u32, u32) {
        let mark = self.marks[scan.pred];
        match scan.view {
            View::All => (0, mark.now),
            View::Old => (0, mark.old),
            View::New => (mark.old, mark.now),
        }
    }

    #[inline]
    fn key(&self, scan: &Scan) -> [u32; COLUMNS] {
        let mut key = [0; COLUMNS];
        for (word, arg) in key.iter_mut().zip(&scan.key) {
            *word = self.word(*arg);
        }
        key
    }

    fn row_of(&self, scan: &Scan, low: u32, high: u32) -> bool {
        let key = self.key(scan);
        let relation = &self.store.relations[scan.pred];
        let sees_ghosts = self.sees_ghosts;
        let row = relation.find_where(&key[..scan.key.len()], |state| {
            state == State::Live || sees_ghosts && state == State::Ghost
        });
        row.is_some_and(|row| (low..high).contains(&row))
    }

    fn scan(&mut self, plan: &Plan, at: usize, scan: &Scan) -> Result<bool, Error> {
        let (low, high) = self.range(scan);
        match scan.access {
            Access::Row => {
                self.count(plan)?;
                if self.row_of(scan, low, high) {
                    return self.step(plan, at + 1);
                }
            }
            Access::Each => {
                for row in low..high {
                    if self.take(plan, scan, row)? && self.step(plan, at + 1)? {
                        return Ok(true);
                    }
                }
            }
            Access::Index(index) => {
                let key = self.key(scan);
                let relation = &self.store.relations[scan.pred];
                let mut row = relation.newest(index, &key[..scan.key.len()]);
                // Newest first: below the range there is nothing more to find.
                while row != NONE && row >= low {
                    if row < high && self.take(plan, scan, row)? && self.step(plan, at + 1)? {
                        return Ok(true);
                    }
                    row = self.store.relations[scan.pred].older(index, row);
                }
            }
        }
        Ok(false)
    }

    /// Gives variables their values from a row, if the row counts.
    #[inline]
    fn take(&mut self, plan: &Plan, scan: &Scan, row: u32) -> Result<bool, Error> {
        self.count(plan)?;
        let relation = &self.store.relations[scan.pred];
        if !self.is_seen(relation, row) {
            return Ok(false);
        }
        let words = relation.row(row);
        for (column, variable) in &scan.bind {
            self.registers[*variable] = words[*column];
        }
        Ok(scan
            .same
            .iter()
            .all(|(column, variable)| words[*column] == self.registers[*variable]))
    }

    fn exists(&mut self, plan: &Plan, scan: &Scan) -> Result<bool, Error> {
        let (low, high) = self.range(scan);
        match scan.access {
            Access::Row => {
                self.count(plan)?;
                return Ok(self.row_of(scan, low, high));
            }
            Access::Each => {
                for row in low..high {
                    if self.take(plan, scan, row)? {
                        return Ok(true);
                    }
                }
            }
            Access::Index(index) => {
                let key = self.key(scan);
                let relation = &self.store.relations[scan.pred];
                let mut row = relation.newest(index, &key[..scan.key.len()]);
                while row != NONE && row >= low {
                    if row < high && self.take(plan, scan, row)? {
                        return Ok(true);
                    }
                    row = self.store.relations[scan.pred].older(index, row);
                }
            }
        }
        Ok(false)
    }

    fn reach(&mut self, plan: &Plan, at: usize, step: &Step) -> Result<bool, Error> {
        let Step::Reach {
            edge,
            forward,
            backward,
            from,
            to,
            is_from_bound,
            is_to_bound,
            is_negated,
        } = step
        else {
            return Ok(false);
        };
        let mut searches = std::mem::take(&mut self.searches);
        let mut solve = |machine: &mut Self| {
            let (known, wanted, index, is_forward) = match (is_from_bound, is_to_bound) {
                (true, _) => (*from, *to, *forward, true),
                (false, true) => (*to, *from, *backward, false),
                (false, false) => {
                    return machine.reach_from_each(plan, at, step, &mut searches);
                }
            };
            let side = Side {
                edge,
                index,
                is_forward,
            };
            let start = machine.word(known);
            let reached = searches.from(machine, plan, side, start)?;
            if *is_negated {
                return match reached.find(&[machine.word(wanted)]) {
                    Some(_) => Ok(false),
                    None => machine.step(plan, at + 1),
                };
            }
            machine.visit(plan, at, &reached, wanted, *is_from_bound && *is_to_bound)
        };
        let stop = solve(self);
        // A search of a later step may have used a cache of its own; the fuller one is kept.
        if self.searches.len() < searches.len() {
            self.searches = searches;
        }
        stop
    }

    /// Both ends are free: every node with an edge out of it is a beginning.
    fn reach_from_each(
        &mut self,
        plan: &Plan,
        at: usize,
        step: &Step,
        searches: &mut Searches,
    ) -> Result<bool, Error> {
        let Step::Reach {
            edge,
            forward,
            from,
            to,
            ..
        } = step
        else {
            return Ok(false);
        };
        let side = Side {
            edge,
            index: *forward,
            is_forward: true,
        };
        for start in crate::closure::beginnings(self, plan, edge)? {
            let reached = searches.from(self, plan, side, start)?;
            if let Arg::Var(variable) = from {
                self.registers[*variable] = start;
            }
            if self.visit(plan, at, &reached, *to, from == to && *from != Arg::Any)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn visit(
        &mut self,
        plan: &Plan,
        at: usize,
        reached: &Relation,
        wanted: Arg,
        is_known: bool,
    ) -> Result<bool, Error> {
        if is_known {
            if reached.find(&[self.word(wanted)]).is_some() {
                return self.step(plan, at + 1);
            }
            return Ok(false);
        }
        for row in 0..reached.rows() {
            self.count(plan)?;
            if let Arg::Var(variable) = wanted {
                self.registers[variable] = reached.row(row)[0];
            }
            if self.step(plan, at + 1)? {
                return Ok(true);
            }
            if wanted == Arg::Any {
                break;
            }
        }
        Ok(false)
    }

    fn compare(&self, comparison: Comparison, left: &Formula, right: &Formula) -> bool {
        if let (Formula::Arg(left), Formula::Arg(right)) = (left, right) {
            match comparison {
                Comparison::Equal => return self.word(*left) == self.word(*right),
                Comparison::Unequal => return self.word(*left) != self.word(*right),
                Comparison::Less
                | Comparison::LessOrEqual
                | Comparison::Greater
                | Comparison::GreaterOrEqual => {}
            }
        }
        match (self.value(left), self.value(right)) {
            (Some(left), Some(right)) => builtin::holds(comparison, &left, &right),
            _ => false,
        }
    }

    fn value(&self, formula: &Formula) -> Option<Value> {
        match formula {
            Formula::Arg(Arg::Any) => None,
            Formula::Arg(arg) => Some(self.store.terms.value(self.word(*arg))),
            Formula::Operation(operation, sides) => {
                let (left, right) = (self.value(&sides.0)?, self.value(&sides.1)?);
                builtin::operate(*operation, &left, &right)
            }
            Formula::Call(function, arguments) => {
                let arguments: Option<Vec<Value>> = arguments
                    .iter()
                    .map(|argument| self.value(argument))
                    .collect();
                builtin::call(*function, &arguments?)
            }
        }
    }

    fn emit(&mut self, plan: &Plan) -> Result<bool, Error> {
        let mut tuple = std::mem::take(&mut self.tuple);
        tuple.clear();
        tuple.extend(plan.emit.iter().map(|arg| self.word(*arg)));
        let stop = match &mut self.sink {
            Sink::Exists => Ok(true),
            Sink::Insert(pred) => {
                let pred = *pred;
                self.store.insert(pred, &tuple, &plan.text).map(|_| false)
            }
            Sink::Gather(relation) => {
                let (row, _) = relation.insert(&tuple);
                if row < self.store.limits.tuples {
                    Ok(false)
                } else {
                    Err(Error::Limit {
                        limit: Limit::Tuples,
                        most: u64::from(self.store.limits.tuples),
                        rule: plan.text.to_string(),
                    })
                }
            }
        };
        self.tuple = tuple;
        stop
    }
}
