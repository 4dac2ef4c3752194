//! `code.rename`: another name for a symbol, everywhere it is meant and nowhere else.
//!
//! A place is changed when scopes and imports prove that it means the symbol. A member behind a value
//! of an unknown type is changed when nothing else in the workspace and nothing of the language has a
//! member of that name, and told of as likely. Every other place with the name is listed as undecided,
//! and unless the caller has said what to do with those, nothing at all is changed.

mod clash;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Value, json};
use venom_kernel::change::RelPath;
use venom_ports::Result;
use venom_ports::cache::Cache;
use venom_ports::skill::{Call, Output, SkillContext};

use super::MAX_TEXT_BYTES;
use super::map::Map;
use super::map::facts::{How, Kind, Marks, Role};
use super::map::project::{Meaning, Project, Symbol};
use super::map::speech::{self, Speech};
use super::map::symbol::{self, Family};
use crate::bounded::{self, push};
use crate::name;
use crate::params::{self, refused};
use crate::schema::{self, Object};

/// The most places of each list in a result; all are counted.
const LISTED: usize = 500;

/// How many are named in the text for people.
const NAMED: usize = 30;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Undecided {
    /// Refuse and list them.
    #[default]
    Ask,
    /// Leave them as they are.
    Leave,
    /// Rename them as well.
    Rename,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    from: String,
    to: String,
    path: Option<RelPath>,
    undecided: Option<Undecided>,
    texts: Option<bool>,
}

/// A place in a text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Spot {
    path: String,
    at: u32,
    line: u32,
    /// A word for why it is listed.
    why: &'static str,
    /// Whether the name stands for a field and a variable at once, and which of them is meant.
    short: Short,
    is_bare: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Short {
    No,
    /// `{ name }` becomes `{ new: name }`.
    Field,
    /// `{ name }` becomes `{ name: new }`.
    Variable,
}

#[derive(Default)]
struct Spots {
    certain: BTreeSet<Spot>,
    likely: BTreeSet<Spot>,
    undecided: BTreeSet<Spot>,
}

/// Performs the action.
pub(super) async fn call(call: &Call, context: &SkillContext, cache: &dyn Cache) -> Result<Output> {
    let Params {
        from,
        to,
        path,
        undecided,
        texts,
    } = params::read(call)?;
    // Who says what it is renamed to as a call of it means the name.
    let to = to.trim().trim_end_matches("()").to_owned();
    let undecided = undecided.unwrap_or_default();
    let map = Map::read(context, cache).await?;
    if map.truncated {
        return Err(refused(
            "there is more code than a map can hold, so that not every place could be found",
        )
        .with_hint("begin in a folder that holds less"));
    }
    let project = Project::of(&map);
    let wanted = match &path {
        Some(path) if !path.is_root() && !from.contains('/') => format!("{path}:{from}"),
        _ => from.clone(),
    };
    let family = symbol::find(&project, &wanted)?;
    let old = allowed(&project, &family, &to)?;
    let mut spots = spots(&project, &family, &old);
    clash::check(context, &project, &family, &to, &spots).await?;
    match undecided {
        Undecided::Ask if !spots.undecided.is_empty() => {
            let shown: Vec<String> = spots.undecided.iter().take(NAMED).map(line).collect();
            return Err(refused(format!(
                "{} with the name `{old}` may or may not mean {}, so nothing was renamed:\n{}",
                bounded::counted(spots.undecided.len(), "place"),
                symbol::shown(&project, family.first),
                bounded::joined(&shown, NAMED).replace(", ", "\n")
            ))
            .with_hint(format!(
                "say `rename {from} to {to} and leave the undecided places` or `… and rename the undecided places`"
            )));
        }
        Undecided::Rename => {
            let all = std::mem::take(&mut spots.undecided);
            spots.likely.extend(all);
        }
        Undecided::Ask | Undecided::Leave => {}
    }
    let done = change(
        context,
        &project,
        &spots,
        &old,
        &to,
        texts.unwrap_or_default(),
    )
    .await?;
    Ok(output(&project, &family, &spots, &done, &to, &map))
}

