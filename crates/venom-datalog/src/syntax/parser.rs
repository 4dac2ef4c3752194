//! Tokens to clauses: recursive descent, bounded in depth, with what was expected in each error.

mod expression;

use std::sync::Arc;

use super::Program;
use super::lexer::{Span, Token, brief, position, tokens};
use super::tree::{
    Atom, Comparison, Expression, Fold, Function, Head, HeadTerm, Literal, Rule, Term, Test,
};
use crate::error::Error;
use crate::limits::{MAX_ARITY, MAX_LITERALS, MAX_NESTING};
use crate::value::{Fact, Value};

/// What somebody asks: rules for this query alone, and what is wanted.
#[derive(Debug)]
pub(crate) struct Query {
    pub(crate) rules: Vec<Rule>,
    /// A rule without a head: its named variables are the columns of the answers.
    pub(crate) goal: Rule,
}

/// Reads a query: clauses, then a body; without a body the last rule says what is wanted.
pub(crate) fn query(text: &str) -> Result<Query, Error> {
    Parser::new(text)?.query()
}

/// What is between two full stops.
enum Clause {
    Rule(Rule),
    Goal(Rule),
}

pub(crate) struct Parser<'a> {
    text: &'a str,
    tokens: Vec<(Token, Span)>,
    at: usize,
    // The clause being read.
    variables: Vec<Arc<str>>,
    made: Vec<Literal>,
    nesting: usize,
    operations: usize,
}

impl<'a> Parser<'a> {
    pub(crate) fn new(text: &'a str) -> Result<Self, Error> {
        Ok(Self {
            text,
            tokens: tokens(text)?,
            at: 0,
            variables: Vec::new(),
            made: Vec::new(),
            nesting: 0,
            operations: 0,
        })
    }

    pub(crate) fn program(mut self) -> Result<Program, Error> {
        let mut program = Program::default();
        while *self.peek() != Token::End {
            if *self.peek() == Token::Sign("?-") {
                let goal = self.goal()?;
                self.expect(".")?;
                program.queries.push(goal.full.to_string());
                continue;
            }
            let start = self.at;
            let rule = self.rule()?;
            self.expect(".")?;
            match ground(&rule) {
                Some(fact) => program.facts.push(fact),
                None if rule.body.is_empty() => return Err(self.not_ground(start, &rule)),
                None => program.rules.push(rule),
            }
        }
        Ok(program)
    }

    fn query(mut self) -> Result<Query, Error> {
        let mut rules = Vec::new();
        let mut goal = None;
        while *self.peek() != Token::End {
            if goal.is_some() {
                return Err(self.expected("the end of the query"));
            }
            match self.clause_of_query()? {
                Clause::Rule(rule) => rules.push(rule),
                Clause::Goal(rule) => goal = Some(rule),
            }
            if *self.peek() != Token::End {
                self.expect(".")?;
            }
        }
        let goal = match (goal, rules.last()) {
            (Some(goal), _) => goal,
            (None, Some(last)) => wanted(last),
            (None, None) => return Err(self.expected("a query such as `path(1, X)`")),
        };
        Ok(Query { rules, goal })
    }

    fn clause_of_query(&mut self) -> Result<Clause, Error> {
        if *self.peek() == Token::Sign("?-") || !self.is_rule_ahead() {
            return Ok(Clause::Goal(self.goal()?));
        }
        Ok(Clause::Rule(self.rule()?))
    }

    /// Whether `:-` comes before the full stop, or a full stop with more after it.
    fn is_rule_ahead(&self) -> bool {
        for (offset, (token, _)) in self.tokens.iter().enumerate().skip(self.at) {
            match token {
                Token::Sign(":-") => return true,
                Token::Sign(".") => {
                    let next = self.tokens.get(offset + 1);
                    return next.is_some_and(|(next, _)| *next != Token::End);
                }
                _ => {}
            }
        }
        false
    }

    // --- clauses -------------------------------------------------------------------------

