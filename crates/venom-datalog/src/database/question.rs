//! Queries: what is asked is made a rule, rewritten to what it needs, and evaluated.

use std::sync::Arc;

use super::Database;
use crate::analysis::Analysis;
use crate::answers::{Answers, Table};
use crate::check;
use crate::error::Error;
use crate::evaluate;
use crate::magic::{Magic, Way, Whole};
use crate::rule::{Arg, Goal, Out, Rule};
use crate::store::Pred;
use crate::syntax::{self, Literal, Query};

impl Database {
    /// Answers a query: a body such as `path(1, X), not seen(X)`, preceded by rules of its own if it
    /// needs some. Without a body the last rule's head says what is wanted.
    pub fn query(&mut self, text: &str) -> Result<Answers, Error> {
        let query = syntax::query(text)?;
        for rule in query.rules.iter().chain([&query.goal]) {
            check::safe(rule)?;
        }
        self.settle();
        let (predicates, rules) = (self.predicates.len(), self.rules.len());
        let answers = self.answer(&query, predicates);
        self.release(predicates, rules);
        answers
    }

    fn answer(&mut self, query: &Query, own: usize) -> Result<Answers, Error> {
        for rule in &query.rules {
            let name = &rule.head.predicate;
            if self.names.get(name).is_some_and(|pred| *pred < own) {
                return Err(Error::Redefined {
                    predicate: name.to_string(),
                });
            }
            let arity = rule.head.terms.len();
            self.declare(name, arity, &|| rule.text.to_string())?;
        }
        let defined = self.predicates.len();
        for rule in query.rules.iter().chain([&query.goal]) {
            for literal in &rule.body {
                if let Literal::Has(atom) | Literal::Lacks(atom) = literal {
                    let place = || rule.text.to_string();
                    self.declare(&atom.predicate, atom.terms.len(), &place)?;
                }
            }
        }
        let unknown: Vec<String> = self
            .predicates
            .iter()
            .skip(defined)
            .map(|predicate| predicate.name.to_string())
            .collect();
        // Names that begin with `_` are not wanted, nor are those that stand for expressions.
        let (mut columns, mut out): (Vec<Arc<str>>, Vec<Out>) = (Vec::new(), Vec::new());
        for (variable, name) in query.goal.variables.iter().enumerate() {
            if !name.starts_with(['_', '$']) {
                columns.push(Arc::clone(name));
                out.push(Out::Arg(Arg::Var(variable)));
            }
        }
        let head = self.declare("?", columns.len(), &String::new)?;
        let mut rules = Vec::new();
        for rule in query.rules.iter().chain([&query.goal]) {
            rules.push(self.lower(rule)?);
        }
        let Some(mut goal) = rules.pop() else {
            return Err(Error::Redefined {
                predicate: "?".to_owned(),
            });
        };
        goal.head = head;
        goal.out = out;
        let before = if rules.is_empty() {
            None
        } else {
            self.rules.extend(rules);
            let analysis = self.analyse()?;
            Some(std::mem::replace(&mut self.analysis, analysis))
        };
        let solved = self.solve(&goal);
        if let Some(before) = before {
            self.analysis = before;
        }
        let relation = &self.store.relations[solved?];
        Ok(Answers {
            columns,
            table: Table::new(relation, relation.live_rows(), &self.store.terms),
            unknown,
        })
    }

    /// How the facts of a predicate are come by.
    fn way(&self, pred: Pred) -> Way {
        if !self.has_rules(pred) || self.predicates[pred].is_fresh {
            return Way::Rows;
        }
        if let Some(Some(edge)) = self.analysis.graphs.get(pred)
            && self.store.relations[pred].live() == 0
        {
            return Way::Graph(edge.clone());
        }
        Way::Rules {
            is_recursive: self.analysis.is_recursive[pred],
        }
    }

    /// Evaluates a goal into its head, which the caller has declared. Answers with the predicate
    /// that has the rows: a goal that asks for all of one predicate is that predicate.
    fn solve(&mut self, goal: &Rule) -> Result<Pred, Error> {
        let mut splits_aggregates = true;
        loop {
            if let [Goal::Has(pattern)] = goal.body.as_slice()
                && matches!(self.way(pattern.pred), Way::Rows)
                && pattern.args == goal.head_args()
                && pattern.variables().is_sorted_by(|one, other| one < other)
            {
                return Ok(pattern.pred);
            }
            let base = self.store.relations.len();
            let ways: Vec<Way> = (0..self.predicates.len())
                .map(|pred| self.way(pred))
                .collect();
            let way = |pred: Pred| match &ways[pred] {
                Way::Rows => Way::Rows,
                Way::Graph(edge) => Way::Graph(edge.clone()),
                Way::Rules { is_recursive } => Way::Rules {
                    is_recursive: *is_recursive,
                },
            };
            let magic = Magic::new(&mut self.store, &self.rules, &way, splits_aggregates);
            let rewritten = magic.rewrite(goal);
            let result = match rewritten {
                Ok(rules) => {
                    let count = self.store.relations.len();
                    match Analysis::new(&rules, count) {
                        Ok(analysis) => {
                            let strata = analysis.with_rules(&rules, |_| true);
                            let mut result = Ok(());
                            for stratum in &strata {
                                result = result
                                    .and_then(|()| evaluate::stratum(&mut self.store, stratum));
                            }
                            Some(result)
                        }
                        Err(_cycle) if splits_aggregates => {
                            splits_aggregates = false;
                            None
                        }
                        // Without aggregates nothing that is split is negated.
                        Err(_cycle) => Some(Err(Error::Unstratified {
                            cycle: goal.text.to_string(),
                        })),
                    }
                }
                Err(Whole(pred)) => {
                    self.store.drop_from(base);
                    self.materialise([pred])?;
                    None
                }
            };
            self.store.drop_from(base);
            if let Some(result) = result {
                return result.map(|()| goal.head);
            }
        }
    }
}
