//! Pages that fill the screen: models, skills, agents, the memory, the router.

mod agents;
mod memory;
mod router;

use super::window;
use crate::areas::Areas;
use crate::canvas::{Canvas, Row};
use crate::look::Role;
use crate::model::{Model, Page, Panel};

/// A page as lines.
#[derive(Debug, Default)]
pub(crate) struct Listed {
    pub(crate) rows: Vec<Row>,
    /// The line that is looked at.
    pub(crate) selected: Option<usize>,
    /// The line at whose end text is written.
    pub(crate) cursor: Option<usize>,
}

pub(super) fn draw(model: &Model, canvas: &mut Canvas<'_>, areas: &Areas) {
    if areas.is_framed {
        let title = format!(" {} ", model.page.title());
        canvas.frame(areas.detail, &Row::new(Role::Focus, title), Role::Focus);
    }
    let area = areas.inside(Panel::Detail);
    let listed = lines(model);
    let room = usize::from(area.height).max(1);
    let first = match (listed.cursor, listed.selected) {
        (Some(_), _) => 0,
        (None, Some(selected)) => window(selected, listed.rows.len(), room),
        (None, None) => model.place.min(listed.rows.len().saturating_sub(room)),
    };
    let rows = listed.rows.iter().enumerate().skip(first);
    for (y, (index, row)) in (area.top()..area.bottom()).zip(rows) {
        let taken = canvas.row(area.x, y, area.width, row);
        if listed.selected == Some(index) {
            canvas.wash(area.x, y, area.width, Role::Selected);
        }
        if listed.cursor == Some(index) && model.dialog.is_none() {
            canvas.cursor = Some((area.x + taken.min(area.width.saturating_sub(1)), y));
        }
    }
}

/// Returns the lines of a page.
pub(crate) fn lines(model: &Model) -> Listed {
    let (rows, nothing) = match model.page {
        Page::Runs => return Listed::default(),
        Page::Memory => return memory::lines(model),
        Page::Router => return router::lines(model),
        Page::Agents => (agents::rows(model), "no agent works in this run"),
        Page::Models => (
            models(model),
            "no model is configured; docs/models.md says how",
        ),
        Page::Skills => (skills(model), "there are no skills"),
    };
    if rows.is_empty() {
        return Listed {
            rows: vec![Row::new(Role::Dim, nothing)],
            ..Listed::default()
        };
    }
    Listed {
        selected: Some(model.place.min(rows.len() - 1)),
        rows,
        cursor: None,
    }
}

fn models(model: &Model) -> Vec<Row> {
    model
        .models
        .iter()
        .map(|known| {
            let can = [
                (known.tools, "tools"),
                (known.schema, "schema"),
                (known.images, "images"),
                (known.thinking, "thinking"),
            ];
            let can: Vec<&str> = can
                .into_iter()
                .filter(|(has, _)| *has)
                .map(|(_, what)| what)
                .collect();
            Row::new(Role::Strong, format!("{:<44} ", known.id.as_str()))
                .and(Role::Plain, format!("{:>8} tokens  ", known.context))
                .and(Role::Dim, can.join(" "))
        })
        .collect()
}

fn skills(model: &Model) -> Vec<Row> {
    let mut rows = Vec::new();
    for skill in &model.skills {
        rows.push(
            Row::new(Role::Strong, skill.name.as_str())
                .and(Role::Dim, format!("  {}", skill.summary)),
        );
        for (name, action) in &skill.actions {
            rows.push(
                Row::new(Role::Accent, format!("  {name:<28} "))
                    .and(Role::Dim, format!("{:<13}", action.class.to_string()))
                    .and(Role::Plain, action.summary.as_str()),
            );
        }
    }
    rows
}
