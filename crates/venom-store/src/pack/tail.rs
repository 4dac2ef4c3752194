//! Where new records go: a pack that this process alone appends to.
//!
//! A pack that another process left unfinished is taken over: what was never flushed and is no
//! whole record is cut off, what was never flushed and is whole is written again and flushed. A pack
//! in which something that was flushed is damaged is left alone.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use super::catalogue::{Catalogue, Pack};
use super::disk::{Disk, Handle, Missing};
use super::format::{self, HEAD, Identity, MARK_AT, u64_at};
use super::places::{self, Name, Places};

/// A pack that is longer than this gets no more records. Chosen: few files for big stores, and a
/// collection never rewrites more than this at once for the sake of half of it.
pub(crate) const FULL: u64 = 128 * 1_024 * 1_024;

/// How much is written again at once when a pack is taken over.
const CHUNK: usize = 1 << 20;

/// Takes over an unfinished pack or creates one; returns its number.
pub(crate) fn begin(
    disk: &dyn Disk,
    places: &Places,
    catalogue: &mut Catalogue,
    own: &BTreeMap<u32, u64>,
    full: u64,
) -> io::Result<u32> {
    create_folders(disk, places)?;
    let lock = disk.open(&places.lock(), Missing::Create)?;
    lock.lock()?;
    // The lock ends with its handle, also where one of these fails.
    catalogue.refresh(disk, places)?;
    if let Some(number) = adopt(catalogue, own, full)? {
        return Ok(number);
    }
    let pack = create(disk, places, &*lock)?;
    let number = pack.number;
    catalogue.packs.insert(number, pack);
    Ok(number)
}

/// Creates the folder and makes its name durable.
fn create_folders(disk: &dyn Disk, places: &Places) -> io::Result<()> {
    if !disk.list(&places.packs)?.is_empty() {
        return Ok(());
    }
    disk.create_folder(&places.packs)?;
    disk.sync_folder(&places.root)?;
    match places.root.parent() {
        Some(parent) => disk.sync_folder(parent),
        None => Ok(()),
    }
}

/// Takes over the newest pack that nobody appends to. One that this process has given up is not
/// taken again: something was wrong with it.
fn adopt(
    catalogue: &mut Catalogue,
    own: &BTreeMap<u32, u64>,
    full: u64,
) -> io::Result<Option<u32>> {
    for (number, pack) in catalogue.packs.iter_mut().rev() {
        let is_fit = pack.end < full && !pack.is_damaged() && pack.gaps.is_empty();
        if !is_fit || own.contains_key(number) {
            continue;
        }
        if !pack.file.try_lock()? {
            continue;
        }
        match take_over(pack) {
            Ok(true) => return Ok(Some(pack.number)),
            Ok(false) => pack.file.unlock()?,
            Err(error) => {
                pack.file.unlock()?;
                return Err(error);
            }
        }
    }
    Ok(None)
}

/// Makes the end of a pack good; `false` if it had better be left alone.
pub(crate) fn take_over(pack: &mut Pack) -> io::Result<bool> {
    // Its last owner may have written after our look.
    pack.look()?;
    let mut bytes = [0; format::MARK_SIZE];
    let read = pack.file.read_at(MARK_AT, &mut bytes)?;
    let Some(acked) = bytes
        .get(..read)
        .and_then(|bytes| format::read_mark(pack.identity, bytes))
    else {
        return Ok(false);
    };
    pack.acked = pack.acked.max(acked);
    if pack.is_damaged() || !pack.gaps.is_empty() {
        return Ok(false);
    }
    if pack.size > pack.end {
        pack.file.cut(pack.end)?;
    }
    if pack.end > pack.acked {
        // Its owner may have ended because a flush failed, after which the system takes these bytes
        // for flushed.
        let mut at = pack.acked;
        while at < pack.end {
            let count = usize::try_from(pack.end - at).unwrap_or(CHUNK).min(CHUNK);
            let mut chunk = vec![0; count];
            if pack.file.read_at(at, &mut chunk)? < count {
                return Ok(false);
            }
            pack.file.write_at(at, &chunk)?;
            at += count as u64;
        }
    }
    if pack.size > pack.end || pack.end > pack.acked {
        pack.file.sync()?;
        pack.size = pack.end;
    }
    if pack.end != acked {
        pack.acked = pack.end;
        pack.file
            .write_at(MARK_AT, &format::mark(pack.identity, pack.end))?;
    }
    Ok(true)
}

/// Creates a pack that is locked for this process. It gets its name when its head is on the disk,
/// so that a pack without a good head is always damage.
fn create(disk: &dyn Disk, places: &Places, lock: &dyn Handle) -> io::Result<Pack> {
    let identity = Identity::new();
    let new = places.new_file(&identity.to_string());
    let created = disk.create(&new).and_then(|file| {
        file.try_lock()?;
        file.write_at(0, &format::head(identity, HEAD))?;
        file.sync()?;
        let number = publish(disk, places, lock, &new)?;
        Ok(Pack::created(number, identity, file))
    });
    if created.is_err() {
        let _best_effort = disk.remove(&new);
    }
    created
}

/// Gives a flushed file the next number; the caller holds `lock`. Numbers are not used again as long
/// as somebody may remember one.
pub(crate) fn publish(
    disk: &dyn Disk,
    places: &Places,
    lock: &dyn Handle,
    new: &std::path::Path,
) -> io::Result<u32> {
    let mut bytes = [0; 8];
    let read = lock.read_at(0, &mut bytes)?;
    let last = bytes
        .get(..read)
        .and_then(|bytes| u64_at(bytes, 0))
        .and_then(|last| u32::try_from(last).ok())
        .unwrap_or(0);
    let highest = disk
        .list(&places.packs)?
        .iter()
        .filter_map(|text| match places::name(text) {
            Name::Pack(number) | Name::Index(number) => Some(number),
            Name::Claims | Name::Unfinished | Name::Other => None,
        })
        .max();
    let number = last
        .max(highest.unwrap_or(0))
        .checked_add(1)
        .filter(|number| *number < 100_000_000)
        .ok_or_else(|| io::Error::other("there are no more numbers for packs"))?;
    lock.write_at(0, &u64::from(number).to_le_bytes())?;
    disk.rename(new, &places.pack(number))?;
    disk.sync_folder(&places.packs)?;
    Ok(number)
}

/// The lock under which packs get numbers.
pub(crate) fn numbers(disk: &dyn Disk, places: &Places) -> io::Result<Arc<dyn Handle>> {
    let lock = disk.open(&places.lock(), Missing::Create)?;
    lock.lock()?;
    Ok(lock)
}
