//! `venom models pareto`: which models are worth choosing from, drawn.

use clap::Args;
use serde_json::json;
use venom_kernel::budget::Caps;
use venom_kernel::model::{Kind, ModelInfo, Privacy, Usage};
use venom_kernel::route::{Candidate, Demand, Prefer, choose};
use venom_models::Providers;
use venom_ports::model::Models as _;

use crate::cli::context::Context;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::Form;
use crate::output::pareto::{Point, draw};

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

fn kind(text: &str) -> Result<Kind, String> {
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

pub(super) fn run(context: &Context, models: &Providers, args: &ParetoArgs) -> CliResult {
    let all = models.list();
    let (prompt, output) = (u64::from(args.prompt), u64::from(args.output));
    let demand = Demand {
        kind: args.kind,
        prompt,
        output,
        longest: output,
        needs: Vec::new(),
        privacy: Privacy::Cloud,
        left: Caps::NONE,
        prefer: Prefer::Balanced,
        worth: None,
        pin: None,
    };
    let candidates: Vec<Candidate<'_>> =
        all.iter().map(|info| Candidate::new(info, None)).collect();
    // Chance orders the front and does not decide who is on it, so any word will do.
    let chosen = choose(&demand, &candidates, 0).map_err(|refusal| {
        CliError::new(Exit::Unavailable, refusal.to_string())
            .hint("`venom models list` says what is configured, `venom models add` adds a model")
    })?;
    let is_front = |info: &ModelInfo| chosen.front.iter().any(|ranked| ranked.model == info.id);
    let usage = Usage {
        input: prompt,
        output,
        ..Usage::default()
    };
    let points: Vec<Point> = all
        .iter()
        .map(|info| Point {
            model: info.id.clone(),
            quality: info.prior(args.kind),
            cost: info.price.of(usage),
            took: info.typical,
            privacy: info.privacy,
            is_front: is_front(info),
        })
        .collect();
    if context.out.form == Form::Text {
        context
            .out
            .data(&draw(&points, context.out.width, context.out.paint));
        context
            .out
            .talk("success and time are what models are thought to have before any was tried here");
    } else {
        let document =
            json!({ "kind": args.kind, "prompt": prompt, "output": output, "models": points });
        context.out.document("pareto", document);
    }
    Ok(Exit::Ok)
}
