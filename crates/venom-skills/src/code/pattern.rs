//! `code.search-pattern` and `code.replace-pattern`: code by its shape. `$A` stands for one
//! expression, `$$$A` for several.
//!
//! Short forms that people say are spelled out by `shorthand`: `unwrap()` is `$A.unwrap()`.

mod shorthand;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use ast_grep_core::language::Language;
use ast_grep_core::matcher::{Pattern, PatternBuilder, PatternError};
use ast_grep_core::tree_sitter::{LanguageExt, StrDoc, TSLanguage};
use serde::Deserialize;
use serde_json::{Value, json};
use venom_kernel::change::RelPath;
use venom_ports::Result;
use venom_ports::skill::{Call, Output, SkillContext};

use self::shorthand::Guard;
use super::Sources;
use super::analyser::Grammar;
use super::analyser::python::Python;
use super::map::speech::{self, Speech};
use crate::bounded::{self, push};
use crate::name;
use crate::params::{self, refused};
use crate::schema::{self, Object};
use crate::unread::Unread;

/// The longest pattern. Chosen: a pattern is a line or a few.
const LONGEST: usize = 4_000;

/// The most places in a result; all are counted.
const LISTED: usize = 1_000;

/// How many are named in the text for people.
const NAMED: usize = 100;

/// Stands for `$` where a language has no such letter in names.
const EXPANDO: char = '\u{b5}';

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    pattern: String,
    with: Option<String>,
    path: Option<RelPath>,
    language: Option<String>,
}

/// A grammar in which patterns can be written.
#[derive(Debug, Clone, Copy)]
enum Spoken {
    Python,
    Other(Grammar),
}

impl Spoken {
    fn of(path: &str) -> Self {
        Grammar::of(path).map_or(Self::Python, Self::Other)
    }

    fn takes_dollar(self) -> bool {
        match self {
            Self::Python | Self::Other(Grammar::Rust | Grammar::Go) => false,
            Self::Other(Grammar::JavaScript | Grammar::TypeScript | Grammar::Tsx) => true,
        }
    }

    /// One of each grammar, by a number for tables.
    fn number(self) -> u8 {
        match self {
            Self::Python => 0,
            Self::Other(Grammar::JavaScript) => 1,
            Self::Other(Grammar::TypeScript) => 2,
            Self::Other(Grammar::Tsx) => 3,
            Self::Other(Grammar::Rust) => 4,
            Self::Other(Grammar::Go) => 5,
        }
    }
}

impl Language for Spoken {
    fn pre_process_pattern<'q>(&self, query: &'q str) -> Cow<'q, str> {
        if self.takes_dollar() || !query.contains('$') {
            Cow::Borrowed(query)
        } else {
            Cow::Owned(query.replace('$', "\u{b5}"))
        }
    }

    fn expando_char(&self) -> char {
        if self.takes_dollar() { '$' } else { EXPANDO }
    }

    fn kind_to_id(&self, kind: &str) -> u16 {
        self.get_ts_language().id_for_node_kind(kind, true)
    }

    fn field_to_id(&self, field: &str) -> Option<u16> {
        self.get_ts_language()
            .field_id_for_name(field)
            .map(std::num::NonZero::get)
    }

    fn build_pattern(
        &self,
        builder: &PatternBuilder<'_>,
    ) -> std::result::Result<Pattern, PatternError> {
        builder.build(|text| StrDoc::try_new(text, *self))
    }
}

impl LanguageExt for Spoken {
    fn get_ts_language(&self) -> TSLanguage {
        match self {
            Self::Python => Python.get_ts_language(),
            Self::Other(grammar) => grammar.get_ts_language(),
        }
    }
}

/// A place that has the shape.
struct Match {
    path: String,
    line: usize,
    excerpt: String,
    /// Why it was left, if it was.
    left: Option<&'static str>,
}

