//! One Python file with everything the checks ask of it: tree, scopes, imports and memory of
//! questions already answered.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

use super::finding::Kind;
use super::project::ProjectFacts;
use super::scope::{Binding, How, Scopes};
use super::syntax::{Call, Id, Tree};
use super::trust::Trust;

/// How deep an expression is followed; beyond that nothing is known.
///
/// Chosen: hand-written expressions stay below thirty, and the stack holds many times this.
pub(super) const MAX_DEPTH: u32 = 120;

/// How many bindings of one name in one scope are told apart.
///
/// Chosen: a name that is bound more often is a table in a generated file.
const MAX_BINDINGS: usize = 400;

/// The file under analysis.
#[derive(Debug)]
pub(super) struct Module<'t> {
    /// The path that the caller gave for the file.
    pub(super) path: &'t str,
    /// What is known of the project around it.
    pub(super) facts: &'t ProjectFacts,
    /// The syntax tree.
    pub(super) tree: Tree<'t>,
    /// The names.
    pub(super) scopes: Scopes<'t>,
    /// What each imported name stands for; several where imports are tried in turn.
    imports: BTreeMap<&'t str, Vec<String>>,
    /// Modules imported with `*`.
    wildcards: Vec<String>,
    /// The first part of every module that is imported, for "is this library used here".
    libraries: Vec<String>,
    qualified: RefCell<HashMap<Id, Vec<String>>>,
    /// Answers about trust; nothing while the question is still open.
    pub(super) trusted: RefCell<HashMap<(Id, Kind), Option<Trust>>>,
}

impl<'t> Module<'t> {
    /// Reads scopes and imports of a tree.
    pub(super) fn new(path: &'t str, facts: &'t ProjectFacts, tree: Tree<'t>) -> Self {
        let scopes = Scopes::new(&tree);
        let mut this = Self {
            path,
            facts,
            tree,
            scopes,
            imports: BTreeMap::new(),
            wildcards: Vec::new(),
            libraries: Vec::new(),
            qualified: RefCell::new(HashMap::new()),
            trusted: RefCell::new(HashMap::new()),
        };
        for id in this.tree.all() {
            match this.tree.kind(id) {
                "import_statement" => this.read_import(id),
                "import_from_statement" => this.read_import_from(id),
                _ => {}
            }
        }
        this
    }

    fn read_import(&mut self, statement: Id) {
        let names: Vec<Id> = self.tree.fields(statement, "name").collect();
        for name in names {
            if self.tree.kind(name) == "aliased_import" {
                let (Some(path), Some(alias)) = (
                    self.tree.field(name, "name"),
                    self.tree.field(name, "alias"),
                ) else {
                    continue;
                };
                let path = self.tree.text(path);
                self.libraries.push(path.to_owned());
                let alias = self.tree.text(alias);
                self.imports.entry(alias).or_default().push(path.to_owned());
            } else {
                // `import a.b` binds `a`.
                let path = self.tree.text(name);
                self.libraries.push(path.to_owned());
                let first = path.split('.').next().unwrap_or(path);
                let known = self.imports.entry(first).or_default();
                if !known.iter().any(|one| one == first) {
                    known.push(first.to_owned());
                }
            }
        }
    }

    fn read_import_from(&mut self, statement: Id) {
        let Some(module) = self.tree.field(statement, "module_name") else {
            return;
        };
        let module = self.tree.text(module);
        self.libraries.push(module.to_owned());
        if self
            .tree
            .named(statement)
            .any(|child| self.tree.kind(child) == "wildcard_import")
        {
            self.wildcards.push(module.to_owned());
        }
        let names: Vec<Id> = self.tree.fields(statement, "name").collect();
        for name in names {
            let (path, alias) = if self.tree.kind(name) == "aliased_import" {
                match (
                    self.tree.field(name, "name"),
                    self.tree.field(name, "alias"),
                ) {
                    (Some(path), Some(alias)) => (self.tree.text(path), self.tree.text(alias)),
                    _ => continue,
                }
            } else {
                (self.tree.text(name), self.tree.text(name))
            };
            let whole = format!("{module}.{path}");
            // `from flask import request` may also bring a submodule that counts as a library.
            self.libraries.push(whole.clone());
            self.imports.entry(alias).or_default().push(whole);
        }
    }

    /// Says whether the library, or a part of it, is imported anywhere in the file.
    pub(super) fn imports_library(&self, library: &str) -> bool {
        self.libraries.iter().any(|one| {
            one == library
                || one
                    .strip_prefix(library)
                    .is_some_and(|rest| rest.starts_with('.'))
        })
    }

