//! What stands behind the API: the ports of the process that serves it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use venom_kernel::digest::BlobId;
use venom_kernel::id::RunId;
use venom_kernel::model::ModelId;
use venom_kernel::money::MicroUsd;
use venom_kernel::redact::Redactor;
use venom_kernel::route::Prefer;
use venom_ports::api::archive::Archives;
use venom_ports::api::facts::Beliefs;
use venom_ports::api::intents::Intents;
use venom_ports::api::learned::LearnedSkills;
use venom_ports::api::models::ModelRecords;
use venom_ports::api::plans::Plans;
use venom_ports::api::playbooks::Playbooks;
use venom_ports::api::preferences::Preferences;
use venom_ports::api::relay::Relay;
use venom_ports::api::runs::{ApiError, Runs, StartRun};
use venom_ports::api::time::Time;
use venom_ports::clock::Clock;
use venom_ports::memory::episodes::Episodes;
use venom_ports::projection::Projections;
use venom_ports::skill::SkillRegistry;
use venom_ports::{Failure, FailureKind};

use crate::door::Door;
use crate::journal::Journal;
use crate::metrics::Live;

/// Runs of which it is remembered who works on them.
const MANY: usize = 10_000;

/// What the API answers with.
pub struct Services {
    /// Runs.
    pub runs: Arc<dyn Runs>,
    /// The time machine.
    pub time: Arc<dyn Time>,
    /// The understanding of goals.
    pub intents: Arc<dyn Intents>,
    /// Archives of runs.
    pub archives: Arc<dyn Archives>,
    /// Preferences.
    pub preferences: Arc<dyn Preferences>,
    /// Plans that are changed and agreed to.
    pub plans: Arc<dyn Plans>,
    /// Models, for programs.
    pub relay: Arc<dyn Relay>,
    /// What was learnt of models.
    pub records: Arc<dyn ModelRecords>,
    /// What was said and done.
    pub episodes: Arc<dyn Episodes>,
    /// What is believed.
    pub beliefs: Arc<dyn Beliefs>,
    /// What runs learned to do.
    pub learned: Arc<dyn LearnedSkills>,
    /// Masks secrets in what is to be remembered.
    pub redactor: Redactor,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// What is counted over all runs.
    pub projections: Arc<dyn Projections>,
    /// What is measured in this process.
    pub live: Arc<Live>,
    /// The skills of this build.
    pub skills: Arc<dyn SkillRegistry>,
    /// What depends on the folder that is worked in.
    pub folders: Arc<dyn Folders>,
    /// The settings, with where each comes from; it holds no secret.
    pub config: Value,
    /// What the sandbox of this machine enforces.
    pub sandbox: Value,
    /// The version of VENOM.
    pub version: String,
}

/// What depends on the folder that is worked in.
pub trait Folders: Send + Sync {
    /// Returns the playbooks that can be used in a folder.
    fn playbooks(&self, folder: &Path) -> Arc<dyn Playbooks>;

    /// Completes a wish to start a run: settings of the user and of the folder, a copy if one is
    /// wanted. It may block.
    fn prepare(&self, wish: Wish) -> Result<StartRun, ApiError>;

    /// Makes a folder of VENOM's own for a fork: a copy of the folder of the other run, or an empty
    /// one if that run was done elsewhere. It may block.
    fn copy(&self, original: &Path, is_foreign: bool) -> Result<PathBuf, ApiError>;

    /// Returns what works on runs in a folder, with the settings that count there. It may block.
    fn runs(&self, folder: &Path) -> Result<Arc<dyn Runs>, ApiError>;
}

/// A wish to start a run, as it comes from outside.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wish {
    /// The goal, in the user's words.
    pub goal: String,
    /// The folder to work in; absolute.
    pub workspace: std::path::PathBuf,
    /// Whether to work in a scratch copy of it.
    pub copy: bool,
    /// Whether to stop after the plan.
    pub plan_only: bool,
    /// Whether every approval is given in advance.
    pub approve_all: bool,
    /// The longest time for the whole run, in milliseconds.
    pub timeout: Option<u64>,
    /// How many steps may run at once.
    pub max_parallel: Option<u16>,
    /// The model that thinks, whatever else could.
    pub model: Option<ModelId>,
    /// The most money that the run may spend on models.
    pub max_cost: Option<MicroUsd>,
    /// Whether that may be more than the configuration allows a run.
    pub may_raise: bool,
    /// Whether nothing may be sent to models that are not the user's own.
    pub local_only: bool,
    /// What decides where models differ.
    pub prefer: Option<Prefer>,
    /// Whether answers of earlier runs are left alone.
    pub no_preferences: bool,
    /// Whether somebody is there to be asked when a cap is met.
    pub asks_budget: bool,
}

