//! The `code` skill: finds weaknesses in code and fixes those that a rewrite cures for certain.
//!
//! The analyser is a function of the text; this file finds the texts, stages the fixed ones and
//! says what was done and what is left to a person.

mod analyser;
mod facts;
mod fix;

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Value, json};
use venom_kernel::change::RelPath;
use venom_kernel::effect::EffectClass;
use venom_kernel::evidence::Evidence;
use venom_kernel::skill::{ActionManifest, Need, SkillManifest, Writes};
use venom_kernel::time::Millis;
use venom_ports::skill::{Call, Output, Skill, SkillContext};
use venom_ports::workspace::{Entry, EntryKind, Walk};
use venom_ports::{Failure, FailureKind, Result};

pub use self::analyser::{
    AnalyseError, Applied, Edit, Finding, Fix, Kind, MAX_TEXT_BYTES, ProjectFacts, Severity,
    analyse, analyse_in, apply,
};
use crate::bounded::{self, push};
use crate::params::{self, missing, refused, unknown_action};
use crate::schema::{self, Object};
use crate::vendored;

/// The most findings in a result; all are counted.
const FINDINGS: usize = 2_000;

/// Analyses and fixes code.
pub struct CodeSkill;

#[async_trait]
impl Skill for CodeSkill {
    fn manifest(&self) -> SkillManifest {
        let path = || {
            schema::object().may(
                "path",
                schema::path("The file or folder; everything if not given."),
            )
        };
        let find = ActionManifest {
            timeout: Millis::from_secs(5 * 60),
            typical: Millis::new(300),
            ..schema::action(
                "Finds weaknesses in Python code.",
                EffectClass::Pure,
                path(),
                found_schema(),
            )
        };
        let apply = ActionManifest {
            writes: Writes::Params(vec!["path".to_owned()]),
            timeout: Millis::from_secs(5 * 60),
            typical: Millis::new(500),
            ..schema::action(
                "Fixes the weaknesses that a rewrite cures for certain.",
                EffectClass::Reversible,
                fix::params(path()),
                fix::result(),
            )
        };
        let improve = ActionManifest {
            needs: vec![Need::Model],
            timeout: Millis::from_secs(10 * 60),
            typical: Millis::from_secs(60),
            ..schema::action(
                "Improves the structure of code beyond what can be proven to keep its meaning.",
                EffectClass::Pure,
                path(),
                schema::object().text(),
            )
        };
        let actions = [
            ("find-vulnerabilities", find),
            ("apply-fixes", apply),
            ("improve-structure", improve),
        ];
        SkillManifest {
            name: "code".to_owned(),
            summary: "Finds and fixes weaknesses in code.".to_owned(),
            actions: actions
                .into_iter()
                .map(|(name, action)| (name.to_owned(), action))
                .collect(),
        }
    }

    async fn call(&self, call: &Call, context: &SkillContext) -> Result<Output> {
        match call.action.as_str() {
            "find-vulnerabilities" => find(call, context).await,
            "apply-fixes" => fix::call(call, context).await,
            "improve-structure" => Err(Failure::new(
                FailureKind::Unavailable,
                "improving structure needs a model",
            )
            .with_hint("`venom models add` configures one")),
            other => Err(unknown_action("code", other)),
        }
    }
}

/// The texts that are analysed.
struct Sources {
    /// Whether these are all files of the workspace.
    is_whole: bool,
    /// Files, with their text.
    files: Vec<Source>,
    /// Files that were left out, and why.
    skipped: Vec<(String, String)>,
}

/// One file.
struct Source {
    path: RelPath,
    text: String,
    /// What stands before the text: a byte order mark or nothing.
    mark: &'static str,
}

/// The byte order mark, which is no part of the program.
const MARK: &str = "\u{feff}";

