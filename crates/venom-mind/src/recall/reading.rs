//! A text as it is compared: stems, names and a vector; and a question, with the words one by one.

use std::collections::BTreeMap;

use super::vectors::{self, Code};
use crate::embed::{self, Words};
use crate::text::{Role, Text, stem};
use crate::tokenise;

/// The form of a reading. It is part of [`Reader::id`], so that readings of another form are made again.
const FORM: u32 = 1;
/// The most different stems of one text. Chosen: a page of prose has some three hundred.
const MOST_TERMS: usize = 512;
/// The most words of a text that are compared one by one. Chosen: a paragraph; the rest of a page changes
/// little and costs as much again.
const MOST_TOKENS: usize = 96;
/// The most words of a question that are compared one by one.
const MOST_ASKED: usize = 32;

/// What is kept of a text.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reading {
    /// How many stems it has, counting repetitions.
    pub length: u16,
    /// Digests of its stems with their counts, in ascending order.
    pub terms: Vec<(u64, u8)>,
    /// Digests of the names in it, in ascending order.
    pub names: Vec<u64>,
    /// Its direction.
    pub code: Option<Code>,
}

impl Reading {
    /// Writes it as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let values = self.code.as_ref().map_or(0, |code| code.values.len());
        let mut bytes =
            Vec::with_capacity(12 + self.terms.len() * 9 + self.names.len() * 8 + values);
        let count = |of: usize| u16::try_from(of).unwrap_or(u16::MAX).to_le_bytes();
        bytes.extend_from_slice(&self.length.to_le_bytes());
        bytes.extend_from_slice(&count(self.terms.len()));
        bytes.extend_from_slice(&count(self.names.len()));
        bytes.extend_from_slice(&count(values));
        for (term, times) in &self.terms {
            bytes.extend_from_slice(&term.to_le_bytes());
            bytes.push(*times);
        }
        for name in &self.names {
            bytes.extend_from_slice(&name.to_le_bytes());
        }
        if let Some(code) = &self.code {
            bytes.extend_from_slice(&code.scale.to_le_bytes());
            bytes.extend(code.values.iter().map(|value| value.cast_unsigned()));
        }
        bytes
    }

    /// Reads the bytes; nothing if they are not what was written.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (length, rest) = bytes.split_first_chunk::<2>()?;
        let (terms, rest) = rest.split_first_chunk::<2>()?;
        let (names, rest) = rest.split_first_chunk::<2>()?;
        let (values, mut rest) = rest.split_first_chunk::<2>()?;
        let [terms, names, values] =
            [terms, names, values].map(|bytes| usize::from(u16::from_le_bytes(*bytes)));
        let mut reading = Self {
            length: u16::from_le_bytes(*length),
            terms: Vec::with_capacity(terms.min(MOST_TERMS)),
            names: Vec::with_capacity(names.min(MOST_TERMS)),
            code: None,
        };
        for _ in 0..terms {
            let (term, after) = rest.split_first_chunk::<8>()?;
            let (times, after) = after.split_first()?;
            reading.terms.push((u64::from_le_bytes(*term), *times));
            rest = after;
        }
        for _ in 0..names {
            let (name, after) = rest.split_first_chunk::<8>()?;
            reading.names.push(u64::from_le_bytes(*name));
            rest = after;
        }
        if values > 0 {
            let (scale, after) = rest.split_first_chunk::<4>()?;
            if after.len() != values {
                return None;
            }
            reading.code = Some(Code {
                scale: f32::from_le_bytes(*scale),
                values: after.iter().map(|byte| byte.cast_signed()).collect(),
            });
        } else if !rest.is_empty() {
            return None;
        }
        Some(reading)
    }
}

/// A question as it is compared.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// Digests of its stems, each once.
    pub(super) terms: Vec<u64>,
    /// Digests of the names in it.
    pub(super) names: Vec<u64>,
    /// Its direction, turned as the vectors of the texts are.
    pub(super) vector: Option<Vec<f32>>,
    /// The words that its direction is made of.
    text: String,
    /// The speakers that it names.
    pub(super) speakers: Vec<String>,
    /// Its words with their weights, each of length one.
    tokens: Vec<(Vec<f32>, f32)>,
}

impl Question {
    /// Returns its direction, turned as the vectors of the texts are.
    pub fn vector(&self) -> Option<&[f32]> {
        self.vector.as_deref()
    }

    /// Returns the words that its direction is made of: those without the names of speakers.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Gives it the direction that another model made of its words, or none.
    pub fn point(&mut self, vector: Option<&[f32]>) {
        self.vector = vector.and_then(|vector| {
            let mut vector = vector.to_vec();
            vectors::turn(&mut vector);
            vectors::normalise(&mut vector).then_some(vector)
        });
    }

    /// Returns the speakers that the question names.
    pub fn speakers(&self) -> &[String] {
        &self.speakers
    }

