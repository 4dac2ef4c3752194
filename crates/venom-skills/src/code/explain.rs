//! `code.explain-module`: what a part of the code is made of, by its definitions and not by its text:
//! its structure, what it offers, where it begins, who leans on it, what it leans on, its tests.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Value, json};
use venom_kernel::change::RelPath;
use venom_ports::Result;
use venom_ports::cache::Cache;
use venom_ports::skill::{Call, Output, SkillContext};

use super::look::is_test;
use super::map::facts::{Kind, Marks, Role};
use super::map::project::{Meaning, Project, Symbol};
use super::map::{Map, symbol};
use super::unused::is_under;
use crate::bounded::{self, push};
use crate::name;
use crate::params;
use crate::place::{self, Wanted};
use crate::schema::{self, Object};

/// The most of each list in a result.
const LISTED: usize = 200;

/// How many of each are named in the text for people.
const NAMED: usize = 40;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    path: RelPath,
}

/// What was found out about a part of the code.
#[derive(Default)]
struct Module {
    files: Vec<(String, u32, usize)>,
    kinds: BTreeMap<&'static str, usize>,
    offered: Vec<(usize, Symbol)>,
    entries: Vec<Symbol>,
    /// Files outside that name something inside: how often.
    dependents: BTreeMap<String, usize>,
    /// Files of the workspace outside that something inside names.
    leans_on: BTreeMap<String, usize>,
    /// What is imported that is not in the workspace.
    libraries: BTreeMap<String, usize>,
    /// Tests that name something inside.
    tests: BTreeSet<Symbol>,
}

/// Performs the action.
pub(super) async fn call(call: &Call, context: &SkillContext, cache: &dyn Cache) -> Result<Output> {
    let Params { path } = params::read(call)?;
    place::look(context, &path, Wanted::FileOrFolder).await?;
    let map = Map::read(context, cache).await?;
    let project = Project::of(&map);
    let module = look(&project, &path);
    Ok(output(&project, &path, &module, &map))
}

fn look(project: &Project<'_>, path: &RelPath) -> Module {
    let mut module = Module::default();
    let mut uses: BTreeMap<Symbol, usize> = BTreeMap::new();
    for (number, file) in (0u32..).zip(&project.map.files) {
        let is_inside = is_under(&file.path, path);
        if is_inside {
            module
                .files
                .push((file.path.clone(), file.facts.lines, file.facts.defs.len()));
        }
        for one in &file.facts.refs {
            if !is_inside && one.name.is_empty() {
                continue;
            }
            let Meaning::Symbols(symbols) = project.meaning(number, one) else {
                continue;
            };
            let mut is_in = false;
            for symbol in &symbols {
                let Some(target) = project.file(symbol.file) else {
                    continue;
                };
                let hits = is_under(&target.path, path);
                is_in |= hits;
                if hits && (!is_inside || one.role != Role::Import) {
                    *uses.entry(*symbol).or_default() += 1;
                }
                if is_inside && !hits {
                    *module.leans_on.entry(target.path.clone()).or_default() += 1;
                }
            }
            if is_in {
                if !is_inside {
                    *module.dependents.entry(file.path.clone()).or_default() += 1;
                }
                if is_test(project, number, one.within, &file.path)
                    && let Some(within) = one.within
                {
                    let symbol = Symbol {
                        file: number,
                        def: within,
                    };
                    if project
                        .def(symbol)
                        .is_some_and(|def| def.marks.has(Marks::TEST))
                    {
                        module.tests.insert(symbol);
                    }
                }
            }
        }
        if is_inside {
            for import in &file.facts.imports {
                let root = import
                    .from
                    .split(file.speech.joint())
                    .next()
                    .filter(|root| !root.is_empty() && !import.from.starts_with('.'))
                    .unwrap_or_default();
                let is_own = matches!(root, "" | "crate" | "self" | "super")
                    || project.modules.dotted(root).is_some()
                    || project.modules.is_package(root)
                    || project.modules.crate_named(root).is_some()
                    || project.modules.go_package(&import.from).is_some()
                    || !project.named(number, None, root).is_empty();
                if !is_own {
                    let library = if file.speech == super::map::speech::Speech::Go {
                        import.from.as_str()
                    } else {
                        root
                    };
                    *module.libraries.entry(library.to_owned()).or_default() += 1;
                }
            }
            for (def, one) in (0u32..).zip(&file.facts.defs) {
                if one.kind == Kind::Impl || one.marks.has(Marks::TEST) {
                    continue;
                }
                *module.kinds.entry(one.kind.name()).or_default() += 1;
                let symbol = Symbol { file: number, def };
                let is_entry = one.marks.has(Marks::ENTRY)
                    && one.container.is_none()
                    && matches!(one.kind, Kind::Function);
                if is_entry || (one.name == "main" && one.kind == Kind::Function) {
                    module.entries.push(symbol);
                } else if one.marks.has(Marks::PUBLIC)
                    && one.kind != Kind::Field
                    && one.kind != Kind::Variant
                    && !is_test(project, number, Some(def), &file.path)
                {
                    module.offered.push((0, symbol));
                }
            }
        }
    }
    for (count, symbol) in &mut module.offered {
        *count = uses.get(symbol).copied().unwrap_or_default();
    }
    // What is used most is what the module is about.
    module
        .offered
        .sort_by_key(|(count, symbol)| (std::cmp::Reverse(*count), *symbol));
    module
}

