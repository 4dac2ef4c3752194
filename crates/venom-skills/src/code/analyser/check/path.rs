//! Paths that a request chooses.

use crate::code::analyser::{
    check::{Outcome, report},
    finding::Kind,
    module::Module,
    scope::How,
    syntax::{Call, Id},
    trust::Trust,
};

const CURE: &str =
    "resolve the path and refuse it unless it is inside of the directory that is meant";

/// A function whose argument is a path.
pub(super) fn argument(module: &Module<'_>, call: &Call<'_>) -> Option<Outcome> {
    let names = [
        "file",
        "path",
        "filename",
        "src",
        "dst",
        "name",
        "dst_path",
        "filename_or_fp",
        "path_or_file",
        "directory",
    ];
    let mut given: Vec<Id> = call.positional.iter().take(2).copied().collect();
    // The mode of `open` is no path, but constant; a second path is one for `shutil` and `os`.
    given.extend(names.iter().filter_map(|name| call.keyword(name)));
    given
        .into_iter()
        .any(|one| is_open(module, one))
        .then(|| Outcome::at(call.node).fixed(report(CURE)))
}

/// A method of a path.
pub(super) fn object(module: &Module<'_>, call: &Call<'_>) -> Option<Outcome> {
    let receiver = module.receiver(call)?;
    is_path(module, receiver)
        .then(|| is_open(module, receiver))
        .filter(|open| *open)
        .map(|_| Outcome::at(call.node).fixed(report(CURE)))
}

fn is_open(module: &Module<'_>, path: Id) -> bool {
    match module.trust(path, Kind::PathTraversal) {
        Trust::Request => true,
        // Whoever runs a program may open what they like, but not step out of a directory that
        // the program has put in front.
        Trust::Operator => is_joined(module, path),
        Trust::Parameter | Trust::Unknown | Trust::Clean | Trust::Constant => false,
    }
}

/// Whether a directory of the program's own stands in front.
fn is_joined(module: &Module<'_>, path: Id) -> bool {
    let value = module.value(path);
    match module.tree.kind(value) {
        "binary_operator" => true,
        "call" => module.tree.call(value).is_some_and(|call| {
            module.method(&call) == "join" && call.positional.len() > 1
                || module.method(&call) == "joinpath"
                || matches!(
                    module.method(&call),
                    "Path" | "resolve" | "str" | "abspath" | "realpath"
                ) && call
                    .positional
                    .first()
                    .copied()
                    .or_else(|| module.receiver(&call))
                    .is_some_and(|inner| is_joined(module, inner))
        }),
        "string" => {
            let template = module.template(value);
            !template.holes.is_empty()
                && template.shown('\u{fffc}').contains('/')
                && !template.shown('\u{fffc}').starts_with('\u{fffc}')
        }
        _ => false,
    }
}

/// Whether a value is a `pathlib` path.
fn is_path(module: &Module<'_>, id: Id) -> bool {
    let id = module.value(id);
    match module.tree.kind(id) {
        "binary_operator" => module
            .tree
            .field(id, "operator")
            .is_some_and(|operator| module.text(operator) == "/"),
        "call" => {
            module
                .qualified(id)
                .iter()
                .any(|name| name.starts_with("pathlib.") || name.starts_with("anyio.Path"))
                || module.tree.call(id).is_some_and(|call| {
                    matches!(
                        module.method(&call),
                        "resolve" | "joinpath" | "with_suffix" | "absolute" | "expanduser"
                    ) && module
                        .receiver(&call)
                        .is_some_and(|one| is_path(module, one))
                })
        }
        "identifier" => {
            module
                .bindings(module.text(id), id)
                .iter()
                .any(|one| match one.how {
                    How::Assign(value) => module.tree.kind(value) == "binary_operator",
                    _ => false,
                })
                || module
                    .qualified(id)
                    .iter()
                    .any(|name| name.starts_with("pathlib."))
        }
        _ => module
            .qualified(id)
            .iter()
            .any(|name| name.starts_with("pathlib.")),
    }
}
