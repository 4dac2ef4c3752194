//! Short forms of patterns, as people say them, and what a rewrite has to look out for.

use ast_grep_core::NodeMatch;
use ast_grep_core::tree_sitter::{LanguageExt, StrDoc};

use super::Speech;

/// What a rewrite must not be done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Guard {
    /// `?` hands an error to the caller, so that there must be one who takes it.
    Propagates,
}

/// A pattern with what should stand there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rewrite {
    pub(super) pattern: String,
    pub(super) with: Option<String>,
    pub(super) guard: Option<Guard>,
    /// The one language in which it makes sense.
    pub(super) only: Option<Speech>,
}

/// Operators that are said without what stands around them.
const OPERATORS: [&str; 12] = [
    "===", "!==", "==", "!=", "<>", "&&", "||", "is not", "is", "and", "or", "//",
];

/// Spells a short form out. What holds a variable is taken as it is.
pub(super) fn spelled(pattern: &str, with: Option<&str>) -> Rewrite {
    let pattern = pattern.trim().trim_matches('`').trim();
    let with = with.map(|with| with.trim().trim_matches('`').trim());
    let plain = Rewrite {
        pattern: pattern.to_owned(),
        with: with.map(str::to_owned),
        guard: None,
        only: None,
    };
    let hands_on = with.is_some_and(|with| with == "?" || with == "the ? operator");
    if pattern.contains('$') {
        let becomes_hand_on =
            with.is_some_and(|with| with.ends_with('?') && !pattern.ends_with('?'));
        return Rewrite {
            guard: becomes_hand_on.then_some(Guard::Propagates),
            only: becomes_hand_on.then_some(Speech::Rust),
            ..plain
        };
    }
    // `unwrap()`, `.unwrap()` and, where `?` follows, `unwrap`.
    let call = pattern.trim_start_matches('.');
    let named = call.strip_suffix("()").or_else(|| hands_on.then_some(call));
    if let Some(method) = named.filter(|method| is_word(method)) {
        let is_behind = pattern.starts_with('.') || hands_on || METHODS.contains(&method);
        if is_behind {
            let arguments = if hands_on && method == "expect" {
                "$M"
            } else {
                ""
            };
            let with = with.map(|with| {
                if hands_on {
                    "$A?".to_owned()
                } else if with.is_empty() {
                    "$A".to_owned()
                } else {
                    format!("$A.{}", with.trim_start_matches('.'))
                }
            });
            return Rewrite {
                pattern: format!("$A.{method}({arguments})"),
                with,
                guard: hands_on.then_some(Guard::Propagates),
                only: hands_on.then_some(Speech::Rust),
            };
        }
    }
    // `== None` and `is None`; `==` and `===`.
    if let Some((operator, rest)) = operator(pattern)
        && let Some((new, new_rest)) = with.and_then(self::operator)
    {
        let side = |operator: &str, rest: &str| {
            if rest.is_empty() {
                format!("$A {operator} $B")
            } else {
                format!("$A {operator} {rest}")
            }
        };
        return Rewrite {
            pattern: side(operator, rest),
            with: Some(side(new, new_rest)),
            ..plain
        };
    }
    // `print` and `logger.info`: calls with whatever they are given.
    if let Some(with) = with
        && is_path(pattern)
        && is_path(with)
    {
        return Rewrite {
            pattern: format!("{pattern}($$$A)"),
            with: Some(format!("{with}($$$A)")),
            ..plain
        };
    }
    plain
}

/// Methods that are meant where only `name()` is said: nobody defines functions of these names.
const METHODS: [&str; 8] = [
    "unwrap",
    "clone",
    "to_string",
    "to_owned",
    "into_iter",
    "iteritems",
    "has_key",
    "toString",
];

fn is_word(text: &str) -> bool {
    crate::code::map::scope::is_name(text)
}

fn is_path(text: &str) -> bool {
    !text.is_empty()
        && text
            .split("::")
            .flat_map(|part| part.split('.'))
            .all(is_word)
}

fn operator(text: &str) -> Option<(&'static str, &str)> {
    OPERATORS.iter().find_map(|operator| {
        let rest = text.strip_prefix(operator)?;
        let ends =
            rest.is_empty() || rest.starts_with(' ') || !operator.ends_with(char::is_alphabetic);
        ends.then_some((*operator, rest.trim()))
    })
}

impl Guard {
    /// Says why a place must be left, if it must.
    pub(super) fn objects<L: LanguageExt>(
        self,
        found: &NodeMatch<'_, StrDoc<L>>,
    ) -> Option<&'static str> {
        match self {
            Self::Propagates => {
                for above in found.ancestors() {
                    match &*above.kind() {
                        "closure_expression" | "async_block" => {
                            return Some("it stands in a closure, whose result is not known");
                        }
                        "function_item" => {
                            let gives = above
                                .field("return_type")
                                .map(|of| of.text().into_owned())
                                .unwrap_or_default();
                            let takes = ["Result", "Option", "ControlFlow", "Poll"]
                                .iter()
                                .any(|one| gives.contains(one));
                            return if takes {
                                None
                            } else {
                                Some("the function gives neither a Result nor an Option")
                            };
                        }
                        "const_item" | "static_item" => {
                            return Some("a constant cannot fail");
                        }
                        _ => {}
                    }
                }
                Some("it stands outside of a function")
            }
        }
    }
}