fn ranked(counts: &BTreeMap<String, usize>) -> Vec<(&String, usize)> {
    let mut ranked: Vec<(&String, usize)> =
        counts.iter().map(|(name, count)| (name, *count)).collect();
    ranked.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(other.0)));
    ranked
}

fn output(project: &Project<'_>, path: &RelPath, module: &Module, map: &Map) -> Output {
    let lines: u64 = module
        .files
        .iter()
        .map(|(_, lines, _)| u64::from(*lines))
        .sum();
    let kinds: Vec<String> = module
        .kinds
        .iter()
        .map(|(kind, count)| bounded::counted(*count, kind))
        .collect();
    let mut text = format!(
        "# {}\n\n{}, {lines} lines: {}.\n",
        name::shown(&path.to_string()),
        bounded::counted(module.files.len(), "file"),
        kinds.join(", ")
    );
    if module.files.is_empty() {
        text = format!(
            "There is no code in `{}` in a language that is known: Python, JavaScript, TypeScript, Rust and Go.\n",
            name::shown(&path.to_string())
        );
    }
    let mut section = |title: &str, lines: Vec<String>| {
        push(
            &mut text,
            format_args!("\n## {title} ({})\n\n", lines.len()),
        );
        if lines.is_empty() {
            text.push_str("None seen.\n");
        }
        for line in lines.iter().take(NAMED) {
            push(&mut text, format_args!("- {line}\n"));
        }
        if lines.len() > NAMED {
            push(
                &mut text,
                format_args!("- and {} more\n", lines.len() - NAMED),
            );
        }
    };
    let mut files = module.files.clone();
    files.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    section(
        "Structure",
        files
            .iter()
            .map(|(path, lines, defs)| {
                format!(
                    "{}: {lines} lines, {}",
                    name::shown(path),
                    bounded::counted(*defs, "definition")
                )
            })
            .collect(),
    );
    section(
        "Entry points",
        module
            .entries
            .iter()
            .map(|symbol| symbol::shown(project, *symbol))
            .collect(),
    );
    section(
        "What it offers, the most used first",
        module
            .offered
            .iter()
            .map(|(count, symbol)| {
                format!("{}, named {count} times", symbol::shown(project, *symbol))
            })
            .collect(),
    );
    let counted = |counts: &BTreeMap<String, usize>| -> Vec<String> {
        ranked(counts)
            .iter()
            .map(|(path, count)| format!("{} ({count})", name::shown(path)))
            .collect()
    };
    section("Leans on it", counted(&module.dependents));
    section("It leans on", counted(&module.leans_on));
    section("Libraries", counted(&module.libraries));
    section(
        "Tests that name it",
        module
            .tests
            .iter()
            .map(|symbol| symbol::shown(project, *symbol))
            .collect(),
    );
    let places = |counts: &BTreeMap<String, usize>| -> Value {
        ranked(counts)
            .iter()
            .take(LISTED)
            .map(|(name, count)| json!({"name": name, "count": count}))
            .collect()
    };
    let offered: Value = module
        .offered
        .iter()
        .take(LISTED)
        .filter_map(|(count, symbol)| {
            let (def, file) = (project.def(*symbol)?, project.file(symbol.file)?);
            Some(json!({"name": symbol::qualified(project, *symbol), "kind": def.kind.name(), "path": file.path, "line": def.line, "signature": def.signature, "count": count}))
        })
        .collect();
    let names = |symbols: &mut dyn Iterator<Item = &Symbol>| -> Vec<String> {
        symbols
            .take(LISTED)
            .map(|symbol| symbol::qualified(project, *symbol))
            .collect()
    };
    schema::output(json!({
        "path": path.to_string(),
        "files": files.iter().take(LISTED).map(|(path, lines, defs)| json!({"path": path, "lines": lines, "definitions": defs})).collect::<Value>(),
        "files_count": files.len(),
        "lines": lines,
        "offers": offered,
        "offers_count": module.offered.len(),
        "entry_points": names(&mut module.entries.iter()),
        "dependents": places(&module.dependents),
        "dependents_count": module.dependents.len(),
        "leans_on": places(&module.leans_on),
        "libraries": places(&module.libraries),
        "tests": names(&mut module.tests.iter()),
        "tests_count": module.tests.len(),
        "text": bounded::both(&text, &map.missing()),
    }))
}

