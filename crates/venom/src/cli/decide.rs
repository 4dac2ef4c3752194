//! `venom approve` and `venom deny`: deciding what a run asks for.

use clap::Args;
use venom_kernel::event::Outcome;
use venom_kernel::id::{ApprovalId, RunId};
use venom_ports::inbox::Command;

use super::context::Context;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::wire::reach::Reach;

/// Agree to what a run asks for
#[derive(Debug, Args)]
pub(crate) struct ApproveArgs {
    /// The run, the approval (`appr_1`), or the run and then approvals
    #[arg(value_name = "RUN|APPROVAL", required = true)]
    what: Vec<String>,
    /// Why, for the log
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

/// Do not agree to what a run asks for
#[derive(Debug, Args)]
pub(crate) struct DenyArgs {
    /// The run, the approval (`appr_1`), or the run and then approvals
    #[arg(value_name = "RUN|APPROVAL", required = true)]
    what: Vec<String>,
    /// Why, for the log
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

pub(super) fn approve(context: &Context, args: &ApproveArgs) -> CliResult {
    decide(context, &args.what, args.reason.as_deref(), true)
}

pub(super) fn deny(context: &Context, args: &DenyArgs) -> CliResult {
    decide(context, &args.what, args.reason.as_deref(), false)
}

fn decide(context: &Context, what: &[String], reason: Option<&str>, agreed: bool) -> CliResult {
    context.with_reach(async |reach| {
        let (run, approvals) = named(reach, what).await?;
        let word = if agreed { "approve" } else { "deny" };
        let mut is_heard = false;
        for approval in approvals {
            let command = Command::Decide {
                approval,
                agreed,
                reason: reason.map(str::to_owned),
            };
            is_heard = reach.host().command(run, command, &context.user()).await?;
        }
        super::steer::sent(context, run, word, is_heard);
        Ok(Exit::Ok)
    })
}

/// Finds the run and the approvals that are meant.
async fn named(reach: &dyn Reach, what: &[String]) -> Result<(RunId, Vec<ApprovalId>), CliError> {
    let is_approval = |text: &String| text.parse::<ApprovalId>().ok();
    let (name, rest) = match what {
        [first, rest @ ..] if is_approval(first).is_none() => (first.as_str(), rest),
        all => ("last", all),
    };
    let run = reach.host().find(name).await?;
    let mut approvals = Vec::new();
    for text in rest {
        let approval = text
            .parse::<ApprovalId>()
            .map_err(|error| CliError::usage(error.to_string()).hint("such as `appr_1`"))?;
        approvals.push(approval);
    }
    if !approvals.is_empty() {
        return Ok((run, approvals));
    }
    let state = reach.host().state(run, None).await?;
    let open: Vec<ApprovalId> = state.open_approvals().map(|(id, _)| id).collect();
    let is_plan = state.outcome() == Some(&Outcome::Planned);
    match open.as_slice() {
        [] => Err(
            CliError::new(Exit::Failed, format!("run {run} asks for nothing"))
                .code("nothing-open")
                .hint(if is_plan {
                    format!("do its plan with `venom plan approve {run}`")
                } else {
                    format!("see how it stands with `venom show {run}`")
                }),
        ),
        [one] => Ok((run, vec![*one])),
        several => {
            let names: Vec<String> = several.iter().map(ToString::to_string).collect();
            Err(CliError::usage(format!(
                "run {run} asks for {} approvals: {}",
                several.len(),
                names.join(", ")
            ))
            .hint(format!(
                "name those that you mean: `venom approve {run} {}`",
                names.join(" ")
            )))
        }
    }
}
