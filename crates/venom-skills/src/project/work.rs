//! Formatting, linting, checking types, cleaning, and looking at dependencies: a tool for each kind of
//! project is run and judged by its exit code.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};
use venom_kernel::change::RelPath;
use venom_kernel::confine::{Grants, Limits};
use venom_kernel::effect::EffectClass;
use venom_kernel::evidence::Evidence;
use venom_kernel::plain;
use venom_kernel::skill::{ActionManifest, Reach, Writes};
use venom_kernel::time::Millis;
use venom_ports::skill::{Call, Output, SkillContext};
use venom_ports::{Failure, FailureKind, Result};

use super::{Found, Setting, Task, Tool};
use crate::bounded::{self, push};
use crate::params;
use crate::process::{self, Ending, Heard};
use crate::schema::{self, Object};
use crate::scrub;

/// The longest time for one tool. The action's own limit leaves room to tell of it.
pub(super) const TIMEOUT: Millis = Millis::from_secs(14 * 60);

/// How many lines of a tool's output are shown. Chosen: a few screens; a linter says more than a build.
const LINES: usize = 200;

/// What checkers leave behind and may keep: their caches, and what compilers make on the way. A lock file is
/// not among them: it belongs into commits, and who looks does not make one.
const LEFT: [&str; 7] = [
    ".mypy_cache/**",
    ".ruff_cache/**",
    "**/__pycache__/**",
    "target/**",
    "node_modules/.cache/**",
    "**/*.tsbuildinfo",
    ".eslintcache",
];

/// The registries of the languages, and the lists of known weaknesses.
const REGISTRIES: [&str; 11] = [
    "index.crates.io",
    "static.crates.io",
    "github.com",
    "pypi.org",
    "files.pythonhosted.org",
    "api.osv.dev",
    "registry.npmjs.org",
    "registry.yarnpkg.com",
    "proxy.golang.org",
    "sum.golang.org",
    "vuln.go.dev",
];

/// What is to be done.
#[derive(Clone, Copy)]
pub(super) struct Job {
    task: Task,
}

impl Job {
    pub(super) const fn new(task: Task) -> Self {
        Self { task }
    }
}

/// Describes the actions.
pub(super) fn actions() -> BTreeMap<String, ActionManifest> {
    let builds = || Grants {
        limits: Limits::BUILDS,
        ..Grants::default()
    };
    let make = |summary: &str, class: EffectClass, writes: Writes, params: Object| ActionManifest {
        writes,
        timeout: Millis::from_secs(15 * 60),
        typical: Millis::from_secs(5),
        grants: builds(),
        ..schema::action(summary, class, params, result())
    };
    let folder = || {
        schema::object().may(
            "path",
            schema::path("The folder of the project; the workspace if not given."),
        )
    };
    let left = || Writes::Patterns(LEFT.map(str::to_owned).to_vec());
    let check = schema::flag("Whether to say only what is not in form, and to change nothing.");
    let asks = |summary: &str| ActionManifest {
        reach: Reach::Outbound,
        grants: Grants {
            network: REGISTRIES.map(str::to_owned).to_vec(),
            ..builds()
        },
        ..make(summary, EffectClass::Idempotent, left(), folder())
    };
    [
        (
            "format",
            make(
                "Puts sources into the project's form.",
                EffectClass::Reversible,
                Writes::Anything,
                folder().may("check", check),
            ),
        ),
        (
            "lint",
            make(
                "Runs the project's linters.",
                EffectClass::Idempotent,
                left(),
                folder(),
            ),
        ),
        (
            "fix",
            make(
                "Lets the project's linters correct what they can.",
                EffectClass::Reversible,
                Writes::Anything,
                folder(),
            ),
        ),
        (
            "types",
            make(
                "Checks the types.",
                EffectClass::Idempotent,
                left(),
                folder(),
            ),
        ),
        (
            "clean",
            make(
                "Removes what builds and tools have left.",
                EffectClass::Idempotent,
                Writes::Anything,
                folder(),
            ),
        ),
        (
            "audit",
            asks("Looks for dependencies with known weaknesses."),
        ),
        (
            "outdated",
            asks("Lists dependencies of which there are newer versions."),
        ),
    ]
    .map(|(name, action)| (name.to_owned(), action))
    .into()
}

fn result() -> Object {
    let ran = schema::object()
        .must("kind", schema::text("The kind of project, such as `Rust`."))
        .must("tool", schema::text("The tool."))
        .must("command", schema::text("What was run."))
        .must("ok", schema::flag("Whether it found nothing wrong."))
        .must(
            "exit_code",
            schema::or_null(schema::integer("The exit code.")),
        )
        .must(
            "findings",
            schema::or_null(schema::number(
                "How many findings the tool counts, where it does.",
            )),
        )
        .must("text", schema::text("The end of what it said."))
        .done();
    schema::object()
        .must(
            "ok",
            schema::flag("Whether something was run and nothing was found."),
        )
        .must("ran", schema::list(ran, "What was run, in order."))
        .must("not_run", schema::texts("What was not run, and why."))
        .text()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    path: Option<RelPath>,
    check: Option<bool>,
}

