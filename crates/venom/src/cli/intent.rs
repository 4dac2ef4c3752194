//! `venom intent`: how words are understood, without doing anything.

mod labelled;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::{Args, Subcommand};
use venom_models::Encoder;
use venom_ports::api::intents::{Explained, Intents as _, Trial, Tried};

use super::context::{Context, absolute};
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
    /// Measure how well the built-in classifier tells the intents of a file of sentences apart
    ///
    /// FILE is a .csv or .tsv of text and intent, or a .json of such pairs or objects; `oos` stands for no intent. A
    /// .json of parts is learned from `train` and judged on `val`; anything else is dealt into folds that judge each
    /// other.
    Eval {
        /// The sentences
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Parts that the sentences are dealt into
        #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(2..=100))]
        folds: u16,
        /// The seed of every draw
        #[arg(long, value_name = "N", default_value_t = 1)]
        seed: u64,
        /// Learn from so many examples of each intent instead of all
        #[arg(long, value_name = "K", value_parser = clap::value_parser!(u16).range(1..))]
        per_intent: Option<u16>,
        /// Compare by a sentence model in this folder, such as all-MiniLM-L6-v2, instead of the table in the program
        #[arg(long, value_name = "DIR")]
        encoder: Option<PathBuf>,
    },
}

impl IntentArgs {
    /// Returns the folder whose playbooks count, if one is named.
    pub(super) fn workspace(&self) -> Option<PathBuf> {
        match &self.what {
            What::Explain { workspace, .. } => workspace.clone(),
            What::Eval { .. } => None,
        }
    }
}

pub(super) fn run(context: &Context, args: IntentArgs) -> CliResult {
    let goal = match args.what {
        What::Explain { goal, .. } => goal,
        What::Eval {
            file,
            folds,
            seed,
            per_intent,
            encoder,
        } => {
            let sentences = labelled::read(&absolute(&context.env, &file))?;
            let trial = Trial {
                learn: sentences.learn,
                judge: sentences.judge,
                folds: usize::from(folds),
                seed,
                per_intent: per_intent.map(usize::from),
            };
            let folder = encoder.map(|folder| absolute(&context.env, &folder));
            return eval(&context.out, &trial, folder.as_deref());
        }
    };
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

fn eval(out: &Output, trial: &Trial, encoder: Option<&Path>) -> CliResult {
    let brought = match encoder {
        Some(folder) => Some(Encoder::open(folder)?.sentences()?),
        None => None,
    };
    let begun = Instant::now();
    let tried = venom_engine::trial::measure(trial, brought, &|| begun.elapsed())?;
    if out.form != Form::Text {
        out.document("intent-eval", tried);
    } else {
        print_tried(out, &tried);
    }
    Ok(Exit::Ok)
}

/// Writes ten-thousandths as per cent.
fn percent(share: u16) -> String {
    format!("{}.{:02} %", share / 100, share % 100)
}

fn print_tried(out: &Output, tried: &Tried) {
    let row = |name: &str, value: &str| out.data(&format!("{name:<22}{value}"));
    row("Model", &clean::line(&tried.model));
    row("Intents", &tried.intents.to_string());
    row("Learned from", &format!("{} sentences", tried.learned));
    row(
        "Judged",
        &format!(
            "{} in scope, {} out of scope",
            tried.judged, tried.out_of_scope
        ),
    );
    row("Accuracy", &percent(tried.accuracy));
    if let Some(recall) = tried.out_of_scope_recall {
        row("  after refusing", &percent(tried.accuracy_refusing));
        row("Out of scope refused", &percent(recall));
    }
    if let Some(auroc) = tried.auroc {
        row("AUROC", &percent(auroc));
    }
    row("Calibration error", &percent(tried.calibration_error));
    row(
        "Sure (0.8 or more)",
        &format!(
            "{}, {} of them right",
            percent(tried.sure),
            percent(tried.sure_and_right)
        ),
    );
    row(
        "Time for a sentence",
        &format!("p50 {} us, p99 {} us", tried.p50_us, tried.p99_us),
    );
    row("Time to learn", &format!("{} ms", tried.learning_ms));
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
