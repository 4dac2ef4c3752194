//! `venom memory services`: the services beside the memory, whether they answer, and how far they were told.

use clap::Args;
use serde_json::{Value, json};

use super::learned;
use crate::cli::context::Context;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Form, clean};
use crate::wire::Wired;

/// Thousands of episodes that are told, and groups that are embedded, between two signs of progress.
const STEP: usize = 1;

/// Show the services beside the memory, whether they answer, and how far they were told
#[derive(Debug, Args)]
pub(super) struct ServicesArgs {
    /// Tell the services with vectors and with a graph everything that they do not know yet, and have vectors made that
    /// lack
    #[arg(long)]
    sync: bool,
}

pub(super) async fn run(context: &Context, wired: &Wired, args: &ServicesArgs) -> CliResult {
    let facts = learned::facts(context, wired)?;
    if args.sync {
        // Made first: a service with vectors is told what a model has made.
        embed(context, wired).await?;
        sync(context, wired).await?;
        if !learned::tell_graph(wired, &facts).await? {
            return Err(busy());
        }
    }
    let vectors = wired.store.standing().await;
    let cache = match wired.store.shared_cache() {
        None => None,
        Some(cache) => {
            let name = cache.name().to_owned();
            // It may block for a moment.
            let checked = tokio::task::spawn_blocking(move || cache.check())
                .await
                .map_err(|error| CliError::new(Exit::Failed, error.to_string()))?;
            Some((name, checked))
        }
    };
    let mut first = None;
    let mut rows: Vec<(Value, String)> = Vec::new();
    if let Some(embedded) = wired.store.embedded().await? {
        rows.push((
            json!({
                "role": "embeddings",
                "name": embedded.model,
                "episodes": embedded.episodes,
                "lacking": embedded.lacking,
            }),
            format!(
                "embeddings  {}: {}",
                embedded.model,
                match embedded.lacking {
                    0 => format!("made vectors of all {} episodes", embedded.episodes),
                    lacking => format!(
                        "has yet to make vectors of {lacking} of {} episodes; the built-in ones answer meanwhile",
                        embedded.episodes
                    ),
                }
            ),
        ));
    }
    if let Some((name, standing)) = vectors {
        rows.push(match standing {
            Ok(standing) => (
                json!({
                    "role": "vectors",
                    "name": name,
                    "version": standing.version,
                    "episodes": standing.episodes,
                    "behind": standing.behind,
                    "held": standing.held,
                }),
                format!(
                    "vectors  {name}: version {}, holds {} vectors, {}",
                    standing.version,
                    standing.held,
                    match standing.behind {
                        0 => "knows everything".to_owned(),
                        behind => format!("has yet to be told of {behind} episodes"),
                    }
                ),
            ),
            Err(failure) => {
                let row = down("vectors", &name, &failure.message);
                first.get_or_insert(failure);
                row
            }
        });
    }
    if let Some(graph) = wired.store.graph() {
        let edges = facts.told().await?.edges();
        let name = graph.name().to_owned();
        rows.push(
            match learned::blocking(move || graph.standing(&edges)).await {
                Ok(standing) => (
                    json!({
                        "role": "graph",
                        "name": name,
                        "version": standing.version,
                        "facts": standing.facts,
                        "held": standing.held,
                        "is_told": standing.is_told,
                    }),
                    format!(
                        "graph    {name}: {}, holds {} facts, {}",
                        standing.version,
                        standing.held,
                        if standing.is_told {
                            "knows everything".to_owned()
                        } else {
                            format!(
                                "has yet to be told of what {} facts say now",
                                standing.facts
                            )
                        }
                    ),
                ),
                Err(failure) => {
                    let row = down("graph", &name, &failure.message);
                    first.get_or_insert(failure);
                    row
                }
            },
        );
    }
    if let Some((name, checked)) = cache {
        rows.push(match checked {
            Ok(version) => (
                json!({ "role": "cache", "name": name, "version": version }),
                format!("cache    {name}: version {version}"),
            ),
            Err(failure) => {
                let row = down("cache", &name, &failure.message);
                first.get_or_insert(failure);
                row
            }
        });
    }
    if context.out.form == Form::Text {
        if rows.is_empty() {
            context.out.talk(
                "no services: everything is found here; docs/memory.md says how to name some",
            );
        }
        for (_, line) in &rows {
            context.out.data(&clean::line(line));
        }
    } else {
        let services: Vec<Value> = rows.into_iter().map(|(row, _)| row).collect();
        context
            .out
            .document("memory-services", json!({ "services": services }));
    }
    first.map_or(Ok(Exit::Ok), |failure| Err(failure.into()))
}

fn down(role: &str, name: &str, why: &str) -> (Value, String) {
    (
        json!({ "role": role, "name": name, "failure": why }),
        format!("{role:<8} {name}: down: {why}"),
    )
}

/// Has vectors made of all episodes that have none yet.
async fn embed(context: &Context, wired: &Wired) -> Result<(), CliError> {
    let mut is_drawn = false;
    loop {
        let left = wired.store.embed(STEP).await?;
        if left == 0 {
            break;
        }
        if context.out.is_live {
            is_drawn = true;
            context.out.draw(&format!("\r{left} episodes are left   "));
        }
    }
    if is_drawn {
        context.out.draw("\r\u{1b}[K");
    }
    Ok(())
}

fn busy() -> CliError {
    CliError::new(
        Exit::Failed,
        "another process is telling the service what is new",
    )
    .code("busy")
    .hint("look again in a moment: `venom memory services`")
}

async fn sync(context: &Context, wired: &Wired) -> Result<(), CliError> {
    let mut before = None;
    loop {
        let behind = wired.store.sync_vectors(STEP).await?;
        if behind == 0 {
            break;
        }
        if before == Some(behind) {
            return Err(busy());
        }
        before = Some(behind);
        if context.out.is_live {
            context
                .out
                .draw(&format!("\r{behind} episodes are left   "));
        }
    }
    if context.out.is_live && before.is_some() {
        context.out.draw("\r\u{1b}[K");
    }
    Ok(())
}
