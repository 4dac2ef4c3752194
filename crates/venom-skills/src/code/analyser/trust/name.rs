//! How far what a name or an attribute stands for can be trusted: by all the places that give it a
//! value.

use super::Trust;
use super::known::REQUEST_PARTS;
use super::origin::{is_chosen_part, is_request};
use crate::code::analyser::finding::Kind;
use crate::code::analyser::module::Module;
use crate::code::analyser::scope::{Binding, How};
use crate::code::analyser::syntax::Id;

impl Module<'_> {
    pub(super) fn trust_of_name(&self, id: Id, purpose: Kind, depth: u32) -> Trust {
        let name = self.tree.text(id);
        if matches!(name, "__file__" | "__name__" | "__version__") {
            return Trust::Constant;
        }
        let bindings = self.bindings(name, id);
        if bindings.is_empty() {
            return Trust::Unknown;
        }
        let trust = bindings
            .iter()
            .map(|binding| self.trust_of_binding(name, id, binding, purpose, depth))
            .max()
            .unwrap_or(Trust::Unknown);
        if trust > Trust::Clean && self.is_guarded(id, purpose) {
            return Trust::Clean;
        }
        trust
    }

    fn trust_of_binding(
        &self,
        name: &str,
        used: Id,
        binding: &Binding,
        purpose: Kind,
        depth: u32,
    ) -> Trust {
        match binding.how {
            How::Assign(value) | How::Unpack(value) => self.trust_to(value, purpose, depth),
            How::Augment(value) => self.trust_to(value, purpose, depth),
            How::Each(value) => {
                if self.is_one_of(value, &["enumerate()", "range()"])
                    && let Some(call) = self.tree.call(self.tree.bare(value))
                {
                    return call
                        .positional
                        .first()
                        .filter(|_| self.method(&call) == "enumerate")
                        .map_or(Trust::Clean, |inner| self.trust_to(*inner, purpose, depth));
                }
                self.trust_to(value, purpose, depth)
            }
            How::Context(value) => self.trust_to(value, purpose, depth),
            How::Parameter(parameter) => self.trust_of_parameter(parameter, purpose),
            How::Import => {
                // Another module's constant, by the convention of its name.
                if is_constant_name(name) {
                    Trust::Constant
                } else if self.qualified(used).iter().any(|one| is_request(one)) {
                    Trust::Request
                } else {
                    Trust::Unknown
                }
            }
            How::Define(_) | How::Other => Trust::Unknown,
        }
    }

    pub(super) fn trust_of_attribute(&self, id: Id, purpose: Kind, depth: u32) -> Trust {
        let (Some(object), Some(attribute)) = (
            self.tree.field(id, "object"),
            self.tree.field(id, "attribute"),
        ) else {
            return Trust::Unknown;
        };
        let name = self.tree.text(attribute);
        if is_constant_name(name) && !REQUEST_PARTS.contains(&name) {
            return Trust::Constant;
        }
        for path in self.qualified(id) {
            if path == "sys.argv" {
                return Trust::Operator;
            }
            if is_request(&path) {
                return if is_chosen_part(&path) {
                    Trust::Request
                } else {
                    Trust::Unknown
                };
            }
        }
        if self.is_request_object(object) {
            return if REQUEST_PARTS.contains(&name) {
                Trust::Request
            } else {
                Trust::Unknown
            };
        }
        if self.tree.text(object) == "self"
            && let Some(class) = self.tree.class(id)
        {
            if matches!(name, "path" | "headers" | "rfile" | "requestline")
                && self
                    .tree
                    .field(class, "superclasses")
                    .is_some_and(|bases| self.tree.text(bases).contains("HTTPRequestHandler"))
            {
                return Trust::Request;
            }
            let known = self.scopes.attribute(class, name);
            if known.is_empty() {
                return Trust::Unknown;
            }
            return known
                .into_iter()
                .map(|(_, how)| match how {
                    How::Assign(value)
                    | How::Augment(value)
                    | How::Unpack(value)
                    | How::Each(value)
                    | How::Context(value) => {
                        // What a constructor was given is settled by then: not the caller's say.
                        self.trust_to(value, purpose, depth).min(Trust::Unknown)
                    }
                    _ => Trust::Unknown,
                })
                .max()
                .unwrap_or(Trust::Unknown);
        }
        if purpose == Kind::PathTraversal
            && matches!(name, "name" | "stem" | "suffix")
            && self
                .qualified(object)
                .iter()
                .any(|path| path.starts_with("pathlib."))
        {
            return Trust::Clean;
        }
        if matches!(
            name,
            "value"
                | "name"
                | "stem"
                | "suffix"
                | "hostname"
                | "netloc"
                | "filename"
                | "parent"
                | "content"
                | "stdout"
                | "data"
                | "fragment"
                | "query"
                | "path"
                | "text"
                | "body"
        ) {
            return self.trust_to(object, purpose, depth);
        }
        match self.trust_to(object, purpose, depth) {
            Trust::Constant => Trust::Unknown,
            other => other,
        }
    }
}

/// Whether a name is written the way constants are.
pub(in crate::code::analyser) fn is_constant_name(name: &str) -> bool {
    name.len() > 1
        && name.chars().any(|letter| letter.is_ascii_uppercase())
        && !name.chars().any(char::is_lowercase)
}
