//! `code.map`: what the map knows of a symbol or a part of the workspace.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};
use venom_kernel::change::RelPath;
use venom_ports::Result;
use venom_ports::cache::Cache;
use venom_ports::skill::{Call, Output, SkillContext};

use super::map::Map;
use super::map::facts::{Kind, Marks};
use super::map::project::{Meaning, Project, Symbol};
use super::map::symbol::{self, Family};
use super::unused::{is_under, place_of};
use crate::bounded::{self, push};
use crate::name;
use crate::params;
use crate::place::{self, Wanted};
use crate::schema::{self, Object};

/// The most of each list in a result; all are counted.
const LISTED: usize = 1_000;

/// How many are named in the text for people.
const NAMED: usize = 100;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    symbol: Option<String>,
    path: Option<RelPath>,
}

/// A place that names a symbol.
pub(super) struct Named {
    pub(super) path: String,
    pub(super) line: u32,
    pub(super) role: &'static str,
    /// Whether it certainly means the symbol.
    pub(super) is_certain: bool,
    /// Whether a test stands around it.
    pub(super) in_test: bool,
    /// The definition around it.
    pub(super) within: Option<Symbol>,
}

/// Performs the action.
pub(super) async fn call(call: &Call, context: &SkillContext, cache: &dyn Cache) -> Result<Output> {
    let Params { symbol, path } = params::read(call)?;
    let under = path.unwrap_or_else(RelPath::root);
    place::look(context, &under, Wanted::FileOrFolder).await?;
    let map = Map::read(context, cache).await?;
    let project = Project::of(&map);
    match symbol {
        Some(wanted) => {
            let wanted = if under.is_root() || wanted.contains('/') {
                wanted
            } else {
                format!("{under}:{wanted}")
            };
            let families = symbol::all(&project, &wanted)?;
            if families.is_empty() {
                symbol::find(&project, &wanted)?;
            }
            Ok(of_symbols(&project, &families, &map))
        }
        None => Ok(of_path(&project, &under, &map)),
    }
}

/// Finds the places that name a symbol.
pub(super) fn places(project: &Project<'_>, family: &Family) -> Vec<Named> {
    let mut places = Vec::new();
    let (Some(first), Some(home)) = (project.def(family.first), project.file(family.first.file))
    else {
        return places;
    };
    let is_member = matches!(first.kind, Kind::Method | Kind::Field);
    for (number, file) in (0u32..).zip(&project.map.files) {
        if file.speech != home.speech {
            continue;
        }
        for one in &file.facts.refs {
            let is_named = *one.name == *first.name;
            // By another name it may have been imported.
            let is_alias = !is_named
                && matches!(&one.how, super::map::facts::How::Import(import)
                    if file.facts.import(*import).is_some_and(|import| import.name == first.name));
            if !is_named && !is_alias {
                continue;
            }
            let is_certain = match project.meaning(number, one) {
                Meaning::Symbols(symbols) => {
                    if !symbols.iter().any(|symbol| family.all.contains(symbol)) {
                        continue;
                    }
                    true
                }
                Meaning::Unknown if is_member => false,
                Meaning::Unknown | Meaning::Module | Meaning::Outside => continue,
            };
            let within = one.within.map(|def| Symbol { file: number, def });
            places.push(Named {
                path: file.path.clone(),
                line: one.line,
                role: one.role.name(),
                is_certain,
                in_test: is_test(project, number, one.within, &file.path),
                within,
            });
        }
    }
    places
}

/// Tells whether something stands in a test.
pub(super) fn is_test(project: &Project<'_>, file: u32, within: Option<u32>, path: &str) -> bool {
    let mut at = within;
    for _ in 0..64 {
        let Some(def) = at.and_then(|def| project.def(Symbol { file, def })) else {
            break;
        };
        if def.marks.has(Marks::TEST) {
            return true;
        }
        at = def.container;
    }
    let is_part = |part: &str| matches!(part, "test" | "tests" | "__tests__" | "testing");
    let name = path.rsplit('/').next().unwrap_or_default();
    path.split('/').any(is_part)
        || name.starts_with("test_")
        || name.contains("_test.")
        || name.contains(".test.")
        || name.contains(".spec.")
}

