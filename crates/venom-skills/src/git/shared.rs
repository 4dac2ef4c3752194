//! History that others may have already.
//!
//! A commit counts as shared when a remote-tracking branch reaches it: that is what this machine knows
//! of what was pushed or fetched. Nothing is asked over the network.

use serde::{Deserialize, Serialize};
use venom_ports::Result;

use super::repository::Repository;
use crate::bounded;

/// The most commits that are looked at. Chosen: nobody rewrites more by hand.
const LOOKED: usize = 10_000;

/// Commits that a branch would lose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Lost {
    /// How many there are.
    pub(super) commits: usize,
    /// How many of them others may have.
    pub(super) shared: usize,
    /// The remote-tracking branches that have the newest of those.
    pub(super) on: Vec<String>,
}

impl Lost {
    /// Looks at what goes when a branch moves from one commit to another; nowhere means that all go.
    pub(super) async fn between(
        repository: &Repository<'_>,
        old: &str,
        new: Option<&str>,
    ) -> Result<Self> {
        let count = format!("--max-count={LOOKED}");
        let list = |more: &[&str]| {
            let without = new.map(|new| format!("^{new}"));
            repository
                .git(&["rev-list", &count, old])
                .args(without)
                .args(more)
        };
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        let all = lines(&list(&[]).ok().await?.out);
        let own = lines(&list(&["--not", "--remotes"]).ok().await?.out);
        let own: std::collections::BTreeSet<&String> = own.iter().collect();
        let newest = all.iter().find(|commit| !own.contains(commit));
        let on = match newest {
            Some(commit) => holders(repository, commit, &["refs/remotes"]).await?,
            None => Vec::new(),
        };
        Ok(Self {
            commits: all.len(),
            shared: all.len().saturating_sub(own.len()),
            on,
        })
    }

    /// Says why somebody has to agree; `None` if only this machine has what goes. What is agreed to is bound
    /// to these words, so that `what` has to name branch and commits in full.
    pub(super) fn asks(&self, what: &str) -> Option<String> {
        (self.shared > 0).then(|| {
            format!(
                "{what} {}, and others may have {} from {}",
                bounded::counted(self.shared, "shared commit"),
                if self.shared == 1 { "it" } else { "them" },
                bounded::joined(&self.on, 3)
            )
        })
    }
}

/// Lists the references below these that reach a commit, at most 100, without those that only point on.
pub(super) async fn holders(
    repository: &Repository<'_>,
    commit: &str,
    below: &[&str],
) -> Result<Vec<String>> {
    let contains = format!("--contains={commit}");
    let ran = repository
        .git(&[
            "for-each-ref",
            "--count=100",
            "--format=%(symref)%00%(refname:short)",
            &contains,
        ])
        .args(below)
        .ok()
        .await?;
    let name = |line: &str| {
        let (symbolic, name) = line.split_once('\0')?;
        symbolic.is_empty().then(|| name.to_owned())
    };
    Ok(ran.out.lines().filter_map(name).collect())
}
