//! Arithmetic, comparisons and functions of texts.
//!
//! What has no value (an overflow, a division by zero, the sum of a text) makes no row: data that
//! somebody else wrote must not be able to stop a rule for all other rows.

mod glob;

use std::cmp::Ordering;

use crate::limits::MAX_MADE;
use crate::syntax::{Comparison, Expression, Function, Operation, Term, Test};
use crate::value::Value;

/// The value of an expression, if it has one.
pub(crate) fn value(
    expression: &Expression,
    lookup: &impl Fn(usize) -> Option<Value>,
) -> Option<Value> {
    match expression {
        Expression::Term(Term::Value(value)) => Some(value.clone()),
        Expression::Term(Term::Variable(variable)) => lookup(*variable),
        Expression::Term(Term::Any) => None,
        Expression::Operation(operation, sides) => {
            let left = value(&sides.0, lookup)?;
            let right = value(&sides.1, lookup)?;
            operate(*operation, &left, &right)
        }
        Expression::Call(function, arguments) => {
            let arguments: Option<Vec<Value>> = arguments
                .iter()
                .map(|argument| value(argument, lookup))
                .collect();
            call(*function, &arguments?)
        }
    }
}

pub(crate) fn operate(operation: Operation, left: &Value, right: &Value) -> Option<Value> {
    let (Value::Int(left), Value::Int(right)) = (left, right) else {
        return None;
    };
    let number = match operation {
        Operation::Add => left.checked_add(*right),
        Operation::Subtract => left.checked_sub(*right),
        Operation::Multiply => left.checked_mul(*right),
        Operation::Divide => left.checked_div(*right),
        Operation::Remainder => left.checked_rem(*right),
    };
    number.map(Value::Int)
}

pub(crate) fn call(function: Function, arguments: &[Value]) -> Option<Value> {
    match (function, arguments) {
        (Function::Concat, parts) => {
            let mut made = String::new();
            for part in parts {
                match part {
                    Value::Symbol(letters) | Value::Text(letters) => made.push_str(letters),
                    Value::Int(number) => made.push_str(&number.to_string()),
                    Value::Bool(truth) => made.push_str(if *truth { "true" } else { "false" }),
                    Value::List(_) => return None,
                }
                if made.len() > MAX_MADE {
                    return None;
                }
            }
            Some(Value::text(&made))
        }
        (Function::Lower, [text]) => fold(text, &text.letters()?.to_lowercase()),
        (Function::Upper, [text]) => fold(text, &text.letters()?.to_uppercase()),
        (Function::Length, [Value::List(values)]) => {
            i64::try_from(values.len()).ok().map(Value::Int)
        }
        (Function::Length, [text]) => {
            let length = text.letters()?.chars().count();
            i64::try_from(length).ok().map(Value::Int)
        }
        (Function::Lower | Function::Upper | Function::Length, _) => None,
    }
}

/// A symbol stays a symbol.
fn fold(kind: &Value, letters: &str) -> Option<Value> {
    match kind {
        Value::Symbol(_) => Some(Value::symbol(letters)),
        Value::Text(_) => Some(Value::text(letters)),
        Value::Bool(_) | Value::Int(_) | Value::List(_) => None,
    }
}

/// Whether a comparison holds. Values of different kinds are unequal and have no order.
pub(crate) fn holds(comparison: Comparison, left: &Value, right: &Value) -> bool {
    match comparison {
        Comparison::Equal => return left == right,
        Comparison::Unequal => return left != right,
        Comparison::Less
        | Comparison::LessOrEqual
        | Comparison::Greater
        | Comparison::GreaterOrEqual => {}
    }
    if std::mem::discriminant(left) != std::mem::discriminant(right) {
        return false;
    }
    let order = left.cmp(right);
    match comparison {
        Comparison::Less => order == Ordering::Less,
        Comparison::LessOrEqual => order != Ordering::Greater,
        Comparison::Greater => order == Ordering::Greater,
        Comparison::GreaterOrEqual => order != Ordering::Less,
        Comparison::Equal | Comparison::Unequal => false,
    }
}

/// Whether a test holds of two texts or symbols; none if one of them is neither.
pub(crate) fn test(test: Test, left: &Value, right: &Value) -> Option<bool> {
    let (left, right) = (left.letters()?, right.letters()?);
    Some(match test {
        Test::StartsWith => left.starts_with(right),
        Test::EndsWith => left.ends_with(right),
        Test::Contains => left.contains(right),
        Test::Matches => glob::matches(left, right),
    })
}

#[cfg(test)]
mod tests;
