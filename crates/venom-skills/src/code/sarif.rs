//! Findings as SARIF 2.1.0, the form that code hosts and editors read.
//!
//! The input is what `find-vulnerabilities` gave, so that a report can be written from the log of
//! a run long after it.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use venom_kernel::digest::Digest;

/// Writes the result of `find-vulnerabilities` as a SARIF document.
///
/// Findings that the text suppresses are told as suppressed results. What was not analysed is told
/// as a notification, so that an empty report is not taken for a clean one.
pub fn sarif(result: &Value, version: &str) -> Value {
    let empty = Vec::new();
    let list = |key: &str| {
        result
            .get(key)
            .and_then(Value::as_array)
            .unwrap_or(&empty)
            .iter()
    };
    let mut rules: BTreeMap<String, Value> = BTreeMap::new();
    let mut results: Vec<Value> = Vec::new();
    for (finding, is_suppressed) in list("findings")
        .map(|one| (one, false))
        .chain(list("suppressed").map(|one| (one, true)))
    {
        let id = text(finding, "rule");
        rules
            .entry(id.to_owned())
            .or_insert_with(|| rule(id, finding));
        results.push(found(finding, is_suppressed));
    }
    let ids: Vec<&String> = rules.keys().collect();
    for one in &mut results {
        let place = one
            .get("ruleId")
            .and_then(Value::as_str)
            .and_then(|id| ids.iter().position(|known| *known == id));
        if let (Some(place), Some(object)) = (place, one.as_object_mut()) {
            object.insert("ruleIndex".to_owned(), json!(place));
        }
    }
    let notes: Vec<Value> = list("skipped")
        .map(|one| {
            json!({
                "level": "warning",
                "message": {"text": format!("not analysed: {}", text(one, "why"))},
                "locations": [{"physicalLocation": {"artifactLocation": artifact(text(one, "path"))}}],
            })
        })
        .collect();
    let mut notes = notes;
    let mut extensions: Vec<Value> = Vec::new();
    for asked in list("tools") {
        let answered = asked.get("answered").and_then(Value::as_bool) == Some(true);
        let said: Vec<&str> = asked
            .get("notes")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        if !said.is_empty() {
            notes.push(json!({
                "level": if answered { "note" } else { "warning" },
                "message": {"text": format!("{}: {}", text(asked, "tool"), said.join("; "))},
            }));
        }
        if answered {
            extensions.push(json!({"name": text(asked, "tool")}));
        }
    }
    let is_whole = result.get("truncated").and_then(Value::as_bool) != Some(true);
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "venom",
                "semanticVersion": version,
                "rules": rules.into_values().collect::<Vec<_>>(),
            }, "extensions": extensions},
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": is_whole,
                "toolExecutionNotifications": notes,
            }],
            "results": results,
        }],
    })
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Where a file is, as an address: what a path may hold and an address may not is written in
/// hundredths.
fn artifact(path: &str) -> Value {
    let mut address = String::new();
    for byte in path.bytes() {
        let is_plain = byte.is_ascii_alphanumeric()
            || matches!(byte, b'/' | b'-' | b'_' | b'.' | b'~' | b'+' | b'@' | b',');
        if is_plain {
            address.push(char::from(byte));
        } else {
            address.push('%');
            for half in [byte >> 4, byte & 15] {
                let digit = char::from_digit(u32::from(half), 16).unwrap_or('0');
                address.push(digit.to_ascii_uppercase());
            }
        }
    }
    json!({"uri": address, "uriBaseId": "%SRCROOT%"})
}

/// What a finding is known by when it has moved: its rule and its code.
fn fingerprint(finding: &Value) -> String {
    let code: Vec<&str> = text(finding, "excerpt").split_whitespace().collect();
    let what = [
        text(finding, "path"),
        text(finding, "rule"),
        &code.join(" "),
    ]
    .join("\0");
    Digest::of_bytes(what.as_bytes())
        .to_string()
        .chars()
        .take(32)
        .collect()
}

fn rule(id: &str, finding: &Value) -> Value {
    let mut properties = Map::new();
    let kind = text(finding, "kind");
    let mut tags = vec!["security".to_owned(), kind.to_owned()];
    if let Some(cwe) = finding
        .get("cwe")
        .and_then(Value::as_u64)
        .filter(|cwe| *cwe > 0)
    {
        tags.push(format!("external/cwe/cwe-{cwe:03}"));
    }
    properties.insert("tags".to_owned(), json!(tags));
    if let Some(score) = score(text(finding, "severity")) {
        properties.insert("security-severity".to_owned(), json!(score));
    }
    json!({
        "id": id,
        "name": kind,
        "shortDescription": {"text": text(finding, "message")},
        "properties": properties,
    })
}

/// The number that code hosts sort by: the middles of the bands of CVSS.
fn score(severity: &str) -> Option<&'static str> {
    match severity {
        "high" => Some("8.0"),
        "medium" => Some("5.5"),
        "low" => Some("2.0"),
        _ => None,
    }
}

fn found(finding: &Value, is_suppressed: bool) -> Value {
    let number = |key: &str| finding.get(key).and_then(Value::as_u64);
    let mut region = Map::new();
    region.insert(
        "startLine".to_owned(),
        json!(number("line").unwrap_or(1).max(1)),
    );
    if let Some(column) = number("column") {
        region.insert("startColumn".to_owned(), json!(column.max(1)));
    }
    if let Some(end) = number("end_line") {
        region.insert("endLine".to_owned(), json!(end.max(1)));
    }
    let level = match text(finding, "severity") {
        "high" => "error",
        "low" => "note",
        _ => "warning",
    };
    let note = text(finding, "note");
    let message = text(finding, "message");
    let message = if note.is_empty() {
        message.to_owned()
    } else {
        format!("{message}: {note}")
    };
    let mut one = json!({
        "ruleId": text(finding, "rule"),
        "level": level,
        "message": {"text": message},
        "locations": [{"physicalLocation": {
            "artifactLocation": artifact(text(finding, "path")),
            "region": region,
        }}],
    });
    let mut tools: Vec<&str> = finding
        .get("sources")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|source| text(source, "tool"))
        .collect();
    // One tool may have several rules for a place; they stand together.
    tools.dedup();
    if !tools.is_empty()
        && let Some(object) = one.as_object_mut()
    {
        object.insert("properties".to_owned(), json!({"tools": tools}));
    }
    if let Some(object) = one.as_object_mut() {
        object.insert(
            "partialFingerprints".to_owned(),
            json!({"venomFinding/v1": fingerprint(finding)}),
        );
    }
    if is_suppressed && let Some(object) = one.as_object_mut() {
        object.insert(
            "suppressions".to_owned(),
            json!([{"kind": "inSource", "justification": text(finding, "mark")}]),
        );
    }
    one
}
