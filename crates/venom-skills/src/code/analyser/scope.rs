//! Which names exist in which scope, what they were bound to, and which of those bindings can be
//! the one that a use sees.
//!
//! This is a reading of the text, not of every path through it: where branches or loops leave
//! more than one answer, all of them are given.

use std::collections::BTreeMap;

use super::syntax::{Id, Tree};

/// How a name came to its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// `name = value`.
    Assign(Id),
    /// One of several names that take a value apart.
    Unpack(Id),
    /// `name += value`; what was there before is still part of it.
    Augment(Id),
    /// A parameter of a function or lambda.
    Parameter(Id),
    /// The variable of a loop or comprehension over the value.
    Each(Id),
    /// `with value as name`.
    Context(Id),
    /// An import; the table of imports knows more.
    Import,
    /// A function or class definition.
    Define(Id),
    /// Caught exceptions, patterns, `del` and the like: nothing is known.
    Other,
}

/// One binding of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Binding {
    /// The node that does the binding.
    pub(super) at: Id,
    /// Where the value comes from.
    pub(super) how: How,
}

#[derive(Debug)]
struct Scope<'t> {
    node: Id,
    parent: Option<usize>,
    is_class: bool,
    names: BTreeMap<&'t str, Vec<Binding>>,
    /// Names that `global` hands to the module.
    global: Vec<&'t str>,
}

/// All scopes of a file.
#[derive(Debug)]
pub(super) struct Scopes<'t> {
    all: Vec<Scope<'t>>,
    of: Vec<usize>,
    /// What is assigned to attributes of instances and classes, by class and attribute.
    attributes: BTreeMap<(Id, &'t str), Vec<(Id, How)>>,
}

impl<'t> Scopes<'t> {
    /// Reads the scopes of a tree.
    pub(super) fn new(tree: &Tree<'t>) -> Self {
        let mut scopes = vec![Scope {
            node: tree.root(),
            parent: None,
            is_class: false,
            names: BTreeMap::new(),
            global: Vec::new(),
        }];
        let mut of = vec![0_usize; tree.len()];
        // The scope that a function, lambda or class opens, by the node that opens it.
        let mut opened: BTreeMap<Id, usize> = BTreeMap::new();
        for id in tree.all() {
            let parent = tree.parent(id);
            let mut scope = parent
                .and_then(|above| of.get(Tree::index(above)).copied())
                .unwrap_or_default();
            if let Some(above) = parent
                && let Some(inner) = opened.get(&above)
                && matches!(tree.field_name(id), Some("body" | "parameters"))
            {
                scope = *inner;
            }
            if let Some(slot) = of.get_mut(Tree::index(id)) {
                *slot = scope;
            }
            let kind = tree.kind(id);
            if matches!(kind, "function_definition" | "lambda" | "class_definition") {
                opened.insert(id, scopes.len());
                scopes.push(Scope {
                    node: id,
                    parent: Some(scope),
                    is_class: kind == "class_definition",
                    names: BTreeMap::new(),
                    global: Vec::new(),
                });
            }
        }
        let mut this = Self {
            all: scopes,
            of,
            attributes: BTreeMap::new(),
        };
        for id in tree.all() {
            this.read(tree, id, &opened);
        }
        this
    }

