//! The command that a caller gives: words or a script, where, and with what.

use venom_kernel::change::RelPath;
use venom_kernel::time::Millis;
use venom_ports::Result;
use venom_ports::exec::{Command, Keep};
use venom_ports::skill::SkillContext;

use crate::params::{Given, refused};
use crate::place::{self, Wanted};
use crate::process;
use crate::schema::{self, Object};

/// How long a command may take when nobody says how long, in seconds.
const TIMEOUT: u64 = 600;

/// The longest time that can be asked for, in seconds.
pub(super) const LONGEST: u64 = 3_600;

/// How much of each stream is given: the beginning and the end.
const KEEP: Keep = Keep {
    head: 32 << 10,
    tail: 32 << 10,
};

/// A command with its words as people see them.
pub(super) struct Ordered {
    pub(super) command: Command,
    pub(super) argv: Vec<String>,
    script: Option<String>,
}

impl Ordered {
    /// Writes the command in one line; of a script the beginning.
    pub(super) fn shown(&self) -> String {
        match &self.script {
            Some(script) => crate::bounded::line(script, 80),
            None => crate::bounded::line(&process::shown(&self.argv), 200),
        }
    }
}

/// Adds the parameters that say which command.
pub(super) fn words(params: Object) -> Object {
    params
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
            "env",
            schema::texts("Variables that it gets beside the usual ones, as `NAME=value`."),
        )
}

/// Adds all parameters of a command that runs to its end.
pub(super) fn params(params: Object) -> Object {
    words(params)
        .may("stdin", schema::text("What it reads from its input."))
        .may(
            "timeout",
            schema::between(1, LONGEST, "The longest time in seconds; 600 if not given."),
        )
}

/// Takes a command out of the parameters.
pub(super) async fn command(given: &mut Given, context: &SkillContext) -> Result<Ordered> {
    let script: Option<String> = given.may("script")?;
    let argv: Vec<String> = match (given.may("command")?, &script) {
        (Some(argv), None) => argv,
        (None, Some(script)) => vec!["sh".to_owned(), "-c".to_owned(), script.clone()],
        (Some(_), Some(_)) | (None, None) => {
            return Err(refused("give either `command` or `script`")
                .with_hint("`command` is a list of words, `script` a text for `sh`"));
        }
    };
    if argv.first().is_none_or(String::is_empty) || argv.iter().any(|word| word.contains('\0')) {
        return Err(refused("the command is empty or holds a NUL character"));
    }
    let cwd: RelPath = given.may("cwd")?.unwrap_or_else(RelPath::root);
    place::look(context, &cwd, Wanted::Folder).await?;
    let timeout = given.may("timeout")?.unwrap_or(TIMEOUT);
    let mut command = process::command(
        &argv,
        process::folder(context, &cwd),
        Millis::from_secs(timeout.clamp(1, LONGEST)),
    );
    command.keep = KEEP;
    for text in given.may::<Vec<String>>("env")?.unwrap_or_default() {
        let Some((name, value)) = text.split_once('=').filter(|(name, _)| !name.is_empty()) else {
            return Err(refused(format!(
                "`{}` sets no variable",
                crate::bounded::line(&text, 80)
            ))
            .with_hint("write it as `NAME=value`"));
        };
        command.env.insert(name.to_owned(), value.to_owned());
    }
    if let Some(stdin) = given.may::<String>("stdin")? {
        command.stdin = stdin.into_bytes();
    }
    Ok(Ordered {
        command,
        argv,
        script,
    })
}
