//! What a text in JavaScript or TypeScript defines, imports and refers to.

use super::facts::{How, Import, Kind, Marks, Role};
use super::scope::{Declared, Reading, ScopeKind, how};
use crate::code::analyser::syntax::{Id, Tree};

/// Functions of test runners: what is handed to them is a test.
const RUNNERS: [&str; 4] = ["test", "it", "describe", "suite"];

/// Reads the text.
pub(super) fn read(reading: &mut Reading<'_>) {
    reading.declare_all(
        |tree, id| match tree.kind(id) {
            "class_body" | "interface_body" | "object_type" | "enum_body" => Some(ScopeKind::Class),
            "function_declaration"
            | "generator_function_declaration"
            | "function_expression"
            | "generator_function"
            | "arrow_function"
            | "method_definition"
            | "statement_block"
            | "for_statement"
            | "for_in_statement"
            | "catch_clause"
            | "switch_body" => Some(ScopeKind::Local),
            _ => None,
        },
        |field| field == Some("name"),
        declare,
    );
    let mut exported: Vec<&str> = Vec::new();
    for id in reading.all() {
        refer(reading, id, &mut exported);
    }
    for def in &mut reading.facts.defs {
        if def.container.is_none() && exported.contains(&def.name.as_str()) {
            def.marks.set(Marks::EXPORTED | Marks::PUBLIC);
        }
    }
}

/// The scope that a declaration stands in: a block of its own, or the file.
fn is_exported(tree: &Tree<'_>, id: Id) -> bool {
    tree.ancestors(id)
        .take(2)
        .any(|above| tree.kind(above) == "export_statement")
}

fn marks(tree: &Tree<'_>, id: Id) -> Marks {
    let mut marks = Marks::default();
    if is_exported(tree, id) {
        marks.set(Marks::EXPORTED | Marks::PUBLIC);
    }
    if tree
        .children(id)
        .any(|child| tree.kind(child) == "decorator")
    {
        marks.set(Marks::DECORATED);
    }
    marks
}

fn declare(reading: &mut Reading<'_>, id: Id) {
    let tree = reading.tree;
    let scope = reading.scope(id);
    let (kind, name) = match tree.kind(id) {
        "function_declaration" | "generator_function_declaration" | "function_signature" => {
            (Kind::Function, tree.field(id, "name"))
        }
        "class_declaration" | "abstract_class_declaration" => (Kind::Class, tree.field(id, "name")),
        "interface_declaration" => (Kind::Trait, tree.field(id, "name")),
        "type_alias_declaration" => (Kind::Alias, tree.field(id, "name")),
        "enum_declaration" => (Kind::Enum, tree.field(id, "name")),
        "method_definition" | "method_signature" | "abstract_method_signature" => {
            (Kind::Method, tree.field(id, "name"))
        }
        "field_definition" => (Kind::Field, tree.field(id, "property")),
        "public_field_definition" | "property_signature" => (Kind::Field, tree.field(id, "name")),
        "variable_declarator" => {
            variable(reading, id);
            return;
        }
        "formal_parameters" | "catch_clause" | "arrow_function" => {
            // The scope of these is opened by themselves or by what is around them; their names are
            // bound where they stand.
            return;
        }
        "import_statement" => {
            imports(reading, id);
            return;
        }
        "type_parameter" => {
            if let Some(name) = tree.field(id, "name") {
                let inner = reading.scope(name);
                reading.local(inner, name, 0);
            }
            return;
        }
        "identifier" | "shorthand_property_identifier_pattern" => {
            if is_parameter(tree, id) {
                reading.local(scope, id, 0);
            }
            return;
        }
        _ => return,
    };
    let Some(name) = name else {
        return;
    };
    let is_member = matches!(kind, Kind::Method | Kind::Field);
    if is_member {
        // A member of an object that is no class belongs to nothing that can be named.
        let holder = reading.class_around(id);
        let (in_class, is_local) = reading.kind_of(scope);
        if in_class != ScopeKind::Class || is_local || holder.is_none() {
            reading.take(name);
            return;
        }
        if !matches!(
            tree.kind(name),
            "property_identifier" | "private_property_identifier"
        ) {
            return;
        }
    }
    let mut marks = marks(tree, id);
    if tree.text(name) == "constructor" {
        marks.set(Marks::ENTRY);
    }
    let bases = if matches!(kind, Kind::Class | Kind::Trait) {
        bases(reading, id)
    } else {
        Vec::new()
    };
    reading.define(
        scope,
        Declared {
            name,
            node: id,
            kind,
            marks,
            bases,
        },
    );
}

