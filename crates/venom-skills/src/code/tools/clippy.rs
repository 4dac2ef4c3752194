//! Clippy: lints of Rust. It compiles, into a folder of its own that is gone afterwards, so that a
//! search for weaknesses asks it only where it is named.

use serde_json::Value;

use super::reading::{Heard, number, text};
use super::scene::Scene;
use super::{Order, Purpose, said};
use crate::code::{Kind, Severity};

/// Lints that are about memory and text taken at its word.
const UNSAFE: [&str; 7] = [
    "clippy::cast_slice_different_sizes",
    "clippy::mem_replace_with_uninit",
    "clippy::not_unsafe_ptr_arg_deref",
    "clippy::transmute_ptr_to_ptr",
    "clippy::transmuting_null",
    "clippy::uninit_assumed_init",
    "clippy::uninit_vec",
];

/// Runs it in a folder that nobody else sees: `$@` are the words of the tool.
const APART: &str = r#"folder=$(mktemp -d) || exit 120
trap 'rm -rf "$folder"' EXIT
CARGO_TARGET_DIR=$folder "$@""#;

pub(super) fn order(scene: &Scene) -> Result<Order, String> {
    if !scene.has("Cargo.toml") {
        return Err("there is no `Cargo.toml` at the top of the workspace".to_owned());
    }
    let mut order = Order::of(
        &[
            "sh",
            "-c",
            APART,
            "sh",
            "cargo",
            "clippy",
            "--workspace",
            "--offline",
            "--quiet",
            "--message-format",
            "json",
        ],
        &[0, 101],
    );
    if scene.purpose == Purpose::Security {
        order
            .argv
            .extend(["--", "-A", "clippy::all"].map(str::to_owned));
        for lint in UNSAFE {
            order.argv.extend(["-W".to_owned(), lint.to_owned()]);
        }
    }
    Ok(order)
}

pub(super) fn read(answer: &str) -> Result<Heard, String> {
    let mut heard = Heard::default();
    let mut finished = false;
    for line in answer.lines().filter(|line| !line.trim().is_empty()) {
        let one: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
        match text(&one, "/reason") {
            "build-finished" => {
                finished = true;
                if one.get("success").and_then(Value::as_bool) != Some(true) {
                    heard.notes.push("the project does not compile".to_owned());
                }
            }
            "compiler-message" => lint(&one, &mut heard),
            _ => {}
        }
    }
    if finished {
        Ok(heard)
    } else {
        Err("it stops in the middle".to_owned())
    }
}

fn lint(one: &Value, heard: &mut Heard) {
    let rule = text(one, "/message/code/code");
    let spans = one.pointer("/message/spans").and_then(Value::as_array);
    let span = spans.and_then(|spans| {
        spans
            .iter()
            .find(|span| span.get("is_primary").and_then(Value::as_bool) == Some(true))
    });
    let (Some(span), false) = (span, rule.is_empty()) else {
        return;
    };
    let is_unsafe = UNSAFE.contains(&rule);
    let severity = match text(one, "/message/level") {
        "error" => Severity::High,
        _ if is_unsafe => Severity::Medium,
        _ => Severity::Low,
    };
    let message = text(one, "/message/message");
    let kind = if is_unsafe {
        Kind::UnsafeMemory
    } else {
        Kind::Other
    };
    heard.said.push(
        said(
            rule,
            severity,
            message,
            text(span, "/file_name"),
            number(span, "/line_start"),
        )
        .spanning(number(span, "/column_start"), number(span, "/line_end"))
        .of_kind(Some(kind)),
    );
}
