//! Putting arguments right where the schema leaves no doubt about what was meant.

use serde_json::{Map, Value};

/// The deepest level that is put right.
const DEEPEST: usize = 8;

/// Returns arguments with names and types as the schema has them, as far as that is plain.
pub(super) fn repaired(arguments: Map<String, Value>, schema: &Value) -> Map<String, Value> {
    members(arguments, schema, 0)
}

fn members(arguments: Map<String, Value>, schema: &Value, depth: usize) -> Map<String, Value> {
    let Some(known) = schema.get("properties").and_then(Value::as_object) else {
        return arguments;
    };
    let mut right = Map::new();
    for (name, value) in arguments {
        let name = if known.contains_key(&name) {
            name
        } else {
            let mut alike = known.keys().filter(|known| plain(known) == plain(&name));
            match (alike.next(), alike.next()) {
                (Some(alike), None) if !right.contains_key(alike) => alike.clone(),
                _ => name,
            }
        };
        let value = match known.get(&name) {
            Some(schema) => one(value, schema, depth),
            None => value,
        };
        right.insert(name, value);
    }
    // Nothing is what was meant by leaving out.
    let needed = schema.get("required").and_then(Value::as_array);
    right.retain(|name, value| {
        let is_needed = needed.is_some_and(|list| list.iter().any(|n| n.as_str() == Some(name)));
        !value.is_null() || is_needed || takes(known.get(name), "null")
    });
    right
}

/// Returns a name without case and marks.
fn plain(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Tells whether a schema takes a type, as far as it says so.
fn takes(schema: Option<&Value>, kind: &str) -> bool {
    match schema.and_then(|schema| schema.get("type")) {
        Some(Value::String(only)) => only == kind,
        Some(Value::Array(several)) => several.iter().any(|one| one.as_str() == Some(kind)),
        Some(_) | None => false,
    }
}

fn one(value: Value, schema: &Value, depth: usize) -> Value {
    if depth > DEEPEST {
        return value;
    }
    let wants = |kind: &str| takes(Some(schema), kind);
    match value {
        Value::String(text) if !wants("string") => from_text(text, schema, depth),
        Value::Number(number) if wants("string") && !wants("number") && !wants("integer") => {
            Value::String(number.to_string())
        }
        Value::Number(number) if wants("integer") && !wants("number") => {
            // `3.0` is a whole number to people.
            match number.as_f64() {
                Some(float) if number.as_i64().is_none() && float.fract() == 0.0 => {
                    format!("{float:.0}")
                        .parse::<i64>()
                        .map_or(Value::Number(number), Value::from)
                }
                Some(_) | None => Value::Number(number),
            }
        }
        Value::Object(map) => Value::Object(members(map, schema, depth.saturating_add(1))),
        Value::Array(list) => {
            let inner = schema.get("items").unwrap_or(&Value::Null);
            Value::Array(
                list.into_iter()
                    .map(|item| one(item, inner, depth.saturating_add(1)))
                    .collect(),
            )
        }
        other if wants("array") && !other.is_null() => Value::Array(vec![other]),
        other => other,
    }
}

/// Reads a text as what the schema wants instead of one.
fn from_text(text: String, schema: &Value, depth: usize) -> Value {
    let wants = |kind: &str| takes(Some(schema), kind);
    let trimmed = text.trim();
    if wants("integer")
        && let Ok(number) = trimmed.parse::<i64>()
    {
        return number.into();
    }
    if wants("number")
        && let Some(number) = trimmed.parse().ok().and_then(serde_json::Number::from_f64)
    {
        return Value::Number(number);
    }
    if wants("boolean") {
        match trimmed.to_lowercase().as_str() {
            "true" | "yes" => return true.into(),
            "false" | "no" => return false.into(),
            _ => {}
        }
    }
    if wants("null") && matches!(trimmed, "" | "null" | "None") {
        return Value::Null;
    }
    if wants("object") || wants("array") {
        let value = serde_json::from_str::<Value>(trimmed).ok();
        match value {
            Some(value @ Value::Object(_)) if wants("object") => {
                return one(value, schema, depth.saturating_add(1));
            }
            Some(value @ Value::Array(_)) if wants("array") => {
                return one(value, schema, depth.saturating_add(1));
            }
            _ => {}
        }
    }
    if wants("array") {
        return Value::Array(vec![Value::String(text)]);
    }
    Value::String(text)
}