/// Performs `search-pattern`, or `replace-pattern` where something is to stand there afterwards.
pub(super) async fn call(call: &Call, context: &SkillContext, is_change: bool) -> Result<Output> {
    let Params {
        pattern,
        with,
        path,
        language,
    } = params::read(call)?;
    let wanted = wanted_language(language.as_deref())?;
    if pattern.len() > LONGEST || with.as_ref().is_some_and(|with| with.len() > LONGEST) {
        return Err(refused("the pattern is too long").with_hint("write one of a few lines"));
    }
    let with = match (with, is_change) {
        (Some(with), true) => Some(with),
        (None, true) => {
            return Err(refused("it is not said what should stand there")
                .with_hint("give `with`; an empty text deletes what is found"));
        }
        // What is to stand there says how a short form is meant; nothing is written.
        (with, false) => with,
    };
    let mut rewrite = shorthand::spelled(&pattern, with.as_deref());
    if !is_change {
        rewrite.with = None;
    }
    let mut sources = Sources::read(context, path).await?;
    let mut patterns: BTreeMap<u8, Option<Pattern>> = BTreeMap::new();
    let mut matches: Vec<Match> = Vec::new();
    let mut changed: Vec<(String, usize)> = Vec::new();
    let mut why_not = None;
    let mut is_understood = false;
    let mut scanned = 0usize;
    for source in &sources.files {
        let spoken = Spoken::of(source.path.as_str());
        let is_meant = Speech::of(source.path.as_str()).is_some_and(|speech| {
            wanted.is_none_or(|wanted| wanted == speech)
                && rewrite.only.is_none_or(|only| only == speech)
        });
        if !is_meant {
            continue;
        }
        let pattern = patterns.entry(spoken.number()).or_insert_with(|| {
            match Pattern::try_new(&rewrite.pattern, spoken) {
                Ok(pattern) if !pattern.has_error() => Some(pattern),
                Ok(_) => {
                    why_not = Some("it does not parse".to_owned());
                    None
                }
                Err(error) => {
                    why_not = Some(error.to_string());
                    None
                }
            }
        });
        let Some(pattern) = pattern else { continue };
        is_understood = true;
        scanned += 1;
        let Ok(document) = StrDoc::try_new(&source.text, spoken) else {
            sources
                .skipped
                .push((source.path.to_string(), "it cannot be parsed".to_owned()));
            continue;
        };
        let root = ast_grep_core::AstGrep::doc(document);
        let mut edits: Vec<(Range<usize>, String)> = Vec::new();
        for found in root.root().find_all(&*pattern) {
            let range = found.range();
            let left = rewrite.guard.and_then(|guard| guard.objects(&found));
            let line = found.start_pos().line() + 1;
            let text: Cow<'_, str> = found.text();
            matches.push(Match {
                path: source.path.to_string(),
                line,
                excerpt: bounded::line(text.trim(), 160),
                left,
            });
            if left.is_none()
                && let Some(with) = &rewrite.with
            {
                let new = found.replace_by(with.as_str());
                let new = String::from_utf8_lossy(&new.inserted_text).into_owned();
                edits.push((range, new));
            }
        }
        let (text, count) = applied(
            &source.text,
            &mut edits,
            &rewrite.pattern,
            rewrite.with.as_deref(),
            spoken,
            rewrite.guard,
        );
        if count > 0 && text != source.text {
            let before =
                speech::read(source.path.as_str(), &source.text).map_or(0, |facts| facts.errors);
            let after =
                speech::read(source.path.as_str(), &text).map_or(u32::MAX, |facts| facts.errors);
            if after > before {
                return Err(refused(format!(
                    "{} would not parse any more",
                    name::shown(source.path.as_str())
                ))
                .with_hint("check what should stand there; `$A` must be in the pattern as well"));
            }
            let bytes = format!("{}{text}", source.mark).into_bytes();
            context.files.write(&source.path, bytes).await?;
            changed.push((source.path.to_string(), count));
        }
    }
    if !is_understood && !sources.files.is_empty() {
        let why = why_not
            .unwrap_or_else(|| "no file is in a language in which it could be code".to_owned());
        return Err(refused(format!(
            "`{}` is no pattern of code here: {}",
            bounded::line(&pattern, 100),
            bounded::line(&why, 200)
        ))
        .with_hint("write code with `$A` for an expression and `$$$A` for several, such as `foo($A, $$$B)`"));
    }
    Ok(output(
        &rewrite.pattern,
        &matches,
        &changed,
        &sources,
        scanned,
        is_change,
    ))
}

/// Carries the edits out, from the inside out: what is matched inside of another match is done in a
/// round of its own.
fn applied(
    text: &str,
    edits: &mut Vec<(Range<usize>, String)>,
    pattern: &str,
    with: Option<&str>,
    spoken: Spoken,
    guard: Option<Guard>,
) -> (String, usize) {
    let mut current = text.to_owned();
    let mut count = 0;
    let Some(with) = with else {
        return (current, count);
    };
    // Chosen: a chain of so many calls is not written; a rewrite that makes new matches ends as well.
    for _ in 0..16 {
        edits.sort_by_key(|(range, _)| (range.start, range.len()));
        let whole: Vec<Range<usize>> = edits.iter().map(|(range, _)| range.clone()).collect();
        let mut inner: Vec<&(Range<usize>, String)> = edits
            .iter()
            .filter(|(range, _)| {
                !whole.iter().any(|other| {
                    other != range && other.start >= range.start && other.end <= range.end
                })
            })
            .collect();
        let is_last = inner.len() == edits.len();
        inner.sort_by_key(|(range, _)| range.start);
        let mut new = String::with_capacity(current.len());
        let mut from = 0;
        for (range, with) in inner {
            if range.start < from {
                continue;
            }
            new.push_str(current.get(from..range.start).unwrap_or_default());
            new.push_str(with);
            from = range.end;
            count += 1;
        }
        new.push_str(current.get(from..).unwrap_or_default());
        current = new;
        if is_last {
            break;
        }
        let (Ok(again), Ok(document)) = (
            Pattern::try_new(pattern, spoken),
            StrDoc::try_new(&current, spoken),
        ) else {
            break;
        };
        let root = ast_grep_core::AstGrep::doc(document);
        *edits = root
            .root()
            .find_all(&again)
            .filter(|found| guard.is_none_or(|guard| guard.objects(found).is_none()))
            .map(|found| {
                let new = found.replace_by(with);
                let new = String::from_utf8_lossy(&new.inserted_text).into_owned();
                (found.range(), new)
            })
            .collect();
        if edits.is_empty() {
            break;
        }
    }
    (current, count)
}

