//! `venom preferences`: what earlier answers decide, and forgetting them.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use venom_kernel::preference::{Preference, PreferenceId, Undecided};
use venom_ports::api::preferences::Preferences as _;

use super::context::{Context, absolute};
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Form, clean, event, table::table};
use crate::wire::Wired;

/// Show what earlier answers decide, and forget them
#[derive(Debug, Args)]
pub(crate) struct PreferencesArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List what was answered when words were not clear, and holds for the next time
    List {
        #[command(flatten)]
        place: Where,
    },
    /// Show one: the question, the answer, and where it was given
    Show {
        /// Its id, or the beginning of it
        #[arg(value_name = "ID")]
        id: String,
    },
    /// Forget one, or all of a workspace; the question is asked again then
    Forget {
        /// Its id, or the beginning of it
        #[arg(value_name = "ID", required_unless_present = "all", conflicts_with_all = ["all", "workspace", "all_workspaces"])]
        id: Option<String>,
        /// Forget all of the workspace
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        place: Where,
    },
}

/// Which workspaces are meant.
#[derive(Debug, Args)]
struct Where {
    /// The folder that they belong to; the current one if none is named
    #[arg(long, short = 'C', value_name = "DIR")]
    workspace: Option<PathBuf>,
    /// Those of all workspaces
    #[arg(long, conflicts_with = "workspace")]
    all_workspaces: bool,
}

impl PreferencesArgs {
    /// Returns the folder whose settings count, if one is named.
    pub(super) fn workspace(&self) -> Option<PathBuf> {
        match &self.what {
            What::List { place } | What::Forget { place, .. } => place.workspace.clone(),
            What::Show { .. } => None,
        }
    }
}

pub(super) fn run(context: &Context, args: &PreferencesArgs) -> CliResult {
    context.with_engine(async |wired| match &args.what {
        What::List { place } => {
            let known = of(context, wired, place).await?;
            list(context, &known, place);
            Ok(Exit::Ok)
        }
        What::Show { id } => {
            let known = wired.host.preferences(None).await?;
            show(context, find(&known, id)?);
            Ok(Exit::Ok)
        }
        What::Forget {
            id: Some(id),
            all: _,
            place: _,
        } => {
            let known = wired.host.preferences(None).await?;
            forget(context, wired, &[find(&known, id)?]).await
        }
        What::Forget { place, .. } => {
            let known = of(context, wired, place).await?;
            forget(context, wired, &known.iter().collect::<Vec<_>>()).await
        }
    })
}

async fn of(context: &Context, wired: &Wired, place: &Where) -> Result<Vec<Preference>, CliError> {
    if place.all_workspaces {
        return Ok(wired.host.preferences(None).await?);
    }
    let folder = absolute(&context.env, &context.folder);
    // What was answered in a folder that is gone can still be listed and forgotten.
    let folder = folder.canonicalize().unwrap_or(folder);
    Ok(wired.host.preferences(Some(&folder)).await?)
}

/// Finds the one whose id begins with a text.
fn find<'a>(known: &'a [Preference], text: &str) -> Result<&'a Preference, CliError> {
    let wanted = text
        .strip_prefix(PreferenceId::PREFIX)
        .and_then(|rest| rest.strip_prefix('_'))
        .unwrap_or(text);
    let prefix = format!("{}_{wanted}", PreferenceId::PREFIX);
    let mut fitting = known
        .iter()
        .filter(|known| !wanted.is_empty() && known.id.to_string().starts_with(&prefix));
    let shown = clean::short(text, 80);
    match (fitting.next(), fitting.next()) {
        (Some(one), None) => Ok(one),
        (None, _) => Err(CliError::usage(format!("there is no preference `{shown}`"))
            .code("no-such-preference")
            .hint("see them with `venom preferences list --all-workspaces`")),
        (Some(_), Some(_)) => Err(CliError::usage(format!(
            "more than one preference begins with `{shown}`"
        ))
        .code("ambiguous-preference")
        .hint("give more of the id; `venom preferences list` shows whole ids")),
    }
}