/// Checks the new name and whether the old one may go; returns the old one.
fn allowed(project: &Project<'_>, family: &Family, to: &str) -> Result<String> {
    let (Some(def), Some(file)) = (project.def(family.first), project.file(family.first.file))
    else {
        return Err(params::missing("the symbol is gone"));
    };
    let shown = symbol::shown(project, family.first);
    if !super::map::scope::is_name(to) {
        return Err(
            refused(format!("`{}` is no name", bounded::line(to, 80))).with_hint(
                "a name is made of letters, digits and `_`, and does not begin with a digit",
            ),
        );
    }
    if words::is_keyword(file.speech, to) {
        return Err(
            refused(format!("`{to}` is a word of {} itself", file.speech.name()))
                .with_hint("choose a name that the language does not use"),
        );
    }
    if def.name == to {
        return Err(refused(format!("{shown} already has this name")));
    }
    if def.kind == Kind::Module {
        return Err(refused(format!(
            "{shown} is a module, and its file would have to move"
        ))
        .with_hint("move the file and rename what it defines; modules are not renamed here"));
    }
    for one in &family.all {
        let Some(def) = project.def(*one) else {
            continue;
        };
        let is_called_from_outside = def.marks.has(Marks::ENTRY)
            || (def.marks.has(Marks::DEMANDED) && project.demanded_by(*one).is_none());
        if is_called_from_outside {
            return Err(refused(format!(
                "{} is called by the language, the system or another library by this name",
                symbol::shown(project, *one)
            ))
            .with_hint("only what the workspace itself decides about can be renamed"));
        }
    }
    if file.speech == Speech::Go {
        let was = def.name.chars().next().is_some_and(char::is_uppercase);
        let becomes = to.chars().next().is_some_and(char::is_uppercase);
        if was && !becomes {
            return Err(refused(format!(
                "{shown} could no longer be seen outside of its package"
            ))
            .with_hint("begin the new name with a capital letter"));
        }
    }
    Ok(def.name.clone())
}

/// Tells whether something else of the workspace has a member of this name.
fn is_only(project: &Project<'_>, family: &Family, speech: Speech, old: &str) -> bool {
    if words::is_of_language(speech, old) {
        return false;
    }
    let is_another = |symbol: Symbol| {
        if family.all.contains(&symbol)
            || project
                .file(symbol.file)
                .is_none_or(|file| file.speech != speech)
        {
            return false;
        }
        let Some(def) = project.def(symbol).filter(|def| def.name == old) else {
            return false;
        };
        let is_member = match def.kind {
            Kind::Method | Kind::Field => true,
            Kind::Class | Kind::Alias | Kind::Value | Kind::Function | Kind::Variant => {
                def.container.is_some()
            }
            Kind::Trait | Kind::Enum | Kind::Module | Kind::Macro | Kind::Impl => false,
        };
        // A name of a module is read behind a dot as well, and what it is bound to is known then.
        is_member
    };
    !project.symbols().any(is_another)
}

/// Finds the places that mean the symbol, and those that may.
fn spots(project: &Project<'_>, family: &Family, old: &str) -> Spots {
    let mut spots = Spots::default();
    let (Some(first), Some(home)) = (project.def(family.first), project.file(family.first.file))
    else {
        return spots;
    };
    let is_member = project
        .owner(family.first)
        .and_then(|owner| project.def(owner))
        .is_some_and(|owner| owner.kind != Kind::Module)
        || matches!(first.kind, Kind::Method | Kind::Field);
    let is_field = first.kind == Kind::Field;
    let is_only = is_member && family.bound.is_none() && is_only(project, family, home.speech, old);
    for symbol in &family.all {
        if let (Some(def), Some(file)) = (project.def(*symbol), project.file(symbol.file)) {
            spots.certain.insert(Spot {
                path: file.path.clone(),
                at: def.at,
                line: def.line,
                why: "definition",
                short: Short::No,
                is_bare: false,
            });
        }
    }
    for (number, file) in (0u32..).zip(&project.map.files) {
        if file.speech != home.speech {
            continue;
        }
        for one in &file.facts.refs {
            if &*one.name != old {
                continue;
            }
            let is_bare = matches!(
                one.how,
                How::Here(_) | How::Import(_) | How::Asked(_) | How::Free
            );
            let mut spot = Spot {
                path: file.path.clone(),
                at: one.at,
                line: one.line,
                why: one.role.name(),
                short: match (one.role, is_member) {
                    (Role::Shorthand, true) => Short::Field,
                    (Role::Shorthand, false) => Short::Variable,
                    _ => Short::No,
                },
                is_bare,
            };
            // A shorthand is two names: a member's and a variable's.
            if one.role == Role::Shorthand && is_member {
                spot.is_bare = false;
                if is_only {
                    spots.likely.insert(spot);
                } else {
                    spots.undecided.insert(spot);
                }
                continue;
            }
            match project.meaning(number, one) {
                Meaning::Symbols(symbols) => {
                    let ours = symbols
                        .iter()
                        .filter(|symbol| family.all.contains(symbol))
                        .count();
                    if ours == symbols.len() {
                        spots.certain.insert(spot);
                    } else if ours > 0 {
                        spots.undecided.insert(spot);
                    }
                }
                Meaning::Unknown if is_member && !is_bare => {
                    // An argument or a key with the name is a member's only where members are set so.
                    if one.role == Role::Keyword && !is_field {
                        continue;
                    }
                    if is_only && one.role != Role::Keyword {
                        spots.likely.insert(spot);
                    } else {
                        spots.undecided.insert(spot);
                    }
                }
                Meaning::Unknown if !is_member && one.how != How::Member => {
                    spots.undecided.insert(spot);
                }
                Meaning::Unknown | Meaning::Outside | Meaning::Module => {}
            }
        }
    }
    spots
}

