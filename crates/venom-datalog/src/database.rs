//! Facts and rules, and what follows from them.

mod change;
mod content;
mod question;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::analysis::Analysis;
use crate::check::{self, Need};
use crate::closure;
use crate::error::Error;
use crate::evaluate;
use crate::limits::Limits;
use crate::plan::edge_indexes;
use crate::rule::{Edge, Rule};
use crate::store::{Pred, Store};
use crate::syntax::{self, Program};
use crate::told::Told;
use crate::value::{Fact, Source};

pub use change::Removed;
pub use content::Size;

struct Predicate {
    name: Arc<str>,
    arity: usize,
    /// All that follows from the rules is in the relation.
    is_fresh: bool,
    /// Rows that what was derived takes into account.
    settled: u32,
}

/// A set of facts with their sources, and of rules.
///
/// What follows from the rules is computed when it is asked for: a query of which something is
/// known computes what it needs and forgets it; what must be known as a whole is computed once and
/// kept true while facts come and go.
pub struct Database {
    store: Store,
    told: Told,
    predicates: Vec<Predicate>,
    names: BTreeMap<Arc<str>, Pred>,
    rules: Vec<Rule>,
    analysis: Analysis,
    /// The rules as they were written, for [`Database::digest`].
    texts: Vec<Arc<str>>,
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database")
            .field("predicates", &self.predicates.len())
            .field("rules", &self.rules.len())
            .field("rows", &self.store.rows())
            .finish_non_exhaustive()
    }
}

impl Database {
    /// Makes an empty database.
    pub fn new(limits: Limits) -> Self {
        Self {
            store: Store::new(limits),
            told: Told::default(),
            predicates: Vec::new(),
            names: BTreeMap::new(),
            rules: Vec::new(),
            analysis: Analysis::empty(),
            texts: Vec::new(),
        }
    }

    /// Adds rules, and facts told by [`Source::PROGRAM`]. On an error nothing was added.
    pub fn load(&mut self, program: &Program) -> Result<(), Error> {
        let (predicates, rules) = (self.predicates.len(), self.rules.len());
        let loaded = self.load_rules(program);
        match loaded {
            Ok(analysis) => self.analysis = analysis,
            Err(error) => {
                self.release(predicates, rules);
                return Err(error);
            }
        }
        self.texts
            .extend(program.rules.iter().map(|rule| Arc::clone(&rule.full)));
        if rules < self.rules.len() {
            // Rules are loaded rarely; what they change is not worth finding out.
            self.forget_derived();
        }
        for fact in &program.facts {
            self.insert(fact, Source::PROGRAM)?;
        }
        Ok(())
    }

    fn load_rules(&mut self, program: &Program) -> Result<Analysis, Error> {
        for rule in &program.rules {
            check::safe(rule)?;
            self.declare_all(rule)?;
        }
        // Facts are checked before any is inserted.
        for fact in &program.facts {
            self.declare(fact.predicate(), fact.values().len(), &|| fact.to_string())?;
        }
        for rule in &program.rules {
            let rule = self.lower(rule)?;
            self.rules.push(rule);
        }
        self.analyse()
    }

    fn lower(&mut self, rule: &syntax::Rule) -> Result<Rule, Error> {
        let names = &self.names;
        // Every name was declared before.
        Rule::lower(rule, &mut self.store, &|name| {
            names.get(name).copied().unwrap_or_default()
        })
    }

    fn analyse(&self) -> Result<Analysis, Error> {
        Analysis::new(&self.rules, self.predicates.len()).map_err(|cycle| {
            let mut shown = String::new();
            let name = |pred: Pred| self.predicates.get(pred).map_or("?", |known| &known.name);
            for (index, (pred, need)) in cycle.iter().enumerate() {
                if index == 0 {
                    shown.push_str(name(*pred));
                }
                let next = cycle.get(index + 1).or_else(|| cycle.first());
                shown.push_str(match need {
                    Need::Whole => " -> not or aggregate ",
                    Need::Facts => " -> ",
                });
                shown.push_str(next.map_or("?", |(pred, _)| name(*pred)));
            }
            Error::Unstratified { cycle: shown }
        })
    }

    /// Makes a predicate known, or checks how many values it has.
    fn declare(
        &mut self,
        name: &str,
        arity: usize,
        place: &dyn Fn() -> String,
    ) -> Result<Pred, Error> {
        if let Some(pred) = self.names.get(name) {
            let expected = self.predicates[*pred].arity;
            if expected == arity {
                return Ok(*pred);
            }
            return Err(Error::Arity {
                predicate: name.to_owned(),
                expected,
                found: arity,
                place: place(),
            });
        }
        let pred = self.store.add(arity);
        let name: Arc<str> = name.into();
        self.predicates.push(Predicate {
            name: Arc::clone(&name),
            arity,
            is_fresh: false,
            settled: 0,
        });
        self.names.insert(name, pred);
        // Known to have no rules until the rules are looked at again.
        self.analysis.has_rules.push(false);
        self.analysis.is_recursive.push(false);
        self.analysis.graphs.push(None);
        Ok(pred)
    }

