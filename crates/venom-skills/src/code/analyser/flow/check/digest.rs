//! Digests and ciphers, and what they are for.

use super::super::super::check::name_words;
use super::super::super::syntax::Id;
use super::super::file::File;
use super::super::rules::Rule;
use super::super::shape::Shape;
use super::{Match, Outcome};

/// Words of purposes for which a digest need not withstand anybody.
const HARMLESS: &[&str] = &[
    "etag",
    "cache",
    "cached",
    "checksum",
    "checksums",
    "gravatar",
    "avatar",
    "git",
    "blob",
    "dedupe",
    "dedup",
    "asset",
    "assets",
    "bucket",
    "shard",
    "partition",
    "fingerprintasset",
    "revision",
    "commit",
    "object",
    "content",
    "crc",
    "color",
    "colour",
    "id",
    "uuid",
    "cachekey",
];

/// Words of purposes for which it has to.
const SERIOUS: &[&str] = &[
    "password",
    "passwords",
    "passwd",
    "pwd",
    "token",
    "secret",
    "sign",
    "signature",
    "session",
    "auth",
    "credential",
    "credentials",
    "mac",
    "hmac",
    "certificate",
    "login",
    "otp",
    "license",
];

/// Whether what stands around a digest says that nothing depends on it.
fn is_harmless(file: &File<'_>, at: Id) -> bool {
    let tree = &file.tree;
    let mut words: Vec<String> = file
        .function_names(at)
        .into_iter()
        .flat_map(name_words)
        .collect();
    // The statement around it, as far as it is one line of thought.
    let mut statement = at;
    for above in tree.ancestors(at) {
        let kind = tree.kind(above);
        if matches!(
            kind,
            "block" | "statement_block" | "program" | "source_file" | "statement_list"
        ) || super::super::file::is_function(kind)
        {
            break;
        }
        statement = above;
    }
    for node in tree.within(statement) {
        if matches!(
            tree.kind(node),
            "identifier"
                | "property_identifier"
                | "field_identifier"
                | "shorthand_property_identifier"
        ) {
            words.extend(name_words(tree.text(node)));
        }
    }
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    has(HARMLESS) && !has(SERIOUS)
}

/// A digest whose name is an argument.
pub(super) fn named(file: &File<'_>, rule: &Rule, found: &Match<'_>) -> Option<Outcome> {
    let name = file
        .text(*found.arguments.get(rule.argument)?)?
        .to_lowercase();
    (rule.values.contains(&name) && !is_harmless(file, found.node)).then(|| Outcome::at(found.node))
}

/// A digest that is a function of its own.
pub(super) fn function(file: &File<'_>, found: &Match<'_>) -> Option<Outcome> {
    (!is_harmless(file, found.node)).then(|| Outcome::at(found.node))
}

/// The name of a cipher.
pub(super) fn cipher(file: &File<'_>, rule: &Rule, argument: Id) -> bool {
    let Some(name) = file.text(argument).map(str::to_lowercase) else {
        return false;
    };
    rule.values.iter().any(|value| {
        if let Some(end) = value.strip_prefix('-') {
            name.split('-').any(|part| part == end)
        } else {
            name.split('-').next().is_some_and(|first| first == value)
        }
    }) && !matches!(file.shape(argument), Shape::Function)
}
