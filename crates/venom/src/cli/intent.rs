//! `venom intent`: how words are understood, without doing anything.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use venom_ports::api::intents::{Explained, Intents as _};

use super::context::Context;
use super::{goal, place};
use crate::error::CliResult;
use crate::exit::Exit;
use crate::output::{Form, Output, clean};

/// Show how words are understood
#[derive(Debug, Args)]
pub(crate) struct IntentArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Explain how a goal would be understood: clauses, matches, confidence and slots
    Explain {
        /// The goal
        #[arg(value_name = "GOAL", required = true)]
        goal: Vec<OsString>,
        /// The folder that the goal is about; the current one if none is named
        #[arg(long, short = 'C', value_name = "DIR")]
        workspace: Option<PathBuf>,
    },
}

impl IntentArgs {
    /// Returns the folder whose playbooks count, if one is named.
    pub(super) fn workspace(&self) -> Option<PathBuf> {
        let What::Explain { workspace, .. } = &self.what;
        workspace.clone()
    }
}

pub(super) fn run(context: &Context, args: IntentArgs) -> CliResult {
    let What::Explain { goal, .. } = args.what;
    let goal = goal::words(&goal)?;
    let folder = place::usable(&context.folder)?;
    context.with_engine(async |wired| {
        let explained = wired.host.explain(&goal, &folder).await?;
        if context.out.form != Form::Text {
            context.out.document("intent", explained);
        } else {
            print(&context.out, &explained);
        }
        Ok(Exit::Ok)
    })
}

/// Writes thousandths as a number with three places.
fn ratio(thousandths: u16) -> String {
    format!("{}.{:03}", thousandths / 1_000, thousandths % 1_000)
}

fn print(out: &Output, explained: &Explained) {
    let intent = &explained.intent;
    out.data(&format!(
        "Intent: {}  (confidence {})",
        clean::line(&intent.name),
        intent.confidence
    ));
    if let Some(target) = &intent.target {
        out.data(&format!("Target: {}", clean::line(target)));
    }
    for target in &intent.targets {
        out.data(&crate::output::event::target(target));
    }
    for goal in &intent.goals {
        let action = if goal.action.is_empty() {
            "(none)"
        } else {
            &goal.action
        };
        out.data(&format!(
            "\nGoal {}: {}  (confidence {})\n  words: \"{}\"",
            goal.priority,
            clean::line(action),
            goal.confidence,
            clean::short(&goal.text, 200)
        ));
        if !goal.after.is_empty() {
            let after: Vec<String> = goal.after.iter().map(ToString::to_string).collect();
            out.data(&format!("  after: goal {}", after.join(", ")));
        }
        for (slot, value) in &goal.params {
            out.data(&format!(
                "  {slot}: {}",
                clean::short(&value.to_string(), 200)
            ));
        }
        for missing in &goal.missing {
            out.data(&format!(
                "  {}: missing; would ask: {}",
                missing.slot,
                clean::short(&missing.question, 200)
            ));
        }
    }
    for clause in &explained.clauses {
        out.data(&format!(
            "\nClause: \"{}\"",
            clean::short(&clause.text, 200)
        ));
        for found in &clause.matches {
            out.data(&format!(
                "  {}  confidence {}  score {}  nearest \"{}\"  words: {}",
                clean::line(&found.playbook),
                ratio(found.confidence),
                ratio(found.score),
                clean::short(&found.utterance, 80),
                clean::short(&found.words.join(" "), 120)
            ));
        }
    }
    let calibration = &explained.calibration;
    out.data(&format!(
        "\nCalibration over {} sentences: expected error {}, own playbook found {}, out of scope refused {}, AUROC {}",
        calibration.sentences,
        ratio(calibration.error),
        ratio(calibration.accuracy),
        ratio(calibration.refused),
        ratio(calibration.auroc)
    ));
}
