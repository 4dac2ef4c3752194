//! One file as the judging sees it: its tree, what it imports, and where its names get values.

use std::collections::{BTreeMap, BTreeSet};

use super::super::syntax::{Id, Tree};
use super::grammar::Tongue;
use super::shape::{Binding, How, Shape};
use super::{go, javascript, rust};

/// How many steps a name is followed. Chosen: code that people write has no longer chains.
const STEPS: usize = 12;

/// What a file imports.
#[derive(Debug, Default)]
pub(super) struct Imports {
    names: BTreeMap<String, String>,
    libraries: BTreeSet<String>,
}

impl Imports {
    /// Notes a name and what it stands for.
    pub(super) fn name(&mut self, local: &str, full: &str) {
        self.names.insert(local.to_owned(), full.to_owned());
    }

    /// Notes a library.
    pub(super) fn library(&mut self, name: &str) {
        self.libraries.insert(name.to_owned());
    }
}

/// A file.
pub(super) struct File<'t> {
    /// Its language.
    pub(super) tongue: Tongue,
    /// Its path, of which the name is looked at.
    pub(super) path: &'t str,
    /// Its tree.
    pub(super) tree: Tree<'t>,
    imports: Imports,
    /// By function and name.
    bindings: BTreeMap<(Id, &'t str), Vec<Binding<'t>>>,
}

impl<'t> File<'t> {
    /// Reads a parsed file.
    pub(super) fn new(tongue: Tongue, path: &'t str, tree: Tree<'t>) -> Self {
        let mut imports = Imports::default();
        let mut found = Vec::new();
        for id in tree.all() {
            match tongue {
                Tongue::JavaScript => {
                    javascript::import(&tree, id, &mut imports);
                    javascript::bindings(&tree, id, &mut found);
                }
                Tongue::Go => {
                    go::import(&tree, id, &mut imports);
                    go::bindings(&tree, id, &mut found);
                }
                Tongue::Rust => {
                    rust::import(&tree, id, &mut imports);
                    rust::bindings(&tree, id, &mut found);
                }
            }
        }
        let mut file = Self {
            tongue,
            path,
            tree,
            imports,
            bindings: BTreeMap::new(),
        };
        for binding in found {
            let scope = file.scope(binding.at);
            file.bindings
                .entry((scope, binding.name))
                .or_default()
                .push(binding);
        }
        file.note_requires();
        file
    }

    /// Modules that are called for with `require` are libraries too.
    fn note_requires(&mut self) {
        if self.tongue != Tongue::JavaScript {
            return;
        }
        let required: Vec<String> = self.tree.all().filter_map(|id| self.required(id)).collect();
        self.imports.libraries.extend(required);
    }

    /// The module that a call of `require` brings.
    fn required(&self, id: Id) -> Option<String> {
        let Shape::Call {
            function,
            arguments,
        } = self.shape(id)
        else {
            return None;
        };
        if self.tree.text(function) != "require" {
            return None;
        }
        match self.shape(*arguments.first()?) {
            Shape::Text(range) => Some(javascript::module_name(self.tree.slice(range))),
            _ => None,
        }
    }