fn bases(reading: &Reading<'_>, id: Id) -> Vec<String> {
    let tree = reading.tree;
    tree.named(id)
        .filter(|child| {
            matches!(
                tree.kind(*child),
                "class_heritage" | "extends_type_clause" | "extends_clause"
            )
        })
        .flat_map(|heritage| tree.within(heritage).collect::<Vec<_>>())
        .filter(|one| matches!(tree.kind(*one), "identifier" | "type_identifier"))
        .filter_map(|one| reading.path_of(one))
        .collect()
}

/// Tells whether a name stands in the parameters of a function or of a `catch`.
fn is_parameter(tree: &Tree<'_>, id: Id) -> bool {
    let mut below = id;
    for above in tree.ancestors(id) {
        match tree.kind(above) {
            "formal_parameters" => return true,
            "required_parameter" | "optional_parameter" => {
                if tree.field(above, "pattern") != Some(below) {
                    return false;
                }
            }
            "catch_clause" | "arrow_function" => {
                return matches!(tree.field_name(below), Some("parameter"));
            }
            "for_in_statement" => {
                return tree.field_name(below) == Some("left")
                    && tree.field(above, "kind").is_some();
            }
            "assignment_pattern" | "object_assignment_pattern" => {
                if tree.field(above, "left") != Some(below) {
                    return false;
                }
            }
            "pair_pattern" => {
                if tree.field(above, "value") != Some(below) {
                    return false;
                }
            }
            "object_pattern" | "array_pattern" | "rest_pattern" => {}
            _ => return false,
        }
        below = above;
    }
    false
}

fn variable(reading: &mut Reading<'_>, id: Id) {
    let tree = reading.tree;
    let Some(target) = tree.field(id, "name") else {
        return;
    };
    let required = tree
        .field(id, "value")
        .and_then(|value| required(tree, value));
    let scope = reading.scope(id);
    // `var` belongs to the function; the scopes of blocks are left out of it.
    let mut open = vec![target];
    while let Some(at) = open.pop() {
        match tree.kind(at) {
            "identifier" | "shorthand_property_identifier_pattern" => {
                let text = tree.text(at);
                if let Some(source) = required {
                    let is_whole = at == target;
                    let import = Import {
                        from: source.to_owned(),
                        name: if is_whole {
                            String::new()
                        } else {
                            text.to_owned()
                        },
                        alias: text.to_owned(),
                        line: 0,
                        within: None,
                        is_public: false,
                    };
                    reading.take(at);
                    let number = reading.import(id, scope, text, import);
                    if !is_whole {
                        reading.refer(at, Role::Import, How::Asked(number));
                    }
                    continue;
                }
                let value = tree.field(id, "value").map_or("", |value| tree.kind(value));
                let kind = match value {
                    "arrow_function" | "function_expression" | "generator_function" => {
                        Kind::Function
                    }
                    "class" => Kind::Class,
                    _ => Kind::Value,
                };
                let parent = tree.parent(id).unwrap_or(id);
                reading.define(
                    scope,
                    Declared {
                        name: at,
                        node: if at == target { id } else { at },
                        kind,
                        marks: marks(tree, parent),
                        bases: Vec::new(),
                    },
                );
            }
            "pair_pattern" => open.extend(tree.field(at, "value")),
            "assignment_pattern" | "object_assignment_pattern" => {
                open.extend(tree.field(at, "left"));
            }
            "object_pattern" | "array_pattern" | "rest_pattern" => open.extend(tree.named(at)),
            _ => {}
        }
    }
}

