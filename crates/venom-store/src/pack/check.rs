//! Checks: every byte of every pack is read and compared with what it must be. A check looks at the
//! files themselves, not at what this process remembers of them.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use venom_ports::Result;

use super::care::{Checked, Flaw};
use super::catalogue::read_all;
use super::content::name;
use super::disk::{Handle, Missing};
use super::format::{self, HEAD, HEAD_SIZE, HeadError, Identity, RawId};
use super::index::{self, Entry, Sorted};
use super::places::{self, Name};
use super::scan::{self, Found, Gap};
use super::{Packs, loose};

/// What one pack looks like.
#[derive(Debug, Default)]
pub(super) struct Inspected {
    pub(super) identity: Option<Identity>,
    pub(super) damage: Vec<Flaw>,
    notes: Vec<Flaw>,
    objects: u64,
    sealed: u64,
    bytes: u64,
}

impl Packs {
    /// Reads everything and says what is not as it was written.
    pub(crate) fn check(&self) -> Result<Checked> {
        let mut checked = Checked::default();
        let names = self
            .disk
            .list(&self.places.packs)
            .map_err(|error| self.failure("cannot check the packs", &error))?;
        let mut packs = BTreeSet::new();
        let mut identities: BTreeMap<Identity, u32> = BTreeMap::new();
        for text in &names {
            let Name::Pack(number) = places::name(text) else {
                continue;
            };
            packs.insert(number);
            let Some(inspected) = self.inspect(number) else {
                continue;
            };
            checked.packs += 1;
            checked.objects += inspected.objects;
            checked.sealed += inspected.sealed;
            checked.bytes += inspected.bytes;
            checked.damage.extend(inspected.damage);
            checked.notes.extend(inspected.notes);
            if let Some(identity) = inspected.identity
                && let Some(other) = identities.insert(identity, number)
            {
                let what = format!("is a copy of pack {other}");
                let file = self.places.pack(number);
                checked.notes.push(flaw(&file, 0, None, what));
            }
        }
        for text in &names {
            if let Name::Index(number) = places::name(text)
                && !packs.contains(&number)
                // A collection may have removed both since.
                && self.is_there(&self.places.index(number))
                && !self.is_there(&self.places.pack(number))
            {
                checked.damage.extend(self.lost_pack(number));
            }
        }
        self.check_singles(&mut checked);
        checked.missed = self.missed()?;
        Ok(checked)
    }

    fn is_there(&self, path: &Path) -> bool {
        self.disk.open(path, Missing::Fail).is_ok()
    }

    /// Says what an index without a pack tells.
    fn lost_pack(&self, number: u32) -> Vec<Flaw> {
        let file = self.places.pack(number);
        let index = read_all(&*self.disk, &self.places.index(number));
        let sorted = index.ok().flatten().and_then(index::read);
        let mut flaws = vec![flaw(&file, 0, None, "the pack is gone, its index is there")];
        for entry in sorted.iter().flat_map(|(_, sorted)| sorted.entries()) {
            flaws.push(flaw(
                &file,
                entry.offset,
                Some(&entry.id),
                "lost with its pack",
            ));
        }
        flaws
    }

    /// Reads a pack; `None` if it is gone.
    pub(super) fn inspect(&self, number: u32) -> Option<Inspected> {
        let path = self.places.pack(number);
        let mut inspected = Inspected::default();
        let file = match self.disk.open(&path, Missing::Fail) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                inspected.damage.push(unreadable(&path, &error));
                return Some(inspected);
            }
        };
        if let Err(error) = self.inspect_file(number, &path, &*file, &mut inspected) {
            inspected.damage.push(unreadable(&path, &error));
        }
        Some(inspected)
    }

    fn inspect_file(
        &self,
        number: u32,
        path: &Path,
        file: &dyn Handle,
        inspected: &mut Inspected,
    ) -> io::Result<()> {
        let mut bytes = vec![0; HEAD_SIZE];
        let read = file.read_at(0, &mut bytes)?;
        bytes.truncate(read);
        let head = match format::read_head(&bytes) {
            Ok(head) => head,
            Err(error) => {
                let what = match error {
                    HeadError::Damaged => "the head of the pack is damaged".to_owned(),
                    HeadError::Newer(version) => {
                        format!(
                            "the pack is of version {version}, which is newer than this program"
                        )
                    }
                };
                inspected.damage.push(flaw(path, 0, None, what));
                return Ok(());
            }
        };
        inspected.identity = Some(head.identity);
        let sorted = self.inspect_index(number, head.identity, file, inspected)?;
        let acked = match head.acked {
            Some(acked) if head.is_exact => acked,
            Some(acked) => {
                let what = "bytes in the head of the pack were changed";
                inspected.damage.push(flaw(path, 0, None, what));
                acked
            }
            None => {
                let what = "the mark of what was flushed is damaged";
                let at = format::MARK_AT;
                inspected.damage.push(flaw(path, at, None, what));
                file.size()?
            }
        };
        let acked = acked.max(sorted.as_ref().map_or(0, Sorted::covered));
        let found = scan::scan(file, head.identity, HEAD)?;
        inspected.bytes = found.size;
        self.inspect_records(path, file, head.identity, &found, inspected)?;
        let places = Places {
            path,
            acked,
            sorted: sorted.as_ref(),
        };
        places.gaps(file, &found, inspected)?;
        places.index(&found, inspected);
        Ok(())
    }

    /// Reads the index, if there is one, and says what is wrong with it.
    fn inspect_index(
        &self,
        number: u32,
        identity: Identity,
        file: &dyn Handle,
        inspected: &mut Inspected,
    ) -> io::Result<Option<Sorted>> {
        let path = self.places.index(number);
        let Some(bytes) = read_all(&*self.disk, &path)? else {
            return Ok(None);
        };
        let what = match index::read(bytes) {
            None => "the index is damaged; it is made again from its pack",
            Some((of, _)) if of != identity => "the index belongs to another pack",
            Some((_, sorted)) if sorted.covered() > file.size()? => {
                let what = "the pack is shorter than its index says";
                let at = sorted.covered();
                let pack = self.places.pack(number);
                inspected.damage.push(flaw(&pack, at, None, what));
                return Ok(Some(sorted));
            }
            Some((_, sorted)) => return Ok(Some(sorted)),
        };
        inspected.notes.push(flaw(&path, 0, None, what));
        Ok(None)
    }

    /// Compares the content of each record with its id.
    fn inspect_records(
        &self,
        path: &Path,
        file: &dyn Handle,
        identity: Identity,
        found: &Found,
        inspected: &mut Inspected,
    ) -> io::Result<()> {
        for entry in &found.entries {
            let Some((header, bytes)) = scan::record(file, identity, entry)? else {
                let what = "the record reads differently each time";
                let damage = flaw(path, entry.offset, Some(&entry.id), what);
                inspected.damage.push(damage);
                continue;
            };
            if !self.content.can_open(&header) {
                inspected.sealed += 1;
            } else if let Err(failure) = self.content.plain(&header, &bytes) {
                let damage = flaw(path, entry.offset, Some(&entry.id), failure.message);
                inspected.damage.push(damage);
                continue;
            }
            inspected.objects += 1;
        }
        Ok(())
    }

    fn check_singles(&self, checked: &mut Checked) {
        for (id, size) in loose::all(&self.places.root) {
            checked.bytes += size;
            match loose::read(&self.places.root, &id) {
                Ok(Some(_)) => checked.objects += 1,
                Ok(None) => {}
                Err(failure) => checked.damage.push(Flaw {
                    file: loose::path(&self.places.root, &id),
                    offset: 0,
                    id: Some(id),
                    what: failure.message,
                }),
            }
        }
    }
}

