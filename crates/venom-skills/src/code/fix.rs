//! `code.apply-fixes`: carries out the fixes that keep the meaning for certain.

use serde::Deserialize;
use serde_json::{Value, json};
use venom_kernel::change::RelPath;
use venom_kernel::evidence::Evidence;
use venom_ports::Result;
use venom_ports::skill::{Call, Output, SkillContext};

use super::analyser::Shift;
use super::{Finding, Fix, Kind, ProjectFacts, Sources, analyse_in, apply, counted, facts};
use crate::bounded::{self, push};
use crate::name;
use crate::params;
use crate::schema::{self, Object};
use crate::unread::Unread;

/// How often a file is gone over. Fixes that meet in one place are carried out one after the other.
const ROUNDS: usize = 8;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    path: Option<RelPath>,
    findings: Option<Vec<Value>>,
}

/// A finding that is meant.
#[derive(Deserialize)]
struct Meant {
    kind: Kind,
    path: String,
    excerpt: String,
}

/// A finding and what became of it.
struct Handled {
    finding: Finding,
    note: String,
}

/// What was done to all files.
#[derive(Default)]
struct Work {
    /// What is known of the project before anything is changed.
    facts: ProjectFacts,
    fixed: Vec<Handled>,
    left: Vec<Handled>,
    /// What the texts suppress.
    suppressed: Vec<Finding>,
    files: usize,
}

/// Performs the action.
pub(super) async fn call(call: &Call, context: &SkillContext) -> Result<Output> {
    let Params { path, findings } = params::read(call)?;
    let meant: Option<Vec<Meant>> = match findings {
        None => None,
        Some(values) => {
            let read = values.into_iter().map(serde_json::from_value::<Meant>);
            let read: std::result::Result<_, _> = read.collect();
            Some(read.map_err(|error| {
                params::refused(format!(
                    "`findings` are not what `find-vulnerabilities` gives: {error}"
                ))
            })?)
        }
    };
    // Lines move while fixes are carried out; the code itself tells what is meant.
    let is_meant = |finding: &Finding| {
        meant.as_ref().is_none_or(|meant| {
            meant.iter().any(|one| {
                one.kind == finding.kind
                    && one.path == finding.path
                    && one.excerpt == finding.excerpt
            })
        })
    };
    let mut sources = Sources::read(context, path).await?;
    let mut work = Work {
        facts: facts::read(context, &sources).await?,
        ..Work::default()
    };
    for source in &sources.files {
        match work.file(source.path.as_str(), &source.text, &is_meant) {
            Ok(Some(text)) => {
                let bytes = format!("{}{text}", source.mark).into_bytes();
                context.files.write(&source.path, bytes).await?;
                work.files += 1;
            }
            Ok(None) => {}
            Err(why) => sources.skipped.push((source.path.to_string(), why)),
        }
    }
    let counts = counted(work.fixed.iter().map(|one| one.finding.kind));
    let mut result = json!({
        "fixed": work.fixed.iter().take(super::FINDINGS).map(Handled::json).collect::<Value>(),
        "left": work.left.iter().take(super::FINDINGS).map(Handled::json).collect::<Value>(),
        "fixed_count": work.fixed.len(),
        "left_count": work.left.len(),
        "kinds": super::kinds_json(&counts),
        "files_changed": work.files,
        "files_scanned": sources.files.len(),
        "suppressed": super::suppressed_json(&work.suppressed),
        "suppressed_count": work.suppressed.len(),
        "skipped": super::skipped_json(&sources.skipped),
        "truncated": sources.truncated,
        "text": work.text(&sources),
    });
    sources.unread.tell(&mut result);
    Ok(Output {
        result,
        evidence: vec![Evidence::Fixes(counts)],
    })
}

