//! Reading goals and the flags that `run` and `plan` share.

use std::ffi::OsString;
use std::io::Read as _;
use std::path::PathBuf;

use clap::Args;
use venom_engine::agent::attach::Handed;
use venom_kernel::model::ModelId;
use venom_kernel::money::MicroUsd;
use venom_kernel::route::Prefer;
use venom_kernel::time::Millis;

use super::attach;
use super::context::Context;
use crate::config::{Flags, MOST_PARALLEL, duration, money, route};
use crate::error::CliError;

/// How much of a file is read as a goal. Chosen: enough for the message about its size to be right
/// in any ordinary case; the engine says what is too long.
const READ: u64 = 8 << 20;

/// What to do, where, and how.
#[derive(Debug, Clone, Args)]
pub(crate) struct How {
    /// The goal, in your words; `-` reads it from standard input
    #[arg(value_name = "GOAL")]
    goal: Vec<OsString>,
    /// Show this text or picture (png, jpeg, webp, gif) to the model with the goal; can be given again. Without a GOAL one file is the goal itself, `-` is standard input
    #[arg(long, short, value_name = "FILE")]
    file: Vec<PathBuf>,
    /// Work in a scratch copy of this folder and leave the folder itself untouched
    #[arg(long, value_name = "DIR", conflicts_with = "workspace")]
    pub(super) copy: Option<PathBuf>,
    /// Work in this folder instead of the current one
    #[arg(long, short = 'C', value_name = "DIR")]
    pub(super) workspace: Option<PathBuf>,
    /// Work in `/`, the home folder or a folder of the system all the same
    #[arg(long)]
    pub(super) allow_dangerous_workspace: bool,
    /// Let commands run without a sandbox where none can be had
    #[arg(long)]
    pub(super) allow_unconfined: bool,
    /// Print each event as a line of JSON, and the report as the last line
    #[arg(long, conflicts_with = "json")]
    jsonl: bool,
    /// How many steps may run at once
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=i64::from(MOST_PARALLEL)))]
    max_parallel: Option<u16>,
    /// Longest time for the whole run, such as `90s` or `1h30m`
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    timeout: Option<Millis>,
    /// Ask what is not clear, also where an earlier answer is known; the new answer replaces it
    #[arg(long)]
    pub(super) no_preferences: bool,
    /// The model that thinks where a step needs one, such as `anthropic/claude-sonnet-4-5`
    #[arg(long, value_name = "MODEL")]
    pub(super) model: Option<ModelId>,
    /// The most money that the run may spend on models, in dollars, such as `0.05`
    #[arg(long, visible_alias = "budget", value_name = "DOLLARS", value_parser = money::parse)]
    pub(super) max_cost: Option<MicroUsd>,
    /// Send nothing to models that are not your own
    #[arg(long)]
    pub(super) local_only: bool,
    /// What decides where models differ: balanced, cheap, fast or best
    #[arg(long, value_name = "WHAT", value_parser = route::preference)]
    pub(super) prefer: Option<Prefer>,
}

impl How {
    /// Makes what a command says for its user: this goal, in this folder.
    pub(super) fn saying(goal: String, workspace: Option<PathBuf>) -> Self {
        Self {
            goal: vec![goal.into()],
            file: Vec::new(),
            copy: None,
            workspace,
            allow_dangerous_workspace: false,
            allow_unconfined: false,
            jsonl: false,
            max_parallel: None,
            timeout: None,
            no_preferences: false,
            model: None,
            max_cost: None,
            local_only: false,
            prefer: None,
        }
    }

    /// Tells whether events are wanted as lines.
    pub(super) const fn is_lines(&self) -> bool {
        self.jsonl
    }

    /// Returns what the flags say about settings.
    pub(super) fn flags(&self) -> Flags {
        Flags {
            max_parallel: self.max_parallel,
            timeout: self.timeout,
            color: None,
            allow_unconfined: self.allow_unconfined,
            tools: None,
        }
    }

    /// Returns the folder whose settings and playbooks count, if one is named.
    pub(super) fn project(&self) -> Option<PathBuf> {
        self.copy.clone().or_else(|| self.workspace.clone())
    }

    /// Returns the file that the goal is read from, if it is not said in words.
    fn goal_file(&self) -> Result<Option<&PathBuf>, CliError> {
        match self.file.as_slice() {
            [file] if self.goal.is_empty() => Ok(Some(file)),
            [_, _, ..] if self.goal.is_empty() => Err(CliError::usage(
                "several files are attached, and no goal says what is to be done with them",
            )
            .code("bad-goal")
            .hint("say it in words, for example `venom run \"make the page look like this\" --file page.png`")),
            _ => Ok(None),
        }
    }

    /// Reads the files that go with the goal.
    pub(super) fn attached(&self) -> Result<Vec<Handed>, CliError> {
        if self.goal.is_empty() {
            return Ok(Vec::new());
        }
        self.file.iter().map(|file| attach::read(file)).collect()
    }

    /// Reads the goal.
    pub(super) fn read(&self, context: &Context) -> Result<String, CliError> {
        let is_stdin = self.goal.len() == 1 && self.goal.iter().all(|word| word == "-");
        if is_stdin {
            return stdin(context);
        }
        if let (Some(file), true) = (self.goal_file()?, self.goal.is_empty()) {
            if file.as_os_str() == "-" {
                return stdin(context);
            }
            let opened = std::fs::File::open(file).and_then(|opened| {
                let mut bytes = Vec::new();
                opened.take(READ).read_to_end(&mut bytes).map(|_| bytes)
            });
            let bytes = opened.map_err(|error| {
                CliError::usage(format!(
                    "cannot read the goal from {}: {error}",
                    file.display()
                ))
                .code("bad-goal")
                .hint("name a file that is there and can be read, or say the goal in words: `venom run \"run the tests\"`")
            })?;
            return Ok(String::from_utf8_lossy(&bytes).into_owned());
        }
        words(&self.goal)
    }
}

/// Joins the words of a goal.
pub(super) fn words(words: &[OsString]) -> Result<String, CliError> {
    if words.is_empty() {
        return Err(CliError::usage("there is no goal")
            .code("bad-goal")
            .hint("say what you want, for example `venom run \"run the tests\"`"));
    }
    // What is no text becomes a replacement character, which the engine refuses.
    let words: Vec<String> = words
        .iter()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    Ok(words.join(" "))
}

fn stdin(context: &Context) -> Result<String, CliError> {
    use std::io::IsTerminal as _;
    if std::io::stdin().is_terminal() {
        context
            .out
            .talk("Type the goal, then press Ctrl-D on a line of its own.");
    }
    let mut bytes = Vec::new();
    std::io::stdin()
        .lock()
        .take(READ)
        .read_to_end(&mut bytes)
        .map_err(|error| {
            CliError::usage(format!("cannot read the goal from standard input: {error}"))
                .code("bad-goal")
        })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Refuses a goal that no run can begin with, before a workspace is copied for it. The engine has
/// the whole rule.
pub(super) fn refuse_early(goal: &str) -> Result<(), CliError> {
    if goal.trim().is_empty() {
        return Err(CliError::usage("the goal is empty")
            .code("bad-goal")
            .hint("say what you want, for example `venom run \"run the tests\"`"));
    }
    Ok(())
}
