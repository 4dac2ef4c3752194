//! `venom models`: language models, listed, shown, tried and added; what was seen of them, how they
//! are chosen, and what is thought of their work.

mod add;
mod feedback;
mod pareto;
mod stats;
mod subject;
mod trial;
mod why;

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use venom_kernel::model::{Kind, ModelId, ModelInfo, Price, Privacy};
use venom_kernel::money::MicroUsd;
use venom_models::Providers;
use venom_ports::model::Models as _;

use super::context::Context;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Form, clean, table::table};

/// List, try and add language models
#[derive(Debug, Args)]
pub(crate) struct ModelsArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List the models that can be called as things are configured
    List {
        /// Ask this provider which models it serves
        #[arg(long, value_name = "PROVIDER")]
        served: Option<String>,
    },
    /// Show what is known about a model
    Show {
        /// The model, as `PROVIDER/NAME`
        #[arg(value_name = "MODEL")]
        model: String,
    },
    /// Draw which models are worth choosing from for a kind of work
    Pareto(pareto::ParetoArgs),
    /// Show what was seen of each model, and what was spent today and this month
    Stats(stats::StatsArgs),
    /// Explain how the models of a run were chosen: candidates, draws, and why others were dropped
    Why(why::WhyArgs),
    /// Say what you think of the work of a run or a step; later choices take it into account
    Feedback(feedback::FeedbackArgs),
    /// Call a model, and say what it answered, how long it took and what it cost
    Test(trial::TestArgs),
    /// Add a model, and its provider if it is new; see what it can do
    Add(add::AddArgs),
}

pub(super) fn run(context: &Context, args: &ModelsArgs) -> CliResult {
    match &args.what {
        What::List { served: None } => {
            context.with_reach(async |reach| Ok(list(context, &reach.models().await?)))
        }
        What::List {
            served: Some(provider),
        } => context.with_engine(async |wired| served(context, &wired.models, provider).await),
        What::Show { model } => {
            let id = id(model)?;
            context.with_engine(async |wired| {
                let models = trial::reach(context, wired, &id)?;
                show(context, &models, &wired.models, &id)
            })
        }
        What::Pareto(args) => {
            context.with_reach(async |reach| pareto::run(context, reach, args).await)
        }
        What::Stats(args) => {
            context.with_reach(async |reach| stats::run(context, reach, args).await)
        }
        What::Why(args) => context.with_reach(async |reach| why::run(context, reach, args).await),
        What::Feedback(args) => {
            context.with_reach(async |reach| feedback::run(context, reach, args).await)
        }
        What::Test(args) => trial::run(context, args),
        What::Add(args) => add::run(context, args),
    }
}

/// Reads the id of a model.
fn id(text: &str) -> Result<ModelId, CliError> {
    text.parse::<ModelId>().map_err(|why| {
        CliError::usage(clean::line(&why.to_string()))
            .hint("`venom models list` names those there are")
    })
}

fn list(context: &Context, all: &[ModelInfo]) -> Exit {
    if context.out.form != Form::Text {
        let all: Vec<Value> = all.iter().map(document).collect();
        context.out.document("models", json!({ "models": all }));
        return Exit::Ok;
    }
    if all.is_empty() {
        context.out.talk("no models are configured");
        context.out.talk(
            "add one: `venom models add ollama/llama3.1`, or `venom models add anthropic/claude-sonnet-5-5`",
        );
        return Exit::Ok;
    }
    let rows: Vec<Vec<String>> = all
        .iter()
        .map(|info| {
            vec![
                info.id.to_string(),
                privacy(info.privacy).to_owned(),
                thousands(info.context),
                price(info.price),
                abilities(info),
            ]
        })
        .collect();
    let head = ["MODEL", "WHERE", "CONTEXT", "IN/OUT PER MILLION", "CAN"];
    context.out.data(&table(&head, &rows));
    Exit::Ok
}

