//! Which symbol a caller names, and which definitions are one symbol.

use std::collections::BTreeSet;

use venom_ports::Result;

use super::facts::Kind;
use super::project::{Project, Symbol};
use super::scope::is_name;
use super::speech::Speech;
use crate::bounded;
use crate::name;
use crate::params::{missing, refused};

/// How many are named in an answer.
const NAMED: usize = 8;

/// A symbol: all definitions that must have one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Family {
    /// The definition that stands for it.
    pub(crate) first: Symbol,
    /// All definitions.
    pub(crate) all: BTreeSet<Symbol>,
    /// Why it may have to keep its name for somebody outside of the workspace.
    pub(crate) bound: Option<String>,
}

/// Finds the one symbol that a text names: `name`, `Class.name`, `module::name`, `path/file.py:name`.
pub(crate) fn find(project: &Project<'_>, wanted: &str) -> Result<Family> {
    let families = all(project, wanted)?;
    match families.as_slice() {
        [one] => Ok(one.clone()),
        [] => {
            let bare = parts_of(wanted).1.last().cloned().unwrap_or_default();
            Err(missing(format!(
                "nothing is defined as `{}`",
                bounded::line(wanted, 100)
            ))
            .with_hint(like(project, &bare)))
        }
        several => {
            let named: Vec<String> = several
                .iter()
                .take(NAMED)
                .map(|family| shown(project, family.first))
                .collect();
            Err(refused(format!(
                "`{}` is defined {} times, for different things: {}",
                bounded::line(wanted, 100),
                several.len(),
                bounded::joined(&named, NAMED)
            ))
            .with_hint("say which one, with its class or its module in front or with its file: `Class.name`, `path/file.py:name`"))
        }
    }
}

/// Finds all symbols that a text may name.
pub(crate) fn all(project: &Project<'_>, wanted: &str) -> Result<Vec<Family>> {
    let (path, parts) = parts_of(wanted);
    let Some(bare) = parts.last().filter(|bare| is_name(bare)) else {
        return Err(refused(format!(
            "`{}` is no name of a symbol",
            bounded::line(wanted, 100)
        ))
        .with_hint("write it as the code does: `name`, `Class.name`, `module::name` or `path/file.py:name`"));
    };
    let before = parts.get(..parts.len() - 1).unwrap_or_default();
    let mut families: Vec<Family> = Vec::new();
    for symbol in project.symbols() {
        let Some(def) = project.def(symbol) else {
            continue;
        };
        if def.name != *bare || def.kind == Kind::Impl || !stands_in(project, symbol, before) {
            continue;
        }
        let Some(file) = project.file(symbol.file) else {
            continue;
        };
        if path
            .as_ref()
            .is_some_and(|path| file.path != *path && !file.path.starts_with(&format!("{path}/")))
        {
            continue;
        }
        if families.iter().any(|family| family.all.contains(&symbol)) {
            continue;
        }
        families.push(family(project, symbol));
    }
    Ok(families)
}

/// Takes a text apart into a path and names.
fn parts_of(wanted: &str) -> (Option<String>, Vec<String>) {
    let wanted = wanted.trim().trim_end_matches("()").trim_end_matches('!');
    let (path, rest) = match wanted.rsplit_once(':') {
        Some((path, rest)) if !path.ends_with(':') && !path.contains("::") => {
            (Some(path.trim_start_matches("./").to_owned()), rest)
        }
        Some(_) | None => match wanted.rsplit_once('/') {
            Some((path, rest)) => (Some(path.to_owned()), rest),
            None => (None, wanted),
        },
    };
    let parts = rest
        .split("::")
        .flat_map(|part| part.split(['.', '#']))
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect();
    (path, parts)
}

/// Tells whether a symbol stands in what the names in front of it say.
fn stands_in(project: &Project<'_>, symbol: Symbol, before: &[String]) -> bool {
    if before.is_empty() {
        return true;
    }
    let chain = chain(project, symbol);
    let Some(skipped) = chain.len().checked_sub(before.len()) else {
        return false;
    };
    chain
        .get(skipped..)
        .is_some_and(|end| end.iter().eq(before.iter()))
}

/// The names that a definition stands in: parts of the path, modules, types.
pub(crate) fn chain(project: &Project<'_>, symbol: Symbol) -> Vec<String> {
    let (Some(file), Some(def)) = (project.file(symbol.file), project.def(symbol)) else {
        return Vec::new();
    };
    let mut inner: Vec<String> = Vec::new();
    let mut above = def.container;
    for _ in 0..64 {
        let Some(outer) = above.and_then(|above| file.facts.def(above)) else {
            break;
        };
        let last = outer.name.rsplit("::").next().unwrap_or_default();
        inner.push(last.to_owned());
        above = outer.container;
    }
    if file.speech == Speech::Go && def.container.is_none() && def.kind == Kind::Method {
        inner.extend(def.bases.first().cloned());
    }
    let stem = file
        .path
        .rsplit_once('.')
        .map_or(file.path.as_str(), |(stem, _)| stem);
    let mut chain: Vec<String> = stem
        .split('/')
        .filter(|part| !matches!(*part, "src" | "mod" | "lib" | "main" | "__init__" | "index"))
        .map(str::to_owned)
        .collect();
    if file.speech == Speech::Go {
        // A package is its folder, whatever its files are called.
        chain.pop();
    }
    inner.reverse();
    chain.extend(inner);
    chain
}

/// Writes a symbol so that it can be told from others of its name.
pub(crate) fn shown(project: &Project<'_>, symbol: Symbol) -> String {
    let (Some(file), Some(def)) = (project.file(symbol.file), project.def(symbol)) else {
        return String::new();
    };
    format!(
        "{} `{}` ({}:{})",
        def.kind.name(),
        qualified(project, symbol),
        name::shown(&file.path),
        def.line
    )
}

