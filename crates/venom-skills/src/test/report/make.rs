//! A make target, or any command of which only the exit code is understood: one case.

use super::draft::Draft;
use super::{CaseStatus, Output, Report, Runner, text};

/// The name of the only case.
const NAME: &str = "command";

pub(super) fn parse(output: &Output<'_>) -> Report {
    let mut draft = Draft::new(Runner::MakeTarget);
    let said = if output.stderr.trim().is_empty() {
        output.stdout
    } else {
        output.stderr
    };
    let message = text::some_message(&text::plain(said));
    match output.exit_code {
        Some(0) => draft.merge(NAME, CaseStatus::Passed, None),
        Some(_) => draft.merge(NAME, CaseStatus::Failed, message),
        None => draft.merge(NAME, CaseStatus::Errored, message),
    }
    draft.finish(output.exit_code)
}
