//! Which file an import means, where the language lets us tell: packages of Python by their folders,
//! modules of Rust by the tree that begins at a crate's root, files of JavaScript by relative paths,
//! packages of Go by the module's name.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Map;
use super::facts::{Kind, Marks};
use super::speech::Speech;

/// How many names a path of modules may have. Chosen: deeper ones are circles.
const DEEPEST: usize = 32;

/// A module: a file, or a module inside of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Place {
    pub(crate) file: u32,
    pub(crate) inner: Option<u32>,
}

/// The modules of a workspace.
#[derive(Default)]
pub(crate) struct Modules {
    by_path: HashMap<String, u32>,
    /// Python: by dotted name.
    python: HashMap<String, u32>,
    /// Python: every beginning of a dotted name.
    packages: BTreeSet<String>,
    dotted: HashMap<u32, String>,
    /// Rust: the roots of libraries by the name of the crate.
    crates: BTreeMap<String, u32>,
    /// Rust: by module, the module above.
    above: HashMap<Place, Place>,
    /// Rust: by the place of a declaration, the file that it means.
    declared: HashMap<Place, u32>,
    /// Rust: by file, the root that it belongs to.
    root_of: HashMap<u32, u32>,
    /// Go: files by folder.
    folders: HashMap<String, Vec<u32>>,
    /// Go: folder by import path.
    go: Vec<(String, String)>,
}

fn number(at: usize) -> u32 {
    super::scope::small(at)
}

