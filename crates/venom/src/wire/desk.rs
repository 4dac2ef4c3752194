//! What the terminal UI needs of the folder that it is opened in.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use venom_kernel::id::RunId;
use venom_kernel::time::Timestamp;
use venom_ports::api::archive::Archives;
use venom_ports::api::runs::{ApiError, StartRun};
use venom_server::{Folders as _, Wish};
use venom_tui::services::Folder;

use super::folders::FolderEngines;

/// Returns how far the clock of this place is ahead of UTC at a moment, in seconds.
pub(crate) fn offset(now: Timestamp) -> i32 {
    jiff::Timestamp::from_microsecond(now.micros()).map_or(0, |now| {
        jiff::tz::TimeZone::system().to_offset(now).seconds()
    })
}

/// The folder that the terminal UI is opened in.
pub(crate) struct Desk {
    pub(crate) folder: PathBuf,
    pub(crate) folders: FolderEngines,
    pub(crate) archives: Arc<dyn Archives>,
}

impl Folder for Desk {
    fn path(&self) -> PathBuf {
        self.folder.clone()
    }

    fn prepare(&self, goal: String) -> Result<StartRun, ApiError> {
        self.folders.prepare(Wish {
            goal,
            workspace: self.folder.clone(),
            // Whoever sits there can answer.
            asks_budget: true,
            ..Wish::default()
        })
    }

    fn offset(&self, now: Timestamp) -> i32 {
        offset(now)
    }

    fn copy(&self, run: RunId, original: &Path) -> Result<PathBuf, ApiError> {
        // A folder of the same name is not the one of a run that was done elsewhere.
        let is_foreign = self.archives.origin(run)?.is_some();
        self.folders.copy(original, is_foreign)
    }
}
