//! Imports: what a file names of other files, and whether that is the module in question.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;
use venom_kernel::change::RelPath;

use super::Part;
use super::outline::Language;

/// The files of the workspace, for finding out what a name means.
pub(super) struct Places<'a> {
    /// All files.
    pub(super) names: &'a BTreeSet<&'a str>,
    /// The texts of manifests by path.
    pub(super) manifests: &'a BTreeMap<String, String>,
}

/// One import.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Import {
    /// The line, from one.
    pub(super) line: usize,
    /// What is imported, as written, or as a path of the workspace when that is what it means.
    pub(super) name: String,
    /// How it was written.
    pub(super) statement: String,
    language: Language,
    /// Whether the name is a path of the workspace.
    is_path: bool,
}

impl Import {
    /// Returns the name of the library that it comes from.
    pub(super) fn library(&self) -> &str {
        let first = match self.language {
            Language::Python => self.name.split('.').next(),
            Language::Rust => self.name.split("::").next(),
            Language::Script | Language::Go | Language::Other(_) => None,
        };
        first.unwrap_or(&self.name)
    }

    /// Tells whether it means something of the workspace.
    pub(super) fn is_internal(&self, places: &Places<'_>) -> bool {
        if self.is_path {
            return true;
        }
        match self.language {
            Language::Python => {
                let first = self.name.split('.').next().unwrap_or_default();
                ["", "src/", "lib/"].iter().any(|root| {
                    places.has_folder(&format!("{root}{first}/"))
                        || places.names.contains(format!("{root}{first}.py").as_str())
                })
            }
            Language::Rust => {
                let first = self.name.split("::").next().unwrap_or_default();
                first == "crate" || places.crates().any(|(name, _)| name == first)
            }
            Language::Go => places
                .go_modules()
                .any(|(name, _)| is_within(&self.name, &name, '/')),
            Language::Script | Language::Other(_) => false,
        }
    }
}

impl Places<'_> {
    fn has_folder(&self, folder: &str) -> bool {
        self.names
            .range(folder..)
            .next()
            .is_some_and(|path| path.starts_with(folder))
    }

    /// Returns the names of crates, with the folders they lie in.
    fn crates(&self) -> impl Iterator<Item = (String, &str)> {
        self.manifests.iter().filter_map(|(path, text)| {
            let folder = path.strip_suffix("Cargo.toml")?;
            let package = text.lines().skip_while(|line| line.trim() != "[package]");
            let name = package
                .filter_map(|line| line.split_once('='))
                .find(|(key, _)| key.trim() == "name")
                .map(|(_, name)| name.trim().trim_matches('"').replace('-', "_"))?;
            Some((name, folder))
        })
    }

    /// Returns the names of Go modules, with the folders they lie in.
    fn go_modules(&self) -> impl Iterator<Item = (String, &str)> {
        self.manifests.iter().filter_map(|(path, text)| {
            let folder = path.strip_suffix("go.mod")?;
            let name = text.lines().find_map(|line| line.strip_prefix("module "))?;
            Some((name.trim().to_owned(), folder))
        })
    }
}

/// A name under which the module can be imported.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// A path of the workspace without its ending; imports of paths mean it.
    Path(String),
    /// A name in a language, with what separates its parts.
    Name(Language, String),
}

impl Target {
    /// Finds the names of the module.
    pub(super) fn all(
        path: &RelPath,
        is_folder: bool,
        parts: &[Part],
        places: &Places<'_>,
    ) -> Vec<Self> {
        let path = path.as_str();
        let mut targets = vec![Self::Path(stem(path).to_owned())];
        let spoken: BTreeSet<Language> = parts.iter().map(|part| part.language).collect();
        for language in spoken {
            let names = match language {
                Language::Python => python_names(path, places),
                Language::Rust => rust_names(path, places),
                Language::Go => go_names(path, is_folder, places),
                Language::Script | Language::Other(_) => Vec::new(),
            };
            targets.extend(names.into_iter().map(|name| Self::Name(language, name)));
        }
        targets
    }

    /// Tells whether an import means the module or a part of it.
    pub(super) fn is_meant_by(&self, import: &Import) -> bool {
        match self {
            Self::Path(path) => import.is_path && is_within(&import.name, path, '/'),
            Self::Name(language, name) => {
                let separator = match language {
                    Language::Python => '.',
                    Language::Rust => ':',
                    Language::Go | Language::Script | Language::Other(_) => '/',
                };
                !import.is_path
                    && import.language == *language
                    && is_within(&import.name, name, separator)
            }
        }
    }
}

