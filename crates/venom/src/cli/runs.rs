//! `venom runs`: what was run, newest first.

use clap::Args;
use serde_json::json;
use venom_ports::api::runs::Runs as _;

use super::context::Context;
use crate::error::CliResult;
use crate::exit::Exit;
use crate::output::{Form, clean, event, table::table};

/// List runs, newest first
#[derive(Debug, Args)]
pub(crate) struct RunsArgs {
    /// How many
    #[arg(long, short = 'n', value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    limit: u32,
}

pub(super) fn run(context: &Context, args: &RunsArgs) -> CliResult {
    context.with_engine(async |wired| {
        let rows = wired.host.list(args.limit as usize).await?;
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
