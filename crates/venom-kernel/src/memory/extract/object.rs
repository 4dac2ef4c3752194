//! What stands behind a verb: names in a list, or one word of a shape.

use super::name;
use super::verb::{self, Wants};
use super::word::{Shape, Word};

/// Words that end the names behind a verb.
pub(super) const STOPS: &[&str] = &[
    "for",
    "because",
    "since",
    "while",
    "but",
    "which",
    "that",
    "so",
    "to",
    "in",
    "on",
    "with",
    "via",
    "as",
    "from",
    "by",
    "at",
    "under",
    "over",
    "during",
    "until",
    "after",
    "before",
    "where",
    "who",
    "of",
    "instead",
    "rather",
    "inside",
    "behind",
    "through",
    "when",
    "per",
    "like",
    "than",
    "within",
    "across",
    "without",
    "last",
    "yesterday",
    "except",
    "into",
    "between",
    "against",
    "everywhere",
    "internally",
];

/// A name, and what narrows it.
pub(super) type Object = (String, Option<String>);

/// Reads what stands behind a verb.
pub(super) fn objects(words: &[Word], wants: Wants) -> Vec<Object> {
    let words = match words {
        [not, ..] if not.is("not") => return Vec::new(),
        other => other,
    };
    match wants {
        Wants::Names => names(words),
        Wants::Name => {
            let names = names(words);
            if names.len() == 1 { names } else { Vec::new() }
        }
        Wants::Port => {
            let rest = match words {
                [port, rest @ ..] if port.is("port") => rest,
                other => other,
            };
            single(rest, Wants::Port)
        }
        Wants::Version => match words {
            [version, number, rest @ ..]
                if version.is_any(&["version", "release"])
                    && rest.first().is_none_or(|next| !next.is("of"))
                    && matches!(number.shape, Shape::Number | Shape::Version) =>
            {
                vec![(number.text.clone(), None)]
            }
            other => single(other, Wants::Version),
        },
        Wants::Path | Wants::Url => single(name::bare(words), wants),
        Wants::Env => {
            let mut found = Vec::new();
            for word in name::bare(words) {
                if verb::is_wanted(word, Wants::Env) {
                    found.extend(name::of(std::slice::from_ref(word)).map(|name| (name, None)));
                } else if !word.is("and") {
                    break;
                }
            }
            found
        }
        Wants::Kind => {
            let has_article = words
                .first()
                .is_some_and(|word| word.is_any(&["a", "an", "our", "the"]));
            let end = words
                .iter()
                .position(|word| word.is_any(STOPS) || word.is("and"))
                .unwrap_or(words.len());
            let part = words.get(..end).unwrap_or_default();
            let cut = part
                .iter()
                .position(|word| word.ends || word.stops)
                .map_or(part.len(), |place| place + 1);
            let part = name::bare(part.get(..cut).unwrap_or_default());
            let fits = has_article && part.len() <= 3 && part.last().is_some_and(verb::is_kind);
            fits.then(|| name::of(part))
                .flatten()
                .map(|name| vec![(name, None)])
                .unwrap_or_default()
        }
    }
}

/// One word of a shape, with nothing behind it that would make it part of something else.
fn single(words: &[Word], wants: Wants) -> Vec<Object> {
    let Some(first) = words.first().filter(|first| verb::is_wanted(first, wants)) else {
        return Vec::new();
    };
    // `version 3 of the protocol`
    if words.get(1).is_some_and(|next| next.is("of")) {
        return Vec::new();
    }
    vec![(first.text.clone(), None)]
}

/// Names in a list: `a`, `a and b`, `a, b and c`.
fn names(words: &[Word]) -> Vec<Object> {
    let mut found: Vec<Object> = Vec::new();
    let mut part: Vec<Word> = Vec::new();
    let mut is_done = false;
    for word in words {
        let is_plus = word.is_any(&["and", "plus"]);
        if word.is("or") {
            return Vec::new();
        }
        if word.is_any(STOPS) && !part.is_empty() || word.is_any(STOPS) && !found.is_empty() {
            break;
        }
        if is_plus {
            if !push(&mut part, &mut found) {
                return found;
            }
            continue;
        }
        part.push(word.clone());
        if word.ends || word.stops {
            if !push(&mut part, &mut found) {
                return found;
            }
            if word.stops {
                is_done = true;
                break;
            }
        }
    }
    if !is_done {
        push(&mut part, &mut found);
    }
    found
}

/// Adds a name of a list; tells whether it was one.
fn push(part: &mut Vec<Word>, found: &mut Vec<Object>) -> bool {
    let words = std::mem::take(part);
    if words.is_empty() {
        return true;
    }
    let bare = name::bare(&words);
    // `postgres 15`, `python version 3.12`
    let (thing, version) = match bare {
        [thing @ .., word, version]
            if word.is("version")
                && !thing.is_empty()
                && matches!(version.shape, Shape::Version | Shape::Number) =>
        {
            (thing, Some(version.text.clone()))
        }
        [thing @ .., version]
            if !thing.is_empty()
                && !version.is_quoted
                && matches!(version.shape, Shape::Version | Shape::Number) =>
        {
            (thing, Some(version.text.clone()))
        }
        other => (other, None),
    };
    let is_plain = thing.iter().all(|word| verb::is_wanted(word, Wants::Name));
    match name::of(thing).filter(|_| is_plain) {
        Some(name) => {
            found.push((name, version));
            true
        }
        None => false,
    }
}
