//! The `code` skill: finds weaknesses in code and fixes those that a rewrite cures for certain; knows
//! what is defined where, and renames, explains and rewrites by that.
//!
//! The analyser is a function of the text; this file finds the texts, stages the fixed ones and
//! says what was done and what is left to a person. `map` is what the workspace defines and refers
//! to; `look`, `explain`, `rename` and `unused` ask it, and `pattern` finds code by its shape.

mod analyser;
mod delta;
mod explain;
mod facts;
mod find;
mod fix;
mod lint;
mod look;
mod map;
mod pattern;
mod rename;
mod run;
mod sarif;
mod secrets;
mod sources;
mod tools;
mod unused;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Value, json};
use venom_kernel::change::RelPath;
use venom_kernel::confine::{Grants, Limits, Mount};
use venom_kernel::effect::EffectClass;
use venom_kernel::evidence::Evidence;
use venom_kernel::skill::{ActionManifest, Need, SkillManifest, Writes};
use venom_kernel::time::Millis;
use venom_ports::cache::{Cache, NoCache};
use venom_ports::skill::{Call, Output, Skill, SkillContext};
use venom_ports::{Failure, FailureKind, Result};

pub use self::analyser::{
    AnalyseError, Applied, Edit, Finding, Fix, Kind, MAX_TEXT_BYTES, ProjectFacts, Severity,
    Source, analyse, analyse_in, apply,
};
pub use self::delta::{Delta, compare, keys};
pub use self::find::MapSymbols;
pub use self::sarif::sarif;
use self::sources::Sources;
use self::tools::{Answers, Purpose, Scene, Texts};
pub use self::tools::{Tool, Wanted};
use crate::bounded::{self, push};
use crate::name;
use crate::params::{self, unknown_action};
use crate::schema::{self, Object};
use crate::unread::Unread;

/// The most findings in a result; all are counted.
const FINDINGS: usize = 2_000;

/// How many files that were left out are named in the text for people.
const NAMED: usize = 10;

/// Analyses and fixes code.
pub struct CodeSkill {
    cache: Arc<dyn Cache>,
    /// Which other tools are asked where a call does not say it.
    tools: Wanted,
}

impl CodeSkill {
    /// Keeps what it has read of files in a cache; these tools are asked where a call does not say it.
    pub fn new(cache: Arc<dyn Cache>, tools: Wanted) -> Self {
        Self { cache, tools }
    }
}

impl Default for CodeSkill {
    fn default() -> Self {
        Self::new(Arc::new(NoCache), Wanted::default())
    }
}

