//! The repository that a workspace lies in, and how git is called there.
//!
//! A workspace may be a folder inside a repository: everything is then scoped to that folder, and
//! paths are shown from there. Paths are always taken literally, never as patterns.

use std::collections::BTreeMap;
use std::path::Path;

use venom_kernel::skill::Need;
use venom_kernel::time::Millis;
use venom_ports::exec::{Command, Keep};
use venom_ports::skill::SkillContext;
use venom_ports::{Failure, FailureKind, Result};

use crate::bounded;
use crate::params::{missing, refused};
use crate::process::{self, Ending, Heard};
use crate::scrub;

/// The longest time for anything that looks.
const TIMEOUT: Millis = Millis::from_secs(60);

/// The longest time for what checks files out or makes commits. Chosen: hooks may run a test suite, and
/// tens of thousands of files on a slow disk take minutes.
pub(super) const LONG: Millis = Millis::from_secs(10 * 60);

/// How much of git's output is read. Chosen: the changes of 50,000 files fit.
const KEEP: Keep = Keep {
    head: 8 << 20,
    tail: 0,
};

/// Where objects are kept that nothing else names any more.
const KEPT: &str = "refs/venom/kept/";

/// A repository, seen from the workspace.
pub(super) struct Repository<'a> {
    /// The step's context.
    pub(super) context: &'a SkillContext,
    /// The path of the workspace in the repository, with a slash at its end; empty at the top.
    prefix: String,
    /// The commit that is checked out; none before the first commit.
    pub(super) head: Option<String>,
}

/// What git printed.
pub(super) struct Ran {
    /// The exit code; `None` if a signal ended it.
    pub(super) code: Option<i32>,
    /// The standard output.
    pub(super) out: String,
    /// The standard error.
    pub(super) err: String,
    /// Whether there was more output than was kept.
    pub(super) truncated: bool,
}

impl Ran {
    /// Returns the records of an output with `-z`; one that was cut off is left out.
    pub(super) fn records(&self) -> Vec<&str> {
        let mut records: Vec<&str> = self.out.split('\0').collect();
        // The text behind the last NUL is empty, or the beginning of a record that was cut off.
        records.pop();
        records
    }

    /// Makes the failure of a call that git refused.
    pub(super) fn refusal(&self, what: &str) -> Failure {
        let said = if self.err.trim().is_empty() {
            &self.out
        } else {
            &self.err
        };
        if said.contains(".lock': File exists") {
            return Failure::new(
                FailureKind::Conflict,
                format!("{what}: another git is at work in the repository"),
            )
            .with_hint(
                "wait until it is done; if none is, a crash left the lock behind: remove the `.lock` file that git names",
            );
        }
        refused(format!("{what}: {}", bounded::line(said, 1_000)))
    }
}

/// A call of git under construction.
pub(super) struct Git<'a> {
    context: &'a SkillContext,
    command: Command,
    /// What failures call it.
    shown: String,
}

impl<'a> Git<'a> {
    fn new(context: &'a SkillContext, args: &[&str]) -> Self {
        let always = [
            "--no-optional-locks",
            "--no-pager",
            "-c",
            "core.quotepath=off",
            "-c",
            "color.ui=false",
            "-c",
            "core.fsmonitor=false",
            "-c",
            "log.showSignature=false",
            "-c",
            "diff.noprefix=false",
        ];
        // Without its program, files in Git LFS stay the pointers that they are; a repository that
        // insists on the program could not even be looked at.
        let pointers: &[&str] = if context.exec.find("git-lfs").is_some() {
            &[]
        } else {
            &[
                "-c",
                "filter.lfs.required=false",
                "-c",
                "filter.lfs.process=",
                "-c",
                "filter.lfs.smudge=",
                "-c",
                "filter.lfs.clean=",
            ]
        };
        let env = [
            ("GIT_TERMINAL_PROMPT", "0"),
            ("GIT_LITERAL_PATHSPECS", "1"),
            ("GIT_EDITOR", "true"),
            ("LC_ALL", "C"),
        ];
        let text = |word: &&str| (*word).to_owned();
        let shown = args.iter().find(|word| !word.starts_with('-'));
        Self {
            context,
            shown: shown.map_or_else(String::new, |word| (*word).to_owned()),
            command: Command {
                program: "git".to_owned(),
                args: always
                    .iter()
                    .chain(pointers)
                    .chain(args)
                    .map(text)
                    .collect(),
                cwd: context.root.clone(),
                env: env
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .into(),
                stdin: Vec::new(),
                timeout: TIMEOUT,
                keep: KEEP,
            },
        }
    }

