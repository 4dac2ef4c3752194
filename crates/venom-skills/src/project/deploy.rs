//! Deploying: what exactly would run, whether the project is ready for it, and the deed itself.
//!
//! The deed cannot be taken back, so it is asked for each time and never repeated after a crash. It does
//! what was listed and nothing else: the listing has a digest that the deed is bound to, so that a file
//! that is edited between the listing and the approval ends in a refusal.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};
use venom_kernel::change::RelPath;
use venom_kernel::confine::{Grants, Limits};
use venom_kernel::digest::Digest;
use venom_kernel::effect::EffectClass;
use venom_kernel::evidence::{self, Evidence, Verdict};
use venom_kernel::plan::Check;
use venom_kernel::skill::{ActionManifest, Reach, Writes};
use venom_kernel::time::Millis;
use venom_ports::skill::{Call, Output, Skill as _, SkillContext};
use venom_ports::{Failure, FailureKind, Result};

use super::declared::{self, Deployment, Variables};
use super::work;
use super::{Setting, Task, Tool, script, tools};
use crate::bounded::{self, push};
use crate::build::BuildSkill;
use crate::params::{self, refused};
use crate::process::{self, Ending, Heard};
use crate::schema;
use crate::test::TestSkill;

/// Names of variables by which makefiles say where to deploy.
const VARIABLES: [&str; 2] = ["ENV", "ENVIRONMENT"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    environment: String,
    path: Option<RelPath>,
    agreed: Option<String>,
}

/// A deployment with everything that decides what it does.
struct Plan {
    place: String,
    tool: Tool,
    needs: Vec<String>,
    artefact: Option<RelPath>,
    environment: Option<String>,
    variables: Variables,
}

/// Describes the actions.
pub(super) fn actions() -> BTreeMap<String, ActionManifest> {
    let params = || {
        schema::object()
            .must(
                "environment",
                schema::text("Where to deploy to, such as `staging`."),
            )
            .may(
                "path",
                schema::path("The folder of the project; the workspace if not given."),
            )
    };
    let listed = schema::object()
        .must(
            "environment",
            schema::text("Where it would be deployed to."),
        )
        .must("command", schema::text("What deploys."))
        .must(
            "needs",
            schema::texts("What must go well before, in this order."),
        )
        .must(
            "artefact",
            schema::or_null(schema::path("What the build must have made.")),
        )
        .must(
            "variables",
            schema::texts("Names of the variables that the command gets."),
        )
        .must(
            "digest",
            schema::text("Stands for all of this; the deed is bound to it."),
        )
        .text();
    let need = schema::object()
        .must("need", schema::text("What was needed."))
        .must("ok", schema::flag("Whether it went well."))
        .must("text", schema::text("What came of it."))
        .done();
    let ready = schema::object()
        .must("ok", schema::flag("Whether all went well."))
        .must("needs", schema::list(need, "What was run, in order."))
        .text();
    let agreed = schema::text("The digest of the listing that was agreed to.");
    let builds = Grants {
        limits: Limits::BUILDS,
        ..Grants::default()
    };
    let all = [
        (
            "deployment",
            schema::action(
                "Lists exactly what a deployment would run.",
                EffectClass::Pure,
                params(),
                listed,
            ),
        ),
        (
            "ready",
            ActionManifest {
                writes: Writes::Anything,
                timeout: Millis::from_secs(45 * 60),
                typical: Millis::from_secs(30),
                grants: builds.clone(),
                ..schema::action(
                    "Runs what a deployment needs: the tests, then the build.",
                    EffectClass::Idempotent,
                    params(),
                    ready,
                )
            },
        ),
        (
            "deploy",
            ActionManifest {
                writes: Writes::Anything,
                reach: Reach::Outbound,
                timeout: Millis::from_secs(15 * 60),
                typical: Millis::from_secs(30),
                grants: builds,
                ..schema::action(
                    "Deploys the project.",
                    EffectClass::Irreversible,
                    params().may("agreed", agreed),
                    script::result(),
                )
            },
        ),
    ];
    all.map(|(name, action)| (name.to_owned(), action)).into()
}

