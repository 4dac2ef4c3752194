//! `git.bisect`: finds the commit that broke something.
//!
//! The search happens in a clone of its own in the step's scratch folder, which borrows the objects of
//! the repository. The user's files, index and branches are never touched, and when the step is over, or
//! killed, nothing of it is left. Both ends are tried before anything is believed.

mod judge;

use serde::Deserialize;
use serde_json::{Value, json};
use std::path::PathBuf;

use venom_kernel::change::RelPath;
use venom_kernel::time::Millis;
use venom_ports::Result;
use venom_ports::skill::{Call, Output, SkillContext};

use self::judge::{Judge, Verdict};
use super::changed::{Changed, files_schema};
use super::diff;
use super::notes::named;
use super::repository::Repository;
use crate::bounded::{self, push};
use crate::params::{self, refused};
use crate::schema::{self, Object};

/// The longest time for one try, in seconds, if nobody says.
const TRY: u64 = 300;

/// The most tries. Chosen: 2^40 commits, and as many that cannot be tried.
const TRIES: usize = 80;

/// The longest patch in a result.
const PATCH: usize = 64 << 10;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    good: Option<String>,
    bad: Option<String>,
    test: Option<String>,
    path: Option<RelPath>,
    command: Option<String>,
    timeout: Option<u64>,
}

/// The clone and what was tried in it.
struct Search<'a> {
    repository: &'a Repository<'a>,
    clone: PathBuf,
    judge: Judge,
    tried: Vec<Value>,
}

/// Performs the action.
pub(super) async fn call(call: &Call, context: &SkillContext) -> Result<Output> {
    let params: Params = params::read(call)?;
    let repository = Repository::open(context).await?;
    let bad = match &params.bad {
        Some(bad) => named(&repository, bad).await?.1,
        None => repository.born()?.to_owned(),
    };
    let good = match &params.good {
        Some(good) => Some(named(&repository, good).await?.1),
        None => None,
    };
    if let Some(good) = &good {
        let ran = repository
            .git(&["merge-base", "--is-ancestor", good, &bad])
            .run()
            .await?;
        if ran.code != Some(0) || *good == bad {
            return Err(refused("the good commit does not come before the bad one")
                .with_hint("see which way round they are with `git log`"));
        }
    }
    let limit = Millis::from_secs(params.timeout.unwrap_or(TRY).max(1));
    let judge = Judge::find(
        context,
        params.command.as_deref(),
        params.test.as_deref(),
        params.path.clone(),
        limit,
    )
    .await?;
    let mut search = Search {
        repository: &repository,
        clone: context.scratch.join("bisect"),
        judge,
        tried: Vec::new(),
    };
    search.open().await?;
    search.expect_bad(&bad).await?;
    let good = match good {
        Some(good) => {
            search.expect_good(&good).await?;
            good
        }
        None => search.find_good(&bad).await?,
    };
    match search.narrow(&good, &bad).await? {
        Some(first) => search.found(&first).await,
        None => Ok(search.not_found()),
    }
}

