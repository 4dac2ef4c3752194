//! `venom memory review`: what waits for the user's word, and giving it.

use std::fmt::Write as _;

use clap::{Args, Subcommand};
use serde_json::json;
use venom_kernel::memory::fact::{FactId, Knowledge};
use venom_ports::api::facts::Beliefs;

use super::super::context::Context;
use super::{facts as listed, learned};
use crate::error::CliResult;
use crate::exit::Exit;
use crate::output::{Form, clean};
use crate::wire::reach::Reach;

/// Decide about what nobody vouches for, and about contradictions
#[derive(Debug, Args)]
pub(super) struct ReviewArgs {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Take facts for true
    Accept {
        /// Their ids, or the beginnings of them
        #[arg(value_name = "ID", required = true)]
        ids: Vec<String>,
    },
    /// Take facts for false; they are not proposed again
    Reject {
        /// Their ids, or the beginnings of them
        #[arg(value_name = "ID", required = true)]
        ids: Vec<String>,
    },
}

pub(super) async fn run(context: &Context, reach: &dyn Reach, args: &ReviewArgs) -> CliResult {
    let beliefs = learned::beliefs(context, reach)?;
    let known = beliefs.known(None).await?.knowledge;
    match &args.what {
        None => {
            list(context, &known);
            Ok(Exit::Ok)
        }
        Some(What::Accept { ids }) => decide(context, reach, &*beliefs, &known, (ids, true)).await,
        Some(What::Reject { ids }) => decide(context, reach, &*beliefs, &known, (ids, false)).await,
    }
}

async fn decide(
    context: &Context,
    reach: &dyn Reach,
    beliefs: &dyn Beliefs,
    known: &Knowledge,
    (ids, is_true): (&[String], bool),
) -> CliResult {
    // All are found before any is decided.
    let ids: Vec<FactId> = ids
        .iter()
        .map(|id| learned::find(known, id))
        .collect::<Result<_, _>>()?;
    let by = context.user();
    let mut entries = Vec::new();
    let word = if is_true { "accepted" } else { "rejected" };
    for id in ids {
        let entry = beliefs.decide(id, is_true, &by).await?;
        context.out.talk(&format!("{word}: {id} (mem@{entry})"));
        entries.push(json!({ "id": id, "entry": entry }));
    }
    if let Some(wired) = reach.here() {
        learned::try_tell_graph(context, wired).await?;
    }
    if context.out.form != Form::Text {
        context.out.document(word, json!({ word: entries }));
    }
    Ok(Exit::Ok)
}

fn list(context: &Context, known: &Knowledge) {
    let out = &context.out;
    if out.form != Form::Text {
        out.document(
            "review",
            json!({ "proposals": known.proposals, "contradictions": known.contradictions }),
        );
        return;
    }
    if known.proposals.is_empty() && known.contradictions.is_empty() {
        out.talk("nothing waits for your word");
        return;
    }
    for proposal in &known.proposals {
        let claim = &proposal.claim;
        let mut text = format!(
            "{}  {} {} {}",
            proposal.id,
            clean::short(&claim.subject, 80),
            claim.relation.phrase(),
            clean::short(&claim.object, 160)
        );
        if let Some(qualifier) = &claim.qualifier {
            let _ = write!(text, " ({})", clean::short(qualifier, 80));
        }
        if let Some(against) = proposal.against {
            let _ = write!(text, ", against {against}");
        }
        out.data(&text);
        for support in &proposal.support {
            out.data(&format!("    {}", learned::said(support)));
        }
    }
    for contradiction in &known.contradictions {
        out.data(&format!("disputed: {}", listed::line(contradiction)));
    }
    out.talk("decide with `venom memory review accept ID` or `venom memory review reject ID`");
}
