//! `venom memory migrate`: brings all vectors from one place to another, and checks that they arrived.

use std::sync::Arc;

use clap::Args;
use serde_json::json;
use venom_ports::memory::vectors::Compared;
use venom_store::Show;
use venom_store::service::{MakeVectors, chroma};

use crate::cli::context::Context;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Form, clean, raw_talk};
use crate::wire::{Wired, services};

/// What stands for the built-in index.
const EMBEDDED: &str = "embedded";

/// Bring all vectors from one place to another, and check that they arrived
///
/// A place is `embedded` or the address of a ChromaDB. Everything is read back from there and compared. Which
/// place is searched is said in the configuration, before or after.
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

pub(super) async fn run(context: &Context, wired: &Wired, args: &MigrateArgs) -> CliResult {
    if args.from == args.to {
        return Err(CliError::usage("both places are the same").code("same-place"));
    }
    let from = place(context, wired, &args.from)?;
    let to = place(context, wired, &args.to)?;
    if args.remove && from.is_none() {
        return Err(
            CliError::usage("the built-in index is made of the rows and is not removed")
                .code("not-removable")
                .hint("leave out `--remove`"),
        );
    }
    // Everything that a service has comes from here, so that this is what both sides are compared with.
    let left = match &from {
        Some(make) => {
            let compared = wired.store.compare_vectors(make, show(context)).await?;
            Some(compared)
        }
        None => None,
    };
    let arrived = match &to {
        Some(make) => Some(wired.store.fill_vectors(make, show(context)).await?),
        None => None,
    };
    if context.out.is_live {
        context.out.draw("\r\u{1b}[K");
    }
    let is_whole = arrived.as_ref().is_none_or(Compared::is_whole);
    let mut is_removed = false;
    if is_whole
        && args.remove
        && let Some(make) = &from
    {
        wired.store.clear_vectors(make).await?;
        is_removed = true;
    }
    let numbers = |compared: &Option<Compared>| {
        compared.as_ref().map(|compared| {
            json!({ "same": compared.same, "wrong": compared.wrong, "foreign": compared.foreign })
        })
    };
    if context.out.form == Form::Text {
        if let Some(left) = &left {
            context.out.data(&line(&args.from, left));
        }
        match &arrived {
            Some(arrived) => context.out.data(&line(&args.to, arrived)),
            None => context
                .out
                .data("embedded: the index is made of the rows, which hold every vector"),
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
    Err(
        CliError::new(Exit::Failed, "not all vectors arrived as they were sent")
            .code("not-whole")
            .hint("run the same command again; the source is as it was"),
    )
}

fn line(place: &str, compared: &Compared) -> String {
    format!(
        "{}: {} vectors are the same as here, {} are missing or differ, {} belong to nothing here",
        clean::line(place),
        compared.same,
        compared.wrong,
        compared.foreign
    )
}

fn place(context: &Context, wired: &Wired, place: &str) -> Result<Option<MakeVectors>, CliError> {
    if place == EMBEDDED {
        return Ok(None);
    }
    let refused = |why: String| {
        CliError::usage(format!("`{}` is no place: {why}", clean::short(place, 80)))
            .code("no-such-place")
            .hint("give `embedded` or an address such as http://127.0.0.1:8000")
    };
    chroma::check(place).map_err(refused)?;
    let settings = context.settings()?;
    let memory = &settings.memory.value;
    // The key of the configuration goes to the address of the configuration and nowhere else.
    let key = memory
        .vectors_key
        .as_deref()
        .filter(|_| memory.vectors.as_deref() == Some(place));
    let secrets = Arc::clone(&wired.secrets);
    Ok(Some(services::vectors(&context.env, place, key, &secrets)))
}

fn show(context: &Context) -> Show {
    if !context.out.is_live {
        return Box::new(|_, _| {});
    }
    Box::new(|done, of| raw_talk(&format!("\r{done} of {of}   ")))
}
