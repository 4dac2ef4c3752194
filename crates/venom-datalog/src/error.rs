//! What can go wrong, with the place in the text or the rule it went wrong in.

use crate::limits::Limit;

/// A place in a text: line and column, both counted from one, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

/// Why a text, a fact, a query or an evaluation was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The text is not Datalog.
    #[error("line {}, column {}: expected {expected}, found {found}", at.line, at.column)]
    Syntax {
        /// Where.
        at: Position,
        /// What could have stood there.
        expected: String,
        /// What stands there.
        found: String,
    },
    /// A predicate is used with two numbers of values.
    #[error("{predicate} has {expected} values and is used with {found} in `{place}`")]
    Arity {
        /// The predicate.
        predicate: String,
        /// How many values it has.
        expected: usize,
        /// How many it was used with.
        found: usize,
        /// The rule or fact that differs.
        place: String,
    },
    /// A variable is not bound by what precedes it: the rule would hold for everything there is.
    #[error("{variable} is not bound by a positive literal in `{rule}`")]
    Unbound {
        /// The variable.
        variable: String,
        /// The rule.
        rule: String,
    },
    /// A predicate depends on its own negation or aggregate.
    #[error("no order of evaluation exists, because of the cycle {cycle}")]
    Unstratified {
        /// The cycle, such as `win -> not win`.
        cycle: String,
    },
    /// A query gives rules for a predicate that the database has.
    #[error("{predicate} has facts or rules in the database already")]
    Redefined {
        /// The predicate.
        predicate: String,
    },
    /// An aggregate met values it cannot work on.
    #[error("{problem} in `{rule}`")]
    Aggregate {
        /// What was met.
        problem: String,
        /// The rule.
        rule: String,
    },
    /// A fact cannot be stored.
    #[error("{fact} cannot be stored: {problem}")]
    Fact {
        /// The fact.
        fact: String,
        /// Why.
        problem: String,
    },
    /// A limit was reached; nothing of the evaluation was kept.
    #[error("the limit of {most} {limit} was reached in `{rule}`")]
    Limit {
        /// Which limit.
        limit: Limit,
        /// How much it allows.
        most: u64,
        /// The rule that was being evaluated, or what else was being done.
        rule: String,
    },
}

impl Error {
    /// Says what to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Syntax { .. } => {
                "a clause is `head(X) :- body(X, Y), not other(Y), Y > 3.`; variables begin with a capital letter"
            }
            Self::Arity { .. } => {
                "give the predicate the same number of values everywhere; `_` stands for any"
            }
            Self::Unbound { .. } => {
                "use the variable in a literal that is not negated, or write `_` where any value will do"
            }
            Self::Unstratified { .. } => {
                "break the cycle: what is negated or aggregated must be complete before"
            }
            Self::Redefined { .. } => "give the rules of the query a name of their own",
            Self::Aggregate { .. } => "restrict the body to the values that the aggregate works on",
            Self::Fact { .. } => "a name begins with a letter, and lists are not nested",
            Self::Limit { .. } => "bind more of the query, or raise the limit",
        }
    }
}
