//! References in parameters: `${slot.module}` and `${step.find.matches}`.
//!
//! A text that is one reference and nothing else becomes the value it points to, of whatever type.
//! A reference inside a longer text becomes text. `$${` stands for a literal `${`. The part after
//! the name is a path of object keys and array positions, joined by dots.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::id::StepId;

/// What a reference points to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A slot of the playbook.
    Slot(String),
    /// The result of a step.
    Step(StepId),
}

/// Why a reference cannot be followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// The text between the braces is no reference.
    #[error(
        "`${{{0}}}` is not a reference: write `${{slot.NAME}}` or `${{step.ID.PATH}}`, and `$${{` for a literal one"
    )]
    Malformed(String),
    /// A brace is never closed.
    #[error("`${{` without `}}` in `{0}`")]
    Open(String),
    /// There is no such value.
    #[error("`${{{0}}}` points to nothing")]
    Nothing(String),
}

/// Collects the targets of all references in a value.
pub fn targets(value: &Value) -> Result<Vec<Target>, ReferenceError> {
    let mut found = Vec::new();
    collect(value, &mut found)?;
    Ok(found)
}

/// Collects the steps that a value refers to.
pub fn steps(value: &Value) -> Result<BTreeSet<StepId>, ReferenceError> {
    let steps = targets(value)?
        .into_iter()
        .filter_map(|target| match target {
            Target::Step(id) => Some(id),
            Target::Slot(_) => None,
        });
    Ok(steps.collect())
}

fn collect(value: &Value, found: &mut Vec<Target>) -> Result<(), ReferenceError> {
    match value {
        Value::String(text) => {
            for piece in pieces(text)? {
                match piece {
                    Piece::Reference(body) => found.push(parse(body)?.0),
                    Piece::Text(_) | Piece::Dollar => {}
                }
            }
        }
        Value::Array(items) => items.iter().try_for_each(|item| collect(item, found))?,
        Value::Object(map) => map.values().try_for_each(|item| collect(item, found))?,
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
    Ok(())
}

/// Replaces every reference by the value that `lookup` gives for its target. A reference for whose
/// target `lookup` gives `None` is left as it stands, for a later pass.
pub fn resolve(
    value: &Value,
    lookup: &dyn Fn(&Target) -> Option<Value>,
) -> Result<Value, ReferenceError> {
    Ok(match value {
        Value::String(text) => resolve_text(text, lookup)?,
        Value::Array(items) => Value::Array(
            items
                .iter()
                .map(|item| resolve(item, lookup))
                .collect::<Result<_, _>>()?,
        ),
        Value::Object(map) => Value::Object(
            map.iter()
                .map(|(key, item)| Ok((key.clone(), resolve(item, lookup)?)))
                .collect::<Result<_, _>>()?,
        ),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    })
}

fn resolve_text(
    text: &str,
    lookup: &dyn Fn(&Target) -> Option<Value>,
) -> Result<Value, ReferenceError> {
    let pieces = pieces(text)?;
    let find = |body: &str| -> Result<Option<Value>, ReferenceError> {
        let (target, path) = parse(body)?;
        let Some(found) = lookup(&target) else {
            return Ok(None);
        };
        follow(&found, &path)
            .cloned()
            .map(Some)
            .ok_or_else(|| ReferenceError::Nothing(body.to_owned()))
    };
    if let [Piece::Reference(body)] = pieces.as_slice() {
        return Ok(find(body)?.unwrap_or_else(|| Value::String(text.to_owned())));
    }
    let mut whole = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => whole.push_str(text),
            // Stays escaped while other references wait for a later pass.
            Piece::Dollar => whole.push_str("$${"),
            Piece::Reference(body) => match find(body)? {
                Some(Value::String(text)) => whole.push_str(&text),
                Some(other) => whole.push_str(&other.to_string()),
                None => {
                    whole.push_str("${");
                    whole.push_str(body);
                    whole.push('}');
                }
            },
        }
    }
    Ok(Value::String(whole))
}

/// Gives the steps that a value refers to other names; `name_of` gives `None` for a name that stays.
pub fn rename(
    value: &Value,
    name_of: &dyn Fn(&StepId) -> Option<StepId>,
) -> Result<Value, ReferenceError> {
    Ok(match value {
        Value::String(text) if text.contains("${") => {
            let mut whole = String::new();
            for piece in pieces(text)? {
                match piece {
                    Piece::Text(text) => whole.push_str(text),
                    Piece::Dollar => whole.push_str("$${"),
                    Piece::Reference(body) => {
                        let (target, path) = parse(body)?;
                        whole.push_str("${");
                        match target {
                            Target::Step(id) => {
                                let id = name_of(&id).unwrap_or(id);
                                whole.push_str("step.");
                                whole.push_str(id.as_str());
                                for part in path {
                                    whole.push('.');
                                    whole.push_str(part);
                                }
                            }
                            Target::Slot(_) => whole.push_str(body),
                        }
                        whole.push('}');
                    }
                }
            }
            Value::String(whole)
        }
        Value::Array(items) => Value::Array(
            items
                .iter()
                .map(|item| rename(item, name_of))
                .collect::<Result<_, _>>()?,
        ),
        Value::Object(map) => Value::Object(
            map.iter()
                .map(|(key, item)| Ok((key.clone(), rename(item, name_of)?)))
                .collect::<Result<_, _>>()?,
        ),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    })
}

/// Turns `$${` into `${` when all references are resolved.
pub fn unescape(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(text.replace("$${", "${")),
        Value::Array(items) => Value::Array(items.iter().map(unescape).collect()),
        Value::Object(map) => Value::Object(
            map.iter()
                .map(|(key, item)| (key.clone(), unescape(item)))
                .collect(),
        ),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

fn follow<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(value, |here, part| match here {
        Value::Object(map) => map.get(*part),
        Value::Array(items) => items.get(part.parse::<usize>().ok()?),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    })
}

enum Piece<'a> {
    Text(&'a str),
    Reference(&'a str),
    Dollar,
}

fn pieces(text: &str) -> Result<Vec<Piece<'_>>, ReferenceError> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((head, tail)) = rest.split_once("${") {
        if let Some(head) = head.strip_suffix('$') {
            if !head.is_empty() {
                pieces.push(Piece::Text(head));
            }
            pieces.push(Piece::Dollar);
            rest = tail;
            continue;
        }
        if !head.is_empty() {
            pieces.push(Piece::Text(head));
        }
        let (body, tail) = tail
            .split_once('}')
            .ok_or_else(|| ReferenceError::Open(text.chars().take(80).collect()))?;
        pieces.push(Piece::Reference(body));
        rest = tail;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    Ok(pieces)
}

fn parse(body: &str) -> Result<(Target, Vec<&str>), ReferenceError> {
    let malformed = || ReferenceError::Malformed(body.chars().take(80).collect());
    let (kind, rest) = body.split_once('.').ok_or_else(malformed)?;
    let mut parts = rest.split('.');
    let name = parts
        .next()
        .filter(|name| !name.is_empty())
        .ok_or_else(malformed)?;
    let path: Vec<&str> = parts.collect();
    match kind {
        "slot" => Ok((Target::Slot(name.to_owned()), path)),
        "step" => Ok((Target::Step(name.parse().ok().ok_or_else(malformed)?), path)),
        _ => Err(malformed()),
    }
}

#[cfg(test)]
mod tests;
