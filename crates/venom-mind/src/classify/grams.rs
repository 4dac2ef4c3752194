//! Words, pairs of words and runs of characters as numbers, weighted by rarity.
//!
//! Owns what the classifier sees of a text beside its vector. A feature is a hash of 64 bits; those of the examples are
//! numbered, those of a later text that no example has are passed over.

use crate::features::number;

/// Lengths of runs of characters, counting the marks of a word's ends.
const RUNS: std::ops::RangeInclusive<usize> = 2..=5;
/// Bounds the characters of a word that runs are taken from. Chosen: a longer one is data, not a word.
const LONGEST: usize = 32;

/// One text: numbers of features in ascending order and what each weighs. Its length is one.
pub(crate) type Row = Vec<(u32, f32)>;

/// The features of the examples.
#[derive(Debug, Clone, Default)]
pub(super) struct Grams {
    /// Ascending; the place is the number.
    keys: Vec<u64>,
    rarity: Vec<f32>,
}

impl Grams {
    /// Numbers the features of texts, given as words.
    pub(super) fn new(texts: &[Vec<String>]) -> Self {
        let mut all: Vec<u64> = Vec::new();
        for words in texts {
            all.extend(counted(words).into_iter().map(|(key, _)| key));
        }
        all.sort_unstable();
        let mut grams = Self::default();
        for same in all.chunk_by(|left, right| left == right) {
            grams.keys.extend(same.first());
            let rarity = ((1 + texts.len()) as f32 / (1 + same.len()) as f32).ln() + 1.0;
            grams.rarity.push(rarity);
        }
        grams
    }

    /// Returns how many there are.
    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    /// Returns the features of a text, which together have length one.
    pub(super) fn row(&self, words: &[String]) -> Row {
        let mut row: Row = counted(words)
            .into_iter()
            .filter_map(|(key, count)| {
                let at = self.keys.binary_search(&key).ok()?;
                let rarity = self.rarity.get(at)?;
                Some((u32::try_from(at).ok()?, (1.0 + count.ln()) * rarity))
            })
            .collect();
        let length = row
            .iter()
            .map(|(_, weight)| weight * weight)
            .sum::<f32>()
            .sqrt();
        for (_, weight) in &mut row {
            *weight /= length;
        }
        row
    }
}

/// Hashes of all features in ascending order, with how often each occurs.
fn counted(words: &[String]) -> Vec<(u64, f32)> {
    let mut keys: Vec<u64> = Vec::with_capacity(words.len() * 16);
    let mut before: Option<&str> = None;
    for word in words {
        keys.push(number(b'w', &[word]));
        if let Some(before) = before {
            keys.push(number(b'p', &[before, word]));
        }
        before = Some(word);
        runs(word, &mut keys);
    }
    keys.sort_unstable();
    keys.chunk_by(|left, right| left == right)
        .filter_map(|same| Some((*same.first()?, same.len() as f32)))
        .collect()
}

fn runs(word: &str, keys: &mut Vec<u64>) {
    let bounded: String = std::iter::once(' ')
        .chain(word.chars().take(LONGEST))
        .chain(std::iter::once(' '))
        .collect();
    let starts: Vec<usize> = bounded
        .char_indices()
        .map(|(at, _)| at)
        .chain(std::iter::once(bounded.len()))
        .collect();
    for length in RUNS {
        for window in starts.windows(length + 1) {
            if let [from, .., to] = window
                && let Some(run) = bounded.get(*from..*to)
            {
                keys.push(number(b'c', &[run]));
            }
        }
    }
}
