//! Packs that are written as a whole: by a collection and by a repair. They have no names until
//! everything in them is on the disk.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use super::catalogue::Pack;
use super::disk::{Disk, Handle};
use super::format::{self, Draft, HEAD, Identity, MARK_AT, Spot};
use super::index::Entry;
use super::places::Places;
use super::tail;

/// New packs without names.
#[derive(Debug)]
pub(crate) struct Output<'a> {
    disk: &'a dyn Disk,
    places: &'a Places,
    full: u64,
    packs: Vec<(PathBuf, Pack)>,
    /// How many bytes all records have.
    pub(crate) bytes: u64,
    /// How many records there are.
    pub(crate) records: u64,
}

impl<'a> Output<'a> {
    pub(crate) const fn new(disk: &'a dyn Disk, places: &'a Places, full: u64) -> Self {
        Self {
            disk,
            places,
            full,
            packs: Vec::new(),
            bytes: 0,
            records: 0,
        }
    }

    /// Appends a record.
    pub(crate) fn append(&mut self, draft: &mut Draft) -> io::Result<()> {
        if self
            .packs
            .last()
            .is_none_or(|(_, pack)| pack.end >= self.full)
        {
            let identity = Identity::new();
            let path = self.places.new_file(&identity.to_string());
            let file = self.disk.create(&path)?;
            // Kept locked until it is published and this is dropped.
            file.try_lock()?;
            file.write_at(0, &format::head(identity, HEAD))?;
            self.packs.push((path, Pack::created(0, identity, file)));
        }
        let Some((_, pack)) = self.packs.last_mut() else {
            return Ok(());
        };
        let spot = Spot {
            identity: pack.identity,
            offset: pack.end,
        };
        pack.file.write_at(spot.offset, draft.at(spot))?;
        pack.add(Entry {
            id: draft.id,
            offset: spot.offset,
            stored: draft.stored,
            plain: draft.plain,
        });
        self.bytes += draft.whole();
        self.records += 1;
        Ok(())
    }

    /// Makes all records durable.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        for (_, pack) in &mut self.packs {
            if pack.acked < pack.end {
                let mark = format::mark(pack.identity, pack.end);
                pack.file.write_at(MARK_AT, &mark)?;
                pack.file.sync()?;
                pack.acked = pack.end;
            }
        }
        Ok(())
    }

    /// Gives the packs names; the caller holds `lock`, and everything was flushed.
    pub(crate) fn publish(&mut self, lock: &Arc<dyn Handle>) -> io::Result<()> {
        while let Some((path, pack)) = self.packs.first_mut() {
            pack.number = tail::publish(self.disk, self.places, &**lock, path)?;
            if let Err(error) = pack.write_index(self.disk, self.places) {
                tracing::warn!(pack = pack.number, %error, "cannot write the index of a pack");
            }
            self.packs.remove(0);
        }
        Ok(())
    }
}

impl Drop for Output<'_> {
    /// Removes what was not published.
    fn drop(&mut self) {
        for (path, _) in &self.packs {
            let _best_effort = self.disk.remove(path);
        }
    }
}
