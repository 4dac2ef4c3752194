//! What other tools say about the code: which of them can be asked, how they are asked, and what
//! their answers mean in the words of this skill.
//!
//! Each tool has a file with its command line and the reader of its answer. They run like any
//! command of a step, in its cell, without a network, and their output is bounded. A tool that
//! cannot be run, breaks, or prints what cannot be read is told as such beside what was found: it is
//! neither a failure of the search nor taken for a clean answer.

mod bandit;
mod cargo_audit;
mod clippy;
mod eslint;
mod gosec;
pub(super) mod merge;
mod reading;
mod ruff;
mod scene;
mod semgrep;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde_json::{Value, json};
use venom_kernel::time::Millis;
use venom_ports::exec::Keep;
use venom_ports::skill::SkillContext;
use venom_ports::{FailureKind, Result};

pub(super) use self::reading::Texts;
use self::reading::{Heard, Said};
pub(super) use self::scene::Scene;
use super::{Finding, Severity};
use crate::bounded;
use crate::process::{self, Ending};
use crate::schema;

/// How long one command of a tool may take. Chosen: a linter of a large project takes half of it;
/// what takes longer compiles.
const TIMEOUT: Millis = Millis::from_secs(240);

/// How much of an answer is kept. Chosen: some 50,000 findings; an answer that is longer has lost
/// its middle and cannot be read.
const ANSWER: Keep = Keep {
    head: 32 << 20,
    tail: 16 << 10,
};

/// Bytes of file names that one command gets. Chosen: far below what a system takes (128 KiB for
/// one word, 2 MiB for all on Linux) with the environment beside them.
const NAMES: usize = 100 << 10;

/// The most findings that are taken from one tool; all are counted.
const MOST: usize = 5_000;

/// A tool that can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tool {
    /// Bandit, for Python.
    Bandit,
    /// Ruff, for Python.
    Ruff,
    /// ESLint, for JavaScript and TypeScript.
    Eslint,
    /// Semgrep, with the rules that the project has.
    Semgrep,
    /// Gosec, for Go.
    Gosec,
    /// Clippy, for Rust.
    Clippy,
    /// Cargo-audit, for dependencies of Rust.
    CargoAudit,
}

impl Tool {
    /// All tools, in the order in which they are asked.
    pub const ALL: [Self; 7] = [
        Self::Bandit,
        Self::Ruff,
        Self::Eslint,
        Self::Semgrep,
        Self::Gosec,
        Self::Clippy,
        Self::CargoAudit,
    ];

    /// Returns the name that results and settings use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bandit => "bandit",
            Self::Ruff => "ruff",
            Self::Eslint => "eslint",
            Self::Semgrep => "semgrep",
            Self::Gosec => "gosec",
            Self::Clippy => "clippy",
            Self::CargoAudit => "cargo-audit",
        }
    }

    /// Returns the program that has to be installed.
    const fn program(self) -> &'static str {
        match self {
            Self::Clippy => "cargo-clippy",
            Self::Bandit
            | Self::Ruff
            | Self::Eslint
            | Self::Semgrep
            | Self::Gosec
            | Self::CargoAudit => self.name(),
        }
    }

    /// Says how it comes onto a machine.
    const fn cure(self) -> &'static str {
        match self {
            Self::Bandit => "`pip install bandit` installs it",
            Self::Ruff => "`pip install ruff` installs it",
            Self::Eslint => "`npm install --save-dev eslint` installs it in the project",
            Self::Semgrep => "`pip install semgrep` installs it",
            Self::Gosec => "`go install github.com/securego/gosec/v2/cmd/gosec@latest` installs it",
            Self::Clippy => "`rustup component add clippy` installs it",
            Self::CargoAudit => "`cargo install cargo-audit` installs it",
        }
    }

    /// Makes the command, or says why there is nothing to ask.
    fn order(self, scene: &Scene) -> std::result::Result<Order, String> {
        match self {
            Self::Bandit => bandit::order(scene),
            Self::Ruff => ruff::order(scene),
            Self::Eslint => eslint::order(scene),
            Self::Semgrep => semgrep::order(scene),
            Self::Gosec => gosec::order(scene),
            Self::Clippy => clippy::order(scene),
            Self::CargoAudit => cargo_audit::order(scene),
        }
    }

    /// Reads an answer.
    fn read(self, answer: &str, texts: &Texts) -> std::result::Result<Heard, String> {
        match self {
            Self::Bandit => bandit::read(answer),
            Self::Ruff => ruff::read(answer),
            Self::Eslint => eslint::read(answer),
            Self::Semgrep => semgrep::read(answer),
            Self::Gosec => gosec::read(answer),
            Self::Clippy => clippy::read(answer),
            Self::CargoAudit => cargo_audit::read(answer, texts),
        }
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// Which tools are asked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Wanted {
    /// None.
    #[default]
    Nobody,
    /// Those that are installed and fit what is in the folder.
    Auto,
    /// These, whether or not they are installed: one that is not is told.
    These(Vec<Tool>),
}

