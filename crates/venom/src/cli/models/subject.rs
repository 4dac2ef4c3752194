//! Which run, or which step of one, is meant: `RUN`, `RUN/STEP`, or a step of the last run.

use venom_kernel::id::{RunId, StepId};
use venom_kernel::run::RunState;

use crate::cli::why::{is_step_of, step_named};
use crate::error::CliError;
use crate::output::clean;
use crate::wire::reach::Reach;

/// What is meant.
pub(super) struct Subject {
    pub(super) run: RunId,
    pub(super) step: Option<StepId>,
    pub(super) state: RunState,
}

pub(super) async fn find(reach: &dyn Reach, text: &str) -> Result<Subject, CliError> {
    let (run, step) = match text.split_once('/') {
        Some((run, step)) => (reach.host().find(run).await?, Some(step)),
        None => match reach.host().find("last").await {
            Ok(last) if is_step_of(reach, last, text).await? => (last, Some(text)),
            Ok(_) | Err(_) => (reach.host().find(text).await?, None),
        },
    };
    let state = reach.host().state(run, None).await?;
    let step = match step {
        None => None,
        Some(text) => {
            let found = text
                .parse::<StepId>()
                .ok()
                .and_then(|step| step_named(&state, &step));
            let found = found.ok_or_else(|| {
                CliError::usage(format!(
                    "run {run} has no step `{}`",
                    clean::short(text, 80)
                ))
                .code("no-such-part")
                .hint(format!("see its steps with `venom show {run}`"))
            })?;
            Some(found)
        }
    };
    Ok(Subject { run, step, state })
}