/// What was changed.
struct Done {
    files: BTreeMap<String, usize>,
    /// Places in comments and texts: changed, or only counted.
    mentions: usize,
    are_changed: bool,
}

async fn change(
    context: &SkillContext,
    project: &Project<'_>,
    spots: &Spots,
    old: &str,
    to: &str,
    texts: bool,
) -> Result<Done> {
    let mut by_file: BTreeMap<&str, BTreeMap<u32, &Spot>> = BTreeMap::new();
    for spot in spots.certain.iter().chain(&spots.likely) {
        by_file.entry(&spot.path).or_default().insert(spot.at, spot);
    }
    let undecided: BTreeSet<(&str, u32)> = spots
        .undecided
        .iter()
        .map(|spot| (spot.path.as_str(), spot.at))
        .collect();
    let mut done = Done {
        files: BTreeMap::new(),
        mentions: 0,
        are_changed: texts,
    };
    let speech = spots
        .certain
        .first()
        .and_then(|spot| Speech::of(&spot.path));
    let mut staged: Vec<(RelPath, String)> = Vec::new();
    for file in &project.map.files {
        let wanted = by_file.get(file.path.as_str());
        if wanted.is_none() && Some(file.speech) != speech {
            continue;
        }
        let path = RelPath::new(&file.path)
            .map_err(|error| params::missing(format!("a path of the map is no path: {error}")))?;
        let bytes = context
            .files
            .read(&path, MAX_TEXT_BYTES as u64 + 3)
            .await?
            .bytes;
        let Ok(text) = String::from_utf8(bytes) else {
            continue;
        };
        let mut edits: BTreeMap<usize, String> = BTreeMap::new();
        for (at, spot) in wanted.into_iter().flatten() {
            let at = usize::try_from(*at).unwrap_or(usize::MAX);
            // What is there was read a moment ago; whoever changed it meanwhile wins.
            let at = if text.get(at..).is_some_and(|rest| rest.starts_with("r#")) {
                at + 2
            } else {
                at
            };
            let stands = text.get(at..).is_some_and(|rest| rest.starts_with(old));
            if !stands {
                return Err(params::refused(format!(
                    "{} does not have `{old}` on line {} any more",
                    name::shown(&file.path),
                    spot.line
                ))
                .with_hint("say it again"));
            }
            let with = match spot.short {
                Short::No => to.to_owned(),
                Short::Field => format!("{to}: {old}"),
                Short::Variable => format!("{old}: {to}"),
            };
            edits.insert(at, with);
        }
        let known: BTreeSet<usize> = file
            .facts
            .refs
            .iter()
            .map(|one| one.at)
            .chain(file.facts.defs.iter().map(|def| def.at))
            .filter_map(|at| usize::try_from(at).ok())
            .collect();
        for at in clash::mentions(&file.path, &text, old) {
            if edits.contains_key(&at)
                || known.contains(&at)
                || undecided.contains(&(file.path.as_str(), u32::try_from(at).unwrap_or(u32::MAX)))
            {
                continue;
            }
            done.mentions += 1;
            if texts {
                edits.insert(at, to.to_owned());
            }
        }
        if edits.is_empty() {
            continue;
        }
        done.files.insert(file.path.clone(), edits.len());
        let mut new = String::with_capacity(text.len() + edits.len() * to.len());
        let mut from = 0;
        for (at, with) in &edits {
            new.push_str(text.get(from..*at).unwrap_or_default());
            new.push_str(with);
            from = at + old.len();
        }
        new.push_str(text.get(from..).unwrap_or_default());
        let errors = speech::read(&file.path, new.strip_prefix('\u{feff}').unwrap_or(&new))
            .map_or(u32::MAX, |facts| facts.errors);
        if errors > file.facts.errors {
            return Err(refused(format!(
                "{} would not parse any more with `{to}`",
                name::shown(&file.path)
            ))
            .with_hint("choose another name"));
        }
        staged.push((path, new));
    }
    for (path, new) in staged {
        context.files.write(&path, new.into_bytes()).await?;
    }
    Ok(done)
}

