//! Repairs: what is good in a damaged pack is copied to a new one, and the damaged file is kept
//! aside. Nothing is thrown away.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use venom_ports::Result;

use super::care::{Flaw, Repaired};
use super::catalogue::read_all;
use super::content::raw;
use super::disk::{Handle, Missing};
use super::format::{Draft, HEAD, Header, Identity, RECORD, RECORD_MAGIC, RawId};
use super::index;
use super::output::Output;
use super::places::{self, Name};
use super::{Packs, claims, loose, scan, tail};

/// How much is read at once while records are looked for.
const WINDOW: usize = 1 << 20;

impl Packs {
    /// Brings what is good in damaged packs over to new ones, and puts the damaged files aside.
    pub(crate) fn repair(&self) -> Result<Repaired> {
        let fail = |error: io::Error| self.failure("cannot repair the packs", &error);
        let mut repaired = Repaired::default();
        if self.disk.list(&self.places.packs).map_err(fail)?.is_empty() {
            let repaired = self.repair_singles(repaired)?;
            self.remember_losses(&repaired.lost)?;
            return Ok(repaired);
        }
        let _gc = self.alone()?;
        let mut flaws = Vec::new();
        for text in self.disk.list(&self.places.packs).map_err(fail)? {
            match places::name(&text) {
                Name::Pack(number) => {
                    let Some(inspected) = self.inspect(number) else {
                        continue;
                    };
                    if inspected.damage.is_empty() {
                        self.mend_index(number).map_err(fail)?;
                        continue;
                    }
                    let path = self.places.pack(number);
                    let file = self.disk.open(&path, Missing::Fail).map_err(fail)?;
                    if !file.try_lock().map_err(fail)? {
                        repaired.busy.push(path);
                        continue;
                    }
                    let identity = inspected.identity;
                    let aside = self.replace(number, &file, identity, &mut repaired.saved);
                    repaired.aside.extend(aside.map_err(fail)?);
                    flaws.extend(inspected.damage);
                }
                Name::Index(number) => {
                    let pack = self.disk.open(&self.places.pack(number), Missing::Fail);
                    if pack.is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
                        && let Some(aside) =
                            self.put_aside(&self.places.index(number)).map_err(fail)?
                    {
                        repaired.aside.push(aside);
                    }
                }
                Name::Claims | Name::Unfinished | Name::Other => {}
            }
        }
        {
            let mut state = self.loaded()?;
            self.refresh(&mut state)?;
        }
        let mut repaired = self.repair_singles(repaired)?;
        repaired
            .lost
            .extend(flaws.into_iter().filter(|flaw| self.is_lost(flaw)));
        self.remember_losses(&repaired.lost)?;
        Ok(repaired)
    }

    /// Tells whether what a flaw names is nowhere else.
    fn is_lost(&self, flaw: &Flaw) -> bool {
        match &flaw.id {
            Some(id) => self.read(id).is_err(),
            None => false,
        }
    }

    /// Makes an index that is damaged again.
    fn mend_index(&self, number: u32) -> io::Result<()> {
        let opened = super::catalogue::Pack::open(&*self.disk, &self.places, number)?;
        let super::catalogue::Opened::Pack(pack) = opened else {
            return Ok(());
        };
        if pack.has_bad_index && pack.file.try_lock()? {
            pack.write_index(&*self.disk, &self.places)?;
        }
        Ok(())
    }