impl Sources {
    /// Reads all Python files that a path means.
    async fn read(context: &SkillContext, path: Option<RelPath>) -> Result<Self> {
        let under = path.unwrap_or_else(RelPath::root);
        let entries = entries(context, &under).await?;
        let mut sources = Self {
            is_whole: under.is_root(),
            files: Vec::new(),
            skipped: Vec::new(),
        };
        for entry in entries {
            let name = entry.path.to_string();
            match context.files.read(&entry.path, MAX_TEXT_BYTES as u64).await {
                Ok(file) => match String::from_utf8(file.bytes) {
                    Ok(text) => {
                        let (mark, text) = match text.strip_prefix(MARK) {
                            Some(rest) => (MARK, rest.to_owned()),
                            None => ("", text),
                        };
                        sources.files.push(Source {
                            path: entry.path,
                            text,
                            mark,
                        });
                    }
                    Err(_) => sources.skipped.push((name, "it is not UTF-8".to_owned())),
                },
                Err(_) if entry.size > MAX_TEXT_BYTES as u64 => {
                    sources.skipped.push((name, "it is too large".to_owned()));
                }
                Err(failure) => sources.skipped.push((name, failure.message)),
            }
        }
        Ok(sources)
    }
}

async fn entries(context: &SkillContext, under: &RelPath) -> Result<Vec<Entry>> {
    let is_python = |name: &str| {
        std::path::Path::new(name)
            .extension()
            .is_some_and(|end| end == "py" || end == "pyw")
    };
    if !under.is_root() {
        let entry = context.files.stat(under).await?.ok_or_else(|| {
            missing(format!("there is no file or folder `{under}`"))
                .with_hint("paths count from the top of the workspace")
        })?;
        if entry.kind == EntryKind::File {
            if !is_python(under.name()) {
                return Err(refused(format!(
                    "`{under}` is not Python, the only language known so far"
                ))
                .with_hint("name a Python file or a folder with some"));
            }
            return Ok(vec![entry]);
        }
    }
    let globs = vec!["*.py".to_owned(), "*.pyw".to_owned()];
    let walk = Walk {
        under: under.clone(),
        globs: vendored::with_marks(globs),
        ..Walk::default()
    };
    let mut entries = context.files.walk(walk).await?.entries;
    vendored::leave_out(&mut entries, under);
    vendored::drop_marks(&mut entries);
    entries.retain(|entry| entry.kind == EntryKind::File);
    Ok(entries)
}

async fn find(call: &Call, context: &SkillContext) -> Result<Output> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Params {
        path: Option<RelPath>,
    }
    let Params { path } = params::read(call)?;
    let mut sources = Sources::read(context, path).await?;
    let facts = facts::read(context, &sources).await?;
    let mut findings = Vec::new();
    for source in &sources.files {
        match analyse_in(source.path.as_str(), &source.text, &facts) {
            Ok(found) => findings.extend(found),
            Err(error) => sources
                .skipped
                .push((source.path.to_string(), format!("cannot {error}"))),
        }
    }
    let counts = counted(findings.iter().map(|finding| finding.kind));
    let fixable = findings
        .iter()
        .filter(|finding| is_fixable(finding))
        .count();
    let result = json!({
        "findings": findings.iter().take(FINDINGS).map(finding_json).collect::<Value>(),
        "count": findings.len(),
        "fixable": fixable,
        "kinds": kinds_json(&counts),
        "files_scanned": sources.files.len(),
        "skipped": skipped_json(&sources.skipped),
        "text": found_text(&findings, &counts, fixable, &sources),
    });
    Ok(Output {
        result,
        evidence: vec![Evidence::Findings(counts)],
    })
}

fn counted(kinds: impl Iterator<Item = Kind>) -> BTreeMap<String, u32> {
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for kind in kinds {
        *counts.entry(kind.name().to_owned()).or_default() += 1;
    }
    counts
}

fn is_fixable(finding: &Finding) -> bool {
    match finding.fix {
        Fix::Rewrite { .. } => true,
        Fix::Report { .. } => false,
    }
}

fn finding_json(finding: &Finding) -> Value {
    let note = match &finding.fix {
        Fix::Rewrite { note, .. } => note,
        Fix::Report { reason } => reason,
    };
    json!({
        "rule": finding.rule,
        "kind": finding.kind.name(),
        "severity": finding.severity.to_string(),
        "cwe": finding.cwe,
        "path": finding.path,
        "line": finding.line,
        "column": finding.column,
        "end_line": finding.end_line,
        "message": finding.message,
        "excerpt": finding.excerpt,
        "fixable": is_fixable(finding),
        "note": note,
    })
}

