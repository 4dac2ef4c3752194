//! The workspace's tree as names: what "the auth module" may stand for.

use std::collections::BTreeSet;

use venom_kernel::change::RelPath;
use venom_ports::workspace::{ENTRIES, EntryKind, Files, Walk};

use super::targets::Targets;

/// Deepest level that is looked at. Chosen: a package of Java in a repository of many projects lies nine deep, as
/// in `services/shop/src/main/java/org/example/shop/cart`; deeper folders are not called modules.
const DEPTH: usize = 10;
/// The most paths that are compared with a name that is none, to say what looks like it. Chosen: comparing them takes
/// less than a second.
const COMPARED: usize = 20_000;
/// Endings of files that hold code.
const CODE: &[&str] = &[
    "py", "rs", "js", "mjs", "cjs", "jsx", "ts", "tsx", "go", "java", "kt", "rb", "php", "c", "cc",
    "cpp", "h", "hpp", "cs", "swift", "scala", "sh", "lua", "ex", "exs", "clj", "dart", "vue",
];
/// Folders that hold no module of the project itself.
const NOT_MODULES: &[&str] = &[
    "tests",
    "test",
    "docs",
    "doc",
    "examples",
    "fixtures",
    "node_modules",
    "target",
    "dist",
];

/// Folders and files of a workspace, each list in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Tree {
    folders: Vec<String>,
    files: Vec<String>,
    /// Whether there is more than is listed, so that a path may be there that is not in the lists.
    pub(super) is_cut: bool,
    /// What names mean that are no paths.
    pub(super) targets: Targets,
}

impl Tree {
    /// Lists a workspace.
    pub(super) async fn of(files: &dyn Files) -> Self {
        let walk = Walk {
            depth: Some(DEPTH),
            ..Walk::default()
        };
        let listing = match files.walk(walk).await {
            Ok(listing) => listing,
            Err(failure) => {
                tracing::warn!(%failure, "workspace cannot be listed");
                return Self::default();
            }
        };
        if listing.truncated {
            tracing::warn!(
                entries = ENTRIES,
                "the workspace has more entries than are looked at for the names in a goal"
            );
        }
        let (mut folders, mut files) = (Vec::new(), Vec::new());
        for entry in listing.entries {
            let path = entry.path.as_str().to_owned();
            match entry.kind {
                EntryKind::Folder => folders.push(path),
                EntryKind::File => files.push(path),
                EntryKind::Link | EntryKind::Other => {}
            }
        }
        Self::new(folders, files, listing.truncated)
    }

    fn new(mut folders: Vec<String>, mut files: Vec<String>, is_cut: bool) -> Self {
        folders.sort_unstable();
        files.sort_unstable();
        Self {
            folders,
            files,
            is_cut,
            targets: Targets::default(),
        }
    }

    #[cfg(test)]
    pub(super) fn from_paths(folders: &[&str], files: &[&str]) -> Self {
        let owned = |list: &[&str]| list.iter().map(ToString::to_string).collect();
        Self::new(owned(folders), owned(files), false)
    }

    /// Returns the workspace-relative path that a text names, if there is something.
    pub(super) fn path(&self, text: &str) -> Option<String> {
        let text = text.trim().trim_end_matches('/');
        let path = RelPath::new(text).ok()?;
        if path.is_root() {
            return Some(".".to_owned());
        }
        let known = |list: &[String]| {
            list.binary_search_by(|known| known.as_str().cmp(path.as_str()))
                .is_ok()
        };
        (known(&self.folders) || known(&self.files)).then(|| path.as_str().to_owned())
    }

    /// Returns what a module's name may stand for: folders of that name, or files of code.
    /// If one of them holds all others, it is the one that is meant.
    pub(super) fn modules(&self, name: &str) -> Vec<String> {
        let wanted = plain(name);
        if wanted.is_empty() {
            return Vec::new();
        }
        let mut found: Vec<String> = self
            .folders
            .iter()
            .filter(|path| is_called(last(path), &wanted) && !in_aside(path))
            .cloned()
            .collect();
        if found.is_empty() {
            found = self
                .files
                .iter()
                .filter(|path| is_called(stem(last(path)), &wanted) && is_code(path))
                .filter(|path| !in_aside(path))
                .cloned()
                .collect();
        }
        let holds_all = |outer: &String| {
            found
                .iter()
                .all(|inner| inner == outer || is_below(inner, outer))
        };
        match found.iter().find(|outer| holds_all(outer)) {
            Some(outer) => vec![outer.clone()],
            None => found,
        }
    }

    /// Returns what could be called a module, the outermost first.
    pub(super) fn all_modules(&self) -> Vec<String> {
        let mut holding_code = BTreeSet::new();
        for file in self.files.iter().filter(|file| is_code(file)) {
            // What holds a folder that was seen was seen with it.
            above(file)
                .take_while(|folder| holding_code.insert(*folder))
                .for_each(drop);
        }
        let mut modules: Vec<String> = self
            .folders
            .iter()
            .filter(|folder| holding_code.contains(folder.as_str()))
            .filter(|folder| !in_aside(folder) && !hidden(folder))
            .cloned()
            .collect();
        if modules.len() < 2 {
            modules.extend(
                self.files
                    .iter()
                    .filter(|f| is_code(f) && !in_aside(f))
                    .cloned(),
            );
        }
        outermost(modules)
    }

    /// Returns paths that somebody may have meant, the outermost first if there are very many.
    pub(super) fn all_paths(&self) -> Vec<String> {
        let all: Vec<String> = self.folders.iter().chain(&self.files).cloned().collect();
        if all.len() <= COMPARED {
            return all;
        }
        outermost(all)
    }
}

/// Orders paths by how deep they lie and by name, and leaves out the deepest where there are very many.
fn outermost(mut paths: Vec<String>) -> Vec<String> {
    paths.sort_by_cached_key(|path| (path.matches('/').count(), path.clone()));
    paths.truncate(COMPARED);
    paths
}

/// Returns the folders that a path is in, the innermost first.
fn above(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(path.rsplit_once('/'), |(folder, _)| folder.rsplit_once('/'))
        .map(|(folder, _)| folder)
}

fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder)
        .is_some_and(|rest| rest.starts_with('/'))
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn stem(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

fn is_code(path: &str) -> bool {
    last(path)
        .rsplit_once('.')
        .is_some_and(|(_, ending)| CODE.contains(&ending))
}

fn in_aside(path: &str) -> bool {
    path.split('/').any(|part| NOT_MODULES.contains(&part))
}

fn hidden(path: &str) -> bool {
    path.split('/').any(|part| part.starts_with('.'))
}

/// Names are compared without case and without the marks that join words.
fn plain(name: &str) -> String {
    letters(name).collect()
}

/// Compares a name with one that is plain.
fn is_called(name: &str, plain: &str) -> bool {
    letters(name).eq(plain.chars())
}

fn letters(name: &str) -> impl Iterator<Item = char> {
    name.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
}

#[cfg(test)]
mod tests;
