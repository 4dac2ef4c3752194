//! The detail of the step that is looked at.

use ratatui::layout::Rect;

use super::{panel, window};
use crate::areas::Areas;
use crate::canvas::{Canvas, Row};
use crate::look::{Mark, Role};
use crate::model::detail::Tab;
use crate::model::{Model, Panel};

/// Returns the tab whose name stands at a column.
pub(crate) fn tab_at(area: Rect, x: u16) -> Option<Tab> {
    let mut end = area.x;
    Tab::ALL.into_iter().find(|tab| {
        end += wide(*tab);
        x < end
    })
}

fn wide(tab: Tab) -> u16 {
    u16::try_from(tab.title().len() + 2).unwrap_or(u16::MAX)
}

/// Returns the first event that is shown in so many lines.
pub(crate) fn first_event(model: &Model, height: usize) -> usize {
    model.sight.as_ref().map_or(0, |sight| {
        window(
            sight.position().saturating_sub(1),
            sight.events.len(),
            height.max(1),
        )
    })
}

pub(super) fn draw(model: &Model, canvas: &mut Canvas<'_>, areas: &Areas) {
    let step = model.sight.as_ref().and_then(|sight| sight.step.as_ref());
    let title = step.map_or_else(|| "Detail".to_owned(), |step| format!("Detail: {step}"));
    let Some(area) = panel(model, canvas, areas, Panel::Detail, &title) else {
        return;
    };
    let mut x = area.x;
    for tab in Tab::ALL {
        let role = if tab == model.detail.tab {
            Role::Selected
        } else {
            Role::Dim
        };
        let room = area.right().saturating_sub(x).min(wide(tab));
        canvas.text(x, area.y, room, role, &format!(" {} ", tab.title()));
        x += wide(tab);
    }
    let area = Rect {
        y: area.y + 1,
        height: area.height.saturating_sub(1),
        ..area
    };
    if model.detail.tab == Tab::Events {
        events(model, canvas, area);
        return;
    }
    let rows = model.detail.rows();
    let first = model.detail.scroll;
    for (y, row) in (area.top()..area.bottom()).zip(rows.iter().skip(first)) {
        canvas.row(area.x, y, area.width, row);
    }
    scrollbar(model, canvas, area, first, rows.len());
}

fn events(model: &Model, canvas: &mut Canvas<'_>, area: Rect) {
    let Some(sight) = &model.sight else { return };
    let first = first_event(model, usize::from(area.height));
    let here = sight.position();
    for (y, (index, envelope)) in
        (area.top()..area.bottom()).zip(sight.events.iter().enumerate().skip(first))
    {
        let role = if index >= here {
            Role::Dim
        } else {
            Role::Plain
        };
        let name = if index >= here {
            Role::Dim
        } else {
            Role::Accent
        };
        let row = Row::new(Role::Dim, format!("{:>5} ", envelope.seq.number()))
            .and(name, format!("{:<16} ", envelope.event.name()))
            .and(role, (model.words.event)(&envelope.event));
        canvas.row(area.x, y, area.width, &row);
        if index + 1 == here {
            let role = if model.panel == Panel::Detail {
                Role::Selected
            } else {
                Role::Strong
            };
            canvas.wash(area.x, y, area.width, role);
        }
    }
    scrollbar(model, canvas, area, first, sight.events.len());
}

/// Shows which part of a long list is seen, on the right edge.
fn scrollbar(model: &Model, canvas: &mut Canvas<'_>, area: Rect, first: usize, count: usize) {
    let height = usize::from(area.height);
    if count <= height || height == 0 || area.width == 0 {
        return;
    }
    let last = count - height;
    let place = first.min(last) * (height - 1) / last.max(1);
    let y = area.y + u16::try_from(place).unwrap_or(0);
    canvas.text(
        area.right() - 1,
        y,
        1,
        Role::Key,
        model.look.mark(Mark::Here),
    );
}
