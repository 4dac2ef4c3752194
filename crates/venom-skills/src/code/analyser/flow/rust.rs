//! Rust: its expressions, names and imports. Macros are read as far as `format!` goes.

use super::super::syntax::{Id, Tree};
use super::file::Imports;
use super::shape::{Binding, Field, How, Piece, Shape, first, inside, operation};

/// What an expression is.
pub(super) fn shape<'t>(tree: &Tree<'t>, id: Id) -> Shape<'t> {
    let part = |name: &str| tree.field(id, name);
    match tree.kind(id) {
        "string_literal" | "raw_string_literal" => Shape::Text(inside(tree, id)),
        "char_literal" | "integer_literal" | "float_literal" | "boolean_literal"
        | "unit_expression" => Shape::Constant,
        "identifier" | "type_identifier" | "field_identifier" | "self" | "crate" => {
            Shape::Name(tree.text(id))
        }
        "scoped_identifier" | "scoped_type_identifier" => match (part("path"), part("name")) {
            (Some(of), Some(name)) => Shape::Member {
                of,
                name: tree.text(name),
            },
            (None, Some(name)) => Shape::Name(tree.text(name)),
            _ => Shape::Other,
        },
        "generic_function" => part("function").map_or(Shape::Other, Shape::Same),
        "generic_type" => part("type").map_or(Shape::Other, Shape::Same),
        "field_expression" => match (part("value"), part("field")) {
            (Some(of), Some(name)) => Shape::Member {
                of,
                name: tree.text(name),
            },
            _ => Shape::Other,
        },
        "index_expression" => {
            let mut parts = tree.named(id);
            match (parts.next(), parts.next()) {
                (Some(of), Some(key)) => Shape::Index { of, key },
                _ => Shape::Other,
            }
        }
        "call_expression" => match (part("function"), part("arguments")) {
            (Some(function), Some(list)) => Shape::Call {
                function,
                arguments: tree.named(list).collect(),
            },
            _ => Shape::Other,
        },
        "macro_invocation" => expanded(tree, id),
        "binary_expression" => operation(tree, id),
        "unary_expression" => {
            if tree.text(id).starts_with('*') {
                first(tree, id)
            } else {
                Shape::Number
            }
        }
        "type_cast_expression" => Shape::Number,
        "reference_expression" => part("value").map_or(Shape::Other, Shape::Same),
        "parenthesized_expression" | "try_expression" | "await_expression" | "unsafe_block" => {
            first(tree, id)
        }
        "block" => tree.named(id).last().map_or(Shape::Other, Shape::Same),
        "else_clause" => first(tree, id),
        "if_expression" => Shape::Choice(
            [part("consequence"), part("alternative")]
                .into_iter()
                .flatten()
                .collect(),
        ),
        "match_expression" => part("body").map_or(Shape::Other, |body| {
            Shape::Choice(
                tree.named(body)
                    .filter_map(|arm| tree.field(arm, "value"))
                    .collect(),
            )
        }),
        "array_expression" | "tuple_expression" => Shape::List(tree.named(id).collect()),
        "struct_expression" => {
            part("body").map_or(Shape::Other, |body| Shape::Record(fields(tree, body)))
        }
        "closure_expression" => Shape::Function,
        _ => Shape::Other,
    }
}

fn fields<'t>(tree: &Tree<'t>, body: Id) -> Vec<Field<'t>> {
    tree.named(body)
        .filter_map(|whole| match tree.kind(whole) {
            "field_initializer" => Some(Field {
                name: tree.text(tree.field(whole, "field")?),
                value: tree.field(whole, "value")?,
                whole,
            }),
            "shorthand_field_initializer" => {
                let name = tree.named(whole).next()?;
                Some(Field {
                    name: tree.text(name),
                    value: name,
                    whole,
                })
            }
            _ => None,
        })
        .collect()
}

/// The name of a macro, without its path.
pub(super) fn macro_name<'t>(tree: &Tree<'t>, id: Id) -> &'t str {
    tree.field(id, "macro").map_or("", |name| {
        let text = tree.text(name);
        text.rsplit("::").next().unwrap_or(text)
    })
}

