//! Bounds and cleans text of unknown origin. It knows nothing of any runner.

use std::borrow::Cow;

use super::{MAX_MESSAGE_BYTES, MAX_NAME_BYTES};

/// What stands for the part that was left out.
const GAP: &str = "\n[...]\n";

/// Keeps a message within its bound: a quarter from its beginning, which names the trouble, and the rest from its end,
/// where most runners put the assertion.
pub(super) fn message(text: &str) -> String {
    let text = text.trim_matches(['\n', '\r', ' ', '\t']);
    if text.len() <= MAX_MESSAGE_BYTES {
        return text.to_owned();
    }
    let head = head(text, MAX_MESSAGE_BYTES / 4);
    let tail = tail(text, MAX_MESSAGE_BYTES - MAX_MESSAGE_BYTES / 4 - GAP.len());
    format!("{head}{GAP}{tail}")
}

/// A message, unless there is nothing to say.
pub(super) fn some_message(text: &str) -> Option<String> {
    let text = message(text);
    (!text.is_empty()).then_some(text)
}

/// Keeps a name on one line and within its bound.
pub(super) fn name(text: &str) -> String {
    let text = text.trim();
    let flat: Cow<'_, str> = if text.contains(char::is_control) {
        let flat = text
            .chars()
            .map(|c| if c.is_control() { '\u{fffd}' } else { c });
        flat.collect::<String>().into()
    } else {
        text.into()
    };
    head(&flat, MAX_NAME_BYTES).to_owned()
}

/// Cuts the project's root from a path, so that the same test has the same name in every checkout.
pub(super) fn without_root<'a>(path: &'a str, root: Option<&str>) -> &'a str {
    let root = root.unwrap_or_default().trim_end_matches('/');
    if root.is_empty() {
        return path;
    }
    path.strip_prefix(root)
        .and_then(|rest| rest.strip_prefix('/'))
        .unwrap_or(path)
}

/// Drops terminal control sequences (ECMA-48 clause 5.4), which runners print when they are forced to use colour.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains('\u{1b}') {
        return text.into();
    }
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if character != '\u{1b}' {
            plain.push(character);
        } else if characters.next_if_eq(&'[').is_some() {
            // Parameter and intermediate bytes lie below the final byte, which is in '@'..='~'.
            while characters.next_if(|c| (' '..='?').contains(c)).is_some() {}
            characters.next_if(|c| ('@'..='~').contains(c));
        }
    }
    plain.into()
}

/// The longest beginning of `text` that fits into `limit` bytes and ends between characters.
pub(super) fn head(text: &str, limit: usize) -> &str {
    text.get(..text.floor_char_boundary(limit))
        .unwrap_or_default()
}

/// The longest end of `text` that fits into `limit` bytes and begins between characters.
pub(super) fn tail(text: &str, limit: usize) -> &str {
    let start = text.ceil_char_boundary(text.len().saturating_sub(limit));
    text.get(start..).unwrap_or_default()
}

/// The number that `text` begins with.
pub(super) fn leading_number(text: &str) -> Option<u32> {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    text.get(..end)?.parse().ok()
}
