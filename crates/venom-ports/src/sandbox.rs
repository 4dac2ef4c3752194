//! Confinement of commands.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;
use venom_kernel::change::ChangeSet;
use venom_kernel::confine::{Confinement, Grants, Receipt, Tier};
use venom_kernel::policy::Ruling;

use crate::blob::BlobStore;
use crate::exec::{Command, Executor, Finished, OnLine};
use crate::session::{Session, SessionSpec};
use crate::{Failure, FailureKind, Result};

/// Where the commands of one call run, and what they may use.
#[derive(Clone)]
pub struct Place {
    /// Absolute path of the workspace; commands see it at the same path.
    pub root: PathBuf,
    /// A folder outside the workspace that commands may write to, if there is one.
    pub scratch: Option<PathBuf>,
    /// Patterns of the paths that the step may change. `**` means that whatever commands change is
    /// theirs to change; of anything narrower, what fits is taken for a by-product and kept, and the
    /// rest is dropped.
    pub writes: Vec<String>,
    /// Whether what commands leave is only told and not kept, built things included.
    pub is_trial: bool,
    /// What the action asks for.
    pub grants: Grants,
    /// What the user demands.
    pub confinement: Confinement,
    /// A short name for folders, control groups and logs; unique among the places that are open.
    pub label: String,
    /// Hears when a command reaches for a host for the first time.
    pub on_reach: OnReach,
}

/// A command reached for a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    /// The host and port.
    pub host: String,
    /// Whether it may.
    pub ruling: Ruling,
    /// The rule, for people.
    pub because: String,
}

/// Hears of hosts.
pub type OnReach = Arc<dyn Fn(Reached) + Send + Sync>;

/// What commands left behind in a workspace whose edits are looked at before they count.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Left {
    /// The edits; their contents are in the content store. Nothing of them is in the workspace yet.
    pub changes: ChangeSet,
    /// What commands changed and a change set cannot say, for people. It is not kept.
    pub dropped: Vec<String>,
    /// How many files that the workspace's `.gitignore` excludes, or that are git's own, were written.
    /// They are in the workspace already.
    pub outputs: u64,
}

/// A place that is open.
#[async_trait]
pub trait Cell: Executor {
    /// Returns what was enforced so far; `commands` counts those that were started.
    fn receipt(&self) -> Receipt;

    /// Begins a command that stays, in this place, and has nothing to do with the calls of
    /// [`Executor::run`] but the place. `Refused` where the tier has no sessions.
    async fn begin(&self, _spec: SessionSpec) -> Result<Arc<dyn Session>> {
        Err(Failure::new(
            FailureKind::Refused,
            format!("the tier `{}` has no sessions", self.tier()),
        )
        .with_hint("`venom sandbox doctor` says how commands can be confined here"))
    }

    /// Runs a command like [`Executor::run`] and stores a stream whole that is longer than what is
    /// kept of it, up to what a place may write. A caller that keeps no end wants no more than the
    /// beginning. Where the tier cannot set streams aside, nothing is stored.
    async fn run_whole(
        &self,
        command: Command,
        cancel: CancellationToken,
        on_line: Option<OnLine>,
        _blobs: &dyn BlobStore,
    ) -> Result<Finished> {
        self.run(command, cancel, on_line).await
    }

    /// Ends every process and says what the commands left in the workspace. What is refused (a link
    /// that leads out, a device, an edit of what is protected) is a failure that names it, and
    /// nothing of it counts then.
    async fn close(&self, blobs: &dyn BlobStore) -> Result<Left>;
}

/// Confines commands.
#[async_trait]
pub trait Sandbox: Send + Sync {
    /// Opens a place. `Refused` with a hint if the tier that the user demands cannot be had here.
    async fn open(&self, place: Place) -> Result<Arc<dyn Cell>>;

    /// Looks a program up on the search path that commands get.
    fn find(&self, program: &str) -> Option<PathBuf>;

    /// Returns the best tier that is known to be had here; `Unconfined` before the first place is
    /// opened.
    fn tier(&self) -> Tier;
}
