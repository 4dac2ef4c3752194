//! Whether the new name already means something where the symbol is used.

use std::collections::BTreeSet;

use ast_grep_core::tree_sitter::{LanguageExt, StrDoc};
use venom_kernel::change::RelPath;
use venom_ports::Result;
use venom_ports::skill::SkillContext;

use super::super::MAX_TEXT_BYTES;
use super::super::analyser::Grammar;
use super::super::analyser::python::Python;
use super::super::analyser::syntax::{Id, Tree};
use super::super::map::facts::Kind;
use super::super::map::project::{Project, Symbol};
use super::super::map::symbol::{self, Family};
use super::Spots;
use crate::name;
use crate::params::refused;

/// Refuses a new name that means something else where the symbol is used.
pub(super) async fn check(
    context: &SkillContext,
    project: &Project<'_>,
    family: &Family,
    to: &str,
    spots: &Spots,
) -> Result<()> {
    for symbol in &family.all {
        if let Some(other) = member(project, *symbol, to) {
            return Err(refused(format!(
                "{} is already there, beside {}",
                symbol::shown(project, other),
                symbol::shown(project, *symbol)
            ))
            .with_hint("choose another name, or rename the other one first"));
        }
    }
    // Where the symbol is named without anything in front of it, no other thing may have the name.
    let files: BTreeSet<&str> = spots
        .certain
        .iter()
        .filter(|spot| spot.is_bare)
        .map(|spot| spot.path.as_str())
        .collect();
    for path in files {
        let Ok(place) = RelPath::new(path) else {
            continue;
        };
        let bytes = context
            .files
            .read(&place, MAX_TEXT_BYTES as u64)
            .await?
            .bytes;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if !text.contains(to) {
            continue;
        }
        if let Some(line) = with_tree(path, &text, |tree| standing(tree, to)).flatten() {
            return Err(refused(format!(
                "`{to}` already means something in {}, line {line}, where the symbol is used",
                name::shown(path)
            ))
            .with_hint("choose a name that is not used in the files that name the symbol"));
        }
    }
    Ok(())
}

/// A definition with the new name in the same place: the same scope, the type, or one made from it.
fn member(project: &Project<'_>, symbol: Symbol, to: &str) -> Option<Symbol> {
    let def = project.def(symbol)?;
    let beside = project.named(symbol.file, def.container, to);
    let is_in_the_way = |other: &Symbol| {
        project.def(*other).is_some_and(|other| {
            other.kind.is_type() == def.kind.is_type()
                && (other.kind == Kind::Macro) == (def.kind == Kind::Macro)
        })
    };
    if let Some(other) = beside.into_iter().find(is_in_the_way) {
        return Some(other);
    }
    let owner = project.owner(symbol)?;
    let mut open = vec![owner];
    let mut seen = BTreeSet::new();
    while let Some(class) = open.pop() {
        if !seen.insert(class) {
            continue;
        }
        let members = project.own_members(class, to);
        if let Some(other) = members.into_iter().find(is_in_the_way) {
            return Some(other);
        }
        open.extend(project.heirs(class));
        open.extend(project.bases(class).0);
    }
    None
}

/// The first line where a name stands alone, so that it means something by itself.
fn standing(tree: &Tree<'_>, to: &str) -> Option<usize> {
    tree.all()
        .find(|id| tree.text(*id) == to && is_alone(tree, *id))
        .map(|id| tree.line(tree.start(id)))
}

fn is_alone(tree: &Tree<'_>, id: Id) -> bool {
    let kind = tree.kind(id);
    if !matches!(
        kind,
        "identifier"
            | "type_identifier"
            | "shorthand_property_identifier"
            | "shorthand_property_identifier_pattern"
            | "shorthand_field_identifier"
    ) {
        return false;
    }
    let above = tree.parent(id).map_or("", |parent| tree.kind(parent));
    !matches!(
        (above, tree.field_name(id)),
        ("attribute", Some("attribute"))
            | (
                "keyword_argument" | "scoped_identifier" | "scoped_type_identifier",
                Some("name")
            )
    )
}

fn with_tree<R>(path: &str, text: &str, then: impl FnOnce(&Tree<'_>) -> R) -> Option<R> {
    fn parsed<L: LanguageExt, R>(
        language: L,
        text: &str,
        then: impl FnOnce(&Tree<'_>) -> R,
    ) -> Option<R> {
        let document = StrDoc::try_new(text, language).ok()?;
        let root = ast_grep_core::AstGrep::doc(document);
        Some(then(&Tree::new(text, &root.root())))
    }
    match Grammar::of(path) {
        Some(grammar) => parsed(grammar, text, then),
        None => parsed(Python, text, then),
    }
}

/// Where a name stands as a word in comments and texts.
pub(super) fn mentions(path: &str, text: &str, name: &str) -> Vec<usize> {
    if !text.contains(name) {
        return Vec::new();
    }
    with_tree(path, text, |tree| {
        let mut found = Vec::new();
        for id in tree.all() {
            let is_text = matches!(
                tree.kind(id),
                "comment"
                    | "line_comment"
                    | "block_comment"
                    | "string_content"
                    | "string_fragment"
                    | "template_string"
                    | "raw_string_literal_content"
                    | "interpreted_string_literal_content"
            );
            if is_text {
                let start = tree.start(id);
                found.extend(words(tree.text(id), name).map(|at| start + at));
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    })
    .unwrap_or_default()
}

fn words<'t>(text: &'t str, name: &'t str) -> impl Iterator<Item = usize> + 't {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(name)
        .filter(move |(at, _)| {
            let before = text.get(..*at).unwrap_or_default();
            let after = text.get(at + name.len()..).unwrap_or_default();
            !before.ends_with(is_part) && !after.starts_with(is_part)
        })
        .map(|(at, _)| at)
}
