//! The pieces that an encoder knows, by their place in `vocab.txt`.

use std::collections::BTreeMap;

use super::Error;
use crate::tokenise::Pieces;

const FILE: &str = "vocab.txt";

/// Pieces by name.
#[derive(Debug, Clone)]
pub(super) struct Vocabulary {
    numbers: BTreeMap<Box<[u8]>, u32>,
    pub(super) begin: u32,
    pub(super) end: u32,
    pub(super) unknown: u32,
}

impl Vocabulary {
    /// Reads a piece a line. There may be fewer than the model has room for, never more.
    pub(super) fn read(text: &str, most: usize) -> Result<Self, Error> {
        let mut numbers = BTreeMap::new();
        let lines = text.strip_suffix('\n').unwrap_or(text).split('\n');
        for (number, line) in (0_u32..).zip(lines) {
            if number as usize >= most {
                return Err(Error::described(
                    FILE,
                    format!("it has more lines than the {most} pieces of the model"),
                ));
            }
            let line = line.strip_suffix('\r').unwrap_or(line);
            numbers.insert(line.as_bytes().into(), number);
        }
        let mark = |name: &str| {
            numbers
                .get(name.as_bytes())
                .copied()
                .ok_or_else(|| Error::described(FILE, format!("`{name}` is missing")))
        };
        let (begin, end, unknown) = (mark("[CLS]")?, mark("[SEP]")?, mark("[UNK]")?);
        Ok(Self {
            numbers,
            begin,
            end,
            unknown,
        })
    }
}

impl Pieces for Vocabulary {
    fn number(&self, piece: &[u8]) -> Option<u32> {
        self.numbers.get(piece).copied()
    }
}
