//! Collections: what nothing needs is removed, also while other processes write.
//!
//! In this order: take the packs that nobody writes to; read the claims of the running processes;
//! ask what is needed; copy what is needed from packs that are more than half dead into new ones and
//! flush these; then, while nobody can claim anything, look for new claims, give the new packs their
//! names, and remove the old ones. A process that is killed anywhere in between leaves everything
//! that is needed, and perhaps something twice, which the next collection finds.
//!
//! What a running process has written is in packs that it holds locked, which are left alone.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;

use venom_ports::{Failure, FailureKind, Result};

use super::care::{Collect, Collected, Kept, Living};
use super::catalogue::{Opened, Pack};
use super::content::{name, raw};
use super::disk::{Handle, Missing};
use super::format::{Draft, HEAD, RawId};
use super::index::Entry;
use super::output::Output;
use super::places::{self, Name};
use super::{Packs, claims, loose, scan, tail};
use crate::keys::SHARED;

/// How often new claims may turn up before a collection gives up. Chosen: each time takes no longer
/// than the new claims ask for, so whoever is that busy will be for a while.
const ROUNDS: usize = 32;

/// Packs below this part of a full one are small.
const SMALL: u64 = 8;

/// Small packs become one when there are more. Chosen: as many as processes may well have been at
/// work at the same time, so that they are not copied again after each collection.
const SMALL_PACKS: usize = 8;

/// How many missing objects are named.
const NAMED: usize = 100;

/// What is needed.
struct Marking<'a> {
    living: &'a dyn Living,
    live: BTreeSet<RawId>,
}

impl Marking<'_> {
    /// Adds objects and everything that they name; returns what is new.
    fn add(&mut self, kept: Vec<Kept>) -> Result<Vec<RawId>> {
        let mut new = Vec::new();
        let mut waiting = kept;
        while let Some(kept) = waiting.pop() {
            let (Kept::Leaf(id) | Kept::Node(id)) = &kept;
            let bytes = raw(id);
            if self.live.insert(bytes) {
                new.push(bytes);
                if let Kept::Node(id) = &kept {
                    waiting.extend(self.living.children(id)?);
                }
            }
        }
        Ok(new)
    }
}

/// The packs as a collection sees them.
#[derive(Default)]
struct Stock {
    /// Packs that nobody writes to, oldest first.
    free: Vec<Pack>,
    busy: Vec<Pack>,
    damaged: Vec<u32>,
}

/// A pack that is to go.
struct Victim<'a> {
    pack: &'a Pack,
    entries: BTreeMap<RawId, Entry>,
    /// What was copied from it.
    copied: BTreeSet<RawId>,
}

