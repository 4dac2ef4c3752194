//! From a sentence to its clauses, and from a clause to what it claims.

use super::date;
use super::object::STOPS;
use super::statement::{Clause, claim};
use super::verb;
use super::word::{Word, words};
use super::{Reading, name, wish};
use crate::memory::fact::{Claim, Relation};

/// Words that make a sentence something else than a statement.
const HEDGES: &[&str] = &[
    "if",
    "whether",
    "unless",
    "could",
    "might",
    "would",
    "should",
    "maybe",
    "perhaps",
    "probably",
    "possibly",
    "suppose",
    "imagine",
    "consider",
    "considering",
    "wonder",
    "wondering",
    "wish",
    "want",
    "wants",
    "plan",
    "plans",
    "planning",
    "hope",
    "hopefully",
    "todo",
    "allegedly",
    "apparently",
    "seems",
    "seem",
    "think",
    "thinks",
    "believe",
    "believes",
    "guess",
    "assume",
    "assuming",
    "claims",
    "claimed",
    "says",
    "said",
    "told",
    "example",
    "instance",
    "pretend",
    "will",
    "going",
    "what",
    "how",
    "why",
    "ignore",
    "disregard",
    "try",
    "let's",
    "lets",
    "let",
    "wanted",
    "eventually",
    "someday",
    "soon",
    "once",
    "ever",
    "can",
    "must",
    "shall",
    "cannot",
    "tomorrow",
    "next",
];

/// Adverbs that change nothing about who does what.
const ADVERBS: &[&str] = &[
    "now",
    "currently",
    "still",
    "also",
    "already",
    "mostly",
    "actually",
    "usually",
    "officially",
    "internally",
    "primarily",
    "mainly",
    "directly",
    "heavily",
    "both",
    "today",
    "finally",
    "just",
    "always",
    "really",
    "exclusively",
    "entirely",
    "fully",
    "recently",
];

/// Words before a statement that are no part of it.
const MARKERS: &[&str] = &[
    "and",
    "but",
    "so",
    "also",
    "then",
    "please",
    "note",
    "remember",
    "that",
    "fyi",
    "btw",
    "actually",
    "yes",
    "ok",
    "okay",
    "well",
    "hi",
    "hey",
    "hello",
    "however",
    "currently",
    "today",
    "now",
    "fact",
    "info",
    "reminder",
    "update",
    "context",
    "background",
    "known",
    "keep",
    "mind",
    "recall",
];

/// Returns what a sentence claims, without its words.
pub(super) fn claims(sentence: &str, reading: &Reading<'_>) -> Vec<Claim> {
    let all = words(sentence);
    if all.len() < 2 {
        return Vec::new();
    }
    if let Some(wished) = wish::claims(&all, reading) {
        return wished;
    }
    let (span, all) = date::take(&all, reading.time);
    if all.iter().any(|word| word.is_any(HEDGES)) {
        return Vec::new();
    }
    let is_change = span.from.is_some() || all.iter().any(|word| word.is("now")) || is_longer(&all);
    let mut found = Vec::new();
    let all = aliases(strip(&all), &mut found);
    let all = plain(&all);
    let mut subjects: Vec<String> = Vec::new();
    for clause in clauses(&all) {
        let context = Clause {
            reading,
            span,
            is_change,
        };
        context.claims(&clause, &mut subjects, &mut found);
    }
    found
}

/// Tells whether something is said to be so no longer.
fn is_longer(words: &[Word]) -> bool {
    words
        .windows(2)
        .any(|pair| matches!(pair, [one, two] if one.is("no") && two.is("longer")))
}

/// Takes off what stands before the statement.
pub(super) fn strip(words: &[Word]) -> &[Word] {
    let mut rest = words;
    loop {
        let [first, more @ ..] = rest else {
            return rest;
        };
        // `now` is a word of the statement unless something stands behind it that can begin one.
        if first.is_any(MARKERS) && more.len() >= 2 && !verb::begins(more) {
            rest = more;
            continue;
        }
        let is_place = first.is_any(&[
            "in", "on", "for", "at", "as", "within", "inside", "to", "by",
        ]);
        let comma = rest.iter().take(6).position(|word| word.ends || word.stops);
        match comma.filter(|_| is_place) {
            Some(comma) => rest = rest.get(comma + 1..).unwrap_or_default(),
            None => return rest,
        }
    }
}

