//! The timeline: all events in one line, the moment that is looked at, and what happened then.

use ratatui::layout::Rect;

use crate::areas::Areas;
use crate::canvas::{Canvas, Row};
use crate::look::{Look, Mark, Role};
use crate::model::Model;
use crate::model::sight::{Moment, Sight};

/// Returns where the events stand.
pub(crate) fn bar(areas: &Areas) -> Rect {
    let area = inside(areas);
    Rect {
        x: area.x + 1,
        width: area.width.saturating_sub(2),
        height: area.height.min(1),
        ..area
    }
}

fn inside(areas: &Areas) -> Rect {
    let area = areas.timeline;
    if !areas.is_framed || area.width < 2 || area.height < 2 {
        return area;
    }
    Rect::new(area.x + 1, area.y + 1, area.width - 2, area.height - 2)
}

/// Returns how an event is shown.
const fn shown(moment: Moment) -> (Mark, Role) {
    match moment {
        Moment::Quiet => (Mark::Quiet, Role::Border),
        Moment::Work => (Mark::Work, Role::Accent),
        Moment::Done => (Mark::Done, Role::Good),
        Moment::Snapshot => (Mark::Snapshot, Role::Accent),
        Moment::Asked => (Mark::Asked, Role::Warn),
        Moment::Failed => (Mark::Failed, Role::Bad),
    }
}

pub(super) fn draw(model: &Model, canvas: &mut Canvas<'_>, areas: &Areas) {
    let area = areas.timeline;
    if area.height == 0 {
        return;
    }
    let is_past = model.sight.as_ref().is_some_and(Sight::is_past);
    if areas.is_framed {
        let title = if is_past {
            Row::new(Role::Banner, " VIEWING THE PAST, read only ")
        } else {
            Row::new(Role::Strong, " Timeline ").and(Role::Dim, legend(model.look, area.width))
        };
        let role = if is_past { Role::Banner } else { Role::Border };
        let style = if is_past { Role::Warn } else { role };
        canvas.frame(area, &title, style);
    }
    let Some(sight) = &model.sight else { return };
    line(model, canvas, sight, bar(areas));
    let inside = inside(areas);
    if inside.height < 2 {
        return;
    }
    let y = inside.y + 1;
    let Some(envelope) = sight.event() else {
        return;
    };
    let all = sight.events.len();
    let time: String = (model.words.time)(envelope.time);
    let time: String = time.chars().skip(11).take(8).collect();
    let row = Row::new(Role::Strong, format!("{}/{all} ", envelope.seq))
        .and(Role::Dim, format!("{time} "))
        .and(Role::Accent, format!("{} ", envelope.event.name()))
        .and(Role::Plain, (model.words.event)(&envelope.event));
    let room = inside.width;
    if is_past {
        let banner = if inside.width >= 60 {
            " PAST, read only: > is now "
        } else {
            " PAST: > is now "
        };
        let wide = u16::try_from(banner.len()).unwrap_or(0);
        canvas.row(inside.x, y, room.saturating_sub(wide + 1), &row);
        canvas.text(
            inside.x + room.saturating_sub(wide),
            y,
            wide,
            Role::Banner,
            banner,
        );
    } else {
        canvas.row(inside.x, y, room, &row);
    }
}

fn legend(look: Look, width: u16) -> String {
    if width < 70 {
        return String::new();
    }
    format!(
        "{} work {} done {} snapshot {} asked {} failed ",
        look.mark(Mark::Work),
        look.mark(Mark::Done),
        look.mark(Mark::Snapshot),
        look.mark(Mark::Asked),
        look.mark(Mark::Failed)
    )
}

/// The line of events: each column stands for a stretch of them, and shows what matters most in it.
fn line(model: &Model, canvas: &mut Canvas<'_>, sight: &Sight, bar: Rect) {
    if bar.width == 0 {
        return;
    }
    let look = model.look;
    canvas.text(bar.x - 1, bar.y, 1, Role::Border, look.mark(Mark::Left));
    canvas.text(bar.right(), bar.y, 1, Role::Border, look.mark(Mark::Right));
    let (columns, count) = (usize::from(bar.width), sight.moments.len());
    let position = sight.position();
    for (offset, x) in (bar.x..bar.right()).enumerate() {
        let from = offset * count / columns;
        let to = ((offset + 1) * count / columns).max(from + 1);
        // Where there is more room than events, an event stands in the first of its columns.
        let is_first = offset == 0 || (offset - 1) * count / columns != from || count >= columns;
        let most = sight
            .moments
            .get(from..to.min(count))
            .and_then(|part| part.iter().max());
        let (mark, role) = match most {
            Some(moment) if is_first => shown(*moment),
            Some(_) | None => (Mark::Quiet, Role::Border),
        };
        let role = if from >= position { Role::Border } else { role };
        canvas.text(x, bar.y, 1, role, look.mark(mark));
    }
    // Where one stands.
    if let Some(here) = (position.saturating_sub(1) * columns).checked_div(count) {
        let x = bar.x + u16::try_from(here.min(columns - 1)).unwrap_or(0);
        let role = if sight.is_past() {
            Role::Banner
        } else {
            Role::Selected
        };
        canvas.wash(x, bar.y, 1, role);
    }
}
