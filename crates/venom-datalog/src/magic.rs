//! Magic sets: rules rewritten so that a query computes what it needs and little else.
//!
//! Each predicate is split by which of its columns the caller knows. A relation of magic facts
//! holds the known values that were asked for and guards every rule of the split predicate; the
//! body of a rule says what is asked next (Beeri and Ramakrishnan, *On the power of magic*, 1991).
//! Values are passed sideways in the order in which `plan` would evaluate the body.
//!
//! What is negated must be complete whoever asks, so it is asked for as a whole beforehand; so is a
//! recursion of which the caller knows nothing. Aggregates are split by their groups as long as the
//! rewritten rules can be ordered.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::limits::MAX_ARITY;
use crate::plan::order;
use crate::rule::{Arg, Edge, Goal, Out, Pattern, Rule};
use crate::store::{Pred, Store};

/// How the facts of a predicate are come by.
pub(crate) enum Way {
    /// They are all there.
    Rows,
    /// By searching a graph, whose edges are all there.
    Graph(Edge),
    /// By rules; the second says whether they are recursive.
    Rules { is_recursive: bool },
}

/// A predicate must be evaluated as a whole before the query can be rewritten.
pub(crate) struct Whole(pub(crate) Pred);

/// As many splits as a query may have. Chosen: beyond it whole predicates are cheaper.
const SPLITS: usize = 1_000;

pub(crate) struct Magic<'a> {
    store: &'a mut Store,
    rules: &'a [Rule],
    way: &'a dyn Fn(Pred) -> Way,
    splits_aggregates: bool,
    /// Predicate and known columns, as bits; the split predicate and its magic facts.
    splits: BTreeMap<(Pred, u32), (Pred, Option<Pred>)>,
    queue: VecDeque<(Pred, u32)>,
    made: Vec<Rule>,
}

const _: () = assert!(MAX_ARITY <= 32, "known columns are bits of 32");

impl<'a> Magic<'a> {
    pub(crate) fn new(
        store: &'a mut Store,
        rules: &'a [Rule],
        way: &'a dyn Fn(Pred) -> Way,
        splits_aggregates: bool,
    ) -> Self {
        Self {
            store,
            rules,
            way,
            splits_aggregates,
            splits: BTreeMap::new(),
            queue: VecDeque::new(),
            made: Vec::new(),
        }
    }

    /// Rewrites a goal and all rules it asks. The goal keeps its head.
    pub(crate) fn rewrite(mut self, goal: &Rule) -> Result<Vec<Rule>, Whole> {
        let bound = vec![false; goal.variables];
        let body = self.body(goal, bound, Vec::new())?;
        self.made.push(Rule {
            body,
            ..goal.clone()
        });
        while let Some((pred, known)) = self.queue.pop_front() {
            self.split(pred, known)?;
        }
        Ok(self.made)
    }

    fn split(&mut self, pred: Pred, known: u32) -> Result<(), Whole> {
        let Some((split, magic)) = self.splits.get(&(pred, known)).copied() else {
            return Ok(());
        };
        let guard = |args: &[Arg]| {
            magic.map(|magic| {
                Goal::Has(Pattern {
                    pred: magic,
                    args: known_of(args, known),
                })
            })
        };
        let rules = self.rules;
        for rule in rules.iter().filter(|rule| rule.head == pred) {
            if rule.is_aggregate() && !self.splits_aggregates {
                return Err(Whole(pred));
            }
            let args = rule.head_args();
            let mut bound = vec![false; rule.variables];
            for variable in known_of(&args, known).into_iter().filter_map(Arg::variable) {
                bound[variable] = true;
            }
            let prefix: Vec<Goal> = guard(&args).into_iter().collect();
            let body = self.body(rule, bound, prefix)?;
            self.made.push(Rule {
                head: split,
                body,
                ..rule.clone()
            });
        }
        // Facts that were told stand in the relation itself.
        let relation = &self.store.relations[pred];
        if relation.live() > 0 {
            let args: Vec<Arg> = (0..relation.arity()).map(Arg::Var).collect();
            let mut body: Vec<Goal> = guard(&args).into_iter().collect();
            body.push(Goal::Has(Pattern {
                pred,
                args: args.clone(),
            }));
            self.made.push(Rule {
                head: split,
                variables: args.len(),
                out: args.into_iter().map(Out::Arg).collect(),
                body,
                text: Arc::from("facts"),
            });
        }
        Ok(())
    }

