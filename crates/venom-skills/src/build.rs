//! The `build` skill: builds what a folder holds, with the tools of its language.

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Value, json};
use venom_kernel::change::RelPath;
use venom_kernel::confine::{Grants, Limits};
use venom_kernel::effect::EffectClass;
use venom_kernel::evidence::Evidence;
use venom_kernel::plan::Check;
use venom_kernel::skill::{ActionManifest, SkillManifest, Writes};
use venom_kernel::time::Millis;
use venom_ports::Result;
use venom_ports::skill::{Call, Output, Skill, SkillContext};

use crate::bounded::{self, push};
use crate::params::{self, unknown_action};
use crate::place::{self, Wanted};
use crate::process::{self, Ending, Heard};
use crate::project::{self, Declared};
use crate::schema;
use crate::scrub;
use crate::test::detect::{Command, Project};

/// The longest time for one kind of project. The action's own limit leaves room to tell of it.
const TIMEOUT: Millis = Millis::from_secs(29 * 60);

/// How many lines of a failed build's output are shown. Chosen: a screen.
const LINES: usize = 60;

/// Builds projects.
pub struct BuildSkill;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    path: Option<RelPath>,
}

/// What came of one kind of project.
struct Built {
    kind: &'static str,
    command: String,
    ending: Ending,
    tail: String,
}

impl Built {
    fn is_ok(&self) -> bool {
        self.ending.is_ok()
    }
}

/// What was not built.
struct NotBuilt {
    why: String,
    cure: Option<String>,
}

#[async_trait]
impl Skill for BuildSkill {
    fn manifest(&self) -> SkillManifest {
        let params = schema::object().may(
            "path",
            schema::path("The folder of the project; the workspace if not given."),
        );
        let built = schema::object()
            .must("kind", schema::text("The kind of project, such as `Rust`."))
            .must("command", schema::text("What was run."))
            .must("ok", schema::flag("Whether it was built."))
            .must(
                "exit_code",
                schema::or_null(schema::integer("The exit code.")),
            )
            .must(
                "text",
                schema::text("The last lines of its output if it was not built."),
            )
            .done();
        let result = schema::object()
            .must(
                "ok",
                schema::flag("Whether something was built and nothing failed."),
            )
            .must(
                "built",
                schema::list(built, "What was run, for each kind of project."),
            )
            .must("not_built", schema::texts("What was not built, and why."))
            .text();
        let run = ActionManifest {
            writes: Writes::Anything,
            timeout: Millis::from_secs(30 * 60),
            grants: Grants {
                limits: Limits::BUILDS,
                ..Grants::default()
            },
            typical: Millis::from_secs(20),
            verify: vec![Check::Built],
            ..schema::action(
                "Builds the project.",
                EffectClass::Idempotent,
                params,
                result,
            )
        };
        SkillManifest {
            name: "build".to_owned(),
            summary: "Builds projects with the tools of their languages.".to_owned(),
            actions: [("run".to_owned(), run)].into(),
        }
    }

    async fn call(&self, call: &Call, context: &SkillContext) -> Result<Output> {
        if call.action != "run" {
            return Err(unknown_action("build", &call.action));
        }
        let Params { path } = params::read(call)?;
        let folder = path.unwrap_or_else(RelPath::root);
        place::look(context, &folder, Wanted::Folder).await?;
        let mut built = Vec::new();
        // What the project declares wins over what is found out.
        let declared = Declared::of(context, &folder).await?;
        if let Some(script) = declared.commands.get("build") {
            let command = Command {
                argv: ["sh", "-c", script].map(str::to_owned).to_vec(),
                env: Vec::new(),
            };
            built.push(run(context, &folder, "project", &command).await?);
            return Ok(output(&built, Vec::new()));
        }
        let files = project::files(context, &folder).await?;
        let projects = project::projects(context, &folder, &files).await?;
        let mut not_built = Vec::new();
        for (project, command) in top(&projects) {
            // What is missing for the tests does not matter here, except for the tools themselves.
            if let Some(program) = command
                .argv
                .first()
                .filter(|program| context.exec.find(program).is_none())
            {
                not_built.push(NotBuilt {
                    why: format!(
                        "{}: `{program}` is not installed",
                        project::kind_name(project.kind)
                    ),
                    cure: Some(format!(
                        "install `{program}` and see that it is on the PATH"
                    )),
                });
                continue;
            }
            built.push(run(context, &folder, project::kind_name(project.kind), command).await?);
        }
        if built.is_empty() && not_built.is_empty() {
            let why = if projects.is_empty() {
                "no project was found whose build is known"
            } else {
                "the project has nothing to build"
            };
            not_built.push(NotBuilt {
                why: why.to_owned(),
                cure: None,
            });
        }
        Ok(output(&built, not_built))
    }
}

