//! What a text in Python defines, imports and refers to.

use std::collections::BTreeSet;

use super::facts::{How, Import, Kind, Marks, Role};
use super::scope::{Bound, Declared, Reading, ScopeKind, how, is_name};
use crate::code::analyser::syntax::{Id, Tree};

/// Reads the text.
pub(super) fn read(reading: &mut Reading<'_>) {
    reading.declare_all(
        |tree, id| match tree.kind(id) {
            "class_definition" => Some(ScopeKind::Class),
            "function_definition"
            | "lambda"
            | "list_comprehension"
            | "set_comprehension"
            | "dictionary_comprehension"
            | "generator_expression" => Some(ScopeKind::Local),
            _ => None,
        },
        |field| matches!(field, Some("name" | "superclasses" | "return_type")),
        declare,
    );
    let mut exported = BTreeSet::new();
    for id in reading.all() {
        refer(reading, id, &mut exported);
    }
    for def in &mut reading.facts.defs {
        if def.container.is_none() && exported.contains(def.name.as_str()) {
            def.marks.set(Marks::EXPORTED);
        }
    }
}

fn is_dunder(name: &str) -> bool {
    name.len() > 4 && name.starts_with("__") && name.ends_with("__")
}

fn marks(tree: &Tree<'_>, name: &str, node: Id) -> Marks {
    let mut marks = Marks::default();
    if !name.starts_with('_') || is_dunder(name) {
        marks.set(Marks::PUBLIC);
    }
    if is_dunder(name) {
        marks.set(Marks::ENTRY);
    }
    if name.starts_with("test_")
        || (name.starts_with("Test") && tree.kind(node) == "class_definition")
    {
        marks.set(Marks::TEST);
    }
    if tree
        .parent(node)
        .is_some_and(|parent| tree.kind(parent) == "decorated_definition")
    {
        marks.set(Marks::DECORATED);
    }
    marks
}

fn declare(reading: &mut Reading<'_>, id: Id) {
    let tree = reading.tree;
    match tree.kind(id) {
        "class_definition" | "function_definition" => {
            let Some(name) = tree.field(id, "name") else {
                return;
            };
            let is_class = tree.kind(id) == "class_definition";
            let scope = reading.scope(id);
            let is_member = reading.kind_of(scope).0 == ScopeKind::Class;
            let kind = match (is_class, is_member) {
                (true, _) => Kind::Class,
                (false, true) => Kind::Method,
                (false, false) => Kind::Function,
            };
            let bases = tree
                .field(id, "superclasses")
                .into_iter()
                .flat_map(|list| tree.named(list).collect::<Vec<_>>())
                .filter(|base| matches!(tree.kind(*base), "identifier" | "attribute" | "subscript"))
                .map(|base| tree.field(base, "value").unwrap_or(base))
                .filter_map(|base| reading.path_of(base))
                .collect();
            reading.define(
                scope,
                Declared {
                    name,
                    node: id,
                    kind,
                    marks: marks(tree, tree.text(name), id),
                    bases,
                },
            );
        }
        "parameters" | "lambda_parameters" => {
            for parameter in tree.named(id) {
                if let Some(name) = parameter_name(tree, parameter) {
                    let scope = reading.scope(name);
                    reading.local(scope, name, 0);
                }
            }
        }
        "assignment" | "augmented_assignment" => {
            if let Some(left) = tree.field(id, "left") {
                bind_targets(reading, left, id);
            }
        }
        "type_alias_statement" => {
            if let Some(left) = tree.field(id, "left")
                && let Some(name) = tree.named(left).next()
            {
                bind_targets(reading, name, id);
            }
        }
        "for_statement" | "for_in_clause" => {
            // The body belongs to whatever the loop stands in, and not to the variable that it gives a value.
            if let Some(left) = tree.field(id, "left") {
                bind_targets(reading, left, left);
            }
        }
        "named_expression" => {
            if let Some(name) = tree.field(id, "name") {
                bind_targets(reading, name, id);
            }
        }
        "as_pattern_target" => bind_targets(reading, id, id),
        "case_pattern" => {
            for inner in tree.named(id) {
                if matches!(tree.kind(inner), "dotted_name") && tree.named(inner).count() == 1 {
                    bind_targets(reading, inner, id);
                }
            }
        }
        "global_statement" | "nonlocal_statement" => {
            let scope = reading.scope(id);
            for name in tree.named(id) {
                reading.redirect(scope, tree.text(name));
            }
        }
        "import_statement" => {
            for one in tree.fields(id, "name").collect::<Vec<_>>() {
                let (module, alias) = aliased(tree, one);
                let bound = match alias {
                    Some(alias) => alias,
                    None => match tree.named(module).next() {
                        Some(first) => first,
                        None => continue,
                    },
                };
                if let Some(alias) = alias {
                    reading.take(alias);
                }
                let path = tree.text(module).to_owned();
                let scope = reading.scope(id);
                reading.import(
                    id,
                    scope,
                    tree.text(bound),
                    Import {
                        // Without another name only the first part is bound.
                        from: match alias {
                            Some(_) => path.clone(),
                            None => tree.text(bound).to_owned(),
                        },
                        name: String::new(),
                        alias: tree.text(bound).to_owned(),
                        line: 0,
                        within: None,
                        is_public: true,
                    },
                );
                if alias.is_none() && path.contains('.') {
                    // That the inner module is used is told apart from what is bound.
                    reading.import(
                        id,
                        scope,
                        "",
                        Import {
                            from: path,
                            name: String::new(),
                            alias: String::new(),
                            line: 0,
                            within: None,
                            is_public: false,
                        },
                    );
                }
            }
        }
        "import_from_statement" => {
            let Some(module) = tree.field(id, "module_name") else {
                return;
            };
            let from: String = tree.text(module).split_whitespace().collect();
            let scope = reading.scope(id);
            let import = |name: &str, alias: &str| Import {
                from: from.clone(),
                name: name.to_owned(),
                alias: alias.to_owned(),
                line: 0,
                within: None,
                is_public: true,
            };
            if tree
                .children(id)
                .any(|one| tree.kind(one) == "wildcard_import")
            {
                reading.import(id, scope, "", import("*", ""));
            }
            for one in tree.fields(id, "name").collect::<Vec<_>>() {
                let (name, alias) = aliased(tree, one);
                let text = tree.text(name);
                let bound = alias.map_or(text, |alias| tree.text(alias));
                let number = reading.import(id, scope, bound, import(text, bound));
                if let Some(alias) = alias {
                    reading.take(alias);
                }
                if let Some(leaf) = tree.named(name).next() {
                    reading.take(leaf);
                    reading.refer(leaf, Role::Import, How::Asked(number));
                }
            }
        }
        _ => {}
    }
}

