//! What stands in a column or on a side of a comparison.

use super::Parser;
use crate::builtin;
use crate::error::Error;
use crate::limits::MAX_OPERATIONS;
use crate::syntax::lexer::Token;
use crate::syntax::tree::{Comparison, Expression, Function, Literal, Operation, Term};
use crate::value::Value;

impl Parser<'_> {
    /// A column: an expression becomes a variable and an equation.
    pub(super) fn term(&mut self) -> Result<Term, Error> {
        self.operations = 0;
        let at = self.at;
        let expression = self.expression()?;
        match expression {
            Expression::Term(term) => Ok(term),
            other => {
                let mut is_ground = true;
                other.each_variable(&mut |_| is_ground = false);
                if is_ground {
                    let value = builtin::value(&other, &|_| None);
                    self.at = if value.is_none() { at } else { self.at };
                    return value
                        .map(Term::Value)
                        .ok_or_else(|| self.expected("an expression that has a value"));
                }
                let name = format!("${}", self.variables.len());
                let variable = self.variable(&name);
                self.made.push(Literal::Compare(
                    Comparison::Equal,
                    Expression::Term(Term::Variable(variable)),
                    other,
                ));
                Ok(Term::Variable(variable))
            }
        }
    }

    pub(super) fn expression(&mut self) -> Result<Expression, Error> {
        self.deeper()?;
        let mut left = self.product()?;
        loop {
            let operation = match self.peek() {
                Token::Sign("+") => Operation::Add,
                Token::Sign("-") => Operation::Subtract,
                _ => break,
            };
            self.operation()?;
            let right = self.product()?;
            left = Expression::Operation(operation, Box::new((left, right)));
        }
        self.nesting -= 1;
        Ok(left)
    }

    fn product(&mut self) -> Result<Expression, Error> {
        let mut left = self.factor()?;
        loop {
            let operation = match self.peek() {
                Token::Sign("*") => Operation::Multiply,
                Token::Sign("/") => Operation::Divide,
                Token::Name(name) if name == "mod" => Operation::Remainder,
                _ => return Ok(left),
            };
            self.operation()?;
            let right = self.factor()?;
            left = Expression::Operation(operation, Box::new((left, right)));
        }
    }

    fn operation(&mut self) -> Result<(), Error> {
        self.operations += 1;
        if self.operations > MAX_OPERATIONS {
            return Err(self.expected(&format!("at most {MAX_OPERATIONS} operations")));
        }
        self.at += 1;
        Ok(())
    }

    fn factor(&mut self) -> Result<Expression, Error> {
        let token = self.peek().clone();
        let term = match token {
            Token::Sign("-") => return self.negative(),
            Token::Sign("(") => {
                self.at += 1;
                let inner = self.expression()?;
                self.expect(")")?;
                return Ok(inner);
            }
            Token::Int(number) => match i64::try_from(number) {
                Ok(number) => Term::Value(Value::Int(number)),
                Err(_) => return Err(self.expected("an integer of 64 bits")),
            },
            Token::Text(text) => Term::Value(Value::text(&text)),
            Token::Symbol(text) => Term::Value(Value::symbol(&text)),
            Token::Variable(name) => Term::Variable(self.variable(&name)),
            Token::Any => Term::Any,
            Token::Name(name) => {
                if *self.peek_after() == Token::Sign("(") {
                    return self.call(&name);
                }
                match name.as_str() {
                    "true" => Term::Value(Value::Bool(true)),
                    "false" => Term::Value(Value::Bool(false)),
                    "not" | "mod" => return Err(self.expected("a value or a variable")),
                    _ => Term::Value(Value::symbol(&name)),
                }
            }
            Token::Sign(_) | Token::End => return Err(self.expected("a value or a variable")),
        };
        self.at += 1;
        Ok(Expression::Term(term))
    }

    fn negative(&mut self) -> Result<Expression, Error> {
        self.at += 1;
        if let Token::Int(number) = *self.peek() {
            self.at += 1;
            // The lexer lets no magnitude above 2^63 pass.
            let number = i64::try_from(number).map_or(i64::MIN, |number| -number);
            return Ok(Expression::Term(Term::Value(Value::Int(number))));
        }
        self.deeper()?;
        let inner = self.factor()?;
        self.nesting -= 1;
        let zero = Expression::Term(Term::Value(Value::Int(0)));
        Ok(Expression::Operation(
            Operation::Subtract,
            Box::new((zero, inner)),
        ))
    }

    fn call(&mut self, name: &str) -> Result<Expression, Error> {
        let Some(function) = Function::of(name) else {
            return Err(self.expected("one of the functions concat, lower, upper, length"));
        };
        self.at += 2;
        let mut arguments = Vec::new();
        loop {
            arguments.push(self.expression()?);
            self.check_arity(arguments.len())?;
            if !self.more("an argument")? {
                break;
            }
        }
        if function
            .arity()
            .is_some_and(|arity| arity != arguments.len())
        {
            self.at -= 1;
            return Err(self.expected(&format!("one argument of {name}")));
        }
        Ok(Expression::Call(function, arguments))
    }

    pub(super) fn variable(&mut self, name: &str) -> usize {
        if let Some(known) = self.variables.iter().position(|known| &**known == name) {
            return known;
        }
        self.variables.push(name.into());
        self.variables.len() - 1
    }
}