impl Packs {
    /// Removes what is not needed, or counts it.
    pub(crate) fn collect(&self, living: &dyn Living, how: Collect) -> Result<Collected> {
        self.disk
            .create_folder(&self.places.packs)
            .map_err(|error| self.collecting(&error))?;
        let _gc = self.alone()?;
        let sweep = self
            .disk
            .open(&self.places.sweep(), Missing::Create)
            .map_err(|error| self.collecting(&error))?;
        let stock = self.stock(how).map_err(|error| self.collecting(&error))?;
        // Whose process is gone has named what it needed before the roots are read.
        let (over, claimed) = sweep
            .lock()
            .and_then(|()| {
                let claimed = self.claimed(&[]);
                sweep.unlock().and(claimed)
            })
            .map_err(|error| self.collecting(&error))?;

        let mut marking = Marking {
            living,
            live: BTreeSet::new(),
        };
        marking.add(living.roots()?)?;
        marking.add(nodes(&claimed))?;

        let mut collected = Collected {
            busy: stock.busy.len() as u64,
            damaged: stock
                .damaged
                .iter()
                .map(|number| self.places.pack(*number))
                .collect(),
            ..Collected::default()
        };
        let homes = homes(&stock, &marking.live);
        let mut victims = Vec::new();
        let is_small = |pack: &Pack| pack.end < self.full / SMALL;
        let are_many = stock.free.iter().filter(|pack| is_small(pack)).count() > SMALL_PACKS;
        for (place, pack) in stock.free.iter().enumerate() {
            let total = pack.end - HEAD;
            let live: u64 = pack
                .entries()
                .iter()
                .filter(|entry| homes.get(&entry.id).is_some_and(|home| home.0 == place))
                .map(Entry::whole)
                .sum();
            let is_dead = total > 0 && live < total - live;
            let is_worth_it = how.is_thorough() && live < total;
            if is_dead || is_worth_it || (are_many && is_small(pack)) {
                let entries = pack.entries().into_iter().map(|entry| (entry.id, entry));
                victims.push(Victim {
                    pack,
                    entries: entries.collect(),
                    copied: BTreeSet::new(),
                });
            } else {
                collected.dead_bytes += total - live;
            }
        }
        let singles = loose::all(&self.places.root);
        let names = self.count_missing(living, &stock, &marking.live, &homes, &mut collected)?;
        collected.live = marking.live.len() as u64 - collected.missing_count - names;

        let mut output = Output::new(&*self.disk, &self.places, self.full);
        let is_dry = how.is_dry();
        let mut sweeping = Sweeping {
            packs: self,
            stock: &stock,
            homes,
            victims,
            singles,
            output: &mut output,
        };
        sweeping.copy(&marking.live, is_dry)?;
        if is_dry {
            sweeping.report(&marking.live, &mut collected);
            return Ok(collected);
        }
        for _ in 0..ROUNDS {
            let io = |error| self.collecting(&error);
            sweeping.output.flush().map_err(io)?;
            sweep.lock().map_err(io)?;
            // Also those of processes that have ended since: the roots may be older than what they
            // named.
            let (ended, mut claimed) = self.claimed(&over).map_err(io)?;
            for list in &ended {
                claimed.extend(claims::read(&*self.disk, &self.places, list).map_err(io)?);
            }
            let claimed: Vec<RawId> = claimed
                .into_iter()
                .filter(|id| !marking.live.contains(id))
                .collect();
            if claimed.is_empty() {
                let committed = sweeping.commit(&*sweep, &over);
                sweeping.report(&marking.live, &mut collected);
                sweep.unlock().map_err(io)?;
                committed.map_err(io)?;
                {
                    let mut state = self.loaded()?;
                    self.refresh(&mut state)?;
                }
                self.forget_losses(|id| marking.live.contains(&raw(id)))?;
                return Ok(collected);
            }
            sweep.unlock().map_err(io)?;
            marking.add(nodes(&claimed))?;
            sweeping.copy(&marking.live, false)?;
        }
        let text = "other processes store too much at this moment";
        Err(Failure::new(FailureKind::Conflict, text)
            .with_hint("nothing was removed; run `venom gc` again when they are done"))
    }

    pub(super) fn collecting(&self, error: &io::Error) -> Failure {
        self.failure("cannot collect what is dead", error)
    }

    /// Takes the lock that lets one collection or repair run at a time.
    pub(super) fn alone(&self) -> Result<Arc<dyn Handle>> {
        let gc = self.disk.open(&self.places.gc(), Missing::Create);
        let gc = gc.map_err(|error| self.collecting(&error))?;
        if gc.try_lock().map_err(|error| self.collecting(&error))? {
            return Ok(gc);
        }
        let text = "a collection or a repair of the blobs is running already";
        Err(Failure::new(FailureKind::Conflict, text).with_hint("wait until it is done"))
    }

    /// Takes all packs that nobody writes to.
    fn stock(&self, how: Collect) -> io::Result<Stock> {
        // Nobody takes over a pack meanwhile.
        let _numbers = tail::numbers(&*self.disk, &self.places)?;
        let mut stock = Stock::default();
        for text in self.disk.list(&self.places.packs)? {
            let Name::Pack(number) = places::name(&text) else {
                continue;
            };
            let mut pack = match Pack::open(&*self.disk, &self.places, number)? {
                Opened::Pack(pack) => *pack,
                Opened::Gone => continue,
                Opened::Bad(_) => {
                    stock.damaged.push(number);
                    continue;
                }
            };
            if !pack.file.try_lock()? {
                stock.busy.push(pack);
                continue;
            }
            pack.look()?;
            // Records that were not flushed must be, before they count as copies of anything.
            let is_good = !pack.is_damaged()
                && (how.is_dry() || pack.end <= pack.acked || tail::take_over(&mut pack)?);
            if is_good {
                stock.free.push(pack);
            } else {
                stock.damaged.push(number);
            }
        }
        Ok(stock)
    }