fn aliased(tree: &Tree<'_>, id: Id) -> (Id, Option<Id>) {
    if tree.kind(id) == "aliased_import" {
        (
            tree.field(id, "name").unwrap_or(id),
            tree.field(id, "alias"),
        )
    } else {
        (id, None)
    }
}

fn parameter_name(tree: &Tree<'_>, id: Id) -> Option<Id> {
    match tree.kind(id) {
        "identifier" => Some(id),
        "default_parameter" | "typed_default_parameter" => tree
            .field(id, "name")
            .filter(|name| tree.kind(*name) == "identifier"),
        "typed_parameter" | "list_splat_pattern" | "dictionary_splat_pattern" => tree
            .named(id)
            .next()
            .and_then(|inner| parameter_name(tree, inner)),
        _ => None,
    }
}

/// Binds the names that an assignment or the like gives a value.
fn bind_targets(reading: &mut Reading<'_>, target: Id, node: Id) {
    let tree = reading.tree;
    let mut open = vec![target];
    while let Some(at) = open.pop() {
        match tree.kind(at) {
            "identifier" => bind(reading, at, node),
            "attribute" => attribute(reading, at, node),
            "pattern_list"
            | "tuple_pattern"
            | "list_pattern"
            | "list_splat_pattern"
            | "as_pattern_target"
            | "tuple"
            | "list"
            | "dotted_name"
            | "expression_list"
            | "parenthesized_expression"
            | "list_splat" => open.extend(tree.named(at)),
            _ => {}
        }
    }
}

fn bind(reading: &mut Reading<'_>, name: Id, node: Id) {
    let tree = reading.tree;
    let text = tree.text(name);
    // A walrus in a comprehension binds outside of it; in a class body it is of no use.
    let scope = reading.scope(name);
    if reading.is_redirected(scope, text) {
        return;
    }
    let (kind, is_local) = reading.kind_of(scope);
    if is_local {
        reading.local(scope, name, 0);
        return;
    }
    if reading.bound_in(scope, text).is_some() {
        return;
    }
    reading.define(
        scope,
        Declared {
            name,
            node,
            kind: if kind == ScopeKind::Class {
                Kind::Field
            } else {
                Kind::Value
            },
            marks: marks(tree, text, node),
            bases: Vec::new(),
        },
    );
}

