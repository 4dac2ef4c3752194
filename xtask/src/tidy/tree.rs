//! The files of the repository as the rules see them: relative paths and text, read once.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;

/// Folders that hold no source, wherever they lie.
const SKIPPED: &[&str] = &[".git", ".venom", ".venv", "__pycache__", "node_modules"];

/// Above this a file is data, and no rule here has anything to say about data.
const LARGEST: u64 = 1024 * 1024;

/// A snapshot of the repository's text files, keyed by path with `/` between the parts.
pub(crate) struct Tree {
    files: BTreeMap<String, String>,
}

impl Tree {
    pub(crate) fn read(root: &Path) -> anyhow::Result<Self> {
        let mut files = BTreeMap::new();
        collect(root, "", &mut files)?;
        Ok(Self { files })
    }

    pub(crate) fn files(&self) -> &BTreeMap<String, String> {
        &self.files
    }

    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// The Rust files of the crates and of this automation.
    pub(crate) fn rust(&self) -> impl Iterator<Item = (&str, &str)> {
        self.iter().filter(|(path, _)| {
            Path::new(path)
                .extension()
                .is_some_and(|extension| extension == "rs")
                && (path.starts_with("crates/") || path.starts_with("xtask/"))
        })
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The manifests of all members: `crates/*/Cargo.toml` and `xtask/Cargo.toml`.
    pub(crate) fn member_manifests(&self) -> impl Iterator<Item = (&str, &str)> {
        self.iter().filter(|(path, _)| {
            let parts: Vec<&str> = path.split('/').collect();
            matches!(
                parts.as_slice(),
                ["crates", _, "Cargo.toml"] | ["xtask", "Cargo.toml"]
            )
        })
    }
}

fn collect(
    folder: &Path,
    prefix: &str,
    files: &mut BTreeMap<String, String>,
) -> anyhow::Result<()> {
    let entries =
        std::fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if prefix.is_empty() {
            name.clone()
        } else {
            format!("{prefix}/{name}")
        };
        let kind = entry.file_type()?;
        if kind.is_dir() {
            // Build folders carry cargo's cache mark, whatever their name.
            let is_cache = entry.path().join("CACHEDIR.TAG").exists();
            if !is_cache && path != "target" && !SKIPPED.contains(&name.as_str()) {
                collect(&entry.path(), &path, files)?;
            }
        } else if kind.is_file() {
            // Other people may be writing while this reads; a file that vanished is no finding.
            let Ok(metadata) = entry.metadata() else {
                continue;
            };
            if metadata.len() > LARGEST {
                continue;
            }
            let Ok(bytes) = std::fs::read(entry.path()) else {
                continue;
            };
            files.insert(path, String::from_utf8_lossy(&bytes).into_owned());
        }
    }
    Ok(())
}