/// Describes the parameters.
pub(super) fn params() -> Object {
    schema::object().must(
        "path",
        schema::path("The file or folder to explain; `.` means everything."),
    )
}

/// Describes the result.
pub(super) fn result() -> Object {
    let file = schema::object()
        .must("path", schema::path("The file."))
        .must("lines", schema::number("Its lines."))
        .must("definitions", schema::number("Its definitions."))
        .done();
    let offered = schema::object()
        .must(
            "name",
            schema::text("The definition, with its class or module."),
        )
        .must("kind", schema::text("What it is."))
        .must("path", schema::path("The file."))
        .must("line", schema::number("The line."))
        .must("signature", schema::text("The line of its name."))
        .must("count", schema::number("How often it is named."))
        .done();
    let counted = |description: &str| {
        let one = schema::object()
            .must("name", schema::text("The file or the library."))
            .must("count", schema::number("How often."))
            .done();
        schema::list(one, description)
    };
    schema::object()
        .must("path", schema::path("What was explained."))
        .must(
            "files",
            schema::list(file, "The files, the longest first, at most 200."),
        )
        .must("files_count", schema::number("How many files there are."))
        .must("lines", schema::number("How many lines they have."))
        .must(
            "offers",
            schema::list(
                offered,
                "What others can see of it, the most used first, at most 200.",
            ),
        )
        .must("offers_count", schema::number("How many there are."))
        .must(
            "entry_points",
            schema::texts("Functions that the system calls."),
        )
        .must(
            "dependents",
            counted("Files outside that name something inside, at most 200."),
        )
        .must("dependents_count", schema::number("How many there are."))
        .must(
            "leans_on",
            counted("Files outside that something inside names, at most 200."),
        )
        .must(
            "libraries",
            counted("What it imports from outside of the workspace, at most 200."),
        )
        .must(
            "tests",
            schema::texts("Tests that name something inside, at most 200."),
        )
        .must("tests_count", schema::number("How many there are."))
        .text()
}
