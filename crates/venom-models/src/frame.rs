//! Frames: a stream of bytes cut into the pieces that a dialect reads.
//!
//! One decoder for each framing: server-sent events (the WHATWG's HTML standard, 9.2.6), JSON by
//! lines, and one whole document. Bytes come as the network cuts them, in the middle of a character
//! or between a return and its newline; a line is decoded when it is complete. Everything is bounded.

use crate::flaw::Flaw;

/// The longest line. Chosen: a whole answer of the longest models, as one piece, has 2 MiB.
const LONGEST_LINE: usize = 4 << 20;
/// The longest stream. Measured by what providers send: about 250 bytes a token, and 128 000 tokens
/// are the longest answer in the catalogue; twice that.
const LONGEST_STREAM: usize = 64 << 20;

/// How pieces are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// Server-sent events.
    Events,
    /// One JSON value on each line.
    Lines,
    /// The stream is one JSON value.
    Whole,
}

/// Cuts a stream into frames.
#[derive(Debug)]
pub(crate) struct Frames {
    framing: Framing,
    /// The line that is not complete yet.
    line: Vec<u8>,
    /// Whether the last byte was a return, to which a newline belongs.
    after_return: bool,
    /// Whether a line was seen: a byte order mark may only stand before the first.
    is_begun: bool,
    /// The data of the event that is not complete yet.
    data: Option<String>,
    total: usize,
}

impl Frames {
    pub(crate) const fn new(framing: Framing) -> Self {
        Self {
            framing,
            line: Vec::new(),
            after_return: false,
            is_begun: false,
            data: None,
            total: 0,
        }
    }

    /// Takes bytes and adds the frames that they complete.
    pub(crate) fn push(&mut self, bytes: &[u8], frames: &mut Vec<String>) -> Result<(), Flaw> {
        self.total = self.total.saturating_add(bytes.len());
        if self.total > LONGEST_STREAM {
            return Err(Flaw::Endless(LONGEST_STREAM));
        }
        if self.framing == Framing::Whole {
            return self.keep(bytes);
        }
        let mut rest = bytes;
        while !rest.is_empty() {
            if self.after_return {
                self.after_return = false;
                rest = rest.strip_prefix(b"\n").unwrap_or(rest);
                continue;
            }
            let is_end =
                |byte: &u8| *byte == b'\n' || (*byte == b'\r' && self.framing == Framing::Events);
            let Some(at) = rest.iter().position(is_end) else {
                return self.keep(rest);
            };
            let (head, tail) = rest.split_at(at);
            self.keep(head)?;
            self.after_return = tail.first() == Some(&b'\r');
            rest = tail.get(1..).unwrap_or_default();
            self.end_line(frames)?;
        }
        Ok(())
    }

    /// Takes the end of the stream and adds what it leaves behind.
    pub(crate) fn end(&mut self, frames: &mut Vec<String>) -> Result<(), Flaw> {
        if !self.line.is_empty() {
            self.end_line(frames)?;
        }
        // The standard drops an event that no empty line follows; servers forget that line, and
        // whether an answer is whole is seen from its own mark at the end.
        frames.extend(self.data.take());
        Ok(())
    }

    fn keep(&mut self, bytes: &[u8]) -> Result<(), Flaw> {
        if self.line.len().saturating_add(bytes.len()) > LONGEST_LINE {
            return Err(Flaw::LongLine(LONGEST_LINE));
        }
        self.line.extend_from_slice(bytes);
        Ok(())
    }

    fn end_line(&mut self, frames: &mut Vec<String>) -> Result<(), Flaw> {
        let line = std::mem::take(&mut self.line);
        let line = if self.is_begun {
            line.as_slice()
        } else {
            line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&line)
        };
        self.is_begun = true;
        let line = String::from_utf8_lossy(line);
        match self.framing {
            Framing::Lines | Framing::Whole => {
                let line = line.trim();
                if !line.is_empty() {
                    frames.push(line.to_owned());
                }
                Ok(())
            }
            Framing::Events => self.field(&line, frames),
        }
    }

    fn field(&mut self, line: &str, frames: &mut Vec<String>) -> Result<(), Flaw> {
        if line.is_empty() {
            frames.extend(self.data.take());
            return Ok(());
        }
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        // A comment has no name. The types of events are repeated in their data by every provider.
        if name != "data" {
            return Ok(());
        }
        let value = value.strip_prefix(' ').unwrap_or(value);
        match &mut self.data {
            None => self.data = Some(value.to_owned()),
            Some(data) => {
                if data.len().saturating_add(value.len()) > LONGEST_LINE {
                    return Err(Flaw::LongLine(LONGEST_LINE));
                }
                data.push('\n');
                data.push_str(value);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