#[async_trait]
impl Skill for CodeSkill {
    fn manifest(&self) -> SkillManifest {
        let path = || {
            schema::object().may(
                "path",
                schema::path("The file or folder; everything if not given."),
            )
        };
        // Other tools are programs of any size.
        let grants = || Grants {
            limits: Limits::BUILDS,
            mount: Mount::ReadOnly,
            ..Grants::default()
        };
        let find = ActionManifest {
            timeout: Millis::from_secs(20 * 60),
            typical: Millis::new(300),
            grants: grants(),
            ..schema::action(
                "Finds weaknesses in Python, JavaScript, TypeScript, Rust and Go, and asks other tools that are installed.",
                EffectClass::Pure,
                path().may("tools", tools::wanted_schema()),
                found_schema(),
            )
        };
        let lint = ActionManifest {
            timeout: Millis::from_secs(30 * 60),
            typical: Millis::from_secs(5),
            grants: grants(),
            ..schema::action(
                "Asks the linters that a project has set up, and compares what they say with an earlier answer.",
                EffectClass::Pure,
                lint::params(path()),
                lint::result(),
            )
        };
        let secrets = ActionManifest {
            timeout: Millis::from_secs(5 * 60),
            typical: Millis::new(300),
            ..schema::action(
                "Finds credentials in all texts, also in hidden files.",
                EffectClass::Pure,
                path(),
                secrets::result(),
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
        let known = |summary: &str, params: Object, result: Object| ActionManifest {
            timeout: Millis::from_secs(5 * 60),
            typical: Millis::new(500),
            ..schema::action(summary, EffectClass::Pure, params, result)
        };
        let map = known(
            "Tells what is defined where, who refers to it and which tests name it.",
            look::params(),
            look::result(),
        );
        let explain = known(
            "Explains a part of the code: structure, what it offers, dependents, tests.",
            explain::params(),
            explain::result(),
        );
        let unused = known(
            "Finds definitions that nothing leads to.",
            unused::params(),
            unused::result(),
        );
        let search = known(
            "Finds code by its shape.",
            pattern::params(false),
            pattern::result(),
        );
        // Where a symbol is used is only known when it is looked for.
        let changes =
            |summary: &str, writes: Writes, params: Object, result: Object| ActionManifest {
                writes,
                timeout: Millis::from_secs(5 * 60),
                typical: Millis::new(500),
                ..schema::action(summary, EffectClass::Reversible, params, result)
            };
        let rename = changes(
            "Renames a symbol everywhere it is meant and nowhere else.",
            Writes::Anything,
            rename::params(),
            rename::result(),
        );
        let rewrite = changes(
            "Replaces code by its shape.",
            Writes::Params(vec!["path".to_owned()]),
            pattern::params(true),
            pattern::result(),
        );
        let actions = [
            ("map", map),
            ("explain-module", explain),
            ("find-unused", unused),
            ("search-pattern", search),
            ("rename", rename),
            ("replace-pattern", rewrite),
            ("find-vulnerabilities", find),
            ("find-secrets", secrets),
            ("lint", lint),
            ("run", run::manifest()),
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
            "find-vulnerabilities" => find(call, context, &self.tools).await,
            "find-secrets" => secrets::call(call, context).await,
            "lint" => lint::call(call, context).await,
            "run" => run::call(call, context).await,
            "apply-fixes" => fix::call(call, context).await,
            "map" => look::call(call, context, &*self.cache).await,
            "explain-module" => explain::call(call, context, &*self.cache).await,
            "find-unused" => unused::call(call, context, &*self.cache).await,
            "rename" => rename::call(call, context, &*self.cache).await,
            "search-pattern" => pattern::call(call, context, false).await,
            "replace-pattern" => pattern::call(call, context, true).await,
            "improve-structure" => Err(Failure::new(
                FailureKind::Unavailable,
                "improving structure needs a model",
            )
            .with_hint("`venom models add` configures one")),
            other => Err(unknown_action("code", other)),
        }
    }
}

async fn find(call: &Call, context: &SkillContext, usual: &Wanted) -> Result<Output> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Params {
        path: Option<RelPath>,
        tools: Option<String>,
    }
    let Params { path, tools } = params::read(call)?;
    let wanted = match tools {
        Some(text) => text.parse().map_err(params::refused)?,
        None => usual.clone(),
    };
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
    let mut answers = asked(context, &wanted, Purpose::Security, &sources).await?;
    let mut findings = tools::merge::merge(findings, std::mem::take(&mut answers.findings));
    answers.quieten(&wanted, &mut findings);
    let (suppressed, findings): (Vec<Finding>, Vec<Finding>) = findings
        .into_iter()
        .partition(|finding| finding.suppressed.is_some());
    let counts = counted(findings.iter().map(|finding| finding.kind));
    // Checks compare what our own rules say before and after a fix: others may see a weakness in
    // what is none any more.
    let own = counted(
        findings
            .iter()
            .filter(|finding| finding.is_own())
            .map(|finding| finding.kind),
    );
    let fixable = findings
        .iter()
        .filter(|finding| is_fixable(finding))
        .count();
    let text = found_text(&findings, &counts, fixable, &suppressed, &sources, &answers);
    let mut result = json!({
        "findings": findings.iter().take(FINDINGS).map(finding_json).collect::<Value>(),
        "count": findings.len(),
        "fixable": fixable,
        "kinds": kinds_json(&counts),
        "files_scanned": sources.files.len(),
        "suppressed": suppressed_json(&suppressed),
        "suppressed_count": suppressed.len(),
        "skipped": skipped_json(&sources.skipped),
        "truncated": sources.truncated,
        "tools": answers.json(),
        "text": text,
    });
    sources.unread.tell(&mut result);
    Ok(Output {
        result,
        evidence: vec![Evidence::Findings(own)],
    })
}

/// Asks other tools about the files that were looked at.
async fn asked(
    context: &SkillContext,
    wanted: &Wanted,
    purpose: Purpose,
    sources: &Sources,
) -> Result<Answers> {
    if *wanted == Wanted::Nobody {
        return Ok(Answers::default());
    }
    let mut texts = Texts::default();
    for source in &sources.files {
        texts.add(source.path.as_str(), &source.text);
    }
    if sources.is_whole
        && let Ok(lock) = RelPath::new("Cargo.lock")
        && let Ok(file) = context.files.read(&lock, MAX_TEXT_BYTES as u64).await
    {
        texts.add(lock.as_str(), &String::from_utf8_lossy(&file.bytes));
    }
    let files = sources.files.iter().map(|source| source.path.as_str());
    let scene = Scene::look(context, purpose, files).await?;
    tools::ask(context, wanted, &scene, &texts).await
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
        "sources": sources_json(finding),
    })
}

fn sources_json(finding: &Finding) -> Value {
    finding
        .sources
        .iter()
        .map(|source| json!({"tool": source.tool, "rule": source.rule}))
        .collect()
}

