//! Checks in the text that a value passes before it is used: allow-lists, patterns, and the test
//! that a path stays inside a directory.

use super::finding::Kind;
use super::module::Module;
use super::scope::{How, leaves};
use super::syntax::Id;
use super::trust::{Trust, is_harmless_class};

/// Whether a condition that holds, or one that does not, lets the value through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Passes {
    WhenTrue,
    WhenFalse,
}

impl Module<'_> {
    /// Says whether a name was checked on every way to the place it is used.
    pub(super) fn is_guarded(&self, name: Id, purpose: Kind) -> bool {
        self.is_guarded_at(self.tree.text(name), name, purpose)
    }

    /// Says whether an expression is let through by the condition in front of it.
    pub(super) fn is_guarded_by(&self, value: Id, condition: Id, purpose: Kind) -> bool {
        let value = self.tree.bare(value);
        matches!(
            self.tree.kind(value),
            "identifier" | "attribute" | "subscript"
        ) && self.lets_through(condition, self.tree.text(value), purpose, Passes::WhenTrue)
    }

    fn is_guarded_at(&self, name: &str, used: Id, purpose: Kind) -> bool {
        let mut below = used;
        for above in self.tree.ancestors(used) {
            match self.tree.kind(above) {
                "function_definition" | "class_definition" | "module" | "lambda" => {
                    return self.tree.kind(above) != "class_definition"
                        && self.is_guarded_before(name, below, above, purpose);
                }
                "if_statement" | "elif_clause" | "while_statement" => {
                    let inside = self.tree.field(above, "consequence") == Some(below)
                        || self.tree.field(above, "body") == Some(below);
                    if let Some(condition) = self.tree.field(above, "condition") {
                        let in_else = self.tree.field_name(below) == Some("alternative");
                        if inside
                            && self.lets_through(condition, name, purpose, Passes::WhenTrue)
                            && !self.is_rebound(name, condition, used)
                            || in_else
                                && self.lets_through(condition, name, purpose, Passes::WhenFalse)
                                && !self.is_rebound(name, condition, used)
                        {
                            return true;
                        }
                    }
                }
                "block" if self.is_guarded_before(name, below, above, purpose) => return true,
                "list_comprehension"
                | "set_comprehension"
                | "generator_expression"
                | "dictionary_comprehension" => {
                    let filtered = self.tree.named(above).any(|clause| {
                        self.tree.kind(clause) == "if_clause"
                            && self.tree.named(clause).next().is_some_and(|condition| {
                                self.lets_through(condition, name, purpose, Passes::WhenTrue)
                            })
                    });
                    if filtered {
                        return true;
                    }
                }
                _ => {}
            }
            below = above;
        }
        false
    }

    /// Looks at the statements in front of one in its block.
    fn is_guarded_before(&self, name: &str, statement: Id, block: Id, purpose: Kind) -> bool {
        let place = self.tree.start(statement);
        self.tree
            .named(block)
            .take_while(|one| self.tree.start(*one) < place && self.tree.may_spend(1))
            .any(|one| self.is_gate(one, name, purpose) && !self.is_rebound(name, one, statement))
    }

    /// Whether a statement only goes on when the value passes a check.
    fn is_gate(&self, statement: Id, name: &str, purpose: Kind) -> bool {
        match self.tree.kind(statement) {
            "if_statement" => {
                let (Some(condition), Some(block)) = (
                    self.tree.field(statement, "condition"),
                    self.tree.field(statement, "consequence"),
                ) else {
                    return false;
                };
                if !self.lets_through(condition, name, purpose, Passes::WhenFalse) {
                    return false;
                }
                // Either the wrong value does not get past, or it is replaced by a constant.
                leaves(&self.tree, block) || self.replaces(block, name, purpose)
            }
            "assert_statement" => self.tree.named(statement).next().is_some_and(|condition| {
                self.lets_through(condition, name, purpose, Passes::WhenTrue)
            }),
            "try_statement" => {
                let guarded = self.tree.field(statement, "body").is_some_and(|body| {
                    self.tree
                        .named(body)
                        .any(|inner| self.is_gate(inner, name, purpose))
                });
                let handled = self
                    .tree
                    .named(statement)
                    .filter(|clause| self.tree.kind(*clause) == "except_clause")
                    .all(|clause| {
                        self.tree
                            .named(clause)
                            .find(|child| self.tree.kind(*child) == "block")
                            .is_some_and(|block| leaves(&self.tree, block))
                    });
                guarded && handled
            }
            "expression_statement" => {
                let Some(call) = self
                    .tree
                    .named(statement)
                    .next()
                    .and_then(|inner| self.tree.call(self.tree.bare(inner)))
                else {
                    return false;
                };
                // `path.relative_to(base)` raises for a path outside.
                if purpose == Kind::PathTraversal
                    && self.method(&call) == "relative_to"
                    && self
                        .receiver(&call)
                        .is_some_and(|one| self.tree.text(one) == name)
                {
                    return true;
                }
                let Some(definition) = self.definition(call.function) else {
                    return false;
                };
                let Some(position) = call
                    .positional
                    .iter()
                    .position(|one| self.tree.text(*one) == name)
                else {
                    return false;
                };
                self.is_checking(definition, position, purpose)
            }
            _ => false,
        }
    }

    /// Whether a function of this file leaves by an exception unless a parameter passes a check.
    fn is_checking(&self, definition: Id, position: usize, purpose: Kind) -> bool {
        let parameter = self
            .tree
            .field(definition, "parameters")
            .and_then(|all| self.tree.named(all).nth(position))
            .and_then(|one| super::scope::parameter_name(&self.tree, one));
        let (Some(parameter), Some(body)) = (parameter, self.tree.field(definition, "body")) else {
            return false;
        };
        let name = self.tree.text(parameter);
        self.tree.named(body).any(|statement| {
            self.tree.kind(statement) == "if_statement"
                && self
                    .tree
                    .field(statement, "consequence")
                    .and_then(|block| self.tree.named(block).last())
                    .is_some_and(|last| {
                        self.tree.kind(last) == "raise_statement"
                            || self.tree.text(last).contains("abort(")
                    })
                && self
                    .tree
                    .field(statement, "condition")
                    .is_some_and(|condition| {
                        self.lets_through(condition, name, purpose, Passes::WhenFalse)
                    })
        })
    }

    /// Whether a block gives the name a harmless value.
    fn replaces(&self, block: Id, name: &str, purpose: Kind) -> bool {
        self.tree.named(block).any(|statement| {
            self.tree.named(statement).any(|inner| {
                self.tree.kind(inner) == "assignment"
                    && self
                        .tree
                        .field(inner, "left")
                        .is_some_and(|left| self.tree.text(left) == name)
                    && self
                        .tree
                        .field(inner, "right")
                        .is_some_and(|right| self.trust(right, purpose) <= Trust::Clean)
            })
        })
    }

    /// Whether the name gets another value between the check and the use, other than inside of
    /// the check itself.
    fn is_rebound(&self, name: &str, check: Id, used: Id) -> bool {
        let from = self.tree.end(check);
        let to = self.tree.start(used);
        self.bindings(name, used).iter().any(|one| {
            let at = self.tree.start(one.at);
            at >= from && at < to && !matches!(one.how, How::Parameter(_))
        })
    }

    /// Whether a condition, when it comes out as said, means that the value is harmless.
    fn lets_through(&self, condition: Id, name: &str, purpose: Kind, passes: Passes) -> bool {
        let condition = self.tree.bare(condition);
        match self.tree.kind(condition) {
            "not_operator" => self.tree.field(condition, "argument").is_some_and(|inner| {
                let passes = match passes {
                    Passes::WhenTrue => Passes::WhenFalse,
                    Passes::WhenFalse => Passes::WhenTrue,
                };
                self.lets_through(inner, name, purpose, passes)
            }),
            "boolean_operator" => {
                let (Some(left), Some(right), Some(operator)) = (
                    self.tree.field(condition, "left"),
                    self.tree.field(condition, "right"),
                    self.tree.field(condition, "operator"),
                ) else {
                    return false;
                };
                let left = self.lets_through(left, name, purpose, passes);
                let right = self.lets_through(right, name, purpose, passes);
                // `a and b` true means both are; `a or b` false means neither is.
                match (self.tree.text(operator), passes) {
                    ("and", Passes::WhenTrue) | ("or", Passes::WhenFalse) => left || right,
                    _ => left && right,
                }
            }
            "comparison_operator" => self.compares(condition, name, purpose, passes),
            "call" => passes == Passes::WhenTrue && self.approves(condition, name, purpose),
            "named_expression" => self
                .tree
                .field(condition, "value")
                .is_some_and(|value| self.lets_through(value, name, purpose, passes)),
            "identifier" => {
                // A match kept in a variable first.
                let value = self.value(condition);
                value != condition
                    && self.tree.kind(value) == "call"
                    && passes == Passes::WhenTrue
                    && self.approves(value, name, purpose)
            }
            _ => false,
        }
    }

    fn compares(&self, condition: Id, name: &str, purpose: Kind, passes: Passes) -> bool {
        let parts: Vec<Id> = self.tree.named(condition).collect();
        let operators: Vec<&str> = self
            .tree
            .fields(condition, "operators")
            .map(|one| self.tree.text(one))
            .collect();
        let ([left, right], [operator]) = (parts.as_slice(), operators.as_slice()) else {
            return false;
        };
        let operator = operator.split_whitespace().collect::<Vec<_>>().join(" ");
        let mentions = |id: Id| self.mentions(id, name);
        let positive = match operator.as_str() {
            "in" | "==" | "is" => true,
            "not in" | "!=" | "is not" => false,
            _ => return false,
        };
        let wanted = if positive {
            Passes::WhenTrue
        } else {
            Passes::WhenFalse
        };
        if operator.ends_with("in") {
            // `".." in name` is a check the other way round.
            if purpose == Kind::PathTraversal
                && mentions(*right)
                && self
                    .constant_text(*left)
                    .is_some_and(|text| text == ".." || text == "/")
            {
                return passes != wanted
                    && self.constant_text(*left).is_some_and(|text| text == "..");
            }
            // `base in path.parents` says that the path is inside.
            if purpose == Kind::PathTraversal && self.tree.text(*right) == format!("{name}.parents")
            {
                return passes == wanted && self.is_resolved(*right, name);
            }
            if !self.is_subject(*left, name) || passes != wanted {
                return false;
            }
            // The right side must be a collection that the file fixes; text would find parts.
            let value = self.value(*right);
            return match self.tree.kind(value) {
                "string" | "concatenated_string" => false,
                "set" | "list" | "tuple" | "dictionary" => {
                    self.trust(value, purpose) <= Trust::Clean
                        || self.tree.kind(value) == "dictionary"
                }
                "identifier" | "attribute" => {
                    let text = self.tree.text(value);
                    let last = text.rsplit('.').next().unwrap_or(text);
                    super::trust::is_constant_name(last)
                        || ["allow", "valid", "permit", "known", "white"]
                            .iter()
                            .any(|part| last.to_ascii_lowercase().contains(part))
                }
                "call" => {
                    self.trust(value, purpose) <= Trust::Clean
                        || self.tree.text(value).contains("frozenset(")
                        || self.tree.text(value).ends_with(".keys()")
                }
                _ => self.trust(value, purpose) <= Trust::Clean,
            };
        }
        if purpose == Kind::PathTraversal && (mentions(*left) || mentions(*right)) {
            let whole = self.tree.text(condition);
            if whole.contains("commonpath") || whole.contains("commonprefix") {
                return passes == wanted;
            }
            if whole.contains("basename(") || whole.contains(".name") {
                return passes == wanted;
            }
            if whole.contains(".parent") {
                return passes == wanted && self.is_resolved(*left, name);
            }
        }
        passes == wanted
            && self.is_subject(*left, name)
            && matches!(operator.as_str(), "==" | "!=")
            && self.trust(*right, purpose) == Trust::Constant
            && !matches!(self.tree.kind(*right), "none")
            && self
                .constant_text(*right)
                .is_none_or(|text| !text.is_empty())
    }

    /// Whether an expression is the value itself, perhaps in lower case and the like.
    fn is_subject(&self, id: Id, name: &str) -> bool {
        let id = self.tree.bare(id);
        if self.tree.text(id) == name {
            return true;
        }
        // `set(columns) <= ALLOWED` and element-wise checks are read by `approves`.
        match self.tree.kind(id) {
            "call" => self.tree.call(id).is_some_and(|call| {
                matches!(self.method(&call), "lower" | "upper" | "strip" | "casefold")
                    && false_for_none(self.receiver(&call).map(|one| self.tree.text(one) == name))
            }),
            _ => false,
        }
    }

    fn mentions(&self, id: Id, name: &str) -> bool {
        self.tree
            .within(id)
            .any(|one| self.tree.kind(one) == "identifier" && self.tree.text(one) == name)
    }

    /// Whether a call that comes out true says that the value is harmless.
    fn approves(&self, call: Id, name: &str, purpose: Kind) -> bool {
        let Some(call) = self.tree.call(call) else {
            return false;
        };
        let method = self.method(&call);
        let receiver = self.receiver(&call);
        let on_name = receiver.is_some_and(|one| self.is_subject(one, name));
        match method {
            "isdigit" | "isalnum" | "isalpha" | "isidentifier" | "isnumeric" | "isdecimal" => {
                // `a.replace("_", "").isalnum()` is the usual way to allow an underscore.
                return on_name
                    || receiver
                        .and_then(|one| self.tree.call(one))
                        .filter(|inner| self.method(inner) == "replace")
                        .is_some_and(|inner| {
                            self.receiver(&inner)
                                .is_some_and(|one| self.is_subject(one, name))
                                && inner.positional.first().is_some_and(|one| {
                                    self.constant_text(*one).is_some_and(|text| {
                                        matches!(text.as_str(), "_" | "-" | ".")
                                    })
                                })
                        });
            }
            "is_relative_to" if purpose == Kind::PathTraversal => {
                return receiver.is_some_and(|one| self.mentions(one, name));
            }
            "startswith" if purpose == Kind::PathTraversal => {
                // Without a separator at its end, `/srv/files` also begins `/srv/files-private`.
                let ends_whole = call.positional.first().is_some_and(|base| {
                    let text = self.tree.text(self.value(*base));
                    self.constant_text(*base)
                        .is_some_and(|text| text.ends_with('/'))
                        || text.contains("sep")
                        || text.trim_end_matches(['"', '\'', ')']).ends_with('/')
                        || text.contains(", \"\")")
                        || text.contains(", '')")
                });
                return ends_whole
                    && receiver.is_some_and(|one| {
                        self.mentions(one, name) && self.is_resolved(one, name)
                    });
            }
            "fullmatch" | "match" => {
                let subject = call
                    .positional
                    .iter()
                    .any(|one| self.is_subject(*one, name));
                if !subject {
                    return false;
                }
                let pattern = match call.positional.as_slice() {
                    [pattern, _, ..] => Some(*pattern),
                    _ => receiver.and_then(|one| {
                        let compiled = self.value(one);
                        self.call_of(compiled, &["re.compile"])
                            .and_then(|inner| inner.positional.first().copied())
                    }),
                };
                return pattern
                    .and_then(|one| self.constant_text(one))
                    .is_some_and(|text| is_harmless_pattern(&text, method == "fullmatch"));
            }
            "issubset" => {
                return receiver.is_some_and(|one| self.mentions(one, name));
            }
            "isinstance" => {
                return call
                    .positional
                    .first()
                    .is_some_and(|one| self.is_subject(*one, name))
                    && call.positional.get(1).is_some_and(|one| {
                        matches!(
                            self.tree.text(*one),
                            "int" | "float" | "bool" | "(int, float)"
                        )
                    });
            }
            "all" => {
                // `all(column in ALLOWED for column in columns)`
                return call.positional.first().is_some_and(|one| {
                    self.mentions(*one, name)
                        && self.tree.within(*one).any(|inner| {
                            self.tree.kind(inner) == "comparison_operator"
                                && self.tree.text(inner).contains(" in ")
                        })
                });
            }
            _ => {}
        }
        // A predicate of this file with a telling body, or another's with a telling name.
        let position = call
            .positional
            .iter()
            .position(|one| self.is_subject(*one, name));
        if let Some(position) = position {
            if let Some(definition) = self.definition(call.function) {
                return self.is_predicate(definition, position, purpose);
            }
            let lowered = method.to_ascii_lowercase();
            return [
                "is_valid",
                "is_safe",
                "is_allowed",
                "valid_",
                "is_within",
                "is_inside",
            ]
            .iter()
            .any(|part| lowered.starts_with(part));
        }
        false
    }

    /// Whether a function of this file returns a check of its parameter.
    fn is_predicate(&self, definition: Id, position: usize, purpose: Kind) -> bool {
        let parameter = self
            .tree
            .field(definition, "parameters")
            .and_then(|all| self.tree.named(all).nth(position))
            .and_then(|one| super::scope::parameter_name(&self.tree, one));
        let Some(parameter) = parameter else {
            return false;
        };
        let name = self.tree.text(parameter);
        self.tree
            .within(definition)
            .filter(|node| self.tree.kind(*node) == "return_statement")
            .filter_map(|node| self.tree.named(node).next())
            .all(|result| {
                matches!(self.tree.kind(result), "false" | "none")
                    || self.call_of(result, &["bool"]).map_or_else(
                        || self.lets_through(result, name, purpose, Passes::WhenTrue),
                        |call| {
                            call.positional.first().is_some_and(|inner| {
                                self.lets_through(*inner, name, purpose, Passes::WhenTrue)
                            })
                        },
                    )
            })
    }

    /// Whether links and `..` were taken out of a path before it is compared.
    fn is_resolved(&self, subject: Id, name: &str) -> bool {
        let resolves = |text: &str| {
            [
                "realpath(",
                "abspath(",
                "normpath(",
                ".resolve(",
                ".absolute(",
            ]
            .iter()
            .any(|part| text.contains(part))
        };
        if resolves(self.tree.text(subject)) {
            return true;
        }
        let place = self
            .tree
            .within(subject)
            .find(|one| self.tree.kind(*one) == "identifier" && self.tree.text(*one) == name);
        place.is_some_and(|place| {
            self.bindings(name, place).iter().any(|one| match one.how {
                How::Assign(value) => resolves(self.tree.text(value)),
                _ => false,
            })
        })
    }
}

