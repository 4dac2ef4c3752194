//! Folders that hold other people's code: installed packages and caches.
//!
//! They are left out where the user's own files are meant, because a project without an ignore file
//! would otherwise be searched, and worse, edited, together with everything it depends on.

use std::collections::BTreeSet;

use venom_kernel::change::RelPath;
use venom_ports::workspace::Entry;

/// Names of folders that nobody writes code in.
const NAMES: [&str; 9] = [
    "node_modules",
    "site-packages",
    "__pycache__",
    ".venv",
    ".tox",
    ".nox",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
];

/// What marks a folder as an environment of Python, whatever its name (PEP 405).
const ENVIRONMENT: &str = "pyvenv.cfg";

/// Adds to patterns of paths what [`leave_out`] has to see.
pub(crate) fn with_marks(mut globs: Vec<String>) -> Vec<String> {
    if wants_some(&globs) {
        globs.push(ENVIRONMENT.to_owned());
    }
    globs
}

/// Tells whether patterns say what is wanted, and not only what is not.
pub(crate) fn wants_some(globs: &[String]) -> bool {
    globs.iter().any(|glob| !glob.starts_with('!'))
}

/// Leaves out what lies in such folders, unless the listing began inside of one.
pub(crate) fn leave_out(entries: &mut Vec<Entry>, under: &RelPath) {
    let environments: BTreeSet<String> = entries
        .iter()
        .filter(|entry| entry.path.name() == ENVIRONMENT)
        .filter_map(|entry| {
            entry
                .path
                .as_str()
                .strip_suffix(ENVIRONMENT)
                .map(str::to_owned)
        })
        .filter(|folder| !folder.is_empty() && !format!("{under}/").starts_with(folder.as_str()))
        .collect();
    let from = under.as_str().len();
    entries.retain(|entry| {
        let path = entry.path.as_str();
        let mut folders = path
            .get(from..)
            .unwrap_or_default()
            .split('/')
            .rev()
            .skip(1);
        !folders.any(|folder| NAMES.contains(&folder))
            && !environments
                .iter()
                .any(|folder| path.starts_with(folder.as_str()))
    });
}

/// Leaves out what [`with_marks`] added to a listing.
pub(crate) fn drop_marks(entries: &mut Vec<Entry>) {
    entries.retain(|entry| entry.path.name() != ENVIRONMENT);
}

#[cfg(test)]
mod tests;
