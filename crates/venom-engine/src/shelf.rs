//! The shelf: playbooks as they were last read, with what was learned from them.
//!
//! A run looks at the playbooks several times, and learning from them costs more than all the rest of
//! understanding; as long as the files say the same, both are done once. A run that has begun keeps
//! the playbooks that it began with, whatever is edited meanwhile.

use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use venom_kernel::digest::Digest;
use venom_kernel::event::RunStarted;
use venom_ports::api::playbooks::Source;

use crate::intent::Trained;
use crate::playbook::Library;
use crate::world::World;

/// The name under which a run keeps its playbooks.
pub(crate) const PLAYBOOKS: &str = "playbooks";

/// Playbooks with what was learned from them.
pub(crate) struct Shelved {
    pub(crate) library: Library,
    /// What the playbooks say.
    digest: Digest,
    trained: OnceLock<Trained>,
}

impl Shelved {
    fn new(library: Library) -> Arc<Self> {
        Arc::new(Self {
            digest: Digest::of_bytes(library.text().as_bytes()),
            library,
            trained: OnceLock::new(),
        })
    }

    /// Returns the matcher over the playbooks; it is trained when it is first needed.
    pub(crate) fn trained(&self, world: &World) -> &Trained {
        self.trained
            .get_or_init(|| Trained::new(&self.library, &world.out_of_scope, &*world.lessons))
    }
}

/// Keeps the playbooks of the workspace that was looked at last.
#[derive(Default)]
pub(crate) struct Shelf {
    last: Mutex<Option<(Vec<Source>, Arc<Shelved>)>>,
}

impl Shelf {
    /// Returns the playbooks as they are found from a workspace.
    pub(crate) fn playbooks(&self, world: &World, workspace: &Path) -> Arc<Shelved> {
        let sources = (world.playbooks)(workspace);
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, shelved)) = &*last
            && *known == sources
        {
            return shelved.clone();
        }
        let shelved = Shelved::new(Library::load(&sources, world.skills.manifests()));
        *last = Some((sources, shelved.clone()));
        shelved
    }

    /// Returns the playbooks that a run began with.
    pub(crate) async fn of_run(&self, world: &World, started: &RunStarted) -> Arc<Shelved> {
        let now = self.playbooks(world, Path::new(&started.workspace.root));
        let Some(kept) = started.texts.get(PLAYBOOKS) else {
            return now;
        };
        if started.digests.get(PLAYBOOKS) == Some(&now.digest) {
            return now;
        }
        let text = match world.blobs.get(kept).await {
            Ok(text) => text,
            Err(failure) => {
                tracing::warn!(%failure, "the run's own playbooks are gone; today's are used");
                return now;
            }
        };
        match Library::from_text(&text) {
            Ok(library) => Shelved::new(library),
            Err(error) => {
                tracing::warn!(%error, "the run's own playbooks cannot be read; today's are used");
                now
            }
        }
    }
}
