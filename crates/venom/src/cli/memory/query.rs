//! `venom memory query`: questions to what is known, in Datalog.

use clap::Args;
use serde_json::Value;

use super::super::context::Context;
use super::learned;
use crate::error::CliResult;
use crate::exit::Exit;
use crate::output::{Form, clean, table::table};
use crate::wire::Wired;

/// Ask what is known by rules
///
/// A question is a body such as `needs("checkout", X)`, with rules of its own before it if it needs some.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct QueryArgs {
    /// The question
    #[arg(value_name = "QUESTION")]
    question: String,
    /// At most so many answers
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    limit: usize,
    /// What was known then: a date, a time, RUN@SEQ or mem@NUMBER
    #[arg(long, value_name = "MOMENT")]
    at: Option<String>,
}

const AFTER_HELP: &str = "Examples:
  venom memory query 'needs(\"checkout\", X)'
  venom memory query 'reach(X, Y) :- uses(X, Y). reach(X, Z) :- reach(X, Y), uses(Y, Z). reach(\"checkout\", X)'
  venom memory query 'unowned(X)'";

pub(super) async fn run(context: &Context, wired: &Wired, args: &QueryArgs) -> CliResult {
    let facts = learned::facts(context, wired)?;
    let at = match &args.at {
        Some(text) => Some(learned::moment(wired, &facts, text).await?),
        None => None,
    };
    let mut reasoner = facts.reasoner_at(at).await?;
    let mut answers = reasoner.query(&args.question)?;
    let count = answers.rows.len();
    answers.rows.truncate(args.limit);
    let out = &context.out;
    if out.form != Form::Text {
        let mut document = serde_json::to_value(&answers).unwrap_or_default();
        if let Some(document) = document.as_object_mut() {
            document.insert("count".to_owned(), count.into());
        }
        out.document("answers", document);
        return Ok(Exit::Ok);
    }
    for unknown in &answers.unknown {
        out.warning(&format!(
            "nothing is known of `{unknown}`; it may be misspelt"
        ));
    }
    if count == 0 {
        out.talk("no");
        if let Some(symbol) = answers.symbols.first() {
            out.talk(&format!(
                "names are texts: write \"{symbol}\" and not {symbol}"
            ));
        }
    } else if answers.columns.is_empty() {
        out.data("yes");
    } else {
        let head: Vec<&str> = answers.columns.iter().map(String::as_str).collect();
        let rows: Vec<Vec<String>> = answers
            .rows
            .iter()
            .map(|row| row.iter().map(cell).collect())
            .collect();
        out.data(&table(&head, &rows));
        if count > args.limit {
            out.talk(&format!(
                "{} more; `--limit` shows them",
                count - args.limit
            ));
        }
    }
    Ok(Exit::Ok)
}

fn cell(value: &Value) -> String {
    match value {
        Value::String(text) => clean::short(text, 200),
        other => clean::short(&other.to_string(), 400),
    }
}
