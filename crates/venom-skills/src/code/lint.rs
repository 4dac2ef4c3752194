//! `code.lint`: what the linters say that a project has set up, as data, beside what they said
//! before.
//!
//! Every finding has a key of its own. The engine makes evidence of findings with keys, which the
//! check `lint-not-worse` compares with that of an earlier call. Where a linter gave no whole answer,
//! the count is one more than what is listed: evidence that is not whole proves nothing.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use venom_kernel::change::RelPath;
use venom_kernel::evidence::Evidence;
use venom_ports::Result;
use venom_ports::skill::{Call, Output, SkillContext};

use super::{Finding, Purpose, Sources, Wanted, asked, delta, tools};
use crate::bounded::{self, push};
use crate::name;
use crate::params::{Given, refused};
use crate::schema::{self, Object};

/// The most findings that are told. Chosen: a project with more has its linters not set up.
const MOST: usize = 5_000;

/// How many are named in the text for people.
const NAMED: usize = 200;

/// Describes the parameters.
pub(super) fn params(path: Object) -> Object {
    path.may("tools", tools::wanted_schema()).may(
        "than",
        schema::list(finding(), "What an earlier call gave as `findings`."),
    )
}

fn finding() -> Value {
    schema::object()
        .must(
            "key",
            schema::text("Names the finding as long as its code stays, wherever it moves."),
        )
        .must("tool", schema::text("The tool."))
        .must("rule", schema::text("The rule."))
        .must("path", schema::path("The file."))
        .must("line", schema::number("The first line, from 1."))
        .must("column", schema::number("The column, from 1."))
        .must("message", schema::text("What is said."))
        .done()
}

/// Describes the result.
pub(super) fn result() -> Object {
    schema::object()
        .must(
            "findings",
            schema::list(finding(), "By path and place, at most 5,000."),
        )
        .must(
            "count",
            schema::number("How many there are; one more where a linter gave no whole answer."),
        )
        .must(
            "new",
            schema::or_null(schema::texts(
                "Keys of those that were not there before; null without `than`.",
            )),
        )
        .must(
            "gone",
            schema::or_null(schema::texts(
                "Keys of those that are not there any more; null without `than`.",
            )),
        )
        .must("tools", tools::asked_schema())
        .text()
}

/// Performs the action.
pub(super) async fn call(call: &Call, context: &SkillContext) -> Result<Output> {
    let mut given = Given::of(call)?;
    let path: Option<RelPath> = given.may("path")?;
    let wanted: Wanted = match given.may::<String>("tools")? {
        Some(text) => text.parse().map_err(refused)?,
        None => Wanted::Auto,
    };
    let than: Option<Vec<Value>> = given.may("than")?;
    given.done()?;
    let sources = Sources::read(context, path).await?;
    let mut answers = asked(context, &wanted, Purpose::Lint, &sources).await?;
    let mut findings = std::mem::take(&mut answers.findings);
    findings.retain(|finding| finding.suppressed.is_none());
    findings.sort_by(|one, two| {
        (&one.path, one.line, one.column, &one.rule)
            .cmp(&(&two.path, two.line, two.column, &two.rule))
    });
    let keys = delta::keys(&findings);
    let before: Option<Vec<String>> = than.map(|than| {
        let key = |one: &Value| one.get("key").and_then(Value::as_str).map(str::to_owned);
        than.iter().filter_map(key).collect()
    });
    let delta = before.map(|before| delta::compare(&before, &keys));
    let told: Value = findings
        .iter()
        .zip(&keys)
        .take(MOST)
        .map(|(finding, key)| {
            json!({
                "key": key,
                "tool": finding.tool(),
                "rule": rule(finding),
                "path": finding.path,
                "line": finding.line,
                "column": finding.column,
                "message": finding.message,
            })
        })
        .collect();
    let unanswered = answers.unanswered();
    let result = json!({
        "findings": told,
        "count": findings.len() + usize::from(unanswered.is_some()),
        "new": delta.as_ref().map(|delta| &delta.new),
        "gone": delta.as_ref().map(|delta| &delta.gone),
        "tools": answers.json(),
        "text": text(&findings, &keys, delta.as_ref(), &answers),
    });
    let evidence = unanswered.map(|why| Evidence::NotRun {
        what: "lint".to_owned(),
        why,
        cure: None,
    });
    Ok(Output {
        result,
        evidence: evidence.into_iter().collect(),
    })
}

fn rule(finding: &Finding) -> &str {
    finding
        .sources
        .first()
        .map_or(finding.rule.as_str(), |source| source.rule.as_str())
}

fn text(
    findings: &[Finding],
    keys: &[String],
    delta: Option<&delta::Delta>,
    answers: &tools::Answers,
) -> String {
    let mut text = match delta {
        None => format!("{}.\n", bounded::counted(findings.len(), "finding")),
        Some(delta) => format!(
            "{}, {} new and {} gone.\n",
            bounded::counted(findings.len(), "finding"),
            delta.new.len(),
            delta.gone.len()
        ),
    };
    let new: Option<BTreeSet<&String>> = delta.map(|delta| delta.new.iter().collect());
    let shown = findings
        .iter()
        .zip(keys)
        .filter(|(_, key)| new.as_ref().is_none_or(|new| new.contains(key)));
    for (finding, _) in shown.take(NAMED) {
        push(
            &mut text,
            format_args!(
                "- {}:{} {} {}: {}\n",
                name::shown(&finding.path),
                finding.line,
                finding.tool(),
                rule(finding),
                finding.message
            ),
        );
    }
    bounded::both(&text, &answers.text())
}
