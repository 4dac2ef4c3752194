//! `venom memory query`: questions to what is known, in Datalog.

use clap::Args;
use serde_json::Value;

use super::super::context::Context;
use super::learned;
use crate::error::CliResult;
use crate::exit::Exit;
use crate::output::{Form, clean, table::table};
use crate::wire::reach::Reach;

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

pub(super) async fn run(context: &Context, reach: &dyn Reach, args: &QueryArgs) -> CliResult {
    let beliefs = learned::beliefs(context, reach)?;
    let at = match &args.at {
        Some(text) => Some(learned::moment(reach, &*beliefs, text).await?),
        None => None,
    };
    let mut answers = beliefs.query(&args.question, at).await?;
    let count = answers.count;
    answers.rows.truncate(args.limit);
    let out = &context.out;
    if out.form != Form::Text {
        out.document("answers", &answers);
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
        match count.saturating_sub(rows.len()) {
            0 => {}
            more if rows.len() == args.limit => {
                out.talk(&format!("{more} more; `--limit` shows them"));
            }
            more => out.talk(&format!("{more} more, which the server does not give")),
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
