//! Which name means what inside of one file.
//!
//! A text is gone through twice. First every scope is opened and every name declared, then every
//! other name is looked up. What is local to a function is known for the lookup and forgotten
//! afterwards: nobody outside of the function can mean it.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::facts::{Def, Facts, How, Import, Kind, Marks, Ref, Role};
use crate::bounded;
use crate::code::analyser::syntax::{Id, Tree};

/// The longest signature, in bytes. Chosen: a line of a wide terminal.
const SIGNATURE: usize = 160;

/// The longest path in front of a name that is looked up. Chosen: nobody writes longer ones.
const PATH: usize = 300;

/// What a scope belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ScopeKind {
    /// A file, or a module inside of one.
    Module,
    /// A class, a type, a trait.
    Class,
    /// A function or a block in one.
    Local,
}

#[derive(Debug)]
struct Scope<'t> {
    parent: Option<usize>,
    kind: ScopeKind,
    is_local: bool,
    names: HashMap<&'t str, Vec<Binding>>,
    /// Names that are declared further out: Python's `global` and `nonlocal`.
    outer: BTreeSet<&'t str>,
}

#[derive(Debug, Clone, Copy)]
struct Binding {
    what: Bound,
    /// From which byte on it can be seen.
    from: usize,
}

/// What a name is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound {
    /// A definition.
    Def(u32),
    /// An import.
    Import(u32),
    /// Something that is local to a function.
    Local,
}

/// A name that is being declared.
pub(super) struct Declared {
    /// The node of the name.
    pub(super) name: Id,
    /// The node of the whole.
    pub(super) node: Id,
    pub(super) kind: Kind,
    pub(super) marks: Marks,
    pub(super) bases: Vec<String>,
}

/// A text that is being read.
pub(super) struct Reading<'t> {
    pub(super) tree: &'t Tree<'t>,
    pub(super) facts: Facts,
    scopes: Vec<Scope<'t>>,
    /// By node: the scope that it stands in.
    scope_of: Vec<usize>,
    /// By node: the scope that it opens.
    opened: HashMap<Id, usize>,
    /// By node: the definition that it stands in; empty until all names are declared.
    within: Vec<Option<u32>>,
    /// By node: the definition that it is the whole of.
    whole: HashMap<Id, u32>,
    taken: Vec<bool>,
    words: BTreeSet<&'t str>,
    names: BTreeSet<Arc<str>>,
}

impl<'t> Reading<'t> {
    /// Begins to read a parsed text.
    pub(super) fn new(tree: &'t Tree<'t>) -> Self {
        Self {
            tree,
            facts: Facts {
                lines: small(tree.source().lines().count()),
                errors: small(tree.errors()),
                ..Facts::default()
            },
            scopes: vec![Scope {
                parent: None,
                kind: ScopeKind::Module,
                is_local: false,
                names: HashMap::new(),
                outer: BTreeSet::new(),
            }],
            scope_of: vec![0; tree.len()],
            opened: HashMap::new(),
            within: Vec::new(),
            whole: HashMap::new(),
            taken: vec![false; tree.len()],
            words: BTreeSet::new(),
            names: BTreeSet::new(),
        }
    }

