//! `RUN[@SEQ]`: how every command names a run, and a moment of it.

use clap::Args;
use venom_kernel::id::{RunId, Seq};
use venom_ports::api::runs::ApiError;

use crate::error::CliError;
use crate::output::clean;
use crate::wire::reach::Reach;

/// A run or a moment of one, for commands that read.
#[derive(Debug, Clone, Args)]
pub(super) struct PointArgs {
    /// `last`, a run's id, or the beginning of one; with `@SEQ`, as it was after that event
    #[arg(value_name = "RUN[@SEQ]", default_value = "last")]
    run: String,
    #[command(flatten)]
    at: At,
}

impl PointArgs {
    /// Finds the run and the event.
    pub(super) async fn find(&self, reach: &dyn Reach) -> Result<(RunId, Option<Seq>), CliError> {
        locate(reach, self.at.or(&self.run)).await
    }

    /// Tells whether a moment is named and not only a run.
    pub(super) fn is_moment(&self) -> bool {
        self.at.or(&self.run).contains('@')
    }
}

/// The same as a flag.
#[derive(Debug, Clone, Args)]
pub(super) struct At {
    /// The moment that is shown, as `RUN@SEQ`, or `@SEQ` for the last run
    #[arg(long = "at", value_name = "RUN@SEQ", conflicts_with = "run")]
    at: Option<String>,
}

impl At {
    fn or<'a>(&'a self, run: &'a str) -> &'a str {
        self.at.as_deref().unwrap_or(run)
    }
}

/// Reads the number of an event: digits alone, from 1.
pub(super) fn event_number(text: &str) -> Option<u64> {
    let is_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse::<u64>().ok()?;
    (is_digits && number > 0).then_some(number)
}

/// Finds the run, and the event behind an `@`. Both must be there.
pub(super) async fn locate(
    reach: &dyn Reach,
    text: &str,
) -> Result<(RunId, Option<Seq>), CliError> {
    let (name, at) = match text.split_once('@') {
        None => (text, None),
        Some((name, number)) => {
            let number = event_number(number).ok_or_else(|| {
                CliError::usage(format!(
                    "`{}` names no event: what stands behind `@` is the number of an event, from 1",
                    clean::short(text, 80)
                ))
                .hint("see the events with `venom log RUN`")
            })?;
            (name, Some(Seq::new(number)))
        }
    };
    let name = if name.is_empty() { "last" } else { name };
    let run = reach.host().find(name).await?;
    if let Some(at) = at {
        // One event is enough to know that it is there.
        let before = Seq::new(at.number().saturating_sub(1));
        if reach.host().events(run, before, 1).await?.is_empty() {
            let error = CliError::from(ApiError::NoSuchPart {
                run,
                what: format!("event {at}"),
            });
            return Err(error.hint(format!("see its events with `venom log {run}`")));
        }
    }
    Ok((run, at))
}
