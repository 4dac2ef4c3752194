//! Digests that can be forged or searched.

use crate::code::analyser::{
    check::{Outcome, name_words, rewrite},
    finding::{Edit, Fix},
    module::Module,
    syntax::{Call, Id},
};

/// Words that show that a digest only names or compares things.
const HARMLESS: &[&str] = &[
    "etag",
    "etags",
    "cache",
    "cached",
    "checksum",
    "checksums",
    "fingerprint",
    "dedup",
    "dedupe",
    "deduplicate",
    "duplicate",
    "duplicates",
    "bucket",
    "shard",
    "thumbnail",
    "avatar",
    "gravatar",
];

/// Words that show that it protects something.
const PROTECTING: &[&str] = &[
    "password",
    "passwd",
    "pwd",
    "token",
    "secret",
    "sign",
    "signature",
    "signed",
    "auth",
    "session",
    "key",
    "hmac",
    "verify",
    "login",
    "credential",
    "credentials",
    "salt",
    "otp",
    "cookie",
    "integrity",
    "download",
];

/// A digest by its own function.
pub(super) fn function(module: &Module<'_>, call: &Call<'_>) -> Option<Outcome> {
    (!is_marked(module, call)).then(|| Outcome::at(call.node))
}

/// A digest by the name of its algorithm.
pub(super) fn named(module: &Module<'_>, call: &Call<'_>) -> Option<Outcome> {
    let name = call
        .positional
        .iter()
        .copied()
        .chain(
            ["name", "digestmod", "digest", "hash_name"]
                .iter()
                .filter_map(|name| call.keyword(name)),
        )
        .any(|one| is_weak(module, one));
    (name && !is_marked(module, call)).then(|| Outcome::at(call.node))
}

fn is_weak(module: &Module<'_>, id: Id) -> bool {
    let weak = [
        "md4",
        "md5",
        "sha1",
        "sha",
        "sha-1",
        "ripemd160",
        "md2",
        "hmacmd5",
        "hmacsha1",
    ];
    if let Some(text) = module.constant_text(id) {
        return weak.contains(&text.to_lowercase().as_str());
    }
    let id = module.value(id);
    module.qualified(id).iter().any(|name| {
        matches!(
            name.as_str(),
            "hashlib.md5" | "hashlib.sha1" | "hashlib.md4" | "Crypto.Hash.MD5" | "Crypto.Hash.SHA1"
        )
    })
}

fn is_marked(module: &Module<'_>, call: &Call<'_>) -> bool {
    call.keyword("usedforsecurity")
        .is_some_and(|value| module.tree.kind(module.value(value)) == "false")
}

/// Marks the digest as not for security, where the names around it say so.
pub(super) fn marked(module: &Module<'_>, call: &Call<'_>) -> Option<Fix> {
    if call.splat
        || call.keyword("usedforsecurity").is_some()
        || !module
            .qualified(call.function)
            .iter()
            .all(|name| name.starts_with("hashlib."))
        || !is_harmless(module, call)
    {
        return None;
    }
    let text = module.text(call.arguments);
    // A generator as the only argument would need parentheses of its own.
    if !text.ends_with(')') || module.tree.kind(call.arguments) != "argument_list" {
        return None;
    }
    let end = module.tree.end(call.arguments) - 1;
    let last = call
        .positional
        .iter()
        .copied()
        .chain(call.keywords.iter().map(|(_, _, whole)| *whole))
        .map(|one| module.tree.end(one))
        .max();
    let (start, text) = match last {
        None => (end, "usedforsecurity=False"),
        Some(last) => {
            let rest = module.tree.slice(last..end);
            if !rest.trim().is_empty() {
                return None;
            }
            (last, ", usedforsecurity=False")
        }
    };
    Some(rewrite(
        vec![Edit {
            start,
            end: start,
            text: text.to_owned(),
        }],
        "says that the digest protects nothing, which the names around it show",
    ))
}

fn is_harmless(module: &Module<'_>, call: &Call<'_>) -> bool {
    let tree = &module.tree;
    let mut words = Vec::new();
    let statement = tree.statement(call.node);
    for node in tree.within(statement) {
        if tree.kind(node) == "identifier" {
            words.extend(name_words(tree.text(node)));
        }
    }
    if let Some(function) = tree.function(call.node)
        && let Some(name) = tree.field(function, "name")
    {
        words.extend(name_words(tree.text(name)));
    }
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    // `cache_key` is a name, not a key.
    let protects = words.iter().enumerate().any(|(place, word)| {
        PROTECTING.contains(&word.as_str())
            && !(word == "key"
                && place
                    .checked_sub(1)
                    .and_then(|before| words.get(before))
                    .is_some_and(|before| HARMLESS.contains(&before.as_str())))
    });
    has(HARMLESS) && !protects
}