/// What is known about the places in a pack.
struct Places<'a> {
    path: &'a Path,
    acked: u64,
    sorted: Option<&'a Sorted>,
}

impl Places<'_> {
    /// Says which stretches are no records, and what stood there.
    fn gaps(&self, file: &dyn Handle, found: &Found, inspected: &mut Inspected) -> io::Result<()> {
        let rest = Gap {
            from: found.end,
            to: found.size.max(self.acked),
        };
        let is_rest = rest.from < rest.to;
        let is_written_now = is_rest && rest.from >= self.acked && !file.try_lock()?;
        if is_rest && !is_written_now && rest.from >= self.acked {
            file.unlock()?;
        }
        let gaps = found.gaps.iter().copied();
        for gap in gaps.chain((is_rest && !is_written_now).then_some(rest)) {
            if gap.from >= self.acked {
                let what = format!(
                    "{} bytes of a record that was not finished",
                    gap.to - gap.from
                );
                let note = flaw(self.path, gap.from, None, what);
                inspected.notes.push(note);
                continue;
            }
            let named = self.named(file, gap)?;
            if named.is_empty() {
                let what = format!("{} bytes are damaged or gone", gap.to - gap.from);
                inspected.damage.push(flaw(self.path, gap.from, None, what));
            }
            for (offset, id) in named {
                let what = "the record is damaged or gone";
                let damage = flaw(self.path, offset, Some(&id), what);
                inspected.damage.push(damage);
            }
        }
        Ok(())
    }

    /// Says which objects stood in a stretch: by the index, or by what is left of the header.
    fn named(&self, file: &dyn Handle, gap: Gap) -> io::Result<Vec<(u64, RawId)>> {
        let within = |entry: &Entry| entry.offset >= gap.from && entry.offset < gap.to;
        let entries = self.sorted.iter().flat_map(|sorted| sorted.entries());
        let mut named: Vec<(u64, RawId)> = entries
            .filter(within)
            .map(|entry| (entry.offset, entry.id))
            .collect();
        named.sort_unstable();
        if named.is_empty() {
            let mut bytes = [0; format::RECORD];
            if file.read_at(gap.from, &mut bytes)? == bytes.len()
                && let Some(header) = format::Header::read(&bytes)
            {
                named.push((gap.from, header.id));
            }
        }
        Ok(named)
    }

    /// Compares the index with what is there.
    fn index(&self, found: &Found, inspected: &mut Inspected) {
        let Some(sorted) = self.sorted else {
            return;
        };
        let there: BTreeSet<&Entry> = found.entries.iter().collect();
        let told: BTreeSet<RawId> = sorted.entries().map(|entry| entry.id).collect();
        let is_wrong = sorted.entries().any(|entry| !there.contains(&entry))
            || found
                .entries
                .iter()
                .any(|entry| entry.end() <= sorted.covered() && !told.contains(&entry.id));
        // What is damaged was named already.
        if is_wrong && inspected.damage.is_empty() {
            let what = "the index does not fit its pack";
            inspected.damage.push(flaw(self.path, 0, None, what));
        }
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Flaw {
    flaw(path, 0, None, format!("cannot be read: {error}"))
}

pub(super) fn flaw(file: &Path, offset: u64, id: Option<&RawId>, what: impl Into<String>) -> Flaw {
    Flaw {
        file: PathBuf::from(file),
        offset,
        id: id.map(name),
        what: what.into(),
    }
}
