//! Claims: what this process relies on without having written it.
//!
//! Whoever stores bytes that are stored already gets the old record. Until an event names it, a
//! collection in another process would take it for dead. So each process keeps a list of such ids in
//! a file that it holds locked, and a collection takes them all for alive. An id is listed while the
//! `sweep` file is locked for sharing, and a collection removes nothing unless it has that lock for
//! itself; the number in the file tells how many removals there were, so that nobody claims what is
//! gone.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;

use super::disk::{Disk, Handle, Missing};
use super::format::{Identity, RawId, u64_at};
use super::places::{self, Name, Places};

/// The claims of this process.
#[derive(Debug, Default)]
pub(crate) struct Claims {
    sweep: Option<Arc<dyn Handle>>,
    list: Option<List>,
    claimed: BTreeSet<RawId>,
    /// How many removals there had been when the packs were last looked at.
    pub(crate) generation: u64,
}

#[derive(Debug)]
struct List {
    file: Arc<dyn Handle>,
    length: u64,
}

/// What became of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Claimed {
    Yes,
    /// Packs were removed since the last look; the object may be gone or elsewhere.
    Stale,
}

impl Claims {
    /// Tells whether this process has claimed the object.
    pub(crate) fn holds(&self, id: &RawId) -> bool {
        self.claimed.contains(id)
    }

    /// Claims an object that the packs hold.
    pub(crate) fn claim(
        &mut self,
        disk: &dyn Disk,
        places: &Places,
        id: &RawId,
    ) -> io::Result<Claimed> {
        let sweep = self.sweep(disk, places)?;
        sweep.lock_shared()?;
        let claimed = self.list_it(disk, places, &*sweep, id);
        sweep.unlock()?;
        claimed
    }

    fn list_it(
        &mut self,
        disk: &dyn Disk,
        places: &Places,
        sweep: &dyn Handle,
        id: &RawId,
    ) -> io::Result<Claimed> {
        if generation(sweep)? != self.generation {
            return Ok(Claimed::Stale);
        }
        let list = if let Some(list) = &mut self.list {
            list
        } else {
            let path = places.claims(&Identity::new().to_string());
            let file = disk.create(&path)?;
            // Nobody else can have it: a collection looks at lists under the lock that is held.
            file.try_lock()?;
            self.list.insert(List { file, length: 0 })
        };
        list.file.write_at(list.length, id)?;
        list.length += id.len() as u64;
        self.claimed.insert(*id);
        Ok(Claimed::Yes)
    }

    fn sweep(&mut self, disk: &dyn Disk, places: &Places) -> io::Result<Arc<dyn Handle>> {
        if let Some(sweep) = &self.sweep {
            return Ok(Arc::clone(sweep));
        }
        let sweep = disk.open(&places.sweep(), Missing::Create)?;
        self.sweep = Some(Arc::clone(&sweep));
        Ok(sweep)
    }

    /// Reads how many removals there were. Called before the packs are looked at, never after; and
    /// never in the middle of a removal, when some packs are still to be seen that will go.
    pub(crate) fn renew(&mut self, disk: &dyn Disk, places: &Places) -> io::Result<()> {
        if self.sweep.is_none() {
            match disk.open(&places.sweep(), Missing::Fail) {
                Ok(sweep) => self.sweep = Some(sweep),
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        if let Some(sweep) = &self.sweep {
            sweep.lock_shared()?;
            let read = generation(&**sweep);
            sweep.unlock()?;
            self.generation = read?;
        }
        Ok(())
    }

    /// Tells whether packs were removed since the last look.
    pub(crate) fn is_stale(&self) -> bool {
        let Some(sweep) = &self.sweep else {
            return false;
        };
        generation(&**sweep).is_ok_and(|generation| generation != self.generation)
    }

    /// Gives all claims up. The list stays for a collection that has begun already; the next one
    /// removes it.
    pub(crate) fn settle(&mut self) {
        self.list = None;
        self.claimed.clear();
    }
}

/// Reads how many removals there were.
pub(crate) fn generation(sweep: &dyn Handle) -> io::Result<u64> {
    let mut bytes = [0; 8];
    let read = sweep.read_at(0, &mut bytes)?;
    Ok(bytes
        .get(..read)
        .and_then(|bytes| u64_at(bytes, 0))
        .unwrap_or(0))
}

/// Says that there was one removal more; the caller holds the lock.
pub(crate) fn advance(sweep: &dyn Handle) -> io::Result<()> {
    let next = generation(sweep)?.wrapping_add(1);
    sweep.write_at(0, &next.to_le_bytes())
}

/// A list of claims as a collection sees it.
#[derive(Debug)]
pub(crate) struct Foreign {
    pub(crate) name: String,
    /// Whether its process is gone.
    pub(crate) is_over: bool,
}

/// Returns the lists that there are; the caller holds `sweep` for itself.
pub(crate) fn lists(disk: &dyn Disk, places: &Places) -> io::Result<Vec<Foreign>> {
    let mut lists = Vec::new();
    for text in disk.list(&places.packs)? {
        if places::name(&text) != Name::Claims {
            continue;
        }
        let file = match disk.open(&places.packs.join(&text), Missing::Fail) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        let is_over = file.try_lock()?;
        lists.push(Foreign {
            name: text,
            is_over,
        });
    }
    Ok(lists)
}

/// Returns the ids of a list. A last one that is not whole was not claimed yet.
pub(crate) fn read(disk: &dyn Disk, places: &Places, name: &str) -> io::Result<Vec<RawId>> {
    let bytes = super::catalogue::read_all(disk, &places.packs.join(name))?.unwrap_or_default();
    let ids = bytes.chunks_exact(size_of::<RawId>());
    Ok(ids.filter_map(|id| id.try_into().ok()).collect())
}
