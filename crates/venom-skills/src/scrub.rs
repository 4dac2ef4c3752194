//! Takes out of a program's output what differs between two runs that did the same: where the
//! workspace lies, addresses in memory, names of temporary files, process numbers and durations.
//!
//! Results are digested and compared, so a difference that says nothing must not become part of one.

use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

/// The patterns are constants, so a pattern that does not compile is a mistake that the tests of
/// this module show; at run time its replacement is left out.
static PATTERNS: LazyLock<Vec<(Regex, &'static str)>> = LazyLock::new(|| {
    [
        (r"\b0x[0-9a-fA-F]{5,16}\b", "0x…"),
        (
            r#"/(?:private/)?(?:tmp|var/folders)/[^\s'"`:,;)\]}]+"#,
            "/tmp/…",
        ),
        (r"(thread '[^'\n]*') \(\d+\)", "$1"),
        (
            r"\b(in|after|took|[Tt]ime:?) \d+(?:\.\d+)? ?(?:ns|µs|us|ms|s|sec|seconds?)\b",
            "$1 …",
        ),
        (r"\((?:\d+\.)?\d+ ?(?:ns|µs|us|ms|s)\)", "(…)"),
        (r"\bpid[ =:]\d+", "pid …"),
    ]
    .into_iter()
    .filter_map(|(pattern, with)| Some((Regex::new(pattern).ok()?, with)))
    .collect()
});

/// Cleans a text of what says nothing.
pub(crate) fn scrub(text: &str, root: &Path, scratch: &Path) -> String {
    let mut text = place(text, root, ".");
    text = place(&text, scratch, "{scratch}");
    for (pattern, with) in PATTERNS.iter() {
        if pattern.is_match(&text) {
            text = pattern.replace_all(&text, *with).into_owned();
        }
    }
    text
}

/// Replaces a folder's absolute path wherever it stands as a whole.
pub(crate) fn place(text: &str, folder: &Path, with: &str) -> String {
    let folder = folder.to_string_lossy();
    let folder = folder.trim_end_matches('/');
    if folder.is_empty() || !text.contains(folder) {
        return text.to_owned();
    }
    let mut cleaned = String::with_capacity(text.len());
    let mut pieces = text.split(folder).peekable();
    while let Some(piece) = pieces.next() {
        cleaned.push_str(piece);
        if let Some(next) = pieces.peek() {
            let inside_a_name =
                next.starts_with(|c: char| c.is_alphanumeric() || c == '-' || c == '_');
            cleaned.push_str(if inside_a_name { folder } else { with });
        }
    }
    cleaned
}

#[cfg(test)]
mod tests;
