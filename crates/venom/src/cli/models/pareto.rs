//! `venom models pareto`: which models are worth choosing from, drawn.

use clap::Args;
use serde_json::json;
use venom_kernel::model::Kind;
use venom_kernel::route::plot::points;
use venom_kernel::route::{Candidate, Demand, Dropped, Refusal, choose};

use crate::cli::context::Context;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::Form;
use crate::output::pareto::draw;
use crate::wire::reach::Reach;

#[derive(Debug, Args)]
pub(super) struct ParetoArgs {
    /// The kind of work: understand, plan, code, review, explain, extract, operate or chat
    #[arg(long, value_name = "KIND", default_value = "code", value_parser = kind)]
    kind: Kind,
    /// Tokens of the prompt
    #[arg(long, value_name = "N", default_value_t = 8_000)]
    prompt: u32,
    /// Tokens of the answer
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    output: u32,
}

/// How many models that cannot do the work are named, with why.
const SHOWN: usize = 4;

pub(super) fn kind(text: &str) -> Result<Kind, String> {
    Kind::ALL
        .into_iter()
        .find(|kind| kind.name() == text)
        .ok_or_else(|| {
            let names: Vec<&str> = Kind::ALL.into_iter().map(Kind::name).collect();
            format!(
                "there is no such kind of work; there are {}",
                names.join(", ")
            )
        })
}

pub(super) async fn run(context: &Context, reach: &dyn Reach, args: &ParetoArgs) -> CliResult {
    let all = reach.models().await?;
    let records = reach.records().records().await?;
    let (prompt, output) = (u64::from(args.prompt), u64::from(args.output));
    let demand = Demand::of_size(args.kind, prompt, output);
    let candidates: Vec<Candidate<'_>> = all
        .iter()
        .map(|info| Candidate::new(info, records.get(&info.id).map(|record| &record.stats)))
        .collect();
    // Whoever cannot be chosen from is told why.
    choose(&demand, &candidates, 0).map_err(|refusal| {
        let mut why = refusal.to_string();
        if let Refusal::NoneFits { dropped } = &refusal {
            for Dropped { model, reason } in dropped.iter().take(SHOWN) {
                why = format!("{why}; {model}: {reason}");
            }
        }
        CliError::new(Exit::Unavailable, why).hint(
            "`venom models list` says what is configured, `venom models add` adds a model; `--prompt` and `--output` are about smaller work",
        )
    })?;
    let points = points(&demand, &candidates);
    if context.out.form == Form::Text {
        context
            .out
            .data(&draw(&points, context.out.width, context.out.paint));
        let seen = all
            .iter()
            .filter(|info| {
                let record = records.get(&info.id);
                record.is_some_and(|record| record.stats.beliefs.contains_key(&args.kind))
            })
            .count();
        context.out.talk(&if seen == 0 {
            "success and time are what models are thought to have before any was tried here"
                .to_owned()
        } else {
            format!(
                "{seen} of {} were tried here at `{}`; what is not known of a model is what the catalogue says",
                all.len(),
                args.kind.name()
            )
        });
    } else {
        let document =
            json!({ "kind": args.kind, "prompt": prompt, "output": output, "models": points });
        context.out.document("pareto", document);
    }
    Ok(Exit::Ok)
}
