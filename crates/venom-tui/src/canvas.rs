//! The one place that puts text on the screen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use venom_kernel::plain::is_harmless;
use venom_kernel::plan::layout::picture::Glyphs;

use crate::look::{Look, Mark, Role};

/// Characters that are looked at for each one that can be seen: what is hidden or combines takes no
/// room, and must not cost without bound either.
const PATIENCE: usize = 8;

/// Pieces of one line, each with what it means.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Row(pub(crate) Vec<(Role, String)>);

impl Row {
    pub(crate) fn new(role: Role, text: impl Into<String>) -> Self {
        Self(vec![(role, text.into())])
    }

    #[must_use]
    pub(crate) fn and(mut self, role: Role, text: impl Into<String>) -> Self {
        self.0.push((role, text.into()));
        self
    }
}

/// Puts text into a buffer.
pub(crate) struct Canvas<'a> {
    pub(crate) buffer: &'a mut Buffer,
    pub(crate) look: Look,
    /// Where the cursor is to stand.
    pub(crate) cursor: Option<(u16, u16)>,
}

impl Canvas<'_> {
    /// Writes a text at a place, at most `width` columns of it; returns the columns that it took.
    /// What does not fit ends with a mark.
    pub(crate) fn text(&mut self, x: u16, y: u16, width: u16, role: Role, text: &str) -> u16 {
        let area = self.buffer.area;
        if y < area.top() || y >= area.bottom() || x < area.left() || x >= area.right() {
            return 0;
        }
        let width = width.min(area.right().saturating_sub(x));
        let (shown, is_cut) = visible(text, usize::from(width), self.look.is_ascii());
        let style = self.look.style(role);
        let (end, _) = self
            .buffer
            .set_stringn(x, y, &shown, usize::from(width), style);
        if is_cut && width > 0 {
            let last = x + width - 1;
            self.buffer
                .set_stringn(last, y, self.look.mark(Mark::More), 1, style);
            return width;
        }
        end.saturating_sub(x)
    }

    /// Writes the pieces of a line; returns the columns that they took.
    pub(crate) fn row(&mut self, x: u16, y: u16, width: u16, row: &Row) -> u16 {
        let mut taken = 0;
        for (role, text) in &row.0 {
            if taken >= width {
                break;
            }
            taken += self.text(x + taken, y, width - taken, *role, text);
        }
        taken
    }

    /// Lays a role over a stretch of a line.
    pub(crate) fn wash(&mut self, x: u16, y: u16, width: u16, role: Role) {
        let area = Rect::new(x, y, width, 1).intersection(self.buffer.area);
        self.buffer.set_style(area, self.look.style(role));
    }

    /// Clears a rectangle.
    pub(crate) fn clear(&mut self, area: Rect) {
        let area = area.intersection(self.buffer.area);
        for y in area.top()..area.bottom() {
            for x in area.left()..area.right() {
                if let Some(cell) = self.buffer.cell_mut((x, y)) {
                    cell.reset();
                }
            }
        }
    }

    /// Draws a frame with a title, and returns what is inside.
    pub(crate) fn frame(&mut self, area: Rect, title: &Row, role: Role) -> Rect {
        if area.width < 2 || area.height < 2 {
            return area;
        }
        let [across, down, corners] = match self.look.glyphs {
            Glyphs::Boxes => ["─", "│", "╭╮╰╯"],
            Glyphs::Ascii => ["-", "|", "++++"],
        };
        let style = self.look.style(role);
        let (right, bottom) = (area.right() - 1, area.bottom() - 1);
        for x in area.left() + 1..right {
            self.buffer.set_stringn(x, area.top(), across, 1, style);
            self.buffer.set_stringn(x, bottom, across, 1, style);
        }
        for y in area.top() + 1..bottom {
            self.buffer.set_stringn(area.left(), y, down, 1, style);
            self.buffer.set_stringn(right, y, down, 1, style);
        }
        let places = [
            (area.left(), area.top()),
            (right, area.top()),
            (area.left(), bottom),
            (right, bottom),
        ];
        for ((x, y), corner) in places.into_iter().zip(corners.chars()) {
            let mut text = [0; 4];
            self.buffer
                .set_stringn(x, y, corner.encode_utf8(&mut text), 1, style);
        }
        self.row(
            area.left() + 1,
            area.top(),
            area.width.saturating_sub(2),
            title,
        );
        Rect::new(
            area.left() + 1,
            area.top() + 1,
            area.width - 2,
            area.height - 2,
        )
    }
}

/// Returns what can be seen of a text in so many columns, and whether something is cut off.
fn visible(text: &str, width: usize, is_ascii: bool) -> (String, bool) {
    let mut shown = String::new();
    let mut columns = 0;
    let most = width.saturating_mul(PATIENCE).max(64);
    let mut rest = text.chars();
    let mut part: String = rest.by_ref().take(most).collect();
    if part.contains('\u{1b}') {
        // Not only its first character goes, but the whole of a sequence.
        part = venom_kernel::plain::text(part.as_bytes());
    }
    for c in part.chars() {
        let c = if c.is_whitespace() { ' ' } else { c };
        if !is_harmless(c) {
            continue;
        }
        let c = if is_ascii && !c.is_ascii() { '?' } else { c };
        let wide = columns_of(c);
        if columns + wide > width {
            return (shown, true);
        }
        columns += wide;
        shown.push(c);
    }
    let is_cut = rest.next().is_some();
    (shown, is_cut)
}

/// Returns how many columns a character takes.
pub(crate) fn columns_of(c: char) -> usize {
    if c.is_ascii() {
        return usize::from(!c.is_control());
    }
    let mut text = [0; 4];
    ratatui::text::Span::raw(&*c.encode_utf8(&mut text)).width()
}

/// Breaks a text into lines of at most so many columns, at blanks where there are some. The text is
/// made harmless on the way; no more than `most` lines come of it.
pub(crate) fn wrapped(text: &str, width: usize, most: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines = Vec::new();
    let clean = venom_kernel::plain::text(text.as_bytes());
    for line in clean.lines() {
        if lines.len() >= most {
            break;
        }
        let mut current = String::new();
        let mut columns = 0;
        // The last blank of the line: bytes before it, columns up to it.
        let mut blank: Option<(usize, usize)> = None;
        for c in line.chars() {
            let c = if c == '\t' { ' ' } else { c };
            let wide = columns_of(c);
            if columns + wide > width {
                match blank.take() {
                    Some((bytes, before)) if c != ' ' => {
                        let rest = current.split_off(bytes);
                        lines.push(std::mem::take(&mut current).trim_end().to_owned());
                        rest.trim_start().clone_into(&mut current);
                        columns = columns.saturating_sub(before);
                    }
                    Some(_) | None => {
                        lines.push(std::mem::take(&mut current));
                        columns = 0;
                        if c == ' ' {
                            continue;
                        }
                    }
                }
                if lines.len() >= most {
                    break;
                }
            }
            if c == ' ' && !current.trim_end().is_empty() {
                blank = Some((current.len(), columns + wide));
            }
            current.push(c);
            columns += wide;
        }
        if lines.len() < most {
            lines.push(current);
        }
    }
    lines
}

#[cfg(test)]
mod tests;