impl FromStr for Wanted {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        match text.trim() {
            "none" => return Ok(Self::Nobody),
            "auto" => return Ok(Self::Auto),
            _ => {}
        }
        let mut tools = Vec::new();
        for name in text.split(',').map(str::trim) {
            let tool = Tool::ALL.into_iter().find(|tool| tool.name() == name);
            let tool = tool.ok_or_else(|| {
                format!(
                    "there is no tool `{}`; there are {}, and `auto` and `none` for those that fit and for none",
                    bounded::line(name, 40),
                    bounded::joined(&Tool::ALL.map(|tool| tool.name().to_owned()), Tool::ALL.len())
                )
            })?;
            if !tools.contains(&tool) {
                tools.push(tool);
            }
        }
        tools.sort_unstable();
        Ok(Self::These(tools))
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nobody => formatter.write_str("none"),
            Self::Auto => formatter.write_str("auto"),
            Self::These(tools) => {
                let names: Vec<&str> = tools.iter().map(|tool| tool.name()).collect();
                formatter.write_str(&names.join(","))
            }
        }
    }
}

/// What a tool is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Weaknesses.
    Security,
    /// Whatever the project has set it up for.
    Lint,
}

/// A command line.
struct Order {
    /// The words before the names of files.
    argv: Vec<String>,
    env: Vec<(&'static str, String)>,
    /// The files; empty where the tool finds them itself.
    files: Vec<String>,
    /// Exit codes with which the tool has answered.
    codes: &'static [i32],
}

impl Order {
    fn of(words: &[&str], codes: &'static [i32]) -> Self {
        Self {
            argv: words.iter().map(|word| (*word).to_owned()).collect(),
            env: Vec::new(),
            files: Vec::new(),
            codes,
        }
    }

    /// Gives it these files. `./` in front keeps a name that begins with a dash from being an option.
    fn over(mut self, files: &[String]) -> Self {
        self.files = files.iter().map(|file| format!("./{file}")).collect();
        self
    }

    /// Cuts the files into as many commands as are needed.
    fn commands(&self) -> Vec<Vec<String>> {
        if self.files.is_empty() {
            return vec![self.argv.clone()];
        }
        let mut commands = Vec::new();
        let mut room = 0_usize;
        for file in &self.files {
            if commands.is_empty() || room < file.len() + 1 {
                commands.push(self.argv.clone());
                room = NAMES;
            }
            room = room.saturating_sub(file.len() + 1);
            if let Some(last) = commands.last_mut() {
                last.push(file.clone());
            }
        }
        commands
    }
}

/// What became of a tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    tool: Tool,
    /// How many findings it has.
    count: usize,
    /// Whether it answered.
    answered: bool,
    /// What has to be known of its answer, or why there is none.
    notes: Vec<String>,
}

/// What all tools said.
#[derive(Debug, Default)]
pub(super) struct Answers {
    pub(super) findings: Vec<Finding>,
    pub(super) asked: Vec<Asked>,
}

/// Asks the tools that are wanted.
pub(super) async fn ask(
    context: &SkillContext,
    wanted: &Wanted,
    scene: &Scene,
    texts: &Texts,
) -> Result<Answers> {
    let mut answers = Answers::default();
    let tools: Vec<Tool> = match wanted {
        Wanted::Nobody => return Ok(answers),
        Wanted::Auto => Tool::ALL.to_vec(),
        Wanted::These(tools) => tools.clone(),
    };
    let is_named = *wanted != Wanted::Auto;
    for tool in tools {
        // Compiling takes longer than everything else together, so that it is not done unasked.
        if !is_named && tool == Tool::Clippy && scene.purpose == Purpose::Security {
            continue;
        }
        let order = match tool.order(scene) {
            Ok(order) => order,
            Err(why) => {
                if is_named {
                    answers.asked.push(Asked::silent(tool, why));
                }
                continue;
            }
        };
        let is_local = order.argv.first().is_some_and(|word| word.contains('/'));
        if !is_local && context.exec.find(tool.program()).is_none() {
            if is_named {
                let why = format!("it is not installed; {}", tool.cure());
                answers.asked.push(Asked::silent(tool, why));
            }
            continue;
        }
        let mut asked = Asked {
            tool,
            count: 0,
            answered: true,
            notes: Vec::new(),
        };
        for argv in order.commands() {
            match put(context, tool, &argv, &order, texts).await? {
                Ok(heard) => {
                    asked.count += heard.said.len();
                    asked.notes.extend(heard.notes);
                    let said = heard.said.into_iter();
                    let room = MOST.saturating_sub(answers.findings.len());
                    answers.findings.extend(
                        said.filter_map(|said| texts.finding(tool, said, &context.root))
                            .take(room),
                    );
                }
                Err(why) => {
                    asked.answered = false;
                    asked.notes.push(why);
                }
            }
        }
        if asked.count > MOST {
            asked
                .notes
                .push(format!("at most {MOST} of its findings are taken"));
        }
        answers.asked.push(asked);
    }
    Ok(answers)
}