fn expanded<'t>(tree: &Tree<'t>, id: Id) -> Shape<'t> {
    match macro_name(tree, id) {
        "concat" | "include_str" | "include_bytes" | "env" | "stringify" | "line" | "file" => {
            Shape::Constant
        }
        "format" | "format_args" => formatted(tree, id).map_or(Shape::Other, Shape::Join),
        _ => Shape::Other,
    }
}

/// The arguments of a macro: tokens between commas.
pub(super) fn groups(tree: &Tree<'_>, id: Id) -> Vec<Vec<Id>> {
    let Some(list) = tree
        .children(id)
        .find(|child| tree.kind(*child) == "token_tree")
    else {
        return Vec::new();
    };
    let mut groups = vec![Vec::new()];
    let inner = tree.children(list).count().saturating_sub(2);
    for token in tree.children(list).skip(1).take(inner) {
        if tree.text(token) == "," {
            groups.push(Vec::new());
        } else if let Some(group) = groups.last_mut() {
            group.push(token);
        }
    }
    groups.retain(|group| !group.is_empty());
    groups
}

fn formatted<'t>(tree: &Tree<'t>, id: Id) -> Option<Vec<Piece<'t>>> {
    let groups = groups(tree, id);
    let (literal, rest) = groups.split_first()?;
    let literal = *literal.first()?;
    if !matches!(tree.kind(literal), "string_literal" | "raw_string_literal") {
        return None;
    }
    let whole = inside(tree, literal);
    let text = tree.slice(whole.clone());
    let mut pieces = Vec::new();
    let mut values = rest.iter();
    let mut from = 0;
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find(['{', '}'])) {
        let place = at + found;
        let tail = text.get(place..)?;
        if tail.starts_with("{{") || tail.starts_with("}}") {
            at = place + 2;
            continue;
        }
        let Some(close) = tail.find('}').filter(|_| tail.starts_with('{')) else {
            at = place + 1;
            continue;
        };
        if from < place {
            pieces.push(Piece::Text(whole.start + from..whole.start + place));
        }
        let hole = tail.get(1..close)?;
        let name = hole.split(':').next().unwrap_or(hole).trim();
        let specification = hole.split_once(':').map_or("", |(_, rest)| rest);
        pieces.push(if name.is_empty() {
            values
                .next()
                .map_or(Piece::Number, |group| argument(tree, group))
        } else if let Ok(position) = name.parse::<usize>() {
            rest.get(position)
                .map_or(Piece::Number, |group| argument(tree, group))
        } else {
            let given = rest.iter().find(|group| {
                group.first().is_some_and(|one| tree.text(*one) == name)
                    && group.get(1).is_some_and(|one| tree.text(*one) == "=")
            });
            match given {
                Some(group) => argument(tree, group.get(2..).unwrap_or_default()),
                None => Piece::Word(name),
            }
        });
        if specification.ends_with(['x', 'X', 'b', 'e']) {
            // Only numbers and bytes are written this way.
            if let Some(last) = pieces.last_mut() {
                *last = Piece::Number;
            }
        }
        from = place + close + 1;
        at = from;
    }
    if from < text.len() {
        pieces.push(Piece::Text(whole.start + from..whole.end));
    }
    Some(pieces)
}

fn argument<'t>(tree: &Tree<'t>, group: &[Id]) -> Piece<'t> {
    match group {
        [one] if tree.kind(*one) == "identifier" => Piece::Value(*one),
        [one] if tree.kind(*one).ends_with("_literal") => Piece::Value(*one),
        _ => Piece::Tokens(group.to_vec()),
    }
}

