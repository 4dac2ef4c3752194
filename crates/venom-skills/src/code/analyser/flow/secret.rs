//! Passwords and keys that stand in the text.

use super::super::check::secret::{
    has_password, is_code, is_header, is_known_form, is_secret_text, is_weak_name, names_secret,
};
use super::super::syntax::Id;
use super::check::{Match, Outcome};
use super::file::File;
use super::grammar::Tongue;
use super::shape::Shape;

/// All secrets of a file.
pub(super) fn all(file: &File<'_>) -> Vec<Outcome> {
    let mut found = Vec::new();
    if is_test_file(file.path) {
        return found;
    }
    for node in file.tree.all() {
        if !file.tree.may_spend(1) {
            break;
        }
        let outcome = named(file, node)
            .or_else(|| compared(file, node))
            .or_else(|| formed(file, node));
        if let Some(outcome) = outcome
            && !is_in_test(file, node)
        {
            found.push(outcome);
        }
    }
    found
}

fn is_test_file(path: &str) -> bool {
    let lower = path.to_lowercase();
    let name = lower.rsplit('/').next().unwrap_or(&lower);
    name.ends_with("_test.go")
        || name.contains(".test.")
        || name.contains(".spec.")
        || lower.split('/').any(|part| {
            matches!(
                part,
                "test" | "tests" | "__tests__" | "fixtures" | "testdata"
            )
        })
}

/// Whether a node stands in code that is only for tests.
pub(super) fn is_in_test(file: &File<'_>, node: Id) -> bool {
    file.tongue == Tongue::Rust
        && file.tree.ancestors(node).any(|above| {
            let kind = file.tree.kind(above);
            kind == "mod_item"
                && file
                    .tree
                    .field(above, "name")
                    .is_some_and(|name| matches!(file.tree.text(name), "tests" | "test"))
        })
}

/// The name and the value of whatever gives a value to a name.
fn parts<'t>(file: &File<'t>, node: Id) -> Option<(&'t str, Id)> {
    let tree = &file.tree;
    let (name, value) = match tree.kind(node) {
        "variable_declarator"
        | "public_field_definition"
        | "const_item"
        | "static_item"
        | "var_spec"
        | "const_spec" => (tree.field(node, "name")?, tree.field(node, "value")?),
        "field_definition" => (tree.field(node, "property")?, tree.field(node, "value")?),
        "assignment_expression" | "assignment_statement" | "short_var_declaration" => {
            (tree.field(node, "left")?, tree.field(node, "right")?)
        }
        "pair" | "keyed_element" => (tree.field(node, "key")?, tree.field(node, "value")?),
        "let_declaration" => (tree.field(node, "pattern")?, tree.field(node, "value")?),
        "field_initializer" => (tree.field(node, "field")?, tree.field(node, "value")?),
        _ => return None,
    };
    let text = tree.text(name);
    let text = text.trim_matches(['"', '\'', '`', ']']);
    let text = text.rsplit(['.', '[', '"', '\'']).next().unwrap_or(text);
    Some((text, value))
}

fn is_word_like(text: &str) -> bool {
    text.chars()
        .all(|letter| letter.is_ascii_alphabetic() || matches!(letter, '_' | '-' | ' '))
}

fn named(file: &File<'_>, node: Id) -> Option<Outcome> {
    let (name, value) = parts(file, node)?;
    if !names_secret(name) {
        return None;
    }
    let value = file.bare(value);
    if matches!(file.shape(value), Shape::Name(_)) {
        return None;
    }
    let text = file.text(value)?;
    let is_token = name.to_lowercase().contains("token");
    let is_secret = is_secret_text(text, name)
        && (!is_weak_name(name) || is_code(text))
        && (!is_token || !is_word_like(text))
        && !text.contains(' ');
    is_secret.then(|| Outcome {
        is_secret: true,
        ..Outcome::about(node, value)
    })
}

fn compared(file: &File<'_>, node: Id) -> Option<Outcome> {
    let tree = &file.tree;
    if tree.kind(node) != "binary_expression" {
        return None;
    }
    let operator = tree.text(tree.field(node, "operator")?);
    if !matches!(operator, "==" | "===" | "!=" | "!==") {
        return None;
    }
    let (left, right) = (tree.field(node, "left")?, tree.field(node, "right")?);
    let literal = |id: Id| match file.bare_shape(id) {
        Shape::Text(range) => Some(tree.slice(range)),
        _ => None,
    };
    let (subject, value, text) = match (literal(left), literal(right)) {
        (None, Some(text)) => (left, right, text),
        (Some(text), None) => (right, left, text),
        _ => return None,
    };
    let (Shape::Name(name) | Shape::Member { name, .. }) = file.bare_shape(subject) else {
        return None;
    };
    let is_secret = names_secret(name)
        && text.chars().count() >= 6
        && !is_word_like(text)
        && is_secret_text(text, name);
    is_secret.then(|| Outcome {
        is_secret: true,
        ..Outcome::about(node, value)
    })
}

fn formed(file: &File<'_>, node: Id) -> Option<Outcome> {
    let tree = &file.tree;
    let is_text = matches!(
        tree.kind(node),
        "string"
            | "template_string"
            | "string_literal"
            | "raw_string_literal"
            | "interpreted_string_literal"
    );
    if !is_text {
        return None;
    }
    let Shape::Text(range) = file.shape(node) else {
        return None;
    };
    let text = tree.slice(range);
    let is_key = text.starts_with("-----BEGIN") && text.contains("PRIVATE KEY-----");
    if !(is_known_form(text) || is_header(text) || has_password(text) || is_key) {
        return None;
    }
    // Said once, where a name has been found already.
    let is_said = tree
        .ancestors(node)
        .take(3)
        .any(|above| named(file, above).is_some());
    let at = tree
        .parent(node)
        .filter(|parent| parts(file, *parent).is_some())
        .unwrap_or(node);
    (!is_said).then(|| Outcome {
        is_secret: true,
        ..Outcome::about(at, node)
    })
}

/// A key that a function is given.
pub(super) fn given(file: &File<'_>, found: &Match<'_>, value: Id) -> Option<Outcome> {
    let bare = file.bare(value);
    let text = file.text(bare).or_else(|| match file.shape(bare) {
        Shape::Call { arguments, .. } => file.text(*arguments.first()?),
        _ => None,
    })?;
    let is_own = matches!(file.shape(bare), Shape::Name(_));
    (!is_own && is_secret_text(text, "secret") && !is_test_file(file.path)).then(|| Outcome {
        is_secret: true,
        ..Outcome::about(found.node, bare)
    })
}
