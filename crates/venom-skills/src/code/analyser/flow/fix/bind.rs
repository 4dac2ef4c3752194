//! Values of a query become its parameters, where the driver says how they are written.

use super::super::super::finding::Edit;
use super::super::super::sql::{self, Place};
use super::super::super::syntax::Id;
use super::super::super::template::{Hole, Style, Template, Unit};
use super::super::check::{Match, Outcome};
use super::super::file::File;
use super::super::grammar::Tongue;
use super::super::shape::{Piece, Shape};
use super::super::text;
use super::replace;

/// How a driver writes a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Marker {
    Mark,
    Number,
}

/// The edits that give the values of a query as parameters.
pub(super) fn parameters(
    file: &File<'_>,
    found: &Match<'_>,
    outcome: &Outcome,
) -> Option<Vec<Edit>> {
    let argument = outcome.value?;
    let style = driver(file, found)?;
    let place = found.arguments.iter().position(|one| *one == argument)?;
    let rest = found.arguments.get(place + 1..)?;
    let range = file.tree.range(argument);
    let pieces = text::flat(file, argument);
    let (template, values) = template(file, &pieces, &range)?;
    let query = sql::read(&template);
    if !query.complete || !query.takes_parameters() || query.has_placeholder() {
        return None;
    }
    let mut dropped: Vec<usize> = Vec::new();
    for hole in 0..values.len() {
        match query.place(hole) {
            Place::Value if !query.is_count(hole) => {}
            Place::Quoted { open, close } if close == open + 2 => dropped.extend([open, close]),
            Place::Value | Place::Quoted { .. } | Place::Name | Place::Other => return None,
        }
    }
    let mut written = String::new();
    for (unit, place) in template.units.iter().zip(0..) {
        match unit {
            Unit::Char(letter, _) if !dropped.contains(&place) => written.push(*letter),
            Unit::Char(..) => {}
            Unit::Hole(hole) => match style {
                Marker::Mark => written.push('?'),
                Marker::Number => written.extend(["$", (hole + 1).to_string().as_str()]),
            },
        }
    }
    let quote = quote(file, argument)?;
    let needs_escape = written.contains([quote, '\\']) || quote != '`' && written.contains('\n');
    if needs_escape {
        return None;
    }
    let list = values.join(", ");
    let tree = &file.tree;
    let mut edits = Vec::new();
    match file.tongue {
        Tongue::JavaScript => {
            let is_last = match rest {
                [] => true,
                [one] => matches!(file.bare_shape(*one), Shape::Function),
                _ => false,
            };
            if !is_last || matches!(file.bare_shape(argument), Shape::Record(_)) {
                return None;
            }
            edits.push(replace(
                tree,
                argument,
                &format!("{quote}{written}{quote}, [{list}]"),
            ));
        }
        Tongue::Go => {
            if !rest.is_empty() {
                return None;
            }
            if tree.text(argument).starts_with("fmt.") {
                edits.extend(unused_format(file).ok()?);
            }
            edits.push(replace(
                tree,
                argument,
                &format!("{quote}{written}{quote}, {list}"),
            ));
        }
        Tongue::Rust => {
            // `query_row` takes what reads the row behind its parameters.
            let given = match rest {
                [given] => given,
                [given, reads] if matches!(file.bare_shape(*reads), Shape::Function) => given,
                _ => return None,
            };
            if !matches!(tree.text(*given), "[]" | "()" | "params![]" | "&[]") {
                return None;
            }
            edits.push(replace(tree, argument, &format!("{quote}{written}{quote}")));
            edits.push(replace(tree, *given, &format!("rusqlite::params![{list}]")));
        }
    }
    Some(edits)
}

