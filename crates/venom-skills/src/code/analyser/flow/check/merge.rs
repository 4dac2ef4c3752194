//! Objects that take keys from outside.

use super::super::super::syntax::Id;
use super::super::file::File;
use super::super::origin::{Ask, Origin};
use super::super::shape::{How, Shape};
use super::{Match, Outcome};

/// A function that merges deeply, with something from outside.
pub(super) fn call(ask: &Ask<'_, '_>, found: &Match<'_>) -> Option<Outcome> {
    let file = ask.file;
    let is_deep = found.last != "extend"
        || found
            .arguments
            .first()
            .is_some_and(|one| file.tree.text(*one) == "true");
    let value = found
        .arguments
        .iter()
        .skip(1)
        .copied()
        .find(|one| ask.origin(*one) == Origin::Outside)?;
    is_deep.then(|| Outcome::about(found.node, value))
}

/// `object[key] = value` where the key can be `__proto__` and the object any object.
pub(super) fn element(ask: &Ask<'_, '_>, found: &Match<'_>) -> Option<Outcome> {
    let file = ask.file;
    let left = file.tree.field(found.node, "left")?;
    let Shape::Index { of, key } = file.shape(left) else {
        return None;
    };
    if has_check(file, found.node) {
        return None;
    }
    let outer = file.bare(of);
    // Two keys from outside: the first can be `__proto__`.
    if let Shape::Index { key: first, .. } = file.shape(outer)
        && ask.origin(first) == Origin::Outside
        && ask.origin(key) == Origin::Outside
    {
        return Some(Outcome::at(found.node));
    }
    (is_walked(file, outer) || is_recursive(file, found.node, outer, key))
        .then(|| Outcome::at(found.node))
}

/// Whether the function names the keys that do harm, which is how they are left out.
fn has_check(file: &File<'_>, at: Id) -> bool {
    let text = file.text_around(at);
    text.contains("__proto__")
        || text.contains("hasOwnProperty")
        || text.contains("hasOwn(")
        || text.contains("isUnsafeKey")
}

/// Whether a name goes down an object by keys that are worked out: `node = node[keys[i]]`.
fn is_walked(file: &File<'_>, of: Id) -> bool {
    let Shape::Name(name) = file.shape(of) else {
        return false;
    };
    file.bindings(name, of).iter().any(|binding| {
        binding.value.is_some_and(|value| {
            matches!(file.bare_shape(value), Shape::Index { of, key }
                if file.tree.text(of) == name
                    && !matches!(file.shape(key), Shape::Constant | Shape::Text(_)))
        })
    })
}

/// Whether the assignment stands in a function that calls itself on the members of its first
/// parameter, with keys that it goes through.
fn is_recursive(file: &File<'_>, at: Id, of: Id, key: Id) -> bool {
    let tree = &file.tree;
    let Shape::Name(key) = file.bare_shape(key) else {
        return false;
    };
    let Shape::Name(target) = file.shape(of) else {
        return false;
    };
    let is_given = |name: &str, at: Id| {
        file.bindings(name, at)
            .iter()
            .any(|one| matches!(one.how, How::Parameter(_)))
    };
    let is_key = file
        .bindings(key, at)
        .iter()
        .any(|one| matches!(one.how, How::Each) || matches!(one.how, How::Parameter(_)));
    if !is_key || !is_given(target, at) {
        return false;
    }
    let functions: Vec<Id> = tree
        .ancestors(at)
        .filter(|above| super::super::file::is_function(tree.kind(*above)))
        .collect();
    functions.iter().any(|function| {
        let Some(name) = tree.field(*function, "name").map(|name| tree.text(name)) else {
            return false;
        };
        tree.within(*function).any(|node| match file.shape(node) {
            Shape::Call {
                function,
                arguments,
            } => {
                tree.text(function) == name
                    && arguments
                        .first()
                        .is_some_and(|one| tree.text(*one).starts_with(target))
            }
            _ => false,
        })
    })
}