    /// Returns the lists of claims and everything in them, but for the lists that are named; the
    /// caller holds `sweep`.
    fn claimed(&self, but: &[String]) -> io::Result<(Vec<String>, BTreeSet<RawId>)> {
        let mut over = Vec::new();
        let mut ids = BTreeSet::new();
        for list in claims::lists(&*self.disk, &self.places)? {
            if but.contains(&list.name) {
                continue;
            }
            if list.is_over {
                over.push(list.name);
            } else {
                ids.extend(claims::read(&*self.disk, &self.places, &list.name)?);
            }
        }
        Ok((over, ids))
    }

    /// Counts what is needed and not there; returns how many are names of what is stored under another.
    fn count_missing(
        &self,
        living: &dyn Living,
        stock: &Stock,
        live: &BTreeSet<RawId>,
        homes: &BTreeMap<RawId, (usize, Entry)>,
        collected: &mut Collected,
    ) -> Result<u64> {
        let mut names = 0;
        for id in live {
            let is_there = homes.contains_key(id)
                || stock.busy.iter().any(|pack| pack.find(id).is_some())
                || loose::is_there(&self.places.root, &name(id));
            if !is_there {
                // What it is stored under is needed as well, and counted there.
                if living.stored_as(&name(id))?.is_some() {
                    names += 1;
                    continue;
                }
                collected.missing_count += 1;
                if collected.missing.len() < NAMED {
                    collected.missing.push(name(id));
                }
            }
        }
        Ok(names)
    }
}

fn nodes<'a>(ids: impl IntoIterator<Item = &'a RawId>) -> Vec<Kept> {
    ids.into_iter().map(|id| Kept::Node(name(id))).collect()
}

/// Says for each object that is needed which of the free packs keeps it: the newest, because that is
/// where the last collection has copied it to.
fn homes(stock: &Stock, live: &BTreeSet<RawId>) -> BTreeMap<RawId, (usize, Entry)> {
    let mut homes = BTreeMap::new();
    for (place, pack) in stock.free.iter().enumerate().rev() {
        for entry in pack.entries() {
            if live.contains(&entry.id) {
                homes.entry(entry.id).or_insert((place, entry));
            }
        }
    }
    homes
}

/// A collection that knows what has to go.
struct Sweeping<'a, 'o> {
    packs: &'a Packs,
    stock: &'a Stock,
    homes: BTreeMap<RawId, (usize, Entry)>,
    victims: Vec<Victim<'a>>,
    singles: Vec<(venom_kernel::digest::BlobId, u64)>,
    output: &'o mut Output<'a>,
}

impl Sweeping<'_, '_> {
    /// Copies from the victims what is needed and not copied yet; a victim that turns out to be
    /// damaged is spared.
    fn copy(&mut self, live: &BTreeSet<RawId>, is_dry: bool) -> Result<()> {
        if is_dry {
            return Ok(());
        }
        let io = |error: io::Error| self.packs.collecting(&error);
        let mut elsewhere = BTreeSet::new();
        let mut spared = BTreeSet::new();
        for victim in &mut self.victims {
            let mut entries: Vec<Entry> = victim.entries.values().copied().collect();
            entries.sort_unstable_by_key(|entry| entry.offset);
            for entry in entries {
                if !live.contains(&entry.id) || victim.copied.contains(&entry.id) {
                    continue;
                }
                let home = self.homes.get(&entry.id);
                let home = home.and_then(|(place, entry)| {
                    let pack = self.stock.free.get(*place)?;
                    (pack.number != victim.pack.number).then_some((pack, entry))
                });
                if let Some((pack, entry)) = home {
                    // The other copy must be good before this one goes.
                    let record = scan::record(&*pack.file, pack.identity, entry).map_err(io)?;
                    if record.is_some() {
                        victim.copied.insert(entry.id);
                        continue;
                    }
                }
                let record =
                    scan::record(&*victim.pack.file, victim.pack.identity, &entry).map_err(io)?;
                let draft = record.and_then(|(header, bytes)| Draft::again(&header, bytes));
                let Some(mut draft) = draft else {
                    spared.insert(victim.pack.number);
                    break;
                };
                self.output.append(&mut draft).map_err(io)?;
                victim.copied.insert(entry.id);
                elsewhere.insert(entry.id);
            }
        }
        self.victims
            .retain(|victim| !spared.contains(&victim.pack.number));
        self.copy_singles(live, &elsewhere)
    }

