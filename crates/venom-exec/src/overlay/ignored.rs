//! Which paths the workspace's ignore files exclude.
//!
//! The ignore files are those of the workspace as it stood before the command: a command that
//! could hide its own edits by writing a `.gitignore` would be hidden from its judges.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::tree::Tree;

/// Longest ignore file that is read. Chosen: a thousand times what projects have; without its
/// patterns more is shown, not less.
const LONGEST: u64 = 1 << 20;

/// Says what is ignored, folder by folder.
pub(super) struct Ignored<'a> {
    lower: &'a Tree,
    folders: BTreeMap<PathBuf, Patterns>,
    exclude: Gitignore,
}

/// What the ignore files of one folder say.
struct Patterns {
    own: Gitignore,
    git: Gitignore,
}

impl<'a> Ignored<'a> {
    pub(super) fn new(lower: &'a Tree) -> Self {
        Self {
            lower,
            folders: BTreeMap::new(),
            exclude: patterns(lower, Path::new(".git/info/exclude")),
        }
    }

    /// Tells whether a path is ignored by itself; whether a folder above it is, the caller knows.
    pub(super) fn is_ignored(&mut self, path: &Path, is_folder: bool) -> bool {
        let above: Vec<&Path> = path.ancestors().skip(1).collect();
        for folder in &above {
            if !self.folders.contains_key(*folder) {
                let patterns = Patterns::of(self.lower, folder);
                self.folders.insert(folder.to_path_buf(), patterns);
            }
        }
        let matched = |patterns: &Gitignore, folder: &Path| {
            let inner = path.strip_prefix(folder).unwrap_or(path);
            match patterns.matched(inner, is_folder) {
                Match::None => None,
                Match::Ignore(_) => Some(true),
                Match::Whitelist(_) => Some(false),
            }
        };
        let folders = || {
            let known = above.iter();
            known.filter_map(|folder| {
                self.folders
                    .get(*folder)
                    .map(|patterns| (*folder, patterns))
            })
        };
        // The nearest file wins within a kind; `.ignore` wins over `.gitignore`.
        if let Some(said) = folders().find_map(|(folder, found)| matched(&found.own, folder)) {
            return said;
        }
        if let Some(said) = folders().find_map(|(folder, found)| matched(&found.git, folder)) {
            return said;
        }
        matched(&self.exclude, Path::new(""))
            .unwrap_or_else(|| is_folder && self.is_usual_output(path))
    }

    /// Tells whether a folder that no ignore file speaks of holds what tools make by themselves.
    fn is_usual_output(&self, path: &Path) -> bool {
        /// Folders of tools, whatever the project.
        const USUAL: &[&str] = &[
            "__pycache__",
            ".pytest_cache",
            ".mypy_cache",
            ".ruff_cache",
            ".tox",
            "node_modules",
        ];
        let Some(name) = path.file_name() else {
            return false;
        };
        let has_beside = |file: &str| {
            let beside = path.with_file_name(file);
            matches!(self.lower.node(&beside), Ok(Some(_)))
        };
        USUAL.iter().any(|usual| name == *usual) || (name == "target" && has_beside("Cargo.toml"))
    }
}

impl Patterns {
    fn of(lower: &Tree, folder: &Path) -> Self {
        Self {
            own: patterns(lower, &folder.join(".ignore")),
            git: patterns(lower, &folder.join(".gitignore")),
        }
    }
}

/// Reads an ignore file; one that cannot be read excludes nothing.
fn patterns(lower: &Tree, path: &Path) -> Gitignore {
    let Ok((file, node)) = lower.file(path) else {
        return Gitignore::empty();
    };
    let mut text = Vec::new();
    if node.size > LONGEST || file.take(LONGEST).read_to_end(&mut text).is_err() {
        return Gitignore::empty();
    }
    let mut builder = GitignoreBuilder::new("");
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
    for line in text.split(|byte| *byte == b'\n') {
        // Patterns are text; a line that is none, or no pattern, excludes nothing.
        if let Some(line) = std::ffi::OsStr::from_bytes(line).to_str() {
            let _ = builder.add_line(None, line.trim_end_matches('\r'));
        }
    }
    builder.build().unwrap_or_else(|_bad| Gitignore::empty())
}
