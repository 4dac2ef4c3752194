//! What the router knows: models by quality and cost for one kind of work, and what is believed of each.

use venom_kernel::model::Kind;
use venom_kernel::route::plot::{MARGIN, plot, points};
use venom_kernel::route::{Belief, Candidate, Demand};

use super::Listed;
use crate::canvas::Row;
use crate::look::Role;
use crate::model::Model;

/// The question and the answer that models are compared by.
const PROMPT: u64 = 8_000;
const ANSWER: u64 = 1_000;
/// The longest bar, in cells.
const BAR: u8 = 20;
/// Beliefs count in millionths.
const ONE: u64 = 1_000_000;

pub(super) fn lines(model: &Model) -> Listed {
    let learnt = &model.learnt;
    let mut listed = Listed {
        rows: vec![kinds(learnt.kind), Row::default()],
        ..Listed::default()
    };
    let say = |listed: &mut Listed, role: Role, text: &str| listed.rows.push(Row::new(role, text));
    if model.models.is_empty() {
        say(
            &mut listed,
            Role::Dim,
            "no model is configured; docs/models.md says how",
        );
        return listed;
    }
    let records = match &learnt.records {
        None => {
            say(
                &mut listed,
                Role::Dim,
                "looking at what was learnt of models",
            );
            return listed;
        }
        Some(Err(why)) => {
            say(&mut listed, Role::Bad, why);
            return listed;
        }
        Some(Ok(records)) => records,
    };
    let candidates: Vec<Candidate<'_>> = model
        .models
        .iter()
        .map(|info| Candidate::new(info, records.get(&info.id).map(|record| &record.stats)))
        .collect();
    let demand = Demand::of_size(learnt.kind, PROMPT, ANSWER);
    let width = usize::from(model.size.0.saturating_sub(4));
    let plot = plot(&points(&demand, &candidates), width);
    if !model.look.is_linear {
        for row in &plot.rows {
            let (label, cells) = row.split_at_checked(MARGIN).unwrap_or((row, ""));
            let mut line = Row::new(Role::Dim, label);
            for cell in cells.chars() {
                let role = match cell {
                    'A'..='Z' | '*' => Role::Strong,
                    _ => Role::Dim,
                };
                line = line.and(role, cell);
            }
            listed.rows.push(line);
        }
        for line in &plot.axis {
            say(&mut listed, Role::Dim, line);
        }
        listed.rows.push(Row::default());
    }
    for (mark, point) in &plot.listed {
        let place = if point.is_front { "front " } else { "behind" };
        let role = if point.is_front {
            Role::Strong
        } else {
            Role::Dim
        };
        listed.rows.push(
            Row::new(Role::Key, format!("{mark} "))
                .and(role, format!("{:<32} ", point.model.as_str()))
                .and(
                    Role::Plain,
                    format!("{:>3}.{} % ", point.quality / 10, point.quality % 10),
                )
                .and(
                    Role::Plain,
                    format!(
                        "{:>10} {:>8} ",
                        point.cost.to_string(),
                        point.took.to_string()
                    ),
                )
                .and(Role::Dim, place),
        );
        let record = records.get(&point.model);
        let belief = record.and_then(|record| record.stats.beliefs.get(&learnt.kind));
        listed.rows.push(believed(belief));
    }
    listed
}

/// The kinds of work, with the one that is looked at.
fn kinds(here: Kind) -> Row {
    let mut row = Row::new(Role::Dim, "work: ");
    for kind in Kind::ALL {
        let role = if kind == here {
            Role::Selected
        } else {
            Role::Dim
        };
        let name = if kind == here {
            format!("[{}]", kind.name())
        } else {
            kind.name().to_owned()
        };
        row = row.and(role, name).and(Role::Dim, " ");
    }
    row
}

/// What was seen of a model at the kind of work: how often it went well, weighed by age.
fn believed(belief: Option<&Belief>) -> Row {
    let Some(belief) = belief else {
        return Row::new(Role::Dim, "    not tried here yet: what the catalogue says");
    };
    let all = belief.good.saturating_add(belief.bad).max(1);
    // No more than the bar is long.
    let cells = u128::from(belief.good) * u128::from(BAR) / u128::from(all);
    let cells = usize::try_from(cells).unwrap_or(0);
    let rest = usize::from(BAR).saturating_sub(cells);
    let tenths = |count: u64| format!("{}.{}", count / ONE, count % ONE / (ONE / 10));
    Row::new(Role::Dim, "    ")
        .and(Role::Good, "#".repeat(cells))
        .and(Role::Dim, ".".repeat(rest))
        .and(
            Role::Plain,
            format!("  {} good, {} bad", tenths(belief.good), tenths(belief.bad)),
        )
}
