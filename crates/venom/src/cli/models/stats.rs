//! `venom models stats`: what was seen of each model, and what was spent.

use clap::Args;
use serde_json::{Value, json};
use venom_kernel::budget::{Caps, Window};
use venom_kernel::model::{Kind, ModelId, ModelInfo};
use venom_kernel::route::{Candidate, Demand, Figures, Record, expected};
use venom_ports::api::models::Spent;

use crate::cli::context::Context;
use crate::error::CliResult;
use crate::exit::Exit;
use crate::output::{Form, table::table};
use crate::wire::reach::Reach;

/// The question and the answer that expectations are told for.
const PROMPT: u64 = 8_000;
const ANSWER: u64 = 1_000;

#[derive(Debug, Args)]
pub(super) struct StatsArgs {
    /// Only this kind of work: understand, plan, code, review, explain, extract, operate or chat
    #[arg(long, value_name = "KIND", value_parser = super::pareto::kind)]
    kind: Option<Kind>,
}

pub(super) async fn run(context: &Context, reach: &dyn Reach, args: &StatsArgs) -> CliResult {
    let records = reach.records().records().await?;
    let spent = reach.records().spent().await?;
    let listed = reach.models().await?;
    if context.out.form != Form::Text {
        let all: Vec<Value> = records
            .iter()
            .map(|(model, record)| document(model, record, info(&listed, model), args.kind))
            .collect();
        let spent: Vec<Value> = spent
            .iter()
            .map(|one| {
                json!({
                    "window": one.window,
                    "since": one.since,
                    "spent": one.amount,
                    "caps": one.caps,
                })
            })
            .collect();
        let document = json!({"models": all, "spent": spent});
        context.out.document("models-stats", document);
        return Ok(Exit::Ok);
    }
    if records.is_empty() {
        context
            .out
            .talk("no model was called in a run yet; `venom models list` says which could be");
    } else {
        let mut rows = Vec::new();
        for (model, record) in &records {
            rows.extend(lines(model, record, info(&listed, model), args.kind));
        }
        let head = [
            "MODEL", "WORK", "CALLS", "GOOD", "BAD", "FAILED", "TIME", "COST", "LIKED", "EXPECTED",
        ];
        context.out.data(&table(&head, &rows));
        context.out.talk(
            "GOOD and BAD are steps that their checks, or else their users, found to be so; EXPECTED is success, cost and time of the next call",
        );
    }
    for one in &spent {
        context.out.data(&line(one));
    }
    Ok(Exit::Ok)
}

fn line(spent: &Spent) -> String {
    let span = match spent.window {
        Window::Day => "today (UTC)",
        Window::Month => "this month (UTC)",
    };
    let limit = if spent.caps == Caps::NONE {
        "no limit".to_owned()
    } else {
        crate::output::event::caps_text(spent.caps)
    };
    format!(
        "spent {span}: {} and {} tokens; {limit}",
        spent.amount.money, spent.amount.tokens
    )
}

fn info<'a>(listed: &'a [ModelInfo], model: &ModelId) -> Option<&'a ModelInfo> {
    listed.iter().find(|info| info.id == *model)
}

/// Returns what is expected of a model at a kind of work, if it is still configured.
fn expectation(info: Option<&ModelInfo>, record: &Record, kind: Kind) -> Option<Figures> {
    let demand = Demand::of_size(kind, PROMPT, ANSWER);
    Some(expected(
        &demand,
        &Candidate::new(info?, Some(&record.stats)),
    ))
}

/// The rows of a model: its totals, and below them what is expected at each kind of work.
fn lines(
    model: &ModelId,
    record: &Record,
    info: Option<&ModelInfo>,
    only: Option<Kind>,
) -> Vec<Vec<String>> {
    let stats = &record.stats;
    let some = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let mut rows = vec![vec![
        model.to_string(),
        "all".to_owned(),
        stats.calls.to_string(),
        stats.successes.to_string(),
        stats.failures.to_string(),
        record.faults.to_string(),
        some(stats.average_latency().map(|took| took.to_string())),
        some(stats.average_cost().map(|cost| cost.to_string())),
        some(
            stats
                .average_quality()
                .map(|quality| format!("{} %", quality / 10)),
        ),
        String::new(),
    ]];
    let kinds = stats
        .beliefs
        .keys()
        .filter(|kind| only.is_none_or(|only| only == **kind));
    for kind in kinds {
        let mut row = vec![String::new(); 10];
        for (cell, text) in row.iter_mut().zip([String::new(), kind.name().to_owned()]) {
            *cell = text;
        }
        if let Some(cell) = row.last_mut() {
            *cell = some(expectation(info, record, *kind).map(|figures| figures.to_string()));
        }
        rows.push(row);
    }
    rows
}

fn document(
    model: &ModelId,
    record: &Record,
    info: Option<&ModelInfo>,
    only: Option<Kind>,
) -> Value {
    let stats = &record.stats;
    let kinds: Vec<Value> = stats
        .beliefs
        .iter()
        .filter(|(kind, _)| only.is_none_or(|only| only == **kind))
        .map(|(kind, belief)| {
            json!({
                "kind": kind,
                "belief": belief,
                "expected": expectation(info, record, *kind),
            })
        })
        .collect();
    json!({
        "model": model,
        "calls": stats.calls,
        "successes": stats.successes,
        "failures": stats.failures,
        "faults": record.faults,
        "average_latency_ms": stats.average_latency(),
        "average_cost": stats.average_cost(),
        "average_quality": stats.average_quality(),
        "cost": stats.cost,
        "kinds": kinds,
    })
}
