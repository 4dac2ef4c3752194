//! The workspace's tree as names: what "the auth module" may stand for.

use venom_kernel::change::RelPath;
use venom_ports::workspace::{EntryKind, Files, Walk};

use super::targets::Targets;

/// Deepest level that is looked at. Chosen: deeper folders are not called modules.
const DEPTH: usize = 6;
/// The most entries that are looked at.
const ENTRIES: usize = 50_000;
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

/// Folders and files of a workspace.
#[derive(Debug, Clone, Default)]
pub(super) struct Tree {
    folders: Vec<String>,
    files: Vec<String>,
    /// What names mean that are no paths.
    pub(super) targets: Targets,
}

impl Tree {
    /// Lists a workspace.
    pub(super) async fn of(files: &dyn Files) -> Self {
        let walk = Walk {
            depth: Some(DEPTH),
            limit: ENTRIES,
            ..Walk::default()
        };
        let listing = match files.walk(walk).await {
            Ok(listing) => listing,
            Err(failure) => {
                tracing::warn!(%failure, "workspace cannot be listed");
                return Self::default();
            }
        };
        let mut tree = Self::default();
        for entry in listing.entries {
            let path = entry.path.as_str().to_owned();
            match entry.kind {
                EntryKind::Folder => tree.folders.push(path),
                EntryKind::File => tree.files.push(path),
                EntryKind::Link | EntryKind::Other => {}
            }
        }
        tree
    }

    #[cfg(test)]
    pub(super) fn from_paths(folders: &[&str], files: &[&str]) -> Self {
        let owned = |list: &[&str]| list.iter().map(ToString::to_string).collect();
        Self {
            folders: owned(folders),
            files: owned(files),
            targets: Targets::default(),
        }
    }

    /// Returns the workspace-relative path that a text names, if there is something.
    pub(super) fn path(&self, text: &str) -> Option<String> {
        let text = text.trim().trim_end_matches('/');
        let path = RelPath::new(text).ok()?;
        if path.is_root() {
            return Some(".".to_owned());
        }
        let known = |list: &[String]| list.iter().any(|known| known == path.as_str());
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
            .filter(|path| plain(last(path)) == wanted && !in_aside(path))
            .cloned()
            .collect();
        if found.is_empty() {
            found = self
                .files
                .iter()
                .filter(|path| is_code(path) && plain(stem(last(path))) == wanted)
                .filter(|path| !in_aside(path))
                .cloned()
                .collect();
        }
        let holds_all = |outer: &String| {
            found
                .iter()
                .all(|inner| inner == outer || inner.starts_with(&format!("{outer}/")))
        };
        match found.iter().find(|outer| holds_all(outer)) {
            Some(outer) => vec![outer.clone()],
            None => found,
        }
    }

    /// Returns what could be called a module, the outermost first.
    pub(super) fn all_modules(&self) -> Vec<String> {
        let holds_code = |folder: &String| {
            let prefix = format!("{folder}/");
            self.files
                .iter()
                .any(|file| file.starts_with(&prefix) && is_code(file))
        };
        let mut modules: Vec<String> = self
            .folders
            .iter()
            .filter(|folder| !in_aside(folder) && !hidden(folder) && holds_code(folder))
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
        modules.sort_by_key(|path| (path.matches('/').count(), path.clone()));
        modules
    }

    /// Returns all paths.
    pub(super) fn all_paths(&self) -> Vec<String> {
        self.folders.iter().chain(&self.files).cloned().collect()
    }
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
    name.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}