/// Finds `X (aka Y)` and `X, also known as Y,` and takes it out.
fn aliases(words: &[Word], found: &mut Vec<Claim>) -> Vec<Word> {
    let begin = words.iter().enumerate().position(|(place, word)| {
        let behind = words.get(place + 1..).unwrap_or_default();
        let is_known = place > 0
            && word.is("also")
            && matches!(behind, [one, two, ..] if one.is("known") && two.is("as"))
            && !words
                .get(place - 1)
                .is_some_and(|before| before.is_any(&["is", "are"]));
        word.is_any(&["aka", "a.k.a"]) || is_known
    });
    let Some(begin) = begin else {
        return words.to_vec();
    };
    let length = if words.get(begin).is_some_and(|word| word.is("also")) {
        3
    } else {
        1
    };
    let behind = words.get(begin + length..).unwrap_or_default();
    let end = behind
        .iter()
        .position(|word| word.ends || word.stops)
        .map_or(behind.len(), |place| place + 1);
    let other = name::of(behind.get(..end).unwrap_or_default());
    let thing = name::of(words.get(..begin).unwrap_or_default());
    if let (Some(other), Some(thing)) = (other, thing) {
        found.push(claim(&other, Relation::Alias, &thing));
    }
    let mut rest = words.get(..begin).unwrap_or_default().to_vec();
    if let Some(last) = rest.last_mut() {
        last.ends = false;
        last.stops = false;
    }
    rest.extend_from_slice(behind.get(end..).unwrap_or_default());
    rest
}

/// Takes adverbs out and brings what denies into one word.
fn plain(words: &[Word]) -> Vec<Word> {
    let mut plain: Vec<Word> = Vec::new();
    let mut place = 0;
    while let Some(word) = words.get(place) {
        let next = words.get(place + 1);
        let is_next = |text: &str| next.is_some_and(|next| next.is(text));
        if word.is_any(&["is", "are"]) && is_next("not") {
            plain.extend(next.cloned());
            plain.push(word.clone());
            place += 2;
        } else if word.is("no") && is_next("longer") {
            let mut not = word.clone();
            "not".clone_into(&mut not.text);
            "not".clone_into(&mut not.low);
            plain.push(not);
            place += 2;
        } else if word.is_any(&["has", "have"]) && is_next("been") {
            let mut was = word.clone();
            "was".clone_into(&mut was.text);
            "was".clone_into(&mut was.low);
            plain.push(was);
            place += 2;
        } else if word.is("have") && next.is_some_and(|next| next.is_any(verb::CHANGED))
            || word.is("has") && next.is_some_and(|next| next.is_any(verb::CHANGED))
        {
            place += 1;
        } else if word.is("anymore") || word.is("any") && is_next("more") {
            place += if word.is("any") { 2 } else { 1 };
        } else if word.is_any(ADVERBS) {
            if let Some(last) = plain.last_mut() {
                last.ends |= word.ends;
                last.stops |= word.stops;
            }
            place += 1;
        } else {
            plain.push(word.clone());
            place += 1;
        }
    }
    plain
}

/// Cuts a sentence where another statement begins. What only explains is left out.
fn clauses(words: &[Word]) -> Vec<Vec<Word>> {
    let mut clauses = Vec::new();
    let mut clause: Vec<Word> = Vec::new();
    let mut has_verb = false;
    let mut is_left_out = false;
    let mut place = 0;
    while let Some(word) = words.get(place) {
        let rest = words.get(place..).unwrap_or_default();
        let behind = words.get(place + 1..).unwrap_or_default();
        if is_left_out {
            is_left_out = !(word.ends || word.stops);
            place += 1;
            continue;
        }
        if word.is_any(&["which", "who", "where", "whose"]) && !clause.is_empty() {
            is_left_out = !(word.ends || word.stops);
            if has_verb {
                clauses.push(std::mem::take(&mut clause));
                has_verb = false;
            } else if let Some(last) = clause.last_mut() {
                last.ends = false;
            }
            place += 1;
            continue;
        }
        if word.is_any(&[
            "because", "when", "after", "before", "whenever", "except", "although", "though",
        ]) {
            clauses.push(std::mem::take(&mut clause));
            has_verb = false;
            is_left_out = true;
            place += 1;
            continue;
        }
        let divides = word.is_any(&["but", "while", "whereas", "so"]);
        let joins = word.is("and") && has_verb && begins_another(behind);
        if divides || joins {
            clauses.push(std::mem::take(&mut clause));
            has_verb = false;
            place += 1;
            continue;
        }
        if !has_verb && !clause.is_empty() && verb::begins(rest) {
            has_verb = true;
        }
        if clause.is_empty() && !clauses.is_empty() && verb::begins(rest) {
            has_verb = true;
        }
        clause.push(word.clone());
        let is_cut = word.stops && has_verb || word.ends && has_verb && begins_another(behind);
        if is_cut {
            clauses.push(std::mem::take(&mut clause));
            has_verb = false;
        }
        place += 1;
    }
    clauses.push(clause);
    clauses.retain(|clause| !clause.is_empty());
    clauses
}

/// Tells whether another statement begins here: a verb, or a short name and a verb.
fn begins_another(words: &[Word]) -> bool {
    let skipped = usize::from(words.first().is_some_and(|word| word.is("and")));
    let words = words.get(skipped..).unwrap_or_default();
    for place in 0..words.len().min(5) {
        let rest = words.get(place..).unwrap_or_default();
        if verb::begins(rest) {
            return true;
        }
        let ends = rest
            .first()
            .is_some_and(|word| word.ends || word.stops || word.is("and") || word.is_any(STOPS));
        if ends {
            return false;
        }
    }
    false
}