/// `self.name = …` makes an attribute of the class.
fn attribute(reading: &mut Reading<'_>, at: Id, node: Id) {
    let tree = reading.tree;
    let (Some(object), Some(name)) = (tree.field(at, "object"), tree.field(at, "attribute")) else {
        return;
    };
    if !matches!(tree.text(object), "self" | "cls") {
        return;
    }
    let Some(class) = reading.class_around(at) else {
        return;
    };
    let text = tree.text(name);
    let is_known = reading
        .facts
        .defs
        .iter()
        .skip(usize::try_from(class).unwrap_or_default())
        .any(|def| def.container == Some(class) && def.name == text);
    if is_known {
        return;
    }
    let number = reading.keep(
        &Declared {
            name,
            node: at,
            kind: Kind::Field,
            marks: marks(tree, text, node),
            bases: Vec::new(),
        },
        text.to_owned(),
    );
    if let Some(def) = usize::try_from(number)
        .ok()
        .and_then(|number| reading.facts.defs.get_mut(number))
    {
        def.container = Some(class);
    }
}

fn refer<'t>(reading: &mut Reading<'t>, id: Id, exported: &mut BTreeSet<&'t str>) {
    let tree = reading.tree;
    match tree.kind(id) {
        "identifier" if !reading.is_taken(id) => {
            let parent = tree.parent(id);
            let above = parent.map_or("", |parent| tree.kind(parent));
            match (above, tree.field_name(id)) {
                ("attribute", Some("attribute")) => {
                    if let Some(parent) = parent {
                        member(reading, parent, id);
                    }
                }
                ("keyword_argument", Some("name")) => {
                    reading.refer(id, Role::Keyword, How::Member);
                }
                ("dotted_name", _) => {
                    let is_import = parent
                        .into_iter()
                        .flat_map(|parent| tree.ancestors(parent).take(2))
                        .any(|above| {
                            matches!(
                                tree.kind(above),
                                "import_statement"
                                    | "import_from_statement"
                                    | "future_import_statement"
                                    | "relative_import"
                            )
                        });
                    if !is_import {
                        reading.bare(id, Role::Use, |_| true, true);
                    }
                }
                ("global_statement" | "nonlocal_statement", _) => {
                    let scope = reading.scope(id);
                    let outer = reading.outward(scope, |kind| kind == ScopeKind::Module);
                    if let Some(Bound::Def(def)) = reading.bound_in(outer, tree.text(id)) {
                        reading.refer(id, Role::Use, How::Here(def));
                    }
                }
                ("call", Some("function")) => reading.bare(id, Role::Call, |_| true, true),
                ("type", _) => reading.bare(id, Role::Type, |_| true, true),
                _ => reading.bare(id, Role::Use, |_| true, true),
            }
        }
        "string" => string(reading, id, exported),
        _ => {}
    }
}

fn member(reading: &mut Reading<'_>, whole: Id, name: Id) {
    let tree = reading.tree;
    let Some(object) = tree.field(whole, "object") else {
        return;
    };
    let is_super = tree.kind(object) == "call" && tree.text(object).starts_with("super(");
    let how = if is_super || matches!(tree.text(object), "self" | "cls") {
        match reading.class_around(whole) {
            Some(class) => How::OfSelf(class),
            None => How::Member,
        }
    } else {
        path(reading, object).map_or(How::Member, |path| How::Path(path.into()))
    };
    reading.refer(name, Role::Attribute, how);
}

fn path(reading: &Reading<'_>, object: Id) -> Option<String> {
    let tree = reading.tree;
    let mut root = object;
    while tree.kind(root) == "attribute" {
        root = tree.field(root, "object")?;
    }
    if tree.kind(root) != "identifier" {
        return None;
    }
    how(reading.look_up(root, |_| true, true))?;
    reading.path_of(object)
}

fn string<'t>(reading: &mut Reading<'t>, id: Id, exported: &mut BTreeSet<&'t str>) {
    let tree = reading.tree;
    let mut pieces = tree
        .named(id)
        .filter(|piece| tree.kind(*piece) == "string_content");
    let Some(content) = pieces.next() else {
        return;
    };
    let text = tree.text(content);
    reading.word(text);
    if !is_name(text) {
        return;
    }
    let is_in_all = || {
        tree.ancestors(id).take(4).any(|above| {
            matches!(tree.kind(above), "assignment" | "augmented_assignment")
                && tree
                    .field(above, "left")
                    .is_some_and(|left| tree.text(left) == "__all__")
        })
    };
    let is_annotation = || {
        tree.ancestors(id)
            .take(3)
            .any(|above| tree.kind(above) == "type")
    };
    if is_in_all() {
        exported.insert(text);
    } else if !is_annotation() {
        return;
    }
    if let Some(how) = how(reading.look_up_text(text, id, |_| true, true)) {
        reading.refer_at(id, text, tree.start(content), Role::Inlined, how);
    }
}