/// The name with that of its type, as code would write it.
pub(crate) fn qualified(project: &Project<'_>, symbol: Symbol) -> String {
    let (Some(file), Some(def)) = (project.file(symbol.file), project.def(symbol)) else {
        return String::new();
    };
    if file.speech == Speech::Go && def.kind == Kind::Method && def.container.is_none() {
        let receiver = def.bases.first().map_or("", String::as_str);
        return format!("{receiver}.{}", def.name);
    }
    file.facts.qualified(def, file.speech.joint())
}

/// Finds all definitions that must have the name of one.
pub(crate) fn family(project: &Project<'_>, symbol: Symbol) -> Family {
    let mut family = Family {
        first: symbol,
        all: BTreeSet::from([symbol]),
        bound: None,
    };
    let Some(def) = project.def(symbol) else {
        return family;
    };
    // The same name twice in one place is one symbol: overloads, properties, parts of some builds.
    let is_method_of_go = def.kind == Kind::Method && def.container.is_none();
    if !is_method_of_go {
        for other in project.named(symbol.file, def.container, &def.name) {
            let is_alike = project.def(other).is_some_and(|other| {
                other.kind.is_type() == def.kind.is_type()
                    && (other.kind == Kind::Macro) == (def.kind == Kind::Macro)
                    && (other.kind == Kind::Field) == (def.kind == Kind::Field)
                    || project
                        .file(symbol.file)
                        .is_some_and(|f| f.speech != Speech::Rust)
            });
            if is_alike {
                family.all.insert(other);
            }
        }
    }
    if !matches!(
        def.kind,
        Kind::Method | Kind::Field | Kind::Alias | Kind::Value
    ) {
        return family;
    }
    let Some(owner) = project.owner(symbol) else {
        return family;
    };
    let speech = project.file(symbol.file).map(|file| file.speech);
    match speech {
        Some(Speech::Rust) => of_traits(project, &mut family, owner),
        Some(Speech::Python | Speech::Script) => of_classes(project, &mut family, owner),
        Some(Speech::Go) | None => {}
    }
    family
}

/// A trait and all that fulfil it have the same names.
fn of_traits(project: &Project<'_>, family: &mut Family, owner: Symbol) {
    let Some(def) = project.def(family.first) else {
        return;
    };
    let is_demanded = def
        .container
        .and_then(|container| project.file(family.first.file)?.facts.def(container))
        .is_some_and(|block| block.kind == Kind::Impl && !block.bases.is_empty());
    let of = if project
        .def(owner)
        .is_some_and(|owner| owner.kind == Kind::Trait)
        && !is_demanded
    {
        owner
    } else if is_demanded {
        let Some(of) = project.demanded_by(family.first) else {
            family.bound = Some("it fulfils a trait that is not part of the workspace".to_owned());
            return;
        };
        of
    } else {
        return;
    };
    family
        .all
        .extend(project.named(of.file, Some(of.def), &def.name));
    for block in project.fulfilled(of) {
        family
            .all
            .extend(project.named(block.file, Some(block.def), &def.name));
    }
}

/// What overrides a member of a class, or is overridden by it, has its name.
fn of_classes(project: &Project<'_>, family: &mut Family, owner: Symbol) {
    let Some(name) = project.def(family.first).map(|def| def.name.clone()) else {
        return;
    };
    let mut seen: BTreeSet<Symbol> = BTreeSet::new();
    let mut tops: BTreeSet<Symbol> = BTreeSet::new();
    let mut open = vec![owner];
    while let Some(class) = open.pop() {
        if !seen.insert(class) {
            continue;
        }
        let (bases, is_known) = project.bases(class);
        let own = project.own_members(class, &name);
        if !own.is_empty() {
            tops.insert(class);
            family.all.extend(own);
        }
        if !is_known {
            family.bound = Some(format!(
                "`{}` is made from a class outside of the workspace, which may have a member of this name",
                project.def(class).map_or("", |def| def.name.as_str())
            ));
        }
        open.extend(bases);
    }
    // Downwards from every class that has it; what is made from two of them joins both.
    let mut below: BTreeSet<Symbol> = BTreeSet::new();
    let mut open: Vec<Symbol> = tops.into_iter().collect();
    while let Some(class) = open.pop() {
        if !below.insert(class) {
            continue;
        }
        family.all.extend(project.own_members(class, &name));
        open.extend(project.heirs(class));
        let other: Vec<Symbol> = project
            .bases(class)
            .0
            .iter()
            .copied()
            .filter(|base| !project.own_members(*base, &name).is_empty())
            .collect();
        open.extend(other);
    }
}

/// Names that look like one that is not there.
fn like(project: &Project<'_>, bare: &str) -> String {
    let wanted = bare.to_lowercase();
    let mut near: BTreeSet<&str> = BTreeSet::new();
    for symbol in project.symbols() {
        if let Some(def) = project.def(symbol) {
            let lower = def.name.to_lowercase();
            if lower == wanted
                || (wanted.len() > 3
                    && (lower.contains(&wanted) || (lower.len() > 3 && wanted.contains(&lower))))
            {
                near.insert(&def.name);
            }
        }
    }
    if near.is_empty() {
        "the name must be spelled as in the code; local variables are not in the map".to_owned()
    } else {
        let names: Vec<String> = near
            .iter()
            .take(NAMED)
            .map(|name| format!("`{name}`"))
            .collect();
        format!("there is {}", bounded::joined(&names, NAMED))
    }
}
