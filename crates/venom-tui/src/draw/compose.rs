//! The box in which a goal is written.

use ratatui::layout::Rect;

use super::window;
use crate::areas::Areas;
use crate::canvas::{Canvas, Row, columns_of};
use crate::look::Role;
use crate::model::{Model, Panel};

/// Offers that are shown at once.
const OFFERS: u16 = 8;

pub(super) fn draw(model: &Model, canvas: &mut Canvas<'_>, areas: &Areas) {
    let area = areas.compose;
    let has_focus = model.panel == Panel::Compose && model.dialog.is_none();
    let inside = if areas.is_framed {
        let (frame, name) = if has_focus {
            (Role::Focus, Role::Focus)
        } else {
            (Role::Border, Role::Strong)
        };
        let title = Row::new(
            name,
            format!(" {} {} ", Panel::Compose.number(), Panel::Compose.title()),
        )
        .and(Role::Dim, format!("in {} ", model.folder));
        canvas.frame(area, &title, frame)
    } else {
        area
    };
    let role = if has_focus { Role::Key } else { Role::Dim };
    canvas.text(inside.x, inside.y, 2, role, "> ");
    let text = Rect {
        x: inside.x + 2,
        width: inside.width.saturating_sub(2),
        ..inside
    };
    let line = &model.compose.line;
    if line.is_empty() && !has_focus {
        let hint = "i writes a goal: run the tests";
        canvas.text(text.x, text.y, text.width, Role::Dim, hint);
        return;
    }
    let (lines, row, column) = line.lines();
    let first = window(row, lines.len(), usize::from(text.height).max(1));
    for (index, (y, written)) in (text.top()..text.bottom())
        .zip(lines.iter().skip(first))
        .enumerate()
    {
        // A long line moves to the left, so that the cursor is in sight.
        let is_here = first + index == row;
        let room = usize::from(text.width.saturating_sub(1)).max(1);
        let skip = if is_here {
            column.saturating_sub(room)
        } else {
            0
        };
        let shown: String = written
            .chars()
            .skip(skip)
            .take(usize::from(text.width))
            .collect();
        canvas.text(text.x, y, text.width, Role::Plain, &shown);
        if is_here && has_focus {
            let before: usize = written
                .chars()
                .skip(skip)
                .take(column - skip)
                .map(columns_of)
                .sum();
            let x = text.x
                + u16::try_from(before)
                    .unwrap_or(0)
                    .min(text.width.saturating_sub(1));
            canvas.cursor = Some((x, y));
        }
    }
    if has_focus {
        offers(model, canvas, area);
    }
}

/// What may be meant, above the box.
fn offers(model: &Model, canvas: &mut Canvas<'_>, area: Rect) {
    let offers = &model.compose.offers;
    let count = u16::try_from(offers.all.len())
        .unwrap_or(OFFERS)
        .min(OFFERS);
    if count == 0 {
        return;
    }
    let height = (count + 2).min(area.y);
    let list = Rect::new(
        area.x + 2,
        area.y.saturating_sub(height),
        area.width.saturating_sub(4).min(60),
        height,
    );
    if list.height < 3 {
        return;
    }
    canvas.clear(list);
    let inside = canvas.frame(list, &Row::new(Role::Dim, " Tab takes it "), Role::Border);
    let first = window(offers.chosen, offers.all.len(), usize::from(inside.height));
    for (y, (index, offer)) in
        (inside.top()..inside.bottom()).zip(offers.all.iter().enumerate().skip(first))
    {
        canvas.text(inside.x, y, inside.width, Role::Plain, offer);
        if index == offers.chosen {
            canvas.wash(inside.x, y, inside.width, Role::Selected);
        }
    }
}
