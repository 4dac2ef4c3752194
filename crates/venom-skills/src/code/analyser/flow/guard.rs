//! Checks in front of a use, after which a value is one of those that are meant.

use super::super::finding::Kind;
use super::super::syntax::Id;
use super::file::is_function;
use super::origin::Ask;
use super::shape::Shape;
use super::vocabulary;

/// Whether the value of a name (or of an expression, by its text) is checked before it is used
/// at a place.
pub(super) fn is_checked(ask: &Ask<'_, '_>, name: &str, at: Id) -> bool {
    let tree = &ask.file.tree;
    let mut below = at;
    for above in tree.ancestors(at) {
        if let Some(condition) = tree.field(above, "condition") {
            let consequence = tree.field(above, "consequence");
            let is_inside = consequence.is_some_and(|body| tree.contains(body, at));
            if is_inside && tells(ask, condition, name) && !is_negated(ask, condition) {
                return true;
            }
        }
        for before in tree.children(above).take_while(|child| *child != below) {
            if !tree.may_spend(1) {
                return false;
            }
            if leaves_if_not(ask, before, name) {
                return true;
            }
        }
        if is_function(tree.kind(above)) {
            break;
        }
        below = above;
    }
    false
}

/// `if (!OK.includes(name)) return;` and its like, also where the name gets another value.
fn leaves_if_not(ask: &Ask<'_, '_>, statement: Id, name: &str) -> bool {
    let tree = &ask.file.tree;
    let statement = if tree.kind(statement) == "expression_statement" {
        match tree.named(statement).next() {
            Some(inner) => inner,
            None => return false,
        }
    } else {
        statement
    };
    if !matches!(tree.kind(statement), "if_statement" | "if_expression") {
        return false;
    }
    let (Some(condition), Some(body)) = (
        tree.field(statement, "condition"),
        tree.field(statement, "consequence"),
    ) else {
        return false;
    };
    if !tells(ask, condition, name) || !is_negated(ask, condition) {
        return false;
    }
    let leaves = tree.within(body).any(|node| {
        matches!(
            tree.kind(node),
            "return_statement"
                | "return_expression"
                | "throw_statement"
                | "continue_statement"
                | "continue_expression"
                | "break_statement"
                | "break_expression"
        ) || tree.text(node).starts_with("panic")
    });
    let replaces = tree.within(body).any(|node| {
        matches!(
            tree.kind(node),
            "assignment_expression" | "assignment_statement"
        ) && tree
            .field(node, "left")
            .is_some_and(|left| tree.text(left) == name)
    });
    leaves || replaces
}

/// Whether a condition says something about a value that makes it harmless.
fn tells(ask: &Ask<'_, '_>, condition: Id, name: &str) -> bool {
    let file = ask.file;
    let tree = &file.tree;
    if !tree.text(condition).contains(name) {
        return false;
    }
    let is_name = |id: Id| {
        let id = file.bare(id);
        tree.text(id) == name
    };
    tree.within(condition).any(|node| match file.shape(node) {
        Shape::Call {
            function,
            arguments,
        } => {
            let Shape::Member { of, name: method } = file.bare_shape(function) else {
                return false;
            };
            let is_about = arguments.iter().any(|one| is_name(*one))
                || tree.within(of).any(is_name)
                || arguments.iter().any(|one| tree.within(*one).any(is_name));
            let is_place = matches!(ask.kind, Kind::PathTraversal | Kind::OpenRedirect);
            is_about
                && (vocabulary::is_membership(method) && is_whole(ask, of, method)
                    || is_place && vocabulary::is_prefix_check(method))
        }
        Shape::Index { of, key } => is_name(key) && !is_name(of),
        Shape::Number => compares(ask, node, name),
        _ => false,
    })
}

/// A pattern has to be for the whole text, and no dot may let everything through.
fn is_whole(ask: &Ask<'_, '_>, pattern: Id, method: &str) -> bool {
    if !matches!(method, "test" | "MatchString" | "is_match" | "match") {
        return true;
    }
    let file = ask.file;
    let text = file.tree.text(file.value(pattern));
    let text = text.trim_matches(|letter: char| !"^$\\[(".contains(letter));
    let Some(start) = text.find('^') else {
        return false;
    };
    text.get(start..)
        .is_some_and(|text| text.contains('$') && !text.contains(".*") && !text.contains(".+"))
}

/// A comparison with a text, of the value or of the host in it.
fn compares(ask: &Ask<'_, '_>, node: Id, name: &str) -> bool {
    let file = ask.file;
    let tree = &file.tree;
    let (Some(left), Some(right)) = (tree.field(node, "left"), tree.field(node, "right")) else {
        return false;
    };
    let sides = [(left, right), (right, left)];
    sides.into_iter().any(|(side, other)| {
        let text = tree.text(file.bare(side));
        let is_host = text
            .strip_prefix(name)
            .is_some_and(|rest| matches!(rest, ".host" | ".hostname" | ".origin" | ".Host"));
        let is_constant = file.text(other).is_some_and(|text| !text.is_empty());
        let is_equality = matches!(
            tree.field(node, "operator").map(|one| tree.text(one)),
            Some("==" | "===" | "!=" | "!==")
        );
        // A number that is compared with another one is in its bounds.
        let is_bound =
            ask.kind == Kind::UnsafeMemory && text == name && tree.text(other).contains("len");
        is_equality && is_constant && (text == name || is_host) || is_bound
    })
}

/// Whether a condition holds for what is not meant.
fn is_negated(ask: &Ask<'_, '_>, condition: Id) -> bool {
    let text = ask.file.tree.text(condition);
    text.contains('!') || text.contains("=== -1") || text.contains("< 0") || text.contains(">= ")
}