    /// What an expression is.
    pub(super) fn shape(&self, id: Id) -> Shape<'t> {
        match self.tongue {
            Tongue::JavaScript => javascript::shape(&self.tree, id),
            Tongue::Go => go::shape(&self.tree, id),
            Tongue::Rust => rust::shape(&self.tree, id),
        }
    }

    /// An expression without what only stands around it.
    pub(super) fn bare(&self, id: Id) -> Id {
        let mut at = id;
        for _ in 0..STEPS {
            match self.shape(at) {
                Shape::Same(inner) => at = inner,
                _ => break,
            }
        }
        at
    }

    /// What an expression is, without what only stands around it.
    pub(super) fn bare_shape(&self, id: Id) -> Shape<'t> {
        self.shape(self.bare(id))
    }

    /// The function that a node stands in, or the file.
    fn scope(&self, id: Id) -> Id {
        self.function(id).unwrap_or_else(|| self.tree.root())
    }

    /// The function around a node.
    pub(super) fn function(&self, id: Id) -> Option<Id> {
        self.tree
            .ancestors(id)
            .find(|above| is_function(self.tree.kind(*above)))
    }

    /// The text of the function around a node, to look for words in.
    pub(super) fn text_around(&self, id: Id) -> &'t str {
        let Some(function) = self.function(id) else {
            return "";
        };
        let text = self.tree.text(function);
        // Looking through a text costs less for a letter than a step does.
        if self.tree.may_spend(text.len() / 16) {
            text
        } else {
            ""
        }
    }

    /// The names of the functions around a node, innermost first.
    pub(super) fn function_names(&self, id: Id) -> Vec<&'t str> {
        self.tree
            .ancestors(id)
            .filter(|above| is_function(self.tree.kind(*above)))
            .filter_map(|above| {
                if let Some(name) = self.tree.field(above, "name") {
                    return Some(self.tree.text(name));
                }
                let around = self.tree.parent(above)?;
                let name = self
                    .tree
                    .field(around, "name")
                    .or_else(|| self.tree.field(around, "left"))
                    .or_else(|| self.tree.field(around, "key"))?;
                let text = self.tree.text(name);
                Some(text.rsplit('.').next().unwrap_or(text))
            })
            .collect()
    }

    /// Where a name gets its values, as seen from a place.
    pub(super) fn bindings(&self, name: &str, at: Id) -> Vec<Binding<'t>> {
        let mut found: Vec<Binding<'t>> = Vec::new();
        let scopes = self
            .tree
            .ancestors(at)
            .filter(|above| is_function(self.tree.kind(*above)))
            .chain([self.tree.root()]);
        for scope in scopes {
            if let Some(here) = self.bindings.get(&(scope, name)) {
                found.extend(here.iter().copied());
                if here.iter().any(|one| one.declares) {
                    break;
                }
            }
        }
        found
    }

    /// The bindings of a name that may hold at a place: what is bound again on every way there
    /// does not count.
    pub(super) fn reaching(&self, name: &str, at: Id) -> Vec<Binding<'t>> {
        let all = self.bindings(name, at);
        if !self.tree.may_spend(all.len() * 8) {
            return Vec::new();
        }
        let scope = self.function(at);
        let start = self.tree.start(at);
        let mut found = Vec::new();
        for binding in all.iter().rev() {
            let is_here =
                self.function(binding.at) == scope || matches!(binding.how, How::Parameter(_));
            if !is_here {
                found.push(*binding);
                continue;
            }
            if self.tree.start(binding.at) > start {
                continue;
            }
            // A value is worked out before its name gets it.
            if self.tree.contains(binding.at, at)
                && !matches!(binding.how, How::Parameter(_) | How::Each)
                && binding
                    .value
                    .is_some_and(|value| self.tree.contains(value, at))
            {
                continue;
            }
            found.push(*binding);
            let is_on_every_way = self
                .block(binding.at)
                .is_some_and(|block| self.tree.contains(block, at));
            if is_on_every_way
                && matches!(binding.how, How::Whole | How::Part(_) | How::Parameter(_))
            {
                break;
            }
        }
        found
    }

    /// The block that a statement stands in.
    fn block(&self, id: Id) -> Option<Id> {
        self.tree.ancestors(id).find(|above| {
            matches!(
                self.tree.kind(*above),
                "statement_block"
                    | "block"
                    | "program"
                    | "source_file"
                    | "statement_list"
                    | "switch_case"
                    | "expression_case"
            ) || is_function(self.tree.kind(*above))
        })
    }

    /// Follows a name to the one value that it has.
    pub(super) fn value(&self, id: Id) -> Id {
        let mut at = self.bare(id);
        for _ in 0..STEPS {
            let Shape::Name(name) = self.shape(at) else {
                break;
            };
            match self.reaching(name, at).as_slice() {
                [
                    Binding {
                        how: How::Whole,
                        value: Some(value),
                        ..
                    },
                ] if !self.tree.contains(*value, at) => at = self.bare(*value),
                _ => break,
            }
        }
        at
    }

    /// The text that an expression always is.
    pub(super) fn text(&self, id: Id) -> Option<&'t str> {
        let value = self.value(id);
        match self.shape(value) {
            Shape::Text(range) => Some(self.tree.slice(range)),
            Shape::Call {
                function,
                arguments,
            } => match (self.shape(function), arguments.as_slice()) {
                // `"text".to_owned()` and `[]byte("text")`
                (
                    Shape::Member {
                        of,
                        name: "to_owned" | "to_string" | "into" | "as_bytes",
                    },
                    [],
                ) => self.literal(of),
                (Shape::Member { .. }, [one]) if self.tree.text(function) == "String::from" => {
                    self.literal(*one)
                }
                _ => None,
            },
            _ => None,
        }
    }

    fn literal(&self, id: Id) -> Option<&'t str> {
        match self.bare_shape(id) {
            Shape::Text(range) => Some(self.tree.slice(range)),
            _ => None,
        }
    }

    /// Whether the file imports a library, or one below it.
    pub(super) fn imports(&self, library: &str) -> bool {
        self.imports.libraries.iter().any(|one| {
            one == library
                || one
                    .strip_prefix(library)
                    .is_some_and(|rest| rest.starts_with('/'))
        })
    }

    /// Whether a name is imported.
    pub(super) fn is_imported(&self, name: &str) -> bool {
        self.imports.names.contains_key(name)
    }

    /// The name that a library has in the file.
    pub(super) fn local_name(&self, library: &str) -> Option<&str> {
        self.imports
            .names
            .iter()
            .find(|(_, full)| *full == library)
            .map(|(local, _)| local.as_str())
    }

    /// The dotted name of what an expression stands for; `?` before what is bound in the file.
    pub(super) fn qualified(&self, id: Id) -> String {
        self.qualified_to(id, STEPS)
    }

    fn qualified_to(&self, id: Id, deep: usize) -> String {
        if deep == 0 || !self.tree.may_spend(1) {
            return "?".to_owned();
        }
        match self.shape(id) {
            Shape::Name(name) => self.qualified_name(name, id, deep),
            Shape::Member { of, name } => format!("{}.{name}", self.qualified_to(of, deep - 1)),
            Shape::Same(inner) => self.qualified_to(inner, deep - 1),
            Shape::Call {
                function,
                arguments,
            } => {
                if let Some(module) = self.required(id) {
                    return module;
                }
                let called = self.qualified_to(function, deep - 1);
                // A function that is only wrapped is the same function.
                if called.ends_with("promisify")
                    && let Some(one) = arguments.first()
                {
                    return self.qualified_to(*one, deep - 1);
                }
                format!("{called}()")
            }
            _ => "?".to_owned(),
        }
    }

    fn qualified_name(&self, name: &str, at: Id, deep: usize) -> String {
        let bindings = self.bindings(name, at);
        match bindings.as_slice() {
            [] => self
                .imports
                .names
                .get(name)
                .cloned()
                .unwrap_or_else(|| name.to_owned()),
            [
                Binding {
                    how,
                    value: Some(value),
                    ..
                },
            ] if !self.tree.contains(*value, at) => match how {
                How::Whole => self.qualified_to(*value, deep - 1),
                How::Part(part) if !part.is_empty() => {
                    format!("{}.{part}", self.qualified_to(*value, deep - 1))
                }
                How::Part(_) | How::Append | How::Parameter(_) | How::Each | How::Definition => {
                    format!("?{name}")
                }
            },
            _ => format!("?{name}"),
        }
    }
}

/// Whether nodes of this kind are functions.
pub(super) fn is_function(kind: &str) -> bool {
    is_named_function(kind)
        || matches!(
            kind,
            "function_expression"
                | "function"
                | "arrow_function"
                | "generator_function"
                | "func_literal"
                | "closure_expression"
        )
}

fn is_named_function(kind: &str) -> bool {
    matches!(
        kind,
        "function_declaration"
            | "generator_function_declaration"
            | "method_definition"
            | "method_declaration"
            | "function_item"
    )
}
