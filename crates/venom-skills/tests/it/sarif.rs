//! The form of SARIF documents, as far as ours use it: the objects, their properties and the words
//! that the standard (OASIS SARIF 2.1.0, clauses 3.13 to 3.54) allows in them.
//!
//! The official schema is not kept here: it has 3,000 lines, of which ours uses forty. What is written
//! here is stricter: a property that is not on the list is a mistake, also where the standard has it.

use serde_json::{Value, json};

use crate::world::World;

/// Checks one object: which properties it may have and which it must.
fn object<'v>(value: &'v Value, may: &[&str], must: &[&str]) -> &'v Value {
    let map = value
        .as_object()
        .unwrap_or_else(|| panic!("{value} is no object"));
    for key in map.keys() {
        assert!(
            may.contains(&key.as_str()) || must.contains(&key.as_str()),
            "{key} in {value}"
        );
    }
    for key in must {
        assert!(map.contains_key(*key), "no {key} in {value}");
    }
    value
}

fn word(value: &Value, words: &[&str]) {
    let text = value
        .as_str()
        .unwrap_or_else(|| panic!("{value} is no text"));
    assert!(words.contains(&text), "{text} is none of {words:?}");
}

fn text(value: &Value) {
    assert!(
        value.as_str().is_some_and(|text| !text.is_empty()),
        "{value}"
    );
}

fn from_one(value: &Value) {
    assert!(
        value.is_null() || value.as_u64().is_some_and(|number| number >= 1),
        "{value}"
    );
}

fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

fn message(value: &Value) {
    text(&object(value, &[], &["text"])["text"]);
}

fn location(value: &Value) {
    let place = &object(value, &[], &["physicalLocation"])["physicalLocation"];
    object(place, &["region"], &["artifactLocation"]);
    let artifact = object(&place["artifactLocation"], &["uriBaseId"], &["uri"]);
    let uri = artifact["uri"].as_str().unwrap();
    assert!(
        uri.is_ascii() && !uri.contains([' ', '"', '<', '>', '\\', '^', '`', '{', '|', '}']),
        "{uri}"
    );
    if place["region"].is_object() {
        let region = object(
            &place["region"],
            &["startColumn", "endLine"],
            &["startLine"],
        );
        for key in ["startLine", "startColumn", "endLine"] {
            from_one(&region[key]);
        }
        assert!(
            region["endLine"].is_null()
                || region["endLine"].as_u64() >= region["startLine"].as_u64()
        );
    }
}

/// Checks a whole document.
fn check(document: &Value) {
    object(document, &["$schema"], &["version", "runs"]);
    word(&document["version"], &["2.1.0"]);
    for run in list(document, "runs") {
        object(run, &["columnKind", "invocations", "results"], &["tool"]);
        word(&run["columnKind"], &["utf16CodeUnits", "unicodeCodePoints"]);
        let tool = object(&run["tool"], &["extensions"], &["driver"]);
        for extension in list(tool, "extensions") {
            text(&object(extension, &[], &["name"])["name"]);
        }
        let driver = object(&tool["driver"], &["semanticVersion", "rules"], &["name"]);
        let rules = list(driver, "rules");
        for rule in rules {
            object(rule, &["name", "shortDescription", "properties"], &["id"]);
            text(&rule["id"]);
            message(&rule["shortDescription"]);
        }
        let mut ids: Vec<&Value> = rules.iter().map(|rule| &rule["id"]).collect();
        ids.dedup();
        assert_eq!(ids.len(), rules.len(), "a rule stands there twice");
        for invocation in list(run, "invocations") {
            object(
                invocation,
                &["toolExecutionNotifications"],
                &["executionSuccessful"],
            );
            assert!(invocation["executionSuccessful"].is_boolean());
            for note in list(invocation, "toolExecutionNotifications") {
                object(note, &["level", "locations"], &["message"]);
                word(&note["level"], &["none", "note", "warning", "error"]);
                message(&note["message"]);
                list(note, "locations").iter().for_each(location);
            }
        }
        for result in list(run, "results") {
            let may = [
                "level",
                "locations",
                "suppressions",
                "properties",
                "partialFingerprints",
                "ruleId",
                "ruleIndex",
            ];
            object(result, &may, &["message"]);
            message(&result["message"]);
            word(&result["level"], &["none", "note", "warning", "error"]);
            list(result, "locations").iter().for_each(location);
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(rules[index]["id"], result["ruleId"]);
            for print in result["partialFingerprints"].as_object().unwrap().values() {
                text(print);
            }
            for suppression in list(result, "suppressions") {
                object(suppression, &["justification"], &["kind"]);
                word(&suppression["kind"], &["inSource", "external"]);
            }
        }
    }
}

#[test]
fn documents_keep_to_the_form_of_the_standard() {
    let world = World::new();
    world.write(
        "a b/ü.js",
        "eval(location.hash);\nfunction f(x) { eval(x); } // nosemgrep\n",
    );
    world.write("latin.js", b"// caf\xe9\n");
    world.write("eslint.config.js", "module.exports = [];\n");
    let answer = json!([{"filePath": "a b/ü.js", "messages": [
        {"ruleId": "no-eval", "message": "m", "line": 1, "column": 1, "endLine": 1},
        {"ruleId": "semi", "message": "", "line": 900, "column": 0, "endLine": 0},
        {"ruleId": null, "fatal": true, "message": "Parsing error", "line": 2},
    ]}]);
    world.write_program(
        "node_modules/.bin/eslint",
        &format!("#!/bin/sh\ncat <<'END'\n{answer}\nEND\n"),
    );
    let tools = json!({"tools": "eslint,bandit"});
    for params in [json!({}), tools] {
        let found = world.call("code.find-vulnerabilities", params);
        check(&venom_skills::code::sarif(&found, "0.1.0"));
    }
    check(&venom_skills::code::sarif(&json!({}), "0.1.0"));
}
