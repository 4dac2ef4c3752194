//! Texts from outside, made harmless for a terminal: no control character, no escape sequence, no
//! character that turns the direction of what follows.

use venom_kernel::plain::{self, is_harmless};

/// Makes a text of one line: line ends and tabs become spaces.
pub(crate) fn line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| is_harmless(*c))
        .collect::<String>()
        .trim()
        .to_owned()
}

/// Makes a text that may have several lines.
pub(crate) fn block(text: &str) -> String {
    plain::text(text.as_bytes())
}

/// Makes a text of one line with at most so many characters.
pub(crate) fn short(text: &str, most: usize) -> String {
    let text = line(text);
    if text.chars().count() <= most {
        return text;
    }
    let mut cut: String = text.chars().take(most.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

/// Makes a text harmless that carries our own colours: what changes direction goes, escapes stay.
pub(crate) fn styled(text: &str) -> String {
    text.chars()
        .filter(|c| matches!(c, '\n' | '\t' | '\u{1b}') || is_harmless(*c))
        .collect()
}

#[cfg(test)]
mod tests;
