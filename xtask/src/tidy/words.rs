//! Words that have no place here: they blame, boast, or tell of the machine a line was written on.

use super::Finding;
use super::tree::Tree;

/// Word and what to do about it. Matched without regard to case, at word boundaries.
const BANNED: &[(&str, &str)] = &[
    (
        "simply",
        "what is simple for one reader is not for another; leave it out",
    ),
    ("obviously", "leave it out"),
    (
        "blazing",
        "give the number and the command that measured it",
    ),
    (
        "blazingly",
        "give the number and the command that measured it",
    ),
    ("seamless", "say what the user does and what happens"),
    ("seamlessly", "say what the user does and what happens"),
    ("cutting-edge", "say what it does"),
    ("world-class", "say what it does"),
    ("game-changing", "say what it does"),
    ("supercharge", "say what it does"),
    ("as an ai", "the project speaks of itself alone"),
    ("co-authored-by", "the project speaks of itself alone"),
    ("/root/", "a path of one machine"),
];

/// This list and its tests have to name what they forbid.
const EXEMPT: &[&str] = &["xtask/src/tidy/words.rs", "xtask/src/tidy/tests.rs"];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.iter().filter(|(path, _)| is_ours(path)) {
        for (index, line) in text.lines().enumerate() {
            if is_open_end(line) {
                let message = "an open end needs its issue, as in `TODO(#12)`";
                findings.push(Finding::new(path, index + 1, message));
            }
            let line = line.to_lowercase();
            for (word, advice) in BANNED {
                if stands_in(&line, word) {
                    findings.push(Finding::new(path, index + 1, format!("`{word}`: {advice}")));
                }
            }
        }
    }
    findings
}

/// Prose and code of the project. Examples and fixtures may hold whatever a stranger would write.
fn is_ours(path: &str) -> bool {
    let is_text = [".rs", ".md", ".yaml", ".toml"]
        .iter()
        .any(|ending| path.ends_with(ending))
        || matches!(path, "justfile" | ".ci/run");
    let is_foreign = ["examples/", "fixtures/", "corpus/", "cassettes/"]
        .iter()
        .any(|folder| path.contains(folder));
    is_text && !is_foreign && !EXEMPT.contains(&path)
}

fn stands_in(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(start, _)| {
        let before = line.get(..start).and_then(|text| text.chars().next_back());
        let after = line.get(start + word.len()..).unwrap_or_default();
        let is_joined =
            |character: Option<char>| character.is_some_and(|c| c.is_alphanumeric() || c == '_');
        word.starts_with('/') || (!is_joined(before) && !is_joined(after.chars().next()))
    })
}

/// A comment that begins with the mark and names no issue. Elsewhere the word is data: there are skills that look for it.
fn is_open_end(line: &str) -> bool {
    // A quote before it means that the comment is text inside a literal.
    line.split_once("// TODO")
        .is_some_and(|(before, rest)| !before.contains('"') && !rest.starts_with("(#"))
}
