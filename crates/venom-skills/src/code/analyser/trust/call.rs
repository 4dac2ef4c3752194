//! How far the result of a call can be trusted: by the name of what is called, by what it is called
//! on, and, for functions of the same file, by what they give back.

use super::Trust;
use super::known::{
    ARCHIVES, CLEAN_METHODS, NUMBERS, OPERATOR, PAGE, PASSING, PATH, QUERY, REQUEST_PARTS, SHELL,
    TEXT_METHODS,
};
use super::origin::{is_chosen_part, is_request};
use crate::code::analyser::finding::Kind;
use crate::code::analyser::module::Module;
use crate::code::analyser::scope::How;
use crate::code::analyser::syntax::{Call, Id};

impl Module<'_> {
    pub(super) fn trust_of_call(&self, call: &Call<'_>, purpose: Kind, depth: u32) -> Trust {
        let names = self.qualified(call.function);
        let is = |list: &[&str]| {
            !names.is_empty() && names.iter().all(|name| list.contains(&name.as_str()))
        };
        let is_any = |list: &[&str]| names.iter().any(|name| list.contains(&name.as_str()));
        let method = self.method(call);
        if is(NUMBERS) || is(QUERY) && purpose == Kind::SqlInjection {
            return Trust::Clean;
        }
        let safe = match purpose {
            Kind::Xss => is(PAGE),
            Kind::CommandInjection => is(SHELL),
            Kind::PathTraversal => is(PATH) && !self.is_only_basename_of_nothing(call),
            _ => false,
        };
        if safe {
            return Trust::Clean;
        }
        if is_any(OPERATOR) {
            return Trust::Operator;
        }
        if names
            .iter()
            .any(|name| is_request(name) && is_chosen_part(name))
        {
            return Trust::Request;
        }
        // The names in an archive are whoever's who made it.
        if purpose == Kind::PathTraversal && is_any(ARCHIVES) {
            return Trust::Request;
        }
        let receiver = self.receiver(call);
        if let Some(receiver) = receiver {
            if self.is_request_object(receiver) {
                return if REQUEST_PARTS.contains(&method) {
                    Trust::Request
                } else {
                    Trust::Unknown
                };
            }
            if self.tree.text(receiver) == "self"
                && matches!(
                    method,
                    "get_argument" | "get_query_argument" | "get_body_argument" | "get_arguments"
                )
            {
                return Trust::Request;
            }
        }
        if is(&["os.environ.get", "os.getenv"]) {
            return Trust::Unknown;
        }
        let arguments = || {
            call.positional
                .iter()
                .copied()
                .chain(call.keywords.iter().map(|(_, value, _)| *value))
                .collect::<Vec<_>>()
        };
        if is(PASSING) {
            if is(&["re.sub"]) {
                return self.trust_of_substitution(call, purpose, depth);
            }
            if is(&["map"])
                && let [function, values] = call.positional.as_slice()
            {
                if self.is_one_of(*function, NUMBERS)
                    || purpose == Kind::CommandInjection && self.is_one_of(*function, SHELL)
                    || purpose == Kind::Xss && self.is_one_of(*function, PAGE)
                {
                    return Trust::Clean;
                }
                return self.trust_to(*values, purpose, depth);
            }
            return self.worst(arguments(), purpose, depth);
        }
        if let Some(receiver) = receiver {
            let base = self.trust_to(receiver, purpose, depth);
            if CLEAN_METHODS.contains(&method) {
                return Trust::Clean;
            }
            if method == "join"
                || matches!(
                    method,
                    "format" | "substitute" | "safe_substitute" | "joinpath"
                )
            {
                if purpose == Kind::Xss && method == "format" && self.is_markup(receiver) {
                    return base;
                }
                return base.max(self.worst(arguments(), purpose, depth));
            }
            if matches!(method, "get" | "pop" | "setdefault") {
                // A table of constants answers with a constant, or with the given default.
                let default = call.positional.get(1).copied();
                let fallback =
                    default.map_or(Trust::Constant, |one| self.trust_to(one, purpose, depth));
                return base.max(fallback);
            }
            if TEXT_METHODS.contains(&method) {
                return if method == "replace" {
                    base.max(self.worst(arguments(), purpose, depth))
                } else {
                    base
                };
            }
        }
        if let Some(definition) = self.definition(call.function) {
            return self.trust_of_result(definition, call, purpose, depth);
        }
        if let Some(receiver) = receiver
            && self.tree.text(receiver) == "self"
            && let Some(class) = self.tree.class(call.node)
            && let Some((_, How::Define(definition))) =
                self.scopes.attribute(class, method).first().copied()
            && self.tree.kind(definition) == "function_definition"
        {
            return self.trust_of_result(definition, call, purpose, depth);
        }
        let lowered = method.to_ascii_lowercase();
        if [
            "escape",
            "sanitiz",
            "sanitis",
            "quote_ident",
            "quote_name",
            "slugify",
            "clean_",
        ]
        .iter()
        .any(|part| lowered.contains(part))
        {
            return Trust::Clean;
        }
        Trust::Unknown
    }

    /// What a function of this file gives back.
    fn trust_of_result(&self, definition: Id, call: &Call<'_>, purpose: Kind, depth: u32) -> Trust {
        let results: Vec<Option<Id>> = self
            .tree
            .within(definition)
            .filter(|node| {
                self.tree.kind(*node) == "return_statement"
                    && self.tree.function(*node) == Some(definition)
            })
            .map(|node| self.tree.named(node).next())
            .collect();
        if results.is_empty() {
            return Trust::Unknown;
        }
        let trust = self.worst(results.into_iter().flatten(), purpose, depth);
        if trust == Trust::Parameter {
            // Then it is as good as what it was called with.
            let given = call
                .positional
                .iter()
                .copied()
                .chain(call.keywords.iter().map(|(_, value, _)| *value))
                .collect::<Vec<_>>();
            return self.worst(given, purpose, depth);
        }
        trust
    }

    /// `re.sub` with a pattern that takes away everything but harmless characters.
    fn trust_of_substitution(&self, call: &Call<'_>, purpose: Kind, depth: u32) -> Trust {
        let [pattern, replacement, text, ..] = call.positional.as_slice() else {
            return Trust::Unknown;
        };
        let negated = self
            .constant_text(*pattern)
            .is_some_and(|pattern| is_negated_harmless_class(&pattern));
        if negated && self.trust_to(*replacement, purpose, depth) == Trust::Constant {
            return Trust::Clean;
        }
        self.trust_to(*text, purpose, depth)
    }

    /// `os.path.basename` keeps `..`; alone that names a directory, which cannot be opened, so
    /// only an empty argument list counts against it.
    #[expect(clippy::unused_self, reason = "reads as a question to the file")]
    fn is_only_basename_of_nothing(&self, call: &Call<'_>) -> bool {
        call.positional.is_empty() && call.keywords.is_empty()
    }
}

/// Whether a regular expression is one class of everything except harmless characters.
fn is_negated_harmless_class(pattern: &str) -> bool {
    pattern
        .strip_prefix("[^")
        .and_then(|rest| rest.trim_end_matches(['+', '*']).strip_suffix(']'))
        .is_some_and(super::is_harmless_class)
}
