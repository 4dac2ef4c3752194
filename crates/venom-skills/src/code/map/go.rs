//! What a text in Go defines, imports and refers to.

use super::facts::{How, Import, Kind, Marks, Role};
use super::scope::{Declared, Reading, ScopeKind, how};
use crate::code::analyser::syntax::{Id, Tree};

/// Reads the text.
pub(super) fn read(reading: &mut Reading<'_>, path: &str) {
    let is_test = path.ends_with("_test.go");
    reading.declare_all(
        |tree, id| match tree.kind(id) {
            "struct_type" | "interface_type" => Some(ScopeKind::Class),
            "function_declaration"
            | "method_declaration"
            | "func_literal"
            | "block"
            | "if_statement"
            | "for_statement"
            | "expression_switch_statement"
            | "type_switch_statement"
            | "expression_case"
            | "type_case"
            | "default_case"
            | "communication_case" => Some(ScopeKind::Local),
            _ => None,
        },
        |field| field == Some("name"),
        |reading, id| declare(reading, id, is_test),
    );
    for id in reading.all() {
        refer(reading, id);
    }
}

fn marks(name: &str, is_test: bool) -> Marks {
    let mut marks = Marks::default();
    if name.chars().next().is_some_and(char::is_uppercase) {
        marks.set(Marks::PUBLIC);
    }
    if matches!(name, "main" | "init" | "_") {
        marks.set(Marks::ENTRY);
    }
    let runs = ["Test", "Benchmark", "Example", "Fuzz"];
    if is_test && runs.iter().any(|prefix| name.starts_with(prefix)) {
        marks.set(Marks::TEST);
    }
    marks
}

fn declare<'t>(reading: &mut Reading<'t>, id: Id, is_test: bool) {
    let tree = reading.tree;
    let scope = reading.scope(id);
    let define = |reading: &mut Reading<'t>, name: Id, kind: Kind, bases: Vec<String>| {
        let marks = marks(tree.text(name), is_test);
        let declared = Declared {
            name,
            node: if matches!(kind, Kind::Value | Kind::Field) {
                name
            } else {
                id
            },
            kind,
            marks,
            bases,
        };
        reading.define(scope, declared)
    };
    match tree.kind(id) {
        "package_clause" => {
            if let Some(name) = tree.named(id).next() {
                tree.text(name).clone_into(&mut reading.facts.package);
            }
        }
        "function_declaration" => {
            if let Some(name) = tree.field(id, "name") {
                define(reading, name, Kind::Function, Vec::new());
            }
        }
        "method_declaration" => {
            let Some(name) = tree.field(id, "name") else {
                return;
            };
            let receiver = tree
                .field(id, "receiver")
                .and_then(|list| {
                    tree.within(list)
                        .find(|one| tree.kind(*one) == "type_identifier")
                })
                .map(|of| tree.text(of).to_owned());
            // Methods stand apart from their type; nothing is bound in the scope of the file.
            let declared = Declared {
                name,
                node: id,
                kind: Kind::Method,
                marks: marks(tree.text(name), is_test),
                bases: receiver.into_iter().collect(),
            };
            reading.keep(&declared, tree.text(name).to_owned());
        }
        "type_spec" | "type_alias" => {
            if let Some(name) = tree.field(id, "name") {
                let kind = match tree.field(id, "type").map(|of| tree.kind(of)) {
                    Some("struct_type") => Kind::Class,
                    Some("interface_type") => Kind::Trait,
                    _ => Kind::Alias,
                };
                define(reading, name, kind, Vec::new());
            }
        }
        "field_declaration" => {
            for name in tree.fields(id, "name").collect::<Vec<_>>() {
                if reading.kind_of(scope) == (ScopeKind::Class, false) {
                    define(reading, name, Kind::Field, Vec::new());
                } else {
                    reading.take(name);
                }
            }
        }
        "method_elem" | "method_spec" => {
            if let Some(name) = tree.field(id, "name")
                && reading.kind_of(scope) == (ScopeKind::Class, false)
            {
                define(reading, name, Kind::Method, Vec::new());
            }
        }
        "const_spec" | "var_spec" => {
            for name in tree.fields(id, "name").collect::<Vec<_>>() {
                if tree.kind(name) == "identifier" {
                    if reading.kind_of(scope).1 {
                        reading.local(scope, name, tree.end(id));
                    } else {
                        define(reading, name, Kind::Value, Vec::new());
                    }
                }
            }
        }
        "short_var_declaration" | "range_clause" | "receive_statement" => {
            if tree.kind(id) != "short_var_declaration"
                && !tree.children(id).any(|child| tree.text(child) == ":=")
            {
                return;
            }
            if let Some(left) = tree.field(id, "left") {
                for name in tree.named(left).collect::<Vec<_>>() {
                    if tree.kind(name) == "identifier" {
                        // A name that is bound already is only given another value.
                        reading.local(scope, name, tree.end(id));
                    }
                }
            }
        }
        "type_switch_statement" => {
            if let Some(alias) = tree.field(id, "alias") {
                for name in tree.named(alias).collect::<Vec<_>>() {
                    reading.local(scope, name, tree.start(id));
                }
            }
        }
        "parameter_declaration"
        | "variadic_parameter_declaration"
        | "type_parameter_declaration" => {
            for name in tree.fields(id, "name").collect::<Vec<_>>() {
                let inner = reading.scope(name);
                reading.local(inner, name, 0);
            }
        }
        "import_spec" => {
            let Some(path) = tree.field(id, "path") else {
                return;
            };
            let from = tree.text(path).trim_matches(['"', '`']);
            let alias = tree.field(id, "name");
            let bound = match alias {
                Some(alias) => tree.text(alias),
                // The last part that is no version: `example.com/x/v2` is package x by custom.
                None => from
                    .rsplit('/')
                    .find(|part| {
                        part.strip_prefix('v')
                            .is_none_or(|n| n.parse::<u32>().is_err())
                    })
                    .unwrap_or(from),
            };
            if let Some(alias) = alias {
                reading.take(alias);
            }
            let import = Import {
                from: from.to_owned(),
                name: if bound == "." {
                    "*".to_owned()
                } else {
                    String::new()
                },
                alias: if matches!(bound, "." | "_") {
                    String::new()
                } else {
                    bound.to_owned()
                },
                line: 0,
                within: None,
                is_public: false,
            };
            let bound = if matches!(bound, "." | "_") {
                ""
            } else {
                bound
            };
            reading.import(id, scope, bound, import);
        }
        _ => {}
    }
}

