//! `venom memory unlearn`: takes out what a source said, and all that came from it.

use clap::Args;
use serde_json::{Value, json};
use venom_engine::memory::facts::Facts;
use venom_kernel::memory::fact::{Origin, Target};
use venom_ports::api::facts::{Beliefs, Cascade};

use super::super::context::Context;
use super::learned;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Form, clean};
use crate::wire::Wired;
use crate::wire::reach::Reach;

/// Forget everything that an event, a run or a source said, and what followed from it
///
/// The logs stay as they are; what was said there is not recalled again.
#[derive(Debug, Args)]
pub(super) struct UnlearnArgs {
    /// An event (RUN@SEQ or mem@NUMBER), a run, or a source such as a file, an address or an episode
    #[arg(value_name = "WHAT")]
    what: String,
    /// Only say what would go
    #[arg(long, short = 'n')]
    dry_run: bool,
}

pub(super) async fn run(context: &Context, reach: &dyn Reach, args: &UnlearnArgs) -> CliResult {
    let beliefs = learned::beliefs(context, reach)?;
    let what = target(reach, &*beliefs, &args.what).await?;
    if let Some(wired) = reach.here() {
        let facts = learned::facts(context, wired)?;
        return take_out(context, wired, &facts, &what, args.dry_run).await;
    }
    let gone = beliefs
        .unlearn(&what, args.dry_run, &context.user())
        .await?;
    show(context, &what, gone.entry, &gone.cascade, &gone.skills);
    Ok(Exit::Ok)
}

/// Takes out what was learned somewhere, or says what would go.
pub(in crate::cli) async fn take_out(
    context: &Context,
    wired: &Wired,
    facts: &Facts,
    what: &Target,
    is_dry: bool,
) -> CliResult {
    let skills: Vec<String> = wired
        .host
        .procedures_from(what)
        .await?
        .iter()
        .map(|known| known.procedure.id.to_string())
        .collect();
    let (entry, cascade) = if is_dry {
        let cascade = facts.would_unlearn(what).await?;
        if cascade.is_empty() && skills.is_empty() {
            return Err(CliError::new(
                Exit::Failed,
                format!("nothing is known from {what}"),
            ));
        }
        (None, cascade)
    } else if skills.is_empty() {
        let (entry, cascade) = facts.unlearn(what, &context.user()).await?;
        (Some(entry), cascade)
    } else {
        let cascade = facts.would_unlearn(what).await?;
        let entry = facts.take_out(what, &context.user()).await?;
        (Some(entry), cascade)
    };
    if entry.is_some() {
        learned::try_tell_graph(context, wired).await?;
    }
    show(context, what, entry, &cascade, &skills);
    Ok(Exit::Ok)
}

fn show(
    context: &Context,
    what: &Target,
    entry: Option<u64>,
    cascade: &Cascade,
    skills: &[String],
) {
    if context.out.form == Form::Text {
        for skill in skills {
            context.out.data(&format!("skill     {skill}"));
        }
        say(context, what, entry, cascade);
    } else {
        let gone: Vec<Value> = cascade
            .gone
            .iter()
            .map(|row| json!({"id": row.id, "fact": learned::words(row)}))
            .collect();
        let restored: Vec<Value> = cascade
            .restored
            .iter()
            .map(|row| json!({"id": row.id, "fact": learned::words(row)}))
            .collect();
        context.out.document(
            "unlearned",
            json!({
                "what": what.to_string(),
                "entry": entry,
                "origins": cascade.origins,
                "gone": gone,
                "derived": cascade.derived,
                "is_complete": cascade.is_complete,
                "proposals": cascade.proposals,
                "restored": restored,
                "skills": skills,
            }),
        );
    }
}

/// Finds out what is meant.
async fn target(reach: &dyn Reach, beliefs: &dyn Beliefs, text: &str) -> Result<Target, CliError> {
    let known = beliefs.known(None).await?.knowledge;
    let sources = known
        .rows
        .iter()
        .flat_map(|row| &row.support)
        .chain(known.proposals.iter().flat_map(|known| &known.support))
        .filter_map(|support| support.source.as_deref());
    let is_source = sources.into_iter().any(|source| source == text);
    if is_source {
        return Ok(Target::Source(text.to_owned()));
    }
    if text.starts_with("fact_") {
        return Err(CliError::usage("a fact is not unlearned but rejected")
            .code("not-a-source")
            .hint(format!(
                "`venom memory review reject {}`; `venom memory why` names its sources",
                clean::short(text, 80)
            )));
    }
    if let Ok(origin) = text.parse::<Origin>() {
        return Ok(Target::Origin(origin));
    }
    if text.contains('@') {
        let (run, at) = super::super::point::locate(reach, text).await?;
        if let Some(seq) = at {
            return Ok(Target::Origin(Origin::Event { run, seq }));
        }
    }
    match reach.host().find(text).await {
        Ok(run) => Ok(Target::Run(run)),
        Err(_) => Err(CliError::new(
            Exit::Failed,
            format!("nothing was learned from `{}`", clean::short(text, 120)),
        )
        .code("no-such-source")
        .hint("`venom memory why FACT` names the events and sources of a fact")),
    }
}

fn say(context: &Context, what: &Target, entry: Option<u64>, cascade: &Cascade) {
    let out = &context.out;
    let what = clean::short(&what.to_string(), 120);
    for row in &cascade.gone {
        out.data(&format!("gone      {}  {}", row.id, learned::words(row)));
    }
    for fact in &cascade.derived {
        out.data(&format!("followed  {}", clean::short(fact, 240)));
    }
    for proposal in &cascade.proposals {
        out.data(&format!("proposal  {proposal}"));
    }
    for row in &cascade.restored {
        out.data(&format!("restored  {}  {}", row.id, learned::words(row)));
    }
    if !cascade.is_complete {
        out.warning("more followed than could be listed");
    }
    let counts = format!(
        "{} events, {} facts and {} that followed from them, {} proposals; {} hold again",
        cascade.origins.len(),
        cascade.gone.len(),
        cascade.derived.len(),
        cascade.proposals.len(),
        cascade.restored.len()
    );
    out.talk(&match entry {
        Some(entry) => format!("unlearned {what} (mem@{entry}): {counts}"),
        None => format!("{what} would take with it: {counts}"),
    });
}
