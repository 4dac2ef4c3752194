//! `venom memory facts`: what is believed, or was at a moment.

use clap::Args;
use serde_json::{Value, json};
use venom_kernel::memory::extract;
use venom_kernel::memory::fact::{Contradiction, Relation, Row};

use super::super::context::Context;
use super::learned;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Form, clean, table::table};
use crate::wire::reach::Reach;

/// List what is believed: facts that runs and you taught
#[derive(Debug, Args)]
pub(super) struct FactsArgs {
    /// Only what is about this thing
    #[arg(value_name = "NAME")]
    about: Option<String>,
    /// Only this relation, such as `uses` or `owned_by`
    #[arg(long, value_name = "RELATION")]
    relation: Option<String>,
    /// What was known at a moment: a date, a time, RUN@SEQ or mem@NUMBER
    #[arg(long, value_name = "MOMENT")]
    at: Option<String>,
    /// Also what held once and what is not believed any more
    #[arg(long)]
    history: bool,
    /// Only what contradicts each other
    #[arg(long, conflicts_with_all = ["history", "relation"])]
    contradictions: bool,
}

pub(super) async fn run(context: &Context, reach: &dyn Reach, args: &FactsArgs) -> CliResult {
    let relation = args.relation.as_deref().map(relation).transpose()?;
    let beliefs = learned::beliefs(context, reach)?;
    let at = match &args.at {
        Some(text) => Some(learned::moment(reach, &*beliefs, text).await?),
        None => None,
    };
    let found = beliefs.known(at).await?;
    let (known, now) = (found.knowledge, found.at);
    let about = args.about.as_deref().map(extract::name);
    let about = about.as_deref().map(|name| known.resolved(name).to_owned());
    let is_about = |subject: &str, object: &str| {
        about
            .as_deref()
            .is_none_or(|name| subject == name || object == name)
    };
    let contradictions: Vec<&Contradiction> = known
        .contradictions
        .iter()
        .filter(|known| is_about(&known.subject, &known.newer_object))
        .collect();
    if args.contradictions {
        disputed(context, &contradictions);
        return Ok(Exit::Ok);
    }
    let mut rows: Vec<&Row> = known
        .rows
        .iter()
        .filter(|row| args.history || row.is_current(now))
        .filter(|row| is_about(&row.subject, &row.object))
        .filter(|row| relation.is_none_or(|relation| row.relation == relation))
        .collect();
    rows.sort_by(|one, other| {
        (&one.subject, one.relation, &one.object, one.recorded).cmp(&(
            &other.subject,
            other.relation,
            &other.object,
            other.recorded,
        ))
    });
    if context.out.form != Form::Text {
        let all: Vec<Value> = rows.iter().map(|row| learned::document(row, now)).collect();
        let document = json!({
            "facts": all,
            "contradictions": contradictions,
            "waiting": known.proposals.len(),
            "aliases": known.aliases,
        });
        context.out.document("facts", document);
        return Ok(Exit::Ok);
    }
    list(context, &rows, args.history);
    if !contradictions.is_empty() {
        context.out.warning(&format!(
            "{} of these contradict something else that was said; `venom memory facts --contradictions` shows which",
            contradictions.len()
        ));
    }
    if !known.proposals.is_empty() {
        context.out.talk(&format!(
            "{} more wait for your word: `venom memory review`",
            known.proposals.len()
        ));
    }
    Ok(Exit::Ok)
}

fn relation(name: &str) -> Result<Relation, CliError> {
    Relation::named(name).ok_or_else(|| {
        let names: Vec<&str> = Relation::ALL.iter().map(|known| known.name()).collect();
        CliError::usage(format!("there is no relation `{}`", clean::short(name, 40)))
            .code("no-such-relation")
            .hint(format!("relations are {}", names.join(", ")))
    })
}

fn list(context: &Context, rows: &[&Row], has_history: bool) {
    if rows.is_empty() {
        context.out.talk(
            "nothing is known; `venom memory learn FILE` teaches, and so does what you say in runs",
        );
        return;
    }
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let mut cells = vec![
                row.id.to_string(),
                learned::words(row),
                row.confidence.to_string(),
                learned::when(row.from),
            ];
            if has_history {
                cells.push(row.to.map_or_else(|| "-".to_owned(), learned::when));
                cells.push(row.superseded.as_ref().map_or_else(
                    || "-".to_owned(),
                    |(time, why)| format!("{}, {}", learned::when(*time), learned::why_not(why)),
                ));
            }
            cells.push(learned::origins(&row.support));
            cells
        })
        .collect();
    let mut head = vec!["ID", "FACT", "SURE", "FROM"];
    if has_history {
        head.extend(["TO", "BELIEVED UNTIL"]);
    }
    head.push("SAID IN");
    context.out.data(&table(&head, &cells));
}

fn disputed(context: &Context, contradictions: &[&Contradiction]) {
    if context.out.form != Form::Text {
        context.out.document(
            "contradictions",
            json!({ "contradictions": contradictions }),
        );
        return;
    }
    if contradictions.is_empty() {
        context.out.talk("nothing contradicts each other");
        return;
    }
    for known in contradictions {
        context.out.data(&line(known));
    }
    context.out.talk(
        "settle one with `venom memory review accept ID`; a sentence with `now` says that something changed",
    );
}

/// Says what contradicts what, and which of them is believed.
pub(super) fn line(known: &Contradiction) -> String {
    let believed = |is: bool| if is { ", believed" } else { "" };
    format!(
        "{} {}: \"{}\" ({}{}) against \"{}\" ({}{}), since {}",
        clean::short(&known.subject, 80),
        known.relation.phrase(),
        clean::short(&known.older_object, 120),
        known.older,
        believed(known.believed == known.older),
        clean::short(&known.newer_object, 120),
        known.newer,
        believed(known.believed == known.newer),
        learned::when(known.time)
    )
}