    /// Returns the local name under which the whole thing is imported, if it is.
    pub(super) fn local_name(&self, path: &str) -> Option<&'t str> {
        self.imports
            .iter()
            .find(|(_, paths)| paths.len() == 1 && paths.iter().any(|one| one == path))
            .map(|(name, _)| *name)
    }

    /// Returns what a name is imported as.
    pub(super) fn imported_as(&self, name: &str) -> Option<&[String]> {
        self.imports.get(name).map(Vec::as_slice)
    }

    /// Returns the text of a node.
    pub(super) fn text(&self, id: Id) -> &'t str {
        self.tree.text(id)
    }

    /// Returns the dotted names an expression may stand for.
    ///
    /// The result of a call ends in `()`, an instance of a class that a parameter or variable is
    /// annotated with too. A name nothing is known about starts with `?`.
    pub(super) fn qualified(&self, id: Id) -> Vec<String> {
        self.qualified_to(id, MAX_DEPTH / 4)
    }

    /// Returns the bindings that a use of the name at a node may see; one of which nothing is
    /// known where there are too many to tell.
    pub(super) fn bindings(&self, name: &str, at: Id) -> Vec<Binding> {
        let count = self.scopes.count(name, at);
        if count > MAX_BINDINGS || !self.tree.may_spend(count) {
            return vec![Binding {
                at,
                how: How::Other,
            }];
        }
        self.scopes.reaching(&self.tree, name, at)
    }

    /// Says whether an expression may stand for one of the names.
    pub(super) fn is_one_of(&self, id: Id, names: &[&str]) -> bool {
        self.qualified(id)
            .iter()
            .any(|found| names.contains(&found.as_str()))
    }

    fn qualified_to(&self, id: Id, depth: u32) -> Vec<String> {
        let Some(depth) = depth.checked_sub(1) else {
            return vec!["?".to_owned()];
        };
        let id = self.tree.bare(id);
        if let Some(known) = self.qualified.borrow().get(&id) {
            return known.clone();
        }
        // A name that is defined by itself must not be followed for ever.
        self.qualified.borrow_mut().insert(id, vec!["?".to_owned()]);
        let mut names = match self.tree.kind(id) {
            "identifier" => self.qualified_name(id, depth),
            "attribute" => self.qualified_attribute(id, depth),
            "call" => self
                .tree
                .field(id, "function")
                .map_or_else(Vec::new, |function| {
                    if self.is_one_of_inner(function, "getattr", depth)
                        && let Some(call) = self.tree.call(id)
                        && let [object, name] = call.positional.as_slice()
                        && let Some(name) = self.constant_text(*name)
                    {
                        return suffixed(self.qualified_to(*object, depth), &format!(".{name}"));
                    }
                    if self.is_one_of_inner(function, "importlib.import_module", depth)
                        || self.is_one_of_inner(function, "__import__", depth)
                    {
                        let name = self
                            .tree
                            .call(id)
                            .and_then(|call| call.positional.first().copied())
                            .and_then(|name| self.constant_text(name));
                        if let Some(name) = name {
                            return vec![name];
                        }
                    }
                    let inner = self.qualified_to(function, depth);
                    // A context manager that gives back itself is the common case.
                    if inner.iter().all(|one| one.ends_with("().__enter__")) {
                        return inner;
                    }
                    suffixed(inner, "()")
                }),
            "subscript" => self.tree.field(id, "value").map_or_else(Vec::new, |value| {
                suffixed(self.qualified_to(value, depth), "[]")
            }),
            "string" | "concatenated_string" => vec!["str()".to_owned()],
            "conditional_expression" | "boolean_operator" => {
                let parts: Vec<Id> = self.tree.named(id).collect();
                let parts = match (self.tree.kind(id), parts.as_slice()) {
                    ("conditional_expression", [yes, _, no]) => vec![*yes, *no],
                    _ => parts,
                };
                parts
                    .into_iter()
                    .flat_map(|part| self.qualified_to(part, depth))
                    .collect()
            }
            _ => vec!["?".to_owned()],
        };
        names.dedup();
        names.truncate(6);
        self.qualified.borrow_mut().insert(id, names.clone());
        names
    }

    fn is_one_of_inner(&self, id: Id, name: &str, depth: u32) -> bool {
        self.qualified_to(id, depth).iter().any(|one| one == name)
    }

    fn qualified_name(&self, id: Id, depth: u32) -> Vec<String> {
        let name = self.tree.text(id);
        let bindings = self.bindings(name, id);
        if bindings.is_empty() {
            if let Some(paths) = self.imports.get(name) {
                return paths.clone();
            }
            let mut names = vec![name.to_owned()];
            names.extend(
                self.wildcards
                    .iter()
                    .map(|module| format!("{module}.{name}")),
            );
            return names;
        }
        let mut names = Vec::new();
        for binding in bindings {
            match binding.how {
                How::Import => names.extend(self.imports.get(name).cloned().unwrap_or_default()),
                How::Assign(value) => {
                    let annotation = self
                        .tree
                        .field(binding.at, "type")
                        .map(|annotation| self.annotated(annotation, depth));
                    match annotation {
                        Some(found) if !found.is_empty() => names.extend(found),
                        _ => names.extend(self.qualified_to(value, depth)),
                    }
                }
                How::Context(value) => names.extend(self.qualified_to(value, depth)),
                How::Define(_) => names.push(format!(".{name}")),
                How::Parameter(parameter) => {
                    let annotation = self.tree.field(parameter, "type");
                    let found = annotation.map_or_else(Vec::new, |one| self.annotated(one, depth));
                    if found.is_empty() {
                        names.push(format!("?{name}"));
                    } else {
                        names.extend(found);
                    }
                }
                How::Unpack(_) | How::Augment(_) | How::Each(_) | How::Other => {
                    names.push(format!("?{name}"));
                }
            }
        }
        names
    }

    fn qualified_attribute(&self, id: Id, depth: u32) -> Vec<String> {
        let (Some(object), Some(attribute)) = (
            self.tree.field(id, "object"),
            self.tree.field(id, "attribute"),
        ) else {
            return Vec::new();
        };
        let name = self.tree.text(attribute);
        if matches!(self.tree.text(object), "self" | "cls")
            && let Some(class) = self.tree.class(id)
        {
            let mut names = Vec::new();
            for (_, how) in self.scopes.attribute(class, name) {
                match how {
                    How::Assign(value) | How::Context(value) => {
                        names.extend(self.qualified_to(value, depth));
                    }
                    _ => {}
                }
            }
            if !names.is_empty() {
                return names;
            }
            return vec![format!("?self.{name}")];
        }
        let suffix = format!(".{name}");
        suffixed(self.qualified_to(object, depth), &suffix)
    }

    /// Reads an annotation as the instance it promises; empty for none or for `str` and the like.
    fn annotated(&self, annotation: Id, depth: u32) -> Vec<String> {
        let mut inner = annotation;
        while self.tree.kind(inner) == "type" {
            match self.tree.named(inner).next() {
                Some(next) => inner = next,
                None => break,
            }
        }
        match self.tree.kind(inner) {
            "identifier" | "attribute" => suffixed(self.qualified_to(inner, depth), "()"),
            "string" => {
                let text = self.constant_text(inner).unwrap_or_default();
                let first = text.split('.').next().unwrap_or_default();
                match self.imports.get(first) {
                    Some(paths) => paths
                        .iter()
                        .map(|path| format!("{path}{}()", text.trim_start_matches(first)))
                        .collect(),
                    None => Vec::new(),
                }
            }
            _ => Vec::new(),
        }
    }

    /// Returns the call a node is, if what it calls is one of the names.
    pub(super) fn call_of(&self, id: Id, names: &[&str]) -> Option<Call<'t>> {
        let call = self.tree.call(id)?;
        self.is_one_of(call.function, names).then_some(call)
    }

    /// Returns the last part of what a call calls: the name of the method or function.
    pub(super) fn method(&self, call: &Call<'t>) -> &'t str {
        match self.tree.kind(call.function) {
            "attribute" => self
                .tree
                .field(call.function, "attribute")
                .map_or("", |name| self.tree.text(name)),
            _ => self.tree.text(call.function),
        }
    }

    /// Returns the last part of the dotted name a call stands for, whatever it is called here.
    pub(super) fn method_name(&self, call: &Call<'t>) -> Option<String> {
        let names = self.qualified(call.function);
        let first = names.first()?;
        Some(first.rsplit('.').next().unwrap_or(first).to_owned())
    }

    /// Returns what a method is called on.
    pub(super) fn receiver(&self, call: &Call<'t>) -> Option<Id> {
        (self.tree.kind(call.function) == "attribute")
            .then(|| self.tree.field(call.function, "object"))
            .flatten()
    }

    /// Finds the one definition of a function that a name refers to.
    pub(super) fn definition(&self, name: Id) -> Option<Id> {
        if self.tree.kind(name) != "identifier" {
            return None;
        }
        let bindings = self.bindings(self.tree.text(name), name);
        match bindings.as_slice() {
            [one] => match one.how {
                How::Define(node) if self.tree.kind(node) == "function_definition" => Some(node),
                _ => None,
            },
            _ => None,
        }
    }

    /// Returns the one value an expression has, following names that are bound exactly once.
    pub(super) fn value(&self, id: Id) -> Id {
        let mut at = self.tree.bare(id);
        for _ in 0..16 {
            if self.tree.kind(at) != "identifier" {
                break;
            }
            let bindings = self.bindings(self.tree.text(at), at);
            match bindings.as_slice() {
                [one] => match one.how {
                    How::Assign(value) => at = self.tree.bare(value),
                    _ => break,
                },
                _ => break,
            }
        }
        at
    }

    /// Returns the line ending of the file.
    pub(super) fn newline(&self) -> &'static str {
        let text = self.tree.source();
        match text.find('\n') {
            Some(at) if text.as_bytes().get(at.wrapping_sub(1)) == Some(&b'\r') => "\r\n",
            _ => "\n",
        }
    }
}

fn suffixed(names: Vec<String>, suffix: &str) -> Vec<String> {
    names
        .into_iter()
        .map(|mut name| {
            // Names grow with every step of a chain; what is that long names nothing we know.
            if name.len() < 200 {
                name.push_str(suffix);
            }
            name
        })
        .collect()
}
