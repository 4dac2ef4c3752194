//! `venom man`: manual pages, made from the definition of the command line.

use std::path::PathBuf;

use clap::{Args, CommandFactory as _};

use super::context::Context;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;

/// Write manual pages into a folder
#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// The folder; it is made if it does not exist
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

pub(super) fn run(context: &Context, args: &ManArgs) -> CliResult {
    let failed = |error: std::io::Error| {
        CliError::new(
            Exit::Failed,
            format!(
                "cannot write manual pages to {}: {error}",
                args.folder.display()
            ),
        )
    };
    std::fs::create_dir_all(&args.folder).map_err(failed)?;
    clap_mangen::generate_to(super::Cli::command(), &args.folder).map_err(failed)?;
    context
        .out
        .talk(&format!("wrote manual pages to {}", args.folder.display()));
    Ok(Exit::Ok)
}
