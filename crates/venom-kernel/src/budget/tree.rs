//! The accounts of a run: a tree whose children never exceed their parents.
//!
//! What an account is bound to is what it has spent and reserved and what it has set apart for its
//! children. A child with a cap binds its parent to that cap, however little it uses; one without
//! binds the parent to what it uses. So a reservation has to fit into the nearest account above it
//! that has a cap, and everything above that has made room already. Should a cap further up have been
//! lowered since, or a call have taken more than it could, then what is used up there counts too.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Account, Amount, Cap, Caps, Refusal, Shift, Unit};
use crate::money::MicroUsd;

/// Deepest account. Chosen: a run, an agent, its step and helpers of helpers fit, and no walk is long
/// or, in books that somebody has damaged, endless.
const DEEPEST: usize = 16;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parent: Option<Account>,
    caps: Caps,
    /// Spent here and below.
    spent: Amount,
    /// Reserved here and below.
    reserved: Amount,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    children: BTreeSet<Account>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_closed: bool,
}

impl Entry {
    const fn new(parent: Option<Account>, caps: Caps) -> Self {
        Self {
            parent,
            caps,
            spent: Amount::ZERO,
            reserved: Amount::ZERO,
            children: BTreeSet::new(),
            is_closed: false,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Tree(BTreeMap<Account, Entry>);

impl Tree {
    pub(super) fn new(caps: Caps) -> Self {
        Self(BTreeMap::from([(Account::run(), Entry::new(None, caps))]))
    }

    pub(super) fn carve(
        &mut self,
        child: Account,
        parent: &Account,
        caps: Caps,
    ) -> Result<(), Refusal> {
        if self.0.contains_key(&child) {
            return Err(Refusal::Exists(child));
        }
        self.open(parent)?;
        // The child itself comes below the parent's own way up.
        if self.way_up(parent).count() >= DEEPEST {
            return Err(Refusal::TooDeep {
                parent: parent.clone(),
                most: DEEPEST,
            });
        }
        for unit in Unit::BOTH {
            if let Some(part) = caps.of(unit) {
                self.has_room(parent, unit, part)?;
            }
        }
        if let Some(entry) = self.0.get_mut(parent) {
            entry.children.insert(child.clone());
        }
        self.0.insert(child, Entry::new(Some(parent.clone()), caps));
        Ok(())
    }

    pub(super) fn limit(&mut self, account: &Account, caps: Caps) -> Result<(), Refusal> {
        let (old, parent) = {
            let entry = self.open(account)?;
            (entry.caps, entry.parent.clone())
        };
        if let Some(parent) = parent {
            for unit in Unit::BOTH {
                let bound_before = self.binds(account, unit, old, 0);
                let bound_after = self.binds(account, unit, caps, 0);
                if let Some(more) = bound_after.checked_sub(bound_before).filter(|n| *n > 0) {
                    self.has_room(&parent, unit, more)?;
                }
            }
        }
        if let Some(entry) = self.0.get_mut(account) {
            entry.caps = caps;
        }
        Ok(())
    }

    pub(super) fn caps(&self, account: &Account) -> Caps {
        self.0.get(account).map_or(Caps::NONE, |entry| entry.caps)
    }

    /// Refuses what an account cannot take.
    pub(super) fn admits(&self, account: &Account, wanted: Amount) -> Result<(), Refusal> {
        self.open(account)?;
        for unit in Unit::BOTH {
            self.has_room(account, unit, wanted.of(unit))?;
        }
        for (name, entry) in self.way_up(account) {
            let cap = || Cap::Account(name.clone());
            (entry.caps).admits(cap, entry.spent, entry.reserved, wanted)?;
        }
        Ok(())
    }

    /// Refuses what the nearest account with a cap cannot bind itself to.
    fn has_room(&self, account: &Account, unit: Unit, wanted: u64) -> Result<(), Refusal> {
        let Some((name, entry, limit)) = self.nearest(account, unit) else {
            return Ok(());
        };
        let spent = entry.spent.of(unit);
        let bound = self.bound(name, unit, 0).saturating_sub(spent);
        Caps::only(unit, limit).admits(
            || Cap::Account(name.clone()),
            Amount::only(unit, spent),
            Amount::only(unit, bound),
            Amount::only(unit, wanted),
        )
    }

    fn nearest<'a>(
        &'a self,
        account: &Account,
        unit: Unit,
    ) -> Option<(&'a Account, &'a Entry, u64)> {
        self.way_up(account)
            .find_map(|(name, entry)| Some((name, entry, entry.caps.of(unit)?)))
    }

    /// Changes the sums of an account and of all above it.
    pub(super) fn shift(&mut self, account: &Account, shift: Shift) {
        let mut next = Some(account.clone());
        for _ in 0..=DEEPEST {
            let Some(entry) = next.as_ref().and_then(|name| self.0.get_mut(name)) else {
                return;
            };
            shift.on(&mut entry.spent, &mut entry.reserved);
            next.clone_from(&entry.parent);
        }
    }

    pub(super) fn close(&mut self, account: &Account) -> Result<(), Refusal> {
        self.open(account)?;
        let mut todo = vec![account.clone()];
        while let Some(name) = todo.pop() {
            if let Some(entry) = self.0.get_mut(&name)
                && !entry.is_closed
            {
                entry.is_closed = true;
                todo.extend(entry.children.iter().cloned());
            }
        }
        Ok(())
    }

    pub(super) fn spent(&self, account: &Account) -> Amount {
        self.0
            .get(account)
            .map_or(Amount::ZERO, |entry| entry.spent)
    }

    pub(super) fn reserved(&self, account: &Account) -> Amount {
        self.0
            .get(account)
            .map_or(Amount::ZERO, |entry| entry.reserved)
    }

    pub(super) fn left(&self, account: &Account) -> Caps {
        if self.open(account).is_err() {
            return Caps::NOTHING;
        }
        let room = |unit| {
            let (name, _, limit) = self.nearest(account, unit)?;
            Some(limit.saturating_sub(self.bound(name, unit, 0)))
        };
        let room = Caps {
            money: room(Unit::Money).map(MicroUsd::new),
            tokens: room(Unit::Tokens),
        };
        self.way_up(account).fold(room, |left, (_, entry)| {
            left.least(entry.caps.after(entry.spent.plus(entry.reserved)))
        })
    }

    /// What an account has spent, reserved and set apart.
    fn bound(&self, account: &Account, unit: Unit, depth: usize) -> u64 {
        let Some(entry) = self.0.get(account).filter(|_| depth <= DEEPEST) else {
            return 0;
        };
        let used = entry.spent.of(unit).saturating_add(entry.reserved.of(unit));
        // Sums hold those below; a child may bind more than it has used, never less.
        entry.children.iter().fold(used, |sum, child| {
            let Some(below) = self.0.get(child) else {
                return sum;
            };
            let used = below.spent.of(unit).saturating_add(below.reserved.of(unit));
            let bound = self.binds(child, unit, below.caps, depth + 1);
            sum.saturating_add(bound.saturating_sub(used))
        })
    }

    /// How much of its parent an account with these caps takes.
    fn binds(&self, account: &Account, unit: Unit, caps: Caps, depth: usize) -> u64 {
        let bound = self.bound(account, unit, depth);
        let is_closed = self.0.get(account).is_none_or(|entry| entry.is_closed);
        match caps.of(unit) {
            Some(cap) if !is_closed => cap.max(bound),
            Some(_) | None => bound,
        }
    }

    #[cfg(test)]
    pub(super) fn is_open(&self, account: &Account) -> bool {
        self.open(account).is_ok()
    }

    fn open(&self, account: &Account) -> Result<&Entry, Refusal> {
        let entry = self
            .0
            .get(account)
            .ok_or_else(|| Refusal::NoAccount(account.clone()))?;
        if entry.is_closed {
            return Err(Refusal::Closed(account.clone()));
        }
        Ok(entry)
    }

    /// The account and those above it, the run last.
    fn way_up<'a>(
        &'a self,
        account: &Account,
    ) -> impl Iterator<Item = (&'a Account, &'a Entry)> + use<'a> {
        let first = self.0.get_key_value(account);
        std::iter::successors(first, |(_, entry)| {
            entry
                .parent
                .as_ref()
                .and_then(|parent| self.0.get_key_value(parent))
        })
        .take(DEEPEST + 1)
    }
}
