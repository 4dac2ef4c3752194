//! String literals as written: their prefix, their quotes, and each character of their value with
//! the bytes it is written in.

use std::ops::Range;

use super::module::Module;
use super::syntax::{Id, Tree};

/// The marks in front of a string literal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Prefix {
    /// `f`: braces hold expressions.
    pub(super) formatted: bool,
    /// `r`: backslashes are themselves.
    pub(super) raw: bool,
    /// `b`: bytes.
    pub(super) bytes: bool,
}

/// A part of a string literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// A character of the value, and where it is written.
    Char(char, Range<usize>),
    /// A replaced expression of an f-string: the `interpolation` node.
    Hole(Id),
}

/// A single string literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Literal {
    /// The `string` node.
    pub(super) node: Id,
    /// The marks in front.
    pub(super) prefix: Prefix,
    /// Where the prefix letters are.
    pub(super) prefix_range: Range<usize>,
    /// The quotes it is between.
    pub(super) quotes: Range<usize>,
    /// The bytes between the quotes.
    pub(super) content: Range<usize>,
    /// The value.
    pub(super) parts: Vec<Part>,
}

/// Reads a `string` node.
pub(super) fn read(tree: &Tree<'_>, id: Id) -> Option<Literal> {
    if tree.kind(id) != "string" {
        return None;
    }
    let mut children = tree.children(id);
    let start = children
        .next()
        .filter(|one| tree.kind(*one) == "string_start")?;
    let end = tree
        .children(id)
        .last()
        .filter(|one| tree.kind(*one) == "string_end")?;
    let opening = tree.text(start);
    let letters = opening
        .chars()
        .take_while(char::is_ascii_alphabetic)
        .count();
    let mut prefix = Prefix::default();
    for letter in opening.chars().take(letters) {
        match letter.to_ascii_lowercase() {
            'f' | 't' => prefix.formatted = true,
            'r' => prefix.raw = true,
            'b' => prefix.bytes = true,
            _ => {}
        }
    }
    let at = tree.start(start);
    let content = tree.end(start)..tree.start(end);
    let mut parts = Vec::new();
    let mut from = content.start;
    for child in tree.children(id) {
        if tree.kind(child) == "interpolation" {
            characters(tree, from..tree.start(child), prefix, &mut parts);
            parts.push(Part::Hole(child));
            from = tree.end(child);
        }
    }
    characters(tree, from..content.end, prefix, &mut parts);
    Some(Literal {
        node: id,
        prefix,
        prefix_range: at..at + letters,
        quotes: at + letters..tree.end(start),
        content,
        parts,
    })
}

fn characters(tree: &Tree<'_>, range: Range<usize>, prefix: Prefix, parts: &mut Vec<Part>) {
    let text = tree.slice(range.clone());
    let mut chars = text.char_indices().peekable();
    while let Some((offset, letter)) = chars.next() {
        let start = range.start + offset;
        let mut value = Some(letter);
        if letter == '\\' && !prefix.raw {
            value = match chars.next() {
                Some((_, '\n')) => None,
                Some((_, '\r')) => {
                    chars.next_if(|(_, next)| *next == '\n');
                    None
                }
                Some((_, 'n')) => Some('\n'),
                Some((_, 't')) => Some('\t'),
                Some((_, 'r')) => Some('\r'),
                Some((_, '0')) => Some('\0'),
                Some((_, 'x')) => Some(number(&mut chars, 2)),
                Some((_, 'u')) => Some(number(&mut chars, 4)),
                Some((_, 'U')) => Some(number(&mut chars, 8)),
                Some((_, other)) => Some(other),
                None => Some('\\'),
            };
        } else if prefix.formatted && matches!(letter, '{' | '}') {
            chars.next_if(|(_, next)| *next == letter);
        }
        let end = chars
            .peek()
            .map_or(range.end, |(offset, _)| range.start + offset);
        if let Some(value) = value {
            parts.push(Part::Char(value, start..end));
        }
    }
}

fn number(chars: &mut std::iter::Peekable<std::str::CharIndices<'_>>, digits: u32) -> char {
    let mut value = 0_u32;
    for _ in 0..digits {
        match chars
            .next_if(|(_, next)| next.is_ascii_hexdigit())
            .and_then(|(_, digit)| digit.to_digit(16))
        {
            Some(digit) => value = value.wrapping_mul(16).wrapping_add(digit),
            None => break,
        }
    }
    char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER)
}

impl Module<'_> {
    /// Returns the text of an expression that is a string known from the file alone.
    pub(super) fn constant_text(&self, id: Id) -> Option<String> {
        self.constant_text_to(id, 24)
    }

    fn constant_text_to(&self, id: Id, depth: u32) -> Option<String> {
        let depth = depth.checked_sub(1)?;
        let id = self.value(id);
        match self.tree.kind(id) {
            "string" => {
                let literal = read(&self.tree, id)?;
                let mut text = String::new();
                for part in literal.parts {
                    match part {
                        Part::Char(letter, _) => text.push(letter),
                        Part::Hole(hole) => {
                            let inner = self.tree.field(hole, "expression")?;
                            text.push_str(&self.constant_text_to(inner, depth)?);
                        }
                    }
                }
                Some(text)
            }
            "concatenated_string" => {
                let mut text = String::new();
                for part in self.tree.named(id) {
                    text.push_str(&self.constant_text_to(part, depth)?);
                }
                Some(text)
            }
            "binary_operator" => {
                let left = self.tree.field(id, "left")?;
                let right = self.tree.field(id, "right")?;
                let operator = self.tree.field(id, "operator")?;
                if self.tree.text(operator) != "+" {
                    return None;
                }
                let mut text = self.constant_text_to(left, depth)?;
                text.push_str(&self.constant_text_to(right, depth)?);
                Some(text)
            }
            _ => None,
        }
    }
}