/// Performs `format`.
pub(super) async fn format(call: &Call, context: &SkillContext) -> Result<Output> {
    let params: Params = params::read(call)?;
    let task = if params.check == Some(true) {
        Task::FormatCheck
    } else {
        Task::Format
    };
    let setting = Setting::of(context, params.path).await?;
    perform(context, &setting, task).await
}

/// Performs the others.
pub(super) async fn call(call: &Call, context: &SkillContext, job: Job) -> Result<Output> {
    let Params { path, .. } = params::read(call)?;
    let setting = Setting::of(context, path).await?;
    perform(context, &setting, job.task).await
}

/// What came of one tool.
struct Ran {
    kind: String,
    name: String,
    command: String,
    ending: Ending,
    is_ok: bool,
    findings: Option<u64>,
    said: String,
}

/// Runs what there is for a task.
pub(super) async fn perform(
    context: &SkillContext,
    setting: &Setting,
    task: Task,
) -> Result<Output> {
    let mut ran = Vec::new();
    let mut not_run: Vec<(String, Option<String>)> = Vec::new();
    let mut is_lacking = false;
    for (kind, found) in setting.find(context, task).await? {
        match found {
            Found::Tools(tools) => {
                for tool in tools {
                    ran.push(run(context, setting, kind.clone(), &tool).await?);
                }
            }
            Found::Lacking { what, cure } => {
                is_lacking = true;
                not_run.push((format!("{kind}: {what}"), Some(cure)));
            }
            Found::Nothing(why) => not_run.push((format!("{kind}: {why}"), None)),
        }
    }
    if ran.is_empty() {
        return Err(nothing(setting, task, &not_run, is_lacking));
    }
    Ok(output(task, &ran, not_run, is_lacking))
}

/// Says why nothing was run and what to do about it.
fn nothing(
    setting: &Setting,
    task: Task,
    not_run: &[(String, Option<String>)],
    is_lacking: bool,
) -> Failure {
    if setting.is_empty() {
        return Failure::new(
            FailureKind::Missing,
            "no project was found whose tools are known",
        )
        .with_hint(
            "name the folder of the project, or declare its commands in .venom/project.yaml",
        );
    }
    let why: Vec<String> = not_run.iter().map(|(why, _)| why.clone()).collect();
    let cures: Vec<String> = not_run
        .iter()
        .filter_map(|(_, cure)| cure.clone())
        .collect();
    let message = if is_lacking {
        bounded::joined(&why, 5)
    } else {
        format!("there is nothing to run: {}", bounded::joined(&why, 5))
    };
    let own = format!("declare `commands.{}` in .venom/project.yaml", task.key());
    let hint = if cures.is_empty() {
        own
    } else {
        format!("{}, or {own}", bounded::joined(&cures, 5))
    };
    Failure::new(FailureKind::Missing, message).with_hint(hint)
}

async fn run(context: &SkillContext, setting: &Setting, kind: String, tool: &Tool) -> Result<Ran> {
    let cwd = process::folder(context, &setting.folder);
    let mut argv = tool.argv.clone();
    // A program of the project itself is named by its place; commands are started by whole paths.
    if let Some(program) = argv.first_mut()
        && let Some(own) = program.strip_prefix("./")
    {
        *program = cwd.join(own).to_string_lossy().into_owned();
    }
    let mut order = process::command(&argv, cwd, TIMEOUT);
    order.env = environment(tool);
    let finished = process::run(context, order, Heard::Shown).await?;
    let ending = Ending::of(finished.exit);
    let (stdout, stderr) = (finished.stdout.text(), finished.stderr.text());
    let both = format!("{}\n{}", stdout.trim_end(), stderr.trim_end());
    let said = plain::text(scrub::scrub(both.trim(), &context.root, &context.scratch).as_bytes());
    let is_fine = ending
        .code()
        .is_some_and(|code| code == 0 || tool.fine.contains(&code));
    let speaks = tool.is_silent_when_good && !stdout.trim().is_empty();
    let gave_up = tool.could_not.iter().any(|sign| both.contains(sign));
    Ok(Ran {
        kind,
        name: tool.name.clone(),
        command: shown(tool),
        ending,
        is_ok: is_fine && !speaks && !gave_up,
        findings: count(&tool.name, &said),
        said: bounded::tail(&said, LINES, 32 << 10),
    })
}

