//! What is staged: how an action brings it back after a failure, and what a commit of everything would
//! hold, worked out in an index of its own so that the user's is left alone.

use std::collections::BTreeMap;

use venom_ports::Result;

use super::repository::Repository;
use crate::bounded;
use crate::params::{self, refused};

/// What was staged before an action.
pub(super) struct Staged {
    /// It, as the id of its tree.
    pub(super) tree: String,
    /// Files of which only the intention to add them is staged; a tree does not hold them. Their paths are
    /// those of the repository.
    intended: Vec<String>,
}

impl Staged {
    /// Writes down what is staged.
    pub(super) async fn remember(repository: &Repository<'_>) -> Result<Self> {
        let ran = repository
            .git(&[
                "diff",
                "--name-only",
                "--no-renames",
                "--no-relative",
                "--no-ext-diff",
                "--diff-filter=A",
                "-z",
            ])
            .ok()
            .await?;
        Ok(Self {
            tree: written(repository).await?,
            intended: ran.records().into_iter().map(str::to_owned).collect(),
        })
    }

    /// Brings the index back to it.
    pub(super) async fn restore(&self, repository: &Repository<'_>) -> Result<()> {
        // Git keeps what it knows about unchanged files; `-m` would refuse over an intention to add.
        repository
            .git(&["read-tree", "--reset", &self.tree])
            .ok()
            .await?;
        let here: Vec<String> = self
            .intended
            .iter()
            .map(|path| repository.from_here(path))
            .collect();
        for some in here.chunks(PATHS) {
            // A file that is gone by now cannot be intended any more.
            repository
                .git(&["add", "--intent-to-add", "--force", "--ignore-errors", "--"])
                .args(some)
                .run()
                .await?;
        }
        repository
            .git(&["update-index", "-q", "--refresh"])
            .run()
            .await?;
        Ok(())
    }
}

/// Paths that are named at once. Chosen: far below what a command line holds.
const PATHS: usize = 500;

async fn written(repository: &Repository<'_>) -> Result<String> {
    let ran = repository.git(&["write-tree"]).ok().await?;
    Ok(ran.out.trim().to_owned())
}

/// Returns the tree that a commit of these paths would have; of none, that of everything. What is staged
/// although it is ignored belongs to everything.
pub(super) async fn foreseen(repository: &Repository<'_>, paths: &[String]) -> Result<String> {
    let index = repository.context.scratch.join("index");
    let env = BTreeMap::from([(
        "GIT_INDEX_FILE".to_owned(),
        index.to_string_lossy().into_owned(),
    )]);
    match &repository.head {
        None if !paths.is_empty() => {
            repository
                .git(&["read-tree", "--empty"])
                .env(&env)
                .ok()
                .await?;
        }
        Some(head) if !paths.is_empty() => fill(repository, head, &index.to_string_lossy()).await?,
        Some(_) | None => {
            let staged = written(repository).await?;
            fill(repository, &staged, &index.to_string_lossy()).await?;
        }
    }
    add(repository, paths, &env).await?;
    let ran = repository.git(&["write-tree"]).env(&env).ok().await?;
    Ok(ran.out.trim().to_owned())
}

/// Fills a scratch index from a tree. What the real index knows about unchanged files is taken over where
/// git can do that, so that it need not read them all again.
async fn fill(repository: &Repository<'_>, tree: &str, index: &str) -> Result<()> {
    let to = format!("--index-output={index}");
    // Refused when the scratch folder is on another file system.
    let ran = repository
        .git(&["read-tree", "-m", &to, tree])
        .run()
        .await?;
    if ran.code == Some(0) {
        return Ok(());
    }
    let env = BTreeMap::from([("GIT_INDEX_FILE".to_owned(), index.to_owned())]);
    repository.git(&["read-tree", tree]).env(&env).ok().await?;
    Ok(())
}

/// Stages everything below these paths; of none, everything in the workspace.
pub(super) async fn add(
    repository: &Repository<'_>,
    paths: &[String],
    env: &BTreeMap<String, String>,
) -> Result<()> {
    let everything = [".".to_owned()];
    let ran = repository
        .git(&["add", "--all", "--"])
        .args(if paths.is_empty() {
            &everything[..]
        } else {
            paths
        })
        .env(env)
        .run()
        .await?;
    if ran.code == Some(0) {
        return Ok(());
    }
    let said = bounded::line(&ran.err, 1_000);
    if ran.err.contains("did not match any files") {
        // An empty folder has nothing to add; that is no mistake unless a path was named.
        if paths.is_empty() {
            return Ok(());
        }
        return Err(params::missing(format!(
            "git does not know one of the paths: {said}"
        )));
    }
    let hint = if ran.err.contains("ignored") {
        "the file is ignored on purpose; to commit it all the same use `git add --force`"
    } else {
        "see that every file can be read and that no other git is at work"
    };
    Err(refused(format!("git cannot stage the changes: {said}")).with_hint(hint))
}

/// Tells whether what is staged below these paths, of none everywhere, is what a tree has there.
pub(super) async fn holds(
    repository: &Repository<'_>,
    tree: &str,
    paths: &[String],
) -> Result<bool> {
    let ran = repository
        .git(&["diff-index", "--cached", "--quiet", tree, "--"])
        .args(paths)
        .run()
        .await?;
    Ok(ran.code == Some(0))
}
