//! Decoders that run code from what they decode.

use crate::code::analyser::{
    check::{Outcome, rewrite},
    finding::{Edit, Fix, Kind},
    module::Module,
    syntax::{Call, Id},
    trust::Trust,
};

/// Any data that is not the program's own.
pub(super) fn data(module: &Module<'_>, call: &Call<'_>) -> Option<Outcome> {
    let argument = call.positional.first().copied();
    if let Some(argument) = argument {
        // A copy by way of the encoder, or a constant of the file.
        let value = module.value(argument);
        // A constant path says where the data is, not whose it is.
        let is_constant = module.trust(argument, Kind::UnsafeDeserialisation) == Trust::Constant;
        let is_own = is_constant && !takes_path(module, call)
            || module
                .tree
                .call(value)
                .is_some_and(|inner| matches!(module.method(&inner), "dumps" | "dump"));
        if is_own || is_authenticated(module, call.node) {
            return None;
        }
    }
    Some(Outcome::at(call.node))
}

/// Whether the argument is the path of a file and not the data.
fn takes_path(module: &Module<'_>, call: &Call<'_>) -> bool {
    module.qualified(call.function).iter().any(|name| {
        [
            "torch.", "joblib.", "pandas.", "numpy.", "shelve.", "sklearn.",
        ]
        .iter()
        .any(|library| name.starts_with(library))
    })
}

/// Whether a signature is checked before, in the same function.
fn is_authenticated(module: &Module<'_>, at: Id) -> bool {
    let Some(function) = module.tree.function(at) else {
        return false;
    };
    let place = module.tree.start(at);
    module
        .tree
        .within(function)
        .filter(|node| module.tree.kind(*node) == "call" && module.tree.end(*node) <= place)
        .filter_map(|node| module.tree.call(node))
        .any(|call| {
            module.is_one_of(
                call.function,
                &["hmac.compare_digest", "secrets.compare_digest"],
            )
        })
}

const SAFE: &[&str] = &[
    "yaml.SafeLoader",
    "yaml.CSafeLoader",
    "yaml.loader.SafeLoader",
    "yaml.BaseLoader",
    "yaml.cyaml.CSafeLoader",
    "yaml.CBaseLoader",
    "ruamel.yaml.SafeLoader",
];

/// `yaml.load` with any loader but a safe one.
pub(super) fn yaml(module: &Module<'_>, call: &Call<'_>) -> Option<Outcome> {
    if let Some(loader) = loader(call) {
        let names = module.qualified(loader);
        let is_safe = !names.is_empty() && names.iter().all(|name| SAFE.contains(&name.as_str()));
        if is_safe || is_own_safe_loader(module, loader) {
            return None;
        }
    }
    let argument = call.positional.first().copied();
    if argument.is_some_and(|one| module.trust(one, Kind::UnsafeDeserialisation) == Trust::Constant)
    {
        return None;
    }
    Some(Outcome::at(call.node))
}

fn loader(call: &Call<'_>) -> Option<Id> {
    call.argument(1, "Loader")
}

/// Whether the loader is a class of this file that is built on a safe one.
fn is_own_safe_loader(module: &Module<'_>, loader: Id) -> bool {
    let name = module.text(loader);
    let defined = module
        .bindings(name, loader)
        .into_iter()
        .find_map(|one| match one.how {
            crate::code::analyser::scope::How::Define(node) => Some(node),
            _ => None,
        });
    defined
        .and_then(|class| module.tree.field(class, "superclasses"))
        .is_some_and(|bases| module.text(bases).contains("SafeLoader"))
}

/// Calls the safe form instead, and leaves the loader out.
pub(super) fn safe_loader(module: &Module<'_>, call: &Call<'_>) -> Option<Fix> {
    let name = match module.method(call) {
        "load" | "unsafe_load" | "full_load" => "safe_load",
        "load_all" | "unsafe_load_all" | "full_load_all" => "safe_load_all",
        _ => return None,
    };
    if call.splat || call.positional.is_empty() {
        return None;
    }
    let receiver = module.receiver(call)?;
    if !module.is_one_of(receiver, &["yaml"]) {
        return None;
    }
    // A loader of one's own may know tags that the safe one does not.
    if let Some(loader) = loader(call)
        && !module.qualified(loader).iter().all(|name| {
            matches!(
                name.as_str(),
                "yaml.Loader"
                    | "yaml.UnsafeLoader"
                    | "yaml.FullLoader"
                    | "yaml.CLoader"
                    | "yaml.loader.Loader"
                    | "yaml.CUnsafeLoader"
                    | "yaml.CFullLoader"
                    | "yaml.loader.UnsafeLoader"
            )
        })
    {
        return None;
    }
    let mut edits = vec![super::rename(module, call, name)?];
    if call.keyword("Loader").is_some() {
        edits.push(super::drop_argument(module, call, "Loader")?);
    } else if let Some(loader) = call.positional.get(1) {
        let first = call.positional.first()?;
        let range = module.tree.end(*first)..module.tree.end(*loader);
        if module.tree.slice(range.clone()).contains('#') {
            return None;
        }
        edits.push(Edit {
            start: range.start,
            end: range.end,
            text: String::new(),
        });
    }
    // Tags of objects that this file registers itself are not for the safe loader.
    if has_own_constructors(module) {
        return None;
    }
    Some(rewrite(
        edits,
        "reads plain data only; tags that build objects are refused",
    ))
}

fn has_own_constructors(module: &Module<'_>) -> bool {
    let text = module.tree.source();
    // A pass over the text costs about what a pass over its nodes does.
    if !module.tree.may_spend(module.tree.len()) {
        return true;
    }
    [
        "add_constructor",
        "add_multi_constructor",
        "YAMLObject",
        "add_representer",
    ]
    .iter()
    .any(|one| text.contains(one))
}