    fn begin(&mut self) {
        self.variables.clear();
        self.made.clear();
        self.nesting = 0;
    }

    /// `?- body`, or a body alone.
    fn goal(&mut self) -> Result<Rule, Error> {
        self.begin();
        self.accept("?-");
        let start = self.at;
        let body = self.body()?;
        let head = Head {
            predicate: "?".into(),
            terms: Vec::new(),
        };
        Ok(self.finish(head, body, start))
    }

    fn rule(&mut self) -> Result<Rule, Error> {
        self.begin();
        let start = self.at;
        let head = self.head()?;
        let head_made = std::mem::take(&mut self.made);
        let mut body = Vec::new();
        if self.accept(":-") {
            body = self.body()?;
        }
        body.extend(head_made);
        Ok(self.finish(head, body, start))
    }

    fn finish(&mut self, head: Head, body: Vec<Literal>, start: usize) -> Rule {
        const SHOWN: usize = 240;
        let from = self.tokens.get(start).map_or(0, |(_, span)| span.start);
        let last = self.at.saturating_sub(1);
        let to = self.tokens.get(last).map_or(from, |(_, span)| span.end);
        let written = self.text.get(from..to).unwrap_or_default();
        // One line, without control characters: the text is shown in messages.
        let mut text = String::new();
        for word in written.split_whitespace() {
            if !text.is_empty() {
                text.push(' ');
            }
            text.extend(word.chars().filter(|letter| !letter.is_control()));
        }
        let full: Arc<str> = text.as_str().into();
        if text.chars().nth(SHOWN).is_some() {
            text = text.chars().take(SHOWN).chain(['…']).collect();
        }
        Rule {
            head,
            body,
            variables: std::mem::take(&mut self.variables),
            text: text.into(),
            full,
        }
    }

    fn head(&mut self) -> Result<Head, Error> {
        let predicate = self.predicate("a predicate such as `path(X, Y)`")?;
        let mut terms = Vec::new();
        if self.accept("(") && !self.accept(")") {
            loop {
                terms.push(self.head_term()?);
                self.check_arity(terms.len())?;
                if !self.more("a term")? {
                    break;
                }
            }
        }
        Ok(Head { predicate, terms })
    }

    fn head_term(&mut self) -> Result<HeadTerm, Error> {
        let fold = match self.peek() {
            Token::Name(name) if self.peek_after() == &Token::Sign("(") => Fold::of(name),
            _ => None,
        };
        let Some(fold) = fold else {
            return Ok(HeadTerm::Term(self.term()?));
        };
        self.at += 2;
        if fold == Fold::Count && self.accept(")") {
            return Ok(HeadTerm::Fold(fold, None));
        }
        let Token::Variable(name) = self.peek().clone() else {
            return Err(self.expected("the variable of the aggregate"));
        };
        self.at += 1;
        self.expect(")")?;
        Ok(HeadTerm::Fold(fold, Some(self.variable(&name))))
    }

    fn body(&mut self) -> Result<Vec<Literal>, Error> {
        let mut body = Vec::new();
        loop {
            let literal = self.literal()?;
            body.push(literal);
            body.append(&mut self.made);
            if body.len() > MAX_LITERALS {
                return Err(self.expected(&format!("at most {MAX_LITERALS} literals in a rule")));
            }
            if !self.accept(",") {
                return Ok(body);
            }
        }
    }

    // --- literals ------------------------------------------------------------------------

    fn literal(&mut self) -> Result<Literal, Error> {
        let is_not = matches!(self.peek(), Token::Name(name) if name == "not");
        if is_not || *self.peek() == Token::Sign("!") {
            self.at += 1;
            return match self.test()? {
                Some((test, arguments)) => Ok(Literal::Test {
                    test,
                    is_negated: true,
                    arguments,
                }),
                None => Ok(Literal::Lacks(self.atom()?)),
            };
        }
        if let Some((test, arguments)) = self.test()? {
            return Ok(Literal::Test {
                test,
                is_negated: false,
                arguments,
            });
        }
        if self.is_atom_ahead() {
            return Ok(Literal::Has(self.atom()?));
        }
        if *self.peek() == Token::Sign("(") {
            // Either a comparison in parentheses or an expression that begins with one.
            let (at, variables, nesting) = (self.at, self.variables.len(), self.nesting);
            self.at += 1;
            self.deeper()?;
            let inner = self.comparison();
            self.nesting = nesting;
            if inner.is_ok() && self.accept(")") {
                return inner;
            }
            self.at = at;
            self.variables.truncate(variables);
        }
        self.comparison()
    }

