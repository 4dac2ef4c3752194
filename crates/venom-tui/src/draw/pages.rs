//! Pages that fill the screen: models and skills.

use super::window;
use crate::areas::Areas;
use crate::canvas::{Canvas, Row};
use crate::look::Role;
use crate::model::{Model, Page, Panel};

pub(super) fn draw(model: &Model, canvas: &mut Canvas<'_>, areas: &Areas) {
    let title = match model.page {
        Page::Runs => return,
        Page::Models => " Models ",
        Page::Skills => " Skills ",
    };
    if areas.is_framed {
        canvas.frame(areas.detail, &Row::new(Role::Focus, title), Role::Focus);
    }
    let area = areas.inside(Panel::Detail);
    let rows = lines(model);
    if rows.is_empty() {
        let text = "no model is configured; docs/models.md says how";
        canvas.text(area.x, area.y, area.width, Role::Dim, text);
        return;
    }
    let first = window(model.place, rows.len(), usize::from(area.height).max(1));
    for (y, (index, row)) in (area.top()..area.bottom()).zip(rows.iter().enumerate().skip(first)) {
        canvas.row(area.x, y, area.width, row);
        if index == model.place {
            canvas.wash(area.x, y, area.width, Role::Selected);
        }
    }
}

/// Returns the lines of a page.
pub(super) fn lines(model: &Model) -> Vec<Row> {
    match model.page {
        Page::Runs => Vec::new(),
        Page::Models => model
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
            .collect(),
        Page::Skills => {
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
    }
}
