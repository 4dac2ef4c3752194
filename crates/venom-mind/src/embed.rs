//! Sentences as vectors, from a table of word vectors that is part of the binary.
//!
//! Owns the file of the table and the sum over it. A sentence is cut into wordpieces ([`crate::tokenise`]); each piece
//! and each known pair of neighbours adds its vector, and the sum is brought to length one. The vectors were fitted to
//! the sentence vectors of a larger model by `tools/distill/`, which writes the file; `model/NOTICE.md` names teacher,
//! texts and licences. Nothing is built when the table is opened: it is searched where it lies.
//!
//! The file: `VNMWORDS`, six little-endian 32-bit numbers (version, length of the header, size of a vector, pieces,
//! pairs, bytes of all names), a header in lines of text, then where each name ends (32 bits), the names in the order
//! of their bytes, the pairs in ascending order (left piece in the upper 16 bits), one 32-bit float a vector, and the
//! vectors as signed bytes to be scaled by it, first those of the pieces, then those of the pairs.

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use crate::tokenise::{self, Pieces};

static EMBEDDED: &[u8] = include_bytes!("../model/words-1.bin");

const MAGIC: &[u8] = b"VNMWORDS";
const VERSION: u32 = 1;
/// Magic and six numbers.
const FIXED: usize = 32;
/// Bounds the numbers of a file before anything is computed from them. Chosen: pieces and pairs stay far below, and
/// sums of products of these fit 64 bits.
const MOST: u32 = 1 << 20;

/// Says why a file is no table of vectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It does not begin as one.
    #[error("the file does not begin with VNMWORDS")]
    Foreign,
    /// It was written in another form.
    #[error("version {0} of the file is not known, only version 1")]
    Version(u32),
    /// It is shorter or longer than its numbers say.
    #[error("the file has {found} bytes and its numbers ask for {wanted}")]
    Length {
        /// The bytes that its numbers ask for.
        wanted: usize,
        /// The bytes there are.
        found: usize,
    },
    /// Its numbers or its header make no sense.
    #[error("the head of the file is damaged")]
    Head,
}

/// Makes vectors of sentences. What two of them made is never compared.
pub trait Sentences: std::fmt::Debug + Send + Sync {
    /// Names what makes the vectors.
    fn id(&self) -> &str;

    /// Returns how many numbers a vector has.
    fn size(&self) -> usize;

    /// Returns the direction of each text, of length one, in their order; nothing of one that has none.
    fn directions(&self, texts: &[&str]) -> Vec<Option<Vec<f32>>>;
}

/// A table of vectors for wordpieces and pairs of them.
#[derive(Debug, Clone)]
pub struct Words {
    bytes: Cow<'static, [u8]>,
    size: usize,
    pieces: usize,
    pairs: usize,
    header: std::ops::Range<usize>,
    ends: usize,
    names: usize,
    keys: usize,
    scales: usize,
    values: usize,
}

impl Words {
    /// Opens the table that is part of the binary.
    pub fn embedded() -> Result<Self, Error> {
        Self::open(Cow::Borrowed(EMBEDDED))
    }

    /// Opens a table; every offset is checked here, so that no sentence can lead outside the file.
    pub fn open(bytes: Cow<'static, [u8]>) -> Result<Self, Error> {
        if !bytes.starts_with(MAGIC) {
            return Err(Error::Foreign);
        }
        let number = |at: usize| word(&bytes, MAGIC.len() + 4 * at).ok_or(Error::Head);
        let version = number(0)?;
        if version != VERSION {
            return Err(Error::Version(version));
        }
        let mut sizes = [0_usize; 5];
        for (at, size) in sizes.iter_mut().enumerate() {
            let said = number(at + 1)?;
            if said > MOST {
                return Err(Error::Head);
            }
            *size = said as usize;
        }
        let [head, size, pieces, pairs, names] = sizes;
        // A pair has sixteen bits for each of its pieces.
        if size == 0 || pieces == 0 || pieces > usize::from(u16::MAX) {
            return Err(Error::Head);
        }
        let ends = FIXED + head;
        let names_at = ends + 4 * pieces;
        let keys = names_at + names;
        let scales = keys + 4 * pairs;
        let values = scales + 4 * (pieces + pairs);
        let wanted = values + size * (pieces + pairs);
        if bytes.len() != wanted {
            return Err(Error::Length {
                wanted,
                found: bytes.len(),
            });
        }
        let header = FIXED..ends;
        if std::str::from_utf8(bytes.get(header.clone()).unwrap_or_default()).is_err() {
            return Err(Error::Head);
        }
        Ok(Self {
            size,
            pieces,
            pairs,
            header,
            ends,
            names: names_at,
            keys,
            scales,
            values,
            bytes,
        })
    }