    /// Moves single files into packs. One that cannot be read stays where it is.
    fn copy_singles(&mut self, live: &BTreeSet<RawId>, new: &BTreeSet<RawId>) -> Result<()> {
        let mut staying = BTreeSet::new();
        for (id, _) in &self.singles {
            let bytes = raw(id);
            if !live.contains(&bytes) || new.contains(&bytes) || self.has_home(&bytes)? {
                continue;
            }
            let Ok(Some(plain)) = loose::read(&self.packs.places.root, id) else {
                staying.insert(id.clone());
                continue;
            };
            let mut draft = self.packs.content.draft(SHARED, bytes, &plain)?;
            let appended = self.output.append(&mut draft);
            appended.map_err(|error| self.packs.collecting(&error))?;
            // It has a home now: the new packs, which are behind all others.
            let entry = Entry {
                id: bytes,
                offset: 0,
                stored: 0,
                plain: 0,
            };
            self.homes.insert(bytes, (usize::MAX, entry));
        }
        self.singles.retain(|(id, _)| !staying.contains(id));
        Ok(())
    }

    /// Tells whether a whole record of an object is in a pack that stays or was copied.
    fn has_home(&self, id: &RawId) -> Result<bool> {
        let Some((place, entry)) = self.homes.get(id) else {
            return Ok(false);
        };
        let Some(pack) = self.stock.free.get(*place) else {
            return Ok(true);
        };
        scan::record(&*pack.file, pack.identity, entry)
            .map(|record| record.is_some())
            .map_err(|error| self.packs.collecting(&error))
    }

    /// Publishes what was copied and removes what was left; the caller holds `sweep`.
    fn commit(&mut self, sweep: &dyn Handle, over: &[String]) -> io::Result<()> {
        let (disk, places) = (&*self.packs.disk, &self.packs.places);
        let numbers = tail::numbers(disk, places)?;
        self.output.publish(&numbers)?;
        claims::advance(sweep)?;
        // An index without its pack means that a pack was lost, so they go first, for good.
        for victim in &self.victims {
            gone(disk.remove(&places.index(victim.pack.number)))?;
        }
        if !self.victims.is_empty() {
            disk.sync_folder(&places.packs)?;
        }
        for victim in &self.victims {
            gone(disk.remove(&places.pack(victim.pack.number)))?;
        }
        for list in over {
            gone(disk.remove(&places.packs.join(list)))?;
        }
        for text in disk.list(&places.packs)? {
            // What a process that was stopped has begun: whoever begins a pack holds the lock.
            if places::name(&text) == Name::Unfinished {
                gone(disk.remove(&places.packs.join(text)))?;
            }
        }
        disk.sync_folder(&places.packs)?;
        for (id, _) in &self.singles {
            let path = loose::path(&places.root, id);
            gone(disk.remove(&path))?;
            if let Some(shard) = path.parent() {
                // It goes when it is empty.
                let _not_yet = std::fs::remove_dir(shard);
            }
        }
        Ok(())
    }

    /// Counts what goes.
    fn report(&self, live: &BTreeSet<RawId>, collected: &mut Collected) {
        let mut bytes = 0;
        for victim in &self.victims {
            bytes += victim.pack.size;
            let dead = victim.entries.keys().filter(|id| !live.contains(*id));
            collected.removed += dead.count() as u64;
            collected.packs += 1;
        }
        for (id, size) in &self.singles {
            bytes += size;
            if !live.contains(&raw(id)) {
                collected.removed += 1;
            }
        }
        let copied = if self.output.records > 0 {
            self.output.bytes
        } else {
            self.victims
                .iter()
                .flat_map(|victim| victim.entries.values())
                .filter(|entry| live.contains(&entry.id))
                .map(Entry::whole)
                .sum()
        };
        collected.freed_bytes = bytes.saturating_sub(copied);
    }
}

/// Takes what is gone already for removed.
pub(super) fn gone(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}
