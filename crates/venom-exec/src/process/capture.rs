//! Keeps the beginning and the end of a stream in bounded memory.

use std::collections::VecDeque;

use venom_ports::exec::{Captured, Keep};

/// What was kept of a stream so far.
pub(crate) struct Capture {
    keep: Keep,
    head: Vec<u8>,
    tail: VecDeque<u8>,
    dropped: u64,
}

impl Capture {
    pub(crate) fn new(keep: Keep) -> Self {
        Self {
            keep,
            head: Vec::new(),
            tail: VecDeque::new(),
            dropped: 0,
        }
    }

    /// Takes the next bytes of the stream.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        let room = self.keep.head.saturating_sub(self.head.len());
        let (head, rest) = bytes.split_at(room.min(bytes.len()));
        self.head.extend_from_slice(head);
        let overflow = (self.tail.len() + rest.len()).saturating_sub(self.keep.tail);
        let from_tail = overflow.min(self.tail.len());
        self.tail.drain(..from_tail);
        let (_, kept) = rest.split_at(overflow - from_tail);
        self.tail.extend(kept);
        self.dropped += overflow as u64;
    }

    pub(crate) fn finish(self) -> Captured {
        Captured {
            head: self.head,
            tail: self.tail.into(),
            dropped: self.dropped,
            whole: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests;