    /// Goes through the text for the first time. `opens` tells which nodes open a scope, `stays_out`
    /// which children of them do not stand in it.
    pub(super) fn declare_all(
        &mut self,
        opens: impl Fn(&Tree<'t>, Id) -> Option<ScopeKind>,
        stays_out: impl Fn(Option<&str>) -> bool,
        mut declare: impl FnMut(&mut Self, Id),
    ) {
        // The scopes first: a declaration binds names of nodes that come after it.
        for id in self.tree.all() {
            if let Some(parent) = self.tree.parent(id) {
                let outer = self.scope(parent);
                let scope = match self.opened.get(&parent) {
                    Some(opened) if !stays_out(self.tree.field_name(id)) => *opened,
                    Some(_) | None => outer,
                };
                if let Some(place) = self.scope_of.get_mut(Tree::index(id)) {
                    *place = scope;
                }
            }
            if let Some(kind) = opens(self.tree, id) {
                let parent = self.scope(id);
                let is_local = kind == ScopeKind::Local
                    || self
                        .scopes
                        .get(parent)
                        .is_some_and(|parent| parent.is_local);
                self.opened.insert(id, self.scopes.len());
                self.scopes.push(Scope {
                    parent: Some(parent),
                    kind,
                    is_local,
                    names: HashMap::new(),
                    outer: BTreeSet::new(),
                });
            }
        }
        for id in self.tree.all() {
            declare(self, id);
        }
        let mut within = Vec::with_capacity(self.tree.len());
        for id in self.tree.all() {
            let above = self.tree.parent(id);
            within.push(above.and_then(|above| match self.whole.get(&above) {
                Some(def) => Some(*def),
                None => within.get(Tree::index(above)).copied().flatten(),
            }));
        }
        self.within = within;
    }

    /// Returns the facts.
    pub(super) fn done(mut self) -> Facts {
        self.facts.refs.sort_by_key(|one| one.at);
        self.facts
            .refs
            .dedup_by(|one, other| one.at == other.at && one.name == other.name);
        self.facts.words = self.words.iter().map(|word| (*word).to_owned()).collect();
        self.facts
    }

    /// Returns the scope that a node stands in.
    pub(super) fn scope(&self, id: Id) -> usize {
        self.scope_of
            .get(Tree::index(id))
            .copied()
            .unwrap_or_default()
    }

    /// Tells what kind of scope it is and whether it is local to a function.
    pub(super) fn kind_of(&self, scope: usize) -> (ScopeKind, bool) {
        self.scopes
            .get(scope)
            .map_or((ScopeKind::Module, false), |scope| {
                (scope.kind, scope.is_local)
            })
    }

    /// Returns the nearest scope outwards that fits.
    pub(super) fn outward(&self, from: usize, fits: impl Fn(ScopeKind) -> bool) -> usize {
        let mut at = from;
        while let Some(scope) = self.scopes.get(at) {
            if fits(scope.kind) {
                return at;
            }
            match scope.parent {
                Some(parent) => at = parent,
                None => break,
            }
        }
        at
    }

    /// Says that a scope means the outer one by a name.
    pub(super) fn redirect(&mut self, scope: usize, name: &'t str) {
        if let Some(scope) = self.scopes.get_mut(scope) {
            scope.outer.insert(name);
        }
    }

    /// Tells whether a scope means an outer one by a name.
    pub(super) fn is_redirected(&self, scope: usize, name: &str) -> bool {
        self.scopes
            .get(scope)
            .is_some_and(|scope| scope.outer.contains(name))
    }

    /// Returns the definition that a node stands in.
    pub(super) fn within(&self, id: Id) -> Option<u32> {
        if let Some(within) = self.within.get(Tree::index(id)) {
            return *within;
        }
        // Names are still being declared.
        self.tree
            .ancestors(id)
            .find_map(|above| self.whole.get(&above))
            .copied()
    }

    /// Returns the nearest definition around a node that has members.
    pub(super) fn class_around(&self, id: Id) -> Option<u32> {
        let mut at = self.within(id);
        while let Some(def) = at.and_then(|at| self.facts.def(at)) {
            if def.kind.has_members() && def.kind != Kind::Module {
                return at;
            }
            at = def.container;
        }
        None
    }

    /// Marks a name as no reference.
    pub(super) fn take(&mut self, id: Id) {
        if let Some(taken) = self.taken.get_mut(Tree::index(id)) {
            *taken = true;
        }
    }

    /// Marks a name as a reference again.
    pub(super) fn untake(&mut self, id: Id) {
        if let Some(taken) = self.taken.get_mut(Tree::index(id)) {
            *taken = false;
        }
    }

    /// Tells whether a name is no reference.
    pub(super) fn is_taken(&self, id: Id) -> bool {
        self.taken.get(Tree::index(id)).copied().unwrap_or_default()
    }

    /// Takes down a name that stands alone in a text.
    pub(super) fn word(&mut self, text: &'t str) {
        if text.len() < 80 {
            for word in text.split(['.', ':', '/', '#']) {
                if is_name(word) {
                    self.words.insert(word);
                }
            }
        }
    }

    fn bind(&mut self, scope: usize, name: &'t str, what: Bound, from: usize) {
        if let Some(scope) = self.scopes.get_mut(scope) {
            scope
                .names
                .entry(name)
                .or_default()
                .push(Binding { what, from });
        }
    }

    /// Declares a name that is local to a function, or a value of a module.
    pub(super) fn local(&mut self, scope: usize, name: Id, from: usize) {
        self.take(name);
        let text = self.tree.text(name);
        self.bind(scope, text, Bound::Local, from);
    }

    /// Declares a definition. Where the scope is local to a function it is bound and not kept.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "what is declared is declared once"
    )]
    pub(super) fn define(&mut self, scope: usize, declared: Declared) -> Option<u32> {
        self.take(declared.name);
        let text = self.tree.text(declared.name);
        let (_, is_local) = self.kind_of(scope);
        if is_local {
            self.bind(scope, text, Bound::Local, 0);
            return None;
        }
        let number = self.keep(&declared, text.to_owned());
        self.bind(scope, text, Bound::Def(number), 0);
        Some(number)
    }

    /// Keeps a definition that no name is bound to in a scope, such as a member of a type.
    pub(super) fn keep(&mut self, declared: &Declared, name: String) -> u32 {
        self.take(declared.name);
        let number = small(self.facts.defs.len());
        let at = self.tree.start(declared.name);
        let whole = self.tree.range(declared.node);
        let line = self.tree.line(at);
        let text = self.tree.slice(self.tree.line_range(line));
        self.facts.defs.push(Def {
            name,
            kind: declared.kind,
            container: self.within(declared.node),
            marks: declared.marks,
            at: small(at),
            start: small(whole.start),
            end: small(whole.end),
            line: small(line),
            last_line: small(self.tree.line(whole.end)),
            bases: declared.bases.clone(),
            signature: bounded::line(text.trim(), SIGNATURE),
        });
        self.whole.insert(declared.node, number);
        number
    }

    /// Keeps an import and binds its name.
    pub(super) fn import(&mut self, id: Id, scope: usize, alias: &'t str, import: Import) -> u32 {
        let number = small(self.facts.imports.len());
        let line = small(self.tree.line(self.tree.start(id)));
        let within = self.within(id);
        self.facts.imports.push(Import {
            line,
            within,
            ..import
        });
        if !alias.is_empty() {
            self.bind(scope, alias, Bound::Import(number), 0);
        }
        number
    }

    /// Tells what a scope itself binds a name to, wherever it is looked at from.
    pub(super) fn bound_in(&self, scope: usize, name: &str) -> Option<Bound> {
        let bindings = self.scopes.get(scope)?.names.get(name)?;
        bindings.last().map(|binding| binding.what)
    }

    /// Looks a name up from a node. `sees_class` tells whether the class that the node stands in
    /// directly is looked into, as Python does.
    pub(super) fn look_up(
        &self,
        id: Id,
        wants: impl Fn(Kind) -> bool,
        sees_class: bool,
    ) -> Option<Bound> {
        self.look_up_text(self.tree.text(id), id, wants, sees_class)
    }

    /// The same for a name that is no node of its own.
    pub(super) fn look_up_text(
        &self,
        name: &str,
        id: Id,
        wants: impl Fn(Kind) -> bool,
        sees_class: bool,
    ) -> Option<Bound> {
        let at = self.tree.start(id);
        let first = self.scope(id);
        let mut next = Some(first);
        while let Some(scope) = next.and_then(|number| self.scopes.get(number)) {
            let is_first = next == Some(first);
            let is_class = scope.kind == ScopeKind::Class;
            let is_seen = !is_class || !sees_class || is_first;
            // What a type is generic over is seen from its members, its members are not.
            let is_generic = |bound: Bound| !is_class || sees_class || bound == Bound::Local;
            if is_seen
                && !scope.outer.contains(name)
                && let Some(bindings) = scope.names.get(name)
            {
                let visible = bindings
                    .iter()
                    .rev()
                    .filter(|binding| binding.from <= at && is_generic(binding.what));
                let mut any = None;
                for binding in visible {
                    match binding.what {
                        Bound::Def(def) if !self.facts.def(def).is_some_and(|d| wants(d.kind)) => {
                            any = any.or(Some(binding.what));
                        }
                        what => return Some(what),
                    }
                }
                if any.is_some() {
                    return any;
                }
            }
            if scope.kind == ScopeKind::Module {
                return None;
            }
            next = scope.parent;
        }
        None
    }

    /// Takes down a reference.
    pub(super) fn refer(&mut self, id: Id, role: Role, how: How) {
        self.refer_at(id, self.tree.text(id), self.tree.start(id), role, how);
    }

    /// Takes down a reference that is a part of a node.
    pub(super) fn refer_at(&mut self, id: Id, name: &str, at: usize, role: Role, how: How) {
        if name.is_empty() {
            return;
        }
        let name = self.shared(name);
        self.facts.refs.push(Ref {
            name,
            at: small(at),
            line: small(self.tree.line(at)),
            role,
            how,
            within: self.within(id),
        });
    }

    /// Returns the one copy of a name or a path.
    fn shared(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.names.get(name) {
            return Arc::clone(known);
        }
        let new: Arc<str> = Arc::from(name);
        self.names.insert(Arc::clone(&new));
        new
    }

    /// Takes down a name that stands alone, unless it is local.
    pub(super) fn bare(
        &mut self,
        id: Id,
        role: Role,
        wants: impl Fn(Kind) -> bool,
        sees_class: bool,
    ) {
        match how(self.look_up(id, wants, sees_class)) {
            Some(how) => self.refer(id, role, how),
            None if role == Role::Shorthand => self.refer(id, role, How::Member),
            None => {}
        }
    }

    /// Returns the path that an expression is, if it is one and does not begin with a variable.
    pub(super) fn path_of(&self, id: Id) -> Option<String> {
        let text = self.tree.text(id);
        if text.len() > PATH || text.contains(['(', '[', '"', '\'', '\n', '{']) {
            return None;
        }
        Some(text.split_whitespace().collect())
    }

    /// Returns the nodes.
    pub(super) fn all(&self) -> impl Iterator<Item = Id> + use<'t> {
        self.tree.all()
    }
}

/// Says how a name is bound; `None` if it is local.
pub(super) fn how(bound: Option<Bound>) -> Option<How> {
    match bound {
        Some(Bound::Local) => None,
        Some(Bound::Def(def)) => Some(How::Here(def)),
        Some(Bound::Import(import)) => Some(How::Import(import)),
        None => Some(How::Free),
    }
}

/// Texts are bounded at two megabytes, so that this never cuts.
pub(super) fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Tells whether a text is a name in all languages that are known.
pub(crate) fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars
        .next()
        .is_some_and(|first| first == '_' || first.is_alphabetic())
        && chars.all(|c| c == '_' || c.is_alphanumeric())
}
