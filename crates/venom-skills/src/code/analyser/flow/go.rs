//! Go: its expressions, names and imports.

use super::super::syntax::{Id, Tree};
use super::file::Imports;
use super::shape::{Binding, Field, How, Shape, first, inside, operation, operator};

/// What an expression is.
pub(super) fn shape<'t>(tree: &Tree<'t>, id: Id) -> Shape<'t> {
    let part = |name: &str| tree.field(id, name);
    match tree.kind(id) {
        "interpreted_string_literal" | "raw_string_literal" => Shape::Text(inside(tree, id)),
        "int_literal" | "float_literal" | "rune_literal" | "true" | "false" | "nil" | "iota" => {
            Shape::Constant
        }
        "identifier" | "package_identifier" | "type_identifier" | "field_identifier" => {
            Shape::Name(tree.text(id))
        }
        "selector_expression" => member(tree, part("operand"), part("field")),
        "qualified_type" => member(tree, part("package"), part("name")),
        "index_expression" => match (part("operand"), part("index")) {
            (Some(of), Some(key)) => Shape::Index { of, key },
            _ => Shape::Other,
        },
        "slice_expression"
        | "type_conversion_expression"
        | "type_assertion_expression"
        | "generic_type" => part("operand").map_or(Shape::Other, Shape::Same),
        "call_expression" => match (part("function"), part("arguments")) {
            (Some(function), Some(list)) => Shape::Call {
                function,
                arguments: tree.named(list).collect(),
            },
            _ => Shape::Other,
        },
        "binary_expression" => operation(tree, id),
        "unary_expression" => match operator(tree, id) {
            "&" | "*" => part("operand").map_or(Shape::Other, Shape::Same),
            _ => Shape::Number,
        },
        "parenthesized_expression"
        | "variadic_argument"
        | "literal_element"
        | "expression_list" => first(tree, id),
        "composite_literal" => part("body").map_or(Shape::Other, |body| record(tree, body)),
        "literal_value" => record(tree, id),
        "func_literal" => Shape::Function,
        _ => Shape::Other,
    }
}

fn member<'t>(tree: &Tree<'t>, of: Option<Id>, name: Option<Id>) -> Shape<'t> {
    match (of, name) {
        (Some(of), Some(name)) => Shape::Member {
            of,
            name: tree.text(name),
        },
        _ => Shape::Other,
    }
}

fn record<'t>(tree: &Tree<'t>, body: Id) -> Shape<'t> {
    let mut fields = Vec::new();
    let mut values = Vec::new();
    for whole in tree.named(body) {
        if tree.kind(whole) == "keyed_element" {
            if let (Some(key), Some(value)) = (tree.field(whole, "key"), tree.field(whole, "value"))
            {
                fields.push(Field {
                    name: tree.text(key).trim_matches(['"', '`']),
                    value: tree.named(value).next().unwrap_or(value),
                    whole,
                });
            }
        } else {
            values.push(tree.named(whole).next().unwrap_or(whole));
        }
    }
    if values.is_empty() {
        Shape::Record(fields)
    } else {
        Shape::List(values)
    }
}

/// The names that get a value at a node.
pub(super) fn bindings<'t>(tree: &Tree<'t>, id: Id, found: &mut Vec<Binding<'t>>) {
    let part = |name: &str| tree.field(id, name);
    match tree.kind(id) {
        "short_var_declaration" => {
            several(tree, id, part("left"), part("right"), How::Whole, found);
        }
        "assignment_statement" => {
            let from = found.len();
            let how = if operator(tree, id) == "=" {
                How::Whole
            } else {
                How::Append
            };
            several(tree, id, part("left"), part("right"), how, found);
            for binding in found.iter_mut().skip(from) {
                binding.declares = false;
            }
        }
        "range_clause" => several(tree, id, part("left"), part("right"), How::Each, found),
        "var_spec" | "const_spec" => {
            let values: Vec<Id> =
                part("value").map_or_else(Vec::new, |list| tree.named(list).collect());
            for (place, name) in tree.fields(id, "name").enumerate() {
                found.push(Binding {
                    name: tree.text(name),
                    at: id,
                    value: values.get(place).copied(),
                    how: How::Whole,
                    declares: true,
                });
            }
        }
        "parameter_declaration" | "variadic_parameter_declaration" => {
            let typed = part("type").map_or("", |typed| tree.text(typed));
            for name in tree.fields(id, "name") {
                found.push(Binding {
                    name: tree.text(name),
                    at: id,
                    value: None,
                    how: How::Parameter(typed),
                    declares: true,
                });
            }
        }
        "function_declaration" | "type_spec" => {
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
        "call_expression" => {
            // `text.WriteString(more)`
            if let Shape::Call {
                function,
                arguments,
            } = shape(tree, id)
                && let Shape::Member { of, name } = shape(tree, function)
                && name == "WriteString"
                && let Shape::Name(builder) = shape(tree, of)
            {
                found.push(Binding {
                    name: builder,
                    at: id,
                    value: arguments.first().copied(),
                    how: How::Append,
                    declares: false,
                });
            }
        }
        _ => {}
    }
}

fn several<'t>(
    tree: &Tree<'t>,
    at: Id,
    left: Option<Id>,
    right: Option<Id>,
    how: How<'t>,
    found: &mut Vec<Binding<'t>>,
) {
    let (Some(left), Some(right)) = (left, right) else {
        return;
    };
    let values: Vec<Id> = if tree.kind(right) == "expression_list" {
        tree.named(right).collect()
    } else {
        vec![right]
    };
    let is_spread = values.len() == 1;
    for (place, name) in tree.named(left).enumerate() {
        if tree.kind(name) != "identifier" {
            continue;
        }
        let value = if is_spread {
            values.first()
        } else {
            values.get(place)
        };
        found.push(Binding {
            name: tree.text(name),
            at,
            value: value.copied(),
            how,
            declares: true,
        });
    }
}

/// The names that an import brings.
pub(super) fn import(tree: &Tree<'_>, id: Id, imports: &mut Imports) {
    if tree.kind(id) != "import_spec" {
        return;
    }
    let Some(path) = tree.field(id, "path") else {
        return;
    };
    let path = tree.slice(inside(tree, path));
    imports.library(path);
    let is_version =
        |part: &str| part.len() > 1 && part.trim_start_matches('v').parse::<u32>().is_ok();
    let mut parts = path.rsplit('/');
    let last = parts.next().unwrap_or(path);
    let last = if is_version(last) {
        parts.next().unwrap_or(last)
    } else {
        last
    };
    let local = tree.field(id, "name").map_or(last, |name| tree.text(name));
    if local != "_" && local != "." {
        imports.name(local, path);
    }
}