impl Search<'_> {
    async fn git(&self, args: &[&str]) -> Result<String> {
        let ran = self
            .repository
            .git(&[
                "-c",
                "advice.detachedHead=false",
                "-c",
                "core.hooksPath=/dev/null",
            ])
            .args(args)
            .at(&self.clone)
            .run()
            .await?;
        if ran.code == Some(0) {
            return Ok(ran.out);
        }
        Err(ran.refusal(&format!(
            "git {} in the copy",
            args.first().copied().unwrap_or_default()
        )))
    }

    async fn open(&self) -> Result<()> {
        let ran = self
            .repository
            .git(&["rev-parse", "--path-format=absolute", "--git-common-dir"])
            .ok()
            .await?;
        let from = ran.out.trim_end_matches('\n').to_owned();
        let to = self.clone.to_string_lossy().into_owned();
        // A call that was stopped and is tried again has a folder of its own, but not surely an empty one.
        self.repository
            .git(&[
                "clone",
                "--quiet",
                "--shared",
                "--no-checkout",
                "--template=",
                "--",
            ])
            .args([&from, &to])
            .ok()
            .await?;
        Ok(())
    }

    /// Checks a commit out and tries it.
    async fn attempt(&mut self, commit: &str) -> Result<Verdict> {
        self.git(&["checkout", "--quiet", "--force", "--detach", commit])
            .await?;
        self.git(&["clean", "--quiet", "--force", "-d"]).await?;
        let subject = self.git(&["log", "-1", "--format=%s"]).await?;
        let subject = bounded::line(&subject, 200);
        let short: String = commit.chars().take(10).collect();
        let verdict = self.judge.attempt(self.repository, &self.clone).await?;
        let line = format!("{}: {short} {subject}", verdict.name());
        (self.repository.context.on_line)(&line);
        self.tried.push(json!({
            "id": commit,
            "subject": subject,
            "verdict": verdict.name(),
        }));
        if self.tried.len() > TRIES {
            return Err(refused(format!("no answer after {TRIES} tries"))
                .with_hint("name a `good` commit that is nearer"));
        }
        Ok(verdict)
    }

    async fn expect_bad(&mut self, bad: &str) -> Result<()> {
        match self.attempt(bad).await? {
            Verdict::Bad => Ok(()),
            Verdict::Good => Err(refused("nothing is broken at the newer end")
                .with_hint("name a commit that is broken with `bad`, or another test")),
            Verdict::Skip => Err(self.judge.refusal("the newer end")),
        }
    }

    async fn expect_good(&mut self, good: &str) -> Result<()> {
        match self.attempt(good).await? {
            Verdict::Good => Ok(()),
            Verdict::Bad => Err(refused("it is broken at the older end already")
                .with_hint("name an older commit with `good`")),
            Verdict::Skip => Err(self.judge.refusal("the older end")),
        }
    }

    /// Goes back from the bad end by 1, 2, 4, 8 and so on until a commit is good.
    async fn find_good(&mut self, bad: &str) -> Result<String> {
        let ran = self
            .repository
            .git(&["rev-list", "--first-parent", "--max-count=100000", bad])
            .ok()
            .await?;
        let line: Vec<&str> = ran.out.lines().collect();
        let mut back = 1;
        loop {
            let last = line.len().saturating_sub(1);
            let at = back.min(last);
            let Some(commit) = line.get(at).filter(|_| at > 0) else {
                return Err(refused("there is no commit before it to compare with")
                    .with_hint("a shallow clone gets the rest with `git fetch --unshallow`"));
            };
            if self.attempt(commit).await? == Verdict::Good {
                return Ok((*commit).to_owned());
            }
            if at == last {
                return Err(
                    refused("it is broken, or cannot be tried, all the way back")
                        .with_hint("name a commit with `good` where it works"),
                );
            }
            back = back.saturating_mul(2);
        }
    }

    /// Halves the rest until one commit is left; `None` if those that are left cannot be tried.
    async fn narrow(&mut self, good: &str, bad: &str) -> Result<Option<String>> {
        let mut said = self.git(&["bisect", "start", bad, good, "--"]).await?;
        loop {
            if let Some(first) = first_bad(&said) {
                return Ok(Some(first));
            }
            let commit = self.git(&["rev-parse", "HEAD"]).await?.trim().to_owned();
            let verdict = self.attempt(&commit).await?;
            let ran = self
                .repository
                .git(&["-c", "core.hooksPath=/dev/null", "bisect", verdict.name()])
                .at(&self.clone)
                .run()
                .await?;
            // With exit code 2 git says that only commits are left that cannot be tried.
            if ran.code == Some(2) {
                return Ok(None);
            }
            if ran.code != Some(0) {
                return Err(ran.refusal("git bisect in the copy"));
            }
            said = ran.out;
        }
    }

    async fn found(self, first: &str) -> Result<Output> {
        let repository = self.repository;
        let form = "--format=%s%x1f%aN%x1f%aE%x1f%as%x1f%P";
        let ran = repository.git(&["log", "-1", form, first]).ok().await?;
        let fields: Vec<String> = ran
            .out
            .trim_end()
            .split('\x1f')
            .map(|field| bounded::line(field, 300))
            .collect();
        let field = |at: usize| fields.get(at).cloned().unwrap_or_default();
        let parent = field(4).split(' ').next().unwrap_or_default().to_owned();
        let before = if parent.is_empty() {
            repository.empty_tree().await?
        } else {
            parent
        };
        let list = repository
            .git(&["diff", "--raw", "--numstat", "-z"])
            .args(diff::FORM)
            .args([before.as_str(), first, "--", "."]);
        let changed = Changed::read(list).await?;
        let patch = repository
            .git(&["diff", "--patch", "--src-prefix=a/", "--dst-prefix=b/"])
            .args(diff::FORM)
            .args([before.as_str(), first, "--", "."])
            .ok()
            .await?;
        let patch = bounded::cut(&patch.out, PATCH);
        let mut text = format!(
            "{first} is the first bad commit.\n\n{}\n{} <{}>, {}\n\n{}.\n{}\n{} in all.\n",
            field(0),
            field(1),
            field(2),
            field(3),
            changed.line(),
            changed.lines(50),
            bounded::counted(self.tried.len(), "try"),
        );
        push(
            &mut text,
            format_args!("\n```diff\n{}```\n", bounded::cut(&patch, PATCH / 4)),
        );
        Ok(schema::output(json!({
            "found": true,
            "id": first,
            "subject": field(0),
            "author": field(1),
            "email": field(2),
            "date": field(3),
            "files": changed.json(),
            "diff": patch,
            "command": self.judge.shown,
            "tries": self.tried.len(),
            "tried": self.tried,
            "text": bounded::cut(&text, bounded::TEXT),
        })))
    }

    fn not_found(self) -> Output {
        let text = format!(
            "It cannot be told: the commits that are left cannot be tried. {} in all.\n",
            bounded::counted(self.tried.len(), "try")
        );
        schema::output(json!({
            "found": false,
            "id": null,
            "subject": null,
            "author": null,
            "email": null,
            "date": null,
            "files": [],
            "diff": "",
            "command": self.judge.shown,
            "tries": self.tried.len(),
            "tried": self.tried,
            "text": text,
        }))
    }
}

