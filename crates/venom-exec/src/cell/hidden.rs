//! Finding the names in a workspace that no command may read.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io;
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// How far a search goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Names that are looked at.
    pub entries: usize,
    /// Folders within folders.
    pub depth: usize,
    /// Paths that are returned. Each becomes a mount in the cell.
    pub found: usize,
}

impl Default for Bounds {
    /// Chosen: a search this long takes about 150 ms, which a caller that keeps its result pays once.
    fn default() -> Self {
        Self {
            entries: 100_000,
            depth: 24,
            found: 512,
        }
    }
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// Relative paths, sorted; nothing beneath another one.
    pub paths: Vec<PathBuf>,
    /// Whether a bound ended the search, so that there may be more.
    pub is_cut_short: bool,
    /// What was there, folders that are never searched aside.
    pub names: Names,
}

/// The paths that a search met. They are kept as digests, which takes eight bytes of each; two that
/// have the same one are never met in practice, and would only make a conflict of none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Names(BTreeSet<u64>);

impl Names {
    /// Tells whether a path was met.
    pub fn contain(&self, path: &Path) -> bool {
        self.0.contains(&Self::digest(path))
    }

    fn add(&mut self, path: &Path) {
        self.0.insert(Self::digest(path));
    }

    fn digest(path: &Path) -> u64 {
        let mut hasher = DefaultHasher::new();
        path.hash(&mut hasher);
        hasher.finish()
    }
}

/// Folders of other people's files in great numbers, which hold no secrets of the workspace, and
/// git's own.
const SKIPPED: &[&str] = &[
    ".git",
    ".hg",
    "node_modules",
    "target",
    ".venv",
    "venv",
    "__pycache__",
    ".tox",
    ".mypy_cache",
    "vendor",
];

/// Finds the names beneath a folder that match one of the patterns, breadth first, so that a bound
/// cuts off what is deepest. Follows no symbolic link. A pattern is a glob over one name.
pub fn find(workspace: &Path, patterns: &[&str], bounds: Bounds) -> io::Result<Found> {
    let patterns = compile(patterns)?;
    let mut found = Found::default();
    let mut looked_at = 0;
    let mut folders = vec![PathBuf::new()];
    for _ in 0..bounds.depth {
        let mut deeper = Vec::new();
        for folder in folders {
            let entries = match fs::read_dir(workspace.join(&folder)) {
                Ok(entries) => entries,
                // What we cannot read, commands cannot read either; they run as us or less.
                Err(_) if folder != Path::new("") => continue,
                Err(error) => return Err(error),
            };
            for entry in entries.flatten() {
                looked_at += 1;
                if looked_at > bounds.entries || found.paths.len() >= bounds.found {
                    found.is_cut_short = true;
                    found.paths.sort();
                    return Ok(found);
                }
                let name = entry.file_name();
                let path = folder.join(&name);
                found.names.add(&path);
                if patterns.is_match(Path::new(&name)) {
                    found.paths.push(path);
                } else if entry.file_type().is_ok_and(|kind| kind.is_dir())
                    && !SKIPPED.iter().any(|skipped| name == *skipped)
                {
                    deeper.push(path);
                }
            }
        }
        folders = deeper;
        if folders.is_empty() {
            break;
        }
    }
    found.is_cut_short = !folders.is_empty();
    found.paths.sort();
    Ok(found)
}

fn compile(patterns: &[&str]) -> io::Result<GlobSet> {
    let invalid = |error| io::Error::new(io::ErrorKind::InvalidInput, error);
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let glob = GlobBuilder::new(pattern)
            .literal_separator(true)
            // `.ENV` is the same file as `.env` on some file systems.
            .case_insensitive(true)
            .build()
            .map_err(invalid)?;
        set.add(glob);
    }
    set.build().map_err(invalid)
}
