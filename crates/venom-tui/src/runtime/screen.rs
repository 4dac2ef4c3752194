//! The terminal: taken, drawn to, and given back as it was.

use std::io::{BufWriter, Stdout, Write as _, stdout};

use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::crossterm::{cursor, queue};

use crate::draw::draw;
use crate::look::Look;
use crate::model::Model;

/// Bytes that are written at once. Chosen: more than a frame that changes everything, so that a frame is
/// never seen half over a slow line.
const BUFFER: usize = 256 << 10;

type Out = BufWriter<Stdout>;

/// The terminal. It is given back when this goes, however that comes about.
pub(super) struct Screen {
    terminal: Terminal<CrosstermBackend<Out>>,
    has_mouse: bool,
    is_taken: bool,
}

impl Screen {
    /// Takes the terminal.
    pub(super) fn enter(look: Look) -> std::io::Result<Self> {
        let backend = CrosstermBackend::new(BufWriter::with_capacity(BUFFER, stdout()));
        let mut screen = Self {
            terminal: Terminal::new(backend)?,
            has_mouse: look.has_mouse,
            is_taken: false,
        };
        screen.again()?;
        Ok(screen)
    }

    /// Takes the terminal again.
    pub(super) fn again(&mut self) -> std::io::Result<()> {
        enable_raw_mode()?;
        self.is_taken = true;
        let out = self.terminal.backend_mut();
        queue!(out, EnterAlternateScreen, EnableBracketedPaste)?;
        if self.has_mouse {
            queue!(out, EnableMouseCapture)?;
        }
        out.flush()?;
        self.terminal.clear()
    }

    /// Gives the terminal back.
    pub(super) fn leave(&mut self) -> std::io::Result<()> {
        if !std::mem::take(&mut self.is_taken) {
            return Ok(());
        }
        let out = self.terminal.backend_mut();
        // Each on its own: one that fails must not keep the others back.
        let mouse = if self.has_mouse {
            queue!(out, DisableMouseCapture)
        } else {
            Ok(())
        };
        let screen = queue!(
            out,
            DisableBracketedPaste,
            LeaveAlternateScreen,
            cursor::Show
        );
        let sent = out.flush();
        let cooked = disable_raw_mode();
        mouse.and(screen).and(sent).and(cooked)
    }

    /// Returns the size.
    pub(super) fn size(&self) -> std::io::Result<(u16, u16)> {
        let size = self.terminal.size()?;
        Ok((size.width, size.height))
    }

    /// Fits the buffers to the size, and returns it.
    pub(super) fn fit(&mut self) -> std::io::Result<(u16, u16)> {
        self.terminal.autoresize()?;
        let area = self.terminal.get_frame().area();
        Ok((area.width, area.height))
    }

    /// Forgets what is on the screen, so that all of it is drawn anew.
    pub(super) fn forget(&mut self) {
        if let Err(error) = self.terminal.clear() {
            tracing::debug!(%error, "the screen was not cleared");
        }
    }

    /// Shows the model.
    pub(super) fn draw(&mut self, model: &Model) -> std::io::Result<()> {
        self.terminal.draw(|frame| {
            if let Some(place) = draw(model, frame.buffer_mut()) {
                frame.set_cursor_position(place);
            }
        })?;
        Ok(())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        if let Err(error) = self.leave() {
            tracing::warn!(%error, "the terminal was not given back in order");
        }
    }
}

/// Tells whether a shell with job control started this process, which could let it go on again.
pub(super) fn has_shell() -> bool {
    use rustix::process::{getpgid, getpgrp, getppid, getsid};
    let Some(parent) = getppid() else {
        return false;
    };
    let is_in_session = getsid(Some(parent)).ok() == getsid(None).ok();
    let is_in_group = getpgid(Some(parent)).is_ok_and(|group| group == getpgrp());
    is_in_session && !is_in_group
}