    fn read(&mut self, tree: &Tree<'t>, id: Id, opened: &BTreeMap<Id, usize>) {
        match tree.kind(id) {
            "assignment" => {
                if let (Some(left), Some(mut right)) =
                    (tree.field(id, "left"), tree.field(id, "right"))
                {
                    // `a = b = value` nests to the right.
                    while tree.kind(right) == "assignment" {
                        match tree.field(right, "right") {
                            Some(inner) => right = inner,
                            None => break,
                        }
                    }
                    self.target(tree, left, id, How::Assign(right));
                }
            }
            "augmented_assignment" => {
                if let (Some(left), Some(right)) = (tree.field(id, "left"), tree.field(id, "right"))
                {
                    self.target(tree, left, id, How::Augment(right));
                }
            }
            "named_expression" => {
                if let (Some(name), Some(value)) = (tree.field(id, "name"), tree.field(id, "value"))
                {
                    self.target(tree, name, id, How::Assign(value));
                }
            }
            "for_statement" | "for_in_clause" => {
                if let (Some(left), Some(right)) = (tree.field(id, "left"), tree.field(id, "right"))
                {
                    let at = if tree.kind(id) == "for_in_clause" {
                        tree.parent(id).unwrap_or(id)
                    } else {
                        id
                    };
                    self.target(tree, left, at, How::Each(right));
                }
            }
            "as_pattern" => {
                let value = tree.named(id).next();
                let alias = tree
                    .field(id, "alias")
                    .and_then(|alias| tree.named(alias).next());
                if let (Some(value), Some(alias)) = (value, alias) {
                    let above = tree.parent(id).map_or("", |above| tree.kind(above));
                    let how = if above == "with_item" {
                        How::Context(value)
                    } else {
                        How::Other
                    };
                    self.target(tree, alias, id, how);
                }
            }
            "except_clause" => {
                if let Some(alias) = tree.field(id, "alias") {
                    self.target(tree, alias, id, How::Other);
                }
            }
            "delete_statement" => {
                for name in tree.named(id).collect::<Vec<_>>() {
                    self.target(tree, name, id, How::Other);
                }
            }
            "function_definition" | "class_definition" => {
                if let Some(name) = tree.field(id, "name") {
                    let at = tree
                        .parent(id)
                        .filter(|above| tree.kind(*above) == "decorated_definition");
                    self.target(tree, name, at.unwrap_or(id), How::Define(id));
                }
            }
            "parameters" | "lambda_parameters" => {
                let inner = tree
                    .parent(id)
                    .and_then(|above| opened.get(&above))
                    .copied();
                if let Some(inner) = inner {
                    for parameter in tree.named(id) {
                        if let Some(name) = parameter_name(tree, parameter) {
                            self.bind(inner, tree.text(name), parameter, How::Parameter(parameter));
                        }
                    }
                }
            }
            "import_statement" | "import_from_statement" => {
                let scope = self.scope_of(id);
                for name in tree.fields(id, "name") {
                    let local = tree
                        .field(name, "alias")
                        .or_else(|| tree.named(name).next())
                        .unwrap_or(name);
                    self.bind(scope, tree.text(local), id, How::Import);
                }
            }
            "global_statement" => {
                let scope = self.scope_of(id);
                for name in tree.named(id).collect::<Vec<_>>() {
                    if let Some(scope) = self.all.get_mut(scope) {
                        scope.global.push(tree.text(name));
                    }
                }
            }
            "case_pattern" => {
                for name in tree.named(id).collect::<Vec<_>>() {
                    if tree.kind(name) == "dotted_name" && tree.named(name).count() == 1 {
                        let scope = self.scope_of(id);
                        self.bind(scope, tree.text(name), id, How::Other);
                    }
                }
            }
            _ => {}
        }
    }

    fn target(&mut self, tree: &Tree<'t>, target: Id, at: Id, how: How) {
        match tree.kind(target) {
            "identifier" => {
                let scope = self.scope_of(target);
                self.bind(scope, tree.text(target), at, how);
            }
            "attribute" => {
                let (Some(object), Some(attribute)) = (
                    tree.field(target, "object"),
                    tree.field(target, "attribute"),
                ) else {
                    return;
                };
                if matches!(tree.text(object), "self" | "cls")
                    && let Some(class) = tree.class(target)
                {
                    self.attributes
                        .entry((class, tree.text(attribute)))
                        .or_default()
                        .push((at, how));
                }
            }
            "pattern_list" | "tuple_pattern" | "list_pattern" | "tuple" | "list"
            | "expression_list" => {
                let names: Vec<Id> = tree.named(target).collect();
                let values: Vec<Id> = match how {
                    How::Assign(value)
                        if matches!(tree.kind(value), "expression_list" | "tuple" | "list") =>
                    {
                        tree.named(value).collect()
                    }
                    _ => Vec::new(),
                };
                let pairs = values.len() == names.len();
                for (place, name) in names.into_iter().enumerate() {
                    let part = match how {
                        How::Assign(value) => values
                            .get(place)
                            .filter(|_| pairs)
                            .map_or(How::Unpack(value), |value| How::Assign(*value)),
                        other => other,
                    };
                    self.target(tree, name, at, part);
                }
            }
            "list_splat_pattern"
            | "list_splat"
            | "as_pattern_target"
            | "parenthesized_expression" => {
                if let Some(inner) = tree.named(target).next() {
                    self.target(tree, inner, at, how);
                }
            }
            _ => {}
        }
    }

    fn bind(&mut self, scope: usize, name: &'t str, at: Id, how: How) {
        let scope = match self.all.get(scope) {
            Some(inner) if inner.global.contains(&name) => 0,
            _ => scope,
        };
        if let Some(scope) = self.all.get_mut(scope) {
            scope
                .names
                .entry(name)
                .or_default()
                .push(Binding { at, how });
        }
    }

    fn scope_of(&self, id: Id) -> usize {
        self.of.get(Tree::index(id)).copied().unwrap_or_default()
    }

    /// Returns what the class assigns to an attribute, in its methods and in its body.
    pub(super) fn attribute(&self, class: Id, name: &str) -> Vec<(Id, How)> {
        let mut found = self
            .attributes
            .get(&(class, name))
            .cloned()
            .unwrap_or_default();
        let body = self
            .all
            .binary_search_by_key(&class, |scope| scope.node)
            .ok()
            .and_then(|index| self.all.get(index));
        if let Some(bindings) = body.and_then(|scope| scope.names.get(name)) {
            found.extend(bindings.iter().map(|binding| (binding.at, binding.how)));
        }
        found
    }

