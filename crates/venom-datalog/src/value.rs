//! What a column of a fact may hold, and how it is written.

use std::fmt::{self, Write as _};
use std::sync::Arc;

/// A value. There are no floats: what is stored must compare and hash the same everywhere.
///
/// The order of values is the order of answers and of `min` and `max`: truth values, integers,
/// symbols, texts, lists, and within a kind as one would expect.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A name, written without quotation marks: `alice`.
    Symbol(Arc<str>),
    /// A text, written in quotation marks: `"Alice"`. It is never equal to a symbol.
    Text(Arc<str>),
    /// What the aggregate `list` makes: values in order, none of them a list.
    List(Arc<[Self]>),
}

impl Value {
    /// Makes a symbol.
    pub fn symbol(name: &str) -> Self {
        Self::Symbol(name.into())
    }

    /// Makes a text.
    pub fn text(text: &str) -> Self {
        Self::Text(text.into())
    }

    /// Says what kind of value this is, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Bool(_) => "truth value",
            Self::Int(_) => "integer",
            Self::Symbol(_) => "symbol",
            Self::Text(_) => "text",
            Self::List(_) => "list",
        }
    }

    /// The letters of a symbol or a text.
    pub(crate) fn letters(&self) -> Option<&str> {
        match self {
            Self::Symbol(letters) | Self::Text(letters) => Some(letters),
            Self::Bool(_) | Self::Int(_) | Self::List(_) => None,
        }
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(truth) => write!(f, "{truth}"),
            Self::Int(number) => write!(f, "{number}"),
            Self::Symbol(name) if is_plain_symbol(name) => f.write_str(name),
            Self::Symbol(name) => quoted(f, name, '\''),
            Self::Text(text) => quoted(f, text, '"'),
            Self::List(values) => {
                f.write_char('[')?;
                for (index, value) in values.iter().enumerate() {
                    if index > 0 {
                        f.write_str(", ")?;
                    }
                    write!(f, "{value}")?;
                }
                f.write_char(']')
            }
        }
    }
}

/// Words that mean something else where a symbol could stand.
const RESERVED: &[&str] = &["true", "false", "not", "mod"];

fn is_plain_symbol(name: &str) -> bool {
    name.starts_with(|letter: char| letter.is_ascii_lowercase())
        && name
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
        && !RESERVED.contains(&name)
}

/// Writes letters so that the parser reads them back and a terminal obeys none of them.
fn quoted(f: &mut fmt::Formatter<'_>, letters: &str, mark: char) -> fmt::Result {
    f.write_char(mark)?;
    for letter in letters.chars() {
        match letter {
            '\n' => f.write_str("\\n")?,
            '\t' => f.write_str("\\t")?,
            '\r' => f.write_str("\\r")?,
            '\\' => f.write_str("\\\\")?,
            _ if letter == mark => write!(f, "\\{letter}")?,
            _ if letter.is_control() || is_invisible(letter) => {
                write!(f, "\\u{{{:x}}}", u32::from(letter))?;
            }
            _ => f.write_char(letter)?,
        }
    }
    f.write_char(mark)
}

/// Letters that change how their neighbours are shown: directions, joiners, the byte order mark.
fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// A predicate over values: what is told, asked for and proved.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fact {
    predicate: Arc<str>,
    values: Vec<Value>,
}

impl Fact {
    /// Makes a fact. Whether the name can be written in a rule is checked where it is inserted.
    pub fn new(predicate: &str, values: Vec<Value>) -> Self {
        Self {
            predicate: predicate.into(),
            values,
        }
    }

    pub(crate) fn from_parts(predicate: Arc<str>, values: Vec<Value>) -> Self {
        Self { predicate, values }
    }

    /// The name of the predicate.
    pub fn predicate(&self) -> &str {
        &self.predicate
    }

    /// The values, in order.
    pub fn values(&self) -> &[Value] {
        &self.values
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.predicate)?;
        f.write_char('(')?;
        for (index, value) in self.values.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{value}")?;
        }
        f.write_char(')')
    }
}

/// Who told a fact: a number the caller chooses, such as the number of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Source(pub u64);

impl Source {
    /// The source of facts that stand in a program among its rules.
    pub const PROGRAM: Self = Self(u64::MAX);
}

#[cfg(test)]
mod tests;
