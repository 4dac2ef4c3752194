//! Drawing: a plain function from the model to a buffer. Nothing is kept from frame to frame, and what
//! cannot be seen costs nothing.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use venom_kernel::event::Outcome;
use venom_kernel::id::RunId;
use venom_ports::api::runs::Rest;
use venom_ports::projection::{RunRow, RunStatus};

use crate::areas::{self, Areas, LEAST};
use crate::canvas::{Canvas, Row};
use crate::look::{Mark, Role};
use crate::model::{Model, Page, Panel};

mod asks;
mod compose;
pub(crate) mod detail;
mod dialog;
mod linear;
pub(crate) mod pages;
pub(crate) mod plan;
pub(crate) mod runs;
pub(crate) mod timeline;
mod top;

/// Draws the model; returns where the cursor is to stand, if it is to be seen.
pub(crate) fn draw(model: &Model, buffer: &mut Buffer) -> Option<(u16, u16)> {
    let mut canvas = Canvas {
        buffer,
        look: model.look,
        cursor: None,
    };
    if model.look.is_linear {
        linear::draw(model, &mut canvas);
        return canvas.cursor;
    }
    if !areas::is_enough(model.size) {
        let text = format!(
            "venom needs {}x{}, here is {}x{}",
            LEAST.0, LEAST.1, model.size.0, model.size.1
        );
        canvas.text(0, 0, model.size.0, Role::Warn, &text);
        canvas.text(
            0,
            1,
            model.size.0,
            Role::Dim,
            "make the window larger, or leave with q",
        );
        return None;
    }
    let areas = areas::of(model);
    top::header(model, &mut canvas, areas.header);
    match model.page {
        Page::Runs => {
            tabs(model, &mut canvas, &areas);
            runs::draw(model, &mut canvas, &areas);
            plan::draw(model, &mut canvas, &areas);
            detail::draw(model, &mut canvas, &areas);
            asks::draw(model, &mut canvas, &areas);
            timeline::draw(model, &mut canvas, &areas);
        }
        Page::Models | Page::Skills | Page::Agents | Page::Memory | Page::Router => {
            pages::draw(model, &mut canvas, &areas);
        }
    }
    compose::draw(model, &mut canvas, &areas);
    top::footer(model, &mut canvas, areas.footer);
    dialog::draw(model, &mut canvas);
    canvas.cursor
}

/// Draws the frame of a panel, if there are frames; returns what is inside.
fn panel(
    model: &Model,
    canvas: &mut Canvas<'_>,
    areas: &Areas,
    panel: Panel,
    title: &str,
) -> Option<Rect> {
    let area = areas.of(panel);
    if area.width == 0 || area.height == 0 {
        return None;
    }
    if areas.is_framed {
        let has_focus = model.panel == panel && model.dialog.is_none();
        let (frame, name) = if has_focus {
            (Role::Focus, Role::Focus)
        } else {
            (Role::Border, Role::Strong)
        };
        let title = Row::new(name, format!(" {} {title} ", panel.number()));
        canvas.frame(area, &title, frame);
    }
    Some(areas.inside(panel))
}

/// The names of the panels, where only one is shown.
fn tabs(model: &Model, canvas: &mut Canvas<'_>, areas: &Areas) {
    let area = areas.tabs;
    if area.height == 0 {
        return;
    }
    let shown = match model.panel {
        Panel::Compose => Panel::Plan,
        panel => panel,
    };
    let mut x = area.x;
    for (panel, width) in tab_widths() {
        let role = if panel == shown {
            Role::Selected
        } else {
            Role::Dim
        };
        let text = format!(" {} {} ", panel.number(), panel.title());
        canvas.text(x, area.y, width, role, &text);
        x += width;
    }
}

fn tab_widths() -> impl Iterator<Item = (Panel, u16)> {
    Panel::ALL.into_iter().take(4).map(|panel| {
        let width = panel.title().len() + 4;
        (panel, u16::try_from(width).unwrap_or(u16::MAX))
    })
}

/// Returns the panel whose name stands at a column of the tabs.
pub(crate) fn tab_at(areas: &Areas, x: u16) -> Option<Panel> {
    let mut end = areas.tabs.x;
    tab_widths()
        .find(|(_, width)| {
            end += width;
            x < end
        })
        .map(|(panel, _)| panel)
}

/// Returns the first line of a list that is to be shown so that one of its lines can be seen.
pub(crate) fn window(selected: usize, count: usize, height: usize) -> usize {
    let last = count.saturating_sub(height);
    selected.saturating_sub(height / 2).min(last)
}

/// Returns the end of an id, which tells runs of one day apart.
fn short(run: RunId) -> String {
    let text = run.to_string();
    let skip = text.chars().count().saturating_sub(5);
    text.chars().skip(skip).collect()
}

/// Returns the mark of a run.
fn mark(model: &Model, row: &RunRow) -> (Mark, Role) {
    let is_alone = model
        .sight
        .as_ref()
        .is_some_and(|sight| sight.run == row.run && sight.rest == Some(Rest::Abandoned));
    match (row.status, &row.outcome) {
        (RunStatus::Finished, Some(outcome)) => match outcome {
            Outcome::Succeeded => (Mark::Done, Role::Good),
            Outcome::Partial => (Mark::Unproven, Role::Warn),
            Outcome::Failed | Outcome::Unplannable(_) | Outcome::OutOfScope | Outcome::Unclear => {
                (Mark::Failed, Role::Bad)
            }
            Outcome::Planned => (Mark::Ready, Role::Dim),
            Outcome::Cancelled => (Mark::Skipped, Role::Dim),
        },
        (RunStatus::Finished, None) => (Mark::Done, Role::Dim),
        (RunStatus::Paused, _) => (Mark::Paused, Role::Warn),
        (RunStatus::Waiting, _) => (Mark::Asked, Role::Warn),
        (RunStatus::Active, _) if is_alone => (Mark::Abandoned, Role::Warn),
        (RunStatus::Active, _) => (Mark::Running, Role::Accent),
    }
}
