//! How far the value of an expression can be trusted: constant, made harmless, unknown, or chosen
//! by somebody outside.
//!
//! The answer is for one purpose, because what makes a value harmless in a page does not in a
//! command line. Values are followed inside one function, through the attributes of its class and
//! through the return values of small functions of the same file; nothing is followed further.

mod known;
mod origin;

use self::known::{CLEAN_METHODS, NUMBERS, PAGE, PATH, QUERY, REQUEST_PARTS, SHELL, TEXT_METHODS};
use self::origin::{is_chosen_part, is_request};
use super::finding::Kind;
use super::literal;
use super::module::{MAX_DEPTH, Module};
use super::scope::{Binding, How};
use super::syntax::{Call, Id};

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

    fn trust_of_name(&self, id: Id, purpose: Kind, depth: u32) -> Trust {
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

    fn trust_of_attribute(&self, id: Id, purpose: Kind, depth: u32) -> Trust {
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

    fn trust_of_call(&self, call: &Call<'_>, purpose: Kind, depth: u32) -> Trust {
        let names = self.qualified(call.function);
        let is = |list: &[&str]| {
            !names.is_empty() && names.iter().all(|name| list.contains(&name.as_str()))
        };
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
        if names.iter().any(|name| {
            matches!(
                name.as_str(),
                "input"
                    | "raw_input"
                    | "sys.stdin.read"
                    | "sys.stdin.readline"
                    | "argparse.ArgumentParser().parse_args"
                    | "sys.stdin.buffer.read"
                    | "builtins.input"
                    | "getpass.getpass"
                    | "click.prompt"
            )
        }) {
            return Trust::Operator;
        }
        if names
            .iter()
            .any(|name| is_request(name) && is_chosen_part(name))
        {
            return Trust::Request;
        }
        // The names in an archive are whoever's who made it.
        if purpose == Kind::PathTraversal
            && names.iter().any(|name| {
                matches!(
                    name.as_str(),
                    "zipfile.ZipFile().namelist"
                        | "zipfile.ZipFile().infolist"
                        | "tarfile.open().getmembers"
                        | "tarfile.open().getnames"
                        | "tarfile.TarFile().getmembers"
                        | "tarfile.TarFile().getnames"
                )
            })
        {
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
        if is(&[
            "str",
            "bytes",
            "bytearray",
            "repr",
            "list",
            "tuple",
            "set",
            "sorted",
            "reversed",
            "dict",
            "frozenset",
            "ascii",
            "format",
            "next",
            "iter",
            "zip",
            "map",
            "filter",
            "max",
            "min",
            "os.path.join",
            "os.path.abspath",
            "os.path.realpath",
            "os.path.normpath",
            "os.path.expanduser",
            "os.fspath",
            "os.path.splitext",
            "os.path.dirname",
            "os.fsencode",
            "pathlib.Path",
            "pathlib.PurePath",
            "pathlib.PosixPath",
            "pathlib.PurePosixPath",
            "os.path.split",
            "os.path.basename",
            "json.loads",
            "html.unescape",
            "typing.cast",
            "urllib.parse.unquote",
            "urllib.parse.unquote_plus",
            "textwrap.dedent",
            "base64.b64decode",
            "urllib.parse.urljoin",
            "urllib.parse.urlparse",
            "urllib.parse.urlsplit",
            "posixpath.join",
            "urllib.parse.parse_qs",
            "urllib.parse.parse_qsl",
            "copy.copy",
            "copy.deepcopy",
            "os.path.expandvars",
            "sqlalchemy.text",
            "shlex.split",
            "markupsafe.Markup",
            "flask.Markup",
            "io.StringIO",
            "io.BytesIO",
            "enumerate",
            "json.load",
            "urllib.parse.quote",
            "urllib.parse.quote_plus",
            "string.Template",
            "itertools.chain",
            "cgi.FieldStorage",
            "six.text_type",
            "unicode",
            "json.dumps",
            "re.sub",
            "os.fsdecode",
            "html.escape",
            "markupsafe.escape",
            "shlex.quote",
        ]) {
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

/// Whether a name is written the way constants are.
pub(super) fn is_constant_name(name: &str) -> bool {
    name.len() > 1
        && name.chars().any(|letter| letter.is_ascii_uppercase())
        && !name.chars().any(char::is_lowercase)
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

/// Whether a regular expression is one class of everything except harmless characters.
fn is_negated_harmless_class(pattern: &str) -> bool {
    pattern
        .strip_prefix("[^")
        .and_then(|rest| rest.trim_end_matches(['+', '*']).strip_suffix(']'))
        .is_some_and(is_harmless_class)
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
