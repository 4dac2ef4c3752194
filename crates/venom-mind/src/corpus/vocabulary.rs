//! The words of a corpus: how rare they are, whose they are, and which one a misspelling means.

use crate::similarity::damerau_levenshtein;
use crate::text::{Part, Role, Text, Word};

use super::{Synonyms, Utterance};

/// Scales words of grammar and politeness against content words when coverage is measured.
/// Chosen: ten of them weigh about as much as one word that says something.
const FUNCTION_SHARE: f64 = 0.3;
/// What a word counts that was recognised after correcting its spelling.
const CORRECTED: f64 = 0.85;

/// Distinct stems with their counts.
#[derive(Debug, Clone)]
pub(crate) struct Vocabulary {
    /// Sorted; the position is the number of the stem.
    stems: Vec<String>,
    /// Per stem, in how many utterances of which intent it stands, ascending by intent.
    by_intent: Vec<Vec<(usize, u32)>>,
    /// Per stem, in how many utterances of all intents it stands.
    in_examples: Vec<u32>,
    /// Per stem, in how many background sentences it stands.
    in_background: Vec<u32>,
    /// Per stem, the set of its letters, to pass over most comparisons when correcting.
    letters: Vec<u32>,
    /// How much a content word says, by the number of utterances it stands in.
    rarity: Vec<f64>,
    synonyms: Synonyms,
}

/// What the vocabulary says about one word of a goal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Weighed {
    /// The number of the stem, if some visible utterance has it.
    pub(crate) stem: Option<usize>,
    /// How much the word says about what is wanted.
    pub(crate) weight: f64,
    /// One for a word as it stands, less for a corrected one.
    pub(crate) quality: f64,
    pub(crate) role: Role,
    pub(crate) chunk: usize,
}

/// All words of a goal in order.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Reading {
    words: Vec<Weighed>,
}

impl Reading {
    pub(crate) fn words(&self) -> &[Weighed] {
        &self.words
    }
}

impl Vocabulary {
    pub(super) fn new<'a>(
        intents: usize,
        texts: impl Iterator<Item = (&'a Text, Option<usize>)> + Clone,
        synonyms: Synonyms,
    ) -> Self {
        // The background counts as one more intent while counting.
        let mut occurrences: Vec<(String, usize)> = Vec::new();
        let mut examples = 0;
        for (text, owner) in texts {
            let mut distinct: Vec<&str> = text
                .words()
                .map(|word| synonyms.resolve(&word.stem))
                .collect();
            distinct.sort_unstable();
            distinct.dedup();
            examples += usize::from(owner.is_some());
            let owner = owner.unwrap_or(intents);
            occurrences.extend(distinct.into_iter().map(|stem| (stem.to_owned(), owner)));
        }
        occurrences.sort_unstable();

        let mut vocabulary = Self {
            stems: Vec::new(),
            by_intent: Vec::new(),
            in_examples: Vec::new(),
            in_background: Vec::new(),
            letters: Vec::new(),
            rarity: (0..=examples)
                .map(|frequency| rarity(frequency, examples))
                .collect(),
            synonyms,
        };
        for group in occurrences.chunk_by(|left, right| left.0 == right.0) {
            let mut by_intent = Vec::new();
            let mut in_background = 0;
            for same in group.chunk_by(|left, right| left.1 == right.1) {
                let count = u32::try_from(same.len()).unwrap_or(u32::MAX);
                match same.first() {
                    Some((_, owner)) if *owner < intents => by_intent.push((*owner, count)),
                    _ => in_background = count,
                }
            }
            if let Some((stem, _)) = group.first() {
                vocabulary.letters.push(letters(stem));
                vocabulary.stems.push(stem.clone());
                vocabulary
                    .in_examples
                    .push(by_intent.iter().map(|(_, count)| count).sum());
                vocabulary.by_intent.push(by_intent);
                vocabulary.in_background.push(in_background);
            }
        }
        vocabulary
    }

    /// Returns the stem that stands for a word.
    pub(crate) fn canonical<'a>(&'a self, word: &'a Word) -> &'a str {
        self.synonyms.resolve(&word.stem)
    }

    pub(crate) fn stem(&self, number: usize) -> Option<&str> {
        self.stems.get(number).map(String::as_str)
    }

    fn number(&self, stem: &str) -> Option<usize> {
        self.stems
            .binary_search_by(|known| known.as_str().cmp(stem))
            .ok()
    }

    /// Numbers the words of an utterance of this corpus, part by part.
    pub(super) fn numbers(&self, text: &Text) -> Vec<Option<usize>> {
        text.parts()
            .iter()
            .map(|part| match part {
                Part::Word(word) => self.number(self.canonical(word)),
                Part::Slot(_) => None,
            })
            .collect()
    }

