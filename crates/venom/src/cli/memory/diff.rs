//! `venom memory diff`: what came to be believed between two moments, and what did not stay so.

use std::collections::BTreeMap;

use clap::Args;
use serde_json::json;
use venom_kernel::memory::fact::{FactId, Row};

use super::super::context::Context;
use super::learned;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::Form;
use crate::wire::reach::Reach;

/// Show how what is believed differs between two moments
#[derive(Debug, Args)]
pub(super) struct DiffArgs {
    /// The earlier moment: a date, a time, RUN@SEQ or mem@NUMBER
    #[arg(value_name = "FROM")]
    from: String,
    /// The later one; now if none is given
    #[arg(value_name = "TO")]
    to: Option<String>,
}

pub(super) async fn run(context: &Context, reach: &dyn Reach, args: &DiffArgs) -> CliResult {
    let beliefs = learned::beliefs(context, reach)?;
    let from = learned::moment(reach, &*beliefs, &args.from).await?;
    let to = match &args.to {
        Some(to) => Some(learned::moment(reach, &*beliefs, to).await?),
        None => None,
    };
    let after = beliefs.known(to).await?;
    let (after, to) = (after.knowledge, to.unwrap_or(after.at));
    if to < from {
        return Err(
            CliError::usage("the second moment lies before the first one")
                .hint("give the earlier moment first"),
        );
    }
    let before = beliefs.known(Some(from)).await?.knowledge;
    let old: BTreeMap<FactId, &Row> = before.current(from).map(|row| (row.id, row)).collect();
    let new: BTreeMap<FactId, &Row> = after.current(to).map(|row| (row.id, row)).collect();
    let gone: Vec<&Row> = old
        .values()
        .filter(|row| !new.contains_key(&row.id))
        .copied()
        .collect();
    let came: Vec<&Row> = new
        .values()
        .filter(|row| !old.contains_key(&row.id))
        .copied()
        .collect();
    if context.out.form != Form::Text {
        let shown = |rows: &[&Row]| -> Vec<_> {
            rows.iter()
                .map(|row| json!({"id": row.id, "fact": learned::words(row)}))
                .collect()
        };
        context.out.document(
            "memory-diff",
            json!({ "from": from, "to": to, "came": shown(&came), "gone": shown(&gone) }),
        );
        return Ok(Exit::Ok);
    }
    for row in &gone {
        context
            .out
            .data(&format!("- {}  {}", row.id, learned::words(row)));
    }
    for row in &came {
        context
            .out
            .data(&format!("+ {}  {}", row.id, learned::words(row)));
    }
    if gone.is_empty() && came.is_empty() {
        context.out.talk("nothing differs");
    }
    Ok(Exit::Ok)
}