    /// Adds arguments.
    pub(super) fn args<S: AsRef<str>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.command
            .args
            .extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    /// Begins another call in the same workspace.
    pub(super) fn another(&self, args: &[&str]) -> Self {
        Self::new(self.context, args)
    }

    /// Adds variables.
    pub(super) fn env(mut self, env: &BTreeMap<String, String>) -> Self {
        self.command.env.extend(env.clone());
        self
    }

    /// Lets words like `:/` stand for more than a file of that name. Only for paths that are written
    /// here, never for one that somebody gave.
    pub(super) fn literal_off(mut self) -> Self {
        self.command.env.remove("GIT_LITERAL_PATHSPECS");
        self
    }

    /// Works in another folder than the workspace.
    pub(super) fn at(mut self, folder: &Path) -> Self {
        folder.clone_into(&mut self.command.cwd);
        self
    }

    /// Sets the standard input.
    pub(super) fn stdin(mut self, text: &str) -> Self {
        self.command.stdin = text.as_bytes().to_vec();
        self
    }

    /// Sets the longest time.
    pub(super) fn timeout(mut self, timeout: Millis) -> Self {
        self.command.timeout = timeout;
        self
    }

    /// Sets how much of the output is kept.
    pub(super) fn keep(mut self, keep: Keep) -> Self {
        self.command.keep = keep;
        self
    }

    /// Runs it, whatever its exit code.
    pub(super) async fn run(self) -> Result<Ran> {
        let timeout = self.command.timeout;
        let finished = process::run(self.context, self.command, Heard::Kept).await?;
        let ending = Ending::of(finished.exit);
        if let Some(stop) = ending.stop() {
            return Err(stop.failure("git", timeout));
        }
        let root = &self.context.root;
        let err = scrub::place(&finished.stderr.text(), root, ".");
        Ok(Ran {
            code: ending.code(),
            truncated: finished.stdout.dropped > 0,
            out: if finished.stdout.dropped > 0 {
                String::from_utf8_lossy(&finished.stdout.head).into_owned()
            } else {
                finished.stdout.text()
            },
            err: bounded::cut(&err, 16 << 10),
        })
    }

    /// Runs it and wants exit code 0.
    pub(super) async fn ok(self) -> Result<Ran> {
        let what = self.shown.clone();
        let ran = self.run().await?;
        if ran.code == Some(0) {
            return Ok(ran);
        }
        Err(ran.refusal(&format!("git {what}")))
    }
}

impl<'a> Repository<'a> {
    /// Finds the repository of the workspace. `Missing` if there is none.
    pub(super) async fn open(context: &'a SkillContext) -> Result<Self> {
        if context.exec.find("git").is_none() {
            return Err(
                missing("git is not installed").with_hint(Need::Program("git".to_owned()).cure())
            );
        }
        let ran = Git::new(
            context,
            &["rev-parse", "--is-inside-work-tree", "--show-prefix"],
        )
        .run()
        .await?;
        if ran.code != Some(0) {
            return Err(no_repository(&ran));
        }
        let mut lines = ran.out.lines();
        if lines.next() != Some("true") {
            return Err(
                refused("the workspace is a bare repository or lies inside of `.git`")
                    .with_hint("work in a folder with checked out files"),
            );
        }
        let prefix = lines.next().unwrap_or_default().to_owned();
        let mut repository = Self {
            context,
            prefix,
            head: None,
        };
        repository.head = repository.resolve("HEAD").await?;
        Ok(repository)
    }

