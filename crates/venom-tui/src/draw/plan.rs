//! The plan as a picture that lives: each step with how it stands.

use ratatui::layout::Rect;
use venom_kernel::plan::layout::picture::{Direction, Picture};

use super::panel;
use crate::areas::Areas;
use crate::canvas::Canvas;
use crate::look::{Mark, Role};
use crate::model::detail::status;
use crate::model::sight::Sight;
use crate::model::{Model, Panel};

/// Which part of the picture is seen: the way it runs, and its first column and line.
#[derive(Debug, Clone, Copy)]
struct View {
    direction: Direction,
    x: usize,
    y: usize,
}

/// Runs across where that fits, and else down, with the step that is looked at in sight.
fn view(sight: &Sight, area: Rect) -> View {
    let (width, height) = (usize::from(area.width), usize::from(area.height));
    let across = sight.picture(Direction::Across);
    let direction = if across.width <= width {
        Direction::Across
    } else {
        Direction::Down
    };
    let picture = sight.picture(direction);
    let selected = sight.step_position();
    let label = picture
        .labels
        .iter()
        .find(|label| Some(label.step) == selected);
    let (right, low) = label.map_or((0, 0), |label| (label.x + label.width, label.y + 2));
    // From the beginning, as long as the step can be seen.
    let begin = |end: usize, all: usize, room: usize| {
        let most = all.saturating_sub(room);
        if end <= room {
            0
        } else {
            (end - room + room / 3).min(most)
        }
    };
    View {
        direction,
        x: begin(right, picture.width, width),
        y: begin(low, picture.height, height),
    }
}

/// Returns the step at a place of the screen.
pub(crate) fn step_at(model: &Model, area: Rect, x: u16, y: u16) -> Option<usize> {
    let sight = model.sight.as_ref()?;
    let view = view(sight, area);
    let x = usize::from(x.checked_sub(area.x)?) + view.x;
    let y = usize::from(y.checked_sub(area.y)?) + view.y;
    let labels = &sight.picture(view.direction).labels;
    labels
        .iter()
        .find(|label| label.y == y && (label.x..label.x + label.width).contains(&x))
        .map(|label| label.step)
}

pub(super) fn draw(model: &Model, canvas: &mut Canvas<'_>, areas: &Areas) {
    let title = match model
        .sight
        .as_ref()
        .map_or(0, |sight| sight.state().plan().steps.len())
    {
        0 => "Plan".to_owned(),
        1 => "Plan, 1 step".to_owned(),
        steps => format!("Plan, {steps} steps"),
    };
    let Some(area) = panel(model, canvas, areas, Panel::Plan, &title) else {
        return;
    };
    let Some(sight) = &model.sight else {
        canvas.text(
            area.x,
            area.y,
            area.width,
            Role::Dim,
            "the plan of a run is drawn here",
        );
        return;
    };
    if let Some(trouble) = &sight.trouble {
        canvas.text(area.x, area.y, area.width, Role::Bad, trouble);
        return;
    }
    if sight.state().plan().steps.is_empty() {
        let text = if sight.state().outcome().is_some() {
            "the run ended without a plan"
        } else {
            "there is no plan yet"
        };
        canvas.text(area.x, area.y, area.width, Role::Dim, text);
        return;
    }
    let view = view(sight, area);
    let picture = sight.picture(view.direction);
    lines(canvas, picture, view, area);
    let selected = sight.step_position();
    let steps: Vec<_> = sight.state().steps().collect();
    for label in &picture.labels {
        let Some((step, known)) = steps.get(label.step) else {
            continue;
        };
        let Some((x, y, skip)) = on_screen(view, area, label.x, label.y) else {
            continue;
        };
        let (mark, role) = status(&known.status);
        let name: String = format!("{} {}", model.look.mark(mark), step.id)
            .chars()
            .skip(skip)
            .collect();
        let room = area.right().saturating_sub(x);
        let taken = canvas.text(x, y, room, role, &name);
        if Some(label.step) == selected {
            let role = if model.panel == Panel::Plan {
                Role::Selected
            } else {
                Role::Strong
            };
            canvas.wash(x, y, taken, role);
        }
    }
    more(model, canvas, picture, view, area);
}

fn lines(canvas: &mut Canvas<'_>, picture: &Picture, view: View, area: Rect) {
    let style = canvas.look.style(Role::Border);
    let glyphs = canvas.look.glyphs;
    for y in 0..usize::from(area.height) {
        for (x, stroke) in picture.line(view.y + y, view.x, usize::from(area.width)) {
            let place = (narrow(x - view.x, area.x), narrow(y, area.y));
            if let Some(cell) = canvas.buffer.cell_mut(place) {
                cell.set_char(stroke.glyph(glyphs)).set_style(style);
            }
        }
    }
}

fn narrow(offset: usize, from: u16) -> u16 {
    u16::try_from(offset)
        .unwrap_or(u16::MAX)
        .saturating_add(from)
}

/// Returns where a label stands on the screen, and how many of its characters are left of it.
fn on_screen(view: View, area: Rect, x: usize, y: usize) -> Option<(u16, u16, usize)> {
    let line = y.checked_sub(view.y)?;
    if line >= usize::from(area.height) {
        return None;
    }
    let skip = view.x.saturating_sub(x);
    let column = x.saturating_sub(view.x);
    (column < usize::from(area.width)).then(|| (narrow(column, area.x), narrow(line, area.y), skip))
}

/// Says that there is more than can be seen.
fn more(model: &Model, canvas: &mut Canvas<'_>, picture: &Picture, view: View, area: Rect) {
    let is_below = view.y + usize::from(area.height) < picture.height;
    let is_right = view.x + usize::from(area.width) < picture.width;
    if (is_below || is_right) && area.width > 0 && area.height > 0 {
        let mark = model.look.mark(Mark::More);
        canvas.text(area.right() - 1, area.bottom() - 1, 1, Role::Key, mark);
    }
}
