//! Kinds: which words show by themselves what kind of value they are.

use std::collections::BTreeSet;

use regex::Regex;
use venom_kernel::playbook::{Slot, SlotKind};

use super::super::tree::Tree;

/// Words that stand around a module's name.
pub(super) const MODULE_WORDS: &[&str] = &[
    "module",
    "modules",
    "package",
    "component",
    "service",
    "folder",
    "directory",
    "dir",
    "file",
    "layer",
    "subsystem",
    "library",
    "code",
    "crate",
];

/// Tells whether a phrase is by its form alone a value of this kind, so that nothing else can be meant by it.
pub(in crate::intent) fn is_plainly(phrase: &str, slot: &Slot) -> bool {
    let Some(kinds) = Kinds::get() else {
        return false;
    };
    let bare = unquoted(phrase);
    let is_quoted = bare.len() + 2 == phrase.len();
    let is_word = !bare.is_empty() && !bare.contains(char::is_whitespace);
    let whole = |pattern: &Regex| {
        pattern
            .find(bare)
            .is_some_and(|found| found.len() == bare.len())
    };
    if !slot.choices.is_empty() {
        return slot
            .choices
            .iter()
            .any(|choice| choice.eq_ignore_ascii_case(bare));
    }
    match slot.kind {
        SlotKind::Text => is_quoted,
        SlotKind::Name => (is_quoted || is_identifier(bare) || is_call(bare)) && !bare.is_empty(),
        SlotKind::Branch => is_word && (is_quoted || bare.contains(['/', '-', '_'])),
        SlotKind::Version => whole(&kinds.version),
        SlotKind::Environment => whole(&kinds.environment),
        SlotKind::Number => bare.parse::<u32>().is_ok(),
        SlotKind::Url => whole(&kinds.url),
        SlotKind::Glob => is_word && bare.contains('*'),
        SlotKind::Module | SlotKind::Path | SlotKind::NewPath => {
            is_word && pathlike(bare).next().is_some_and(|path| path == bare)
        }
    }
}

/// Patterns of words that show their kind by themselves.
pub(super) struct Kinds {
    url: Regex,
    pub(super) version: Regex,
    number: Regex,
    /// What stands in quotation marks, without them.
    quoted: Regex,
    /// The same with them, and also when there is nothing between them.
    text: Regex,
    behind_branch: Regex,
    before_branch: Regex,
    environment: Regex,
    named: Regex,
}

impl Kinds {
    pub(super) fn get() -> Option<&'static Self> {
        static KINDS: std::sync::OnceLock<Option<Kinds>> = std::sync::OnceLock::new();
        KINDS
            .get_or_init(|| {
                let modules = MODULE_WORDS.join("|");
                Some(Self {
                    url: Regex::new(r"https?://[^\s<>]+").ok()?,
                    version: Regex::new(r"\b(?:v\d+(?:\.\d+){0,2}|\d+\.\d+(?:\.\d+)?)(?:[-+][0-9A-Za-z.-]+)?\b").ok()?,
                    number: Regex::new(r"\b\d+\b").ok()?,
                    quoted: Regex::new(r#""([^"]+)"|`([^`]+)`|'([^']+)'"#).ok()?,
                    text: Regex::new(r#""[^"]*"|`[^`]*`|'[^']*'"#).ok()?,
                    behind_branch: Regex::new(r"(?i)\bbranch\s+(?:called\s+|named\s+)?([\w./-]+)").ok()?,
                    before_branch: Regex::new(r"(?i)\b([\w./-]+)\s+branch\b").ok()?,
                    environment: Regex::new(r"(?i)\b(staging|production|prod|development|dev|test|testing|qa|preview|canary)\b").ok()?,
                    named: Regex::new(&format!(r"(?i)\b([\w./-]+)\s+(?:{modules})\b|\b(?:{modules})\s+([\w./-]+)")).ok()?,
                })
            })
            .as_ref()
    }
}

/// Looks for words of a slot's kind that no other slot has taken.
pub(super) fn of_its_kind(
    words: &str,
    kind: SlotKind,
    tree: &Tree,
    own: &BTreeSet<String>,
) -> Option<String> {
    let kinds = Kinds::get()?;
    let first = |pattern: &Regex| {
        let captures = pattern.captures(words)?;
        let group = captures.iter().skip(1).flatten().next();
        Some(group.or_else(|| captures.get(0))?.as_str().to_owned())
    };
    match kind {
        SlotKind::Url => first(&kinds.url),
        SlotKind::Version => first(&kinds.version),
        SlotKind::Number => first(&kinds.number),
        SlotKind::Text => first(&kinds.text),
        SlotKind::Branch => branch(kinds, words),
        SlotKind::Environment => first(&kinds.environment),
        SlotKind::Module => named_module(words, kinds, tree, own),
        SlotKind::Path => pathlike(words)
            .find(|word| tree.path(word).is_some())
            .or_else(|| placed(words, tree))
            .or_else(|| named_module(words, kinds, tree, own)),
        SlotKind::NewPath => pathlike(words).next(),
        SlotKind::Glob => words
            .split_whitespace()
            .find(|word| word.contains('*'))
            .map(|w| trimmed(w).to_owned()),
        SlotKind::Name => first(&kinds.quoted).or_else(|| {
            words
                .split_whitespace()
                .map(trimmed)
                .find(|w| is_identifier(w))
                .map(str::to_owned)
        }),
    }
}

/// Tells whether a name is written as a call of it: `total()`.
pub(super) fn is_call(phrase: &str) -> bool {
    phrase.strip_suffix("()").is_some_and(|name| {
        !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == '(')
    })
}

