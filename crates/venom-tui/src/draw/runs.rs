//! The list of runs.

use super::{mark, panel, window};
use crate::areas::Areas;
use crate::canvas::{Canvas, Row};
use crate::look::{Mark, Role};
use crate::model::{Model, Panel};

/// Lines that a run takes.
pub(crate) const LINES: usize = 1;

/// Returns the first run that is shown in so many lines.
pub(crate) fn first(model: &Model, height: usize) -> usize {
    let filter = usize::from(model.filter.is_some());
    let height = height.saturating_sub(filter);
    window(
        model.selected_row(),
        model.shown_rows().len(),
        height.max(1),
    )
}

pub(super) fn draw(model: &Model, canvas: &mut Canvas<'_>, areas: &Areas) {
    let rows = model.shown_rows();
    let title = if model.filter.is_some() {
        format!("Runs ({} of {})", rows.len(), model.rows.len())
    } else {
        "Runs".to_owned()
    };
    let Some(area) = panel(model, canvas, areas, Panel::Runs, &title) else {
        return;
    };
    let mut height = area.height;
    if let Some(filter) = &model.filter {
        height = height.saturating_sub(1);
        let y = area.y + height;
        let text = filter.text();
        let row = Row::new(Role::Key, "/").and(Role::Plain, text);
        let taken = canvas.row(area.x, y, area.width.saturating_sub(1), &row);
        if model.is_filtering {
            canvas.cursor = Some((area.x + taken, y));
        }
    }
    if rows.is_empty() {
        let text = match (model.is_listed, model.filter.is_some()) {
            (false, _) => "reading",
            (true, true) => "no run fits",
            (true, false) => "no run yet",
        };
        canvas.text(area.x, area.y, area.width, Role::Dim, text);
        return;
    }
    let first = first(model, usize::from(area.height));
    for (y, row) in (area.y..area.y + height).zip(rows.iter().skip(first)) {
        let (sign, role) = mark(model, row);
        let is_selected = Some(row.run) == model.selected;
        let pointer = if is_selected {
            model.look.mark(Mark::Pointer)
        } else {
            " "
        };
        let text = if is_selected {
            Role::Strong
        } else {
            Role::Plain
        };
        let line = Row::new(Role::Focus, pointer)
            .and(role, format!("{} ", model.look.mark(sign)))
            .and(text, row.goal.as_str());
        canvas.row(area.x, y, area.width, &line);
        if is_selected && model.panel == Panel::Runs && !model.is_filtering {
            canvas.wash(area.x, y, area.width, Role::Selected);
        }
    }
}