    fn is_atom_ahead(&self) -> bool {
        match (self.peek(), self.peek_after()) {
            (Token::Name(name), Token::Sign("(")) => Function::of(name).is_none(),
            (Token::Variable(_), Token::Sign("(")) => true,
            (Token::Name(name), next) => {
                !matches!(name.as_str(), "true" | "false") && !is_operator(next)
            }
            _ => false,
        }
    }

    fn test(&mut self) -> Result<Option<(Test, [Expression; 2])>, Error> {
        let test = match (self.peek(), self.peek_after()) {
            (Token::Name(name), Token::Sign("(")) => Test::of(name),
            _ => None,
        };
        let Some(test) = test else {
            return Ok(None);
        };
        self.at += 2;
        self.operations = 0;
        let first = self.expression()?;
        self.expect(",")?;
        let second = self.expression()?;
        self.expect(")")?;
        Ok(Some((test, [first, second])))
    }

    fn atom(&mut self) -> Result<Atom, Error> {
        let predicate = self.predicate("a predicate, a comparison or `not`")?;
        let mut terms = Vec::new();
        if self.accept("(") && !self.accept(")") {
            loop {
                terms.push(self.term()?);
                self.check_arity(terms.len())?;
                if !self.more("a term")? {
                    break;
                }
            }
        }
        Ok(Atom { predicate, terms })
    }

    fn predicate(&mut self, expected: &str) -> Result<Arc<str>, Error> {
        let name = match (self.peek(), self.peek_after()) {
            (Token::Name(name), _) | (Token::Variable(name), Token::Sign("(")) => name.clone(),
            _ => return Err(self.expected(expected)),
        };
        if is_reserved(&name) {
            return Err(self.expected(&format!("{expected} with a name that is not built in")));
        }
        self.at += 1;
        Ok(name.into())
    }

    fn comparison(&mut self) -> Result<Literal, Error> {
        self.operations = 0;
        let left = self.expression()?;
        let comparison = match self.peek() {
            Token::Sign("=" | "==") => Comparison::Equal,
            Token::Sign("!=" | "<>") => Comparison::Unequal,
            Token::Sign("<") => Comparison::Less,
            Token::Sign("<=") => Comparison::LessOrEqual,
            Token::Sign(">") => Comparison::Greater,
            Token::Sign(">=") => Comparison::GreaterOrEqual,
            _ => return Err(self.expected("one of = != < <= > >=")),
        };
        self.at += 1;
        let right = self.expression()?;
        Ok(Literal::Compare(comparison, left, right))
    }

    // --- tokens --------------------------------------------------------------------------

    fn peek(&self) -> &Token {
        self.tokens
            .get(self.at)
            .map_or(&Token::End, |(token, _)| token)
    }

    fn peek_after(&self) -> &Token {
        self.tokens
            .get(self.at + 1)
            .map_or(&Token::End, |(token, _)| token)
    }

    fn accept(&mut self, sign: &'static str) -> bool {
        let is_there = *self.peek() == Token::Sign(sign);
        if is_there {
            self.at += 1;
        }
        is_there
    }

    fn expect(&mut self, sign: &'static str) -> Result<(), Error> {
        if self.accept(sign) {
            return Ok(());
        }
        Err(self.expected(&format!("`{sign}`")))
    }

