//! What tells good from bad: a command of the user, or the tests of the project.

use std::path::Path;

use venom_kernel::change::RelPath;
use venom_kernel::time::Millis;
use venom_ports::exec::Keep;
use venom_ports::skill::SkillContext;
use venom_ports::{Failure, Result};

use crate::bounded;
use crate::git::repository::Repository;
use crate::params::{self, refused};
use crate::process::{self, Ending, Heard};
use crate::scrub;
use crate::test;

/// What came of a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It works.
    Good,
    /// It is broken.
    Bad,
    /// It cannot be told.
    Skip,
}

impl Verdict {
    /// Returns the word that git and results use.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Skip => "skip",
        }
    }
}

/// A command that tells good from bad.
pub(super) struct Judge {
    argv: Vec<String>,
    env: Vec<(String, String)>,
    folder: String,
    limit: Millis,
    /// The exit codes that mean that there was nothing to try.
    skips: &'static [i32],
    /// What results call it.
    pub(super) shown: String,
    /// The end of what it printed last.
    said: String,
}

impl Judge {
    /// Takes the user's command, or finds the one that runs the tests.
    pub(super) async fn find(
        context: &SkillContext,
        command: Option<&str>,
        only: Option<&str>,
        path: Option<RelPath>,
        limit: Millis,
    ) -> Result<Self> {
        let Some(command) = command else {
            let found = test::run::find(context, path, only).await?;
            let shown = process::shown(&found.argv);
            let is_python = found
                .argv
                .iter()
                .any(|word| word.contains("pytest") || word == "unittest");
            return Ok(Self {
                shown: scrub::scrub(&shown, &context.root, &context.scratch),
                // pytest: 4 for a file that does not exist, 5 for no test of that name (docs, "Exit codes");
                // unittest: 5 for no test (docs, since 3.12).
                skips: if is_python { &[125, 4, 5] } else { &[125] },
                argv: found.argv,
                env: found.env,
                folder: found.folder.to_string(),
                limit,
                said: String::new(),
            });
        };
        if only.is_some() {
            return Err(refused("`command` and `test` say different things")
                .with_hint("leave one of the two out"));
        }
        if command.trim().is_empty() || command.len() > 64 << 10 || command.contains('\0') {
            return Err(params::refused("the command is empty or too long"));
        }
        Ok(Self {
            argv: ["sh", "-c", command].map(str::to_owned).to_vec(),
            env: Vec::new(),
            folder: path.map(|path| path.to_string()).unwrap_or_default(),
            limit,
            skips: &[125],
            shown: bounded::line(command, 1_000),
            said: String::new(),
        })
    }

    /// Tries what is checked out in the clone.
    pub(super) async fn attempt(
        &mut self,
        repository: &Repository<'_>,
        clone: &Path,
    ) -> Result<Verdict> {
        let context = repository.context;
        let mut folder = clone.join(repository.outside(""));
        if self.folder != "." {
            folder = folder.join(&self.folder);
        }
        let mut command = process::command(&self.argv, folder, self.limit);
        command.keep = Keep {
            head: 16 << 10,
            tail: 16 << 10,
        };
        let always = [
            ("CI", "1"),
            ("NO_COLOR", "1"),
            // A module compiled from another commit must not be taken for this one's.
            ("PYTHONDONTWRITEBYTECODE", "1"),
        ];
        command
            .env
            .extend(always.map(|(name, value)| (name.to_owned(), value.to_owned())));
        command.env.extend(self.env.iter().cloned());
        let finished = process::run(context, command, Heard::Kept).await?;
        let said = format!("{}\n{}", finished.stdout.text(), finished.stderr.text());
        let said = scrub::scrub(&said, &context.root, &context.scratch);
        self.said = bounded::tail(&said, 15, 2_000);
        let ending = Ending::of(finished.exit);
        Ok(match ending.code() {
            Some(0) => Verdict::Good,
            Some(code) if self.skips.contains(&code) => Verdict::Skip,
            // A shell says 126 and 127 of a command that it cannot run.
            Some(126 | 127) => Verdict::Skip,
            Some(_) => Verdict::Bad,
            None if ending.signal().is_some() => Verdict::Bad,
            // It was stopped at a limit: that says nothing about the commit.
            None => Verdict::Skip,
        })
    }

    /// Makes the failure that an end of the search cannot be tried.
    pub(super) fn refusal(&self, place: &str) -> Failure {
        refused(format!(
            "{place} cannot be tried; `{}` said:\n{}",
            self.shown, self.said
        ))
        .with_hint("see that the command works in a fresh copy of the repository")
    }
}