/// Runs one command and reads its answer; the inner failure is told and does no harm.
async fn put(
    context: &SkillContext,
    tool: Tool,
    argv: &[String],
    order: &Order,
    texts: &Texts,
) -> Result<std::result::Result<Heard, String>> {
    let mut command = process::command(argv, context.root.clone(), TIMEOUT);
    command.keep = ANSWER;
    for (name, value) in &order.env {
        command.env.insert((*name).to_owned(), value.clone());
    }
    let finished = match process::run(context, command, process::Heard::Kept).await {
        Ok(finished) => finished,
        Err(failure) if context.cancel.is_cancelled() => return Err(failure),
        Err(failure) if failure.kind == FailureKind::Missing => {
            return Ok(Err(format!("it cannot be started here; {}", tool.cure())));
        }
        Err(failure) => return Ok(Err(bounded::line(&failure.message, 300))),
    };
    let ending = Ending::of(finished.exit);
    let last = || {
        let text = finished.stderr.text();
        let text = crate::scrub::place(&text, &context.root, ".");
        let last = text.lines().rev().find(|line| !line.trim().is_empty());
        bounded::line(last.unwrap_or("it said nothing"), 300)
    };
    let is_answer = ending
        .code()
        .is_some_and(|code| order.codes.contains(&code));
    if !is_answer {
        return Ok(Err(format!(
            "it ended with {}: {}",
            ending.said(TIMEOUT),
            last()
        )));
    }
    if finished.stdout.dropped > 0 {
        return Ok(Err(format!(
            "its answer is longer than {} MiB; name a smaller folder",
            ANSWER.head >> 20
        )));
    }
    let answer = finished.stdout.text();
    Ok(tool.read(&answer, texts).map_err(|why| {
        format!(
            "its answer cannot be read ({}); {}",
            bounded::line(&why, 200),
            last()
        )
    }))
}

impl Asked {
    fn silent(tool: Tool, why: String) -> Self {
        Self {
            tool,
            count: 0,
            answered: false,
            notes: vec![why],
        }
    }

    fn json(&self) -> Value {
        json!({
            "tool": self.tool.name(),
            "answered": self.answered,
            "count": self.count,
            "notes": self.notes,
        })
    }
}

impl Answers {
    /// Takes out what no rule of ours has found as well and what its tool itself calls unimportant,
    /// and notes how much that was: hints such as "subprocess is imported" would bury the rest.
    pub(super) fn quieten(&mut self, wanted: &Wanted, findings: &mut Vec<Finding>) {
        if *wanted != Wanted::Auto {
            return;
        }
        let mut hints: BTreeMap<(String, String), usize> = BTreeMap::new();
        findings.retain(|finding| {
            if finding.is_own() || finding.severity != Severity::Low {
                return true;
            }
            for source in &finding.sources {
                *hints
                    .entry((source.tool.clone(), source.rule.clone()))
                    .or_default() += 1;
            }
            false
        });
        for asked in &mut self.asked {
            let of: Vec<String> = hints
                .iter()
                .filter(|((tool, _), _)| tool == asked.tool.name())
                .map(|((_, rule), count)| format!("{rule} x {count}"))
                .collect();
            if !of.is_empty() {
                asked.notes.push(format!(
                    "hints that it calls unimportant are not listed: {}; name the tool to see them",
                    bounded::joined(&of, 12)
                ));
            }
        }
    }

    /// Says which tool gave no whole answer, and why.
    pub(super) fn unanswered(&self) -> Option<String> {
        let asked = self.asked.iter().find(|asked| !asked.answered)?;
        let why = asked
            .notes
            .first()
            .map_or("it said nothing", String::as_str);
        Some(format!("{}: {why}", asked.tool))
    }

    /// Tells what became of the tools.
    pub(super) fn json(&self) -> Value {
        self.asked.iter().map(Asked::json).collect()
    }

    /// Says it to people.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for asked in &self.asked {
            let said = if asked.answered {
                bounded::counted(asked.count, "finding")
            } else {
                "no whole answer".to_owned()
            };
            bounded::push(&mut text, format_args!("{}: {said}", asked.tool));
            for note in &asked.notes {
                bounded::push(&mut text, format_args!("; {}", bounded::line(note, 400)));
            }
            text.push('\n');
        }
        if text.is_empty() {
            return text;
        }
        format!("\n## Other tools\n\n{text}")
    }
}

/// Describes what became of the tools.
pub(super) fn asked_schema() -> Value {
    let asked = schema::object()
        .must("tool", schema::text("The tool."))
        .must(
            "answered",
            schema::flag("Whether it ran to its end and its answer could be read."),
        )
        .must("count", schema::number("How many findings it has."))
        .must(
            "notes",
            schema::texts("What has to be known of its answer, or why there is none."),
        )
        .done();
    schema::list(asked, "The other tools that were asked.")
}

/// Describes the parameter that says which tools are asked.
pub(super) fn wanted_schema() -> Value {
    schema::text(
        "Which other tools are asked: `auto` for those that are installed and fit, `none`, or names with commas between them.",
    )
}

/// Makes what a tool says.
fn said(rule: &str, severity: Severity, message: &str, path: &str, line: u64) -> Said {
    Said::new(rule, severity, message, path, line)
}

#[cfg(test)]
mod tests;
