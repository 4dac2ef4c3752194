//! The mouse: it selects, scrolls, and moves in time.

use super::act::{self, Move, act, focus, go, scrub};
use super::select;
use crate::areas;
use crate::draw;
use crate::keymap::Action;
use crate::message::{Mouse, Order};
use crate::model::detail::Tab;
use crate::model::{Model, Page, Panel};

/// Lines that the wheel moves.
const WHEEL: isize = 3;

pub(super) fn mouse(model: &mut Model, what: Mouse, x: u16, y: u16, orders: &mut Vec<Order>) {
    if model.dialog.is_some() || !areas::is_enough(model.size) || model.look.is_linear {
        return;
    }
    let areas = areas::of(model);
    if model.page != Page::Runs {
        match what {
            Mouse::WheelUp => go(model, Move::Lines(-WHEEL), orders),
            Mouse::WheelDown => go(model, Move::Lines(WHEEL), orders),
            Mouse::Press | Mouse::Drag => {}
        }
        return;
    }
    let is_time = areas.timeline.contains((x, y).into());
    match what {
        Mouse::Press | Mouse::Drag if is_time => {
            let bar = draw::timeline::bar(&areas);
            let count = model.sight.as_ref().map_or(0, |sight| sight.events.len());
            let column = usize::from(x.saturating_sub(bar.x));
            let wide = usize::from(bar.width.saturating_sub(1)).max(1);
            let position = column.saturating_mul(count).div_ceil(wide).max(1);
            scrub(model, |_, _| position);
        }
        Mouse::Drag => {}
        Mouse::WheelUp if is_time => act(model, Action::StepBack, orders),
        Mouse::WheelDown if is_time => act(model, Action::StepForth, orders),
        Mouse::Press if areas.tabs.contains((x, y).into()) => {
            if let Some(panel) = draw::tab_at(&areas, x) {
                focus(model, panel);
            }
        }
        Mouse::Press => press(model, &areas, x, y, orders),
        Mouse::WheelUp | Mouse::WheelDown => {
            let lines = if what == Mouse::WheelUp { -1 } else { 1 };
            let Some(panel) = areas.at(x, y) else { return };
            let lines = if panel == Panel::Detail {
                lines * WHEEL
            } else {
                lines
            };
            let before = std::mem::replace(&mut model.panel, panel);
            go(model, Move::Lines(lines), orders);
            model.panel = before;
        }
    }
}

fn press(model: &mut Model, areas: &areas::Areas, x: u16, y: u16, orders: &mut Vec<Order>) {
    let Some(panel) = areas.at(x, y) else { return };
    let inside = areas.inside(panel);
    focus(model, panel);
    let Some(line) = y
        .checked_sub(inside.y)
        .filter(|_| inside.contains((x, y).into()))
    else {
        return;
    };
    let line = usize::from(line);
    match panel {
        Panel::Runs => {
            let rows = model.shown_rows();
            let first = draw::runs::first(model, usize::from(inside.height));
            if let Some(run) = rows
                .get(first + line / draw::runs::LINES)
                .map(|row| row.run)
            {
                select(model, run, orders);
            }
        }
        Panel::Plan => act::point(model, x, y),
        Panel::Detail if line == 0 => {
            if let Some(tab) = draw::detail::tab_at(inside, x) {
                model.detail.tab = tab;
            }
        }
        Panel::Detail if model.detail.tab == Tab::Events => {
            let first =
                draw::detail::first_event(model, usize::from(inside.height.saturating_sub(1)));
            scrub(model, |_, all| (first + line).min(all));
        }
        Panel::Asks => act(model, Action::Open, orders),
        Panel::Detail | Panel::Compose => {}
    }
}