/// Performs `deployment`.
pub(super) async fn deployment(call: &Call, context: &SkillContext) -> Result<Output> {
    let params: Params = params::read(call)?;
    let setting = Setting::of(context, params.path).await?;
    let plan = Plan::of(context, &setting, &params.environment)?;
    let command = work::shown(&plan.tool);
    let mut text = format!("To deploy to `{}`, this would run:\n\n", plan.place);
    for (n, need) in plan.needs.iter().enumerate() {
        push(&mut text, format_args!("{}. {need}\n", n + 1));
    }
    if let Some(artefact) = &plan.artefact {
        push(
            &mut text,
            format_args!("{}. see that `{artefact}` is there\n", plan.needs.len() + 1),
        );
    }
    let last = plan.needs.len() + usize::from(plan.artefact.is_some()) + 1;
    push(&mut text, format_args!("{last}. `{command}`\n"));
    let variables: Vec<&str> = plan.variables.keys().map(String::as_str).collect();
    if let Some(environment) = &plan.environment {
        push(
            &mut text,
            format_args!(
                "\nThe command gets the variables of the environment `{environment}`: {}.\n",
                variables.join(", ")
            ),
        );
    }
    Ok(schema::output(json!({
        "environment": plan.place,
        "command": command,
        "needs": plan.needs,
        "artefact": plan.artefact.as_ref().map(RelPath::as_str),
        "variables": variables,
        "digest": plan.digest(),
        "text": bounded::cut(&text, bounded::TEXT),
    })))
}

/// Performs `ready`.
pub(super) async fn ready(call: &Call, context: &SkillContext) -> Result<Output> {
    let params: Params = params::read(call)?;
    let setting = Setting::of(context, params.path).await?;
    let plan = Plan::of(context, &setting, &params.environment)?;
    let mut done: Vec<Value> = Vec::new();
    let mut text = String::new();
    let mut tests: Vec<Evidence> = Vec::new();
    let mut is_ok = true;
    for need in &plan.needs {
        let (output, check) = meet(context, &setting, need).await?;
        let verdict = evidence::judge(&check, &output.evidence, &|_| None);
        let said = output.result["text"].as_str().unwrap_or_default();
        is_ok = verdict == Verdict::Held;
        push(
            &mut text,
            format_args!("## {need}\n\n{}\n\n", said.trim_end()),
        );
        if let Verdict::Broken(why) | Verdict::Unproven(why) = &verdict {
            push(&mut text, format_args!("`{need}` is needed: {why}.\n"));
        }
        done.push(json!({"need": need, "ok": is_ok, "text": bounded::cut(said, 16 << 10)}));
        tests.extend(
            output
                .evidence
                .into_iter()
                .filter(|fact| matches!(fact, Evidence::Tests(_))),
        );
        if !is_ok {
            break;
        }
    }
    if is_ok && let Some(artefact) = &plan.artefact {
        is_ok = is_made(context, &setting, artefact).await?;
        let word = if is_ok { "is there" } else { "was not made" };
        push(&mut text, format_args!("`{artefact}` {word}.\n"));
        let said = format!("`{artefact}` {word}");
        done.push(json!({"need": "artefact", "ok": is_ok, "text": said}));
    }
    if !is_ok {
        text.push_str("Nothing is deployed.\n");
    }
    // Whatever was not proven is not good enough to deploy, so there is always a clear answer.
    let mut evidence = vec![Evidence::Exit {
        code: Some(i32::from(!is_ok)),
    }];
    evidence.extend(tests);
    let result = json!({"ok": is_ok, "needs": done, "text": bounded::cut(&text, bounded::TEXT)});
    Ok(Output { result, evidence })
}

/// Performs `deploy`.
pub(super) async fn deploy(call: &Call, context: &SkillContext) -> Result<Output> {
    let params: Params = params::read(call)?;
    let setting = Setting::of(context, params.path).await?;
    let plan = Plan::of(context, &setting, &params.environment)?;
    if params.agreed.is_some_and(|agreed| agreed != plan.digest()) {
        return Err(Failure::new(
            FailureKind::Conflict,
            "what would be deployed is not what was listed: the project's files were edited since",
        )
        .with_hint("run it again to see the new listing"));
    }
    if let Some(artefact) = &plan.artefact
        && !is_made(context, &setting, artefact).await?
    {
        return Err(Failure::new(
            FailureKind::Missing,
            format!("there is no `{artefact}` to deploy"),
        )
        .with_hint("build it first; nothing was deployed"));
    }
    let told = script::perform(context, &setting, &plan.tool, &plan.variables).await?;
    Ok(told.output(&plan.tool, plan.environment.as_deref()))
}

/// Tells whether the build has made what is deployed, as commands see it.
async fn is_made(context: &SkillContext, setting: &Setting, artefact: &RelPath) -> Result<bool> {
    let argv = ["test", "-e", artefact.as_str()].map(str::to_owned);
    let cwd = process::folder(context, &setting.folder);
    let command = process::command(&argv, cwd, Millis::from_secs(30));
    let finished = process::run(context, command, Heard::Kept).await?;
    Ok(Ending::of(finished.exit).is_ok())
}

