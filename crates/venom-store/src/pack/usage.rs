//! Counting what is stored.

use venom_kernel::digest::BlobId;
use venom_ports::Result;

use super::care::Usage;
use super::content::raw;
use super::disk::Missing;
use super::{Packs, claims, loose};

impl Packs {
    /// Looks at the folder again.
    pub(crate) fn look_again(&self) -> Result<()> {
        let mut state = self.loaded()?;
        self.refresh(&mut state)
    }

    /// Tells whether an object was there at the last look, without keeping it.
    pub(crate) fn lists(&self, id: &BlobId) -> Result<bool> {
        let state = self.loaded()?;
        let is_packed = state.catalogue.find(&raw(id)).next().is_some();
        Ok(is_packed || (state.catalogue.has_loose && loose::is_there(&self.places.root, id)))
    }

    /// Counts how often objects were removed.
    pub(crate) fn removals(&self) -> Result<u64> {
        let sweep = match self.disk.open(&self.places.sweep(), Missing::Fail) {
            Ok(sweep) => sweep,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
            Err(error) => return Err(self.failure("cannot read the packs", &error)),
        };
        sweep
            .lock_shared()
            .and_then(|()| {
                let removals = claims::generation(&*sweep);
                sweep.unlock().and(removals)
            })
            .map_err(|error| self.failure("cannot read the packs", &error))
    }

    /// Counts what is stored.
    pub(crate) fn usage(&self) -> Result<Usage> {
        let mut state = self.loaded()?;
        self.refresh(&mut state)?;
        let (pack_bytes, objects) = state.catalogue.sum();
        let packs = state.catalogue.packs.len() + state.catalogue.bad.len();
        let (single_bytes, single_files) = if state.catalogue.has_loose {
            loose::sum(&self.places.root)
        } else {
            (0, 0)
        };
        let aside = std::fs::read_dir(self.places.aside());
        let aside_bytes = aside
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|file| file.metadata().ok())
            .map(|metadata| metadata.len())
            .sum();
        Ok(Usage {
            packs: packs as u64,
            pack_bytes,
            objects,
            single_files,
            single_bytes,
            aside_bytes,
        })
    }
}