async fn served(context: &Context, models: &Providers, provider: &str) -> CliResult {
    let served = models.served(provider).await?;
    if context.out.form != Form::Text {
        let served: Vec<Value> = served
            .iter()
            .map(|served| json!({"name": served.name, "context": served.context}))
            .collect();
        let document = json!({"provider": provider, "models": served});
        context.out.document("served-models", document);
        return Ok(Exit::Ok);
    }
    if served.is_empty() {
        context.out.talk("it serves none");
    }
    for served in served {
        context.out.data(&clean::line(&served.name));
    }
    Ok(Exit::Ok)
}

/// Shows a model; `configured` is what is called without anybody asking for it by its name.
fn show(context: &Context, models: &Providers, configured: &Providers, id: &ModelId) -> CliResult {
    let info = models.info(id)?;
    let is_listed = configured.list().iter().any(|listed| listed.id == *id);
    if context.out.form != Form::Text {
        let mut document = document(&info);
        if let Some(document) = document.as_object_mut() {
            document.insert("listed".to_owned(), is_listed.into());
        }
        context.out.document("model", document);
        return Ok(Exit::Ok);
    }
    let out = &context.out;
    out.data(&format!("model: {}", info.id));
    out.data(&format!("where: {}", privacy(info.privacy)));
    out.data(&format!(
        "context: {} tokens, answers of at most {}",
        thousands(info.context),
        thousands(u64::from(info.max_output))
    ));
    out.data(&format!("price per million tokens: {}", prices(info.price)));
    out.data(&format!("can: {}", abilities(&info)));
    out.data(&format!("a typical answer takes {}", info.typical));
    let qualities: Vec<String> = Kind::ALL
        .into_iter()
        .map(|kind| format!("{} {}", kind.name(), info.prior(kind)))
        .collect();
    out.data(&format!(
        "thought to be worth, of 1000: {}",
        qualities.join(", ")
    ));
    if !is_listed {
        out.talk(
            "runs do not call it: the configuration does not name it; `venom models add` does",
        );
    }
    Ok(Exit::Ok)
}

fn document(info: &ModelInfo) -> Value {
    json!({
        "id": info.id,
        "context": info.context,
        "max_output": info.max_output,
        "price": info.price,
        "privacy": info.privacy,
        "tools": info.tools,
        "schema": info.schema,
        "images": info.images,
        "thinking": info.thinking,
        "quality": Kind::ALL
            .into_iter()
            .map(|kind| (kind.name().to_owned(), info.prior(kind).into()))
            .collect::<serde_json::Map<_, _>>(),
        "typical_ms": info.typical.get(),
    })
}

const fn privacy(privacy: Privacy) -> &'static str {
    match privacy {
        Privacy::Local => "local",
        Privacy::Cloud => "cloud",
    }
}

fn price(price: Price) -> String {
    if price == Price::FREE {
        "free".to_owned()
    } else {
        format!("{} / {}", price.input, price.output)
    }
}

fn prices(price: Price) -> String {
    let named = [
        ("input", price.input),
        ("output", price.output),
        ("from the cache", price.cache_read),
        ("into the cache", price.cache_write),
    ];
    if named.iter().all(|(_, amount)| *amount == MicroUsd::ZERO) {
        return "free".to_owned();
    }
    named
        .map(|(name, amount)| format!("{name} {amount}"))
        .join(", ")
}

fn abilities(info: &ModelInfo) -> String {
    let named = [
        ("tools", info.tools),
        ("schema", info.schema),
        ("images", info.images),
        ("thinking", info.thinking),
    ];
    let can: Vec<&str> = named
        .into_iter()
        .filter_map(|(name, can)| can.then_some(name))
        .collect();
    if can.is_empty() {
        "text".to_owned()
    } else {
        can.join(" ")
    }
}

/// Writes a number with gaps between its thousands.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    let count = digits.chars().count();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (count - index).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}
