//! Where a value comes from, as far as the function it stands in tells.

use super::super::finding::Kind;
use super::super::syntax::Id;
use super::file::File;
use super::grammar::Tongue;
use super::shape::{Binding, How, Piece, Shape};
use super::{guard, vocabulary};

/// Where a value comes from, from harmless to harmful.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Origin {
    /// It is written in the text.
    Constant,
    /// It cannot carry what would do harm.
    Safe,
    /// What comes back from something that is not known.
    Result,
    /// A caller gives it.
    Given,
    /// Somebody outside of the program gives it.
    Outside,
}

/// How deep values are followed. Chosen: deeper than code that people write.
const DEEP: usize = 24;

/// The question where a value comes from, for one kind of weakness.
pub(super) struct Ask<'f, 't> {
    pub(super) file: &'f File<'t>,
    pub(super) kind: Kind,
}

impl<'t> Ask<'_, 't> {
    /// Where a value comes from.
    pub(super) fn origin(&self, id: Id) -> Origin {
        self.at(id, DEEP)
    }

    fn most(&self, ids: impl IntoIterator<Item = Id>, deep: usize) -> Origin {
        ids.into_iter()
            .map(|one| self.at(one, deep))
            .max()
            .unwrap_or(Origin::Constant)
    }

    fn at(&self, id: Id, deep: usize) -> Origin {
        let Some(deep) = deep.checked_sub(1) else {
            return Origin::Result;
        };
        let file = self.file;
        if !file.tree.may_spend(1) {
            return Origin::Result;
        }
        match file.shape(id) {
            Shape::Text(_) | Shape::Constant | Shape::Function => Origin::Constant,
            Shape::Number => Origin::Safe,
            Shape::Name(name) => self.name(name, id, deep),
            Shape::Same(inner) => self.at(inner, deep),
            Shape::Member { of, name } => self.member(id, of, name, deep),
            Shape::Index { of, key } => self.element(id, of, key, deep),
            Shape::Call {
                function,
                arguments,
            } => self.call(id, function, &arguments, deep),
            Shape::Join(pieces) => pieces
                .iter()
                .map(|piece| self.piece(piece, id, deep))
                .max()
                .unwrap_or(Origin::Constant),
            Shape::List(values) | Shape::Choice(values) => self.most(values, deep),
            Shape::Record(fields) => self.most(fields.iter().map(|one| one.value), deep),
            Shape::Other => Origin::Result,
        }
    }

    /// Where a part of a text comes from.
    pub(super) fn piece(&self, piece: &Piece<'_>, at: Id, deep: usize) -> Origin {
        match piece {
            Piece::Text(_) => Origin::Constant,
            Piece::Number => Origin::Safe,
            Piece::Value(value) => self.at(*value, deep),
            Piece::Word(name) => self.name(name, at, deep),
            Piece::Tokens(tokens) => self.tokens(tokens, deep),
        }
    }

    /// Where a part of a text comes from, from the beginning.
    pub(super) fn of_piece(&self, piece: &Piece<'_>, at: Id) -> Origin {
        self.piece(piece, at, DEEP)
    }

    /// What the grammar does not read: the names in it say what there is to say.
    fn tokens(&self, tokens: &[Id], deep: usize) -> Origin {
        let file = self.file;
        let names: Vec<Id> = tokens
            .iter()
            .copied()
            .flat_map(|token| file.tree.within(token))
            .filter(|id| file.tree.kind(*id) == "identifier")
            .collect();
        let is_cured = names.iter().any(|id| {
            let name = file.tree.text(*id);
            vocabulary::is_cure(self.kind, name)
                || vocabulary::is_measure(name)
                || vocabulary::is_number_maker(name)
        });
        let is_sum = tokens
            .iter()
            .any(|token| matches!(file.tree.text(*token), "*" | "-" | "/" | "%"))
            && tokens.len() > 2;
        if is_cured || is_sum {
            return Origin::Safe;
        }
        names
            .first()
            .map_or(Origin::Constant, |id| self.at(*id, deep))
    }

    fn name(&self, name: &str, at: Id, deep: usize) -> Origin {
        let file = self.file;
        if guard::is_checked(self, name, at) {
            return Origin::Safe;
        }
        let bindings = file.reaching(name, at);
        if bindings.is_empty() {
            let is_constant = name.chars().any(char::is_uppercase)
                && !name.chars().any(char::is_lowercase)
                || matches!(
                    name,
                    "__dirname" | "__filename" | "undefined" | "this" | "self"
                );
            // A name that the file does not explain can hold anything, and a shell takes anything.
            let is_open = self.kind == Kind::CommandInjection
                && file.tongue == Tongue::JavaScript
                && !file.is_imported(name);
            return if is_constant {
                Origin::Safe
            } else if is_open {
                Origin::Given
            } else {
                Origin::Result
            };
        }
        bindings
            .iter()
            .map(|binding| self.binding(binding, at, deep))
            .max()
            .unwrap_or(Origin::Result)
    }

    fn binding(&self, binding: &Binding<'t>, at: Id, deep: usize) -> Origin {
        let value = binding
            .value
            .filter(|value| !self.file.tree.contains(*value, at));
        match (binding.how, value) {
            (How::Parameter(typed), _) => self.parameter(binding, typed),
            (How::Whole | How::Append, Some(value)) => self.at(value, deep),
            (How::Part(part), Some(value)) => {
                if self.is_request(value) && vocabulary::is_request_part(self.file.tongue, part) {
                    return Origin::Outside;
                }
                match self.file.shape(self.file.value(value)) {
                    Shape::Record(fields) => {
                        if let Some(field) = fields.iter().find(|one| one.name == part) {
                            return self.at(field.value, deep);
                        }
                    }
                    Shape::Call { function, .. }
                        if self.file.qualified(function) == "url.parse"
                            && part != "query"
                            && part != "pathname" =>
                    {
                        return Origin::Safe;
                    }
                    _ => {}
                }
                self.at(value, deep)
            }
            (How::Each, Some(value)) => self.each(value, deep),
            (How::Each, None) | (How::Definition, _) => Origin::Result,
            (How::Whole | How::Append | How::Part(_), None) => {
                if binding.value.is_some() || binding.declares && self.file.tongue == Tongue::Go {
                    Origin::Constant
                } else {
                    Origin::Result
                }
            }
        }
    }

    fn each(&self, value: Id, deep: usize) -> Origin {
        match self.at(value, deep) {
            // The members of what is given are not what is given: a row, an entry, a number.
            Origin::Given => Origin::Result,
            other => other,
        }
    }

    fn parameter(&self, binding: &Binding<'t>, typed: &str) -> Origin {
        let tongue = self.file.tongue;
        let typed = typed.trim();
        match tongue {
            Tongue::JavaScript => match typed {
                "number" | "boolean" | "bigint" | "Date" => Origin::Safe,
                _ if typed.contains("keyof") || is_union_of_texts(typed) => Origin::Safe,
                _ => Origin::Given,
            },
            Tongue::Go => match typed {
                "string" | "[]string" | "[]byte" | "any" | "interface{}" | "...string" => {
                    Origin::Given
                }
                _ if is_number(typed) => Origin::Safe,
                _ => Origin::Result,
            },
            Tongue::Rust => {
                if vocabulary::is_request_type(tongue, typed) {
                    return Origin::Outside;
                }
                if is_number(typed) {
                    return Origin::Safe;
                }
                let is_text = typed.contains("str")
                    || typed.contains("String")
                    || typed.contains("[u8]")
                    || typed.contains("Vec<u8>");
                if is_text && self.is_route(binding.at) {
                    Origin::Outside
                } else if is_text {
                    Origin::Given
                } else {
                    Origin::Result
                }
            }
        }
    }

    /// Whether a parameter is one of a function that a route is attached to.
    fn is_route(&self, at: Id) -> bool {
        let tree = &self.file.tree;
        let Some(function) = self.file.function(at) else {
            return false;
        };
        let before = tree.parent(function).and_then(|parent| {
            tree.children(parent)
                .take_while(|child| *child != function)
                .last()
        });
        before.is_some_and(|attribute| {
            let text = tree.text(attribute);
            [
                "#[get(",
                "#[post(",
                "#[put(",
                "#[delete(",
                "#[patch(",
                "#[handler",
            ]
            .iter()
            .any(|start| text.starts_with(start))
        })
    }

    /// Whether an expression is a request.
    pub(super) fn is_request(&self, id: Id) -> bool {
        let file = self.file;
        let Shape::Name(name) = file.bare_shape(id) else {
            return false;
        };
        file.bindings(name, id)
            .iter()
            .any(|binding| match binding.how {
                How::Parameter(typed) => {
                    if typed.is_empty() {
                        vocabulary::is_request_name(name)
                    } else {
                        vocabulary::is_request_type(file.tongue, typed)
                            && (file.tongue != Tongue::JavaScript
                                || vocabulary::is_request_name(name))
                    }
                }
                How::Whole | How::Part(_) | How::Append | How::Each | How::Definition => false,
            })
    }

    /// Whether an expression is a part of a request that its sender chooses.
    fn is_source(&self, id: Id) -> bool {
        let file = self.file;
        let mut at = id;
        let mut is_part = false;
        for _ in 0..DEEP {
            match file.shape(at) {
                Shape::Member { of, name } => {
                    is_part |= vocabulary::is_request_part(file.tongue, name);
                    at = of;
                }
                Shape::Index { of, .. } => at = of,
                Shape::Call { function, .. } => at = function,
                Shape::Same(inner) => at = inner,
                Shape::Name(_) => return is_part && self.is_request(at),
                _ => return false,
            }
        }
        false
    }

    fn member(&self, id: Id, of: Id, name: &str, deep: usize) -> Origin {
        let file = self.file;
        if guard::is_checked(self, file.tree.text(id), id) {
            return Origin::Safe;
        }
        if vocabulary::is_measure(name) {
            return Origin::Safe;
        }
        let dotted = file.tree.text(id);
        let is_local = dotted
            .split('.')
            .next()
            .is_some_and(|first| !file.bindings(first, id).is_empty());
        if file.tongue == Tongue::JavaScript && !is_local && vocabulary::is_page_source(dotted) {
            return Origin::Outside;
        }
        if dotted.starts_with("process.env") {
            return Origin::Safe;
        }
        if self.is_source(id) {
            return Origin::Outside;
        }
        if self.is_entry_name(of, name) {
            return Origin::Outside;
        }
        if let Shape::Record(fields) = file.shape(file.value(of))
            && let Some(field) = fields.iter().find(|one| one.name == name)
        {
            return self.at(field.value, deep);
        }
        self.at(of, deep)
    }

    /// Whether this is the name of an entry of an archive or of a file that was sent.
    fn is_entry_name(&self, of: Id, name: &str) -> bool {
        let file = self.file;
        match file.tongue {
            Tongue::Go => {
                name == "Filename"
                    || name == "Name"
                        && (file.imports("archive/zip") || file.imports("archive/tar"))
                        && matches!(
                            file.tree.text(of),
                            "file" | "f" | "header" | "hdr" | "entry"
                        )
            }
            Tongue::Rust => {
                matches!(name, "name" | "file_name")
                    && matches!(file.tree.text(of), "entry" | "file" | "field")
            }
            Tongue::JavaScript => false,
        }
    }

    fn element(&self, id: Id, of: Id, key: Id, deep: usize) -> Origin {
        if self.is_source(id) {
            return Origin::Outside;
        }
        match self.file.shape(self.file.value(of)) {
            // A table of the file gives what is written in it.
            Shape::Record(fields) => self.most(fields.iter().map(|one| one.value), deep),
            Shape::List(values) => self.most(values, deep),
            _ => match self.at(of, deep) {
                Origin::Given if matches!(self.file.shape(key), Shape::Constant) => Origin::Given,
                other => other,
            },
        }
    }

    fn call(&self, id: Id, function: Id, arguments: &[Id], deep: usize) -> Origin {
        let file = self.file;
        let name = file.qualified(function);
        if let Shape::Member { of, name: method } = file.bare_shape(function)
            && file.tongue == Tongue::Rust
            && self.is_entry_name(of, method)
        {
            return Origin::Outside;
        }
        if vocabulary::is_cure(self.kind, &name) {
            return Origin::Safe;
        }
        if name.ends_with("gorilla/mux.Vars") || name.ends_with(".URLParam") {
            return Origin::Outside;
        }
        if let Some(pieces) = super::text::pieces(file, id) {
            return pieces
                .iter()
                .map(|piece| self.piece(piece, id, deep))
                .max()
                .unwrap_or(Origin::Constant);
        }
        if self.is_source(id) {
            return Origin::Outside;
        }
        if vocabulary::is_number_maker(&name) {
            return Origin::Safe;
        }
        if matches!(
            name.as_str(),
            "os.Getenv" | "std.env.var" | "env.var" | "std.env.current_exe" | "std.env.current_dir"
        ) || name.starts_with("std.env.var")
        {
            return Origin::Safe;
        }
        let carried = || self.most(arguments.iter().copied(), deep);
        if let Shape::Member { of, name: method } = file.bare_shape(function) {
            if vocabulary::is_measure(method) {
                return Origin::Safe;
            }
            // What becomes of every element is what the function gives.
            if method == "map"
                && let Some(one) = arguments.first()
                && let Some(body) = file.tree.field(*one, "body")
                && matches!(self.at(body, deep), Origin::Constant | Origin::Safe)
                && matches!(file.shape(body), Shape::Text(_) | Shape::Join(_))
            {
                return Origin::Safe;
            }
            if vocabulary::is_carrier(file.tongue, &name) && !self.is_library(of) {
                return carried().max(self.at(of, deep));
            }
            if vocabulary::is_carrier(file.tongue, &name) {
                return carried();
            }
            let object = self.at(of, deep);
            if vocabulary::is_keeper(method) {
                return object.max(carried());
            }
            return match object {
                Origin::Outside => Origin::Outside,
                Origin::Constant if carried() == Origin::Constant => Origin::Constant,
                _ => Origin::Result,
            };
        }
        if vocabulary::is_carrier(file.tongue, &name) {
            return carried();
        }
        Origin::Result
    }

    /// Whether an expression is an imported library or type and no value.
    fn is_library(&self, id: Id) -> bool {
        match self.file.bare_shape(id) {
            Shape::Name(name) => {
                let bindings = self.file.bindings(name, id);
                bindings.is_empty()
                    || bindings.iter().all(|one| {
                        one.value
                            .is_some_and(|value| self.file.tree.text(value).starts_with("require("))
                    })
            }
            Shape::Member { of, .. } => self.file.tongue != Tongue::Go && self.is_library(of),
            _ => false,
        }
    }
}

fn is_number(typed: &str) -> bool {
    let typed = typed.trim_start_matches(['&', '*']);
    matches!(
        typed,
        "int"
            | "int8"
            | "int16"
            | "int32"
            | "int64"
            | "uint"
            | "uint8"
            | "uint16"
            | "uint32"
            | "uint64"
            | "float32"
            | "float64"
            | "bool"
            | "byte"
            | "rune"
            | "i8"
            | "i16"
            | "i32"
            | "i64"
            | "i128"
            | "u8"
            | "u16"
            | "u32"
            | "u64"
            | "u128"
            | "usize"
            | "isize"
            | "f32"
            | "f64"
            | "char"
            | "Uuid"
            | "uuid::Uuid"
            | "time.Duration"
            | "time.Time"
            | "uuid.UUID"
    )
}

/// `'asc' | 'desc'`
fn is_union_of_texts(typed: &str) -> bool {
    !typed.is_empty()
        && typed
            .split('|')
            .map(str::trim)
            .all(|one| one.starts_with(['\'', '"']))
}
