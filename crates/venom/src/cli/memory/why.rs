//! `venom memory why`: the proof of a fact, down to the events that said it.

use clap::Args;
use serde_json::{Value, json};
use venom_kernel::memory::fact::{FactId, Knowledge, Row, Superseded};
use venom_kernel::time::Timestamp;
use venom_ports::api::facts::{Premise, Proof, Reason};

use super::super::context::Context;
use super::{facts, learned};
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Form, Output, clean};
use crate::wire::reach::Reach;

/// Steps deeper than this are not indented further. Chosen: a line stays readable.
const DEEPEST: usize = 24;

/// Show why something is believed: the rules it follows by, and the events that said it
#[derive(Debug, Args)]
pub(super) struct WhyArgs {
    /// The id of a fact, or a fact such as 'needs("checkout", "postgres")'
    #[arg(value_name = "FACT")]
    fact: String,
    /// What was known at this moment: a date, a time, RUN@SEQ or mem@NUMBER
    #[arg(long, value_name = "MOMENT")]
    at: Option<String>,
}

pub(super) async fn run(context: &Context, reach: &dyn Reach, args: &WhyArgs) -> CliResult {
    let beliefs = learned::beliefs(context, reach)?;
    let at = match &args.at {
        Some(at) => Some(learned::moment(reach, &*beliefs, at).await?),
        None => None,
    };
    if args.fact.contains('(') {
        let Some(proof) = beliefs.prove(&args.fact, at).await? else {
            return Err(CliError::new(
                Exit::Failed,
                format!("{} does not hold", clean::short(&args.fact, 200)),
            )
            .code("does-not-hold")
            .hint("ask with a variable what does: `venom memory query`; names are texts in quotation marks"));
        };
        if context.out.form == Form::Text {
            show(&context.out, &proof);
        } else {
            context.out.document("proof", &proof);
        }
        return Ok(Exit::Ok);
    }
    let found = beliefs.known(at).await?;
    let (known, now) = (found.knowledge, found.at);
    let id = learned::find(&known, &args.fact)?;
    if context.out.form == Form::Text {
        history(&context.out, &known, id, now);
    } else {
        context.out.document("fact", document(&known, id, now));
    }
    Ok(Exit::Ok)
}

/// Prints a proof: a line for each fact, what it needs indented below.
fn show(out: &Output, proof: &Proof) {
    let mut shown = vec![false; proof.steps.len()];
    let mut stack: Vec<(&Premise, usize)> = Vec::new();
    let first = Premise::Step(0);
    stack.push((&first, 0));
    let mut text = String::new();
    let mut line = |level: usize, what: &str| {
        text.extend(std::iter::repeat_n(' ', 2 * level.min(DEEPEST)));
        text.push_str(what);
        text.push('\n');
    };
    while let Some((premise, level)) = stack.pop() {
        let place = match premise {
            Premise::Absent(pattern) => {
                line(
                    level,
                    &format!("nothing is known of {}", clean::line(pattern)),
                );
                continue;
            }
            Premise::Holds(condition) => {
                line(level, &clean::line(condition));
                continue;
            }
            Premise::Step(place) => *place,
        };
        let (Some(step), Some(was_shown)) = (proof.steps.get(place), shown.get_mut(place)) else {
            continue;
        };
        let fact = clean::short(&step.fact, 300);
        match &step.because {
            Reason::Written => line(level, &format!("{fact}, in the rules")),
            Reason::Said(support) => {
                line(level, &fact);
                for one in support {
                    line(level + 1, &learned::said(one));
                }
            }
            Reason::Follows { .. } if *was_shown => line(level, &format!("{fact}, shown above")),
            Reason::Follows { rule, premises } => {
                line(level, &format!("{fact}, by {}", clean::line(rule)));
                stack.extend(premises.iter().rev().map(|premise| (premise, level + 1)));
            }
        }
        *was_shown = true;
    }
    out.data(&text);
}

fn rows(known: &Knowledge, id: FactId) -> Vec<&Row> {
    known.rows.iter().filter(|row| row.is_named(id)).collect()
}

fn history(out: &Output, known: &Knowledge, id: FactId, now: Timestamp) {
    let rows = rows(known, id);
    if let Some(row) = rows.last() {
        out.data(&format!("{id}: {}", learned::words(row)));
        let is_current = rows.iter().any(|row| row.is_current(now));
        out.data(if is_current {
            "  It is believed."
        } else {
            "  It is not believed."
        });
        for row in &rows {
            let until = row.to.map_or_else(|| "now".to_owned(), learned::when);
            let end = row
                .superseded
                .as_ref()
                .map_or_else(String::new, |(time, why)| {
                    format!(" until {}: {}", learned::when(*time), learned::why_not(why))
                });
            out.data(&format!(
                "  {id} held from {} to {until}, so it was believed from {}{end}",
                learned::when(row.from),
                learned::when(row.recorded),
            ));
        }
        for support in &row.support {
            out.data(&format!("  {}", learned::said(support)));
        }
        if row.is_accepted {
            out.data("  You accepted it.");
        }
        if row.is_kept {
            out.data("  Consolidation keeps it.");
        }
        for other in replaced(known, id) {
            out.data(&format!(
                "  It took the place of {}: {}",
                other.id,
                learned::words(other)
            ));
        }
    }
    for proposal in known.proposals.iter().filter(|known| known.id == id) {
        out.data(&format!(
            "{id}: {} {} {} waits for your word",
            clean::short(&proposal.claim.subject, 80),
            proposal.claim.relation.phrase(),
            clean::short(&proposal.claim.object, 160)
        ));
        for support in &proposal.support {
            out.data(&format!("  {}", learned::said(support)));
        }
    }
    for known in known
        .contradictions
        .iter()
        .filter(|known| known.older == id || known.newer == id)
    {
        out.data(&format!("  It is disputed: {}", facts::line(known)));
    }
}

/// Facts that this one took the place of, each once.
fn replaced(known: &Knowledge, id: FactId) -> Vec<&Row> {
    let mut found: Vec<&Row> = Vec::new();
    for row in &known.rows {
        let by = matches!(row.superseded, Some((_, Superseded::By(by))) if by == id);
        if by && found.iter().all(|known| known.id != row.id) {
            found.push(row);
        }
    }
    found
}

fn document(known: &Knowledge, id: FactId, now: Timestamp) -> Value {
    let rows: Vec<Value> = rows(known, id)
        .into_iter()
        .map(|row| learned::document(row, now))
        .collect();
    let proposals: Vec<_> = known
        .proposals
        .iter()
        .filter(|known| known.id == id)
        .collect();
    let contradictions: Vec<_> = known
        .contradictions
        .iter()
        .filter(|known| known.older == id || known.newer == id)
        .collect();
    let replaced: Vec<FactId> = replaced(known, id).iter().map(|row| row.id).collect();
    json!({
        "id": id,
        "rows": rows,
        "proposals": proposals,
        "contradictions": contradictions,
        "replaced": replaced,
    })
}
