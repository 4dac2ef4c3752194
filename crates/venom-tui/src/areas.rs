//! What stands where: the screen cut into rectangles by its size alone, so that drawing and the mouse
//! mean the same places.

use ratatui::layout::Rect;

use crate::model::{Model, Page, Panel};

/// The smallest screen. Chosen: a name, a mark and a word beside each other; the header, a panel of a
/// few lines, the timeline, the box and the keys below each other.
pub(crate) const LEAST: (u16, u16) = (40, 12);

/// The rectangles of the screen; what is not shown has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Areas {
    pub(crate) header: Rect,
    /// Names of the panels, where only one is shown at a time.
    pub(crate) tabs: Rect,
    pub(crate) runs: Rect,
    pub(crate) plan: Rect,
    pub(crate) detail: Rect,
    pub(crate) asks: Rect,
    pub(crate) timeline: Rect,
    pub(crate) compose: Rect,
    pub(crate) footer: Rect,
    /// Whether panels have frames.
    pub(crate) is_framed: bool,
}

impl Areas {
    /// Returns the rectangle of a panel.
    pub(crate) const fn of(&self, panel: Panel) -> Rect {
        match panel {
            Panel::Runs => self.runs,
            Panel::Plan => self.plan,
            Panel::Detail => self.detail,
            Panel::Asks => self.asks,
            Panel::Compose => self.compose,
        }
    }

    /// Returns the rectangle inside the frame of a panel.
    pub(crate) const fn inside(&self, panel: Panel) -> Rect {
        let area = self.of(panel);
        if !self.is_framed || area.width < 2 || area.height < 2 {
            return area;
        }
        Rect {
            x: area.x + 1,
            y: area.y + 1,
            width: area.width - 2,
            height: area.height - 2,
        }
    }

    /// Returns the panel at a place.
    pub(crate) fn at(&self, x: u16, y: u16) -> Option<Panel> {
        Panel::ALL
            .into_iter()
            .find(|panel| self.of(*panel).contains((x, y).into()))
    }
}

/// Tells whether there is room for anything.
pub(crate) const fn is_enough(size: (u16, u16)) -> bool {
    size.0 >= LEAST.0 && size.1 >= LEAST.1
}

/// Cuts the screen.
pub(crate) fn of(model: &Model) -> Areas {
    let (width, height) = model.size;
    let screen = Rect::new(0, 0, width, height);
    if !is_enough(model.size) || model.look.is_linear {
        // Lines below each other: all panels are as wide as the screen, and as high as they like.
        let body = Rect::new(0, 1, width, height.saturating_sub(3));
        return Areas {
            runs: body,
            plan: body,
            detail: body,
            asks: body,
            ..Areas::default()
        };
    }
    let is_framed = height >= 18 && width >= 60;
    let written = model.compose.line.lines().0.len();
    let lines = u16::try_from(written.clamp(1, 6)).unwrap_or(1);
    let most = (height / 4).max(1);
    let compose_height = lines.min(most) + if is_framed { 2 } else { 0 };
    let timeline_height = if is_framed { 4 } else { 2 };
    let (header, rest) = cut_top(screen, 1);
    let (rest, footer) = cut_bottom(rest, 1);
    let (rest, compose) = cut_bottom(rest, compose_height);
    let mut areas = Areas {
        header,
        compose,
        footer,
        is_framed,
        ..Areas::default()
    };
    if model.page != Page::Runs {
        areas.detail = rest;
        return areas;
    }
    let (body, timeline) = cut_bottom(rest, timeline_height);
    areas.timeline = timeline;
    let shown = match model.panel {
        Panel::Compose => Panel::Plan,
        panel => panel,
    };
    if model.is_zoomed || width < 80 {
        let body = if width < 80 {
            let (tabs, body) = cut_top(body, 1);
            areas.tabs = tabs;
            body
        } else {
            body
        };
        match shown {
            Panel::Runs => areas.runs = body,
            Panel::Plan | Panel::Compose => areas.plan = body,
            Panel::Detail => areas.detail = body,
            Panel::Asks => areas.asks = body,
        }
        return areas;
    }
    if width < 120 {
        let (left, right) = cut_left(body, (width * 2 / 5).clamp(30, 46));
        let (runs, low) = cut_top(left, (left.height * 2 / 5).max(4));
        areas.runs = runs;
        if model.panel == Panel::Asks {
            areas.asks = low;
        } else {
            areas.plan = low;
        }
        areas.detail = right;
        return areas;
    }
    let (left, rest) = cut_left(body, (width / 5).clamp(26, 40));
    let (runs, asks) = cut_bottom(left, (left.height / 4).clamp(4, 8));
    areas.runs = runs;
    areas.asks = asks;
    let (plan, detail) = cut_left(rest, rest.width / 2);
    areas.plan = plan;
    areas.detail = detail;
    areas
}

fn cut_top(area: Rect, height: u16) -> (Rect, Rect) {
    let height = height.min(area.height);
    (
        Rect { height, ..area },
        Rect {
            y: area.y + height,
            height: area.height - height,
            ..area
        },
    )
}

fn cut_bottom(area: Rect, height: u16) -> (Rect, Rect) {
    let height = height.min(area.height);
    let rest = area.height - height;
    (
        Rect {
            height: rest,
            ..area
        },
        Rect {
            y: area.y + rest,
            height,
            ..area
        },
    )
}

fn cut_left(area: Rect, width: u16) -> (Rect, Rect) {
    let width = width.min(area.width);
    (
        Rect { width, ..area },
        Rect {
            x: area.x + width,
            width: area.width - width,
            ..area
        },
    )
}
