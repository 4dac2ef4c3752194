//! What stands behind the terminal UI: the ports of the process that opens it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use venom_kernel::id::RunId;
use venom_kernel::model::ModelInfo;
use venom_kernel::skill::SkillManifest;
use venom_kernel::time::Timestamp;
use venom_ports::api::models::ModelRecords;
use venom_ports::api::runs::{ApiError, Runs, StartRun};
use venom_ports::api::time::Time;
use venom_ports::clock::Clock;
use venom_ports::memory::episodes::Episodes;

/// What the terminal UI asks.
#[derive(Clone)]
pub struct Services {
    /// Runs.
    pub runs: Arc<dyn Runs>,
    /// The time machine.
    pub time: Arc<dyn Time>,
    /// What was said and done.
    pub episodes: Arc<dyn Episodes>,
    /// What was learnt of models.
    pub records: Arc<dyn ModelRecords>,
    /// The folder that it was opened in.
    pub folder: Arc<dyn Folder>,
    /// Tells the time, for how long things take.
    pub clock: Arc<dyn Clock>,
    /// Models that can be called.
    pub models: Vec<ModelInfo>,
    /// The skills of this build.
    pub skills: Vec<SkillManifest>,
}

/// The folder that runs are started in.
pub trait Folder: Send + Sync {
    /// Returns its path.
    fn path(&self) -> PathBuf;

    /// Completes a goal to what starts a run. It may block.
    fn prepare(&self, goal: String) -> Result<StartRun, ApiError>;

    /// Returns how far the clock of this place is ahead of UTC at a moment, in seconds.
    fn offset(&self, now: Timestamp) -> i32;

    /// Tells whether runs are worked on elsewhere, so that they go on when this process ends.
    fn is_far(&self) -> bool {
        false
    }

    /// Makes a folder for a fork of a run whose workspace was `original`. It may block.
    fn copy(&self, run: RunId, original: &Path) -> Result<PathBuf, ApiError>;
}
