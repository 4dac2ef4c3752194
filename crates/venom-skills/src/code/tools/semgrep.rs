//! Semgrep, with the rules that a project has: those of its registry cannot be reached from a cell.
//! It honours `nosemgrep` itself.

use serde_json::Value;

use super::reading::{Heard, document, list, number, text};
use super::scene::Scene;
use super::{Order, Purpose, said};
use crate::code::Severity;

pub(super) fn order(scene: &Scene) -> Result<Order, String> {
    if scene.purpose == Purpose::Lint {
        return Err("it looks for weaknesses and not at the form of code".to_owned());
    }
    let rules = [".semgrep.yml", ".semgrep.yaml", ".semgrep"]
        .into_iter()
        .find(|rules| scene.has(rules))
        .ok_or("the project has no rules for it (`.semgrep.yml` or `.semgrep`), and those of the registry cannot be reached")?;
    let files = scene.all();
    if files.is_empty() {
        return Err("there is nothing here that it could look at".to_owned());
    }
    let mut order = Order::of(
        &[
            "semgrep",
            "scan",
            "--json",
            "--quiet",
            "--metrics=off",
            "--disable-version-check",
            "--no-git-ignore",
            "--config",
            rules,
        ],
        &[0, 1],
    );
    order.env.push(("SEMGREP_SEND_METRICS", "off".to_owned()));
    Ok(order.over(&files))
}

pub(super) fn read(answer: &str) -> Result<Heard, String> {
    let document = document(answer)?;
    let mut heard = Heard::default();
    for error in list(&document, "errors")?.iter().take(20) {
        heard.notes.push(text(error, "/message").to_owned());
    }
    for one in list(&document, "results")? {
        let severity = match text(one, "/extra/severity") {
            "ERROR" | "CRITICAL" | "HIGH" => Severity::High,
            "WARNING" | "MEDIUM" => Severity::Medium,
            _ => Severity::Low,
        };
        let cwe = one.pointer("/extra/metadata/cwe");
        let cwe = match cwe {
            Some(Value::Array(all)) => all.first().and_then(Value::as_str),
            Some(Value::String(one)) => Some(one.as_str()),
            _ => None,
        };
        // As in `CWE-78: Improper Neutralization`.
        let cwe = cwe
            .and_then(|text| text.strip_prefix("CWE-"))
            .and_then(|text| {
                text.split(|c: char| !c.is_ascii_digit())
                    .next()?
                    .parse()
                    .ok()
            })
            .unwrap_or(0);
        heard.said.push(
            said(
                text(one, "/check_id"),
                severity,
                text(one, "/extra/message"),
                text(one, "/path"),
                number(one, "/start/line"),
            )
            .with_cwe(cwe)
            .spanning(number(one, "/start/col"), number(one, "/end/line"))
            .of_kind(None),
        );
    }
    Ok(heard)
}