/// The one driver that the file imports.
fn driver(file: &File<'_>, found: &Match<'_>) -> Option<Marker> {
    let drivers: &[(&str, Marker)] = match file.tongue {
        Tongue::JavaScript => &[
            ("pg", Marker::Number),
            ("mysql", Marker::Mark),
            ("mysql2", Marker::Mark),
            ("sqlite3", Marker::Mark),
        ],
        Tongue::Go => &[
            ("github.com/lib/pq", Marker::Number),
            ("github.com/jackc/pgx", Marker::Number),
            ("github.com/go-sql-driver/mysql", Marker::Mark),
            ("github.com/mattn/go-sqlite3", Marker::Mark),
            ("modernc.org/sqlite", Marker::Mark),
        ],
        Tongue::Rust => &[("rusqlite", Marker::Mark)],
    };
    let allowed: &[&str] = match file.tongue {
        Tongue::JavaScript => &["query", "execute", "get", "all", "run", "each"],
        Tongue::Go => &[
            "Query",
            "QueryRow",
            "Exec",
            "QueryContext",
            "QueryRowContext",
            "ExecContext",
        ],
        Tongue::Rust => &["execute", "query_row"],
    };
    let others: &[&str] = &[
        "knex",
        "sequelize",
        "typeorm",
        "better-sqlite3",
        "gorm.io/gorm",
    ];
    let mut used = drivers.iter().filter(|(name, _)| file.imports(name));
    let (_, style) = used.next()?;
    let is_plain = used.next().is_none()
        && allowed.contains(&found.last)
        && !others.iter().any(|name| file.imports(name));
    is_plain.then_some(*style)
}

/// The query as the reader of queries wants it, and the texts of its values.
fn template(
    file: &File<'_>,
    pieces: &[Piece<'_>],
    range: &std::ops::Range<usize>,
) -> Option<(Template, Vec<String>)> {
    let mut template = Template::default();
    let mut values = Vec::new();
    for piece in pieces {
        let (value, text) = match piece {
            Piece::Text(place) => {
                // What stands elsewhere, or is written with escapes, is more than a rewrite of
                // this place.
                let text = file.tree.slice(place.clone());
                if place.start < range.start || place.end > range.end || text.contains('\\') {
                    return None;
                }
                // It has parameters already, or something that looks like one.
                if text.contains(['$', '?']) {
                    return None;
                }
                if file.tongue == Tongue::Go && text.contains('%') {
                    return None;
                }
                let mut at = place.start;
                for letter in text.chars() {
                    let end = at + letter.len_utf8();
                    template.units.push(Unit::Char(letter, at..end));
                    at = end;
                }
                continue;
            }
            Piece::Value(value) => {
                let place = file.tree.range(*value);
                if place.start < range.start || place.end > range.end {
                    return None;
                }
                (*value, file.tree.text(*value).to_owned())
            }
            Piece::Word(name) => (file.tree.root(), (*name).to_owned()),
            Piece::Tokens(_) | Piece::Number => return None,
        };
        template.units.push(Unit::Hole(template.holes.len()));
        template.holes.push(Hole {
            value,
            range: file.tree.range(value),
            style: Style::Interpolation,
            changed: false,
            numeric: false,
        });
        values.push(text);
    }
    (!values.is_empty()).then_some((template, values))
}

/// The quote that the text is written with.
fn quote(file: &File<'_>, argument: Id) -> Option<char> {
    let found = file.tree.text(argument).find(['"', '\'', '`'])?;
    file.tree.text(argument).get(found..)?.chars().next()
}

/// Takes out the import of `fmt` where nothing else needs it: Go does not compile with it then.
fn unused_format(file: &File<'_>) -> Result<Option<Edit>, Stuck> {
    let tree = &file.tree;
    let uses = tree
        .all()
        .filter(|id| match file.shape(*id) {
            Shape::Member { of, .. } => tree.text(of) == "fmt",
            _ => false,
        })
        .count();
    if uses > 1 {
        return Ok(None);
    }
    let edit = || {
        let import = tree
            .all()
            .find(|id| tree.kind(*id) == "import_spec" && tree.text(*id) == "\"fmt\"")?;
        let range = tree.range(import);
        let source = tree.source();
        let start = source.get(..range.start)?.rfind('\n')? + 1;
        let end = range.end + source.get(range.end..)?.find('\n')? + 1;
        (tree.slice(start..end).trim() == "\"fmt\"").then(|| Edit {
            start,
            end,
            text: String::new(),
        })
    };
    edit().map(Some).ok_or(Stuck)
}

/// The import is needed no more and stands where it cannot be taken out.
struct Stuck;
