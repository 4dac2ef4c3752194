//! What `use` asks for, and the names on the way to it.

use super::super::facts::{How, Import, Kind, Role};
use super::super::scope::{Bound, Reading};
use crate::code::analyser::syntax::Id;

/// Reads what a `use` asks for, below the path `before`.
pub(super) fn uses(reading: &mut Reading<'_>, id: Id, before: &str, is_public: bool) {
    let tree = reading.tree;
    let joined = |before: &str, more: &str| {
        if before.is_empty() {
            more.to_owned()
        } else {
            format!("{before}::{more}")
        }
    };
    let path = |id: Id| -> String { tree.text(id).split_whitespace().collect() };
    match tree.kind(id) {
        "use_list" => {
            for one in tree.named(id).collect::<Vec<_>>() {
                uses(reading, one, before, is_public);
            }
        }
        "scoped_use_list" => {
            let inner = match tree.field(id, "path") {
                Some(outer) => {
                    prefix(reading, outer, before);
                    joined(before, &path(outer))
                }
                None => before.to_owned(),
            };
            if let Some(list) = tree.field(id, "list") {
                uses(reading, list, &inner, is_public);
            }
        }
        "use_as_clause" => {
            if let (Some(outer), Some(alias)) = (tree.field(id, "path"), tree.field(id, "alias")) {
                reading.take(alias);
                one_use(reading, outer, before, tree.text(alias), is_public);
            }
        }
        "use_wildcard" => {
            let from = match tree.named(id).next() {
                Some(outer) => {
                    prefix(reading, outer, before);
                    joined(before, &path(outer))
                }
                None => before.to_owned(),
            };
            let scope = reading.scope(id);
            let import = Import {
                from,
                name: "*".to_owned(),
                alias: String::new(),
                line: 0,
                within: None,
                is_public,
            };
            reading.import(id, scope, "", import);
        }
        "identifier" | "scoped_identifier" | "self" | "crate" | "super" => {
            let bound = match tree.kind(id) {
                "scoped_identifier" => tree.field(id, "name").unwrap_or(id),
                _ => id,
            };
            // `use a::b::{self}` binds `b`.
            let alias = if tree.text(bound) == "self" {
                let text = tree.slice(0..tree.start(id));
                let cut = text.rfind('{').unwrap_or(text.len());
                let name = text
                    .get(..cut)
                    .unwrap_or_default()
                    .trim_end_matches([':', ' ', '\n']);
                name.rsplit(|c: char| !c.is_alphanumeric() && c != '_')
                    .next()
                    .unwrap_or_default()
            } else {
                tree.text(bound)
            };
            one_use(reading, id, before, alias, is_public);
        }
        _ => {}
    }
}

fn one_use<'t>(reading: &mut Reading<'t>, id: Id, before: &str, alias: &'t str, is_public: bool) {
    let tree = reading.tree;
    let (outer, leaf) = match tree.kind(id) {
        "scoped_identifier" => (tree.field(id, "path"), tree.field(id, "name").unwrap_or(id)),
        _ => (None, id),
    };
    let mut from = before.to_owned();
    if let Some(outer) = outer {
        prefix(reading, outer, before);
        let text: String = tree.text(outer).split_whitespace().collect();
        from = if from.is_empty() {
            text
        } else {
            format!("{from}::{text}")
        };
    }
    let text = tree.text(leaf);
    let is_self = text == "self";
    let import = Import {
        from,
        name: if is_self {
            String::new()
        } else {
            text.to_owned()
        },
        alias: if alias == "_" {
            String::new()
        } else {
            alias.to_owned()
        },
        line: 0,
        within: None,
        is_public,
    };
    let scope = reading.scope(id);
    let bound = if alias == "_" { "" } else { alias };
    let number = reading.import(id, scope, bound, import);
    if tree.kind(leaf) == "identifier" {
        reading.take(leaf);
        reading.refer(leaf, Role::Import, How::Asked(number));
    }
}

/// The names of a path in front of what a `use` asks for are references as well.
fn prefix(reading: &mut Reading<'_>, id: Id, before: &str) {
    let tree = reading.tree;
    let mut at = Some(id);
    while let Some(one) = at {
        let (outer, leaf) = match tree.kind(one) {
            "scoped_identifier" => (
                tree.field(one, "path"),
                tree.field(one, "name").unwrap_or(one),
            ),
            _ => (None, one),
        };
        if tree.kind(leaf) == "identifier" {
            reading.take(leaf);
            let text: String = outer
                .map(|outer| tree.text(outer).split_whitespace().collect())
                .unwrap_or_default();
            let path = match (before.is_empty(), text.is_empty()) {
                (true, _) => text,
                (false, true) => before.to_owned(),
                (false, false) => format!("{before}::{text}"),
            };
            let how = if path.is_empty() {
                How::Free
            } else {
                How::Path(path.into())
            };
            let how = match (&how, reading.look_up(leaf, Kind::is_type, false)) {
                (How::Free, Some(Bound::Def(def))) => How::Here(def),
                _ => how,
            };
            reading.refer(leaf, Role::Import, how);
        }
        at = outer;
    }
}
