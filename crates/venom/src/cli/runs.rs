//! `venom runs`: what was run, newest first.

use clap::Args;
use serde_json::json;
use venom_ports::projection::RunRow;

use super::context::Context;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Form, clean, event, table::table};
use crate::wire::reach::Reach;

/// How many rows are looked at together.
const PAGE: usize = 500;

/// List runs, newest first
#[derive(Debug, Args)]
pub(crate) struct RunsArgs {
    /// How many
    #[arg(long, short = 'n', value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    limit: u32,
    /// Also the calls that programs made of models through the server
    #[arg(long)]
    calls: bool,
}

/// Lists the newest runs.
async fn newest(
    reach: &dyn Reach,
    limit: usize,
    with_calls: bool,
) -> Result<Vec<RunRow>, CliError> {
    if with_calls {
        return Ok(reach.host().list(limit).await?);
    }
    // A server does not say which of its runs are calls.
    let is_call = |row: &RunRow| reach.here().is_some_and(|wired| wired.host.is_call(row));
    let mut found = Vec::new();
    let mut before = None;
    loop {
        let rows = reach.host().page(before, limit.max(PAGE)).await?;
        let is_last = rows.len() < limit.max(PAGE);
        before = rows.last().map(|row| row.run);
        found.extend(rows.into_iter().filter(|row| !is_call(row)));
        if is_last || found.len() >= limit {
            found.truncate(limit);
            return Ok(found);
        }
    }
}

pub(super) fn run(context: &Context, args: &RunsArgs) -> CliResult {
    context.with_reach(async |reach| {
        let rows = newest(reach, args.limit as usize, args.calls).await?;
        if context.out.form != Form::Text {
            context.out.document("runs", json!({ "runs": rows }));
            return Ok(Exit::Ok);
        }
        if rows.is_empty() {
            context
                .out
                .talk("no runs yet; start one: venom run \"run the tests\"");
            return Ok(Exit::Ok);
        }
        let lines: Vec<Vec<String>> = rows
            .iter()
            .map(|row| {
                let status = row.outcome.as_ref().map_or_else(
                    || row.status.to_string(),
                    |outcome| event::outcome_word(outcome).to_owned(),
                );
                vec![
                    row.run.to_string(),
                    event::time(row.started).chars().take(19).collect(),
                    row.updated.since(row.started).to_string(),
                    status,
                    clean::short(&row.goal, 80),
                ]
            })
            .collect();
        context.out.data(&table(
            &["RUN", "STARTED", "TIME", "STATUS", "GOAL"],
            &lines,
        ));
        Ok(Exit::Ok)
    })
}
