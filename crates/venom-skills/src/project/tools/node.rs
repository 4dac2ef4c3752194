//! Node and TypeScript: the scripts of `package.json`, else what the project has installed.

use serde_json::Value;

use super::{Facts, Found, Task, Tool, lacking, one, tool};

/// Removes what builds leave where git is told to ignore it.
const CLEAN: &str = r#"for folder in dist build coverage out .cache .turbo .next node_modules/.cache; do
  if [ -d "$folder" ] && git check-ignore --quiet "$folder" 2>/dev/null; then rm -rf "$folder"; fi
done
rm -f ./*.tsbuildinfo"#;

pub(super) fn find(task: Task, facts: &Facts<'_>) -> Found {
    let package = package(facts);
    let scripts = package.get("scripts");
    let named = task
        .names()
        .iter()
        .find(|name| scripts.is_some_and(|scripts| scripts.get(**name).is_some()));
    let manager = manager(facts, &package);
    if let Some(name) = named {
        return run_script(facts, manager, name);
    }
    let uses = |name: &str| {
        ["dependencies", "devDependencies"]
            .iter()
            .any(|key| package.get(*key).is_some_and(|all| all.get(name).is_some()))
    };
    let configured = |names: &[&str]| {
        facts
            .files
            .iter()
            .any(|file| !file.contains('/') && names.iter().any(|name| file.starts_with(name)))
    };
    let biome = configured(&["biome.json"]) || uses("@biomejs/biome");
    match task {
        Task::Format if biome => own(facts, "biome", &["format", "--write", "."]),
        Task::FormatCheck if biome => own(facts, "biome", &["format", "."]),
        Task::Lint if biome => own(facts, "biome", &["lint", "."]),
        Task::Fix if biome => own(facts, "biome", &["lint", "--write", "."]),
        Task::Format => own(facts, "prettier", &["--log-level", "warn", "--write", "."]),
        Task::FormatCheck => own(facts, "prettier", &["--check", "."]),
        Task::Lint => own(facts, "eslint", &["."]),
        Task::Fix => own(facts, "eslint", &["--fix", "."]),
        Task::Types if facts.has_file("tsconfig.json") => own(facts, "tsc", &["--noEmit"]),
        Task::Types => Found::Nothing("there is no tsconfig.json, so nothing has types".to_owned()),
        Task::Build => Found::Nothing("package.json has no script `build`".to_owned()),
        Task::Clean => one(tool("sh", ["sh", "-c", CLEAN])),
        Task::Audit if !(facts.has)(manager) => no_manager(manager),
        Task::Audit if manager == "yarn" => one(tool(manager, ["yarn", "npm", "audit"])),
        Task::Audit => one(tool(manager, [manager, "audit"])),
        Task::Outdated if !(facts.has)(manager) => no_manager(manager),
        Task::Outdated => {
            let mut outdated = tool(manager, [manager, "outdated"]);
            // The exit code 1 says that the list is not empty.
            outdated.fine = &[1];
            one(outdated)
        }
    }
}

/// The project's scripts with the commands that run them.
pub(super) fn scripts(facts: &Facts<'_>) -> Vec<(String, Tool)> {
    let package = package(facts);
    let manager = manager(facts, &package);
    let Some(scripts) = package.get("scripts").and_then(Value::as_object) else {
        return Vec::new();
    };
    scripts
        .keys()
        .map(|name| {
            let run = tool(manager, [manager, "run", "--silent", name.as_str()]);
            (name.clone(), run)
        })
        .collect()
}

fn package(facts: &Facts<'_>) -> Value {
    let text = facts.text("package.json").trim_start_matches('\u{feff}');
    serde_json::from_str(text).unwrap_or_default()
}

fn manager(facts: &Facts<'_>, package: &Value) -> &'static str {
    let said = package.get("packageManager").and_then(Value::as_str);
    let says = |name: &str| said.is_some_and(|said| said.starts_with(name));
    if facts.has_file("pnpm-lock.yaml") || says("pnpm@") {
        "pnpm"
    } else if facts.has_file("yarn.lock") || says("yarn@") {
        "yarn"
    } else {
        "npm"
    }
}

fn run_script(facts: &Facts<'_>, manager: &str, name: &str) -> Found {
    if !(facts.has)(manager) {
        return no_manager(manager);
    }
    one(tool(manager, [manager, "run", "--silent", name]))
}

fn no_manager(manager: &str) -> Found {
    lacking(
        manager,
        &format!("install `{manager}` and see that it is on the PATH"),
    )
}

/// A tool of the project, or one of the machine.
fn own(facts: &Facts<'_>, name: &str, words: &[&str]) -> Found {
    if let Some(path) = facts.local.get(name) {
        return one(tool(name, [&[path.as_str()], words].concat()));
    }
    if (facts.has)(name) {
        return one(tool(name, [&[name], words].concat()));
    }
    let package = match name {
        "tsc" => "typescript",
        "biome" => "@biomejs/biome",
        other => other,
    };
    lacking(
        name,
        &format!("`npm install --save-dev {package}` in the project"),
    )
}