    /// Measures how near the words of the question are to words of a text, from 0 to 1: for each word of the
    /// question the nearest one counts, by the weight that the model gives the word.
    pub fn closeness(&self, words: &Words, text: &str) -> f32 {
        let total: f32 = self.tokens.iter().map(|(_, weight)| weight).sum();
        if total <= 0.0 {
            return 0.0;
        }
        let of = tokens(words, text, MOST_TOKENS);
        let mut sum = 0.0;
        for (asked, weight) in &self.tokens {
            let nearest = of
                .iter()
                .map(|(token, _)| embed::dot(asked, token))
                .fold(0.0_f32, f32::max);
            sum += weight * nearest;
        }
        sum / total
    }
}

/// Reads texts and questions with one model.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    words: &'a Words,
}

impl<'a> Reader<'a> {
    /// Takes the model.
    pub const fn new(words: &'a Words) -> Self {
        Self { words }
    }

    /// Names the model and the form of readings. Readings with different names are never compared.
    pub fn id(self) -> String {
        format!("{}/{FORM}", self.words.id())
    }

    /// Reads a text. `names` are the things that stand in it.
    pub fn read(self, text: &str, names: &[String]) -> Reading {
        let mut counts: BTreeMap<u64, u8> = BTreeMap::new();
        let mut length = 0_u16;
        for term in terms(text) {
            length = length.saturating_add(1);
            if counts.len() < MOST_TERMS || counts.contains_key(&term) {
                let count = counts.entry(term).or_default();
                *count = count.saturating_add(1);
            }
        }
        Reading {
            length,
            terms: counts.into_iter().collect(),
            names: digests(names),
            code: self.words.embed(text).map(|vector| Code::of(&vector)),
        }
    }

    /// Reads a question. `speakers` are those whose names are looked for in it: a name with a capital is
    /// taken out and remembered.
    pub fn question(self, text: &str, names: &[String], speakers: &[String]) -> Question {
        let (rest, said) = without_speakers(text, speakers);
        let mut known: Vec<u64> = Vec::new();
        for term in terms(&rest) {
            if !known.contains(&term) && known.len() < MOST_TERMS {
                known.push(term);
            }
        }
        let names: Vec<String> = names
            .iter()
            .filter(|name| !said.iter().any(|speaker| speaker.contains(name.as_str())))
            .cloned()
            .collect();
        Question {
            terms: known,
            names: digests(&names),
            vector: self.words.embed(&rest).map(|mut vector| {
                vectors::turn(&mut vector);
                vector
            }),
            speakers: said,
            tokens: tokens(self.words, &rest, MOST_ASKED),
            text: rest,
        }
    }
}

/// Returns the digests of the stems of a text; words of grammar have none.
fn terms(text: &str) -> Vec<u64> {
    Text::goal(text)
        .words()
        .filter(|word| word.role != Role::Function)
        .map(|word| digest(&stem(&word.text)))
        .collect()
}

fn digests(names: &[String]) -> Vec<u64> {
    let mut digests: Vec<u64> = names
        .iter()
        .map(|name| digest(&name.to_lowercase()))
        .collect();
    digests.sort_unstable();
    digests.dedup();
    digests
}

/// Digests a word in 64 bits: FNV-1a, and a last stirring, because FNV leaves the upper bits of short
/// words alike.
fn digest(word: &str) -> u64 {
    let mut state = 0xcbf2_9ce4_8422_2325_u64;
    for byte in word.bytes() {
        state = (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    vectors::stir(state)
}

/// Returns the words of a text with their weights. A word that the model gives no weight is left out.
fn tokens(words: &Words, text: &str, most: usize) -> Vec<(Vec<f32>, f32)> {
    let mut tokens = Vec::new();
    for word in tokenise::words(text) {
        if !word.chars().any(char::is_alphanumeric) {
            continue;
        }
        let Some((direction, weight)) = words.word(&word) else {
            continue;
        };
        tokens.push((direction, weight));
        if tokens.len() == most {
            break;
        }
    }
    tokens
}

/// Takes the names of speakers out of a question.
fn without_speakers(text: &str, speakers: &[String]) -> (String, Vec<String>) {
    let mut said: Vec<String> = Vec::new();
    let mut kept: Vec<&str> = Vec::new();
    for word in text.split_whitespace() {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        let bare = bare
            .strip_suffix("'s")
            .or_else(|| bare.strip_suffix("\u{2019}s"))
            .unwrap_or(bare);
        let named = speakers.iter().find(|speaker| names(speaker, bare));
        match named {
            Some(speaker) => {
                if !said.contains(speaker) {
                    said.push(speaker.clone());
                }
            }
            None => kept.push(word),
        }
    }
    let rest = kept.join(" ");
    // A question that is nothing but names is about those who are named.
    if rest.chars().any(char::is_alphanumeric) {
        (rest, said)
    } else {
        (text.to_owned(), said)
    }
}

/// Tells whether a word names a speaker: with a capital, or as something that is no ordinary word.
fn names(speaker: &str, word: &str) -> bool {
    let is_marked =
        word.starts_with(char::is_uppercase) || word.contains(['.', '/', '_', '-', '@']);
    is_marked
        && word.chars().count() > 1
        && (speaker.eq_ignore_ascii_case(word)
            || speaker
                .split_whitespace()
                .any(|part| part.chars().count() > 2 && part.eq_ignore_ascii_case(word)))
}

#[cfg(test)]
mod tests;
