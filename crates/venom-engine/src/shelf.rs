//! The shelf: playbooks as they were last read, with what was learned from them.
//!
//! A run looks at the playbooks several times, and learning from them costs more than all the rest of
//! understanding; as long as the files say the same, both are done once.

use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use venom_kernel::digest::Digest;
use venom_ports::api::playbooks::Source;

use crate::intent::Trained;
use crate::playbook::Library;
use crate::world::World;

/// Playbooks with what was learned from them.
pub(crate) struct Shelved {
    pub(crate) library: Library,
    /// What the playbooks say, for the beginning of a run.
    pub(crate) digest: Digest,
    trained: OnceLock<Trained>,
}

impl Shelved {
    /// Returns the matcher over the playbooks; it is trained when it is first needed.
    pub(crate) fn trained(&self, world: &World) -> &Trained {
        self.trained
            .get_or_init(|| Trained::new(&self.library, &world.out_of_scope))
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
        let library = Library::load(&sources, world.skills.manifests());
        let digest = library.digest();
        let shelved = Arc::new(Shelved {
            library,
            digest,
            trained: OnceLock::new(),
        });
        *last = Some((sources, shelved.clone()));
        shelved
    }
}
