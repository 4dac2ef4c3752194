//! `venom models`: says that this version has none.

use clap::Args;

use crate::error::{CliError, CliResult};
use crate::exit::Exit;

/// Configure language models (not in this version)
#[derive(Debug, Args)]
pub(crate) struct ModelsArgs {
    /// What is wanted; any words
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    words: Vec<String>,
}

pub(super) fn run(args: &ModelsArgs) -> CliResult {
    let wanted = args.words.first().map(String::as_str).unwrap_or_default();
    tracing::debug!(wanted, "models asked for");
    Err(CliError::new(Exit::Failed, "this version of VENOM cannot use language models yet")
        .code("no-models")
        .hint("steps that need a model are optional and are reported as not met; everything else works without one"))
}
