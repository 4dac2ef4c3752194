//! What two texts are compared by: words, pairs of neighbouring words, runs of 3 to 5 characters.
//!
//! Owns the numbering of features. A feature is a 64-bit FNV-1a number instead of a string, so that
//! it can be sorted and searched cheaply and has the same value in every process. A collision would
//! make two features one and shift a score a little; nothing depends on its absence.

#[cfg(test)]
mod tests;

use crate::text::{Part, Role, Word};

/// Scales pairs of words against single words, measured in the draws described in
/// `matcher::evidence`, like the two below; between half and double they change little.
const PAIR_WEIGHT: f32 = 0.75;
/// Scales character runs against words; a word has many of them, so each one counts little.
const RUN_WEIGHT: f32 = 0.35;
/// Scales words of grammar and politeness.
const FUNCTION_WEIGHT: f32 = 0.9;

/// Sorted, distinct features of one text with their weights before document frequency.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Features {
    entries: Vec<(u64, f32)>,
}

impl Features {
    /// Takes the features of an utterance; `stem_of` names the stem that stands for a word.
    pub fn of<'a>(parts: &'a [Part], stem_of: impl Fn(&'a Word) -> &'a str) -> Self {
        Self::collect(parts.iter().map(|part| match part {
            Part::Word(word) => Some((word, stem_of(word))),
            Part::Slot(_) => None,
        }))
    }

    /// Takes the features of words with the stems that stand for them. Nothing, for a slot or a word
    /// that fills one, separates its neighbours and has no features itself.
    pub fn collect<'a>(words: impl Iterator<Item = Option<(&'a Word, &'a str)>>) -> Self {
        let mut raw = Vec::new();
        let mut previous: Option<(&str, Role)> = None;
        for word in words {
            let Some((word, stem)) = word else {
                previous = None;
                continue;
            };
            raw.push((number(b'w', &[stem]), role_weight(word.role)));
            if let Some((before, role)) = previous {
                let weight = PAIR_WEIGHT * role_weight(role).max(role_weight(word.role));
                raw.push((number(b'p', &[before, stem]), weight));
            }
            if word.role != Role::Function {
                runs(&word.text, &mut raw);
            }
            previous = Some((stem, word.role));
        }
        Self {
            entries: merged(raw),
        }
    }

    /// Returns the features in the order of their numbers.
    pub fn entries(&self) -> &[(u64, f32)] {
        &self.entries
    }
}

fn role_weight(role: Role) -> f32 {
    match role {
        Role::Content | Role::Value => 1.0,
        Role::Function => FUNCTION_WEIGHT,
    }
}

/// Character runs of one word between boundary marks, so that `<te` differs from `ate`.
fn runs(word: &str, raw: &mut Vec<(u64, f32)>) {
    let bounded = format!("<{word}>");
    let starts: Vec<usize> = bounded
        .char_indices()
        .map(|(at, _)| at)
        .chain([bounded.len()])
        .collect();
    for length in 3..=5 {
        for window in starts.windows(length + 1) {
            if let [from, .., to] = window
                && let Some(run) = bounded.get(*from..*to)
            {
                raw.push((number(b'c', &[run]), RUN_WEIGHT));
            }
        }
    }
}

/// Adds up repeated features; repetition counts by its logarithm.
fn merged(mut raw: Vec<(u64, f32)>) -> Vec<(u64, f32)> {
    raw.sort_unstable_by(|left, right| left.0.cmp(&right.0).then(left.1.total_cmp(&right.1)));
    let mut entries = Vec::with_capacity(raw.len());
    for group in raw.chunk_by(|left, right| left.0 == right.0) {
        if let Some((key, weight)) = group.last() {
            let repetition = if group.len() == 1 {
                1.0
            } else {
                1.0 + (group.len() as f32).ln()
            };
            entries.push((*key, weight * repetition));
        }
    }
    entries
}

/// FNV-1a over a kind and its pieces (parameters of the 64-bit form as its authors publish them).
pub(crate) fn number(kind: u8, pieces: &[&str]) -> u64 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let bytes = pieces.iter().flat_map(|piece| piece.bytes().chain([0xFF]));
    [kind].into_iter().chain(bytes).fold(OFFSET, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(PRIME)
    })
}