/// The command for people; of a script of ours the name alone.
pub(super) fn shown(tool: &Tool) -> String {
    match tool.argv.as_slice() {
        [shell, flag, script] if shell == "sh" && flag == "-c" => bounded::line(script, 200),
        argv => bounded::line(&process::shown(argv), 300),
    }
}

/// Variables of every tool: no colours, no questions, no caches beside the sources.
pub(super) fn environment(tool: &Tool) -> BTreeMap<String, String> {
    [
        ("CI", "1"),
        ("NO_COLOR", "1"),
        ("PYTHONDONTWRITEBYTECODE", "1"),
        ("CARGO_TERM_PROGRESS_WHEN", "never"),
        ("NPM_CONFIG_UPDATE_NOTIFIER", "false"),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .chain(tool.env.iter().cloned())
    .collect()
}

/// The number of findings where a tool says one in plain words.
fn count(tool: &str, said: &str) -> Option<u64> {
    let number_before = |line: &str, word: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let at = words.iter().position(|one| one.starts_with(word))?;
        words.get(at.checked_sub(1)?)?.parse().ok()
    };
    let number_behind = |line: &str, word: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let at = words.iter().position(|one| *one == word)?;
        words.get(at + 1)?.parse().ok()
    };
    let mut lines = said.lines().rev();
    match tool {
        "ruff" => lines.find_map(|line| {
            if line.starts_with("All checks passed") {
                return Some(0);
            }
            line.starts_with("Found ")
                .then(|| number_behind(line, "Found"))?
        }),
        "mypy" => lines.find_map(|line| {
            if line.starts_with("Success:") {
                return Some(0);
            }
            line.starts_with("Found ")
                .then(|| number_behind(line, "Found"))?
        }),
        "eslint" => lines.find_map(|line| {
            line.contains(" problem")
                .then(|| number_before(line, "problem"))?
        }),
        "tsc" => u64::try_from(
            said.lines()
                .filter(|line| line.contains("error TS"))
                .count(),
        )
        .ok(),
        _ => None,
    }
}

fn output(
    task: Task,
    ran: &[Ran],
    not_run: Vec<(String, Option<String>)>,
    is_lacking: bool,
) -> Output {
    let is_ok = ran.iter().all(|one| one.is_ok);
    let mut text = String::new();
    for one in ran {
        let word = if one.is_ok { "went well" } else { "failed" };
        let ending = one.ending.said(TIMEOUT);
        push(
            &mut text,
            format_args!("{}: `{}` {word} ({ending}).\n", one.kind, one.command),
        );
        if let Some(findings) = one.findings.filter(|_| !one.is_ok) {
            let findings = usize::try_from(findings).unwrap_or(usize::MAX);
            push(
                &mut text,
                format_args!("{}.\n", bounded::counted(findings, "finding")),
            );
        }
        // What a tool says although all went well is the answer for these two, and noise for others.
        let is_answer = matches!(task, Task::Outdated | Task::Audit);
        if (!one.is_ok || is_answer) && !one.said.trim().is_empty() {
            push(&mut text, format_args!("\n{}\n", one.said.trim_end()));
        }
    }
    for (why, cure) in &not_run {
        let cure = cure
            .as_deref()
            .map(|cure| format!(" To change that: {cure}."))
            .unwrap_or_default();
        push(&mut text, format_args!("Not run: {why}.{cure}\n"));
    }
    let entry = |one: &Ran| {
        json!({
            "kind": one.kind,
            "tool": one.name,
            "command": one.command,
            "ok": one.is_ok,
            "exit_code": one.ending.code(),
            "findings": one.findings,
            "text": one.said,
        })
    };
    let result = json!({
        "ok": is_ok && !is_lacking,
        "ran": ran.iter().map(entry).collect::<Value>(),
        "not_run": not_run.iter().map(|(why, _)| why.as_str()).collect::<Vec<_>>(),
        "text": bounded::cut(&text, bounded::TEXT),
    });
    // The worst comes first, because a check reads the first that decides.
    let failed = ran.iter().find(|one| !one.is_ok);
    let mut evidence: Vec<Evidence> = failed
        .map(|one| Evidence::Exit {
            // A tool that speaks where it should be silent ends with 0 all the same.
            code: match one.ending.code() {
                Some(0) => Some(1),
                code => code,
            },
        })
        .into_iter()
        .collect();
    let what = task.key();
    let lacking = not_run.into_iter().filter(|(_, cure)| cure.is_some());
    evidence.extend(lacking.map(|(why, cure)| Evidence::NotRun {
        what: what.to_owned(),
        why,
        cure,
    }));
    if is_ok {
        evidence.push(Evidence::Exit { code: Some(0) });
    }
    Output { result, evidence }
}

#[cfg(test)]
mod tests;
