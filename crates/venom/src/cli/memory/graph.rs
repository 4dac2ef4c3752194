//! `venom memory graph`: things and what is between them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use clap::Args;
use serde_json::json;
use venom_kernel::memory::extract;
use venom_kernel::memory::fact::Row;

use super::super::context::Context;
use super::learned;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Form, clean};
use crate::wire::Wired;

/// Show things and what is between them
#[derive(Debug, Args)]
pub(super) struct GraphArgs {
    /// Only what is near this thing
    #[arg(value_name = "NAME")]
    entity: Option<String>,
    /// How many steps away from it
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=20))]
    depth: u32,
    /// Print it for Graphviz
    #[arg(long)]
    dot: bool,
}

pub(super) async fn run(context: &Context, wired: &Wired, args: &GraphArgs) -> CliResult {
    let facts = learned::facts(context, wired)?;
    let told = facts.told().await?;
    let known = told.knowledge(None);
    let edges: Vec<&Row> = known
        .current(told.now)
        .filter(|row| !row.relation.takes_text())
        .collect();
    let near = match &args.entity {
        None => None,
        Some(entity) => {
            let name = extract::name(entity);
            let name = known.resolved(&name).to_owned();
            let near = neighbours(&edges, &name, args.depth);
            if near.len() < 2 {
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
        near.as_ref()
            .is_none_or(|near| near.contains(&row.subject) && near.contains(&row.object))
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
        out.document("graph", json!({ "nodes": nodes, "edges": edges }));
    } else if args.dot {
        out.data(&dot(&edges));
    } else if edges.is_empty() {
        out.talk("nothing is known");
    } else {
        out.data(&tree(&edges));
    }
    Ok(Exit::Ok)
}

/// The things that can be reached in so many steps, in either direction.
fn neighbours(edges: &[&Row], from: &str, depth: u32) -> BTreeSet<String> {
    let mut near: BTreeSet<String> = [from.to_owned()].into();
    for _ in 0..depth {
        let more: Vec<String> = edges
            .iter()
            .flat_map(|row| {
                let (one, other) = (near.contains(&row.subject), near.contains(&row.object));
                let to = (one && !other).then(|| row.object.clone());
                let back = (other && !one).then(|| row.subject.clone());
                [to, back]
            })
            .flatten()
            .collect();
        if more.is_empty() {
            break;
        }
        near.extend(more);
    }
    near
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
