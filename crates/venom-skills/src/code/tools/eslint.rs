//! ESLint: weaknesses of JavaScript and TypeScript by its own rules and those of
//! `eslint-plugin-security`, and whatever a project has set up where the form of code is asked for.
//! It honours `eslint-disable` itself.

use serde_json::{Value, json};

use super::reading::{Heard, document, number, text};
use super::scene::Scene;
use super::{Order, Purpose, said};
use crate::code::analyser::eslint_kinds;
use crate::code::{Kind, Severity};

/// Rules of the tool itself that are about weaknesses.
const OWN: [&str; 4] = ["no-eval", "no-implied-eval", "no-new-func", "no-script-url"];

/// Rules of `eslint-plugin-security`, which have kinds here or are worth a look.
const PLUGIN: [&str; 9] = [
    "detect-buffer-noassert",
    "detect-child-process",
    "detect-disable-mustache-escape",
    "detect-eval-with-expression",
    "detect-new-buffer",
    "detect-non-literal-fs-filename",
    "detect-non-literal-require",
    "detect-pseudoRandomBytes",
    "detect-unsafe-regex",
];

/// Plugins whose rules are about weaknesses.
const ABOUT: [&str; 4] = [
    "security/",
    "no-unsanitized/",
    "no-secrets/",
    "@microsoft/sdl/",
];

pub(super) fn order(scene: &Scene) -> Result<Order, String> {
    if scene.javascript.is_empty() {
        return Err("there is no JavaScript or TypeScript here".to_owned());
    }
    let is_set_up = ["js", "mjs", "cjs", "ts"]
        .iter()
        .any(|end| scene.has(&format!("eslint.config.{end}")));
    let program = if scene.has("node_modules/.bin/eslint") {
        format!("{}/node_modules/.bin/eslint", scene.root)
    } else {
        "eslint".to_owned()
    };
    let mut order = Order::of(&[&program, "--format", "json"], &[0, 1]);
    let mut files = scene.javascript.clone();
    match (scene.purpose, is_set_up) {
        (_, true) => {}
        (Purpose::Lint, false) => {
            return Err(
                "the project has no `eslint.config.js` that says what is wanted".to_owned(),
            );
        }
        (Purpose::Security, false) => {
            let mut rules: serde_json::Map<String, Value> = OWN
                .iter()
                .map(|rule| ((*rule).to_owned(), json!("error")))
                .collect();
            order.argv.push("--no-config-lookup".to_owned());
            if scene.has("node_modules/eslint-plugin-security") {
                let more = PLUGIN
                    .iter()
                    .map(|rule| (format!("security/{rule}"), json!("warn")));
                rules.extend(more);
                order
                    .argv
                    .extend(["--plugin", "security"].map(str::to_owned));
            }
            let rules = Value::Object(rules).to_string();
            order.argv.extend(["--rule".to_owned(), rules]);
            // Without the project's parser it reads nothing but plain JavaScript.
            files.retain(|file| {
                ["js", "mjs", "cjs"]
                    .iter()
                    .any(|end| file.rsplit('.').next() == Some(*end))
            });
            if files.is_empty() {
                return Err(
                    "without an `eslint.config.js` it reads plain JavaScript alone, and there is none"
                        .to_owned(),
                );
            }
        }
    }
    order.argv.push("--no-warn-ignored".to_owned());
    Ok(order.over(&files))
}

pub(super) fn read(answer: &str) -> Result<Heard, String> {
    let document = document(answer)?;
    let Value::Array(files) = document else {
        return Err("it is no list".to_owned());
    };
    let mut heard = Heard::default();
    for file in &files {
        let path = text(file, "/filePath");
        let messages = file.get("messages").and_then(Value::as_array);
        for one in messages.into_iter().flatten() {
            let rule = text(one, "/ruleId");
            let line = number(one, "/line");
            if rule.is_empty() {
                let name = path.rsplit('/').next().unwrap_or(path);
                if heard.notes.len() < 20 {
                    heard
                        .notes
                        .push(format!("{name}:{line}: {}", text(one, "/message")));
                }
                continue;
            }
            let severity = if is_about_weaknesses(rule) {
                Severity::Medium
            } else {
                Severity::Low
            };
            let kind = match rule {
                "no-script-url" => Some(Kind::Xss),
                _ => eslint_kinds(rule).first().copied(),
            };
            heard.said.push(
                said(rule, severity, text(one, "/message"), path, line)
                    .spanning(number(one, "/column"), number(one, "/endLine"))
                    .of_kind(Some(kind.unwrap_or(Kind::Other))),
            );
        }
    }
    Ok(heard)
}

/// Whether a rule is about weaknesses, and not about form.
pub(super) fn is_about_weaknesses(rule: &str) -> bool {
    OWN.contains(&rule) || ABOUT.iter().any(|start| rule.starts_with(start))
}