    fn body(
        &mut self,
        rule: &Rule,
        mut bound: Vec<bool>,
        mut made: Vec<Goal>,
    ) -> Result<Vec<Goal>, Whole> {
        let way = self.way;
        let order = order(&rule.body, &bound, None, &|pred| match way(pred) {
            Way::Rows => self.store.relations[pred].live(),
            Way::Graph(edge) => self.store.relations[edge.pred].live(),
            Way::Rules { .. } => u32::MAX,
        });
        let is_known = |arg: Arg, bound: &[bool]| match arg {
            Arg::Const(_) => true,
            Arg::Var(variable) => bound[variable],
            Arg::Any => false,
        };
        for place in order {
            let goal = &rule.body[place];
            let next = match goal {
                Goal::Has(pattern) => match way(pattern.pred) {
                    Way::Rows => goal.clone(),
                    Way::Graph(edge) => {
                        let (from, to) = (pattern.args[0], pattern.args[1]);
                        if !is_known(from, &bound) && !is_known(to, &bound) {
                            return Err(Whole(pattern.pred));
                        }
                        self.graph(edge, from, to, false)?
                    }
                    Way::Rules { is_recursive } => {
                        let mut known = 0;
                        for (column, arg) in pattern.args.iter().enumerate() {
                            known |= u32::from(is_known(*arg, &bound)) << column;
                        }
                        known &= self.groups(pattern.pred);
                        if known == 0 && is_recursive || self.splits.len() >= SPLITS {
                            return Err(Whole(pattern.pred));
                        }
                        let (split, magic) = self.ask(pattern.pred, known);
                        if let Some(magic) = magic {
                            self.made.push(Rule {
                                head: magic,
                                out: known_of(&pattern.args, known)
                                    .into_iter()
                                    .map(Out::Arg)
                                    .collect(),
                                body: made.clone(),
                                variables: rule.variables,
                                text: Arc::clone(&rule.text),
                            });
                        }
                        Goal::Has(Pattern {
                            pred: split,
                            args: pattern.args.clone(),
                        })
                    }
                },
                Goal::Lacks(pattern) => match (way(pattern.pred), pattern.args.as_slice()) {
                    (Way::Rows, _) => goal.clone(),
                    (Way::Graph(edge), [from, to]) if *from != Arg::Any && *to != Arg::Any => {
                        self.graph(edge, *from, *to, true)?
                    }
                    (Way::Graph(_) | Way::Rules { .. }, _) => return Err(Whole(pattern.pred)),
                },
                Goal::Compare(..) | Goal::Test { .. } | Goal::Reach { .. } => goal.clone(),
            };
            goal.each_variable(&mut |variable| bound[variable] = true);
            made.push(next);
        }
        Ok(made)
    }

    fn graph(&self, edge: Edge, from: Arg, to: Arg, is_negated: bool) -> Result<Goal, Whole> {
        match (self.way)(edge.pred) {
            Way::Rows => Ok(Goal::Reach {
                edge,
                from,
                to,
                is_negated,
            }),
            Way::Graph(_) | Way::Rules { .. } => Err(Whole(edge.pred)),
        }
    }

    /// The columns that a caller may know: in an aggregate those that make the groups.
    fn groups(&self, pred: Pred) -> u32 {
        let mut columns = u32::MAX;
        for rule in self.rules.iter().filter(|rule| rule.head == pred) {
            for (column, out) in rule.out.iter().enumerate() {
                if matches!(out, Out::Fold(..)) {
                    columns &= !(1 << column);
                }
            }
        }
        columns
    }

    fn ask(&mut self, pred: Pred, known: u32) -> (Pred, Option<Pred>) {
        if let Some(split) = self.splits.get(&(pred, known)) {
            return *split;
        }
        let split = self.store.add(self.store.relations[pred].arity());
        let magic = (known != 0).then(|| self.store.add(known.count_ones() as usize));
        self.splits.insert((pred, known), (split, magic));
        self.queue.push_back((pred, known));
        (split, magic)
    }
}

/// The columns that are known.
fn known_of(args: &[Arg], known: u32) -> Vec<Arg> {
    args.iter()
        .enumerate()
        .filter(|(column, _)| known >> column & 1 == 1)
        .map(|(_, arg)| *arg)
        .collect()
}
