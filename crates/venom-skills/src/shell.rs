//! The `shell` skill: any command, unconfined.
//!
//! Nobody can say what a command does, so it counts as something that cannot be taken back and may
//! reach beyond this machine. Its output is given as it came, except that the place of the
//! workspace is shown as `.`.

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::json;
use venom_kernel::change::RelPath;
use venom_kernel::effect::EffectClass;
use venom_kernel::evidence::Evidence;
use venom_kernel::skill::{ActionManifest, Reach, SkillManifest, Writes};
use venom_kernel::time::Millis;
use venom_ports::exec::{Captured, Keep};
use venom_ports::skill::{Call, Output, Skill, SkillContext};
use venom_ports::{Failure, Result};

use crate::bounded::{self, push};
use crate::params::{self, refused, unknown_action};
use crate::place::{self, Wanted};
use crate::process::{self, Ending, Heard};
use crate::schema;
use crate::scrub;

/// How long a command may take when nobody says how long, in seconds.
const TIMEOUT: u64 = 600;

/// The longest time that can be asked for, in seconds.
const LONGEST: u64 = 3_600;

/// How much of each stream is given: the beginning and the end.
const KEEP: Keep = Keep {
    head: 32 << 10,
    tail: 32 << 10,
};

/// Runs commands.
pub struct ShellSkill;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    command: Option<Vec<String>>,
    script: Option<String>,
    cwd: Option<RelPath>,
    timeout: Option<u64>,
}

#[async_trait]
impl Skill for ShellSkill {
    fn manifest(&self) -> SkillManifest {
        let params = schema::object()
            .may(
                "command",
                schema::texts("The program and its arguments, without a shell."),
            )
            .may(
                "script",
                schema::text("A script for `sh`; give this or `command`."),
            )
            .may(
                "cwd",
                schema::path("The folder to run in; the workspace if not given."),
            )
            .may(
                "timeout",
                schema::between(1, LONGEST, "The longest time in seconds; 600 if not given."),
            );
        let result = schema::object()
            .must(
                "command",
                schema::text("What was run, as a shell would take it."),
            )
            .must(
                "exit_code",
                schema::or_null(schema::integer("The exit code; null after a signal.")),
            )
            .must(
                "signal",
                schema::or_null(schema::integer("The signal that ended it.")),
            )
            .must(
                "stdout",
                schema::text("The standard output, at most 64 KiB."),
            )
            .must(
                "stderr",
                schema::text("The standard error, at most 64 KiB."),
            )
            .must(
                "truncated",
                schema::flag("Whether the middle of a stream is left out."),
            )
            .text();
        let run = ActionManifest {
            reach: Reach::Outbound,
            writes: Writes::Anything,
            timeout: Millis::from_secs(LONGEST + 10),
            typical: Millis::from_secs(2),
            ..schema::action("Runs a command.", EffectClass::Irreversible, params, result)
        };
        SkillManifest {
            name: "shell".to_owned(),
            summary: "Runs commands in the workspace.".to_owned(),
            actions: [("run".to_owned(), run)].into(),
        }
    }

    async fn call(&self, call: &Call, context: &SkillContext) -> Result<Output> {
        if call.action != "run" {
            return Err(unknown_action("shell", &call.action));
        }
        let Params {
            command,
            script,
            cwd,
            timeout,
        } = params::read(call)?;
        let argv = match (command, script) {
            (Some(argv), None) => argv,
            (None, Some(script)) => vec!["sh".to_owned(), "-c".to_owned(), script],
            (Some(_), Some(_)) | (None, None) => {
                return Err(refused("give either `command` or `script`")
                    .with_hint("`command` is a list of words, `script` a text for `sh`"));
            }
        };
        if argv.first().is_none_or(String::is_empty) || argv.iter().any(|word| word.contains('\0'))
        {
            return Err(refused("the command is empty or holds a NUL character"));
        }
        let cwd = cwd.unwrap_or_else(RelPath::root);
        place::look(context, &cwd, Wanted::Folder).await?;
        let timeout = Millis::from_secs(timeout.unwrap_or(TIMEOUT).clamp(1, LONGEST));
        let mut command = process::command(&argv, process::folder(context, &cwd), timeout);
        command.keep = KEEP;
        let finished = process::run(context, command, Heard::Shown).await?;
        let ending = Ending::of(finished.exit);
        if let Some(stop) = ending.stop() {
            let failure = stop.failure(&format!("`{}`", shown(&argv)), timeout);
            return Err(match stop.hint() {
                Some(hint) => Failure::with_hint(failure, hint),
                None => failure,
            });
        }
        let text = |stream: &Captured| scrub::place(&stream.text(), &context.root, ".");
        let (stdout, stderr) = (text(&finished.stdout), text(&finished.stderr));
        let code = ending.code();
        let mut said = format!("`{}` ended with {}.\n", shown(&argv), ending.said(timeout));
        for (name, stream) in [("Output", &stdout), ("Errors", &stderr)] {
            if !stream.trim().is_empty() {
                let stream = bounded::cut(stream.trim_end(), bounded::TEXT / 2 - 1_000);
                push(&mut said, format_args!("\n{name}:\n{stream}\n"));
            }
        }
        let result = json!({
            "command": process::shown(&argv),
            "exit_code": code,
            "signal": ending.signal(),
            "stdout": stdout,
            "stderr": stderr,
            "truncated": finished.stdout.dropped > 0 || finished.stderr.dropped > 0,
            "text": bounded::cut(&said, bounded::TEXT),
        });
        Ok(Output {
            result,
            evidence: vec![Evidence::Exit { code }],
        })
    }
}

fn shown(argv: &[String]) -> String {
    bounded::line(&process::shown(argv), 200)
}