/// A plan that was agreed to, for a run that does it.
pub(crate) struct Begun {
    /// The plan, in the content store.
    pub(crate) plan: BlobId,
    /// The folder that the workspace is a scratch copy of.
    pub(crate) copy_of: Option<PathBuf>,
}

/// What handlers share.
pub(crate) struct House {
    pub(crate) services: Services,
    pub(crate) door: Arc<Door>,
    pub(crate) journal: Journal,
    /// Who works on the runs that this process works on.
    pub(crate) desks: Mutex<BTreeMap<RunId, Arc<dyn Runs>>>,
}

/// Does something that may block on a thread of its own.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Failure::new(FailureKind::Internal, error.to_string()))?
}

impl House {
    /// Returns who knows most about a run: whoever works on it in this process, else anybody.
    pub(crate) fn runs(&self, run: RunId) -> Arc<dyn Runs> {
        let desks = self.desks.lock().unwrap_or_else(PoisonError::into_inner);
        desks
            .get(&run)
            .map_or_else(|| Arc::clone(&self.services.runs), Arc::clone)
    }

    /// Starts a run, with a plan if one was agreed to.
    pub(crate) async fn start(&self, wish: Wish, begun: Option<Begun>) -> Result<RunId, ApiError> {
        let folders = Arc::clone(&self.services.folders);
        let (desk, request) = blocking(move || {
            let mut request = folders.prepare(wish)?;
            if let Some(Begun { plan, copy_of }) = begun {
                request.options.plan = Some(plan);
                request.copy_of = copy_of;
            }
            let settled = request.copy_of.as_ref().unwrap_or(&request.workspace);
            Ok((folders.runs(settled)?, request))
        })
        .await?;
        let run = desk.start(request).await?;
        self.adopt(run, desk);
        Ok(run)
    }

    /// Makes a folder for a fork. What a fork works in is never named from outside: its files are
    /// written over whatever is there.
    pub(crate) async fn copy(
        &self,
        original: PathBuf,
        is_foreign: bool,
    ) -> Result<PathBuf, ApiError> {
        let folders = Arc::clone(&self.services.folders);
        blocking(move || folders.copy(&original, is_foreign)).await
    }

    /// Takes up a run that nobody works on.
    pub(crate) async fn take_up(&self, run: RunId, by: &str) -> Result<(), ApiError> {
        let state = self.services.runs.state(run, None).await?;
        let place = state.started().map(|started| &started.workspace);
        let folder = place.map_or_else(PathBuf::new, |place| {
            PathBuf::from(place.copy_of.as_ref().unwrap_or(&place.root))
        });
        let folders = Arc::clone(&self.services.folders);
        let known = {
            let desks = self.desks.lock().unwrap_or_else(PoisonError::into_inner);
            desks.get(&run).map(Arc::clone)
        };
        let desk = match known {
            Some(desk) => desk,
            None => blocking(move || folders.runs(&folder)).await?,
        };
        desk.resume(run, by).await?;
        self.adopt(run, desk);
        Ok(())
    }

    /// Notes who works on a run, here and for after a restart.
    fn adopt(&self, run: RunId, desk: Arc<dyn Runs>) {
        let is_new = {
            let mut desks = self.desks.lock().unwrap_or_else(PoisonError::into_inner);
            if desks.len() >= MANY {
                // The oldest have ended long ago; without a desk of their own they are read as others.
                desks.pop_first();
            }
            desks.insert(run, desk).is_none()
        };
        if is_new && let Err(error) = self.journal.note(run) {
            tracing::warn!(%error, %run, "the run would not be taken up after a restart");
        }
    }
}