pub(crate) fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn stem(path: &str) -> &str {
    let name = name(path);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

fn joined(folder: &str, name: &str) -> String {
    if folder.is_empty() {
        name.to_owned()
    } else {
        format!("{folder}/{name}")
    }
}

impl Modules {
    /// Finds the modules of a map.
    pub(crate) fn of(map: &Map) -> Self {
        let mut modules = Self::default();
        for (at, file) in map.files.iter().enumerate() {
            modules.by_path.insert(file.path.clone(), number(at));
        }
        modules.python(map);
        modules.rust(map);
        modules.go(map);
        modules
    }

    /// Returns the file at a path.
    pub(crate) fn file(&self, path: &str) -> Option<u32> {
        self.by_path.get(path).copied()
    }

    fn python(&mut self, map: &Map) {
        for (at, file) in map.files.iter().enumerate() {
            if file.speech != Speech::Python {
                continue;
            }
            let mut parts: Vec<&str> = Vec::new();
            let is_package = name(&file.path) == "__init__.py";
            if !is_package {
                parts.push(stem(&file.path));
            }
            let mut at_folder = folder(&file.path);
            while !at_folder.is_empty()
                && self
                    .by_path
                    .contains_key(&format!("{at_folder}/__init__.py"))
            {
                parts.push(name(at_folder));
                at_folder = folder(at_folder);
            }
            parts.reverse();
            let short = parts.join(".");
            // Folders without a mark are packages as well, seen from the root of the sources.
            let long: Vec<&str> = file
                .path
                .trim_end_matches(".py")
                .trim_end_matches("/__init__")
                .split('/')
                .collect();
            let long = long.join(".");
            let inner = long.strip_prefix("src.").unwrap_or(&long).to_owned();
            self.dotted.insert(number(at), short.clone());
            for dotted in [short, inner] {
                let mut beginning = dotted.as_str();
                while let Some((outer, _)) = beginning.rsplit_once('.') {
                    self.packages.insert(outer.to_owned());
                    beginning = outer;
                }
                if is_package {
                    self.packages.insert(dotted.clone());
                }
                self.python.entry(dotted).or_insert_with(|| number(at));
            }
        }
    }

    /// Returns the module of Python by its name.
    pub(crate) fn dotted(&self, dotted: &str) -> Option<u32> {
        self.python.get(dotted).copied()
    }

    /// Tells whether a dotted name is a package, with a file of its own or without.
    pub(crate) fn is_package(&self, dotted: &str) -> bool {
        self.packages.contains(dotted)
    }

    /// Returns the name of a module of Python.
    pub(crate) fn name_of(&self, file: u32) -> Option<&str> {
        self.dotted.get(&file).map(String::as_str)
    }

    /// Makes a module's name absolute: `..a` seen from a file.
    pub(crate) fn absolute(&self, map: &Map, file: u32, from: &str) -> Option<String> {
        let dots = from.chars().take_while(|c| *c == '.').count();
        if dots == 0 {
            return Some(from.to_owned());
        }
        let own = self.name_of(file)?;
        let path = &map.files.get(usize::try_from(file).ok()?)?.path;
        let mut parts: Vec<&str> = own.split('.').collect();
        let ups = if name(path) == "__init__.py" {
            dots - 1
        } else {
            dots
        };
        for _ in 0..ups {
            parts.pop()?;
        }
        let rest = from.trim_start_matches('.');
        if !rest.is_empty() {
            parts.push(rest);
        }
        Some(parts.join("."))
    }

    /// Returns the file that a path means in JavaScript, seen from a file.
    pub(crate) fn script(&self, map: &Map, file: u32, from: &str) -> Option<u32> {
        if !from.starts_with('.') {
            return None;
        }
        let path = &map.files.get(usize::try_from(file).ok()?)?.path;
        let mut parts: Vec<&str> = folder(path).split('/').filter(|p| !p.is_empty()).collect();
        for part in from.split('/') {
            match part {
                "." | "" => {}
                ".." => {
                    parts.pop()?;
                }
                other => parts.push(other),
            }
        }
        let wanted = parts.join("/");
        // TypeScript is imported by the name of the JavaScript that is made of it.
        let bare = ["js", "mjs", "cjs", "jsx"]
            .iter()
            .find_map(|end| wanted.strip_suffix(&format!(".{end}")))
            .unwrap_or(&wanted)
            .to_owned();
        let ends = ["ts", "tsx", "js", "jsx", "mjs", "cjs", "mts", "cts"];
        std::iter::once(wanted.clone())
            .chain(ends.iter().map(|end| format!("{wanted}.{end}")))
            .chain(ends.iter().map(|end| format!("{bare}.{end}")))
            .chain(
                ends.iter()
                    .map(|end| joined(&wanted, &format!("index.{end}"))),
            )
            .find_map(|path| self.file(&path))
    }

    fn go(&mut self, map: &Map) {
        for (at, file) in map.files.iter().enumerate() {
            if file.speech == Speech::Go {
                let folder = folder(&file.path).to_owned();
                self.folders.entry(folder).or_default().push(number(at));
            }
        }
        for (path, text) in &map.manifests {
            if name(path) == "go.mod"
                && let Some(module) = text
                    .lines()
                    .find_map(|line| line.trim().strip_prefix("module "))
            {
                self.go
                    .push((module.trim().to_owned(), folder(path).to_owned()));
            }
        }
        // Of two modules the one with the longer name is the inner one.
        self.go
            .sort_by_key(|(module, _)| std::cmp::Reverse(module.len()));
    }

    /// Returns the files of a package of Go, by the path of an import.
    pub(crate) fn go_package(&self, from: &str) -> Option<&[u32]> {
        let folder = self.go.iter().find_map(|(module, folder)| {
            let rest = from.strip_prefix(module.as_str())?;
            match rest.strip_prefix('/') {
                Some(rest) => Some(joined(folder, rest)),
                None => rest.is_empty().then(|| folder.clone()),
            }
        })?;
        self.folders.get(&folder).map(Vec::as_slice)
    }

    /// Returns the files that stand in the same folder.
    pub(crate) fn beside(&self, path: &str) -> &[u32] {
        self.folders.get(folder(path)).map_or(&[], Vec::as_slice)
    }

    fn rust(&mut self, map: &Map) {
        let mut roots: Vec<(u32, Option<String>)> = Vec::new();
        for (path, text) in &map.manifests {
            if name(path) != "Cargo.toml" {
                continue;
            }
            let base = folder(path);
            let crate_name =
                named(text, "[lib]", "name").or_else(|| named(text, "[package]", "name"));
            let library = named(text, "[lib]", "path").unwrap_or_else(|| "src/lib.rs".to_owned());
            if let Some(root) = self.file(&joined(base, &library)) {
                roots.push((root, crate_name.map(|name| name.replace('-', "_"))));
            }
            let below = |part: &str| joined(base, part);
            for file in map.files.iter().filter(|file| file.speech == Speech::Rust) {
                let Some(rest) = file.path.strip_prefix(&below("")) else {
                    continue;
                };
                let parts: Vec<&str> = rest.trim_start_matches('/').split('/').collect();
                let is_root = matches!(
                    parts.as_slice(),
                    ["build.rs"]
                        | ["src", "main.rs"]
                        | ["src", "bin", _]
                        | ["src", "bin", _, "main.rs"]
                        | ["tests" | "examples" | "benches", _]
                        | ["tests" | "examples" | "benches", _, "main.rs"]
                );
                if is_root && let Some(root) = self.file(&file.path) {
                    roots.push((root, None));
                }
            }
            for line in text.lines() {
                if let Some(value) = line.trim().strip_prefix("path")
                    && let Some(value) = value.trim_start().strip_prefix('=')
                    && value.contains(".rs")
                    && let Some(root) = self.file(&below(value.trim().trim_matches('"')))
                {
                    roots.push((root, None));
                }
            }
        }
        if roots.is_empty() {
            let is_root = |path: &str| matches!(name(path), "lib.rs" | "main.rs");
            for (at, file) in map.files.iter().enumerate() {
                if file.speech == Speech::Rust && is_root(&file.path) {
                    roots.push((number(at), None));
                }
            }
        }
        for (root, crate_name) in roots {
            if let Some(crate_name) = crate_name {
                self.crates.entry(crate_name).or_insert(root);
            }
            if self.root_of.contains_key(&root) {
                continue;
            }
            self.tree(map, root);
        }
    }

    /// Follows the declarations of modules from a root.
    fn tree(&mut self, map: &Map, root: u32) {
        self.root_of.insert(root, root);
        let mut open = vec![(root, 0)];
        while let Some((file, depth)) = open.pop() {
            let Some(one) = usize::try_from(file).ok().and_then(|at| map.files.get(at)) else {
                continue;
            };
            let own = if file == root || name(&one.path) == "mod.rs" {
                folder(&one.path).to_owned()
            } else {
                joined(folder(&one.path), stem(&one.path))
            };
            for (at, def) in one.facts.defs.iter().enumerate() {
                if def.kind != Kind::Module {
                    continue;
                }
                let here = Place {
                    file,
                    inner: Some(number(at)),
                };
                let outer = Place {
                    file,
                    inner: def.container,
                };
                if !def.marks.has(Marks::ENTRY) {
                    self.above.insert(here, outer);
                    continue;
                }
                // `mod a { mod b; }` lies in `a/b.rs`.
                let mut inside = Vec::new();
                let mut container = def.container;
                while let Some(above) = container.and_then(|above| one.facts.def(above)) {
                    inside.push(above.name.as_str());
                    container = above.container;
                    if inside.len() > DEEPEST {
                        break;
                    }
                }
                inside.reverse();
                let mut base = own.clone();
                for part in inside {
                    base = joined(&base, part);
                }
                let plain = def.name.trim_start_matches("r#");
                let given = def.bases.first().and_then(|path| {
                    let mut at = folder(&one.path);
                    let mut rest = path.as_str();
                    while let Some(more) = rest.strip_prefix("../") {
                        at = folder(at);
                        rest = more;
                    }
                    self.file(&joined(at, rest.trim_start_matches("./")))
                });
                let found = given
                    .or_else(|| self.file(&joined(&base, &format!("{plain}.rs"))))
                    .or_else(|| self.file(&joined(&base, &format!("{plain}/mod.rs"))));
                let Some(found) = found else { continue };
                self.declared.insert(here, found);
                if self.root_of.contains_key(&found) || depth > DEEPEST {
                    continue;
                }
                self.root_of.insert(found, root);
                let inner = Place {
                    file: found,
                    inner: None,
                };
                self.above.insert(inner, outer);
                open.push((found, depth + 1));
            }
        }
    }

    /// Returns the module that a declaration of one means.
    pub(crate) fn module(&self, place: Place) -> Option<Place> {
        match self.declared.get(&place) {
            Some(file) => Some(Place {
                file: *file,
                inner: None,
            }),
            None => self.above.contains_key(&place).then_some(place),
        }
    }

    /// Returns the module above.
    pub(crate) fn above(&self, place: Place) -> Option<Place> {
        self.above.get(&place).copied()
    }

    /// Returns the root of the crate that a file belongs to.
    pub(crate) fn root(&self, file: u32) -> Place {
        Place {
            file: self.root_of.get(&file).copied().unwrap_or(file),
            inner: None,
        }
    }

    /// Returns the root of a library by the name of its crate.
    pub(crate) fn crate_named(&self, name: &str) -> Option<Place> {
        self.crates.get(name).map(|file| Place {
            file: *file,
            inner: None,
        })
    }

    /// Tells whether a file of Rust is a part of a crate.
    pub(crate) fn is_reached(&self, file: u32) -> bool {
        self.root_of.contains_key(&file)
    }

    /// Tells whether a file is the root of a library, which others may use.
    pub(crate) fn is_library(&self, root: u32) -> bool {
        self.crates.values().any(|library| *library == root)
    }
}

/// Reads a value of a section of a manifest.
fn named(text: &str, section: &str, key: &str) -> Option<String> {
    let mut is_inside = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            is_inside = line == section;
        } else if is_inside
            && let Some(rest) = line.strip_prefix(key)
            && let Some(value) = rest.trim_start().strip_prefix('=')
        {
            let value = value.split('#').next().unwrap_or_default();
            return Some(value.trim().trim_matches('"').to_owned());
        }
    }
    None
}
