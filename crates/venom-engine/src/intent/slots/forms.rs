//! Forms: utterances with slots as patterns that a clause may have.

use std::collections::BTreeMap;

use regex::Regex;
use venom_kernel::playbook::{Playbook, slots_in};

/// Returns the phrases that an utterance of the playbook gives to its slots, if the clause has the
/// utterance's form. Of several, the one with the most words of its own counts.
pub(super) fn phrases(words: &str, book: &Playbook) -> BTreeMap<String, String> {
    // In "run the unit tests" nothing stands in a slot's place where that is an utterance as a whole.
    if is_said_whole(words, book) {
        return BTreeMap::new();
    }
    let mut forms: Vec<&String> = book
        .utterances
        .iter()
        .filter(|utterance| utterance.contains('{'))
        .collect();
    forms.sort_by_key(|form| std::cmp::Reverse(own_words(form).count()));
    let mut phrases: Option<BTreeMap<String, String>> = None;
    let is_needed = |name: &str| {
        let slot = book.slots.get(name);
        slot.is_some_and(|slot| !slot.optional && slot.default.is_none())
    };
    for form in forms {
        let Some(pattern) = pattern_of(form) else {
            continue;
        };
        let Some(captures) = pattern.captures(words.trim()) else {
            continue;
        };
        let found = slots_in(form)
            .into_iter()
            .zip(captures.iter().skip(1))
            .filter_map(|(slot, phrase)| {
                Some((slot.to_owned(), phrase?.as_str().trim().to_owned()))
            });
        match &mut phrases {
            None => phrases = Some(found.collect()),
            // A form that spells a slot out ("every unwrap()") leaves it to one that does not.
            Some(phrases) => {
                for (slot, phrase) in found.filter(|(slot, _)| is_needed(slot)) {
                    phrases.entry(slot).or_insert(phrase);
                }
            }
        }
    }
    phrases.unwrap_or_default()
}

/// Tells whether a clause is an utterance without slots, word by word.
fn is_said_whole(words: &str, book: &Playbook) -> bool {
    let plain = |text: &str| {
        text.split_whitespace()
            .map(str::to_lowercase)
            .collect::<Vec<_>>()
    };
    let said = plain(without_courtesy(words.trim()));
    book.utterances
        .iter()
        .any(|utterance| !utterance.contains('{') && plain(utterance) == said)
}

/// Returns the words of a form beside its slots.
pub(in crate::intent) fn own_words(form: &str) -> impl Iterator<Item = &str> {
    form.split_whitespace().filter(|word| !word.contains('{'))
}

/// What people say around an order without changing it.
const BEFORE: &str =
    r"(?i)^(?:(?:please|pls|kindly|just|can you|could you|would you|will you)\s+)*";
const BEHIND: &str = r"(?:,?\s+(?:please|pls|thanks|for me))*[.!?]*$";

/// Takes off what people say around an order without changing it.
pub(in crate::intent) fn without_courtesy(said: &str) -> &str {
    static AROUND: std::sync::OnceLock<Option<Regex>> = std::sync::OnceLock::new();
    let around = AROUND.get_or_init(|| Regex::new(&format!("{BEFORE}(.+?){BEHIND}")).ok());
    around
        .as_ref()
        .and_then(|around| around.captures(said)?.get(1))
        .map_or(said, |order| order.as_str())
}

/// What stands in a slot's place. A text in quotation marks ends at the closing one: what comes behind it
/// says something else. A mark that is never closed is a part of the text, as in `'static`.
const PHRASE: &str = r#"("[^"]*"|'[^']*'|`[^`]*`|"[^"]*?|'[^']*?|`[^`]*?|[^"'`\s].*?)"#;

/// Turns an utterance into a pattern in which each slot catches a phrase.
pub(in crate::intent) fn pattern_of(utterance: &str) -> Option<Regex> {
    let mut pattern = String::from(BEFORE);
    for (n, piece) in utterance.split('{').enumerate() {
        let (slot, text) = match piece.split_once('}') {
            Some((_, text)) if n > 0 => (true, text),
            Some(_) | None => (false, piece),
        };
        if slot {
            pattern.push_str(PHRASE);
        }
        let words: Vec<String> = text.split_whitespace().map(regex::escape).collect();
        if text.starts_with(char::is_whitespace) && !words.is_empty() {
            pattern.push_str(r"\s+");
        }
        pattern.push_str(&words.join(r"\s+"));
        if text.ends_with(char::is_whitespace) {
            pattern.push_str(r"\s+");
        }
    }
    pattern.push_str(BEHIND);
    Regex::new(&pattern).ok()
}
