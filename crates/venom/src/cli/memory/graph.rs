//! `venom memory graph`: things and what is between them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use clap::Args;
use serde_json::json;
use venom_engine::memory::facts;
use venom_kernel::memory::extract;
use venom_kernel::memory::fact::Row;
use venom_ports::memory::graph::Edge;
use venom_store::service::graph::{self, Mirror, Near};

use super::super::context::Context;
use super::learned;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Form, clean};
use crate::wire::reach::Reach;

/// Show things and what is between them
#[derive(Debug, Args)]
pub(super) struct GraphArgs {
    /// Only what is near this thing
    #[arg(value_name = "NAME")]
    entity: Option<String>,
    /// How many steps away from it
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=20))]
    depth: u32,
    /// What was known at this moment: a date, a time, RUN@SEQ or mem@NUMBER
    #[arg(long, value_name = "MOMENT")]
    at: Option<String>,
    /// Print it for Graphviz
    #[arg(long)]
    dot: bool,
}

pub(super) async fn run(context: &Context, reach: &dyn Reach, args: &GraphArgs) -> CliResult {
    let beliefs = learned::beliefs(context, reach)?;
    let at = match &args.at {
        Some(at) => Some(learned::moment(reach, &*beliefs, at).await?),
        None => None,
    };
    let found = beliefs.known(at).await?;
    let (known, now) = (found.knowledge, found.at);
    let edges: Vec<&Row> = known
        .current(now)
        .filter(|row| !row.relation.takes_text())
        .collect();
    let near = match &args.entity {
        None => None,
        Some(entity) => {
            let name = extract::name(entity);
            let name = known.resolved(&name).to_owned();
            // A service holds what is believed now.
            let here = reach.here().filter(|_| at.is_none());
            let service = here.and_then(|wired| wired.store.graph());
            let near = near(service, facts::edges(&known, now), &name, args.depth).await?;
            for note in &near.notes {
                context.out.warning(&clean::line(note));
            }
            let is_known = |row: &&Row| row.subject == name || row.object == name;
            if !edges.iter().any(is_known) {
                return Err(CliError::new(
                    Exit::Failed,
                    format!("nothing is known of `{}`", clean::short(entity, 80)),
                )
                .code("no-such-entity")
                .hint("see what is known with `venom memory facts`"));
            }
            Some(near)
        }
    };
    let is_near = |row: &&&Row| {
        near.as_ref().is_none_or(|near| {
            near.things.contains(&row.subject) && near.things.contains(&row.object)
        })
    };
    let edges: Vec<&Row> = edges.iter().filter(is_near).copied().collect();
    let out = &context.out;
    if out.form != Form::Text {
        let nodes: BTreeSet<&str> = edges
            .iter()
            .flat_map(|row| [row.subject.as_str(), row.object.as_str()])
            .collect();
        let edges: Vec<_> = edges
            .iter()
            .map(|row| {
                json!({
                    "from": row.subject, "relation": row.relation, "to": row.object,
                    "fact": row.id, "confidence": row.confidence,
                })
            })
            .collect();
        let by = near.as_ref().map(|near| near.by.as_str());
        out.document("graph", json!({ "nodes": nodes, "edges": edges, "by": by }));
    } else if args.dot {
        out.data(&dot(&edges));
    } else if edges.is_empty() {
        out.talk("nothing is known");
    } else {
        out.data(&tree(&edges));
    }
    Ok(Exit::Ok)
}

/// Finds what is near a thing, by a service if there is one.
async fn near(
    service: Option<Arc<Mirror>>,
    edges: Vec<Edge>,
    thing: &str,
    depth: u32,
) -> Result<Near, CliError> {
    let Some(service) = service else {
        return Ok(graph::near(&edges, thing, depth));
    };
    let thing = thing.to_owned();
    Ok(learned::blocking(move || service.near(&edges, &thing, depth)).await?)
}

/// Each thing with what goes out from it.
fn tree(edges: &[&Row]) -> String {
    let mut by: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in edges {
        by.entry(row.subject.as_str()).or_default().push(row);
    }
    let mut text = String::new();
    for (subject, rows) in by {
        text.push_str(&clean::short(subject, 120));
        text.push('\n');
        for row in rows {
            let object = clean::short(&row.object, 120);
            let _ = writeln!(text, "  --{}--> {object}  {}", row.relation, row.id);
        }
    }
    text
}

fn dot(edges: &[&Row]) -> String {
    let quoted = |text: &str| {
        let text = clean::short(text, 200);
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
    };
    let mut text = String::from("digraph facts {\n  rankdir=LR;\n");
    for row in edges {
        let _ = writeln!(
            text,
            "  {} -> {} [label={}, tooltip=\"{}\"];",
            quoted(&row.subject),
            quoted(&row.object),
            quoted(row.relation.name()),
            row.id
        );
    }
    text.push_str("}\n");
    text
}