/// The source of `require("…")`.
fn required<'t>(tree: &Tree<'t>, value: Id) -> Option<&'t str> {
    if tree.kind(value) != "call_expression" {
        return None;
    }
    let function = tree.field(value, "function")?;
    if tree.text(function) != "require" {
        return None;
    }
    let argument = tree.named(tree.field(value, "arguments")?).next()?;
    Some(unquoted(tree.text(argument)))
}

fn unquoted(text: &str) -> &str {
    text.trim_matches(['"', '\'', '`'])
}

fn imports(reading: &mut Reading<'_>, id: Id) {
    let tree = reading.tree;
    let Some(source) = tree.field(id, "source") else {
        return;
    };
    let from = unquoted(tree.text(source)).to_owned();
    let scope = reading.scope(id);
    let import = |name: &str, alias: &str| Import {
        from: from.clone(),
        name: name.to_owned(),
        alias: alias.to_owned(),
        line: 0,
        within: None,
        is_public: false,
    };
    let Some(clause) = tree
        .named(id)
        .find(|one| tree.kind(*one) == "import_clause")
    else {
        reading.import(id, scope, "", import("", ""));
        return;
    };
    for one in tree.named(clause).collect::<Vec<_>>() {
        match tree.kind(one) {
            "identifier" => {
                reading.take(one);
                let text = tree.text(one);
                reading.import(id, scope, text, import("default", text));
            }
            "namespace_import" => {
                if let Some(name) = tree.named(one).next() {
                    reading.take(name);
                    let text = tree.text(name);
                    reading.import(id, scope, text, import("", text));
                }
            }
            "named_imports" => {
                for specifier in tree.named(one).collect::<Vec<_>>() {
                    let Some(name) = tree.field(specifier, "name") else {
                        continue;
                    };
                    let alias = tree.field(specifier, "alias");
                    let bound = alias.map_or_else(|| tree.text(name), |alias| tree.text(alias));
                    reading.take(name);
                    if let Some(alias) = alias {
                        reading.take(alias);
                    }
                    let number = reading.import(id, scope, bound, import(tree.text(name), bound));
                    reading.refer(name, Role::Import, How::Asked(number));
                }
            }
            _ => {}
        }
    }
}

