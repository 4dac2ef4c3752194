//! `venom metrics`: the figures that follow from the log, once.

use clap::Args;
use serde_json::json;
use venom_ports::model::Models as _;
use venom_server::metrics::{self, Known};

use super::context::Context;
use crate::error::CliResult;
use crate::exit::Exit;
use crate::output::Form;
use crate::wire;

/// Print figures about all runs, as Prometheus reads them
///
/// What a server measures besides, such as its memory, is at its path `/metrics`.
#[derive(Debug, Args)]
pub(crate) struct MetricsArgs {}

pub(super) fn run(context: &Context, _args: &MetricsArgs) -> CliResult {
    context.with_engine(async |wired| {
        let counts = wired.world.projections.counts().await?;
        if context.out.form != Form::Text {
            let sums: Vec<_> = counts
                .sums
                .iter()
                .map(|(label, sum)| {
                    json!({
                        "measure": label.measure.to_string(),
                        "labels": [label.first, label.second],
                        "sum": sum,
                    })
                })
                .collect();
            let runs: serde_json::Map<_, _> = counts
                .runs
                .iter()
                .map(|(status, count)| (status.to_string(), json!(count)))
                .collect();
            context.out.document(
                "metrics",
                json!({
                    "sums": sums,
                    "runs": runs,
                    "steps": {"running": counts.running, "ready": counts.ready},
                }),
            );
            return Ok(Exit::Ok);
        }
        let models = wired.models.list();
        let manifests = wired.world.skills.manifests();
        let known = Known::new(
            models.iter().map(|info| info.id.to_string()),
            manifests.iter().map(|skill| skill.name.clone()),
        );
        context
            .out
            .data(&metrics::counted(&counts, &known, wire::VERSION));
        Ok(Exit::Ok)
    })
}
