//! Every module begins by saying what it owns.

use super::Finding;
use super::tree::Tree;

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    tree.rust()
        .filter(|(path, _)| is_module(path))
        .filter(|(_, text)| !starts_with_header(text))
        .map(|(path, _)| {
            Finding::new(
                path,
                1,
                "begin with `//!` lines that say what this module owns",
            )
        })
        .collect()
}

/// Files under a `src` folder; tests speak through their names.
fn is_module(path: &str) -> bool {
    path.contains("/src/") && !path.ends_with("/tests.rs") && !path.contains("/tests/")
}

/// Plain comments, such as the reason for a long file, may stand above the header.
fn starts_with_header(text: &str) -> bool {
    text.lines()
        .map(str::trim)
        .find(|line| {
            let is_plain_comment =
                line.starts_with("//") && !line.starts_with("//!") && !line.starts_with("///");
            !line.is_empty() && !is_plain_comment
        })
        .is_some_and(|line| line.starts_with("//!") && line.len() > "//!".len())
}