fn false_for_none(answer: Option<bool>) -> bool {
    answer.unwrap_or(false)
}

/// Whether a regular expression is anchored and lets only harmless characters through.
fn is_harmless_pattern(pattern: &str, whole: bool) -> bool {
    let anchored = whole || pattern.ends_with('$') || pattern.ends_with("\\Z");
    if !anchored {
        return false;
    }
    let inner = pattern
        .trim_start_matches('^')
        .trim_end_matches("\\Z")
        .trim_end_matches('$');
    let mut rest = inner;
    // Classes, escapes of classes, plain characters and counts; anything else may be a dot.
    while let Some(letter) = rest.chars().next() {
        match letter {
            '[' => {
                let Some((class, after)) = rest
                    .strip_prefix('[')
                    .and_then(|inner| inner.split_once(']'))
                else {
                    return false;
                };
                if class.starts_with('^') || !is_harmless_class(class) {
                    return false;
                }
                rest = after;
            }
            '\\' => {
                let mut letters = rest.chars();
                letters.next();
                if !matches!(letters.next(), Some('d' | 'w' | '.' | '-' | '_')) {
                    return false;
                }
                rest = letters.as_str();
            }
            '.' => return false,
            letter
                if letter.is_ascii_alphanumeric()
                    || matches!(
                        letter,
                        '_' | '-' | '+' | '*' | '?' | '{' | '}' | ',' | '(' | ')' | '|' | ':' | '@'
                    ) =>
            {
                let mut letters = rest.chars();
                letters.next();
                rest = letters.as_str();
            }
            _ => return false,
        }
    }
    true
}
