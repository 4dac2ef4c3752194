//! `venom memory`: what was said and done, and what of it holds. One verb, one file.

mod add;
mod consolidate;
mod diff;
mod facts;
mod graph;
mod learn;
mod learned;
mod lines;
mod mark;
mod migrate;
mod moment;
mod query;
mod review;
mod search;
mod services;
mod show;
mod stats;
mod unlearn;
mod why;

pub(super) use consolidate::{after_run, by_schedule, consolidation};
pub(super) use learned::facts;
pub(super) use unlearn::take_out;

use clap::{Args, Subcommand};
use venom_kernel::memory::episode::EpisodeId;
use venom_kernel::time::Timestamp;

use super::context::Context;
use crate::error::{CliError, CliResult};
use crate::output::clean;
use crate::wire::Wired;

/// Search what was said and done, add to it, and forget
///
/// Everything that runs said and did is remembered from their logs; `add` and `import` tell more.
#[derive(Debug, Args)]
pub(crate) struct MemoryArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Search(search::SearchArgs),
    Show(show::ShowArgs),
    Add(add::AddArgs),
    Forget(mark::ForgetArgs),
    Pin(mark::PinArgs),
    Stats(stats::StatsArgs),
    Export(lines::ExportArgs),
    Import(lines::ImportArgs),
    Facts(facts::FactsArgs),
    Learn(learn::LearnArgs),
    Query(query::QueryArgs),
    Why(why::WhyArgs),
    Graph(graph::GraphArgs),
    Diff(diff::DiffArgs),
    Review(review::ReviewArgs),
    Unlearn(unlearn::UnlearnArgs),
    Consolidate(consolidate::ConsolidateArgs),
    Services(services::ServicesArgs),
    Migrate(migrate::MigrateArgs),
}

pub(super) fn run(context: &Context, args: &MemoryArgs) -> CliResult {
    context.with_engine(async |wired| match &args.what {
        What::Search(args) => search::run(context, wired, args).await,
        What::Show(args) => show::run(context, wired, args).await,
        What::Add(args) => add::run(context, wired, args).await,
        What::Forget(args) => mark::forget(context, wired, args).await,
        What::Pin(args) => mark::pin(context, wired, args).await,
        What::Stats(args) => stats::run(context, wired, args).await,
        What::Export(args) => lines::export(context, wired, args).await,
        What::Import(args) => lines::import(context, wired, args).await,
        What::Facts(args) => facts::run(context, wired, args).await,
        What::Learn(args) => learn::run(context, wired, args).await,
        What::Query(args) => query::run(context, wired, args).await,
        What::Why(args) => why::run(context, wired, args).await,
        What::Graph(args) => graph::run(context, wired, args).await,
        What::Diff(args) => diff::run(context, wired, args).await,
        What::Review(args) => review::run(context, wired, args).await,
        What::Unlearn(args) => unlearn::run(context, wired, args).await,
        What::Consolidate(args) => consolidate::run(context, wired, args).await,
        What::Services(args) => services::run(context, wired, args).await,
        What::Migrate(args) => migrate::run(context, wired, args).await,
    })
}

/// Returns what time it is.
fn now(wired: &Wired) -> Timestamp {
    wired.world.clock.now()
}

/// Finds the episode whose id begins with a text.
async fn find(wired: &Wired, text: &str) -> Result<EpisodeId, CliError> {
    let found = wired.store.episodes().find(text).await?;
    let shown = clean::short(text, 80);
    match found.as_slice() {
        [one] => Ok(*one),
        [] => Err(CliError::usage(format!("there is no episode `{shown}`"))
            .code("no-such-episode")
            .hint("find it with `venom memory search`")),
        _ => Err(
            CliError::usage(format!("more than one episode begins with `{shown}`"))
                .code("ambiguous-episode")
                .hint("give more of the id"),
        ),
    }
}