impl Work {
    /// Fixes a file; returns the new text if there is one.
    fn file(
        &mut self,
        path: &str,
        text: &str,
        is_meant: &dyn Fn(&Finding) -> bool,
    ) -> std::result::Result<Option<String>, String> {
        let mut current = text.to_owned();
        let mut left: Vec<Handled> = Vec::new();
        let mut suppressed: Vec<Finding> = Vec::new();
        // Every line is said as it was at first, which is what a person has in front of them.
        let mut shifts: Vec<Shift> = Vec::new();
        for _ in 0..ROUNDS {
            let found = analyse_in(path, &current, &self.facts)
                .map_err(|error| format!("cannot {error}"))?;
            let found: Vec<Finding> = found.into_iter().filter(is_meant).collect();
            let applied = apply(&current, &found);
            let at_first = |finding: &Finding| {
                let back = |line| shifts.iter().rev().fold(line, |line, one| one.before(line));
                Finding {
                    line: back(finding.line),
                    end_line: back(finding.end_line),
                    ..finding.clone()
                }
            };
            left = applied
                .left
                .iter()
                .filter_map(|(at, reason)| Some((found.get(*at)?, reason)))
                .filter(|(finding, _)| finding.suppressed.is_none())
                .map(|(finding, reason)| Handled {
                    finding: at_first(finding),
                    note: reason.clone(),
                })
                .collect();
            let marked = found.iter().filter(|one| one.suppressed.is_some());
            suppressed = marked.map(at_first).collect();
            if applied.applied.is_empty() || applied.text == current {
                break;
            }
            for finding in applied.applied.iter().filter_map(|at| found.get(*at)) {
                let note = match &finding.fix {
                    Fix::Rewrite { note, .. } => note.clone(),
                    Fix::Report { reason } => reason.clone(),
                };
                self.fixed.push(Handled {
                    finding: at_first(finding),
                    note,
                });
            }
            shifts.push(Shift::of(&current, &found, &applied.applied));
            current = applied.text;
        }
        self.left.extend(left);
        self.suppressed.extend(suppressed);
        Ok((current != text).then_some(current))
    }

    fn text(&self, sources: &Sources) -> String {
        let mut text = match self.fixed.len() {
            0 => "Nothing was fixed.\n".to_owned(),
            count => format!(
                "Fixed {} in {}.\n",
                bounded::counted(count, "weakness"),
                bounded::counted(self.files, "file")
            ),
        };
        let mut section = |title: &str, handled: &[Handled]| {
            if handled.is_empty() {
                return;
            }
            push(&mut text, format_args!("\n## {title}\n\n"));
            for one in handled {
                let finding = &one.finding;
                push(
                    &mut text,
                    format_args!(
                        "- {}:{} {}: {}\n  {}\n",
                        name::shown(&finding.path),
                        finding.line,
                        finding.kind,
                        finding.message,
                        one.note
                    ),
                );
            }
        };
        section("Fixed", &self.fixed);
        section("Left to a person", &self.left);
        let mut rest = super::unseen_text(sources);
        rest.push_str(&super::suppressed_text(&self.suppressed));
        bounded::both(&text, &rest)
    }
}

impl Handled {
    fn json(&self) -> Value {
        json!({
            "kind": self.finding.kind.name(),
            "path": self.finding.path,
            "line": self.finding.line,
            "message": self.finding.message,
            "note": self.note,
        })
    }
}

/// Describes the parameters.
pub(super) fn params(path: Object) -> Object {
    path.may(
        "findings",
        schema::list(
            super::finding_schema(),
            "The findings to fix; all that can be if not given.",
        ),
    )
}

/// Describes the result.
pub(super) fn result() -> Object {
    let handled = |note: &str| {
        schema::object()
            .must("kind", super::kind_schema())
            .must("path", schema::path("The file."))
            .must("line", schema::number("The line where it was found."))
            .must("message", schema::text("What was wrong."))
            .must("note", schema::text(note))
            .done()
    };
    super::suppressed_schema(Unread::properties(schema::object()))
        .must(
            "fixed",
            schema::list(handled("What the rewrite does."), "What was fixed."),
        )
        .must(
            "left",
            schema::list(handled("Why a person has to decide."), "What is left."),
        )
        .must("fixed_count", schema::number("How many were fixed."))
        .must("left_count", schema::number("How many are left."))
        .must(
            "kinds",
            super::kinds_schema("How many were fixed of each kind."),
        )
        .must(
            "files_changed",
            schema::number("How many files were changed."),
        )
        .must(
            "files_scanned",
            schema::number("How many files were analysed."),
        )
        .must("skipped", super::skipped_schema())
        .must("truncated", super::truncated_schema())
        .text()
}
