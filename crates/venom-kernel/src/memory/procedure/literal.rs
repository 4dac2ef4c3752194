//! Literals: the words of a goal that name one thing among many of its kind.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Words that change no goal.
const IDLE: &[&str] = &["please", "kindly", "just", "the", "a", "an"];
/// The longest value of a slot, in characters. Chosen: a path.
const LONGEST: usize = 200;

/// What a literal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A path or the name of a file.
    Path,
    /// A name of something in a program.
    Name,
    /// A number.
    Number,
    /// A text in quotation marks.
    Text,
}

impl Kind {
    /// Returns the kind's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Name => "name",
            Self::Number => "number",
            Self::Text => "text",
        }
    }
}

/// A literal of a goal that may be another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// Its name, such as `path` or `name2`.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// What it was.
    pub literal: String,
}

/// A word of a goal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) text: String,
    pub(super) kind: Option<Kind>,
}

/// Cuts a goal into words. Quotation marks and what stands around words are left out.
pub(super) fn tokens(goal: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = goal.trim_start();
    while let Some(first) = rest.chars().next() {
        if matches!(first, '"' | '`' | '\'')
            && let Some((text, after)) = quoted(rest, first)
        {
            tokens.push(Token {
                text: text.to_owned(),
                kind: Some(kind(text).unwrap_or(Kind::Text)),
            });
            rest = after.trim_start();
            continue;
        }
        let (word, after) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        rest = after.trim_start();
        let word = word.trim_matches(|c: char| {
            matches!(
                c,
                ',' | ';' | ':' | '!' | '?' | '(' | ')' | '"' | '`' | '\''
            )
        });
        let word = word.trim_end_matches('.');
        if word.is_empty() {
            continue;
        }
        let kind = kind(word);
        let lower = word.to_lowercase();
        if kind.is_none() && IDLE.contains(&lower.as_str()) {
            continue;
        }
        tokens.push(Token {
            text: word.to_owned(),
            kind,
        });
    }
    tokens
}

/// Returns what stands between two marks, and what stands behind them. An apostrophe is no mark.
fn quoted(text: &str, mark: char) -> Option<(&str, &str)> {
    let inner = text.strip_prefix(mark)?;
    let (inside, after) = inner.split_once(mark)?;
    let ends = after
        .chars()
        .next()
        .is_none_or(|c| c.is_whitespace() || matches!(c, ',' | ';' | ':' | '.' | '!' | '?' | ')'));
    let after = after.trim_start_matches([',', ';', ':', '.', '!', '?', ')']);
    (ends && !inside.trim().is_empty()).then_some((inside, after))
}

/// Says what a word names, if it is no word of a language.
fn kind(word: &str) -> Option<Kind> {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    if word.chars().any(char::is_whitespace) || word.chars().count() > LONGEST {
        return None;
    }
    if word.contains("::") {
        let fits = word
            .split("::")
            .all(|part| !part.is_empty() && part.chars().all(plain));
        return fits.then_some(Kind::Name);
    }
    if word.contains('/') {
        return word
            .chars()
            .all(|c| plain(c) || c == '/')
            .then_some(Kind::Path);
    }
    if !word.chars().all(plain) {
        return None;
    }
    if word.chars().all(|c| c.is_ascii_digit() || c == '.') {
        return word
            .starts_with(|c: char| c.is_ascii_digit())
            .then_some(Kind::Number);
    }
    if let Some((stem, ending)) = word.rsplit_once('.')
        && !stem.is_empty()
        && !ending.is_empty()
        && ending.chars().all(char::is_alphanumeric)
    {
        return Some(Kind::Path);
    }
    let is_camel = word
        .chars()
        .zip(word.chars().skip(1))
        .any(|(one, two)| one.is_lowercase() && two.is_uppercase());
    let has_digit = word.chars().any(|c| c.is_ascii_digit());
    (word.contains('_') || is_camel || has_digit).then_some(Kind::Name)
}

/// Tells whether a value may take the place of a literal. What goes into a command must mean nothing to a shell,
/// and a path stays in the workspace.
pub(super) fn may_stand(kind: Kind, value: &str) -> bool {
    let is_short = !value.is_empty() && value.chars().count() <= LONGEST;
    let fits = match kind {
        Kind::Path | Kind::Name | Kind::Number => self::kind(value) == Some(kind),
        // No blanks: a literal that stands unquoted in a command would become more words than one.
        Kind::Text => value.chars().all(|c| {
            c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ',' | '/' | ':' | '@' | '+')
        }),
    };
    let climbs = value.split('/').any(|part| part == "..") || value.starts_with(['/', '-']);
    is_short && fits && !climbs
}

/// Returns the pattern of a goal: its words in one form, with the kinds of its slots in their places.
pub(super) fn pattern(goal: &str, slots: &[Slot]) -> Vec<String> {
    tokens(goal)
        .iter()
        .map(|token| match slot_of(token, slots) {
            Some(slot) => format!("{{{}}}", slot.name),
            None => token.text.to_lowercase(),
        })
        .collect()
}

fn slot_of<'s>(token: &Token, slots: &'s [Slot]) -> Option<&'s Slot> {
    slots
        .iter()
        .find(|slot| token.kind == Some(slot.kind) && slot.literal == token.text)
}

/// Finds the values that another goal has in the places of slots; nothing if it is not the same goal.
pub(super) fn values(of: &str, slots: &[Slot], goal: &str) -> Option<BTreeMap<String, String>> {
    let (known, said) = (tokens(of), tokens(goal));
    if known.len() != said.len() || known.is_empty() {
        return None;
    }
    let mut values: BTreeMap<String, String> = BTreeMap::new();
    for (known, said) in known.iter().zip(&said) {
        let Some(slot) = slot_of(known, slots) else {
            // A literal that is no slot is one thing and no other: its case counts.
            let is_same = match known.kind {
                Some(_) => known.text == said.text,
                None => known.text.to_lowercase() == said.text.to_lowercase(),
            };
            if is_same {
                continue;
            }
            return None;
        };
        if said.text != slot.literal && !may_stand(slot.kind, &said.text) {
            return None;
        }
        let before = values.insert(slot.name.clone(), said.text.clone());
        if before.is_some_and(|before| before != said.text) {
            return None;
        }
    }
    Some(values)
}

/// Lists the literals of a goal, each once, with names.
pub(super) fn literals(goal: &str) -> Vec<Slot> {
    let mut slots: Vec<Slot> = Vec::new();
    for token in tokens(goal) {
        let Some(kind) = token.kind else { continue };
        if slots.iter().any(|slot| slot.literal == token.text) {
            continue;
        }
        let nth = slots.iter().filter(|slot| slot.kind == kind).count();
        let name = match nth {
            0 => kind.name().to_owned(),
            _ => format!("{}{}", kind.name(), nth + 1),
        };
        slots.push(Slot {
            name,
            kind,
            literal: token.text,
        });
    }
    slots
}
