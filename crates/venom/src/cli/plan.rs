//! `venom plan`: what would be done, in which order, and what it would take.

use clap::Args;

use super::context::Context;
use super::goal::How;
use crate::error::CliResult;

/// Show the plan for a goal without doing anything
#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    pub(super) how: How,
}

pub(super) fn run(context: &Context, args: &PlanArgs) -> CliResult {
    super::run::start(context, &args.how, super::run::Wish::Plan)
}