fn refer<'t>(reading: &mut Reading<'t>, id: Id, exported: &mut Vec<&'t str>) {
    let tree = reading.tree;
    let parent = tree.parent(id);
    let above = parent.map_or("", |parent| tree.kind(parent));
    match tree.kind(id) {
        "identifier" | "type_identifier" | "shorthand_property_identifier"
            if !reading.is_taken(id) =>
        {
            if above == "export_specifier" {
                export(reading, id, exported);
                return;
            }
            let role = match (tree.kind(id), above, tree.field_name(id)) {
                ("shorthand_property_identifier", _, _) => Role::Shorthand,
                ("type_identifier", _, _) => Role::Type,
                (_, "call_expression", Some("function")) | (_, "new_expression", _) => Role::Call,
                _ => Role::Use,
            };
            if role == Role::Use && in_exports(tree, id) {
                exported.push(tree.text(id));
            }
            if role == Role::Shorthand && in_exports(tree, id) {
                exported.push(tree.text(id));
            }
            reading.bare(id, role, |_| true, false);
        }
        "property_identifier" | "private_property_identifier" if !reading.is_taken(id) => {
            let Some(parent) = parent else {
                return;
            };
            if above != "member_expression" {
                // A key of an object may be a member of anything.
                reading.refer(id, Role::Keyword, How::Member);
                return;
            }
            let Some(object) = tree.field(parent, "object") else {
                return;
            };
            let how = match tree.kind(object) {
                "this" | "super" => reading.class_around(id).map_or(How::Member, How::OfSelf),
                _ => path(reading, object).map_or(How::Member, |path| How::Path(path.into())),
            };
            reading.refer(id, Role::Attribute, how);
        }
        "export_statement" => {
            if let Some(source) = tree.field(id, "source") {
                let is_all = tree.children(id).any(|child| tree.text(child) == "*");
                if is_all {
                    let import = Import {
                        from: unquoted(tree.text(source)).to_owned(),
                        name: "*".to_owned(),
                        alias: String::new(),
                        line: 0,
                        within: None,
                        is_public: true,
                    };
                    let scope = reading.scope(id);
                    reading.import(id, scope, "", import);
                }
            } else if let Some(value) = tree
                .field(id, "value")
                .or_else(|| tree.field(id, "declaration"))
                && tree.children(id).any(|child| tree.kind(child) == "default")
            {
                let name = tree.field(value, "name").unwrap_or(value);
                if matches!(tree.kind(name), "identifier" | "type_identifier") {
                    let text = tree.text(name).to_owned();
                    exported.push(tree.text(name));
                    let import = Import {
                        from: String::new(),
                        name: text,
                        alias: "default".to_owned(),
                        line: 0,
                        within: None,
                        is_public: true,
                    };
                    let scope = reading.scope(id);
                    reading.import(id, scope, "", import);
                }
            }
        }
        "string_fragment" => {
            reading.word(tree.text(id));
        }
        "call_expression" => {
            let is_runner = tree
                .field(id, "function")
                .is_some_and(|function| RUNNERS.contains(&tree.text(function)));
            if is_runner
                && let Some(number) = reading.within(id).and_then(|n| usize::try_from(n).ok())
                && let Some(def) = reading.facts.defs.get_mut(number)
            {
                def.marks.set(Marks::TEST);
            }
        }
        _ => {}
    }
}

fn in_exports(tree: &Tree<'_>, id: Id) -> bool {
    tree.ancestors(id).take(4).any(|above| {
        tree.kind(above) == "assignment_expression"
            && tree.field(above, "left").is_some_and(|left| {
                let text = tree.text(left);
                text.starts_with("module.exports") || text.starts_with("exports.")
            })
    })
}

/// `export { a as b }`, also from another file.
fn export<'t>(reading: &mut Reading<'t>, id: Id, exported: &mut Vec<&'t str>) {
    let tree = reading.tree;
    let Some(specifier) = tree.parent(id) else {
        return;
    };
    if tree.field_name(id) == Some("alias") {
        return;
    }
    let text = tree.text(id);
    let alias = tree
        .field(specifier, "alias")
        .map_or(text, |alias| tree.text(alias));
    let statement = tree
        .ancestors(id)
        .find(|above| tree.kind(*above) == "export_statement");
    let source = statement.and_then(|statement| tree.field(statement, "source"));
    let import = Import {
        from: source
            .map(|source| unquoted(tree.text(source)).to_owned())
            .unwrap_or_default(),
        name: text.to_owned(),
        alias: alias.to_owned(),
        line: 0,
        within: None,
        is_public: true,
    };
    let scope = reading.scope(id);
    if source.is_some() {
        let number = reading.import(id, scope, "", import);
        reading.refer(id, Role::Import, How::Asked(number));
        return;
    }
    exported.push(text);
    if alias != text {
        reading.import(id, scope, "", import);
    }
    reading.bare(id, Role::Import, |_| true, false);
}

fn path(reading: &Reading<'_>, object: Id) -> Option<String> {
    let tree = reading.tree;
    let mut root = object;
    while tree.kind(root) == "member_expression" {
        root = tree.field(root, "object")?;
    }
    if tree.kind(root) != "identifier" {
        return None;
    }
    how(reading.look_up(root, |_| true, false))?;
    reading.path_of(object)
}