    /// Returns every binding a module-level name has.
    pub(super) fn global(&self, name: &str) -> &[Binding] {
        self.all
            .first()
            .and_then(|scope| scope.names.get(name))
            .map_or(&[], Vec::as_slice)
    }

    /// Says whether any scope binds the name other than by an import.
    pub(super) fn is_bound_anywhere(&self, name: &str) -> bool {
        self.all.iter().any(|scope| {
            scope
                .names
                .get(name)
                .is_some_and(|bindings| bindings.iter().any(|one| one.how != How::Import))
        })
    }

    /// Finds the scope that a name used at a node belongs to, with all its bindings there.
    fn owner(&self, name: &str, at: Id) -> Option<(usize, &[Binding])> {
        let first = self.scope_of(at);
        let mut current = Some(first);
        while let Some(index) = current {
            let scope = self.all.get(index)?;
            if (!scope.is_class || index == first)
                && let Some(bindings) = scope.names.get(name)
            {
                return Some((index, bindings));
            }
            current = scope.parent;
        }
        None
    }

    /// Counts the bindings of a name in the scope that a use of it belongs to.
    pub(super) fn count(&self, name: &str, at: Id) -> usize {
        self.owner(name, at)
            .map_or(0, |(_, bindings)| bindings.len())
    }

    /// Returns the bindings that a use of the name at a node may see; empty for a name that
    /// nothing in the file binds.
    pub(super) fn reaching(&self, tree: &Tree<'t>, name: &str, at: Id) -> Vec<Binding> {
        let Some((scope, bindings)) = self.owner(name, at) else {
            return Vec::new();
        };
        // A comprehension's own variable hides everything else inside of it.
        let own: Vec<Binding> = bindings
            .iter()
            .filter(|one| {
                tree.kind(one.at).ends_with("comprehension")
                    || tree.kind(one.at) == "generator_expression"
            })
            .copied()
            .collect();
        if let Some(inner) = own.iter().rev().find(|one| tree.contains(one.at, at)) {
            return vec![*inner];
        }
        let mut rest: Vec<Binding> = bindings
            .iter()
            .filter(|one| !own.contains(one))
            .copied()
            .collect();
        if self.scope_of(at) != scope {
            // Seen from a function inside: it runs whenever, so any binding may be the one.
            return rest;
        }
        rest.sort_by_key(|one| tree.start(one.at));
        let place = tree.start(at);
        let mut found = Vec::new();
        for one in rest.iter().rev() {
            let before = match one.how {
                // The variable of a loop is bound in its body, which the node contains.
                How::Each(_) | How::Context(_) | How::Other => {
                    tree.start(one.at) < place && !self.in_source(tree, one, at)
                }
                _ => tree.end(one.at) <= place,
            };
            if !before {
                if in_same_loop(tree, one.at, at) && !found.contains(one) {
                    found.push(*one);
                }
                continue;
            }
            if is_cut_off(tree, one.at, at) {
                continue;
            }
            if !found.contains(one) {
                found.push(*one);
            }
            if matches!(one.how, How::Augment(_)) {
                continue;
            }
            if kills(tree, one.at, at) {
                break;
            }
            if let Some(whole) = all_branches(tree, one.at, at, &rest) {
                for other in &rest {
                    if tree.contains(whole, other.at)
                        && !is_cut_off(tree, other.at, at)
                        && !found.contains(other)
                    {
                        found.push(*other);
                    }
                }
                break;
            }
        }
        found
    }

    /// Whether the use stands in the very expression that feeds the binding.
    #[expect(clippy::unused_self, reason = "reads as a question to the scopes")]
    fn in_source(&self, tree: &Tree<'t>, binding: &Binding, at: Id) -> bool {
        match binding.how {
            How::Each(value) | How::Context(value) => tree.contains(value, at),
            _ => false,
        }
    }
}

/// Finds the name in a parameter.
pub(super) fn parameter_name(tree: &Tree<'_>, parameter: Id) -> Option<Id> {
    match tree.kind(parameter) {
        "identifier" => Some(parameter),
        "default_parameter" | "typed_default_parameter" => tree.field(parameter, "name"),
        "typed_parameter" | "list_splat_pattern" | "dictionary_splat_pattern" => {
            let inner = tree.named(parameter).next()?;
            parameter_name(tree, inner)
        }
        _ => None,
    }
}

fn is_loop(kind: &str) -> bool {
    matches!(kind, "for_statement" | "while_statement")
}