    /// Begins a call of git in the workspace.
    pub(super) fn git(&self, args: &[&str]) -> Git<'a> {
        Git::new(self.context, args)
    }

    /// Tells whether the workspace is the whole repository.
    pub(super) fn is_whole(&self) -> bool {
        self.prefix.is_empty()
    }

    /// Turns a path of the repository into one of the workspace; `None` if it lies outside.
    pub(super) fn inside<'p>(&self, path: &'p str) -> Option<&'p str> {
        path.strip_prefix(self.prefix.as_str())
    }

    /// Turns a path of the workspace into one of the repository.
    pub(super) fn outside(&self, path: &str) -> String {
        format!("{}{path}", self.prefix)
    }

    /// Turns a path of the repository into one that a call of git takes: from the workspace.
    pub(super) fn from_here(&self, path: &str) -> String {
        match self.inside(path) {
            Some(inside) => inside.to_owned(),
            None => format!("{}{path}", "../".repeat(self.prefix.matches('/').count())),
        }
    }

    /// Returns the full name of a commit, if there is such a revision.
    pub(super) async fn resolve(&self, revision: &str) -> Result<Option<String>> {
        let commit = format!("{revision}^{{commit}}");
        let ran = self
            .git(&[
                "rev-parse",
                "--verify",
                "--quiet",
                "--end-of-options",
                &commit,
            ])
            .run()
            .await?;
        let id = ran.out.trim();
        Ok((ran.code == Some(0) && !id.is_empty()).then(|| id.to_owned()))
    }

    /// Returns the full name of a commit that a user named.
    pub(super) async fn revision(&self, revision: &str) -> Result<String> {
        let is_sane = !revision.is_empty()
            && revision.len() <= 1_000
            && !revision.starts_with('-')
            && !revision.contains(|c: char| c.is_control());
        let found = if is_sane {
            self.resolve(revision).await?
        } else {
            None
        };
        found.ok_or_else(|| {
            missing(format!(
                "there is no revision `{}`",
                bounded::line(revision, 100)
            ))
            .with_hint("`git log --oneline` and `git tag` list revisions")
        })
    }

    /// Returns the object that stands for a folder without files.
    pub(super) async fn empty_tree(&self) -> Result<String> {
        let ran = self
            .git(&["hash-object", "-t", "tree", "--stdin"])
            .ok()
            .await?;
        Ok(ran.out.trim().to_owned())
    }

    /// Returns the name of the branch; `None` if no branch is checked out.
    pub(super) async fn branch(&self) -> Result<Option<String>> {
        let ran = self
            .git(&["symbolic-ref", "--quiet", "--short", "HEAD"])
            .run()
            .await?;
        let name = ran.out.trim();
        Ok((ran.code == Some(0) && !name.is_empty()).then(|| name.to_owned()))
    }

    /// Makes an object findable and safe from being cleaned away, and returns the name under which it
    /// is kept. Doing so twice is the same as once.
    pub(super) async fn keep(&self, id: &str) -> Result<String> {
        let name = format!("{KEPT}{id}");
        self.git(&["update-ref", &name, id]).ok().await?;
        Ok(name)
    }

    /// Returns where history begins for want of the rest: whether this is a shallow clone.
    pub(super) async fn is_shallow(&self) -> Result<bool> {
        let ran = self
            .git(&["rev-parse", "--is-shallow-repository"])
            .ok()
            .await?;
        Ok(ran.out.trim() == "true")
    }

    /// Returns what a reference points to, if it exists.
    pub(super) async fn reference(&self, name: &str) -> Result<Option<String>> {
        let ran = self
            .git(&["rev-parse", "--verify", "--quiet", name])
            .run()
            .await?;
        let id = ran.out.trim();
        Ok((ran.code == Some(0) && !id.is_empty()).then(|| id.to_owned()))
    }

    /// Returns the commit, or the failure that there is none yet.
    pub(super) fn born(&self) -> Result<&str> {
        self.head.as_deref().ok_or_else(|| {
            missing("the repository has no commit yet").with_hint("make a first commit")
        })
    }
}

fn no_repository(ran: &Ran) -> Failure {
    if ran.err.contains("dubious ownership") {
        return refused("git does not trust the workspace: it belongs to another user").with_hint(
            "if you trust it, run `git config --global --add safe.directory` with its path",
        );
    }
    if ran.err.contains("not a git repository") {
        return missing("the workspace is not a git repository").with_hint(Need::Repository.cure());
    }
    refused(format!(
        "git cannot read the repository: {}",
        bounded::line(&ran.err, 1_000)
    ))
}