fn wanted_language(language: Option<&str>) -> Result<Option<Speech>> {
    let Some(language) = language else {
        return Ok(None);
    };
    Ok(Some(match language.to_lowercase().as_str() {
        "python" => Speech::Python,
        "javascript" | "typescript" => Speech::Script,
        "rust" => Speech::Rust,
        "go" => Speech::Go,
        _ => {
            return Err(refused(format!(
                "`{}` is no language that is known",
                bounded::line(language, 40)
            ))
            .with_hint("there are python, javascript, typescript, rust and go"));
        }
    }))
}

fn output(
    pattern: &str,
    matches: &[Match],
    changed: &[(String, usize)],
    sources: &Sources,
    scanned: usize,
    is_change: bool,
) -> Output {
    let left = matches.iter().filter(|one| one.left.is_some()).count();
    let replaced: usize = changed.iter().map(|(_, count)| count).sum();
    let files = bounded::counted(scanned, "file");
    let mut text = if matches.is_empty() {
        format!("Nothing in {files} has the shape `{pattern}`.\n")
    } else if is_change {
        format!(
            "Replaced {} of the shape `{pattern}` in {}; {left} left.\n",
            bounded::counted(replaced, "place"),
            bounded::counted(changed.len(), "file")
        )
    } else {
        format!(
            "{} in {files} of the shape `{pattern}`.\n",
            bounded::counted(matches.len(), "place")
        )
    };
    // What was left comes first: it is what a person has to look at.
    let order = |one: &&Match| one.left.is_none();
    let mut sorted: Vec<&Match> = matches.iter().collect();
    sorted.sort_by_key(order);
    for one in sorted.iter().take(NAMED) {
        let why = one
            .left
            .map(|why| format!(", left: {why}"))
            .unwrap_or_default();
        push(
            &mut text,
            format_args!(
                "- {}:{} `{}`{why}\n",
                name::shown(&one.path),
                one.line,
                one.excerpt
            ),
        );
    }
    if matches.len() > NAMED {
        push(
            &mut text,
            format_args!("- and {} more\n", matches.len() - NAMED),
        );
    }
    let list: Value = matches
        .iter()
        .take(LISTED)
        .map(|one| json!({"path": one.path, "line": one.line, "excerpt": one.excerpt, "left": one.left}))
        .collect();
    let mut result = json!({
        "pattern": pattern,
        "matches": list,
        "count": matches.len(),
        "left_count": left,
        "replaced": replaced,
        "files_changed": changed.len(),
        "files_scanned": scanned,
        "text": bounded::both(&text, &super::unseen_text(sources)),
    });
    sources.unread.tell(&mut result);
    schema::output(result)
}

/// Describes the parameters; `is_change` adds what should stand there.
pub(super) fn params(is_change: bool) -> Object {
    let object = schema::object()
        .must(
            "pattern",
            schema::text("Code in which `$A` stands for one expression and `$$$A` for several."),
        )
        .may(
            "path",
            schema::path("The file or folder; everything if not given."),
        )
        .may(
            "language",
            schema::choice(
                &["python", "javascript", "typescript", "rust", "go"],
                "The language; every one in which the pattern is code if not given.",
            ),
        );
    let with = schema::text(
        "What should stand there, with the `$A` of the pattern; nothing if it is empty.",
    );
    if is_change {
        object.must("with", with)
    } else {
        object.may("with", with)
    }
}

/// Describes the result.
pub(super) fn result() -> Object {
    let one = schema::object()
        .must("path", schema::path("The file."))
        .must("line", schema::number("The line, from 1."))
        .must("excerpt", schema::text("Its first line."))
        .must(
            "left",
            schema::or_null(schema::text("Why it was left as it is.")),
        )
        .done();
    Unread::properties(schema::object())
        .must("pattern", schema::text("The pattern as it was understood."))
        .must(
            "matches",
            schema::list(one, "What has the shape, at most 1,000."),
        )
        .must("count", schema::number("How many there are."))
        .must(
            "left_count",
            schema::number("How many of them were left for a reason."),
        )
        .must("replaced", schema::number("How many places were replaced."))
        .must(
            "files_changed",
            schema::number("How many files were changed."),
        )
        .must(
            "files_scanned",
            schema::number("How many files were looked at."),
        )
        .text()
}

#[cfg(test)]
mod tests;
