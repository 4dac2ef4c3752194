//! What an expression is, whatever language it is written in: the few forms that the judging
//! tells apart. The languages themselves are read in `javascript`, `rust` and `go`.

use std::ops::Range;

use super::super::syntax::{Id, Tree};

/// An expression, one step deep.
#[derive(Debug, Clone)]
pub(super) enum Shape<'t> {
    /// A literal text; the range is what stands between its quotes.
    Text(Range<usize>),
    /// Any other literal.
    Constant,
    /// A number or a truth value that is worked out.
    Number,
    /// A name.
    Name(&'t str),
    /// A part of something, by its name.
    Member { of: Id, name: &'t str },
    /// A part of something, by a key that is worked out.
    Index { of: Id, key: Id },
    /// A call, also one that makes an object.
    Call { function: Id, arguments: Vec<Id> },
    /// Text that is put together.
    Join(Vec<Piece<'t>>),
    /// Values in a row.
    List(Vec<Id>),
    /// Values by their names.
    Record(Vec<Field<'t>>),
    /// One of several.
    Choice(Vec<Id>),
    /// What is inside, and nothing more.
    Same(Id),
    /// A function.
    Function,
    /// Anything else.
    Other,
}

/// A part of text that is put together.
#[derive(Debug, Clone)]
pub(super) enum Piece<'t> {
    /// What is written, with its place.
    Text(Range<usize>),
    /// A value.
    Value(Id),
    /// A value that is only named inside of a literal: `{name}` in Rust.
    Word(&'t str),
    /// Tokens that the grammar does not read: the arguments of a macro.
    Tokens(Vec<Id>),
    /// A number.
    Number,
}

/// A named value in a literal.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field<'t> {
    /// The name, without quotes; empty for what is spread into it.
    pub(super) name: &'t str,
    /// The value.
    pub(super) value: Id,
    /// Both together.
    pub(super) whole: Id,
}

/// How a name gets a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How<'t> {
    /// It is the value.
    Whole,
    /// It is a part of the value, by this name if one is given.
    Part(&'t str),
    /// The value is added to it.
    Append,
    /// A caller gives it; the text of its type.
    Parameter(&'t str),
    /// It is one of the values.
    Each,
    /// It is a function or type of the file.
    Definition,
}

/// A name that gets a value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Binding<'t> {
    /// The name.
    pub(super) name: &'t str,
    /// Where.
    pub(super) at: Id,
    /// What it gets, if that is written.
    pub(super) value: Option<Id>,
    /// How.
    pub(super) how: How<'t>,
    /// Whether the name begins to exist here.
    pub(super) declares: bool,
}

/// The text between the quotes of a literal.
pub(super) fn inside(tree: &Tree<'_>, id: Id) -> Range<usize> {
    let range = tree.range(id);
    let text = tree.text(id);
    let open = text.find(['"', '\'', '`']).map_or(0, |at| at + 1);
    let close = text.rfind(['"', '\'', '`']).unwrap_or(text.len());
    let (start, end) = (range.start + open, range.start + close.max(open));
    start..end.min(range.end)
}

/// The operator of an operation with two sides.
pub(super) fn operator<'t>(tree: &Tree<'t>, id: Id) -> &'t str {
    tree.field(id, "operator")
        .map_or("", |operator| tree.text(operator))
}

/// What an operation with two sides is.
pub(super) fn operation<'t>(tree: &Tree<'t>, id: Id) -> Shape<'t> {
    let sides: Vec<Id> = [tree.field(id, "left"), tree.field(id, "right")]
        .into_iter()
        .flatten()
        .collect();
    match operator(tree, id) {
        "+" => Shape::Join(sides.into_iter().map(Piece::Value).collect()),
        "||" | "??" | "&&" => Shape::Choice(sides),
        _ => Shape::Number,
    }
}

/// The first child that carries meaning, as the same.
pub(super) fn first<'t>(tree: &Tree<'t>, id: Id) -> Shape<'t> {
    tree.named(id).next().map_or(Shape::Other, Shape::Same)
}
