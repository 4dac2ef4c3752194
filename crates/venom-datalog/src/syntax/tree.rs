//! Clauses as data. Variables are numbers within their clause; `_` is none.

use std::sync::Arc;

use crate::value::Value;

/// What may stand in a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Term {
    Variable(usize),
    Any,
    Value(Value),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Atom {
    pub(crate) predicate: Arc<str>,
    pub(crate) terms: Vec<Term>,
}

/// How two values are compared. Order is defined within one kind of value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

/// What makes a value of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Function {
    Concat,
    Lower,
    Upper,
    Length,
}

impl Function {
    pub(crate) const ALL: &[(&str, Self)] = &[
        ("concat", Self::Concat),
        ("lower", Self::Lower),
        ("upper", Self::Upper),
        ("length", Self::Length),
    ];

    pub(crate) fn of(name: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(known, _)| *known == name)?;
        Some(found.1)
    }

    /// How many values it takes; none if any number.
    pub(crate) fn arity(self) -> Option<usize> {
        match self {
            Self::Concat => None,
            Self::Lower | Self::Upper | Self::Length => Some(1),
        }
    }
}

/// What holds or not of two texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Test {
    StartsWith,
    EndsWith,
    Contains,
    Matches,
}

impl Test {
    pub(crate) const ALL: &[(&str, Self)] = &[
        ("starts_with", Self::StartsWith),
        ("ends_with", Self::EndsWith),
        ("contains", Self::Contains),
        ("matches", Self::Matches),
    ];

    pub(crate) fn of(name: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(known, _)| *known == name)?;
        Some(found.1)
    }

    pub(crate) fn name(self) -> &'static str {
        let found = Self::ALL.iter().find(|(_, test)| *test == self);
        found.map_or("", |(name, _)| name)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Expression {
    Term(Term),
    Operation(Operation, Box<(Self, Self)>),
    Call(Function, Vec<Self>),
}

impl Expression {
    pub(crate) fn each_variable(&self, visit: &mut impl FnMut(usize)) {
        match self {
            Self::Term(Term::Variable(variable)) => visit(*variable),
            Self::Term(Term::Any | Term::Value(_)) => {}
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

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Literal {
    Has(Atom),
    Lacks(Atom),
    Compare(Comparison, Expression, Expression),
    Test {
        test: Test,
        is_negated: bool,
        arguments: [Expression; 2],
    },
}

/// What an aggregate makes of the values of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fold {
    Count,
    Sum,
    Min,
    Max,
    List,
}

impl Fold {
    pub(crate) const ALL: &[(&str, Self)] = &[
        ("count", Self::Count),
        ("sum", Self::Sum),
        ("min", Self::Min),
        ("max", Self::Max),
        ("list", Self::List),
    ];

    pub(crate) fn of(name: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(known, _)| *known == name)?;
        Some(found.1)
    }

    pub(crate) fn name(self) -> &'static str {
        let found = Self::ALL.iter().find(|(_, fold)| *fold == self);
        found.map_or("", |(name, _)| name)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum HeadTerm {
    Term(Term),
    /// No variable: the bindings of the body are counted.
    Fold(Fold, Option<usize>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) predicate: Arc<str>,
    pub(crate) terms: Vec<HeadTerm>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) head: Head,
    pub(crate) body: Vec<Literal>,
    /// The names of the variables; those that the parser made begin with `$`.
    pub(crate) variables: Vec<Arc<str>>,
    /// The rule as it was written, on one line and shortened.
    pub(crate) text: Arc<str>,
    /// The rule as it was written, on one line.
    pub(crate) full: Arc<str>,
}