fn in_same_loop(tree: &Tree<'_>, binding: Id, at: Id) -> bool {
    tree.ancestors(at)
        .take_while(|above| tree.kind(*above) != "function_definition")
        .any(|above| is_loop(tree.kind(above)) && tree.contains(above, binding))
}

/// Whether the binding is certain to have run before the use: its block is around the use.
fn kills(tree: &Tree<'_>, binding: Id, at: Id) -> bool {
    if is_loop(tree.kind(binding)) {
        return tree.contains(binding, at);
    }
    match tree.kind(binding) {
        // Inside of the right-hand side of `and`, of a condition or of a comprehension, a `:=`
        // may not have run; it is rare enough to be taken as run.
        "identifier" | "parameters" => true,
        _ if tree.field_name(binding) == Some("parameters") => true,
        _ => {
            let statement = tree.statement(binding);
            tree.parent(statement)
                .is_some_and(|block| tree.contains(block, at))
                || tree.parent(binding).is_some_and(|above| {
                    matches!(tree.kind(above), "parameters" | "lambda_parameters")
                })
        }
    }
}

/// Whether the binding stands in a branch that the use cannot come after.
fn is_cut_off(tree: &Tree<'_>, binding: Id, at: Id) -> bool {
    let mut below = binding;
    for above in tree.ancestors(binding) {
        if tree.contains(above, at) {
            // Two branches of one statement exclude each other, unless a loop joins them.
            let exclusive = matches!(tree.kind(above), "if_statement" | "match_statement")
                && is_clause(tree, below)
                && tree.children(above).any(|child| {
                    child != below && is_clause(tree, child) && tree.contains(child, at)
                });
            return exclusive && !in_same_loop(tree, above, at);
        }
        if tree.kind(above) == "block" && leaves(tree, above) {
            return true;
        }
        below = above;
    }
    false
}

fn is_clause(tree: &Tree<'_>, id: Id) -> bool {
    matches!(
        tree.kind(id),
        "block" | "elif_clause" | "else_clause" | "case_clause"
    )
}

/// Whether a block ends by leaving the function (or this turn of the loop).
pub(super) fn leaves(tree: &Tree<'_>, block: Id) -> bool {
    let Some(last) = tree.named(block).last() else {
        return false;
    };
    match tree.kind(last) {
        "return_statement" | "raise_statement" | "continue_statement" | "break_statement" => true,
        "expression_statement" => tree.named(last).next().is_some_and(|inner| {
            tree.call(inner).is_some_and(|call| {
                let name = tree.text(call.function);
                let name = name.rsplit('.').next().unwrap_or(name);
                matches!(
                    name,
                    "abort" | "exit" | "_exit" | "fail" | "quit" | "send_error" | "die"
                )
            })
        }),
        "if_statement" => branches(tree, last)
            .is_some_and(|blocks| blocks.iter().all(|block| leaves(tree, *block))),
        _ => false,
    }
}

/// Returns the blocks of a statement of which exactly one runs, if there is always one.
fn branches(tree: &Tree<'_>, statement: Id) -> Option<Vec<Id>> {
    let mut blocks = Vec::new();
    match tree.kind(statement) {
        "if_statement" => {
            blocks.extend(tree.field(statement, "consequence"));
            let mut has_else = false;
            for clause in tree.fields(statement, "alternative") {
                has_else |= tree.kind(clause) == "else_clause";
                blocks.extend(
                    tree.field(clause, "consequence")
                        .or_else(|| tree.field(clause, "body")),
                );
            }
            has_else.then_some(blocks)
        }
        "try_statement" => {
            blocks.extend(tree.field(statement, "body"));
            for clause in tree.named(statement) {
                if tree.kind(clause) == "except_clause" {
                    blocks.extend(
                        tree.named(clause)
                            .find(|child| tree.kind(*child) == "block"),
                    );
                }
            }
            Some(blocks)
        }
        "with_statement" => tree.field(statement, "body").map(|body| vec![body]),
        _ => None,
    }
}

/// Finds the branching statement around the binding whose every branch binds the name or leaves.
fn all_branches(tree: &Tree<'_>, binding: Id, at: Id, all: &[Binding]) -> Option<Id> {
    let mut statement = binding;
    for above in tree.ancestors(binding) {
        if tree.contains(above, at) {
            break;
        }
        statement = above;
    }
    binds_always(tree, statement, all).then_some(statement)
}

fn binds_always(tree: &Tree<'_>, statement: Id, all: &[Binding]) -> bool {
    let Some(blocks) = branches(tree, statement) else {
        return false;
    };
    blocks.iter().all(|block| {
        leaves(tree, *block)
            || tree.named(*block).any(|child| {
                all.iter().any(|one| {
                    !matches!(one.how, How::Augment(_))
                        && tree.statement(one.at) == child
                        && !is_loop(tree.kind(child))
                        && branches(tree, child).is_none()
                }) || binds_always(tree, child, all)
            })
    })
}
