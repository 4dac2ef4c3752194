//! `code.find-unused`: definitions that nothing leads to.
//!
//! What is alive is followed from where a program begins: what runs when a module is loaded, entry
//! points, tests, what is offered to others, what a trait or a base demands. Everything that is not
//! reached is named with how sure that is and why; a name that stands in a text, or behind a value of
//! an unknown type, makes it less sure. Fields, variants and local variables are not judged.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde::Deserialize;
use serde_json::{Value, json};
use venom_kernel::change::RelPath;
use venom_kernel::evidence::Evidence;
use venom_ports::Result;
use venom_ports::cache::Cache;
use venom_ports::skill::{Call, Output, SkillContext};

use super::map::facts::{Def, Facts, How, Kind, Marks, Role};
use super::map::project::{Meaning, Project, Symbol};
use super::map::speech::Speech;
use super::map::{Map, symbol};
use crate::bounded::{self, push};
use crate::name;
use crate::params;
use crate::place::{self, Wanted};
use crate::schema::{self, Object};

/// The most in a result; all are counted.
const LISTED: usize = 2_000;

/// How many are named in the text for people.
const NAMED: usize = 200;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    path: Option<RelPath>,
    library: Option<bool>,
}

/// How sure it is that nothing leads to a definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sure {
    /// Nothing of the language lets it be reached.
    Certain,
    /// Only ways that syntax cannot see.
    Likely,
    /// Somebody outside may use it, or it may be looked up by name.
    Possible,
}

impl Sure {
    fn name(self) -> &'static str {
        match self {
            Self::Certain => "certain",
            Self::Likely => "likely",
            Self::Possible => "possible",
        }
    }
}

/// A definition that nothing leads to.
pub(super) struct Unused {
    pub(super) symbol: Symbol,
    pub(super) sure: Sure,
    pub(super) why: &'static str,
}

/// Performs the action.
pub(super) async fn call(call: &Call, context: &SkillContext, cache: &dyn Cache) -> Result<Output> {
    let Params { path, library } = params::read(call)?;
    let under = path.unwrap_or_else(RelPath::root);
    place::look(context, &under, Wanted::FileOrFolder).await?;
    let map = Map::read(context, cache).await?;
    let project = Project::of(&map);
    let is_whole = !map.truncated && map.unread.is_empty();
    let mut found: Vec<Unused> = find(&project, library.unwrap_or(false))
        .into_iter()
        .filter(|one| {
            project
                .file(one.symbol.file)
                .is_some_and(|file| is_under(&file.path, &under))
        })
        .collect();
    if !is_whole {
        for one in &mut found {
            one.sure = Sure::Possible;
            one.why = "not all of the code could be looked at";
        }
    }
    Ok(output(&project, &found, &map))
}

pub(super) fn is_under(path: &str, under: &RelPath) -> bool {
    under.is_root() || path == under.as_str() || path.starts_with(&format!("{under}/"))
}

