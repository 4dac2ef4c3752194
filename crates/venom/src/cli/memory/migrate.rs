//! `venom memory migrate`: brings all vectors, or all facts, from one place to another, and checks that they arrived.

use std::sync::Arc;

use clap::Args;
use serde_json::json;
use venom_ports::memory::vectors::Compared;
use venom_ports::{Failure, FailureKind};
use venom_store::Show;
use venom_store::service::graph::Mirror;
use venom_store::service::{MakeVectors, chroma, neo4j};

use super::learned;
use crate::cli::context::Context;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Form, clean, raw_talk};
use crate::wire::{Wired, services};

/// What stands for the built-in index.
const EMBEDDED: &str = "embedded";

/// Bring all vectors, or all facts, from one place to another, and check that they arrived
///
/// A place is `embedded`, the address of a ChromaDB, or that of a Neo4j (`bolt://`). Everything is read back from there
/// and compared. Which place is searched is said in the configuration, before or after.
#[derive(Debug, Args)]
pub(super) struct MigrateArgs {
    /// Where they are: `embedded` or an address
    #[arg(long, value_name = "PLACE", default_value = EMBEDDED)]
    from: String,
    /// Where they are to be: `embedded` or an address
    #[arg(long, value_name = "PLACE")]
    to: String,
    /// Remove them from where they were, once they have arrived
    #[arg(long)]
    remove: bool,
}

/// Something that is kept at a place.
enum Kept {
    Vectors(MakeVectors),
    Graph(Arc<Mirror>),
}

pub(super) async fn run(context: &Context, wired: &Wired, args: &MigrateArgs) -> CliResult {
    if args.from == args.to {
        return Err(CliError::usage("both places are the same").code("same-place"));
    }
    let from = place(context, wired, &args.from)?;
    let to = place(context, wired, &args.to)?;
    if let (Some(Kept::Vectors(_)), Some(Kept::Graph(_)))
    | (Some(Kept::Graph(_)), Some(Kept::Vectors(_))) = (&from, &to)
    {
        return Err(
            CliError::usage("one place holds vectors and the other one a graph")
                .code("other-kind")
                .hint("name two of a kind, or `embedded`"),
        );
    }
    if args.remove && from.is_none() {
        return Err(
            CliError::usage("what is built in is made of the rows and is not removed")
                .code("not-removable")
                .hint("leave out `--remove`"),
        );
    }
    let is_graph = matches!(&from, Some(Kept::Graph(_))) || matches!(&to, Some(Kept::Graph(_)));
    let kind = if is_graph { "facts" } else { "vectors" };
    // Everything that a service has comes from here, so that this is what both sides are compared with.
    let left = match &from {
        Some(kept) => Some(compare(context, wired, kept).await?),
        None => None,
    };
    let arrived = match &to {
        Some(kept) => Some(fill(context, wired, kept).await?),
        None => None,
    };
    if context.out.is_live {
        context.out.draw("\r\u{1b}[K");
    }
    let is_whole = arrived.as_ref().is_none_or(Compared::is_whole);
    let mut is_removed = false;
    if is_whole
        && args.remove
        && let Some(kept) = &from
    {
        clear(wired, kept).await?;
        is_removed = true;
    }
    let numbers = |compared: &Option<Compared>| {
        compared.as_ref().map(|compared| {
            json!({ "same": compared.same, "wrong": compared.wrong, "foreign": compared.foreign })
        })
    };
    if context.out.form == Form::Text {
        if let Some(left) = &left {
            context.out.data(&line(&args.from, kind, left));
        }
        match &arrived {
            Some(arrived) => context.out.data(&line(&args.to, kind, arrived)),
            None => context.out.data(&format!(
                "embedded: it is made of the rows, which hold all {kind}"
            )),
        }
        if is_removed {
            context
                .out
                .talk(&format!("removed from {}", clean::line(&args.from)));
        }
    } else {
        context.out.document(
            "memory-migrated",
            json!({
                "from": args.from,
                "to": args.to,
                "kind": kind,
                "left": numbers(&left),
                "arrived": numbers(&arrived),
                "is_whole": is_whole,
                "is_removed": is_removed,
            }),
        );
    }
    if is_whole {
        return Ok(Exit::Ok);
    }
    Err(CliError::new(
        Exit::Failed,
        format!("not all {kind} arrived as they were sent"),
    )
    .code("not-whole")
    .hint("run the same command again; the source is as it was"))
}

async fn compare(context: &Context, wired: &Wired, kept: &Kept) -> Result<Compared, CliError> {
    Ok(match kept {
        Kept::Vectors(make) => wired.store.compare_vectors(make, show(context)).await?,
        Kept::Graph(graph) => {
            let edges = learned::facts(context, wired)?.told().await?.edges();
            let graph = Arc::clone(graph);
            learned::blocking(move || graph.compare(&edges)).await?
        }
    })
}

async fn fill(context: &Context, wired: &Wired, kept: &Kept) -> Result<Compared, CliError> {
    Ok(match kept {
        Kept::Vectors(make) => wired.store.fill_vectors(make, show(context)).await?,
        Kept::Graph(graph) => {
            let edges = learned::facts(context, wired)?.told().await?.edges();
            let graph = Arc::clone(graph);
            let work = move || {
                if graph.follow(&edges)? {
                    return graph.compare(&edges);
                }
                Err(Failure::new(
                    FailureKind::Conflict,
                    format!("another process is telling {} what is new", graph.name()),
                )
                .with_hint("try again when it is done"))
            };
            learned::blocking(work).await?
        }
    })
}

async fn clear(wired: &Wired, kept: &Kept) -> Result<(), CliError> {
    match kept {
        Kept::Vectors(make) => wired.store.clear_vectors(make).await?,
        Kept::Graph(graph) => {
            let graph = Arc::clone(graph);
            learned::blocking(move || graph.clear()).await?;
        }
    }
    Ok(())
}

fn line(place: &str, kind: &str, compared: &Compared) -> String {
    format!(
        "{}: {} {kind} are the same as here, {} are missing or differ, {} belong to nothing here",
        clean::line(place),
        compared.same,
        compared.wrong,
        compared.foreign
    )
}

fn place(context: &Context, wired: &Wired, place: &str) -> Result<Option<Kept>, CliError> {
    if place == EMBEDDED {
        return Ok(None);
    }
    let refused = |why: String| {
        CliError::usage(format!("`{}` is no place: {why}", clean::short(place, 80)))
            .code("no-such-place")
            .hint("give `embedded`, or an address such as http://127.0.0.1:8000 or bolt://127.0.0.1:7687")
    };
    let settings = context.settings()?;
    let memory = &settings.memory.value;
    let secrets = Arc::clone(&wired.secrets);
    if place.starts_with("bolt") {
        neo4j::check_address(place).map_err(refused)?;
        let key = memory
            .graph_key
            .as_deref()
            .filter(|_| memory.graph.as_deref() == Some(place));
        let make = services::graph(&context.env, place, key, &secrets);
        return Ok(Some(Kept::Graph(Arc::new(wired.store.graph_at(&make)?))));
    }
    chroma::check(place).map_err(refused)?;
    // The key of the configuration goes to the address of the configuration and nowhere else.
    let key = memory
        .vectors_key
        .as_deref()
        .filter(|_| memory.vectors.as_deref() == Some(place));
    let make = services::vectors(&context.env, place, key, &secrets);
    Ok(Some(Kept::Vectors(make)))
}

fn show(context: &Context) -> Show {
    if !context.out.is_live {
        return Box::new(|_, _| {});
    }
    Box::new(|done, of| raw_talk(&format!("\r{done} of {of}   ")))
}