fn sources_schema() -> Value {
    let source = schema::object()
        .must("tool", schema::text("The tool; `venom` for our own rules."))
        .must("rule", schema::text("What the tool calls the rule."))
        .done();
    schema::list(source, "Who found it.")
}

/// Describes a finding.
fn finding_schema() -> Value {
    schema::object()
        .must("rule", schema::text("The rule that found it."))
        .must("kind", kind_schema())
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
        .must("sources", sources_schema())
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

fn truncated_schema() -> Value {
    schema::flag("Whether there were more files than can be listed.")
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
        .take(NAMED + 1)
        .map(|(path, why)| format!("{} ({})", name::shown(path), bounded::line(why, 200)))
        .collect();
    format!(
        "\nNot analysed: {}: {}.\n",
        bounded::counted(skipped.len(), "file"),
        bounded::joined(&names, NAMED)
    )
}

/// Says what was not looked at: files, names, folders, and what came behind the most that are
/// listed.
fn unseen_text(sources: &Sources) -> String {
    let mut text = skipped_text(&sources.skipped);
    text.push_str(&sources.unread.text());
    if sources.truncated {
        text.push_str("There are more files than can be listed; name a folder with `path`.\n");
    }
    text
}

fn suppressed_json(suppressed: &[Finding]) -> Value {
    let entry = |finding: &Finding| {
        json!({
            "rule": finding.rule,
            "kind": finding.kind.name(),
            "path": finding.path,
            "line": finding.line,
            "message": finding.message,
            "mark": finding.suppressed,
            "sources": sources_json(finding),
        })
    };
    suppressed.iter().take(FINDINGS).map(entry).collect()
}

/// Adds the properties of a result that tell what the text suppresses.
fn suppressed_schema(object: Object) -> Object {
    let suppressed = schema::object()
        .must("rule", schema::text("The rule that found it."))
        .must("kind", kind_schema())
        .must("path", schema::path("The file."))
        .must("line", schema::number("The first line, from 1."))
        .must("message", schema::text("What is wrong."))
        .must(
            "mark",
            schema::text("The mark in the text, such as `# nosec B608`."),
        )
        .must("sources", sources_schema())
        .done();
    object
        .must(
            "suppressed",
            schema::list(
                suppressed,
                "What was found and is suppressed in the source, at most 2,000; it is neither \
                 fixed nor counted with the others.",
            ),
        )
        .must(
            "suppressed_count",
            schema::number("How many are suppressed in the source."),
        )
}

fn suppressed_text(suppressed: &[Finding]) -> String {
    if suppressed.is_empty() {
        return String::new();
    }
    let mut text = format!("\n## Suppressed in the source ({})\n\n", suppressed.len());
    for finding in suppressed {
        push(
            &mut text,
            format_args!(
                "- {}:{} {}: {} (`{}`)\n",
                name::shown(&finding.path),
                finding.line,
                finding.kind,
                finding.message,
                finding.suppressed.as_deref().unwrap_or_default()
            ),
        );
    }
    text
}

fn kind_schema() -> Value {
    schema::choice(&Kind::ALL.map(Kind::name), "The kind of weakness.")
}

fn found_text(
    findings: &[Finding],
    counts: &BTreeMap<String, u32>,
    fixable: usize,
    suppressed: &[Finding],
    sources: &Sources,
    answers: &Answers,
) -> String {
    let scanned = bounded::counted(sources.files.len(), "file");
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
        push(
            &mut text,
            format_args!("\n## {}\n\n", name::shown(&first.path)),
        );
        for finding in group {
            let fix = match &finding.fix {
                Fix::Rewrite { note, .. } => format!("Fix: {note}"),
                Fix::Report { reason } => format!("By hand: {reason}"),
            };
            let cwe = match finding.cwe {
                0 => String::new(),
                number => format!(", CWE-{number}"),
            };
            push(
                &mut text,
                format_args!(
                    "- line {}: {} ({}{cwe}): {}\n      {}\n  {fix}\n",
                    finding.line,
                    finding.kind,
                    finding.severity,
                    finding.message,
                    bounded::line(&finding.excerpt, 200)
                ),
            );
            let also: Vec<String> = finding
                .sources
                .iter()
                .skip(1)
                .map(|source| format!("{} {}", source.tool, source.rule))
                .collect();
            if !also.is_empty() {
                let also = bounded::joined(&also, also.len());
                push(&mut text, format_args!("  Also found by {also}.\n"));
            }
        }
    }
    // However long the list is, what was not looked at is said.
    let mut rest = unseen_text(sources);
    rest.push_str(&suppressed_text(suppressed));
    rest.push_str(&answers.text());
    bounded::both(&text, &rest)
}

fn found_schema() -> Object {
    suppressed_schema(Unread::properties(schema::object()))
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
        .must("truncated", truncated_schema())
        .must("tools", tools::asked_schema())
        .text()
}