/// Names that are seen where it cannot be told what they mean.
#[derive(Default)]
struct Hints<'m> {
    /// Behind a value of an unknown type.
    members: HashSet<(Speech, &'m str)>,
    /// Alone in a text.
    words: HashSet<(Speech, &'m str)>,
    /// Bare names that could not be followed.
    bare: HashSet<(Speech, &'m str)>,
}

/// Finds what nothing leads to.
pub(super) fn find(project: &Project<'_>, is_library: bool) -> Vec<Unused> {
    let mut hints = Hints::default();
    let mut leads: BTreeMap<Symbol, BTreeSet<Symbol>> = BTreeMap::new();
    let mut alive: BTreeSet<Symbol> = BTreeSet::new();
    let mut named: BTreeSet<Symbol> = BTreeSet::new();
    for (number, file) in (0u32..).zip(&project.map.files) {
        for word in &file.facts.words {
            hints.words.insert((file.speech, word));
        }
        for one in &file.facts.refs {
            match project.meaning(number, one) {
                Meaning::Symbols(symbols) => {
                    // That it is imported does not mean that it is used; whoever uses it says so.
                    let is_import = one.role == Role::Import
                        && matches!(one.how, How::Asked(_))
                        && !offers(project, number, &one.how);
                    // What gives a module's variable its value runs when the module is loaded, whether the
                    // variable is used or not.
                    let from = judged(project, number, one.within)
                        .filter(|from| one.role != Role::Call || !runs_at_load(project, *from));
                    for symbol in symbols {
                        named.insert(symbol);
                        if is_import {
                            continue;
                        }
                        match from {
                            Some(from) if from == symbol => {}
                            Some(from) => {
                                leads.entry(from).or_default().insert(symbol);
                            }
                            None => {
                                alive.insert(symbol);
                            }
                        }
                    }
                }
                Meaning::Unknown => {
                    let is_behind = matches!(one.how, How::Member | How::Path(_) | How::OfSelf(_));
                    let set = if is_behind {
                        &mut hints.members
                    } else {
                        &mut hints.bare
                    };
                    set.insert((file.speech, &one.name));
                }
                Meaning::Outside | Meaning::Module => {}
            }
        }
    }
    for symbol in project.symbols() {
        if let Some(def) = project.def(symbol)
            && (!is_judged(def.kind) || is_root(project, symbol, def, is_library))
        {
            alive.insert(symbol);
        }
        // A member whose name is seen behind an unknown value may be meant there.
        if let (Some(def), Some(file)) = (project.def(symbol), project.file(symbol.file))
            && hints.members.contains(&(file.speech, def.name.as_str()))
            && (is_member(project, symbol, def) || file.speech == Speech::Python)
        {
            alive.insert(symbol);
        }
        if let (Some(def), Some(file)) = (project.def(symbol), project.file(symbol.file))
            && hints.bare.contains(&(file.speech, def.name.as_str()))
        {
            alive.insert(symbol);
        }
    }
    let mut open: Vec<Symbol> = alive.iter().copied().collect();
    while let Some(one) = open.pop() {
        for next in leads.get(&one).into_iter().flatten() {
            if alive.insert(*next) {
                open.push(*next);
            }
        }
        // What overrides a member that is used is used, and so is the same name twice.
        if project.def(one).is_some_and(|def| is_judged(def.kind)) {
            for member in symbol::family(project, one).all {
                if alive.insert(member) {
                    open.push(member);
                }
            }
        }
    }
    let mut found = Vec::new();
    for symbol in project.symbols() {
        let (Some(def), Some(file)) = (project.def(symbol), project.file(symbol.file)) else {
            continue;
        };
        if alive.contains(&symbol) || !is_judged(def.kind) {
            continue;
        }
        // What stands in something unused goes with it.
        if project.owner(symbol).is_some_and(|owner| {
            !alive.contains(&owner) && project.def(owner).is_some_and(|o| is_judged(o.kind))
        }) {
            continue;
        }
        let is_named = named.contains(&symbol);
        let (sure, why) = if hints.words.contains(&(file.speech, def.name.as_str())) {
            (
                Sure::Possible,
                "its name stands in a text, by which it may be looked up",
            )
        } else if def.marks.has(Marks::DECORATED) {
            (
                Sure::Possible,
                "it is handed to a decorator or an attribute",
            )
        } else if is_sometimes(&file.facts, def) {
            (Sure::Possible, "it is a part of only some builds")
        } else if is_named {
            (Sure::Likely, "only unused code or an import names it")
        } else if is_private(file.speech, def) {
            (Sure::Certain, "nothing names it, and nobody outside may")
        } else {
            (Sure::Likely, "nothing in the workspace names it")
        };
        found.push(Unused { symbol, sure, why });
    }
    found.sort_by_key(|one| (one.sure, one.symbol));
    found
}

fn is_judged(kind: Kind) -> bool {
    match kind {
        Kind::Function
        | Kind::Method
        | Kind::Class
        | Kind::Trait
        | Kind::Enum
        | Kind::Alias
        | Kind::Value
        | Kind::Macro => true,
        Kind::Variant | Kind::Field | Kind::Module | Kind::Impl => false,
    }
}

fn is_member(project: &Project<'_>, symbol: Symbol, def: &Def) -> bool {
    matches!(def.kind, Kind::Method | Kind::Field)
        || project
            .owner(symbol)
            .and_then(|owner| project.def(owner))
            .is_some_and(|owner| owner.kind != Kind::Module)
}

fn is_private(speech: Speech, def: &Def) -> bool {
    match speech {
        Speech::Python => def.name.starts_with('_'),
        Speech::Script => !def.marks.has(Marks::EXPORTED) && def.container.is_none(),
        Speech::Rust | Speech::Go => !def.marks.has(Marks::PUBLIC),
    }
}

/// Tells whether an import offers what it takes to others.
fn offers(project: &Project<'_>, file: u32, how: &How) -> bool {
    let Some(file) = project.file(file) else {
        return false;
    };
    match how {
        How::Asked(number) => file
            .facts
            .import(*number)
            .is_some_and(|import| match file.speech {
                // A package offers what its first file imports.
                Speech::Python => file.path.ends_with("__init__.py"),
                Speech::Script | Speech::Rust | Speech::Go => import.is_public,
            }),
        _ => false,
    }
}

/// Tells whether a definition is a variable whose value is computed when its module is loaded.
fn runs_at_load(project: &Project<'_>, symbol: Symbol) -> bool {
    let is_value = project
        .def(symbol)
        .is_some_and(|def| def.kind == Kind::Value);
    let speech = project.file(symbol.file).map(|file| file.speech);
    is_value && matches!(speech, Some(Speech::Python | Speech::Script | Speech::Go))
}

/// The nearest definition around a reference that is judged itself.
fn judged(project: &Project<'_>, file: u32, within: Option<u32>) -> Option<Symbol> {
    let mut at = within;
    for _ in 0..64 {
        let def = at?;
        let symbol = Symbol { file, def };
        let one = project.def(symbol)?;
        if one.kind == Kind::Impl {
            // A block lives as long as its type.
            return project.owner(symbol);
        }
        if is_judged(one.kind) {
            return Some(symbol);
        }
        at = one.container;
    }
    None
}

/// Tells whether something begins here.
fn is_root(project: &Project<'_>, symbol: Symbol, def: &Def, is_library: bool) -> bool {
    let Some(file) = project.file(symbol.file) else {
        return true;
    };
    let marks = def.marks;
    if marks.has(Marks::ENTRY)
        || marks.has(Marks::TEST)
        || marks.has(Marks::DEMANDED)
        || marks.has(Marks::KEPT)
    {
        return true;
    }
    let is_offered = match file.speech {
        Speech::Rust => {
            marks.has(Marks::EXPORTED)
                || (marks.has(Marks::PUBLIC) && !is_of_program(project, symbol.file))
        }
        Speech::Python => marks.has(Marks::EXPORTED) || (is_library && !def.name.starts_with('_')),
        Speech::Script => marks.has(Marks::EXPORTED) && is_library,
        Speech::Go => marks.has(Marks::PUBLIC) && is_library,
    };
    if is_offered {
        return true;
    }
    if file.speech == Speech::Rust && !project.modules.is_reached(symbol.file) {
        return true;
    }
    // Members of traits and interfaces are demanded, and so is what a class of others may call.
    let owner = project.owner(symbol);
    if let Some(owner) = owner {
        let Some(above) = project.def(owner) else {
            return true;
        };
        if matches!(above.kind, Kind::Trait | Kind::Enum) && file.speech != Speech::Rust {
            return true;
        }
        if above.kind == Kind::Trait || marks.has(Marks::TEST) || above.marks.has(Marks::TEST) {
            return true;
        }
        if matches!(file.speech, Speech::Python | Speech::Script)
            && !has_known_bases(project, owner)
        {
            return true;
        }
    }
    if file.speech == Speech::Python && def.kind == Kind::Class && is_test_case(project, symbol) {
        return true;
    }
    // A file of tests is run as a whole, and helpers of tests are fixtures by name.
    let name = file.path.rsplit('/').next().unwrap_or_default();
    matches!(name, "conftest.py" | "setup.py" | "noxfile.py")
        || in_test_module(project, symbol, def)
}

/// Tells whether a file belongs to a program in Rust, which nobody else can use a part of. Tests, examples and
/// what they share are left out: several programs may have a file of theirs.
fn is_of_program(project: &Project<'_>, file: u32) -> bool {
    let root = project.modules.root(file).file;
    let Some(path) = project.file(root).map(|root| root.path.as_str()) else {
        return false;
    };
    let is_aside = |part: &str| matches!(part, "tests" | "examples" | "benches" | "lib.rs");
    !project.modules.is_library(root) && !path.split('/').any(is_aside)
}

/// Tells whether a definition, or what it stands in, is a part of only some builds.
fn is_sometimes(facts: &Facts, def: &Def) -> bool {
    let mut at = Some(def);
    for _ in 0..64 {
        let Some(one) = at else { return false };
        if one.marks.has(Marks::SOMETIMES) {
            return true;
        }
        at = one.container.and_then(|above| facts.def(above));
    }
    false
}

fn in_test_module(project: &Project<'_>, symbol: Symbol, def: &Def) -> bool {
    let Some(file) = project.file(symbol.file) else {
        return false;
    };
    let mut above = def.container;
    for _ in 0..64 {
        let Some(outer) = above.and_then(|above| file.facts.def(above)) else {
            return false;
        };
        if outer.kind == Kind::Module && outer.marks.has(Marks::TEST) {
            return true;
        }
        above = outer.container;
    }
    false
}

/// Tells whether a class is one of tests by what it is made from: `unittest` and those who build on it find
/// such classes by themselves, whatever they are called.
fn is_test_case(project: &Project<'_>, class: Symbol) -> bool {
    let mut open = vec![class];
    let mut seen = BTreeSet::new();
    while let Some(one) = open.pop() {
        if !seen.insert(one) {
            continue;
        }
        let bases = project.def(one).map_or(&[][..], |def| &def.bases);
        if bases.iter().any(|base| base.ends_with("TestCase")) {
            return true;
        }
        open.extend(project.bases(one).0);
    }
    false
}

fn has_known_bases(project: &Project<'_>, class: Symbol) -> bool {
    let mut open = vec![class];
    let mut seen = BTreeSet::new();
    while let Some(one) = open.pop() {
        if !seen.insert(one) {
            continue;
        }
        let (bases, is_known) = project.bases(one);
        if !is_known {
            return false;
        }
        open.extend(bases);
    }
    true
}

fn output(project: &Project<'_>, found: &[Unused], map: &Map) -> Output {
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for one in found {
        *counts.entry(one.sure.name().to_owned()).or_default() += 1;
    }
    let mut text = if found.is_empty() {
        format!(
            "Nothing unused was found in {}.\n",
            bounded::counted(map.files.len(), "file")
        )
    } else {
        let sums: Vec<String> = counts
            .iter()
            .map(|(sure, count)| format!("{count} {sure}"))
            .collect();
        format!(
            "Nothing leads to {}: {}.\n",
            bounded::counted(found.len(), "definition"),
            sums.join(", ")
        )
    };
    for group in found.chunk_by(|one, other| one.sure == other.sure) {
        let Some(first) = group.first() else { continue };
        push(
            &mut text,
            format_args!("\n## {} ({})\n\n", first.sure.name(), group.len()),
        );
        for one in group.iter().take(NAMED) {
            push(
                &mut text,
                format_args!("- {}: {}\n", symbol::shown(project, one.symbol), one.why),
            );
        }
        if group.len() > NAMED {
            push(
                &mut text,
                format_args!("- and {} more\n", group.len() - NAMED),
            );
        }
    }
    let list: Value = found
        .iter()
        .take(LISTED)
        .filter_map(|one| {
            let def = project.def(one.symbol)?;
            let file = project.file(one.symbol.file)?;
            Some(json!({
                "name": symbol::qualified(project, one.symbol),
                "kind": def.kind.name(),
                "path": file.path,
                "line": def.line,
                "confidence": one.sure.name(),
                "why": one.why,
            }))
        })
        .collect();
    Output {
        result: json!({
            "unused": list,
            "count": found.len(),
            "certain": counts.get("certain").copied().unwrap_or_default(),
            "files_scanned": map.files.len(),
            "text": bounded::both(&text, &map.missing()),
        }),
        evidence: vec![Evidence::Findings(
            counts
                .into_iter()
                .map(|(sure, count)| (format!("unused-{sure}"), count))
                .collect(),
        )],
    }
}

/// Describes the parameters.
pub(super) fn params() -> Object {
    schema::object()
        .may(
            "path",
            schema::path("The file or folder; everything if not given."),
        )
        .may(
            "library",
            schema::flag("Whether others use the code, so that what they can see counts as used."),
        )
}

/// Describes the result.
pub(super) fn result() -> Object {
    let unused = schema::object()
        .must(
            "name",
            schema::text("The definition, with its class or module."),
        )
        .must("kind", schema::text("What it is."))
        .must("path", schema::path("The file."))
        .must("line", schema::number("The line, from 1."))
        .must(
            "confidence",
            schema::choice(
                &["certain", "likely", "possible"],
                "How sure it is that nothing leads to it.",
            ),
        )
        .must("why", schema::text("Why it is that sure."))
        .done();
    schema::object()
        .must(
            "unused",
            schema::list(
                unused,
                "What nothing leads to, the surest first, at most 2,000.",
            ),
        )
        .must("count", schema::number("How many there are."))
        .must("certain", schema::number("How many of them are certain."))
        .must(
            "files_scanned",
            schema::number("How many files were looked at."),
        )
        .text()
}

/// Names a file in messages.
pub(super) fn place_of(project: &Project<'_>, symbol: Symbol) -> String {
    match (project.file(symbol.file), project.def(symbol)) {
        (Some(file), Some(def)) => format!("{}:{}", name::shown(&file.path), def.line),
        _ => String::new(),
    }
}