/// Describes a finding.
fn finding_schema() -> Value {
    schema::object()
        .must("rule", schema::text("The rule that found it."))
        .must(
            "kind",
            schema::choice(&Kind::ALL.map(Kind::name), "The kind of weakness."),
        )
        .must(
            "severity",
            schema::choice(&["low", "medium", "high"], "How much harm it can do."),
        )
        .must(
            "cwe",
            schema::number("Its number in the Common Weakness Enumeration."),
        )
        .must("path", schema::path("The file."))
        .must("line", schema::number("The first line, from 1."))
        .must(
            "column",
            schema::number("The column in characters, from 1."),
        )
        .must("end_line", schema::number("The last line."))
        .must("message", schema::text("What is wrong."))
        .must("excerpt", schema::text("The first line of the code."))
        .must(
            "fixable",
            schema::flag("Whether a rewrite cures it for certain."),
        )
        .must(
            "note",
            schema::text("What the rewrite does, or why a person has to decide."),
        )
        .done()
}

fn kinds_json(counts: &BTreeMap<String, u32>) -> Value {
    counts
        .iter()
        .map(|(kind, count)| json!({"kind": kind, "count": count}))
        .collect()
}

fn kinds_schema(description: &str) -> Value {
    let kind = schema::object()
        .must("kind", schema::text("The kind of weakness."))
        .must("count", schema::number("How many there are."))
        .done();
    schema::list(kind, description)
}

fn skipped_json(skipped: &[(String, String)]) -> Value {
    let entry = |(path, why): &(String, String)| json!({"path": path, "why": why});
    skipped.iter().take(FINDINGS).map(entry).collect()
}

fn skipped_schema() -> Value {
    let skipped = schema::object()
        .must("path", schema::path("The file."))
        .must("why", schema::text("Why it was left out."))
        .done();
    schema::list(skipped, "Files that were not analysed.")
}

fn kinds_line(counts: &BTreeMap<String, u32>) -> String {
    let kinds: Vec<String> = counts
        .iter()
        .map(|(kind, count)| format!("{count} {kind}"))
        .collect();
    bounded::joined(&kinds, Kind::ALL.len())
}

fn skipped_text(skipped: &[(String, String)]) -> String {
    if skipped.is_empty() {
        return String::new();
    }
    let names: Vec<String> = skipped
        .iter()
        .map(|(path, why)| format!("{path} ({why})"))
        .collect();
    format!("\nNot analysed: {}.\n", bounded::joined(&names, 10))
}

fn found_text(
    findings: &[Finding],
    counts: &BTreeMap<String, u32>,
    fixable: usize,
    sources: &Sources,
) -> String {
    let scanned = bounded::counted(sources.files.len(), "Python file");
    let mut text = if findings.is_empty() {
        format!("No weakness was found in {scanned}.\n")
    } else {
        let sum = bounded::counted(findings.len(), "weakness");
        format!(
            "{sum} in {scanned}: {}. {fixable} can be fixed for certain.\n",
            kinds_line(counts)
        )
    };
    for group in findings.chunk_by(|one, other| one.path == other.path) {
        let Some(first) = group.first() else { continue };
        push(&mut text, format_args!("\n## {}\n\n", first.path));
        for finding in group {
            let fix = match &finding.fix {
                Fix::Rewrite { note, .. } => format!("Fix: {note}"),
                Fix::Report { reason } => format!("By hand: {reason}"),
            };
            push(
                &mut text,
                format_args!(
                    "- line {}: {} ({}, CWE-{}): {}\n      {}\n  {fix}\n",
                    finding.line,
                    finding.kind,
                    finding.severity,
                    finding.cwe,
                    finding.message,
                    finding.excerpt
                ),
            );
        }
    }
    text.push_str(&skipped_text(&sources.skipped));
    bounded::cut(&text, bounded::TEXT)
}

fn found_schema() -> Object {
    schema::object()
        .must(
            "findings",
            schema::list(finding_schema(), "By path and place, at most 2,000."),
        )
        .must("count", schema::number("How many there are."))
        .must(
            "fixable",
            schema::number("How many a rewrite cures for certain."),
        )
        .must("kinds", kinds_schema("How many there are of each kind."))
        .must(
            "files_scanned",
            schema::number("How many files were analysed."),
        )
        .must("skipped", skipped_schema())
        .text()
}