fn is_within(name: &str, outer: &str, separator: char) -> bool {
    if outer.is_empty() {
        return true;
    }
    name.strip_prefix(outer)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(separator))
}

/// Cuts the ending off, and the name of a file that stands for its folder.
fn stem(path: &str) -> &str {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    if ["__init__", "index", "mod"].contains(&stem) && stem != name {
        return folder;
    }
    path.get(..path.len() - (name.len() - stem.len()))
        .unwrap_or(path)
}

fn python_names(path: &str, places: &Places<'_>) -> Vec<String> {
    let stem = stem(path);
    let mut names = BTreeSet::from([stem.replace('/', ".")]);
    for root in ["src/", "lib/", "python/"] {
        names.extend(stem.strip_prefix(root).map(|rest| rest.replace('/', ".")));
    }
    // The name from the outermost package on, wherever its folder lies.
    let mut package = stem;
    while let Some((folder, _)) = package.rsplit_once('/') {
        if !places
            .names
            .contains(format!("{folder}/__init__.py").as_str())
        {
            names.extend(
                stem.get(folder.len() + 1..)
                    .map(|rest| rest.replace('/', ".")),
            );
            break;
        }
        package = folder;
    }
    names.into_iter().filter(|name| !name.is_empty()).collect()
}

fn rust_names(path: &str, places: &Places<'_>) -> Vec<String> {
    let mut names = Vec::new();
    for (name, folder) in places.crates() {
        let whole = folder.trim_end_matches('/');
        if path == whole || path == format!("{folder}src") {
            names.push(name);
            continue;
        }
        let source = format!("{folder}src/");
        if let Some(rest) = path.strip_prefix(&source) {
            let inner = stem(rest).replace('/', "::");
            if ["lib", "main"].contains(&inner.as_str()) {
                names.push(name);
            } else {
                names.push(format!("{name}::{inner}"));
            }
        }
    }
    names
}

fn go_names(path: &str, is_folder: bool, places: &Places<'_>) -> Vec<String> {
    let folder = if is_folder {
        path
    } else {
        path.rsplit_once('/').map_or("", |(folder, _)| folder)
    };
    places
        .go_modules()
        .filter_map(|(name, root)| {
            let root = root.trim_end_matches('/');
            if folder == root {
                return Some(name);
            }
            let rest = if root.is_empty() {
                folder
            } else {
                folder.strip_prefix(root)?.strip_prefix('/')?
            };
            Some(format!("{name}/{rest}"))
        })
        .collect()
}

struct Patterns {
    python_import: Regex,
    python_from: Regex,
    rust: Regex,
    script: Regex,
    go: Regex,
}

