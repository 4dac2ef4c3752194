//! Cargo-audit: dependencies of Rust with known weaknesses. A cell has no network, so that it works
//! with the advisories that are on the machine (`~/.cargo/advisory-db`), if there are any.

use serde_json::Value;

use super::reading::{Heard, Texts, document, text};
use super::scene::Scene;
use super::{Order, Purpose, said};
use crate::code::{Kind, Severity};

/// The number of "dependency on a component with known weaknesses".
const CWE: u64 = 1395;

/// The file whose lines are named.
const LOCK: &str = "Cargo.lock";

pub(super) fn order(scene: &Scene) -> Result<Order, String> {
    if scene.purpose == Purpose::Lint {
        return Err("it looks for weaknesses and not at the form of code".to_owned());
    }
    if !scene.has(LOCK) {
        return Err(format!("there is no `{LOCK}` at the top of the workspace"));
    }
    let words = [
        "cargo-audit",
        "audit",
        "--json",
        "--no-fetch",
        "--stale",
        "--file",
        LOCK,
    ];
    Ok(Order::of(&words, &[0, 1]))
}

pub(super) fn read(answer: &str, texts: &Texts) -> Result<Heard, String> {
    let document = document(answer)?;
    let found = document
        .pointer("/vulnerabilities/list")
        .and_then(Value::as_array)
        .ok_or("it has no list `vulnerabilities.list`")?;
    let lock = texts.text(LOCK).unwrap_or_default();
    let mut heard = Heard::default();
    for one in found {
        let (name, version) = (text(one, "/package/name"), text(one, "/package/version"));
        let patched: Vec<&str> = one
            .pointer("/versions/patched")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let cure = if patched.is_empty() {
            "no version without it is known".to_owned()
        } else {
            format!("cured in {}", patched.join(", "))
        };
        let message = format!(
            "{name} {version}: {} ({cure})",
            text(one, "/advisory/title")
        );
        heard.said.push(
            said(
                text(one, "/advisory/id"),
                Severity::High,
                &message,
                LOCK,
                line_of(lock, name, version),
            )
            .with_cwe(CWE)
            .of_kind(Some(Kind::VulnerableDependency)),
        );
    }
    Ok(heard)
}

/// The line that names a package in a lock file; the first line if none does.
fn line_of(lock: &str, name: &str, version: &str) -> u64 {
    let name = format!("name = \"{name}\"");
    let version = format!("version = \"{version}\"");
    let lines: Vec<&str> = lock.lines().map(str::trim).collect();
    let at = lines.windows(2).position(|pair| {
        pair.first() == Some(&name.as_str()) && pair.last() == Some(&version.as_str())
    });
    at.map_or(1, |at| at as u64 + 1)
}