    /// Returns how many numbers a vector has.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Returns what the file says about itself, a line `name: value` each: teacher, texts, licence, seed, digest.
    pub fn header(&self) -> &str {
        std::str::from_utf8(self.bytes.get(self.header.clone()).unwrap_or_default())
            .unwrap_or_default()
    }

    /// Returns the name of the model. Vectors of models with different names are never compared.
    pub fn id(&self) -> &str {
        self.header()
            .lines()
            .find_map(|line| line.strip_prefix("name: "))
            .unwrap_or("unnamed")
    }

    /// Returns the direction of a sentence, of length one; nothing if none of its words is known.
    pub fn embed(&self, text: &str) -> Option<Vec<f32>> {
        self.embed_words(&tokenise::words(text))
    }

    /// Returns the direction of words that were cut before.
    pub fn embed_words(&self, words: &[String]) -> Option<Vec<f32>> {
        let mut sum = vec![0.0_f32; self.size];
        let mut before = None;
        for piece in tokenise::pieces(words, self) {
            if let Some(piece) = piece {
                self.add(piece as usize, &mut sum);
                if let Some(pair) = before.and_then(|before| self.pair(before, piece)) {
                    self.add(self.pieces + pair, &mut sum);
                }
            }
            before = piece;
        }
        let length = dot(&sum, &sum).sqrt();
        if length <= 1e-9 {
            return None;
        }
        for value in &mut sum {
            *value /= length;
        }
        Some(sum)
    }

    /// Returns the direction of one word that was cut before, of length one, and its weight in a sum; nothing
    /// if it is not known.
    pub fn word(&self, word: &str) -> Option<(Vec<f32>, f32)> {
        let mut sum = vec![0.0_f32; self.size];
        for piece in tokenise::pieces(std::slice::from_ref(&word.to_owned()), self) {
            self.add(piece? as usize, &mut sum);
        }
        let length = dot(&sum, &sum).sqrt();
        if length <= 1e-9 {
            return None;
        }
        for value in &mut sum {
            *value /= length;
        }
        Some((sum, length))
    }

    fn add(&self, row: usize, sum: &mut [f32]) {
        let scale = word(&self.bytes, self.scales + 4 * row).map_or(0.0, f32::from_bits);
        let from = self.values + row * self.size;
        let values = self.bytes.get(from..from + self.size).unwrap_or_default();
        for (total, value) in sum.iter_mut().zip(values) {
            *total += scale * f32::from(value.cast_signed());
        }
    }

    fn pair(&self, left: u32, right: u32) -> Option<usize> {
        let wanted = left << 16 | right;
        search(self.pairs, |at| {
            word(&self.bytes, self.keys + 4 * at).map(|key| key.cmp(&wanted))
        })
    }

    fn name(&self, at: usize) -> Option<&[u8]> {
        let end = |at: usize| word(&self.bytes, self.ends + 4 * at);
        let from = match at.checked_sub(1) {
            Some(before) => end(before)?,
            None => 0,
        };
        self.bytes
            .get(self.names + from as usize..self.names + end(at)? as usize)
    }
}

impl Sentences for Words {
    fn id(&self) -> &str {
        Self::id(self)
    }

    fn size(&self) -> usize {
        Self::size(self)
    }

    fn directions(&self, texts: &[&str]) -> Vec<Option<Vec<f32>>> {
        texts.iter().map(|text| self.embed(text)).collect()
    }
}

impl Pieces for Words {
    fn number(&self, piece: &[u8]) -> Option<u32> {
        let at = search(self.pieces, |at| Some(self.name(at)?.cmp(piece)))?;
        u32::try_from(at).ok()
    }
}

/// Finds a place in something sorted; `compare` says how what stands there relates to what is wanted.
fn search(count: usize, compare: impl Fn(usize) -> Option<std::cmp::Ordering>) -> Option<usize> {
    let (mut from, mut to) = (0, count);
    while from < to {
        let middle = usize::midpoint(from, to);
        match compare(middle)? {
            std::cmp::Ordering::Equal => return Some(middle),
            std::cmp::Ordering::Less => from = middle + 1,
            std::cmp::Ordering::Greater => to = middle,
        }
    }
    None
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    four.try_into().ok().map(u32::from_le_bytes)
}

/// The product of two vectors; for two of length one, the cosine between them.
pub fn dot(left: &[f32], right: &[f32]) -> f32 {
    // Eight sums side by side: the compiler may not reorder one sum, and would add one by one.
    let mut lanes = [0.0_f32; 8];
    let (left, left_rest) = left.as_chunks::<8>();
    let (right, right_rest) = right.as_chunks::<8>();
    for (left, right) in left.iter().zip(right) {
        for (lane, (a, b)) in lanes.iter_mut().zip(left.iter().zip(right)) {
            *lane += a * b;
        }
    }
    let rest: f32 = left_rest.iter().zip(right_rest).map(|(a, b)| a * b).sum();
    lanes.iter().sum::<f32>() + rest
}