/// Reads git's verdict: `ID is the first bad commit`.
fn first_bad(said: &str) -> Option<String> {
    said.lines().find_map(|line| {
        let id = line.strip_suffix(" is the first bad commit")?;
        let is_id = id.len() >= 40 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_id.then(|| id.to_owned())
    })
}

/// Describes the parameters.
pub(super) fn params() -> Object {
    schema::object()
        .may(
            "good",
            schema::text("A revision where it works; looked for if not given."),
        )
        .may(
            "bad",
            schema::text("A revision where it is broken; what is checked out if not given."),
        )
        .may(
            "test",
            schema::text("The tests that are run; all of the project if neither this nor `command` is given."),
        )
        .may("path", schema::path("The project whose tests are run."))
        .may(
            "command",
            schema::text(
                "A command of the shell instead: 0 means good, 125 that it cannot be tried, anything else bad.",
            ),
        )
        .may(
            "timeout",
            schema::between(1, 3_600, "The longest time for one try in seconds; 300 if not given."),
        )
}

/// Describes the result.
pub(super) fn result() -> Object {
    let text = |what: &str| schema::or_null(schema::text(what));
    let tried = schema::object()
        .must("id", schema::text("The commit."))
        .must("subject", schema::text("The first line of its message."))
        .must(
            "verdict",
            schema::choice(&["good", "bad", "skip"], "How it went."),
        )
        .done();
    schema::object()
        .must("found", schema::flag("Whether the commit is known."))
        .must("id", text("The first bad commit."))
        .must("subject", text("The first line of its message."))
        .must("author", text("Who wrote it."))
        .must("email", text("The author's address."))
        .must("date", text("The day on which it was written."))
        .must("files", files_schema())
        .must("diff", schema::text("Its patch, at most 64 KiB of it."))
        .must("command", schema::text("What told good from bad."))
        .must("tries", schema::number("How many commits were tried."))
        .must(
            "tried",
            schema::list(tried, "The commits in the order in which they were tried."),
        )
        .text()
}
