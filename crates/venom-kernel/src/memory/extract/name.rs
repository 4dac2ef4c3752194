//! From words to the name of a thing: the same thing has the same name however it is written.

use super::word::{Shape, Word, words};
use crate::memory::fact::LONGEST_NAME;

/// Words before a name that are no part of it.
const BEFORE: &[&str] = &[
    "the", "a", "an", "our", "this", "that", "my", "your", "their", "its", "these", "those", "all",
    "both", "new", "old", "current", "existing", "whole", "entire", "official",
];

/// Words that stand for something that was said before, or for nothing.
const VAGUE: &[&str] = &[
    "it",
    "they",
    "them",
    "he",
    "she",
    "him",
    "her",
    "this",
    "that",
    "these",
    "those",
    "there",
    "here",
    "who",
    "which",
    "what",
    "everything",
    "something",
    "anything",
    "nothing",
    "someone",
    "everyone",
    "somebody",
    "anybody",
    "nobody",
    "everybody",
    "one",
    "ones",
    "you",
    "us",
    "me",
    "others",
    "other",
    "same",
    "thing",
    "things",
    "people",
    "users",
    "customers",
    "some",
    "many",
    "most",
    "several",
    "few",
    "any",
    "no",
    "none",
    "each",
    "every",
    "much",
    "more",
    "less",
    "too",
    "very",
    "lot",
    "lots",
    "bit",
    "not",
    "only",
    "and",
    "or",
    "time",
    "times",
    "way",
    "default",
    "point",
    "case",
    "everywhere",
    "production",
    "place",
    "if",
    "when",
    "how",
    "why",
    "where",
    "as",
    "than",
    "then",
];

/// Most words of a name. Chosen: `platform team of the payments group` is no name any more.
const MOST: usize = 4;

/// Brings a name into the form that names are compared in: lower case and hyphens, unless it is code.
pub fn name(text: &str) -> String {
    let words = words(text);
    match words.as_slice() {
        [] => String::new(),
        [one] if one.is_quoted || one.is_code() => of_code(one),
        many => joined(many),
    }
}

fn of_code(word: &Word) -> String {
    let text: String = word.text.chars().take(LONGEST_NAME).collect();
    match word.shape {
        Shape::Path | Shape::Url | Shape::Version => text,
        Shape::Env => text.trim_matches(['$', '{', '}']).to_owned(),
        Shape::Symbol if is_case_telling(&text) => text,
        Shape::Symbol | Shape::Plain | Shape::Number => text
            .split_whitespace()
            .collect::<Vec<_>>()
            .join("-")
            .to_lowercase(),
    }
}

/// `parse_line` and `Parser::next` are told apart by case; `GitHub` is not.
fn is_case_telling(text: &str) -> bool {
    text.contains("::") || text.contains('_') || text.contains("()")
}

fn joined(words: &[Word]) -> String {
    let text: Vec<String> = words
        .iter()
        .flat_map(|word| {
            word.low
                .split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .collect();
    text.join("-").chars().take(LONGEST_NAME).collect()
}

/// Returns the name that some words are, if they are one.
pub(super) fn of(words: &[Word]) -> Option<String> {
    let mut rest = words;
    while let [first, more @ ..] = rest
        && first.is_any(BEFORE)
        && !more.is_empty()
    {
        rest = more;
    }
    let is_clean = !rest.is_empty()
        && rest.len() <= MOST
        && rest
            .iter()
            .all(|word| !word.is_any(VAGUE) && !word.is("'s") && !is_notation(word))
        && rest
            .iter()
            .any(|word| word.text.chars().any(char::is_alphanumeric));
    if !is_clean {
        return None;
    }
    let name = match rest {
        [one] => of_code_or_plain(one),
        many => joined(many),
    };
    (!name.is_empty()).then_some(name)
}

/// Tells whether a word is a piece of notation and no name: `fact("checkout"`.
fn is_notation(word: &Word) -> bool {
    !word.is_code()
        && word
            .text
            .contains(['(', ')', '[', ']', '{', '}', '"', '=', '<', '>', '|', ';'])
}

fn of_code_or_plain(word: &Word) -> String {
    if word.is_code() {
        of_code(word)
    } else {
        joined(std::slice::from_ref(word))
    }
}

/// Takes the words off that stand before a name.
pub(super) fn bare(words: &[Word]) -> &[Word] {
    let mut rest = words;
    while let [first, more @ ..] = rest
        && first.is_any(BEFORE)
        && !more.is_empty()
    {
        rest = more;
    }
    rest
}
