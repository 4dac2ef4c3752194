//! Manifests are strict, and what they promise is checked: the part of JSON Schema that they use.

use std::sync::Arc;

use serde_json::Value;
use venom_ports::skill::{Skill, SkillRegistry as _};
use venom_skills::function::FunctionSkill;
use venom_skills::registry::Registry;

use crate::function::Answering;

/// Says where a value does not fit a schema; `None` if it fits.
pub(crate) fn misfit(schema: &Value, value: &Value) -> Option<String> {
    check(schema, value, "")
}

fn check(schema: &Value, value: &Value, at: &str) -> Option<String> {
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => return Some(format!("{at}: the schema has no type")),
    };
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    if !kinds.contains(&kind) {
        return Some(format!("{at}: {value} is {kind}, not {kinds:?}"));
    }
    if let Some(words) = schema["enum"].as_array()
        && !words.contains(value)
    {
        return Some(format!("{at}: {value} is not one of {words:?}"));
    }
    if let (Some(least), Some(number)) = (schema["minimum"].as_i64(), value.as_i64())
        && number < least
    {
        return Some(format!("{at}: {number} is less than {least}"));
    }
    if let (Some(most), Some(number)) = (schema["maximum"].as_i64(), value.as_i64())
        && number > most
    {
        return Some(format!("{at}: {number} is more than {most}"));
    }
    let is_open = match value {
        Value::Array(_) => schema.get("items").is_none(),
        Value::Object(_) => schema.get("additionalProperties") != Some(&Value::Bool(false)),
        _ => false,
    };
    if is_open {
        // The answer of a stranger's function may be anything.
        return None;
    }
    if let Value::Array(items) = value {
        let mut misfits = items
            .iter()
            .filter_map(|item| check(&schema["items"], item, &format!("{at}[]")));
        return misfits.next();
    }
    let Value::Object(map) = value else {
        return None;
    };
    for name in schema["required"].as_array().into_iter().flatten() {
        if !map.contains_key(name.as_str()?) {
            return Some(format!("{at}: {name} is missing"));
        }
    }
    map.iter().find_map(|(name, value)| {
        let inner = format!("{at}.{name}");
        match schema["properties"].get(name) {
            Some(schema) => check(schema, value, &inner),
            None => Some(format!("{inner} is not in the schema")),
        }
    })
}

/// Walks over a schema and complains about what is not strict.
fn sloppy(schema: &Value, at: &str, complaints: &mut Vec<String>) {
    let is_object = schema["type"] == "object" || schema["type"][0] == "object";
    if is_object && schema["additionalProperties"] != false {
        complaints.push(format!("{at} lets other properties in"));
    }
    for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
        let at = format!("{at}.{name}");
        if inner["description"]
            .as_str()
            .is_none_or(|text| !text.ends_with('.'))
        {
            complaints.push(format!("{at} has no description"));
        }
        sloppy(inner, &at, complaints);
    }
    if schema.get("items").is_some() {
        sloppy(&schema["items"], &format!("{at}[]"), complaints);
    }
}

#[test]
fn manifests_are_strict_and_described() {
    let skill: Arc<dyn Skill> = Arc::new(FunctionSkill::new(Arc::new(Answering::default())));
    let registry = Registry::with([skill]);
    let mut complaints = Vec::new();
    let mut actions = Vec::new();
    for skill in registry.manifests().iter() {
        assert!(registry.skill(&skill.name).is_some());
        for (name, action) in &skill.actions {
            let at = format!("{}.{name}", skill.name);
            sloppy(&action.params, &format!("{at} params"), &mut complaints);
            sloppy(&action.result, &format!("{at} result"), &mut complaints);
            if action.typical > action.timeout {
                complaints.push(format!("{at} is expected to take longer than it may"));
            }
            actions.push(at);
        }
    }
    assert_eq!(complaints, Vec::<String>::new());
    let expected = [
        "build.run",
        "code.apply-fixes",
        "code.explain-module",
        "code.find-secrets",
        "code.find-unused",
        "code.find-vulnerabilities",
        "code.improve-structure",
        "code.lint",
        "code.map",
        "code.rename",
        "code.replace-pattern",
        "code.run",
        "code.search-pattern",
        "files.archive",
        "files.edit",
        "files.find",
        "files.read",
        "files.replace",
        "files.search",
        "files.todos",
        "files.unpack",
        "files.write",
        "files.write-list",
        "function.invoke",
        "function.list",
        "function.query",
        "git.add-worktree",
        "git.amend",
        "git.analyze-module",
        "git.bisect",
        "git.branch",
        "git.changelog",
        "git.changes-since",
        "git.commit",
        "git.create-branch",
        "git.delete-branch",
        "git.diff",
        "git.drop-stash",
        "git.log",
        "git.merge",
        "git.pop-stash",
        "git.release-notes",
        "git.remove-worktree",
        "git.reset",
        "git.stash",
        "git.stashes",
        "git.status",
        "git.submodules",
        "git.switch-branch",
        "git.tag",
        "git.tags",
        "git.worktrees",
        "project.audit",
        "project.clean",
        "project.compare",
        "project.deploy",
        "project.deployment",
        "project.fix",
        "project.format",
        "project.lint",
        "project.outdated",
        "project.profile",
        "project.ready",
        "project.script",
        "project.types",
        "shell.exec",
        "shell.list",
        "shell.read",
        "shell.resize",
        "shell.run",
        "shell.signal",
        "shell.start",
        "shell.stop",
        "shell.write",
        "test.run",
    ];
    assert_eq!(actions, expected);
}