/// Runs what is needed, and says how it is judged.
async fn meet(context: &SkillContext, setting: &Setting, need: &str) -> Result<(Output, Check)> {
    let call = Call {
        action: "run".to_owned(),
        params: json!({"path": setting.folder.as_str()}),
        prepared: None,
    };
    let root = Call {
        params: Value::Null,
        ..call.clone()
    };
    let call = if setting.folder.is_root() { root } else { call };
    let task = match need {
        "test" => return Ok((TestSkill.call(&call, context).await?, Check::TESTS_PASS)),
        "build" => return Ok((BuildSkill.call(&call, context).await?, Check::ExitZero)),
        "format" => Some(Task::FormatCheck),
        "lint" => Some(Task::Lint),
        "types" => Some(Task::Types),
        _ => None,
    };
    let output = if let Some(task) = task {
        work::perform(context, setting, task).await?
    } else {
        let tool = script::find(context, setting, need)?;
        let told = script::perform(context, setting, &tool, &Variables::new()).await?;
        told.output(&tool, None)
    };
    Ok((output, Check::ExitZero))
}

impl Plan {
    /// Finds out how a project is deployed to a place: as it declares, by a target or script that names
    /// the place, or with the compose file of the place. A target that does not name the place might
    /// deploy to another one, so it is not taken.
    fn of(context: &SkillContext, setting: &Setting, place: &str) -> Result<Self> {
        let is_name = !place.is_empty()
            && place.len() <= 100
            && place
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
            && !place.starts_with(['-', '.']);
        if !is_name {
            return Err(refused(format!(
                "`{}` cannot name a place to deploy to",
                bounded::line(place, 60)
            ))
            .with_hint("use letters, digits, `-`, `_` and `.`"));
        }
        if let Some(deployment) = setting.declared.deploy.get(place) {
            return Self::declared(setting, place, deployment);
        }
        if !setting.declared.deploy.is_empty() {
            let names: Vec<&str> = setting.declared.deploy.keys().map(String::as_str).collect();
            return Err(unknown(place, &declared::meant(place, &names)));
        }
        let Some(tool) = found(context, setting, place) else {
            return Err(unknown(place, ""));
        };
        let environment = setting.declared.environments.get(place);
        Ok(Self {
            place: place.to_owned(),
            tool,
            needs: vec!["test".to_owned(), "build".to_owned()],
            artefact: None,
            environment: environment.map(|_| place.to_owned()),
            variables: environment.cloned().unwrap_or_default(),
        })
    }

    fn declared(setting: &Setting, place: &str, deployment: &Deployment) -> Result<Self> {
        let variables = match &deployment.environment {
            Some(environment) => setting.declared.environment(environment)?.clone(),
            None => Variables::new(),
        };
        Ok(Self {
            place: place.to_owned(),
            tool: tools::script_tool(&deployment.command),
            needs: deployment.needs.clone(),
            artefact: deployment.artefact.clone(),
            environment: deployment.environment.clone(),
            variables,
        })
    }

    /// Stands for everything that decides what the command does.
    fn digest(&self) -> String {
        let artefact = self.artefact.as_ref().map(RelPath::as_str);
        Digest::of(&(
            "deployment",
            &self.place,
            &self.tool.argv,
            &self.needs,
            artefact,
            &self.variables,
        ))
        .to_string()
    }
}

fn unknown(place: &str, meant: &str) -> Failure {
    Failure::new(
        FailureKind::Missing,
        format!("nobody says how to deploy to `{place}`{meant}"),
    )
    .with_hint(format!(
        "declare `deploy.{place}.command` in .venom/project.yaml, or add a target or script `deploy-{place}`"
    ))
}

/// Finds a target, a script or a compose file for a place.
fn found(context: &SkillContext, setting: &Setting, place: &str) -> Option<Tool> {
    let targets = setting.targets(context);
    let named = ["-", "_", ":"].map(|between| format!("deploy{between}{place}"));
    if let Some(tool) = named.iter().find_map(|name| targets.get(name)) {
        return Some(tool.clone());
    }
    let is_make = |tool: &&Tool| tool.name == "make";
    if let Some(tool) = targets.get("deploy").filter(is_make) {
        let variable = VARIABLES.iter().find(|name| setting.makefile_uses(name));
        if let Some(variable) = variable {
            let mut tool = tool.clone();
            tool.argv.push(format!("{variable}={place}"));
            return Some(tool);
        }
    }
    for stem in ["compose", "docker-compose"] {
        for end in ["yaml", "yml"] {
            let own = format!("{stem}.{place}.{end}");
            if !setting.has_file(&own) {
                continue;
            }
            let base = format!("{stem}.{end}");
            let mut argv = vec!["docker", "compose"];
            if setting.has_file(&base) {
                argv.extend(["-f", &base]);
            }
            argv.extend(["-f", &own, "up", "--detach", "--build"]);
            return Some(Tool {
                name: "docker compose".to_owned(),
                argv: argv.into_iter().map(str::to_owned).collect(),
                env: Vec::new(),
                fine: &[],
                is_silent_when_good: false,
                could_not: &[],
            });
        }
    }
    None
}
