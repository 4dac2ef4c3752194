//! How a path of names is followed: from a place, through modules and imports, into what they offer.

use super::super::File;
use super::super::facts::{Import, Kind};
use super::super::modules::Place;
use super::super::speech::Speech;
use super::{Found, Project, Symbol, dedup, inner_module};

impl<'m> Project<'m> {
    /// What a path means, seen from a module.
    pub(super) fn path(&self, place: Place, path: &str, depth: usize) -> Vec<Found> {
        if depth == 0 {
            return vec![Found::Unknown];
        }
        let Some(file) = self.file(place.file) else {
            return Vec::new();
        };
        let joint = file.speech.joint();
        let mut found: Vec<Found> = Vec::new();
        let mut is_first = true;
        for part in path.split(joint) {
            if part.is_empty() {
                continue;
            }
            let next = if is_first {
                self.beginning(place, file, part, depth)
            } else {
                let mut next = Vec::new();
                for outer in &found {
                    next.extend(self.step(outer, part, depth));
                }
                next
            };
            is_first = false;
            found = next;
            if found.is_empty() {
                return vec![Found::Outside];
            }
            // A type and a module may share a name; only these can stand before another part.
            if found.len() > 1 {
                let leads = |found: &Found| match found {
                    Found::Symbol(symbol) => {
                        self.def(*symbol).is_some_and(|def| def.kind.has_members())
                    }
                    _ => true,
                };
                if found.iter().any(leads) {
                    found.retain(leads);
                }
            }
        }
        found
    }

    pub(super) fn step(&self, outer: &Found, part: &str, depth: usize) -> Vec<Found> {
        match (outer, part) {
            (Found::Module(place), "super") => self
                .modules
                .above(*place)
                .map(Found::Module)
                .into_iter()
                .collect(),
            (Found::Module(place), "self") => vec![Found::Module(*place)],
            _ => self.inside(outer, part, depth),
        }
    }

    pub(super) fn beginning(
        &self,
        place: Place,
        file: &File,
        part: &str,
        depth: usize,
    ) -> Vec<Found> {
        if file.speech == Speech::Rust {
            match part {
                "crate" | "$crate" => return vec![Found::Module(self.modules.root(place.file))],
                "self" => return vec![Found::Module(place)],
                "super" => {
                    return self
                        .modules
                        .above(place)
                        .map(Found::Module)
                        .into_iter()
                        .collect();
                }
                _ => {}
            }
            let found = self.in_module(place, part, depth - 1);
            if !found.is_empty() {
                return found;
            }
            return match self.modules.crate_named(part) {
                Some(root) => vec![Found::Module(root)],
                None => Vec::new(),
            };
        }
        self.in_module(place, part, depth - 1)
    }

