//! Rewrites that take a weakness away and nothing else.

mod bind;

use serde::Deserialize;

use super::super::finding::{Edit, Fix};
use super::super::syntax::{Id, Tree};
use super::check::{Match, Outcome};
use super::file::File;
use super::rules::Rule;
use super::shape::{Piece, Shape};
use super::text;

/// How a finding of a rule is fixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Repair {
    /// By a person.
    #[default]
    Report,
    /// Values of a query become parameters.
    Bind,
    /// The named value is taken out of its literal.
    DropField,
    /// The value becomes `true`.
    SetTrue,
    /// The value becomes `false`.
    SetFalse,
    /// The argument becomes `false`.
    ArgumentFalse,
    /// The cookie is hidden from scripts.
    HttpOnly,
    /// Text is shown as text.
    TextContent,
    /// The generator is the one for secrets.
    RandomBytes,
    /// The package is the one for secrets.
    CryptoRand,
}

/// What can be done about a finding.
pub(super) fn fix(file: &File<'_>, rule: &Rule, found: &Match<'_>, outcome: &Outcome) -> Fix {
    let rewrite = match rule.fix {
        Repair::Report => None,
        Repair::Bind => bind::parameters(file, found, outcome)
            .map(|edits| (edits, "gives the values as parameters".to_owned())),
        Repair::DropField => outcome
            .value
            // A name would be left without a use, which Go does not compile.
            .filter(|value| matches!(file.tree.text(*value), "true" | "false"))
            .and_then(|_| drop_field(&file.tree, outcome.at))
            .map(|edit| (vec![edit], format!("takes out `{}`", found.last))),
        Repair::SetTrue | Repair::HttpOnly => set(file, outcome.value, "false", "true"),
        Repair::SetFalse | Repair::ArgumentFalse => set(file, outcome.value, "true", "false"),
        Repair::TextContent => text_content(file, found, outcome),
        Repair::RandomBytes => random_bytes(file, found),
        Repair::CryptoRand => crypto_rand(file, found),
    };
    match rewrite {
        Some((edits, note)) => Fix::Rewrite { edits, note },
        None => Fix::Report {
            reason: rule.cure.clone(),
        },
    }
}

fn set(file: &File<'_>, value: Option<Id>, from: &str, to: &str) -> Option<(Vec<Edit>, String)> {
    let value = value?;
    // A constant by another name is changed where it is, by a person.
    if file.tree.text(value) != from {
        return None;
    }
    Some((
        vec![replace(&file.tree, value, to)],
        format!("sets it to `{to}`"),
    ))
}

/// Puts a text in the place of a node.
pub(super) fn replace(tree: &Tree<'_>, node: Id, text: &str) -> Edit {
    let range = tree.range(node);
    Edit {
        start: range.start,
        end: range.end,
        text: text.to_owned(),
    }
}

/// Takes a member out of a literal with its comma, and with its line if it has one alone.
fn drop_field(tree: &Tree<'_>, whole: Id) -> Option<Edit> {
    let around = tree.parent(whole)?;
    let children: Vec<Id> = tree.children(around).collect();
    let place = children.iter().position(|child| *child == whole)?;
    let is_comma = |id: &&Id| tree.text(**id) == ",";
    let after = children.get(place + 1).filter(is_comma);
    let before = place
        .checked_sub(1)
        .and_then(|one| children.get(one))
        .filter(is_comma);
    let range = tree.range(whole);
    let end = after.map_or(range.end, |comma| tree.end(*comma));
    let source = tree.source();
    let line_start = source
        .get(..range.start)?
        .rfind('\n')
        .map_or(0, |at| at + 1);
    let line_end = source.get(end..)?.find('\n').map(|at| end + at + 1);
    let comment = line_end.map_or("", |line_end| tree.slice(end..line_end).trim());
    if let Some(line_end) = line_end
        && tree.slice(line_start..range.start).trim().is_empty()
        && (comment.is_empty() || comment.starts_with("// expect:"))
    {
        return Some(Edit {
            start: line_start,
            end: line_end,
            text: String::new(),
        });
    }
    let (start, end) = match (before, after) {
        (Some(before), None) => (tree.start(*before), range.end),
        (_, Some(_)) => {
            let rest = source.get(end..)?;
            (
                range.start,
                end + rest.len() - rest.trim_start_matches(' ').len(),
            )
        }
        (None, None) => {
            // Alone in its braces.
            let open = children.first().map(|one| tree.end(*one))?;
            let close = children.last().map(|one| tree.start(*one))?;
            (open, close)
        }
    };
    let gone = tree.slice(start..end);
    (!gone.contains("//") && !gone.contains("/*")).then(|| Edit {
        start,
        end,
        text: String::new(),
    })
}

/// `innerHTML` becomes `textContent` where no markup is meant: the value is nothing but a part of
/// the address.
fn text_content(
    file: &File<'_>,
    found: &Match<'_>,
    outcome: &Outcome,
) -> Option<(Vec<Edit>, String)> {
    let value = outcome.value?;
    let pieces = text::flat(file, value);
    let is_plain = pieces.iter().all(|piece| matches!(piece, Piece::Value(_)));
    if found.last != "innerHTML" || !is_plain || !file.tree.text(value).contains("location.") {
        return None;
    }
    let left = file.tree.field(outcome.at, "left")?;
    let property = file.tree.field(left, "property")?;
    Some((
        vec![replace(&file.tree, property, "textContent")],
        "shows it as text".to_owned(),
    ))
}

fn random_bytes(file: &File<'_>, found: &Match<'_>) -> Option<(Vec<Edit>, String)> {
    let property = file.tree.field(found.function?, "property")?;
    Some((
        vec![replace(&file.tree, property, "randomBytes")],
        "calls `randomBytes`".to_owned(),
    ))
}

/// `rand.Read` has the same form in `crypto/rand`; it is the whole use of the package, so the
/// import decides.
fn crypto_rand(file: &File<'_>, found: &Match<'_>) -> Option<(Vec<Edit>, String)> {
    let tree = &file.tree;
    if found.name != "math/rand.Read" || file.local_name("math/rand") != Some("rand") {
        return None;
    }
    let uses = tree
        .all()
        .filter(|id| match file.shape(*id) {
            Shape::Member { of, .. } => tree.text(of) == "rand",
            _ => false,
        })
        .count();
    let path = tree.all().find(|id| {
        tree.kind(*id) == "interpreted_string_literal" && tree.text(*id) == "\"math/rand\""
    })?;
    (uses == 1 && !file.imports("crypto/rand")).then(|| {
        (
            vec![replace(tree, path, "\"crypto/rand\"")],
            "imports `crypto/rand`".to_owned(),
        )
    })
}
