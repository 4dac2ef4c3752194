//! How far the value of an expression can be trusted: constant, made harmless, unknown, or chosen
//! by somebody outside.
//!
//! The answer is for one purpose, because what makes a value harmless in a page does not in a
//! command line. Values are followed inside one function, through the attributes of its class and
//! through the return values of small functions of the same file; nothing is followed further.
//!
//! Here stand the expressions that are made of others; `name` and `call` are what their names say,
//! `origin` is where values come from, and `known` what is known by name.

mod call;
mod known;
mod name;
mod origin;

pub(super) use self::name::is_constant_name;
use super::finding::Kind;
use super::literal;
use super::module::{MAX_DEPTH, Module};
use super::syntax::Id;

/// The levels of trust, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Trust {
    /// Known from the text of the file alone.
    Constant,
    /// Not known, but harmless for the purpose.
    Clean,
    /// Nothing is known.
    Unknown,
    /// A parameter of the function: whoever calls it decides.
    Parameter,
    /// The person who runs the program: arguments, standard input.
    Operator,
    /// Whoever sends requests.
    Request,
}

impl Module<'_> {
    /// Says how far a value can be trusted for a purpose.
    pub(super) fn trust(&self, id: Id, purpose: Kind) -> Trust {
        self.trust_to(id, purpose, MAX_DEPTH)
    }

    fn trust_to(&self, id: Id, purpose: Kind, depth: u32) -> Trust {
        let Some(depth) = depth.checked_sub(1) else {
            return Trust::Unknown;
        };
        let id = self.tree.bare(id);
        match self.trusted.borrow().get(&(id, purpose)) {
            Some(Some(known)) => return *known,
            // The question is open further up: the value feeds on itself, which adds nothing.
            Some(None) => return Trust::Constant,
            None => {}
        }
        self.trusted.borrow_mut().insert((id, purpose), None);
        let trust = self.trust_of(id, purpose, depth);
        self.trusted.borrow_mut().insert((id, purpose), Some(trust));
        trust
    }

    fn worst(&self, ids: impl IntoIterator<Item = Id>, purpose: Kind, depth: u32) -> Trust {
        ids.into_iter()
            .map(|id| self.trust_to(id, purpose, depth))
            .max()
            .unwrap_or(Trust::Constant)
    }

    fn trust_of(&self, id: Id, purpose: Kind, depth: u32) -> Trust {
        match self.tree.kind(id) {
            "integer" | "float" | "true" | "false" | "none" | "ellipsis" => Trust::Constant,
            "string" => self.trust_of_string(id, purpose, depth),
            "concatenated_string"
            | "list"
            | "tuple"
            | "set"
            | "expression_list"
            | "list_splat"
            | "dictionary_splat" => {
                self.worst(self.tree.named(id).collect::<Vec<_>>(), purpose, depth)
            }
            "dictionary" => {
                let values: Vec<Id> = self
                    .tree
                    .named(id)
                    .map(|pair| self.tree.field(pair, "value").unwrap_or(pair))
                    .collect();
                self.worst(values, purpose, depth)
            }
            "pair" => self
                .tree
                .field(id, "value")
                .map_or(Trust::Constant, |value| {
                    self.trust_to(value, purpose, depth)
                }),
            "comparison_operator" | "not_operator" => Trust::Clean,
            "boolean_operator" => {
                self.worst(self.tree.named(id).collect::<Vec<_>>(), purpose, depth)
            }
            "unary_operator" => Trust::Clean,
            "binary_operator" => self.trust_of_operator(id, purpose, depth),
            "conditional_expression" => {
                let parts: Vec<Id> = self.tree.named(id).collect();
                match parts.as_slice() {
                    [yes, condition, no] => {
                        let yes = if self.is_guarded_by(*yes, *condition, purpose) {
                            Trust::Clean
                        } else {
                            self.trust_to(*yes, purpose, depth)
                        };
                        yes.max(self.trust_to(*no, purpose, depth))
                    }
                    _ => Trust::Unknown,
                }
            }
            "named_expression" => self
                .tree
                .field(id, "value")
                .map_or(Trust::Unknown, |value| self.trust_to(value, purpose, depth)),
            "list_comprehension" | "set_comprehension" | "generator_expression" => self
                .tree
                .field(id, "body")
                .map_or(Trust::Unknown, |body| self.trust_to(body, purpose, depth)),
            "identifier" => self.trust_of_name(id, purpose, depth),
            "attribute" => self.trust_of_attribute(id, purpose, depth),
            "subscript" => {
                let Some(value) = self.tree.field(id, "value") else {
                    return Trust::Unknown;
                };
                if self.is_one_of(value, &["os.environ", "environ"]) {
                    return Trust::Unknown;
                }
                self.trust_to(value, purpose, depth)
            }
            "call" => match self.tree.call(id) {
                Some(call) => self.trust_of_call(&call, purpose, depth),
                None => Trust::Unknown,
            },
            _ => Trust::Unknown,
        }
    }

    fn trust_of_string(&self, id: Id, purpose: Kind, depth: u32) -> Trust {
        let Some(literal) = literal::read(&self.tree, id) else {
            return Trust::Unknown;
        };
        let mut trust = Trust::Constant;
        for part in literal.parts {
            if let literal::Part::Hole(hole) = part {
                trust = trust.max(if self.is_numeric_hole(hole) {
                    Trust::Clean
                } else {
                    self.tree
                        .field(hole, "expression")
                        .map_or(Trust::Unknown, |inner| self.trust_to(inner, purpose, depth))
                });
            }
        }
        trust
    }

    /// Whether a format specification lets only a number through.
    pub(super) fn is_numeric_hole(&self, hole: Id) -> bool {
        self.tree
            .field(hole, "format_specifier")
            .is_some_and(|spec| {
                self.tree
                    .text(spec)
                    .ends_with(['d', 'x', 'X', 'f', 'F', 'e', 'E', 'g', 'o', 'b', '%'])
                    && self.tree.text(spec).len() > 1
            })
    }

    fn trust_of_operator(&self, id: Id, purpose: Kind, depth: u32) -> Trust {
        let (Some(left), Some(right), Some(operator)) = (
            self.tree.field(id, "left"),
            self.tree.field(id, "right"),
            self.tree.field(id, "operator"),
        ) else {
            return Trust::Unknown;
        };
        match self.tree.text(operator) {
            "%" => {
                if let Some(numeric) = self.constant_text(left).map(|text| only_numbers(&text))
                    && numeric
                {
                    return Trust::Clean;
                }
                // A `Markup` string escapes what is put into it.
                if purpose == Kind::Xss && self.is_markup(left) {
                    return self.trust_to(left, purpose, depth);
                }
                self.worst([left, right], purpose, depth)
            }
            "+" | "/" | "|" => {
                if purpose == Kind::Xss && self.is_markup(left) {
                    return self.trust_to(left, purpose, depth);
                }
                self.worst([left, right], purpose, depth)
            }
            "*" => self
                .trust_to(left, purpose, depth)
                .min(self.trust_to(right, purpose, depth)),
            _ => Trust::Clean,
        }
    }

    fn is_markup(&self, id: Id) -> bool {
        self.is_one_of(
            id,
            &[
                "markupsafe.Markup()",
                "flask.Markup()",
                "jinja2.Markup()",
                "markupsafe.Markup().join()",
            ],
        )
    }
}

/// Whether every conversion of a `%` template takes a number.
fn only_numbers(template: &str) -> bool {
    let mut letters = template.chars();
    while let Some(letter) = letters.next() {
        if letter == '%' {
            let end = letters
                .by_ref()
                .find(|next| !matches!(next, '0'..='9' | '.' | '-' | '+' | '#' | ' '));
            if !matches!(
                end,
                Some('d' | 'i' | 'f' | 'x' | 'X' | 'o' | 'e' | 'g' | 'u' | '%')
            ) {
                return false;
            }
        }
    }
    true
}

/// Whether the inside of a character class holds only letters, digits, `_`, `-` and the like.
pub(super) fn is_harmless_class(class: &str) -> bool {
    let plain = class
        .replace("\\w", "")
        .replace("\\d", "")
        .replace("\\-", "");
    plain.chars().all(|letter| {
        letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | ' ' | ',' | '@' | ':')
    }) || plain
        .chars()
        .all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.'))
}
