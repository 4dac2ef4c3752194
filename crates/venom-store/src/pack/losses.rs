//! What repairs could not bring back: a list beside the damaged packs, kept until an object is there
//! again, by an import or by being stored anew, or nothing needs it any more.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::PathBuf;

use venom_kernel::digest::BlobId;
use venom_ports::Result;

use super::Packs;
use super::care::Flaw;

/// Longest list that is read. Chosen: four hundred thousand objects.
const LONGEST: u64 = 26 << 20;

impl Packs {
    fn losses_file(&self) -> PathBuf {
        self.places.aside().join("lost")
    }

    /// Reads the list; a line that is no id is passed over.
    fn losses(&self) -> io::Result<BTreeSet<BlobId>> {
        let file = match fs::File::open(self.losses_file()) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeSet::new()),
            Err(error) => return Err(error),
        };
        let mut text = Vec::new();
        file.take(LONGEST).read_to_end(&mut text)?;
        let text = String::from_utf8_lossy(&text);
        Ok(text.lines().filter_map(BlobId::new).collect())
    }

    /// Returns what was lost and is still not there.
    pub(super) fn missed(&self) -> Result<Vec<BlobId>> {
        let losses = self
            .losses()
            .map_err(|error| self.failure("cannot read what was lost", &error))?;
        let is_missed = |id: &BlobId| self.read(id).is_err();
        Ok(losses.into_iter().filter(is_missed).collect())
    }

    /// Adds what a repair has lost.
    pub(super) fn remember_losses(&self, lost: &[Flaw]) -> Result<()> {
        let ids = lost.iter().filter_map(|flaw| flaw.id.clone());
        self.change_losses(|losses| losses.extend(ids))
    }

    /// Forgets what is there again, and what is not needed any more.
    pub(super) fn forget_losses(&self, is_needed: impl Fn(&BlobId) -> bool) -> Result<()> {
        self.change_losses(|losses| {
            losses.retain(|id| is_needed(id) && self.read(id).is_err());
        })
    }

    fn change_losses(&self, change: impl FnOnce(&mut BTreeSet<BlobId>)) -> Result<()> {
        let changed = self.losses().and_then(|before| {
            let mut losses = before.clone();
            change(&mut losses);
            if losses == before {
                return Ok(());
            }
            let path = self.losses_file();
            if losses.is_empty() {
                return fs::remove_file(path);
            }
            let folder = self.places.aside();
            self.disk.create_folder(&folder)?;
            // A new file has the mode 0600, and a rename puts it there whole.
            let mut new = tempfile::NamedTempFile::new_in(&folder)?;
            for id in &losses {
                writeln!(new, "{id}")?;
            }
            new.as_file().sync_all()?;
            new.persist(path).map(drop).map_err(|error| error.error)
        });
        changed.map_err(|error| self.failure("cannot keep the list of what was lost", &error))
    }
}
