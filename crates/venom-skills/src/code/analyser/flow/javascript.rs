//! JavaScript and TypeScript: their expressions, names and imports.

use super::super::syntax::{Id, Tree};
use super::file::Imports;
use super::shape::{Binding, Field, How, Piece, Shape, first, inside, operation};

/// What an expression is.
pub(super) fn shape<'t>(tree: &Tree<'t>, id: Id) -> Shape<'t> {
    let part = |name: &str| tree.field(id, name);
    match tree.kind(id) {
        "string" => Shape::Text(inside(tree, id)),
        "template_string" => template(tree, id),
        "number" | "true" | "false" | "null" | "undefined" | "regex" => Shape::Constant,
        "identifier" | "property_identifier" | "shorthand_property_identifier" | "this" => {
            Shape::Name(tree.text(id))
        }
        "member_expression" => match (part("object"), part("property")) {
            (Some(of), Some(name)) => Shape::Member {
                of,
                name: tree.text(name),
            },
            _ => Shape::Other,
        },
        "subscript_expression" => match (part("object"), part("index")) {
            (Some(of), Some(key)) if tree.kind(key) == "string" => Shape::Member {
                of,
                name: tree.slice(inside(tree, key)),
            },
            (Some(of), Some(key)) => Shape::Index { of, key },
            _ => Shape::Other,
        },
        "call_expression" | "new_expression" => {
            let Some(function) = part("function").or_else(|| part("constructor")) else {
                return Shape::Other;
            };
            let arguments = part("arguments").filter(|list| tree.kind(*list) == "arguments");
            Shape::Call {
                function,
                arguments: arguments.map_or_else(Vec::new, |list| tree.named(list).collect()),
            }
        }
        "binary_expression" => operation(tree, id),
        "unary_expression" | "update_expression" => Shape::Number,
        "ternary_expression" => Shape::Choice(
            [part("consequence"), part("alternative")]
                .into_iter()
                .flatten()
                .collect(),
        ),
        "assignment_expression" => part("right").map_or(Shape::Other, Shape::Same),
        "parenthesized_expression"
        | "await_expression"
        | "as_expression"
        | "satisfies_expression"
        | "non_null_expression"
        | "spread_element"
        | "jsx_expression" => first(tree, id),
        "array" => Shape::List(tree.named(id).collect()),
        "object" => Shape::Record(fields(tree, id)),
        "arrow_function" | "function_expression" | "function" => Shape::Function,
        _ => Shape::Other,
    }
}

fn template<'t>(tree: &Tree<'t>, id: Id) -> Shape<'t> {
    let whole = inside(tree, id);
    let mut pieces = Vec::new();
    let mut at = whole.start;
    for hole in tree
        .children(id)
        .filter(|child| tree.kind(*child) == "template_substitution")
    {
        let range = tree.range(hole);
        if at < range.start {
            pieces.push(Piece::Text(at..range.start));
        }
        if let Some(value) = tree.named(hole).next() {
            pieces.push(Piece::Value(value));
        }
        at = range.end;
    }
    if pieces.is_empty() {
        return Shape::Text(whole);
    }
    if at < whole.end {
        pieces.push(Piece::Text(at..whole.end));
    }
    Shape::Join(pieces)
}

fn fields<'t>(tree: &Tree<'t>, id: Id) -> Vec<Field<'t>> {
    let mut fields = Vec::new();
    for whole in tree.named(id) {
        match tree.kind(whole) {
            "pair" => {
                if let (Some(key), Some(value)) =
                    (tree.field(whole, "key"), tree.field(whole, "value"))
                {
                    fields.push(Field {
                        name: key_name(tree, key),
                        value,
                        whole,
                    });
                }
            }
            "shorthand_property_identifier" => fields.push(Field {
                name: tree.text(whole),
                value: whole,
                whole,
            }),
            "spread_element" => fields.push(Field {
                name: "",
                value: whole,
                whole,
            }),
            _ => {}
        }
    }
    fields
}

/// The name of a property as it is written before its colon.
pub(super) fn key_name<'t>(tree: &Tree<'t>, key: Id) -> &'t str {
    if tree.kind(key) == "string" {
        tree.slice(inside(tree, key))
    } else {
        tree.text(key)
    }
}