    fn declare_all(&mut self, rule: &syntax::Rule) -> Result<(), Error> {
        let place = || rule.text.to_string();
        let head = &rule.head;
        self.declare(&head.predicate, head.terms.len(), &place)?;
        for literal in &rule.body {
            if let syntax::Literal::Has(atom) | syntax::Literal::Lacks(atom) = literal {
                self.declare(&atom.predicate, atom.terms.len(), &place)?;
            }
        }
        Ok(())
    }

    /// Takes back predicates and rules that were added last.
    fn release(&mut self, predicates: usize, rules: usize) {
        self.rules.truncate(rules);
        self.store.drop_from(predicates);
        for gone in self.predicates.drain(predicates..) {
            self.names.remove(&gone.name);
        }
        self.analysis.has_rules.truncate(predicates);
        self.analysis.is_recursive.truncate(predicates);
        self.analysis.graphs.truncate(predicates);
    }

    fn has_rules(&self, pred: Pred) -> bool {
        self.analysis
            .has_rules
            .get(pred)
            .copied()
            .unwrap_or_default()
    }

    pub(crate) fn fact(&self, pred: Pred, tuple: &[u32]) -> Fact {
        let values = tuple.iter().map(|word| self.store.terms.value(*word));
        Fact::from_parts(Arc::clone(&self.predicates[pred].name), values.collect())
    }

    /// Computes all that follows from these predicates' rules, and what they need, and keeps it.
    fn materialise(&mut self, wanted: impl IntoIterator<Item = Pred>) -> Result<(), Error> {
        let needed = self.analysis.needs.closure(wanted);
        let is_wanted = |pred: Pred| {
            needed.get(pred).copied().unwrap_or_default() && !self.predicates[pred].is_fresh
        };
        let strata = self.analysis.with_rules(&self.rules, is_wanted);
        for stratum in strata {
            let before: Vec<(Pred, u32)> = stratum
                .preds
                .iter()
                .map(|pred| (*pred, self.store.relations[*pred].rows()))
                .collect();
            if let Err(error) = evaluate::stratum(&mut self.store, &stratum) {
                for (pred, rows) in before {
                    self.store.truncate(pred, rows);
                }
                return Err(error);
            }
            for pred in &stratum.preds {
                self.predicates[*pred].is_fresh = true;
                self.predicates[*pred].settled = self.store.relations[*pred].rows();
            }
        }
        for (predicate, relation) in self.predicates.iter_mut().zip(&self.store.relations) {
            predicate.settled = relation.rows();
        }
        Ok(())
    }

    /// Computes all that follows from all rules, and keeps it true from now on.
    ///
    /// Queries do this by themselves where they need it. It pays where the same rules are asked
    /// again and again with nothing bound.
    pub fn derive_all(&mut self) -> Result<(), Error> {
        self.settle();
        self.materialise(0..self.predicates.len())
    }
}

/// What the search for proofs needs.
impl Database {
    pub(crate) fn settle_for_proof(&mut self) {
        self.settle();
        for relation in &mut self.store.relations {
            relation.enter_all();
        }
    }

    pub(crate) fn materialise_for_proof(&mut self, pred: Pred) -> Result<(), Error> {
        self.materialise([pred])?;
        for relation in &mut self.store.relations {
            relation.enter_all();
        }
        Ok(())
    }

    /// The numbers of a fact, if all its values are known.
    pub(crate) fn key(&self, fact: &Fact) -> Option<(Pred, Vec<u32>)> {
        let pred = *self.names.get(fact.predicate())?;
        if self.predicates[pred].arity != fact.values().len() {
            return None;
        }
        let values = fact.values().iter();
        let words: Option<Vec<u32>> = values.map(|value| self.store.terms.find(value)).collect();
        Some((pred, words?))
    }

    pub(crate) fn is_told(&self, (pred, tuple): &(Pred, Vec<u32>)) -> bool {
        let row = self.store.relations[*pred].find(tuple);
        row.is_some_and(|row| self.told.is_told(*pred, row))
    }

    /// The graph that a predicate is the closure of, if its edges are facts that were told.
    pub(crate) fn graph_of(&self, pred: Pred) -> Option<Edge> {
        let edge = self.analysis.graphs.get(pred)?.clone()?;
        let is_plain = !self.has_rules(edge.pred) && !self.told.has_facts(pred);
        is_plain.then_some(edge)
    }

    /// Whether a fact holds whose predicate is known as a whole or is a graph.
    pub(crate) fn holds(&mut self, (pred, tuple): &(Pred, Vec<u32>)) -> bool {
        if let Some(edge) = self.graph_of(*pred) {
            let relation = &mut self.store.relations[edge.pred];
            let (forward, _) = edge_indexes(&edge, relation);
            relation.catch_up();
            let way = closure::shortest(&self.store, &edge, forward, tuple[0], tuple[1]);
            return way.is_some();
        }
        self.store.relations[*pred].find(tuple).is_some()
    }

    pub(crate) fn limits(&self) -> Limits {
        self.store.limits
    }

    pub(crate) fn rules(&self) -> &[Rule] {
        &self.rules
    }

    pub(crate) fn store_ref(&self) -> &Store {
        &self.store
    }

    pub(crate) fn store_mut(&mut self) -> &mut Store {
        &mut self.store
    }

    pub(crate) fn told_ref(&self) -> &Told {
        &self.told
    }

    pub(crate) fn name_of(&self, pred: Pred) -> Arc<str> {
        Arc::clone(&self.predicates[pred].name)
    }
}
