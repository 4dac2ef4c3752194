//! Of which built-in class a value certainly is, as far as the file says.

use super::literal;
use super::module::Module;
use super::scope::How;
use super::syntax::Id;

/// The classes that matter to a rewrite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// `str`, and never `None`.
    Text,
    /// `int`, `float`, `bool` or another number.
    Number,
    /// `bytes`.
    Bytes,
    /// `list`, `tuple`, `set` or `dict`.
    Collection,
    /// Not known, or something else.
    Unknown,
}

/// Methods of `str` that give back a `str`.
const TEXT_TO_TEXT: &[&str] = &[
    "strip",
    "lstrip",
    "rstrip",
    "lower",
    "upper",
    "title",
    "capitalize",
    "casefold",
    "swapcase",
    "replace",
    "removeprefix",
    "removesuffix",
    "zfill",
    "ljust",
    "rjust",
    "center",
    "join",
    "format",
    "translate",
    "expandtabs",
    "decode",
    "hexdigest",
    "isoformat",
    "strftime",
    "as_posix",
];

impl Module<'_> {
    /// Says of which class the value of an expression certainly is.
    pub(super) fn shape(&self, id: Id) -> Shape {
        self.shape_to(id, 24)
    }

    fn shape_to(&self, id: Id, depth: u32) -> Shape {
        let Some(depth) = depth.checked_sub(1) else {
            return Shape::Unknown;
        };
        let id = self.tree.bare(id);
        match self.tree.kind(id) {
            "string" => match literal::read(&self.tree, id) {
                Some(literal) if literal.prefix.bytes => Shape::Bytes,
                Some(_) => Shape::Text,
                None => Shape::Unknown,
            },
            "concatenated_string" => self
                .tree
                .named(id)
                .next()
                .map_or(Shape::Unknown, |first| self.shape_to(first, depth)),
            "integer" | "float" | "true" | "false" => Shape::Number,
            "list"
            | "tuple"
            | "set"
            | "dictionary"
            | "list_comprehension"
            | "set_comprehension"
            | "dictionary_comprehension" => Shape::Collection,
            "binary_operator" => {
                let (Some(left), Some(right), Some(operator)) = (
                    self.tree.field(id, "left"),
                    self.tree.field(id, "right"),
                    self.tree.field(id, "operator"),
                ) else {
                    return Shape::Unknown;
                };
                let left = self.shape_to(left, depth);
                match self.tree.text(operator) {
                    "%" if matches!(left, Shape::Text | Shape::Bytes) => left,
                    "+" if matches!(left, Shape::Text | Shape::Bytes | Shape::Collection) => left,
                    "+" => match self.shape_to(right, depth) {
                        Shape::Text => Shape::Text,
                        Shape::Number if left == Shape::Number => Shape::Number,
                        _ => Shape::Unknown,
                    },
                    _ if left == Shape::Number && self.shape_to(right, depth) == Shape::Number => {
                        Shape::Number
                    }
                    _ => Shape::Unknown,
                }
            }
            "conditional_expression" => {
                let parts: Vec<Id> = self.tree.named(id).collect();
                match parts.as_slice() {
                    [yes, _, no] => self.both(*yes, *no, depth),
                    _ => Shape::Unknown,
                }
            }
            "boolean_operator" => {
                match (self.tree.field(id, "left"), self.tree.field(id, "right")) {
                    // `None or text` is text.
                    (Some(left), Some(right)) if self.is_perhaps_text(left, depth) => {
                        self.shape_to(right, depth)
                    }
                    (Some(left), Some(right)) => self.both(left, right, depth),
                    _ => Shape::Unknown,
                }
            }
            "identifier" => self.shape_of_name(id, depth),
            "attribute" => {
                let names = self.qualified(id);
                let is_text = names.iter().all(|name| {
                    matches!(
                        name.as_str(),
                        "flask.request.path"
                            | "flask.request.full_path"
                            | "flask.request.url"
                            | "flask.request.method"
                            | "flask.request.base_url"
                            | "flask.request.host"
                            | "django.http.HttpRequest().path"
                    )
                });
                let is_text = is_text && !names.is_empty();
                let is_address = self.tree.text(id) == "self.path"
                    && self.tree.class(id).is_some_and(|class| {
                        self.tree
                            .field(class, "superclasses")
                            .is_some_and(|bases| self.text(bases).contains("HTTPRequestHandler"))
                    });
                if is_text || is_address {
                    Shape::Text
                } else {
                    Shape::Unknown
                }
            }
            "subscript" => {
                let Some(value) = self.tree.field(id, "value") else {
                    return Shape::Unknown;
                };
                if self.is_text_table(value) || self.is_one_of(value, &["os.environ", "sys.argv"]) {
                    let sliced = self
                        .tree
                        .fields(id, "subscript")
                        .any(|one| self.tree.kind(one) == "slice");
                    return if sliced {
                        Shape::Collection
                    } else {
                        Shape::Text
                    };
                }
                if self.shape_to(value, depth) == Shape::Text {
                    return Shape::Text;
                }
                Shape::Unknown
            }
            "call" => self.shape_of_call(id, depth),
            _ => Shape::Unknown,
        }
    }

    fn both(&self, one: Id, other: Id, depth: u32) -> Shape {
        let one = self.shape_to(one, depth);
        if one == self.shape_to(other, depth) {
            one
        } else {
            Shape::Unknown
        }
    }

    /// A lookup that answers with text or with nothing.
    fn is_perhaps_text(&self, id: Id, depth: u32) -> bool {
        let id = self.tree.bare(id);
        self.shape_to(id, depth) == Shape::Text
            || self.tree.call(id).is_some_and(|call| {
                self.method(&call) == "get"
                    && self.receiver(&call).is_some_and(|one| {
                        self.is_text_table(one) || self.is_one_of(one, &["os.environ"])
                    })
            })
    }

    /// The tables of a request whose values are text.
    fn is_text_table(&self, id: Id) -> bool {
        let text = self.text(id);
        let last = text.rsplit('.').next().unwrap_or(text);
        let flask = self.qualified(id).iter().any(|name| {
            matches!(
                name.as_str(),
                "flask.request.args"
                    | "flask.request.form"
                    | "flask.request.values"
                    | "flask.request.cookies"
                    | "flask.request.headers"
                    | "bottle.request.query"
                    | "bottle.request.forms"
                    | "quart.request.args"
            )
        });
        // The request of a framework nothing is known about has tables of these names with text.
        let of_request = matches!(
            text.rsplit_once('.').map(|(object, _)| object),
            Some("request" | "req" | "self.request")
        ) && matches!(
            last,
            "query" | "args" | "form" | "forms" | "cookies" | "query_params"
        );
        flask
            || of_request
            || (matches!(last, "GET" | "POST" | "COOKIES")
                && matches!(text.split('.').next(), Some("request" | "req" | "self")))
    }

    fn shape_of_name(&self, id: Id, depth: u32) -> Shape {
        let bindings = self.bindings(self.text(id), id);
        let mut shapes = bindings.iter().map(|one| match one.how {
            How::Assign(value) => {
                let annotated = self
                    .tree
                    .field(one.at, "type")
                    .map_or(Shape::Unknown, |kind| annotated(self.text(kind)));
                match annotated {
                    Shape::Unknown => self.shape_to(value, depth),
                    known => known,
                }
            }
            How::Augment(value) => self.shape_to(value, depth),
            How::Parameter(parameter) => {
                if matches!(
                    self.tree.kind(parameter),
                    "list_splat_pattern" | "dictionary_splat_pattern"
                ) {
                    return Shape::Collection;
                }
                let known = self
                    .tree
                    .field(parameter, "type")
                    .map_or(Shape::Unknown, |kind| annotated(self.text(kind)));
                match known {
                    Shape::Unknown if self.is_path_part(parameter) => Shape::Text,
                    other => other,
                }
            }
            _ => Shape::Unknown,
        });
        let Some(first) = shapes.next() else {
            return Shape::Unknown;
        };
        if shapes.all(|one| one == first) {
            first
        } else {
            Shape::Unknown
        }
    }

    /// A parameter that a Flask route fills from the address: text unless converted.
    fn is_path_part(&self, parameter: Id) -> bool {
        let Some(function) = self.tree.function(parameter) else {
            return false;
        };
        let Some(decorated) = self.tree.parent(function) else {
            return false;
        };
        let name =
            super::scope::parameter_name(&self.tree, parameter).map_or("", |name| self.text(name));
        self.tree
            .named(decorated)
            .filter(|one| self.tree.kind(*one) == "decorator")
            .any(|one| {
                let text = self.text(one);
                text.contains(&format!("<{name}>"))
                    || text.contains(&format!("<string:{name}>"))
                    || text.contains(&format!("<path:{name}>"))
            })
    }

    fn shape_of_call(&self, id: Id, depth: u32) -> Shape {
        let Some(call) = self.tree.call(id) else {
            return Shape::Unknown;
        };
        let names = self.qualified(call.function);
        let is = |list: &[&str]| {
            !names.is_empty() && names.iter().all(|name| list.contains(&name.as_str()))
        };
        if is(&[
            "str",
            "input",
            "repr",
            "chr",
            "hex",
            "format",
            "os.path.join",
            "html.escape",
            "shlex.quote",
            "os.path.basename",
            "json.dumps",
            "textwrap.dedent",
            "os.getcwd",
            "secrets.token_hex",
            "secrets.token_urlsafe",
            "getpass.getpass",
            "sys.stdin.read",
            "sys.stdin.readline",
        ]) {
            return Shape::Text;
        }
        if is(&[
            "int",
            "float",
            "len",
            "round",
            "abs",
            "sum",
            "bool",
            "time.time",
            "ord",
        ]) {
            return Shape::Number;
        }
        if is(&["bytes", "os.urandom"]) {
            return Shape::Bytes;
        }
        if is(&["list", "tuple", "set", "dict", "sorted"]) {
            return Shape::Collection;
        }
        let method = self.method(&call);
        let Some(receiver) = self.receiver(&call) else {
            return Shape::Unknown;
        };
        if method == "get" && self.is_text_table(receiver) {
            if call.keyword("type").is_some() {
                return Shape::Unknown;
            }
            return call
                .positional
                .get(1)
                .copied()
                .or_else(|| call.keyword("default"))
                .map_or(Shape::Unknown, |default| self.shape_to(default, depth));
        }
        if method == "encode" && self.shape_to(receiver, depth) == Shape::Text {
            return Shape::Bytes;
        }
        if TEXT_TO_TEXT.contains(&method) && self.shape_to(receiver, depth) == Shape::Text {
            return Shape::Text;
        }
        Shape::Unknown
    }
}

fn annotated(annotation: &str) -> Shape {
    match annotation {
        "str" | "\"str\"" | "'str'" => Shape::Text,
        "int" | "float" | "bool" => Shape::Number,
        "bytes" => Shape::Bytes,
        _ if [
            "list", "List", "tuple", "Tuple", "set", "dict", "Dict", "Sequence", "Iterable",
        ]
        .iter()
        .any(|start| annotation == *start || annotation.starts_with(&format!("{start}["))) =>
        {
            Shape::Collection
        }
        _ => Shape::Unknown,
    }
}
