//! Texts of bounded size: everything that comes from outside is cut, cleaned or counted here before
//! it becomes part of a result.

use crate::name;

/// The longest text for people, in bytes. Chosen: some 1,000 lines, more than anybody reads.
pub(crate) const TEXT: usize = 64 << 10;

/// Adds formatted text to the end of a text.
pub(crate) fn push(text: &mut String, more: std::fmt::Arguments<'_>) {
    // Writing to a `String` cannot fail.
    let _ = std::fmt::Write::write_fmt(text, more);
}

/// Cuts a text to at most `limit` bytes at the end of a line if there is one, and says how many
/// lines are left out.
pub(crate) fn cut(text: &str, limit: usize) -> String {
    if text.len() <= limit {
        return text.to_owned();
    }
    let at = floor(text, limit.saturating_sub(60));
    let kept = text.get(..at).unwrap_or_default();
    let kept = kept
        .rfind('\n')
        .and_then(|end| kept.get(..end))
        .unwrap_or(kept);
    let left = text
        .get(kept.len()..)
        .unwrap_or_default()
        .lines()
        .filter(|line| !line.is_empty());
    format!(
        "{kept}\n[... {} not shown ...]\n",
        counted(left.count(), "more line")
    )
}

/// Puts two texts together. However long the first is, the second is not crowded out.
pub(crate) fn both(text: &str, rest: &str) -> String {
    let rest = cut(rest, TEXT / 4);
    let mut whole = cut(text, TEXT - rest.len());
    whole.push_str(&rest);
    whole
}

/// Keeps the end of a text: at most `lines` lines and `limit` bytes.
pub(crate) fn tail(text: &str, lines: usize, limit: usize) -> String {
    let text = text.trim_end();
    let all = text.lines().count();
    let mut kept = String::new();
    for line in text.lines().skip(all.saturating_sub(lines)) {
        kept.push_str(line);
        kept.push('\n');
    }
    if kept.len() > limit {
        let from = ceil(&kept, kept.len() - limit);
        kept = kept.get(from..).unwrap_or_default().to_owned();
    }
    kept
}

/// Makes one line of at most `limit` characters: white space is folded; control characters go, and
/// so do those that turn the direction of writing.
pub(crate) fn line(text: &str, limit: usize) -> String {
    let mut line = String::new();
    let mut length = 0_usize;
    for word in text.split_whitespace() {
        let word = word.chars().filter(|c| !c.is_control() && !name::turns(*c));
        if length > 0 {
            line.push(' ');
            length += 1;
        }
        for c in word {
            if length >= limit {
                line.push('…');
                return line;
            }
            line.push(c);
            length += 1;
        }
    }
    line
}

/// Counts things: `1 file`, `3 files`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    if count == 1 {
        return format!("1 {noun}");
    }
    let many = match noun.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ if noun.ends_with("ch") || noun.ends_with('s') => format!("{noun}es"),
        _ => format!("{noun}s"),
    };
    format!("{count} {many}")
}

/// Joins names: `a`, `a and b`, `a, b and 3 more`. At most `limit` of them are named.
pub(crate) fn joined(names: &[String], limit: usize) -> String {
    let shown = names.len().min(limit.max(1));
    let rest = names.len() - shown;
    let mut parts: Vec<String> = names.iter().take(shown).cloned().collect();
    if rest > 0 {
        parts.push(format!("{rest} more"));
    }
    match parts.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, first)) => format!("{} and {last}", first.join(", ")),
    }
}

/// Returns the last place at or before `at` where the text may be cut.
pub(crate) fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn ceil(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests;
