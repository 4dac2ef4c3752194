//! Ruff: weaknesses of Python by the rules of flake8-bandit, and whatever a project has chosen
//! where the form of code is asked for. It honours `# noqa` itself.

use serde_json::Value;

use super::reading::{Heard, document, number, text};
use super::scene::Scene;
use super::{Order, Purpose, said};
use crate::code::analyser::numbered;
use crate::code::{Kind, Severity};

pub(super) fn order(scene: &Scene) -> Result<Order, String> {
    if scene.python.is_empty() {
        return Err("there is no Python here".to_owned());
    }
    let mut order = Order::of(
        &[
            "ruff",
            "check",
            "--quiet",
            "--output-format",
            "json",
            "--no-cache",
            "--exit-zero",
        ],
        &[0],
    );
    if scene.purpose == Purpose::Security {
        // What a project switches off by its settings is not for it to hide; what it marks is heeded.
        let words = ["--isolated", "--select", "S"];
        order.argv.extend(words.map(str::to_owned));
    }
    Ok(order.over(&scene.python))
}

pub(super) fn read(answer: &str) -> Result<Heard, String> {
    let document = document(answer)?;
    let Value::Array(all) = document else {
        return Err("it is no list".to_owned());
    };
    let mut heard = Heard::default();
    for one in &all {
        let code = text(one, "/code");
        let path = text(one, "/filename");
        let line = number(one, "/location/row");
        if code.is_empty() || code == "invalid-syntax" {
            let file = path.rsplit('/').next().unwrap_or(path);
            let note = format!("{file}:{line} does not parse: {}", text(one, "/message"));
            if heard.notes.len() < 20 {
                heard.notes.push(note);
            }
            continue;
        }
        let test: Option<u32> = code
            .strip_prefix('S')
            .and_then(|digits| digits.parse().ok());
        let kind = test.and_then(|test| numbered(test).first().copied());
        heard.said.push(
            said(code, severity(code), text(one, "/message"), path, line)
                .spanning(
                    number(one, "/location/column"),
                    number(one, "/end_location/row"),
                )
                .of_kind(Some(kind.unwrap_or(Kind::Other))),
        );
    }
    Ok(heard)
}

/// Ruff calls everything an error. What bandit calls the tests of the same numbers counts; outside
/// of them nothing lets anybody in.
fn severity(code: &str) -> Severity {
    let test: Option<u32> = code
        .strip_prefix('S')
        .and_then(|digits| digits.parse().ok());
    match test {
        Some(202 | 324 | 501..=503 | 507 | 602 | 605 | 609 | 701) => Severity::High,
        Some(101 | 105..=107 | 110 | 112 | 311 | 400..=499 | 603 | 606 | 607) | None => {
            Severity::Low
        }
        Some(_) => Severity::Medium,
    }
}
