//! Extraction by rules: from sentences about software to claims.
//!
//! Nothing here guesses: a sentence that fits no form says nothing, and so does a question, a wish, a
//! condition, and anything with a secret in it. What memory itself printed is known by the names of
//! facts on its lines and is never read again. Precision and recall over the table in `tests/table.rs`
//! are checked by a test.
//!
//! Reading order: this file, `sentence` (from text to sentences), `word` (from a sentence to words and
//! their shapes), `name` (from words to the names of things), `clause` (from a sentence to clauses),
//! `statement`, `change` and `object` (what a clause says), `verb` (the forms), `wish` (preferences and decisions), `date`, and `event` (which texts of a run are
//! read).

mod change;
mod clause;
mod date;
mod event;
mod name;
mod object;
mod sentence;
mod statement;
mod verb;
mod wish;
mod word;

use crate::memory::fact::{Claim, LONGEST_SENTENCE};
use crate::redact::{MASK, Redactor};
use crate::time::Timestamp;

pub use event::{project, saying};
pub use name::name;

/// Most claims that one text may make. Chosen: a page about a system; more is a flood.
pub const MOST_CLAIMS: usize = 200;

/// Longest text that is read, in characters. Chosen: a long document; its rest is left alone.
pub const LONGEST_TEXT: usize = 256 * 1_024;

/// What a text is read with.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'a> {
    /// What `we` stands for: the name of the project.
    pub project: &'a str,
    /// What `I` stands for.
    pub user: &'a str,
    /// When it was said.
    pub time: Timestamp,
}

/// Returns what a text claims, each claim once, in the order of the text.
pub fn claims(text: &str, reading: &Reading<'_>) -> Vec<Claim> {
    let mut claims: Vec<Claim> = Vec::new();
    for sentence in sentence::sentences(text) {
        if is_secret(&sentence) {
            continue;
        }
        let shown: String = sentence.chars().take(LONGEST_SENTENCE).collect();
        for mut claim in clause::claims(&sentence, reading) {
            claim.sentence.clone_from(&shown);
            let is_known = claims
                .iter()
                .any(|known| known.id() == claim.id() && known.stance == claim.stance);
            if is_known || claim.subject == claim.object {
                continue;
            }
            claims.push(claim);
            if claims.len() == MOST_CLAIMS {
                return claims;
            }
        }
    }
    claims
}

/// Tells whether memory printed a line: it names a fact, an episode, or the event that said one.
pub fn is_from_memory(line: &str) -> bool {
    let is_name = |word: &str| {
        let hex = |rest: &str, least: usize| {
            let count = rest
                .bytes()
                .take_while(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
                .count();
            count >= least
        };
        word.strip_prefix("fact_").is_some_and(|rest| hex(rest, 12))
            || word.strip_prefix("ep_").is_some_and(|rest| hex(rest, 8))
            || word.starts_with("run_") && word.contains('@')
            || word
                .strip_prefix("mem@")
                .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    line.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '@'))
        .any(is_name)
}

/// Words behind which a value stands that nobody is to keep.
const SECRETS: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "api key",
    "apikey",
    "api_key",
    "private key",
    "credential",
    "access key",
];

/// Tells whether a sentence has a secret in it, or says what one is.
fn is_secret(sentence: &str) -> bool {
    if sentence.contains(MASK) || Redactor::default().finds(sentence) {
        return true;
    }
    let low = sentence.to_lowercase();
    let tells = |rest: &str| {
        let rest = rest.trim_start_matches(|c: char| c.is_alphanumeric() || "_-`'\"".contains(c));
        let value = rest.trim_start();
        value.starts_with(['=', ':'])
            || ["is ", "was ", "are "]
                .iter()
                .any(|verb| value.starts_with(verb))
            || value.starts_with("for ") && value.contains(" is ")
    };
    SECRETS.iter().any(|word| {
        low.match_indices(word).any(|(at, _)| {
            let behind = low.get(at + word.len()..).unwrap_or_default();
            tells(behind)
        })
    })
}

#[cfg(test)]
mod tests;