    /// Copies what is good, publishes it, and puts the old files aside.
    fn replace(
        &self,
        number: u32,
        file: &Arc<dyn Handle>,
        identity: Option<Identity>,
        saved: &mut u64,
    ) -> io::Result<Vec<PathBuf>> {
        let index = read_all(&*self.disk, &self.places.index(number))?;
        let index = index.and_then(index::read);
        let identity = identity.or_else(|| index.map(|(identity, _)| identity));
        let mut output = Output::new(&*self.disk, &self.places, self.full);
        let mut done = BTreeSet::new();
        if let Some(identity) = identity {
            for entry in scan::scan(&**file, identity, HEAD)?.entries {
                let record = scan::record(&**file, identity, &entry)?;
                let Some((header, bytes)) = record.filter(|(header, bytes)| {
                    !self.content.can_open(header) || self.content.plain(header, bytes).is_ok()
                }) else {
                    continue;
                };
                if done.insert(entry.id)
                    && let Some(mut draft) = Draft::again(&header, bytes)
                {
                    output.append(&mut draft)?;
                }
            }
        }
        self.salvage(&**file, &mut done, &mut output)?;
        output.flush()?;
        *saved += output.records;

        let sweep = self.disk.open(&self.places.sweep(), Missing::Create)?;
        sweep.lock()?;
        let numbers = tail::numbers(&*self.disk, &self.places)?;
        output.publish(&numbers)?;
        claims::advance(&*sweep)?;
        let mut aside = Vec::new();
        aside.extend(self.put_aside(&self.places.index(number))?);
        self.disk.sync_folder(&self.places.packs)?;
        aside.extend(self.put_aside(&self.places.pack(number))?);
        Ok(aside)
    }

    /// Looks for records whose checksums are wrong but whose content proves itself by its id.
    fn salvage(
        &self,
        file: &dyn Handle,
        done: &mut BTreeSet<RawId>,
        output: &mut Output<'_>,
    ) -> io::Result<()> {
        let size = file.size()?;
        let mut at = 0;
        let mut buffer = vec![0; WINDOW];
        while at < size {
            let read = file.read_at(at, &mut buffer)?;
            let bytes = buffer.get(..read).unwrap_or_default();
            let magics = bytes
                .windows(RECORD_MAGIC.len())
                .enumerate()
                .filter(|(_, window)| window == RECORD_MAGIC)
                .map(|(place, _)| at + place as u64);
            for place in magics {
                if let Some(mut draft) = self.proven(file, place, size, done)? {
                    output.append(&mut draft)?;
                    done.insert(draft.id);
                }
            }
            if read < WINDOW {
                break;
            }
            // The last bytes may be the beginning of one.
            at += (WINDOW - (RECORD_MAGIC.len() - 1)) as u64;
        }
        Ok(())
    }

    fn proven(
        &self,
        file: &dyn Handle,
        at: u64,
        size: u64,
        done: &BTreeSet<RawId>,
    ) -> io::Result<Option<Draft>> {
        let mut bytes = vec![0; RECORD];
        if file.read_at(at, &mut bytes)? < RECORD {
            return Ok(None);
        }
        let Some(header) = Header::read(&bytes).filter(|header| !done.contains(&header.id)) else {
            return Ok(None);
        };
        if at.saturating_add(header.whole()) > size {
            return Ok(None);
        }
        bytes.resize(usize::try_from(header.whole()).unwrap_or(RECORD), 0);
        if file.read_at(at, &mut bytes)? < bytes.len() {
            return Ok(None);
        }
        let is_proven = self.content.plain(&header, &bytes).is_ok();
        Ok(is_proven.then(|| Draft::again(&header, bytes)).flatten())
    }

    fn repair_singles(&self, mut repaired: Repaired) -> Result<Repaired> {
        for (id, _) in loose::all(&self.places.root) {
            if let Err(failure) = loose::read(&self.places.root, &id) {
                let path = loose::path(&self.places.root, &id);
                let aside = self.put_aside(&path);
                let aside =
                    aside.map_err(|error| self.failure("cannot put a file aside", &error))?;
                repaired.aside.extend(aside);
                if self.state().hits(&raw(&id)).is_empty() {
                    repaired.lost.push(Flaw {
                        file: path,
                        offset: 0,
                        id: Some(id),
                        what: failure.message,
                    });
                }
            }
        }
        Ok(repaired)
    }

    /// Moves a file to the damaged ones; `None` if it is not there.
    fn put_aside(&self, path: &Path) -> io::Result<Option<PathBuf>> {
        let aside = self.places.aside();
        self.disk.create_folder(&aside)?;
        let stem = path.file_name().unwrap_or_default().to_string_lossy();
        let target = aside.join(format!("{stem}.{}", Identity::new()));
        match self.disk.rename(path, &target) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            renamed => renamed?,
        }
        self.disk.sync_folder(&aside)?;
        if let Some(folder) = path.parent() {
            self.disk.sync_folder(folder)?;
        }
        Ok(Some(target))
    }
}
