//! Text into wordpieces, as the teacher of the embedded vectors cuts it.
//!
//! Owns the cleaning and cutting that BERT models without case do: control characters are dropped, letters lose their
//! marks and their case, signs and Chinese characters stand alone, and a word is cut into the longest known pieces
//! from its beginning. `tools/distill/cases.py` writes what the teacher's own tokeniser says to hard texts; a test
//! compares the two. The text module cleans for matching and folds more, which is why this one is apart from it.

#[cfg(test)]
mod tests;

use icu_normalizer::DecomposingNormalizerBorrowed;
use icu_properties::CodePointMapData;
use icu_properties::props::{GeneralCategory, GeneralCategoryGroup};

/// Bounds how much of a text is read, in bytes. Chosen: a page of prose; what is said once more behind it changes the
/// direction of a sum of words little.
pub const MAX_BYTES: usize = 8 * 1024;
/// Bounds the length of a word, in characters; a longer one is unknown, as it is to the teacher.
const MAX_WORD: usize = 100;

/// Knows the pieces that words may be cut into.
pub trait Pieces {
    /// Returns the number of a piece; what continues a word begins with `##`.
    fn number(&self, piece: &[u8]) -> Option<u32>;
}

/// Splits a text into words and signs, cleaned and in lower case.
pub fn words(text: &str) -> Vec<String> {
    let categories = CodePointMapData::<GeneralCategory>::new();
    let normalizer = DecomposingNormalizerBorrowed::new_nfd();
    let bounded = text
        .char_indices()
        .take_while(|(at, character)| at + character.len_utf8() <= MAX_BYTES)
        .map(|(_, character)| character)
        .filter_map(|character| match character {
            '\t' | '\n' | '\r' => Some(' '),
            '\0' | '\u{fffd}' => None,
            _ if is_silent(categories.get(character)) => None,
            _ if character.is_whitespace() => Some(' '),
            _ => Some(character),
        });
    let mut words: Vec<String> = Vec::new();
    let mut is_open = false;
    for character in normalizer.normalize_iter(bounded) {
        let category = categories.get(character);
        if category == GeneralCategory::NonspacingMark {
            continue;
        }
        if character.is_whitespace() {
            is_open = false;
            continue;
        }
        let stands_alone = character.is_ascii_punctuation()
            || GeneralCategoryGroup::Punctuation.contains(category)
            || is_chinese(character);
        if stands_alone || !is_open {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(character.to_lowercase());
        }
        is_open = !stands_alone;
    }
    words
}

/// Cuts words into pieces; nothing stands for a word that cannot be cut into known ones.
pub fn pieces(words: &[String], known: &impl Pieces) -> Vec<Option<u32>> {
    let mut found = Vec::with_capacity(words.len() + words.len() / 2);
    let mut piece = Vec::with_capacity(64);
    for word in words {
        let before = found.len();
        if word.chars().count() > MAX_WORD || !cut(word, known, &mut piece, &mut found) {
            found.truncate(before);
            found.push(None);
        }
    }
    found
}

/// Tells whether all of a word could be cut.
fn cut(word: &str, known: &impl Pieces, piece: &mut Vec<u8>, found: &mut Vec<Option<u32>>) -> bool {
    let mut rest = word;
    while !rest.is_empty() {
        piece.clear();
        if rest.len() < word.len() {
            piece.extend_from_slice(b"##");
        }
        let mark = piece.len();
        piece.extend_from_slice(rest.as_bytes());
        let longest = rest.char_indices().rev().find_map(|(at, character)| {
            let end = at + character.len_utf8();
            let number = known.number(piece.get(..mark + end)?)?;
            Some((end, number))
        });
        let Some((end, number)) = longest else {
            return false;
        };
        found.push(Some(number));
        rest = rest.get(end..).unwrap_or_default();
    }
    true
}

/// Controls, format marks and private characters. What is not assigned stays, as it does in the library.
fn is_silent(category: GeneralCategory) -> bool {
    GeneralCategoryGroup::Other.contains(category) && category != GeneralCategory::Unassigned
}

/// The blocks of CJK ideographs that BERT sets apart.
fn is_chinese(character: char) -> bool {
    matches!(u32::from(character),
        0x4E00..=0x9FFF | 0x3400..=0x4DBF | 0x2_0000..=0x2_A6DF | 0x2_A700..=0x2_B73F
        | 0x2_B740..=0x2_B81F | 0x2_B820..=0x2_CEAF | 0xF900..=0xFAFF | 0x2_F800..=0x2_FA1F)
}