/// Returns a preference as a document; `about` names what was undecided.
fn document(known: &Preference) -> Value {
    let about = match &known.ambiguity.of {
        Undecided::Action => json!({ "kind": "action" }),
        Undecided::Slot { playbook, slot } => {
            json!({ "kind": "slot", "playbook": playbook, "slot": slot })
        }
    };
    json!({
        "id": known.id,
        "workspace": known.workspace,
        "about": about,
        "words": known.ambiguity.words,
        "question": known.question,
        "answer": known.answer,
        "by": known.by,
        "source": known.source,
    })
}

fn list(context: &Context, known: &[Preference], place: &Where) {
    if context.out.form != Form::Text {
        let all: Vec<Value> = known.iter().map(document).collect();
        context
            .out
            .document("preferences", json!({ "preferences": all }));
        return;
    }
    if known.is_empty() {
        context.out.talk(if place.all_workspaces {
            "no answers are remembered"
        } else {
            "no answers are remembered for this workspace; `--all-workspaces` lists all"
        });
        return;
    }
    let rows: Vec<Vec<String>> = known
        .iter()
        .map(|known| {
            let mut row = vec![
                known.id.to_string(),
                event::time(known.source.time).chars().take(16).collect(),
                clean::short(&known.ambiguity.of.to_string(), 40),
                clean::short(&format!("\"{}\"", known.ambiguity.words), 60),
                clean::short(&known.answer, 60),
            ];
            if place.all_workspaces {
                row.push(clean::line(&known.workspace));
            }
            row
        })
        .collect();
    let mut head = vec!["ID", "ANSWERED", "ABOUT", "WORDS", "ANSWER"];
    if place.all_workspaces {
        head.push("WORKSPACE");
    }
    context.out.data(&table(&head, &rows));
}

fn show(context: &Context, known: &Preference) {
    if context.out.form != Form::Text {
        context.out.document("preference", document(known));
        return;
    }
    let out = &context.out;
    let source = &known.source;
    for (head, text) in [
        ("Preference:", known.id.to_string()),
        ("Workspace:", clean::line(&known.workspace)),
        ("About:", clean::line(&known.ambiguity.of.to_string())),
        (
            "Words:",
            format!("\"{}\"", clean::short(&known.ambiguity.words, 400)),
        ),
        ("Question:", clean::short(&known.question, 400)),
        ("Answer:", clean::short(&known.answer, 400)),
        (
            "Given:",
            format!("{} by {}", event::time(source.time), clean::line(&known.by)),
        ),
        (
            "In:",
            format!(
                "run {}, question {}, event {}",
                source.run, source.question, source.seq
            ),
        ),
    ] {
        out.data(&format!("{head:12} {text}"));
    }
    out.talk(&format!(
        "forget it with: venom preferences forget {}",
        known.id
    ));
}

/// Forgets preferences. One that cannot be forgotten now keeps none of the others.
async fn forget(context: &Context, wired: &Wired, known: &[&Preference]) -> CliResult {
    let by = context.user();
    let mut forgotten = Vec::new();
    let mut refused: Option<CliError> = None;
    for known in known {
        match wired.host.forget(known, &by).await {
            Ok(seq) => {
                context.out.talk(&format!(
                    "forgotten: {}, \"{}\" for \"{}\"",
                    known.id,
                    clean::short(&known.answer, 80),
                    clean::short(&known.ambiguity.words, 80)
                ));
                forgotten.push(json!({
                    "id": known.id, "run": known.source.run, "seq": seq,
                }));
            }
            Err(error) => {
                let error = CliError::from(error);
                context
                    .out
                    .warning(&format!("{} is kept: {}", known.id, error.message));
                refused.get_or_insert(error);
            }
        }
    }
    if let Some(refused) = refused {
        return Err(refused);
    }
    if forgotten.is_empty() {
        context.out.talk("there was nothing to forget");
    }
    if context.out.form != Form::Text {
        context
            .out
            .document("forgotten", json!({ "forgotten": forgotten }));
    }
    Ok(Exit::Ok)
}