    /// What a name means in a module.
    pub(super) fn in_module(&self, place: Place, name: &str, depth: usize) -> Vec<Found> {
        if depth == 0 {
            return vec![Found::Unknown];
        }
        let Some(file) = self.file(place.file) else {
            return Vec::new();
        };
        let mut found: Vec<Found> = self
            .named(place.file, place.inner, name)
            .into_iter()
            .map(|symbol| self.opened(symbol))
            .collect();
        let imports = usize::try_from(place.file)
            .ok()
            .and_then(|at| self.imports.get(at));
        let asked = |name: &str| -> Vec<&'m Import> {
            imports
                .and_then(|imports| imports.get(&(place.inner, name)))
                .into_iter()
                .flatten()
                .filter_map(|number| file.facts.import(*number))
                .collect()
        };
        if found.is_empty() || file.speech == Speech::Rust {
            for import in asked(name) {
                found.extend(self.import(place.file, import, depth - 1));
            }
        }
        if found.is_empty() {
            for import in asked("*") {
                let sources = self.source(place.file, import, depth - 1);
                for source in sources
                    .iter()
                    .filter(|source| **source != Found::Module(place))
                {
                    let inside = self.inside(source, name, depth - 1);
                    found.extend(
                        inside
                            .into_iter()
                            .filter(|one| !matches!(one, Found::Outside | Found::Unknown)),
                    );
                }
            }
        }
        if found.is_empty() {
            match file.speech {
                Speech::Go => {
                    for other in self.modules.beside(&file.path) {
                        let is_same = self
                            .file(*other)
                            .is_some_and(|one| one.facts.package == file.facts.package);
                        if is_same && *other != place.file {
                            let named = self.named(*other, None, name);
                            found.extend(named.into_iter().map(Found::Symbol));
                        }
                    }
                }
                Speech::Python => {
                    let own = self.modules.name_of(place.file);
                    let is_package = file.path.ends_with("__init__.py");
                    if let Some(own) = own.filter(|_| is_package) {
                        found.extend(self.module_of(&format!("{own}.{name}")));
                    }
                }
                Speech::Script | Speech::Rust => {}
            }
        }
        dedup(found)
    }

    pub(super) fn module_of(&self, dotted: &str) -> Option<Found> {
        if let Some(file) = self.modules.dotted(dotted) {
            return Some(Found::Module(Place { file, inner: None }));
        }
        self.modules
            .is_package(dotted)
            .then(|| Found::Package(dotted.to_owned()))
    }

    /// The module behind its declaration; everything else is what it is.
    pub(super) fn opened(&self, symbol: Symbol) -> Found {
        if self.def(symbol).is_some_and(|def| def.kind == Kind::Module) {
            let place = Place {
                file: symbol.file,
                inner: Some(symbol.def),
            };
            if let Some(module) = self.modules.module(place) {
                return Found::Module(module);
            }
        }
        Found::Symbol(symbol)
    }

    /// What an import takes names from.
    pub(super) fn source(&self, file: u32, import: &Import, depth: usize) -> Vec<Found> {
        let Some(home) = self.file(file) else {
            return Vec::new();
        };
        match home.speech {
            Speech::Python => {
                let dotted = self.modules.absolute(self.map, file, &import.from);
                let found = dotted.and_then(|dotted| self.module_of(&dotted));
                vec![found.unwrap_or(Found::Outside)]
            }
            Speech::Script => {
                if import.from.is_empty() {
                    return vec![Found::Module(Place { file, inner: None })];
                }
                match self.modules.script(self.map, file, &import.from) {
                    Some(file) => vec![Found::Module(Place { file, inner: None })],
                    None => vec![Found::Outside],
                }
            }
            Speech::Go => match self
                .modules
                .go_package(&import.from)
                .and_then(<[u32]>::first)
            {
                Some(file) => vec![Found::Files(*file)],
                None => vec![Found::Outside],
            },
            Speech::Rust => {
                let place = Place {
                    file,
                    inner: inner_module(home, import.within),
                };
                if import.from.is_empty() {
                    return vec![Found::Module(place)];
                }
                self.path(place, &import.from, depth)
            }
        }
    }

    /// What an import binds.
    pub(super) fn import(&self, file: u32, import: &Import, depth: usize) -> Vec<Found> {
        if depth == 0 {
            return vec![Found::Unknown];
        }
        let is_rust = self
            .file(file)
            .is_some_and(|home| home.speech == Speech::Rust);
        if is_rust && import.from.is_empty() && !import.name.is_empty() {
            // `use name;`: a crate or a module of this one, not this import itself.
            let home = Place {
                file,
                inner: self
                    .file(file)
                    .and_then(|home| inner_module(home, import.within)),
            };
            let mut own: Vec<Found> = self
                .named(home.file, home.inner, &import.name)
                .into_iter()
                .map(|symbol| self.opened(symbol))
                .collect();
            if own.is_empty() {
                own.push(match self.modules.crate_named(&import.name) {
                    Some(root) => Found::Module(root),
                    None => Found::Outside,
                });
            }
            return own;
        }
        let sources = self.source(file, import, depth - 1);
        if import.name.is_empty() {
            return sources;
        }
        let mut found = Vec::new();
        for source in sources {
            let inside = self.inside(&source, &import.name, depth - 1);
            if inside.is_empty() {
                found.push(match source {
                    Found::Outside => Found::Outside,
                    _ => Found::Unknown,
                });
            }
            found.extend(inside);
        }
        dedup(found)
    }

    /// What a name means inside of what a path has led to.
    pub(super) fn inside(&self, outer: &Found, name: &str, depth: usize) -> Vec<Found> {
        if depth == 0 {
            return vec![Found::Unknown];
        }
        match outer {
            Found::Module(place) => {
                let found = self.in_module(*place, name, depth - 1);
                if found.is_empty()
                    && let Some(file) = self.file(place.file)
                    && file.speech == Speech::Python
                    && let Some(own) = self.modules.name_of(place.file)
                {
                    return self
                        .module_of(&format!("{own}.{name}"))
                        .into_iter()
                        .collect();
                }
                found
            }
            Found::Package(dotted) => self
                .module_of(&format!("{dotted}.{name}"))
                .into_iter()
                .collect(),
            Found::Files(first) => {
                let Some(file) = self.file(*first) else {
                    return Vec::new();
                };
                let mut found = Vec::new();
                for other in self.modules.beside(&file.path) {
                    found.extend(
                        self.named(*other, None, name)
                            .into_iter()
                            .map(Found::Symbol),
                    );
                }
                found
            }
            Found::Symbol(symbol) => {
                let kind = self.def(*symbol).map(|def| def.kind);
                match kind {
                    Some(kind) if kind.has_members() => self.members(*symbol, name, depth - 1),
                    _ => vec![Found::Unknown],
                }
            }
            Found::Outside => vec![Found::Outside],
            Found::Unknown => vec![Found::Unknown],
        }
    }
}
