//! Gosec: weaknesses of Go. It loads packages by their folders and honours `#nosec` itself.

use serde_json::Value;

use super::reading::{Heard, document, list, number, text};
use super::scene::Scene;
use super::{Order, Purpose, said};
use crate::code::Severity;
use crate::code::analyser::gosec_kinds;

pub(super) fn order(scene: &Scene) -> Result<Order, String> {
    if scene.purpose == Purpose::Lint {
        return Err("it looks for weaknesses and not at the form of code".to_owned());
    }
    if scene.go.is_empty() || !scene.has("go.mod") {
        return Err("there is no Go module at the top of the workspace".to_owned());
    }
    let words = ["gosec", "-quiet", "-fmt", "json", "-no-fail", "./..."];
    Ok(Order::of(&words, &[0, 1]))
}

pub(super) fn read(answer: &str) -> Result<Heard, String> {
    // With nothing to say it prints nothing at all.
    if answer.trim().is_empty() {
        return Ok(Heard::default());
    }
    let document = document(answer)?;
    let mut heard = Heard::default();
    let errors = document.get("Golang errors").and_then(Value::as_object);
    for (file, errors) in errors.into_iter().flatten().take(20) {
        let name = file.rsplit('/').next().unwrap_or(file);
        heard.notes.push(format!(
            "{name} was not looked at: {}",
            text(errors, "/0/error")
        ));
    }
    // An answer without findings has `null` there.
    if document.get("Issues").is_some_and(Value::is_null) {
        return Ok(heard);
    }
    for one in list(&document, "Issues")? {
        let severity = match text(one, "/severity") {
            "HIGH" => Severity::High,
            "MEDIUM" => Severity::Medium,
            _ => Severity::Low,
        };
        // One line, or two with a dash between them.
        let lines: Vec<u64> = text(one, "/line")
            .split('-')
            .filter_map(|line| line.parse().ok())
            .collect();
        let line = lines.first().copied().unwrap_or(1);
        let rule = text(one, "/rule_id");
        heard.said.push(
            said(
                rule,
                severity,
                text(one, "/details"),
                text(one, "/file"),
                line,
            )
            .with_cwe(number(one, "/cwe/id"))
            .spanning(
                number(one, "/column"),
                lines.last().copied().unwrap_or(line),
            )
            .of_kind(gosec_kinds(rule).first().copied()),
        );
    }
    Ok(heard)
}