fn line(spot: &Spot) -> String {
    format!("- {}:{} ({})", name::shown(&spot.path), spot.line, spot.why)
}

fn output(
    project: &Project<'_>,
    family: &Family,
    spots: &Spots,
    done: &Done,
    to: &str,
    map: &Map,
) -> Output {
    let places: usize = done.files.values().sum();
    let mut text = format!(
        "Renamed {} to `{to}`: {} in {}.\n",
        symbol::shown(project, family.first),
        bounded::counted(places, "place"),
        bounded::counted(done.files.len(), "file")
    );
    let others: Vec<String> = family
        .all
        .iter()
        .filter(|one| **one != family.first)
        .map(|one| symbol::shown(project, *one))
        .collect();
    if !others.is_empty() {
        push(
            &mut text,
            format_args!("Renamed with it: {}.\n", bounded::joined(&others, NAMED)),
        );
    }
    let mut section = |title: &str, spots: &BTreeSet<Spot>| {
        if spots.is_empty() {
            return;
        }
        push(
            &mut text,
            format_args!("\n## {title} ({})\n\n", spots.len()),
        );
        for spot in spots.iter().take(NAMED) {
            push(&mut text, format_args!("{}\n", line(spot)));
        }
        if spots.len() > NAMED {
            push(
                &mut text,
                format_args!("- and {} more\n", spots.len() - NAMED),
            );
        }
    };
    section(
        "Renamed because nothing else here has a member of this name",
        &spots.likely,
    );
    section(
        "Left, because it cannot be told what they mean",
        &spots.undecided,
    );
    if done.mentions > 0 {
        let what = if done.are_changed {
            "were changed as well"
        } else {
            "were left"
        };
        push(
            &mut text,
            format_args!(
                "\n{} in comments and texts {what}.\n",
                bounded::counted(done.mentions, "mention")
            ),
        );
    }
    if let Some(bound) = &family.bound {
        push(&mut text, format_args!("\nTake care: {bound}.\n"));
    }
    let list = |spots: &BTreeSet<Spot>| -> Value {
        spots
            .iter()
            .take(LISTED)
            .map(|spot| json!({"path": spot.path, "line": spot.line, "role": spot.why}))
            .collect()
    };
    let files: Value = done
        .files
        .iter()
        .take(LISTED)
        .map(|(path, count)| json!({"path": path, "replaced": count}))
        .collect();
    schema::output(json!({
        "symbol": symbol::qualified(project, family.first),
        "to": to,
        "files": files,
        "files_changed": done.files.len(),
        "replaced": places,
        "likely": list(&spots.likely),
        "likely_count": spots.likely.len(),
        "undecided": list(&spots.undecided),
        "undecided_count": spots.undecided.len(),
        "mentions": done.mentions,
        "text": bounded::both(&text, &map.missing()),
    }))
}

/// Describes the parameters.
pub(super) fn params() -> Object {
    schema::object()
        .must("from", schema::text("The symbol: `name`, `Class.name`, `module::name` or `path/file.py:name`."))
        .must("to", schema::text("The new name, without a class or a module."))
        .may("path", schema::path("Where the symbol is defined, if its name is not enough; `.` means anywhere."))
        .may("undecided", schema::choice(&["ask", "leave", "rename"], "What to do when it cannot be told of every place whether it means the symbol: rename nothing and list them, leave them, or rename them as well."))
        .may("texts", schema::flag("Whether comments and texts are changed as well."))
}

/// Describes the result.
pub(super) fn result() -> Object {
    let file = schema::object()
        .must("path", schema::path("The file."))
        .must("replaced", schema::number("How many places were changed."))
        .done();
    let place = || {
        schema::object()
            .must("path", schema::path("The file."))
            .must("line", schema::number("The line."))
            .must("role", schema::text("What the name does there."))
            .done()
    };
    schema::object()
        .must("symbol", schema::text("The symbol that was renamed."))
        .must("to", schema::text("Its new name."))
        .must("files", schema::list(file, "The changed files, at most 500 of them."))
        .must("files_changed", schema::number("How many files were changed."))
        .must("replaced", schema::number("How many places were changed."))
        .must("likely", schema::list(place(), "Places that were changed because nothing else has a member of this name, at most 500."))
        .must("likely_count", schema::number("How many of them there are."))
        .must("undecided", schema::list(place(), "Places that were left because it cannot be told what they mean, at most 500."))
        .must("undecided_count", schema::number("How many of them there are."))
        .must("mentions", schema::number("How often the name stands in comments and texts."))
        .text()
}
