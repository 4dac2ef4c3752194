//! Cuts a stream into lines that are fit to be shown while a command runs.
//!
//! What a command prints is hostile: it may never end a line, print millions of them, or try to
//! steer the terminal. A line here is short, free of control characters, and there are not too many
//! of them; what is complete is the capture, not this.

use std::time::{Duration, Instant};

use venom_kernel::plain;
use venom_ports::exec::OnLine;

/// Longest line in bytes; the rest of a line is dropped. Chosen: forty rows of a wide terminal.
const LONGEST: usize = 4_096;

/// Lines that are passed on per [`WINDOW`] and stream. Chosen: 200 lines a second are more than
/// anybody can read and cost next to nothing.
const PER_WINDOW: u32 = 40;

/// The span that lines are counted over.
const WINDOW: Duration = Duration::from_millis(200);

/// The lines of one stream.
pub(crate) struct Lines {
    on_line: OnLine,
    partial: Vec<u8>,
    window: Instant,
    passed: u32,
}

impl Lines {
    pub(crate) fn new(on_line: OnLine, now: Instant) -> Self {
        Self {
            on_line,
            partial: Vec::new(),
            window: now,
            passed: 0,
        }
    }

    /// Takes the next bytes of the stream.
    pub(crate) fn push(&mut self, bytes: &[u8], now: Instant) {
        if now.saturating_duration_since(self.window) >= WINDOW {
            self.window = now;
            self.passed = 0;
        }
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|byte| is_end(*byte)) {
            if self.passed >= PER_WINDOW {
                // Going through millions of short lines one by one only to drop them would slow the
                // command down.
                let last = rest.iter().rposition(|byte| is_end(*byte)).unwrap_or(end);
                rest = rest.get(last + 1..).unwrap_or_default();
                self.partial.clear();
                break;
            }
            let (line, after) = rest.split_at(end);
            self.extend(line);
            self.pass();
            rest = after.get(1..).unwrap_or_default();
        }
        self.extend(rest);
    }

    /// Passes on a last line that has no end.
    pub(crate) fn finish(&mut self) {
        if self.passed < PER_WINDOW {
            self.pass();
        }
    }

    fn extend(&mut self, bytes: &[u8]) {
        let room = LONGEST.saturating_sub(self.partial.len());
        self.partial
            .extend_from_slice(bytes.get(..room).unwrap_or(bytes));
    }

    fn pass(&mut self) {
        let line = shown(&self.partial);
        self.partial.clear();
        // Empty ones stand between `\r` and `\n`, and say nothing.
        if !line.is_empty() {
            self.passed += 1;
            (self.on_line)(&line);
        }
    }
}

/// A carriage return ends a line too: progress bars are lines that replace each other.
const fn is_end(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// Returns a line without escape sequences, control characters and characters that reorder text.
fn shown(bytes: &[u8]) -> String {
    plain::text(bytes).replace('\t', " ")
}

#[cfg(test)]
mod tests;