/// The names that get a value at a node.
pub(super) fn bindings<'t>(tree: &Tree<'t>, id: Id, found: &mut Vec<Binding<'t>>) {
    let part = |name: &str| tree.field(id, name);
    let typed = part("type").map_or("", |typed| tree.text(typed));
    match tree.kind(id) {
        "let_declaration" => {
            if let Some(name) = part("pattern") {
                pattern(tree, name, id, part("value"), How::Whole, found);
            }
        }
        "let_condition" => {
            if let Some(name) = part("pattern") {
                pattern(tree, name, id, part("value"), How::Whole, found);
            }
        }
        "const_item" | "static_item" => {
            if let Some(name) = part("name") {
                found.push(Binding {
                    name: tree.text(name),
                    at: id,
                    value: part("value"),
                    how: How::Whole,
                    declares: true,
                });
            }
        }
        "parameter" => {
            if let Some(name) = part("pattern") {
                pattern(tree, name, id, None, How::Parameter(typed), found);
            }
        }
        "closure_parameters" => {
            for name in tree.named(id) {
                pattern(tree, name, id, None, How::Each, found);
            }
        }
        "for_expression" => {
            if let Some(name) = part("pattern") {
                pattern(tree, name, id, part("value"), How::Each, found);
            }
        }
        "assignment_expression" | "compound_assignment_expr" => {
            let how = if tree.kind(id) == "assignment_expression" {
                How::Whole
            } else {
                How::Append
            };
            if let Some(left) = part("left").filter(|left| tree.kind(*left) == "identifier") {
                found.push(Binding {
                    name: tree.text(left),
                    at: id,
                    value: part("right"),
                    how,
                    declares: false,
                });
            }
        }
        "call_expression" => {
            // `text.push_str(more)`
            if let Shape::Call {
                function,
                arguments,
            } = shape(tree, id)
                && let Shape::Member { of, name } = shape(tree, function)
                && matches!(name, "push_str" | "push")
                && let Shape::Name(text) = shape(tree, of)
            {
                found.push(Binding {
                    name: text,
                    at: id,
                    value: arguments.first().copied(),
                    how: How::Append,
                    declares: false,
                });
            }
        }
        "function_item" | "struct_item" | "enum_item" | "mod_item" | "type_item" => {
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

fn pattern<'t>(
    tree: &Tree<'t>,
    name: Id,
    at: Id,
    value: Option<Id>,
    how: How<'t>,
    found: &mut Vec<Binding<'t>>,
) {
    let constructor = tree.field(name, "type");
    for node in tree.within(name) {
        let is_name = matches!(tree.kind(node), "identifier" | "shorthand_field_identifier");
        let is_constructor = constructor.is_some_and(|one| tree.contains(one, node))
            || tree.field_name(node) == Some("type")
            || tree
                .text(node)
                .chars()
                .next()
                .is_some_and(char::is_uppercase);
        if is_name && !is_constructor {
            found.push(Binding {
                name: tree.text(node),
                at,
                value,
                how,
                declares: true,
            });
        }
    }
}

/// The names that an import brings.
pub(super) fn import(tree: &Tree<'_>, id: Id, imports: &mut Imports) {
    match tree.kind(id) {
        "use_declaration" => {
            if let Some(argument) = tree.field(id, "argument") {
                used(tree, argument, "", imports, 16);
            }
        }
        "scoped_identifier" | "scoped_type_identifier" => {
            let text = tree.text(id);
            if let Some((first, _)) = text.split_once("::") {
                imports.library(first);
            }
        }
        _ => {}
    }
}

fn dotted(prefix: &str, text: &str) -> String {
    let text = text.replace("::", ".");
    if prefix.is_empty() {
        text
    } else {
        format!("{prefix}.{text}")
    }
}

fn used(tree: &Tree<'_>, id: Id, prefix: &str, imports: &mut Imports, deep: usize) {
    if deep == 0 {
        return;
    }
    match tree.kind(id) {
        "identifier" | "scoped_identifier" => {
            let full = dotted(prefix, tree.text(id));
            imports.library(full.split('.').next().unwrap_or(&full));
            let local = full.rsplit('.').next().unwrap_or(&full).to_owned();
            imports.name(&local, &full);
        }
        "self" => {
            let local = prefix.rsplit('.').next().unwrap_or(prefix).to_owned();
            imports.name(&local, prefix);
        }
        "use_as_clause" => {
            if let (Some(path), Some(alias)) = (tree.field(id, "path"), tree.field(id, "alias")) {
                let full = dotted(prefix, tree.text(path));
                imports.library(full.split('.').next().unwrap_or(&full));
                imports.name(tree.text(alias), &full);
            }
        }
        "use_list" => {
            for inner in tree.named(id) {
                used(tree, inner, prefix, imports, deep - 1);
            }
        }
        "scoped_use_list" => {
            let prefix = tree
                .field(id, "path")
                .map_or_else(|| prefix.to_owned(), |path| dotted(prefix, tree.text(path)));
            if let Some(list) = tree.field(id, "list") {
                used(tree, list, &prefix, imports, deep - 1);
            }
        }
        "use_wildcard" => {
            let text = tree.text(id);
            imports.library(text.split("::").next().unwrap_or(text));
        }
        _ => {}
    }
}
