//! The world: everything that the engine needs from outside, chosen by whoever builds it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use venom_kernel::confine::Confinement;
use venom_kernel::id::RunId;
use venom_kernel::policy::Policy;
use venom_kernel::skill::Need;
use venom_kernel::time::Millis;
use venom_ports::Result;
use venom_ports::api::playbooks::Source;
use venom_ports::blob::{Belongs, BlobStore};
use venom_ports::cache::Cache;
use venom_ports::clock::Clock;
use venom_ports::entropy::Entropy;
use venom_ports::inbox::Inbox;
use venom_ports::lease::LeaseStore;
use venom_ports::log::LogStore;
use venom_ports::memory::episodes::Episodes;
use venom_ports::model::Models;
use venom_ports::projection::Projections;
use venom_ports::sandbox::Sandbox;
use venom_ports::skill::SkillRegistry;
use venom_ports::snapshot::Snapshots;
use venom_ports::symbols::Symbols;
use venom_ports::task::Supervisor;
use venom_ports::workspace::Workspace;

use crate::agent::AgentSettings;
use crate::memory::facts::Facts;

/// Opens the workspace at an absolute path.
pub type OpenWorkspace = Arc<dyn Fn(&Path) -> Result<Arc<dyn Workspace>> + Send + Sync>;
/// Returns the texts of all playbook files for a workspace.
pub type PlaybookSources = Arc<dyn Fn(&Path) -> Vec<Source> + Send + Sync>;
/// Tells whether the process that an owner's name stands for is known to have died.
pub type IsDead = Arc<dyn Fn(&str) -> bool + Send + Sync>;
/// Tells whether something that steps may need is there, for a workspace.
pub type Has = Arc<dyn Fn(&Need, &Path) -> bool + Send + Sync>;

/// Opens the content store and the snapshots as a run uses them.
pub type OpenContents = Arc<dyn Fn(RunId, Belongs<'_>) -> Result<Contents> + Send + Sync>;

/// The content store and the snapshots of a run.
#[derive(Clone)]
pub struct Contents {
    /// The content store.
    pub blobs: Arc<dyn BlobStore>,
    /// The snapshots.
    pub snapshots: Arc<dyn Snapshots>,
}

/// Everything that the engine needs from outside.
#[derive(Clone)]
pub struct World {
    /// The event log.
    pub log: Arc<dyn LogStore>,
    /// Who owns which run.
    pub leases: Arc<dyn LeaseStore>,
    /// Commands from other processes.
    pub inbox: Arc<dyn Inbox>,
    /// The content store, for what belongs to no workspace.
    pub blobs: Arc<dyn BlobStore>,
    /// Opens the content store of a run; `None` where all runs use the same.
    pub contents: Option<OpenContents>,
    /// Takes snapshots of workspaces and goes back to them; `None` where runs cannot be taken back.
    pub snapshots: Option<Arc<dyn Snapshots>>,
    /// Tables over all runs.
    pub projections: Arc<dyn Projections>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub entropy: Arc<dyn Entropy>,
    /// Starts tasks.
    pub supervisor: Arc<dyn Supervisor>,
    /// Knows what is defined where.
    pub symbols: Arc<dyn Symbols>,
    /// What steps are made of.
    pub skills: Arc<dyn SkillRegistry>,
    /// Confines and runs commands.
    pub sandbox: Arc<dyn Sandbox>,
    /// What the user demands of the sandbox, for new runs.
    pub confinement: Confinement,
    /// Opens workspaces.
    pub open_workspace: OpenWorkspace,
    /// Finds playbooks.
    pub playbooks: PlaybookSources,
    /// Tells whether something is there.
    pub has: Has,
    /// Tells whether another process died.
    pub is_dead: IsDead,
    /// Language models.
    pub models: Arc<dyn Models>,
    /// What the user settled about agents.
    pub agents: AgentSettings,
    /// A folder for files that nobody keeps.
    pub scratch: PathBuf,
    /// The folder that copies of workspaces are made in. A fork writes its files over whatever is in
    /// its folder, so it works nowhere else.
    pub copies: PathBuf,
    /// The name under which this process owns runs.
    pub owner: String,
    /// The user's rules for new runs.
    pub policy: Policy,
    /// Sentences that no playbook is meant by, for calibration.
    pub out_of_scope: Arc<[String]>,
    /// Keeps what was learned from playbooks, which is no sentence of theirs.
    pub lessons: Arc<dyn Cache>,
    /// The configuration by name, as canonical texts: each run keeps what it began with.
    pub settings: BTreeMap<String, String>,
    /// Version of VENOM.
    pub version: String,
    /// What was said and done, for agents; `None` where nothing is remembered.
    pub episodes: Option<Arc<dyn Episodes>>,
    /// What is known; `None` where nothing is remembered.
    pub facts: Option<Facts>,
    /// How things are timed.
    pub pace: Pace,
}

impl World {
    /// Returns the same world with the contents of a run: with those that it names, or will name.
    pub(crate) fn of(self: &Arc<Self>, run: RunId, belongs: Belongs<'_>) -> Result<Arc<Self>> {
        let Some(open) = &self.contents else {
            return Ok(Arc::clone(self));
        };
        let Contents { blobs, snapshots } = open(run, belongs)?;
        let mut world = Self::clone(self);
        world.blobs = blobs;
        world.snapshots = world.snapshots.and(Some(snapshots));
        Ok(Arc::new(world))
    }
}

/// How often things are looked at, and how long a lease lasts.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// How often the inbox of a run is looked at.
    pub inbox: Millis,
    /// How long a lease lasts unless it is renewed.
    pub lease: Millis,
}

impl Default for Pace {
    /// Chosen: a command from another terminal is heard at once for a person; a lease outlives a
    /// laptop's short sleep, and a process that is known to be dead is not waited for.
    fn default() -> Self {
        Self {
            inbox: Millis::new(150),
            lease: Millis::from_secs(30),
        }
    }
}
