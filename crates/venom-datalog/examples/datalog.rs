//! Datalog on the command line: programs from standard input, one JSON document a line.
//!
//! `cargo run -p venom-datalog --example datalog`. A line is
//! `{"program": "...", "facts": {"p": [[1, "a"]]}}`; the answer is `{"facts": {...}}` with everything
//! that was told and follows, or `{"error": "...", "code": "..."}`. Texts are texts and numbers are
//! integers. It is what the conformance suite drives, and a place to try rules.
#![expect(clippy::print_stdout, reason = "what an example prints is its result")]

use std::io::BufRead as _;

use serde_json::{Map, Value as Json, json};
use venom_datalog::{Database, Error, Fact, Limits, Program, Source, Value};

fn main() -> std::io::Result<()> {
    for line in std::io::stdin().lock().lines() {
        let answer = match serde_json::from_str(&line?) {
            Ok(request) => run(&request).unwrap_or_else(|error| {
                json!({"error": error.to_string(), "hint": error.hint(), "code": code(&error)})
            }),
            Err(error) => json!({"error": error.to_string(), "code": "json"}),
        };
        println!("{answer}");
    }
    Ok(())
}

fn run(request: &Json) -> Result<Json, Error> {
    let mut database = Database::new(Limits::default());
    let predicates = request.get("facts").and_then(Json::as_object);
    for (predicate, rows) in predicates.into_iter().flatten() {
        for row in rows.as_array().into_iter().flatten() {
            let values = row.as_array().into_iter().flatten().map(value).collect();
            database.insert(&Fact::new(predicate, values), Source(0))?;
        }
    }
    let text = request.get("program").and_then(Json::as_str);
    database.load(&Program::parse(text.unwrap_or_default())?)?;
    let predicates: Vec<(String, usize)> = database
        .predicates()
        .map(|(name, arity)| (name.to_owned(), arity))
        .collect();
    let mut facts = Map::new();
    for (name, arity) in predicates {
        let columns: Vec<String> = (0..arity).map(|column| format!("C{column}")).collect();
        let answers = database.query(&format!("{name}({})", columns.join(", ")))?;
        let rows = answers
            .iter()
            .map(|answer| answer.values().map(json_of).collect())
            .collect();
        facts.insert(name, Json::Array(rows));
    }
    Ok(json!({ "facts": facts }))
}

fn value(json: &Json) -> Value {
    match json {
        Json::Bool(truth) => Value::Bool(*truth),
        Json::Number(number) if number.is_i64() => Value::Int(number.as_i64().unwrap_or_default()),
        Json::String(text) => Value::text(text),
        other => Value::text(&other.to_string()),
    }
}

fn json_of(value: &Value) -> Json {
    match value {
        Value::Bool(truth) => json!(truth),
        Value::Int(number) => json!(number),
        Value::Symbol(letters) | Value::Text(letters) => json!(**letters),
        Value::List(values) => values.iter().map(json_of).collect(),
    }
}

fn code(error: &Error) -> &'static str {
    match error {
        Error::Syntax { .. } => "syntax",
        Error::Arity { .. } => "arity_mismatch",
        Error::Unbound { .. } => "unbound_variable",
        Error::Unstratified { .. } => "cyclic_negation",
        Error::Redefined { .. } => "redefined",
        Error::Aggregate { .. } => "aggregate",
        Error::Fact { .. } => "fact",
        Error::Limit { .. } => "limit",
    }
}