/// Chooses what is built: every kind of project of its own right, or the makefile if that is all.
fn top(projects: &[Project]) -> Vec<(&Project, &Command)> {
    let with_build = |is_secondary: bool| {
        let meant = projects
            .iter()
            .filter(move |project| project.is_secondary == is_secondary);
        meant
            .filter_map(|project| Some((project, project.build.as_ref()?)))
            .collect::<Vec<_>>()
    };
    let first = with_build(false);
    if first.is_empty() {
        with_build(true)
    } else {
        first
    }
}

async fn run(
    context: &SkillContext,
    folder: &RelPath,
    kind: &'static str,
    command: &Command,
) -> Result<Built> {
    let scratch = context.scratch.to_string_lossy();
    let real = command.with_paths("", &scratch);
    let mut order = process::command(&real.argv, process::folder(context, folder), TIMEOUT);
    order.env.extend(
        [("CI", "1"), ("NO_COLOR", "1")].map(|(name, value)| (name.to_owned(), value.to_owned())),
    );
    order.env.extend(real.env);
    let finished = process::run(context, order, Heard::Shown).await?;
    let both = format!("{}\n{}", finished.stdout.text(), finished.stderr.text());
    let said = scrub::scrub(&both, &context.root, &context.scratch);
    let ending = Ending::of(finished.exit);
    Ok(Built {
        kind,
        command: process::shown(&command.argv),
        ending,
        tail: if ending.is_ok() {
            String::new()
        } else {
            bounded::tail(&said, LINES, 16 << 10)
        },
    })
}

fn output(built: &[Built], not_built: Vec<NotBuilt>) -> Output {
    let is_ok = !built.is_empty() && built.iter().all(Built::is_ok);
    let mut text = String::new();
    for one in built {
        if one.is_ok() {
            push(
                &mut text,
                format_args!("{}: built with `{}`.\n", one.kind, one.command),
            );
        } else {
            let ending = one.ending.said(TIMEOUT);
            push(
                &mut text,
                format_args!(
                    "{}: `{}` failed ({ending}):\n\n{}\n",
                    one.kind, one.command, one.tail
                ),
            );
        }
    }
    for one in &not_built {
        push(&mut text, format_args!("Not built: {}.\n", one.why));
    }
    let entry = |one: &Built| {
        json!({
            "kind": one.kind,
            "command": one.command,
            "ok": one.is_ok(),
            "exit_code": one.ending.code(),
            "text": one.tail,
        })
    };
    let result = json!({
        "ok": is_ok,
        "built": built.iter().map(entry).collect::<Value>(),
        "not_built": not_built.iter().map(|one| one.why.as_str()).collect::<Vec<_>>(),
        "text": bounded::cut(&text, bounded::TEXT),
    });
    // The worst comes first, because a check reads the first that decides.
    let failed = built.iter().find(|one| !one.is_ok());
    let mut evidence: Vec<Evidence> = failed
        .map(|one| Evidence::Exit {
            code: one.ending.code(),
        })
        .into_iter()
        .collect();
    evidence.extend(not_built.into_iter().map(|one| Evidence::NotRun {
        what: "build".to_owned(),
        why: one.why,
        cure: one.cure,
    }));
    if is_ok {
        evidence.push(Evidence::Exit { code: Some(0) });
    }
    Output { result, evidence }
}