static PATTERNS: LazyLock<Option<Patterns>> = LazyLock::new(|| {
    Some(Patterns {
        python_import: Regex::new(r"^\s*import\s+([\w.]+(?:\s+as\s+\w+)?(?:\s*,\s*[\w.]+(?:\s+as\s+\w+)?)*)").ok()?,
        python_from: Regex::new(r"^\s*from\s+(\.*)([\w.]*)\s+import\s+\(?\s*([\w,\s*]*)").ok()?,
        rust: Regex::new(r"(?:^\s*(?:pub(?:\([^)]*\))?\s+)?use\s+|\b)((?:crate|super|[a-z]\w*)(?:::[a-zA-Z_]\w*)+)").ok()?,
        script: Regex::new(r#"(?:\bfrom\s+|\brequire\s*\(\s*|\bimport\s*\(\s*|^\s*import\s+)["']([^"']+)["']"#).ok()?,
        go: Regex::new(r#"^\s*(?:import\s+)?(?:[\w.]+\s+)?"([^"\s]+)"\s*$"#).ok()?,
    })
});

/// Finds the imports of a file.
pub(super) fn imports(
    path: &str,
    language: Language,
    text: &str,
    places: &Places<'_>,
) -> Vec<Import> {
    let Some(patterns) = PATTERNS.as_ref() else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let mut push = |line: usize, statement: &str, name: String, is_path: bool| {
        found.push(Import {
            line: line + 1,
            name,
            statement: statement.trim().to_owned(),
            language,
            is_path,
        });
    };
    let own = own_crate(path, places);
    for (at, line) in text.lines().enumerate() {
        match language {
            Language::Python => {
                if let Some(list) = patterns
                    .python_import
                    .captures(line)
                    .and_then(|one| one.get(1))
                {
                    for name in list.as_str().split(',') {
                        let name = name.split_whitespace().next().unwrap_or_default();
                        push(at, line, name.to_owned(), false);
                    }
                } else if let Some(one) = patterns.python_from.captures(line) {
                    let part = |group: usize| one.get(group).map_or("", |found| found.as_str());
                    from_import(path, part(1), part(2), part(3), |name, is_path| {
                        push(at, line, name, is_path);
                    });
                }
            }
            Language::Rust => {
                let code = line.split("//").next().unwrap_or_default();
                for name in patterns
                    .rust
                    .captures_iter(code)
                    .filter_map(|one| one.get(1))
                {
                    let name = name.as_str();
                    let is_use = line.trim_start().starts_with("use ")
                        || line.trim_start().starts_with("pub use ");
                    match (name.strip_prefix("crate::"), &own) {
                        (Some(rest), Some(own)) => push(at, line, format!("{own}::{rest}"), false),
                        (None, _)
                            if is_use
                                || places.crates().any(|(krate, _)| name.starts_with(&krate)) =>
                        {
                            push(at, line, name.to_owned(), false);
                        }
                        (_, _) => {}
                    }
                }
            }
            Language::Script => {
                for name in patterns
                    .script
                    .captures_iter(line)
                    .filter_map(|one| one.get(1))
                {
                    let name = name.as_str();
                    match name.starts_with('.').then(|| relative(path, name)) {
                        Some(Some(path)) => push(at, line, stem(&path).to_owned(), true),
                        Some(None) => {}
                        None => push(at, line, name.to_owned(), false),
                    }
                }
            }
            Language::Go => {
                if let Some(name) = patterns.go.captures(line).and_then(|one| one.get(1)) {
                    push(at, line, name.as_str().to_owned(), false);
                }
            }
            Language::Other(_) => {}
        }
    }
    if language == Language::Go {
        keep_go_imports(text, &mut found);
    }
    let mut seen = BTreeSet::new();
    found.retain(|import| seen.insert((import.line, import.name.clone())));
    found
}

/// Reads `from PACKAGE import NAMES`. Each name may be a module of the package.
fn from_import(
    path: &str,
    dots: &str,
    package: &str,
    names: &str,
    mut push: impl FnMut(String, bool),
) {
    let names = || {
        names
            .split(',')
            .filter_map(|name| name.split_whitespace().next())
    };
    if dots.is_empty() {
        let mut any = false;
        for name in names().filter(|name| *name != "*") {
            any = true;
            push(format!("{package}.{name}"), false);
        }
        if !any {
            push(package.to_owned(), false);
        }
        return;
    }
    let mut folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    for _ in 1..dots.len() {
        folder = folder.rsplit_once('/').map_or("", |(folder, _)| folder);
    }
    let join = |folder: &str, name: &str| {
        if folder.is_empty() {
            name.to_owned()
        } else {
            format!("{folder}/{name}")
        }
    };
    if package.is_empty() {
        for name in names() {
            push(join(folder, name), true);
        }
    } else {
        push(join(folder, &package.replace('.', "/")), true);
    }
}

/// Returns the path that a relative import means; `None` if it leads out of the workspace.
fn relative(path: &str, name: &str) -> Option<String> {
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    for part in name.split('/') {
        match part {
            "." | "" => {}
            ".." => {
                parts.pop()?;
            }
            other => parts.push(other),
        }
    }
    Some(parts.join("/"))
}

fn own_crate(path: &str, places: &Places<'_>) -> Option<String> {
    let mut best: Option<(String, usize)> = None;
    for (name, folder) in places.crates() {
        let is_deeper = best
            .as_ref()
            .is_none_or(|(_, length)| folder.len() > *length);
        if path.starts_with(folder) && is_deeper {
            best = Some((name, folder.len()));
        }
    }
    best.map(|(name, _)| name)
}

/// Leaves only texts that stand in an import: `import "x"`, or inside `import ( … )`.
fn keep_go_imports(text: &str, found: &mut Vec<Import>) {
    let mut inside = false;
    let mut lines = BTreeSet::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.starts_with("import (") {
            inside = true;
        } else if inside && line.starts_with(')') {
            inside = false;
        } else if inside || line.starts_with("import ") {
            lines.insert(at + 1);
        }
    }
    found.retain(|import| lines.contains(&import.line));
}
