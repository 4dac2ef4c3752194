//! Names of files and folders as they stand in a line of text.
//!
//! A file may be called anything but `/` and NUL. A line end in a name would begin a line of its own
//! in a report or a list, and a character that turns the direction of writing would show another
//! name than the one that is meant; both are written out instead. Results that are data keep names
//! as they are.

use std::borrow::Cow;

/// Writes a name so that it stays on its line and shows what it is.
pub(crate) fn shown(name: &str) -> Cow<'_, str> {
    if name.chars().all(is_plain) {
        return Cow::Borrowed(name);
    }
    let mut shown = String::with_capacity(name.len() + 8);
    for c in name.chars() {
        match c {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            c if is_plain(c) => shown.push(c),
            c => shown.extend(c.escape_unicode()),
        }
    }
    Cow::Owned(shown)
}

/// The same for many names.
pub(crate) fn all<'n>(names: impl IntoIterator<Item = &'n str>) -> Vec<String> {
    names
        .into_iter()
        .map(|name| shown(name).into_owned())
        .collect()
}

/// Tells whether a character takes its place on the line and changes nothing around it.
fn is_plain(c: char) -> bool {
    !c.is_control() && !turns(c) && !is_unseen(c)
}

/// Characters that set the direction in which the others are shown (Unicode's Bidi_Control).
pub(crate) const fn turns(c: char) -> bool {
    matches!(
        c,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    )
}

/// Characters that are not seen, or that some programs take for the end of a line.
const fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200d}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{2060}'..='\u{2065}'
            | '\u{206a}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

#[cfg(test)]
mod tests;
