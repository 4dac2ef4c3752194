//! Scripts that a project has: of `.venom/project.yaml`, of its makefile and of `package.json`, with the
//! variables of one of its environments.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;
use venom_kernel::change::RelPath;
use venom_kernel::confine::{Grants, Limits};
use venom_kernel::effect::EffectClass;
use venom_kernel::evidence::Evidence;
use venom_kernel::plain;
use venom_kernel::skill::{ActionManifest, Writes};
use venom_kernel::time::Millis;
use venom_ports::skill::{Call, Output, SkillContext};
use venom_ports::{Failure, FailureKind, Result};

use super::declared::{self, Variables};
use super::work::{self, TIMEOUT};
use super::{Setting, Tool};
use crate::bounded::{self, push};
use crate::params;
use crate::process::{self, Ending, Heard};
use crate::schema::{self, Object};
use crate::scrub;

/// How many lines of the output are given.
const LINES: usize = 400;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    name: String,
    environment: Option<String>,
    path: Option<RelPath>,
}

/// Describes the action.
pub(super) fn action() -> ActionManifest {
    let params = schema::object()
        .must(
            "name",
            schema::text("The name of a script, or of a target of the makefile."),
        )
        .may(
            "environment",
            schema::text("The environment of .venom/project.yaml whose variables it gets."),
        )
        .may(
            "path",
            schema::path("The folder of the project; the workspace if not given."),
        );
    ActionManifest {
        writes: Writes::Anything,
        timeout: Millis::from_secs(15 * 60),
        typical: Millis::from_secs(5),
        grants: Grants {
            limits: Limits::BUILDS,
            ..Grants::default()
        },
        ..schema::action(
            "Runs a script of the project.",
            EffectClass::Reversible,
            params,
            result(),
        )
    }
}

/// Describes what is told of a script.
pub(super) fn result() -> Object {
    schema::object()
        .must("command", schema::text("What was run."))
        .must(
            "environment",
            schema::or_null(schema::text("The environment that it ran in.")),
        )
        .must(
            "exit_code",
            schema::or_null(schema::integer("The exit code; null after a signal.")),
        )
        .must(
            "output",
            schema::text("The end of what it said, at most 400 lines."),
        )
        .text()
}

/// Performs the action.
pub(super) async fn run(call: &Call, context: &SkillContext) -> Result<Output> {
    let Params {
        name,
        environment,
        path,
    } = params::read(call)?;
    let setting = Setting::of(context, path).await?;
    let tool = find(context, &setting, &name)?;
    let variables = match &environment {
        Some(environment) => setting.declared.environment(environment)?.clone(),
        None => Variables::new(),
    };
    let told = perform(context, &setting, &tool, &variables).await?;
    Ok(told.output(&tool, environment.as_deref()))
}

/// Finds a script by its name.
pub(super) fn find(context: &SkillContext, setting: &Setting, name: &str) -> Result<Tool> {
    let targets = setting.targets(context);
    if let Some(tool) = targets.get(name) {
        return Ok(tool.clone());
    }
    let names: Vec<&str> = targets.keys().map(String::as_str).collect();
    Err(Failure::new(
        FailureKind::Missing,
        format!(
            "the project has no script `{}`{}",
            bounded::line(name, 60),
            declared::meant(name, &names)
        ),
    )
    .with_hint(
        "scripts are `scripts` in .venom/project.yaml or package.json, and targets of the makefile",
    ))
}

/// What came of a script.
pub(super) struct Told {
    pub(super) ending: Ending,
    pub(super) said: String,
}

/// Runs a script with the variables of an environment.
pub(super) async fn perform(
    context: &SkillContext,
    setting: &Setting,
    tool: &Tool,
    variables: &BTreeMap<String, String>,
) -> Result<Told> {
    let cwd = process::folder(context, &setting.folder);
    let mut command = process::command(&tool.argv, cwd, TIMEOUT);
    command.env = work::environment(tool);
    command.env.extend(
        variables
            .iter()
            .map(|(name, value)| (name.clone(), value.clone())),
    );
    let finished = process::run(context, command, Heard::Shown).await?;
    let ending = Ending::of(finished.exit);
    if let Some(stop) = ending.stop() {
        let failure = stop.failure(&format!("`{}`", work::shown(tool)), TIMEOUT);
        return Err(match stop.hint() {
            Some(hint) => failure.with_hint(hint),
            None => failure,
        });
    }
    let (stdout, stderr) = (finished.stdout.text(), finished.stderr.text());
    let both = format!("{}\n{}", stdout.trim_end(), stderr.trim_end());
    let said = scrub::scrub(both.trim(), &context.root, &context.scratch);
    Ok(Told {
        ending,
        said: bounded::tail(&plain::text(said.as_bytes()), LINES, 32 << 10),
    })
}

impl Told {
    pub(super) fn output(&self, tool: &Tool, environment: Option<&str>) -> Output {
        let code = self.ending.code();
        let shown = work::shown(tool);
        let place = environment
            .map(|name| format!(" in the environment `{name}`"))
            .unwrap_or_default();
        let mut text = format!(
            "`{shown}` ended{place} with {}.\n",
            self.ending.said(TIMEOUT)
        );
        if !self.said.trim().is_empty() {
            push(&mut text, format_args!("\n{}\n", self.said.trim_end()));
        }
        let result = json!({
            "command": shown,
            "environment": environment,
            "exit_code": code,
            "output": self.said,
            "text": bounded::cut(&text, bounded::TEXT),
        });
        Output {
            result,
            evidence: vec![Evidence::Exit { code }],
        }
    }
}
