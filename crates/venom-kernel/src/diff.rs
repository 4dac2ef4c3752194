//! Differences between two values, as a list of places.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One place at which two values differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Where, as a JSON Pointer (RFC 6901); empty for the whole value.
    pub path: String,
    /// What the first value has there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<Value>,
    /// What the second value has there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub right: Option<Value>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |side: &Option<Value>| match side {
            Some(value) => shortened(&value.to_string()),
            None => "nothing".to_owned(),
        };
        let path = if self.path.is_empty() {
            "(the whole)"
        } else {
            &self.path
        };
        write!(f, "{path}: {} | {}", shown(&self.left), shown(&self.right))
    }
}

/// Longest text of a side. Chosen: two of them and a path fit into two lines of a terminal.
const SHOWN: usize = 80;

fn shortened(text: &str) -> String {
    let mut cut: String = text.chars().take(SHOWN).collect();
    if cut.len() < text.len() {
        cut.push_str("...");
    }
    cut
}

/// Compares two values and returns at most `limit` places, in the order of their paths. Members that
/// one side lacks are named once, with all that is in them. Arrays are compared position by position.
pub fn values(left: &Value, right: &Value, limit: usize) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(left, right, &mut String::new(), limit, &mut found);
    found
}

fn compare(
    left: &Value,
    right: &Value,
    path: &mut String,
    limit: usize,
    found: &mut Vec<Difference>,
) {
    if found.len() >= limit || left == right {
        return;
    }
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => {
            let keys: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
            for key in keys {
                let part = key.replace('~', "~0").replace('/', "~1");
                step(left.get(key), right.get(key), &part, path, limit, found);
            }
        }
        (Value::Array(left), Value::Array(right)) => {
            for index in 0..left.len().max(right.len()) {
                let part = index.to_string();
                step(left.get(index), right.get(index), &part, path, limit, found);
            }
        }
        (
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Object(_),
            _,
        ) => found.push(Difference {
            path: path.clone(),
            left: Some(left.clone()),
            right: Some(right.clone()),
        }),
    }
}

fn step(
    left: Option<&Value>,
    right: Option<&Value>,
    part: &str,
    path: &mut String,
    limit: usize,
    found: &mut Vec<Difference>,
) {
    let before = path.len();
    path.push('/');
    path.push_str(part);
    match (left, right) {
        (Some(left), Some(right)) => compare(left, right, path, limit, found),
        (left, right) if found.len() < limit => found.push(Difference {
            path: path.clone(),
            left: left.cloned(),
            right: right.cloned(),
        }),
        (Some(_) | None, Some(_) | None) => {}
    }
    path.truncate(before);
}

#[cfg(test)]
mod tests;