fn refer(reading: &mut Reading<'_>, id: Id) {
    let tree = reading.tree;
    if reading.is_taken(id) {
        return;
    }
    let parent = tree.parent(id);
    let above = parent.map_or("", |parent| tree.kind(parent));
    let field = tree.field_name(id);
    match tree.kind(id) {
        "identifier" | "type_identifier" => match (above, field) {
            ("qualified_type", Some("name")) => {
                let package = parent.and_then(|parent| tree.field(parent, "package"));
                let path = package.map(|package| tree.text(package).to_owned());
                reading.refer(
                    id,
                    Role::Type,
                    path.map_or(How::Member, |path| How::Path(path.into())),
                );
            }
            ("literal_element", _) if is_key(tree, id) => {
                reading.refer(id, Role::Keyword, How::Member);
                reading.bare(id, Role::Keyword, |_| true, false);
            }
            ("call_expression", Some("function")) => reading.bare(id, Role::Call, |_| true, false),
            _ if tree.kind(id) == "type_identifier" => {
                reading.bare(id, Role::Type, |_| true, false);
            }
            _ => reading.bare(id, Role::Use, |_| true, false),
        },
        "field_identifier" => {
            let object = parent.and_then(|parent| tree.field(parent, "operand"));
            let path = object
                .filter(|_| above == "selector_expression")
                .and_then(|object| {
                    if tree.kind(object) != "identifier" {
                        return None;
                    }
                    how(reading.look_up(object, |_| true, false))?;
                    reading.path_of(object)
                });
            reading.refer(
                id,
                Role::Attribute,
                path.map_or(How::Member, |path| How::Path(path.into())),
            );
        }
        "interpreted_string_literal_content" => reading.word(tree.text(id)),
        _ => {}
    }
}

fn is_key(tree: &Tree<'_>, id: Id) -> bool {
    let Some(element) = tree.parent(id) else {
        return false;
    };
    let Some(keyed) = tree.parent(element) else {
        return false;
    };
    tree.kind(keyed) == "keyed_element" && tree.named(keyed).next() == Some(element)
}
