//! Values that become markup, and links that decide where a browser goes.

use super::super::super::syntax::Id;
use super::super::file::File;
use super::super::grammar::Tongue;
use super::super::origin::{Ask, Origin};
use super::super::rules::Rule;
use super::super::shape::{Piece, Shape};
use super::super::text as texts;
use super::{Match, Outcome};

/// Markup that a value becomes part of.
pub(super) fn markup(ask: &Ask<'_, '_>, found: &Match<'_>, value: Id) -> Option<Outcome> {
    let least = if ask.file.tongue == Tongue::Rust && found.last != "html" {
        Origin::Outside
    } else {
        Origin::Given
    };
    (worst(ask, value) >= least).then(|| Outcome::about(found.node, value))
}

/// The most harmful part of a text.
fn worst(ask: &Ask<'_, '_>, value: Id) -> Origin {
    texts::flat(ask.file, value)
        .iter()
        .map(|piece| ask.of_piece(piece, value))
        .max()
        .unwrap_or(Origin::Constant)
}

/// A function that takes markup or text: only what is put together or comes from outside counts.
pub(super) fn text(ask: &Ask<'_, '_>, found: &Match<'_>, value: Id) -> Option<Outcome> {
    let pieces = texts::flat(ask.file, value);
    let worst = worst(ask, value);
    let is_markup = pieces.iter().any(|piece| match piece {
        Piece::Text(range) => ask.file.tree.slice(range.clone()).contains('<'),
        Piece::Value(_) | Piece::Word(_) | Piece::Tokens(_) | Piece::Number => false,
    });
    (worst == Origin::Outside || is_markup && worst == Origin::Given)
        .then(|| Outcome::about(found.node, value))
}

/// What a server answers, where the answer is a page.
pub(super) fn answer(ask: &Ask<'_, '_>, rule: &Rule, found: &Match<'_>) -> Option<Outcome> {
    let file = ask.file;
    if is_other_than_page(file, found.node) {
        return None;
    }
    if file.tongue == Tongue::Go && rule.argument == 1 {
        let writer = file.tree.text(*found.arguments.first()?);
        if writer.starts_with("os.") {
            return None;
        }
    }
    let values = found.arguments.get(rule.argument..)?;
    let mut pieces: Vec<Piece<'_>> = Vec::new();
    match values.split_first() {
        Some((format, rest)) if found.last == "Fprintf" => {
            pieces.extend(texts::formatted(file, *format, rest)?);
            let inner: Vec<Piece<'_>> = pieces
                .iter()
                .filter_map(|piece| match piece {
                    Piece::Value(value) => Some(texts::flat(file, *value)),
                    Piece::Text(_) | Piece::Word(_) | Piece::Tokens(_) | Piece::Number => None,
                })
                .flatten()
                .collect();
            pieces.extend(inner);
        }
        _ => {
            for value in values {
                pieces.extend(texts::flat(file, *value));
            }
        }
    }
    let is_outside = pieces
        .iter()
        .any(|piece| ask.of_piece(piece, found.node) == Origin::Outside);
    let is_markup = pieces.iter().any(|piece| match piece {
        Piece::Text(range) => file.tree.slice(range.clone()).contains('<'),
        Piece::Value(_) | Piece::Word(_) | Piece::Tokens(_) | Piece::Number => false,
    });
    // Express sends any text as a page; elsewhere only what looks like one is.
    let is_page = is_markup
        || file.tongue == Tongue::JavaScript
            && found.last == "send"
            && !values.iter().any(|one| {
                matches!(
                    file.shape(file.value(*one)),
                    Shape::Record(_) | Shape::List(_)
                )
            });
    (is_outside && is_page).then(|| Outcome::at(found.node))
}

/// Whether the function says that its answer is something else than a page.
fn is_other_than_page(file: &File<'_>, at: Id) -> bool {
    let text = file.text_around(at);
    [
        "text/plain",
        "application/json",
        "application/octet-stream",
        "'text'",
        "text/csv",
    ]
    .iter()
    .any(|one| text.contains(one))
        && !text.contains("text/html")
}

/// A template that does not escape, written to an answer.
pub(super) fn template(ask: &Ask<'_, '_>, found: &Match<'_>) -> Option<Outcome> {
    let value = found.arguments.last().copied()?;
    (ask.origin(value) == Origin::Outside).then(|| Outcome::about(found.node, value))
}

/// `PreEscaped(value)` inside of a macro.
pub(super) fn pre_escaped(ask: &Ask<'_, '_>, found: &Match<'_>) -> Option<Outcome> {
    let file = ask.file;
    let parent = file.tree.parent(found.node)?;
    let next = file
        .tree
        .children(parent)
        .skip_while(|one| *one != found.node)
        .nth(1)?;
    let value = file
        .tree
        .within(next)
        .find(|one| file.tree.kind(*one) == "identifier")?;
    (ask.origin(value) >= Origin::Given).then(|| Outcome::at(found.node))
}

/// An address that somebody outside decides, at least its host.
pub(super) fn target(ask: &Ask<'_, '_>, found: &Match<'_>, values: &[Id]) -> Option<Outcome> {
    let file = ask.file;
    for value in values {
        if ask.origin(*value) < Origin::Outside {
            continue;
        }
        let pieces = texts::flat(file, *value);
        let mut before = String::new();
        for piece in &pieces {
            if let Piece::Text(range) = piece {
                before.push_str(file.tree.slice(range.clone()));
                continue;
            }
            // Behind a host and a slash, or on the own host, there is no choice left.
            let is_fixed = match before.split_once("://") {
                Some((_, host)) => host.contains('/') || host.contains('.'),
                None => {
                    before.starts_with('/') && !before.starts_with("//") && before.len() > 1
                        || before.contains('?')
                }
            };
            if is_fixed {
                break;
            }
            if ask.of_piece(piece, *value) == Origin::Outside {
                return Some(Outcome::about(found.node, *value));
            }
            before.push('?');
        }
    }
    None
}
