//! Rules as they are evaluated: predicates and values are numbers.

use std::sync::Arc;

use crate::check::Need;
use crate::error::Error;
use crate::store::{Pred, Store};
use crate::syntax;
use crate::syntax::{
    Atom, Comparison, Expression, Fold, Function, HeadTerm, Literal, Operation, Term, Test,
};

/// What stands in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arg {
    Const(u32),
    Var(usize),
    Any,
}

impl Arg {
    pub(crate) fn variable(self) -> Option<usize> {
        match self {
            Self::Var(variable) => Some(variable),
            Self::Const(_) | Self::Any => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern {
    pub(crate) pred: Pred,
    pub(crate) args: Vec<Arg>,
}

impl Pattern {
    pub(crate) fn variables(&self) -> impl Iterator<Item = usize> {
        self.args.iter().filter_map(|arg| arg.variable())
    }
}

/// An expression whose values are numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Formula {
    Arg(Arg),
    Operation(Operation, Box<(Self, Self)>),
    Call(Function, Vec<Self>),
}

impl Formula {
    pub(crate) fn each_variable(&self, visit: &mut impl FnMut(usize)) {
        match self {
            Self::Arg(arg) => {
                if let Some(variable) = arg.variable() {
                    visit(variable);
                }
            }
            Self::Operation(_, sides) => {
                sides.0.each_variable(visit);
                sides.1.each_variable(visit);
            }
            Self::Call(_, arguments) => {
                for argument in arguments {
                    argument.each_variable(visit);
                }
            }
        }
    }
}

/// The edges of a graph: a relation of which some columns are fixed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Edge {
    pub(crate) pred: Pred,
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) fixed: Vec<(usize, u32)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Goal {
    Has(Pattern),
    Lacks(Pattern),
    Compare(Comparison, Formula, Formula),
    Test {
        test: Test,
        is_negated: bool,
        sides: Box<[Formula; 2]>,
    },
    /// A way of one edge or more, found by searching the graph; or that there is none.
    Reach {
        edge: Edge,
        from: Arg,
        to: Arg,
        is_negated: bool,
    },
}

impl Goal {
    pub(crate) fn each_variable(&self, visit: &mut impl FnMut(usize)) {
        match self {
            Self::Has(pattern) | Self::Lacks(pattern) => pattern.variables().for_each(visit),
            Self::Compare(_, left, right) => {
                left.each_variable(visit);
                right.each_variable(visit);
            }
            Self::Test { sides, .. } => {
                for side in &**sides {
                    side.each_variable(visit);
                }
            }
            Self::Reach { from, to, .. } => {
                from.variable()
                    .into_iter()
                    .chain(to.variable())
                    .for_each(visit);
            }
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Out {
    Arg(Arg),
    Fold(Fold, Option<usize>),
}

#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) head: Pred,
    pub(crate) out: Vec<Out>,
    pub(crate) body: Vec<Goal>,
    pub(crate) variables: usize,
    pub(crate) text: Arc<str>,
}

impl Rule {
    pub(crate) fn is_aggregate(&self) -> bool {
        self.out.iter().any(|out| matches!(out, Out::Fold(..)))
    }

    /// The head's columns; an aggregate is none.
    pub(crate) fn head_args(&self) -> Vec<Arg> {
        self.out
            .iter()
            .map(|out| match out {
                Out::Arg(arg) => *arg,
                Out::Fold(..) => Arg::Any,
            })
            .collect()
    }

    /// The predicates of the body and what is needed of each.
    pub(crate) fn needs(&self) -> impl Iterator<Item = (Pred, Need)> {
        let whole = self.is_aggregate();
        self.body.iter().filter_map(move |goal| match goal {
            Goal::Has(pattern) if whole => Some((pattern.pred, Need::Whole)),
            Goal::Has(pattern) => Some((pattern.pred, Need::Facts)),
            Goal::Lacks(pattern) => Some((pattern.pred, Need::Whole)),
            Goal::Reach { edge, .. } => Some((edge.pred, Need::Whole)),
            Goal::Compare(..) | Goal::Test { .. } => None,
        })
    }

    /// Puts numbers in place of names and values.
    pub(crate) fn lower(
        rule: &syntax::Rule,
        store: &mut Store,
        pred: &impl Fn(&str) -> Pred,
    ) -> Result<Self, Error> {
        let text = &rule.text;
        let mut out = Vec::with_capacity(rule.head.terms.len());
        for term in &rule.head.terms {
            out.push(match term {
                HeadTerm::Term(term) => Out::Arg(arg(term, store, text)?),
                HeadTerm::Fold(fold, variable) => Out::Fold(*fold, *variable),
            });
        }
        let mut body = Vec::with_capacity(rule.body.len());
        for literal in &rule.body {
            body.push(match literal {
                Literal::Has(atom) => Goal::Has(pattern(atom, store, text, pred)?),
                Literal::Lacks(atom) => Goal::Lacks(pattern(atom, store, text, pred)?),
                Literal::Compare(comparison, left, right) => Goal::Compare(
                    *comparison,
                    formula(left, store, text)?,
                    formula(right, store, text)?,
                ),
                Literal::Test {
                    test,
                    is_negated,
                    arguments: [left, right],
                } => Goal::Test {
                    test: *test,
                    is_negated: *is_negated,
                    sides: Box::new([formula(left, store, text)?, formula(right, store, text)?]),
                },
            });
        }
        Ok(Self {
            head: pred(&rule.head.predicate),
            out,
            body,
            variables: rule.variables.len(),
            text: Arc::clone(text),
        })
    }
}

fn arg(term: &Term, store: &mut Store, rule: &str) -> Result<Arg, Error> {
    Ok(match term {
        Term::Variable(variable) => Arg::Var(*variable),
        Term::Any => Arg::Any,
        Term::Value(value) => {
            let limits = store.limits;
            Arg::Const(store.terms.number(value.clone(), &limits, rule)?)
        }
    })
}

fn pattern(
    atom: &Atom,
    store: &mut Store,
    rule: &str,
    pred: &impl Fn(&str) -> Pred,
) -> Result<Pattern, Error> {
    let args: Result<Vec<Arg>, Error> = atom
        .terms
        .iter()
        .map(|term| arg(term, store, rule))
        .collect();
    Ok(Pattern {
        pred: pred(&atom.predicate),
        args: args?,
    })
}

fn formula(expression: &Expression, store: &mut Store, rule: &str) -> Result<Formula, Error> {
    Ok(match expression {
        Expression::Term(term) => Formula::Arg(arg(term, store, rule)?),
        Expression::Operation(operation, sides) => Formula::Operation(
            *operation,
            Box::new((
                formula(&sides.0, store, rule)?,
                formula(&sides.1, store, rule)?,
            )),
        ),
        Expression::Call(function, arguments) => {
            let arguments: Result<Vec<Formula>, Error> = arguments
                .iter()
                .map(|argument| formula(argument, store, rule))
                .collect();
            Formula::Call(*function, arguments?)
        }
    })
}