    /// In how many visible utterances of an intent a stem stands.
    pub(crate) fn count_in(&self, stem: usize, intent: usize, hidden: Option<&Utterance>) -> u32 {
        let counts = self.by_intent.get(stem).map_or(&[][..], Vec::as_slice);
        let count = counts
            .binary_search_by_key(&intent, |(owner, _)| *owner)
            .ok()
            .and_then(|at| counts.get(at))
            .map_or(0, |(_, count)| *count);
        let is_hidden = hidden.is_some_and(|utterance| {
            utterance.owner == Some(intent) && utterance.stems.binary_search(&stem).is_ok()
        });
        count.saturating_sub(u32::from(is_hidden))
    }

    /// In how many visible utterances of all intents, and of the background, a stem stands.
    fn counts(&self, stem: usize, hidden: Option<&Utterance>) -> (u32, u32) {
        let examples = self.in_examples.get(stem).copied().unwrap_or_default();
        let background = self.in_background.get(stem).copied().unwrap_or_default();
        match hidden {
            Some(utterance) if utterance.stems.binary_search(&stem).is_ok() => {
                match utterance.owner {
                    Some(_) => (u32::saturating_sub(examples, 1), background),
                    None => (examples, background.saturating_sub(1)),
                }
            }
            _ => (examples, background),
        }
    }

    /// How much a word says: rare words much, words of grammar little.
    pub(crate) fn weight(
        &self,
        stem: Option<usize>,
        role: Role,
        hidden: Option<&Utterance>,
    ) -> f64 {
        let frequency = stem.map_or(0, |stem| self.counts(stem, hidden).0);
        let rarity = self
            .rarity
            .get(frequency as usize)
            .copied()
            .unwrap_or(LEAST_RARITY);
        match role {
            Role::Content | Role::Value => rarity,
            Role::Function => rarity * FUNCTION_SHARE,
        }
    }

    pub(super) fn read(&self, text: &Text, hidden: Option<&Utterance>) -> Reading {
        let is_visible = |stem: &usize| self.counts(*stem, hidden) != (0, 0);
        let words = text
            .words()
            .map(|word| {
                let known = self.number(self.canonical(word)).filter(is_visible);
                let (stem, quality) = match known {
                    Some(stem) => (Some(stem), 1.0),
                    None if word.role == Role::Content => {
                        let corrected = self.corrected(&word.stem, hidden);
                        (corrected, if corrected.is_some() { CORRECTED } else { 1.0 })
                    }
                    None => (None, 1.0),
                };
                let weight = self.weight(stem, word.role, hidden);
                Weighed {
                    stem,
                    weight,
                    quality,
                    role: word.role,
                    chunk: word.chunk,
                }
            })
            .collect();
        Reading { words }
    }

    /// Finds the visible word that a misspelt one most probably means.
    ///
    /// Short words have too many neighbours (`best`, `test`, `rest`), so that four letters allow one
    /// missing, added or swapped letter only, and the first letter must be right.
    fn corrected(&self, stem: &str, hidden: Option<&Utterance>) -> Option<usize> {
        let length = stem.chars().count();
        if !(3..=24).contains(&length) || !stem.is_ascii() {
            return None;
        }
        let bound = if length >= 8 { 2 } else { 1 };
        let set = letters(stem);
        let first = stem.chars().next();
        // The stems are sorted, so that those with the right first letter stand together.
        let from = self
            .stems
            .partition_point(|known| known.chars().next() < first);
        let candidates = self.stems.iter().zip(&self.letters).enumerate().skip(from);
        candidates
            .take_while(|(_, (known, _))| known.chars().next() == first)
            .filter(|(_, (known, known_set))| {
                known.len().abs_diff(stem.len()) <= bound
                    && (*known_set ^ set).count_ones() as usize <= 2 * bound
                    && (known.len() >= 4 && length >= 4 || known.len() == length)
                    && (length >= 5 || known.len() != length || **known_set == set)
            })
            .filter(|(at, _)| self.counts(*at, hidden) != (0, 0))
            .filter_map(|(at, (known, _))| {
                let distance = damerau_levenshtein(stem, known, bound)?;
                let (examples, background) = self.counts(at, hidden);
                Some((distance, u32::MAX - examples, u32::MAX - background, at))
            })
            .min()
            .map(|(.., at)| at)
    }
}

/// A word that stands everywhere still counts a little.
const LEAST_RARITY: f64 = 0.3;

fn rarity(frequency: usize, examples: usize) -> f64 {
    ((examples as f64 + 1.0) / (frequency as f64 + 0.5))
        .ln()
        .max(LEAST_RARITY)
}

fn letters(stem: &str) -> u32 {
    stem.bytes().fold(0, |set, byte| match byte {
        b'a'..=b'z' => set | 1 << (byte - b'a'),
        _ => set | 1 << 26,
    })
}
