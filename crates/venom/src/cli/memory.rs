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
use venom_exec::os::SystemClock;
use venom_kernel::memory::episode::EpisodeId;
use venom_kernel::time::Timestamp;
use venom_ports::clock::Clock as _;

use super::context::Context;
use crate::error::{CliError, CliResult};
use crate::output::clean;
use crate::wire::reach::Reach;

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
    // All may be a server's, but for the services beside a data folder.
    match &args.what {
        What::Search(args) => {
            context.with_reach(async |reach| search::run(context, reach, args).await)
        }
        What::Show(args) => context.with_reach(async |reach| show::run(context, reach, args).await),
        What::Add(args) => context.with_reach(async |reach| add::run(context, reach, args).await),
        What::Forget(args) => {
            context.with_reach(async |reach| mark::forget(context, reach, args).await)
        }
        What::Pin(args) => context.with_reach(async |reach| mark::pin(context, reach, args).await),
        What::Stats(args) => {
            context.with_reach(async |reach| stats::run(context, reach, args).await)
        }
        What::Export(args) => {
            context.with_reach(async |reach| lines::export(context, reach, args).await)
        }
        What::Import(args) => {
            context.with_reach(async |reach| lines::import(context, reach, args).await)
        }
        What::Facts(args) => {
            context.with_reach(async |reach| facts::run(context, reach, args).await)
        }
        What::Learn(args) => {
            context.with_reach(async |reach| learn::run(context, reach, args).await)
        }
        What::Query(args) => {
            context.with_reach(async |reach| query::run(context, reach, args).await)
        }
        What::Why(args) => context.with_reach(async |reach| why::run(context, reach, args).await),
        What::Graph(args) => {
            context.with_reach(async |reach| graph::run(context, reach, args).await)
        }
        What::Diff(args) => context.with_reach(async |reach| diff::run(context, reach, args).await),
        What::Review(args) => {
            context.with_reach(async |reach| review::run(context, reach, args).await)
        }
        What::Unlearn(args) => {
            context.with_reach(async |reach| unlearn::run(context, reach, args).await)
        }
        What::Consolidate(args) => {
            context.with_reach(async |reach| consolidate::run(context, reach, args).await)
        }
        What::Services(args) => {
            context.with_engine(async |wired| services::run(context, wired, args).await)
        }
        What::Migrate(args) => {
            context.with_engine(async |wired| migrate::run(context, wired, args).await)
        }
    }
}

/// Returns what time it is.
fn now(reach: &dyn Reach) -> Timestamp {
    match reach.here() {
        Some(wired) => wired.world.clock.now(),
        None => SystemClock::new().now(),
    }
}

/// Finds the episode whose id begins with a text.
async fn find(reach: &dyn Reach, text: &str) -> Result<EpisodeId, CliError> {
    let found = reach.episodes().find(text).await?;
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