    /// After an element of a list in parentheses: whether another follows.
    fn more(&mut self, what: &str) -> Result<bool, Error> {
        if self.accept(",") {
            return Ok(true);
        }
        if self.accept(")") {
            return Ok(false);
        }
        Err(self.expected(&format!("`,` and {what}, or `)`")))
    }

    fn deeper(&mut self) -> Result<(), Error> {
        self.nesting += 1;
        if self.nesting > MAX_NESTING {
            return Err(self.expected(&format!("at most {MAX_NESTING} levels of nesting")));
        }
        Ok(())
    }

    fn check_arity(&self, arity: usize) -> Result<(), Error> {
        if arity > MAX_ARITY {
            return Err(self.expected(&format!("at most {MAX_ARITY} values")));
        }
        Ok(())
    }

    fn not_ground(&mut self, start: usize, rule: &Rule) -> Error {
        self.at = start;
        let named = rule.variables.first().map_or("_", |name| &**name);
        self.expected(&format!(
            "a fact without variables (it has {}), or `:-`",
            brief(named)
        ))
    }

    fn expected(&self, expected: &str) -> Error {
        let (token, span) = match self.tokens.get(self.at) {
            Some((token, span)) => (token, span.start),
            None => (&Token::End, self.text.len()),
        };
        Error::Syntax {
            at: position(self.text, span),
            expected: expected.to_owned(),
            found: token.describe(),
        }
    }
}

fn is_operator(token: &Token) -> bool {
    match token {
        Token::Sign(sign) => matches!(
            *sign,
            "=" | "==" | "!=" | "<>" | "<" | "<=" | ">" | ">=" | "+" | "-" | "*" | "/"
        ),
        Token::Name(name) => name == "mod",
        _ => false,
    }
}

/// Whether a name means something built in and can be no predicate.
pub(crate) fn is_reserved(name: &str) -> bool {
    matches!(name, "not" | "mod" | "true" | "false")
        || Function::of(name).is_some()
        || Test::of(name).is_some()
}

/// The fact that a clause without a body states.
fn ground(rule: &Rule) -> Option<Fact> {
    if !rule.body.is_empty() {
        return None;
    }
    let values: Option<Vec<Value>> = rule
        .head
        .terms
        .iter()
        .map(|term| match term {
            HeadTerm::Term(Term::Value(value)) => Some(value.clone()),
            HeadTerm::Term(Term::Variable(_) | Term::Any) | HeadTerm::Fold(..) => None,
        })
        .collect();
    Some(Fact::from_parts(Arc::clone(&rule.head.predicate), values?))
}

/// The goal that asks for all of a rule's head.
fn wanted(rule: &Rule) -> Rule {
    let mut variables: Vec<Arc<str>> = Vec::new();
    let mut terms = Vec::new();
    for (column, term) in rule.head.terms.iter().enumerate() {
        let name: Arc<str> = match term {
            HeadTerm::Term(Term::Value(value)) => {
                terms.push(Term::Value(value.clone()));
                continue;
            }
            HeadTerm::Term(Term::Variable(variable)) => match rule.variables.get(*variable) {
                Some(name) if !name.starts_with('$') => Arc::clone(name),
                _ => format!("C{}", column + 1).into(),
            },
            HeadTerm::Term(Term::Any) => {
                terms.push(Term::Any);
                continue;
            }
            HeadTerm::Fold(fold, variable) => {
                let of = variable.and_then(|variable| rule.variables.get(variable));
                let of = of.map_or("", |name| &**name);
                format!("{}({of})", fold.name()).into()
            }
        };
        let known = variables.iter().position(|known| *known == name);
        terms.push(Term::Variable(known.unwrap_or(variables.len())));
        if known.is_none() {
            variables.push(name);
        }
    }
    Rule {
        head: Head {
            predicate: "?".into(),
            terms: Vec::new(),
        },
        body: vec![Literal::Has(Atom {
            predicate: Arc::clone(&rule.head.predicate),
            terms,
        })],
        variables,
        text: Arc::clone(&rule.text),
        full: Arc::clone(&rule.full),
    }
}
