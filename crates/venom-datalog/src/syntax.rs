//! The text of rules: from letters to clauses whose variables are numbered.
//!
//! ```text
//! % facts                          // another comment, and /* another */
//! edge(1, 2).  name(alice, "Alice").
//! % rules: `,` is and, `not` is "no such fact"
//! path(X, Z) :- path(X, Y), edge(Y, Z).
//! leaf(X) :- edge(_, X), not edge(X, _).
//! next(X, Y) :- number(X), Y = X + 1, Y <= 10.
//! % aggregates stand in the head; the other columns are the groups
//! degree(X, count(Y)) :- edge(X, Y).
//! % what a program wants to know
//! ?- path(1, X), X != 2.
//! ```

mod lexer;
mod parser;
mod tree;

use parser::Parser;
pub(crate) use parser::{Query, is_reserved, query};
pub(crate) use tree::{
    Atom, Comparison, Expression, Fold, Function, HeadTerm, Literal, Operation, Rule, Term, Test,
};

use crate::error::Error;
use crate::value::Fact;

/// Rules and facts that were read from a text.
#[derive(Clone, Debug, Default)]
pub struct Program {
    pub(crate) facts: Vec<Fact>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) queries: Vec<String>,
}

impl Program {
    /// Reads a text. Whether its rules fit together is checked where they are loaded.
    pub fn parse(text: &str) -> Result<Self, Error> {
        Parser::new(text)?.program()
    }

    /// The facts, in the order of the text.
    pub fn facts(&self) -> impl Iterator<Item = &Fact> {
        self.facts.iter()
    }

    /// The rules as they were written, in the order of the text.
    pub fn rules(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().map(|rule| &*rule.full)
    }

    /// What stands after `?-`, in the order of the text.
    pub fn queries(&self) -> impl Iterator<Item = &str> {
        self.queries.iter().map(String::as_str)
    }
}