/// The names that get a value at a node.
pub(super) fn bindings<'t>(tree: &Tree<'t>, id: Id, found: &mut Vec<Binding<'t>>) {
    let part = |name: &str| tree.field(id, name);
    match tree.kind(id) {
        "variable_declarator" => {
            if let Some(name) = part("name") {
                pattern(tree, name, id, part("value"), How::Whole, found);
            }
        }
        "assignment_expression" => {
            if let Some(left) = part("left") {
                let from = found.len();
                pattern(tree, left, id, part("right"), How::Whole, found);
                for binding in found.iter_mut().skip(from) {
                    binding.declares = false;
                }
            }
        }
        "augmented_assignment_expression" => {
            if let Some(left) = part("left").filter(|left| tree.kind(*left) == "identifier") {
                found.push(Binding {
                    name: tree.text(left),
                    at: id,
                    value: part("right"),
                    how: How::Append,
                    declares: false,
                });
            }
        }
        "formal_parameters" => {
            for parameter in tree.named(id) {
                self::parameter(tree, parameter, found);
            }
        }
        "arrow_function" => {
            if let Some(parameter) = part("parameter") {
                self::parameter(tree, parameter, found);
            }
        }
        "for_in_statement" => {
            if let Some(left) = part("left") {
                pattern(tree, left, id, part("right"), How::Each, found);
            }
        }
        "catch_clause" => {
            if let Some(name) = part("parameter") {
                pattern(tree, name, id, None, How::Each, found);
            }
        }
        "function_declaration" | "class_declaration" | "generator_function_declaration" => {
            if let Some(name) = part("name") {
                found.push(Binding {
                    name: tree.text(name),
                    at: id,
                    value: None,
                    how: How::Definition,
                    declares: true,
                });
            }
        }
        _ => {}
    }
}

fn parameter<'t>(tree: &Tree<'t>, id: Id, found: &mut Vec<Binding<'t>>) {
    let typed = tree
        .field(id, "type")
        .map_or("", |typed| tree.text(typed).trim_start_matches(':').trim());
    let name = match tree.kind(id) {
        "required_parameter" | "optional_parameter" => tree.field(id, "pattern"),
        "assignment_pattern" => tree.field(id, "left"),
        _ => Some(id),
    };
    if let Some(name) = name {
        pattern(tree, name, id, None, How::Parameter(typed), found);
    }
}

fn pattern<'t>(
    tree: &Tree<'t>,
    name: Id,
    at: Id,
    value: Option<Id>,
    how: How<'t>,
    found: &mut Vec<Binding<'t>>,
) {
    let part = |key: &'t str| match how {
        How::Whole => How::Part(key),
        other => other,
    };
    match tree.kind(name) {
        "identifier" => found.push(Binding {
            name: tree.text(name),
            at,
            value,
            how,
            declares: true,
        }),
        "shorthand_property_identifier_pattern" => found.push(Binding {
            name: tree.text(name),
            at,
            value,
            how: part(tree.text(name)),
            declares: true,
        }),
        "pair_pattern" => {
            if let (Some(key), Some(inner)) = (tree.field(name, "key"), tree.field(name, "value")) {
                pattern(tree, inner, at, value, part(key_name(tree, key)), found);
            }
        }
        "object_pattern" => {
            for inner in tree.named(name) {
                pattern(tree, inner, at, value, how, found);
            }
        }
        "array_pattern" | "rest_pattern" => {
            for inner in tree.named(name) {
                pattern(tree, inner, at, value, part(""), found);
            }
        }
        "object_assignment_pattern" | "assignment_pattern" => {
            if let Some(left) = tree.field(name, "left") {
                pattern(tree, left, at, value, how, found);
            }
        }
        _ => {}
    }
}

/// The names that an import brings.
pub(super) fn import(tree: &Tree<'_>, id: Id, imports: &mut Imports) {
    if tree.kind(id) != "import_statement" {
        return;
    }
    let Some(source) = tree.field(id, "source") else {
        return;
    };
    let module = module_name(tree.slice(inside(tree, source)));
    imports.library(&module);
    for node in tree.within(id) {
        match tree.kind(node) {
            "import_clause" => {
                for name in tree
                    .named(node)
                    .filter(|one| tree.kind(*one) == "identifier")
                {
                    imports.name(tree.text(name), &module);
                }
            }
            "namespace_import" => {
                if let Some(name) = tree.named(node).next() {
                    imports.name(tree.text(name), &module);
                }
            }
            "import_specifier" => {
                if let Some(name) = tree.field(node, "name") {
                    let local = tree.field(node, "alias").unwrap_or(name);
                    let full = format!("{module}.{}", tree.text(name));
                    imports.name(tree.text(local), &full);
                }
            }
            _ => {}
        }
    }
}

/// A module by the name that rules know it under.
pub(super) fn module_name(text: &str) -> String {
    let text = text.strip_prefix("node:").unwrap_or(text);
    match text {
        "fs/promises" => "fs.promises".to_owned(),
        other => other.to_owned(),
    }
}
