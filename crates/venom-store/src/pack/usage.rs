//! Counting what is stored.

use venom_ports::Result;

use super::care::Usage;
use super::{Packs, loose};

impl Packs {
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