fn of_symbols(project: &Project<'_>, families: &[Family], map: &Map) -> Output {
    let mut text = String::new();
    let mut symbols = Vec::new();
    for family in families.iter().take(LISTED) {
        let places = places(project, family);
        let certain = places.iter().filter(|place| place.is_certain).count();
        let tests: std::collections::BTreeSet<String> = places
            .iter()
            .filter(|place| place.in_test)
            .filter_map(|place| place.within)
            .map(|within| symbol::qualified(project, within))
            .collect();
        push(
            &mut text,
            format_args!("\n## {}\n\n", symbol::shown(project, family.first)),
        );
        for one in &family.all {
            if let Some(def) = project.def(*one) {
                push(
                    &mut text,
                    format_args!(
                        "- defined at {}: `{}`\n",
                        place_of(project, *one),
                        def.signature
                    ),
                );
            }
        }
        push(
            &mut text,
            format_args!(
                "- {}, {} behind values of unknown types, {}\n",
                bounded::counted(certain, "reference"),
                places.len() - certain,
                bounded::counted(tests.len(), "test")
            ),
        );
        for place in places.iter().take(NAMED) {
            let may = if place.is_certain { "" } else { ", maybe" };
            push(
                &mut text,
                format_args!(
                    "- {}:{} ({}{may})\n",
                    name::shown(&place.path),
                    place.line,
                    place.role
                ),
            );
        }
        if places.len() > NAMED {
            push(
                &mut text,
                format_args!("- and {} more\n", places.len() - NAMED),
            );
        }
        let definitions: Value = family
            .all
            .iter()
            .filter_map(|one| definition(project, *one))
            .collect();
        let references: Value = places
            .iter()
            .take(LISTED)
            .map(|place| json!({"path": place.path, "line": place.line, "role": place.role, "certain": place.is_certain}))
            .collect();
        symbols.push(json!({
            "name": symbol::qualified(project, family.first),
            "definitions": definitions,
            "references": references,
            "references_count": places.len(),
            "tests": tests.iter().take(LISTED).collect::<Vec<_>>(),
        }));
    }
    result_of(&symbols, 0, &text, map)
}

fn definition(project: &Project<'_>, symbol: Symbol) -> Option<Value> {
    let def = project.def(symbol)?;
    let file = project.file(symbol.file)?;
    Some(json!({
        "kind": def.kind.name(),
        "path": file.path,
        "line": def.line,
        "signature": def.signature,
        "public": def.marks.has(Marks::PUBLIC),
    }))
}

fn of_path(project: &Project<'_>, under: &RelPath, map: &Map) -> Output {
    let mut text = String::new();
    let mut symbols = Vec::new();
    let mut count = 0usize;
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for (number, file) in (0u32..).zip(&map.files) {
        if !is_under(&file.path, under) {
            continue;
        }
        let mut is_headed = false;
        for (def, one) in (0u32..).zip(&file.facts.defs) {
            if one.kind == Kind::Impl {
                continue;
            }
            count += 1;
            *kinds.entry(one.kind.name()).or_default() += 1;
            let symbol = Symbol { file: number, def };
            if symbols.len() < LISTED {
                symbols.push(json!({
                    "name": symbol::qualified(project, symbol),
                    "definitions": definition(project, symbol).into_iter().collect::<Value>(),
                    "references": [],
                    "references_count": 0,
                    "tests": [],
                }));
            }
            if one.kind != Kind::Field && one.kind != Kind::Variant {
                if !is_headed {
                    push(
                        &mut text,
                        format_args!("\n## {}\n\n", name::shown(&file.path)),
                    );
                    is_headed = true;
                }
                push(
                    &mut text,
                    format_args!("- {} {} `{}`\n", one.line, one.kind.name(), one.signature),
                );
            }
        }
    }
    let kinds: Vec<String> = kinds
        .iter()
        .map(|(kind, count)| bounded::counted(*count, kind))
        .collect();
    let head = format!(
        "{} in {}: {}.\n",
        bounded::counted(count, "definition"),
        name::shown(&under.to_string()),
        kinds.join(", ")
    );
    result_of(&symbols, count, &format!("{head}{text}"), map)
}

fn result_of(symbols: &[Value], count: usize, text: &str, map: &Map) -> Output {
    let count = if count == 0 { symbols.len() } else { count };
    schema::output(json!({
        "symbols": symbols,
        "count": count,
        "files_scanned": map.files.len(),
        "text": bounded::both(text.trim_start(), &map.missing()),
    }))
}

/// Describes the parameters.
pub(super) fn params() -> Object {
    schema::object()
        .may("symbol", schema::text("The symbol whose definitions, references and tests are wanted; all definitions if not given."))
        .may("path", schema::path("The file or folder that holds the definitions; everything if not given."))
}

/// Describes the result.
pub(super) fn result() -> Object {
    let definition = schema::object()
        .must("kind", schema::text("What it is."))
        .must("path", schema::path("The file."))
        .must("line", schema::number("The line, from 1."))
        .must("signature", schema::text("The line of its name."))
        .must("public", schema::flag("Whether it is meant for others."))
        .done();
    let reference = schema::object()
        .must("path", schema::path("The file."))
        .must("line", schema::number("The line, from 1."))
        .must("role", schema::text("What the name does there."))
        .must(
            "certain",
            schema::flag("Whether it certainly means the symbol."),
        )
        .done();
    let symbol = schema::object()
        .must(
            "name",
            schema::text("The symbol, with its class or module."),
        )
        .must(
            "definitions",
            schema::list(definition, "Where it is defined."),
        )
        .must(
            "references",
            schema::list(reference, "Who names it, at most 1,000."),
        )
        .must("references_count", schema::number("How many there are."))
        .must("tests", schema::texts("Tests that name it."))
        .done();
    schema::object()
        .must(
            "symbols",
            schema::list(symbol, "The symbols, at most 1,000."),
        )
        .must("count", schema::number("How many there are."))
        .must(
            "files_scanned",
            schema::number("How many files are in the map."),
        )
        .text()
}
