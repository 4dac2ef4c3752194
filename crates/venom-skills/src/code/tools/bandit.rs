//! Bandit: weaknesses of Python. It honours `# nosec` itself.

use super::reading::{Heard, document, list, number, text};
use super::scene::Scene;
use super::{Order, Purpose, said};
use crate::code::analyser::numbered;
use crate::code::{Kind, Severity};

pub(super) fn order(scene: &Scene) -> Result<Order, String> {
    if scene.purpose == Purpose::Lint {
        return Err("it looks for weaknesses and not at the form of code".to_owned());
    }
    if scene.python.is_empty() {
        return Err("there is no Python here".to_owned());
    }
    let order = Order::of(&["bandit", "-q", "-f", "json", "--exit-zero"], &[0]);
    Ok(order.over(&scene.python))
}

pub(super) fn read(answer: &str) -> Result<Heard, String> {
    let document = document(answer)?;
    let mut heard = Heard::default();
    for error in list(&document, "errors")? {
        heard.notes.push(format!(
            "{} was not looked at: {}",
            text(error, "/filename").trim_start_matches("./"),
            text(error, "/reason")
        ));
    }
    for one in list(&document, "results")? {
        let id = text(one, "/test_id");
        let severity = match text(one, "/issue_severity") {
            "HIGH" => Severity::High,
            "MEDIUM" => Severity::Medium,
            _ => Severity::Low,
        };
        let line = number(one, "/line_number");
        let last = one
            .pointer("/line_range")
            .and_then(serde_json::Value::as_array)
            .and_then(|lines| lines.last()?.as_u64())
            .unwrap_or(line);
        let kind = id
            .strip_prefix('B')
            .and_then(|digits| numbered(digits.parse().ok()?).first().copied());
        heard.said.push(
            said(
                id,
                severity,
                text(one, "/issue_text"),
                text(one, "/filename"),
                line,
            )
            .with_cwe(number(one, "/issue_cwe/id"))
            .spanning(number(one, "/col_offset") + 1, last)
            .of_kind(kind.or_else(|| is_hint(id).then_some(Kind::Other))),
        );
    }
    Ok(heard)
}

/// Imports and `assert` are no weakness of the kind whose number they carry.
fn is_hint(id: &str) -> bool {
    id.starts_with("B4") || id == "B101"
}