/// Finds the name of a branch: behind the word, else before it. Words that only lead there are no names.
fn branch(kinds: &Kinds, words: &str) -> Option<String> {
    const NO_NAMES: &[&str] = &[
        "a", "an", "the", "my", "our", "this", "that", "new", "make", "create", "start", "open",
        "git", "checkout", "switch", "for", "from", "into", "off", "called", "named", "to", "on",
        "of", "with", "current",
    ];
    [&kinds.behind_branch, &kinds.before_branch]
        .into_iter()
        .flat_map(|pattern| pattern.captures_iter(words))
        .filter_map(|captures| captures.get(1))
        .map(|found| found.as_str())
        .find(|found| !NO_NAMES.contains(&found.to_lowercase().as_str()))
        .map(str::to_owned)
}

fn named_module(words: &str, kinds: &Kinds, tree: &Tree, own: &BTreeSet<String>) -> Option<String> {
    let articles = [
        "the", "a", "an", "this", "that", "my", "our", "and", "in", "of", "is",
    ];
    let named = kinds.named.captures_iter(words).find_map(|captures| {
        let name = captures.iter().skip(1).flatten().next()?.as_str();
        let lower = name.to_lowercase();
        // "Dead code" is what the playbook is about, unless something here is called so.
        let is_there = || tree.path(name).is_some() || !tree.modules(name).is_empty();
        let is_name = !articles.contains(&lower.as_str()) && (!own.contains(&lower) || is_there());
        is_name.then(|| name.to_owned())
    });
    named
        .or_else(|| pathlike(words).find(|word| tree.path(word).is_some()))
        // A lone word that is the name of exactly one module.
        .or_else(|| {
            words.split_whitespace().map(trimmed).find(|word| {
                word.len() > 2
                        && !own.contains(&word.to_lowercase())
                        && tree.modules(word).len() == 1
            }).map(str::to_owned)
        })
}

/// Returns words that look like paths: with a slash or an ending.
fn pathlike(words: &str) -> impl Iterator<Item = String> {
    words.split_whitespace().map(trimmed).filter_map(|word| {
        let ending = word.rsplit_once('.').is_some_and(|(stem, ending)| {
            !stem.is_empty()
                && (1..=8).contains(&ending.len())
                && ending.chars().all(char::is_alphanumeric)
                && ending.chars().any(char::is_alphabetic)
        });
        let is_url = word.contains("://");
        ((word.contains('/') || ending) && !is_url).then(|| word.to_owned())
    })
}

/// Returns what stands behind a word for a place and is there: "in docs".
fn placed(words: &str, tree: &Tree) -> Option<String> {
    let words: Vec<&str> = words.split_whitespace().map(trimmed).collect();
    let is_before = |word: &str| {
        let word = word.to_lowercase();
        ["in", "inside", "under", "below", "within"].contains(&word.as_str())
    };
    words.windows(2).rev().find_map(|pair| match pair {
        [before, place] if is_before(before) && tree.path(place).is_some() => {
            Some((*place).to_owned())
        }
        _ => None,
    })
}

pub(super) fn trimmed(word: &str) -> &str {
    word.trim_matches(|c: char| {
        matches!(
            c,
            ',' | ';' | ':' | '"' | '\'' | '`' | '(' | ')' | '?' | '!'
        )
    })
    .trim_end_matches('.')
}

/// Names in code have a mark that words of a sentence have not.
pub(super) fn is_identifier(word: &str) -> bool {
    let marked =
        word.contains('_') || word.contains("::") || word.chars().skip(1).any(char::is_uppercase);
    marked
        && word
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | ':' | '.'))
}

pub(super) fn unquoted(text: &str) -> &str {
    ['"', '\'', '`']
        .iter()
        .find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote))
        .unwrap_or(text)
}
