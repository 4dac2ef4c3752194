//! The budget of a run: what may be spent, what is spent, and what calls that are under way may still
//! take.
//!
//! A [`Ledger`] has one writer. Before a call its most expensive outcome is reserved, after it what
//! it took is settled; a call that was not reserved is not made. So calls that are under way together
//! can never take more than the caps, whatever their order: what they may take at most is taken out
//! of the rest before any of them begins. The one way past a cap is a provider that takes more than
//! the most that was computed; that is written down as it was, and counted by [`Settled::beyond`].
//!
//! Accounts form a tree below the run. [`Ledger::carve`] sets a part of the parent's cap apart for a
//! child, so that the children together never exceed the parent; what an account without a cap takes
//! is taken from its parent. An account that is closed gives its rest back. Caps for a model and for
//! a day or a month stand beside the tree and count what was spent and reserved, not what was set
//! apart.
//!
//! **After a crash** a reservation without a settlement counts as spent in full
//! ([`Ledger::abandon`]): the request may have reached the provider, who then charges for it, and
//! nobody is left to hear how much. Whoever learns the amount later settles the same key, and the
//! difference is given back. A fork is treated alike ([`Ledger::fork`]): money that was spent stays
//! spent and counts against every cap of the fork.
//!
//! Whatever changes a ledger is a [`Movement`], and folding the movements gives the ledger again.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::model::ModelId;
use crate::money::MicroUsd;
use crate::time::Timestamp;

mod allowance;
mod amount;
mod name;
mod refusal;
mod tree;

pub use allowance::{Allowance, Basis, Counted};
pub use amount::{Amount, Caps, Unit};
pub use name::{Account, Key, NoName};
pub use refusal::{Cap, Over, Refusal};

use tree::Tree;

/// A span of the calendar that has a cap over all runs. It begins at midnight in UTC, see
/// [`Window::begin`]; that a new one has begun is the caller's to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Window {
    /// A day.
    Day,
    /// A month.
    Month,
}

/// One change of a ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "movement")]
pub enum Movement {
    /// A part of the parent's cap is set apart.
    Carved {
        /// The new account.
        child: Account,
        /// Where the part comes from.
        parent: Account,
        /// The part; a unit without a cap is taken from the parent as it is spent.
        caps: Caps,
    },
    /// An account has other caps, because somebody said so.
    Limited {
        /// The account.
        account: Account,
        /// The new caps; they may lie below what is spent, which then ends all spending.
        caps: Caps,
    },
    /// A model has other caps.
    ModelLimited {
        /// The model.
        model: ModelId,
        /// The new caps.
        caps: Caps,
    },
    /// A day or a month begins for this ledger.
    WindowOpened {
        /// Which.
        window: Window,
        /// Its caps, over all runs.
        caps: Caps,
        /// What other runs have spent and reserved in it.
        elsewhere: Amount,
    },
    /// What other runs have spent and reserved in a day or month was counted again.
    WindowCounted {
        /// Which.
        window: Window,
        /// What they have spent and reserved.
        elsewhere: Amount,
    },
    /// The most that a call may take is reserved.
    Reserved {
        /// Names the call; a second attempt is another call.
        key: Key,
        /// Who pays.
        account: Account,
        /// Who is called.
        model: ModelId,
        /// The most that it may take.
        most: Amount,
    },
    /// A call took this much.
    Settled {
        /// The call.
        key: Key,
        /// What it took.
        took: Amount,
    },
    /// A call was not made, or took nothing.
    Released {
        /// The call.
        key: Key,
    },
    /// Nobody will hear any more what the calls took that are under way.
    Abandoned,
    /// An account and those below it are done; the rest goes back to the parent.
    Closed {
        /// The account.
        account: Account,
    },
}

/// What a settlement found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settled {
    /// What was reserved.
    pub most: Amount,
    /// What the call took beyond that; nothing, unless the provider broke the bound.
    pub beyond: Amount,
}

/// What a call holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Hold {
    account: Account,
    model: ModelId,
    most: Amount,
}

/// What is counted beside the tree.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Count {
    caps: Caps,
    spent: Amount,
    reserved: Amount,
}

/// What is counted in a day or a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Span {
    caps: Caps,
    elsewhere: Amount,
    /// What this run had spent when the span began; it does not count.
    before: Amount,
    /// When it began, once somebody has said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    since: Option<Timestamp>,
}

/// The books of one run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    tree: Tree,
    models: BTreeMap<ModelId, Count>,
    windows: BTreeMap<Window, Span>,
    /// Calls that are under way.
    open: BTreeMap<Key, Hold>,
    /// Calls that count as spent in full because nobody heard what they took.
    lost: BTreeMap<Key, Hold>,
    /// Calls that are over, so that none is counted twice.
    closed: BTreeSet<Key>,
}

impl Ledger {
    /// Makes the books of a run; all of it is the account [`Account::run`].
    pub fn new(caps: Caps) -> Self {
        Self {
            tree: Tree::new(caps),
            models: BTreeMap::new(),
            windows: BTreeMap::new(),
            open: BTreeMap::new(),
            lost: BTreeMap::new(),
            closed: BTreeSet::new(),
        }
    }

    /// Folds movements; refuses where one of them is illegal.
    pub fn fold<'a>(
        caps: Caps,
        movements: impl IntoIterator<Item = &'a Movement>,
    ) -> Result<Self, Refusal> {
        let mut ledger = Self::new(caps);
        for movement in movements {
            ledger.apply(movement)?;
        }
        Ok(ledger)
    }

    /// Applies a movement, or refuses it and changes nothing.
    pub fn apply(&mut self, movement: &Movement) -> Result<(), Refusal> {
        match movement {
            Movement::Carved {
                child,
                parent,
                caps,
            } => self.carve(child.clone(), parent, *caps),
            Movement::Limited { account, caps } => self.limit(account, *caps),
            Movement::ModelLimited { model, caps } => {
                self.limit_model(model.clone(), *caps);
                Ok(())
            }
            Movement::WindowOpened {
                window,
                caps,
                elsewhere,
            } => {
                self.open_window(*window, *caps, *elsewhere);
                Ok(())
            }
            Movement::WindowCounted { window, elsewhere } => self.count(*window, *elsewhere),
            Movement::Reserved {
                key,
                account,
                model,
                most,
            } => self.reserve(key.clone(), account, model, most.money, most.tokens),
            Movement::Settled { key, took } => {
                self.settle(key, took.money, took.tokens).map(|_settled| ())
            }
            Movement::Released { key } => self.release(key),
            Movement::Abandoned => {
                self.abandon();
                Ok(())
            }
            Movement::Closed { account } => self.close(account),
        }
    }

    /// Sets a part of the parent's cap apart for a new account. A unit in which `caps` names nothing
    /// is taken from the parent as it is spent.
    pub fn carve(&mut self, child: Account, parent: &Account, caps: Caps) -> Result<(), Refusal> {
        self.tree.carve(child, parent, caps)
    }

    /// Gives an account other caps. They bind the spending that comes: caps below what is spent or
    /// reserved already take nothing back. A child cannot be given more than its parent has left.
    pub fn limit(&mut self, account: &Account, caps: Caps) -> Result<(), Refusal> {
        self.tree.limit(account, caps)
    }

    /// Gives a model caps within this run.
    pub fn limit_model(&mut self, model: ModelId, caps: Caps) {
        self.models.entry(model).or_default().caps = caps;
    }

    /// Begins a day or a month: what this run has spent so far does not count in it, what it has
    /// reserved does.
    ///
    /// `elsewhere` is what other runs have spent and reserved in it. Two processes that share the cap
    /// have to count and reserve under one lock, or the sum of both may pass it.
    pub fn open_window(&mut self, window: Window, caps: Caps, elsewhere: Amount) {
        let before = self.spent();
        self.windows.insert(
            window,
            Span {
                caps,
                elsewhere,
                before,
                since: None,
            },
        );
    }

    /// Takes note of what other runs have spent and reserved in the day or month that began then. What
    /// this run spent before another one began does not count in it.
    pub fn count_since(
        &mut self,
        window: Window,
        since: Timestamp,
        elsewhere: Amount,
    ) -> Result<(), Refusal> {
        let spent = self.spent();
        let span = self
            .windows
            .get_mut(&window)
            .ok_or(Refusal::NoWindow(window))?;
        if span.since.is_some_and(|known| known != since) {
            span.before = spent;
        }
        span.since = Some(since);
        span.elsewhere = elsewhere;
        Ok(())
    }

    /// Returns the caps of days and months.
    pub fn windows(&self) -> impl Iterator<Item = (Window, Caps)> {
        self.windows
            .iter()
            .map(|(window, span)| (*window, span.caps))
    }

    /// Returns what stands at a cap.
    pub fn caps(&self, cap: &Cap) -> Caps {
        match cap {
            Cap::Account(account) => self.tree.caps(account),
            Cap::Model(model) => self
                .models
                .get(model)
                .map_or(Caps::NONE, |count| count.caps),
            Cap::Window(window) => self
                .windows
                .get(window)
                .map_or(Caps::NONE, |span| span.caps),
        }
    }

    /// Gives a cap another height, because somebody said so.
    pub fn set(&mut self, cap: &Cap, caps: Caps) -> Result<(), Refusal> {
        match cap {
            Cap::Account(account) => self.limit(account, caps),
            Cap::Model(model) => {
                self.limit_model(model.clone(), caps);
                Ok(())
            }
            Cap::Window(window) => {
                let span = self
                    .windows
                    .get_mut(window)
                    .ok_or(Refusal::NoWindow(*window))?;
                span.caps = caps;
                Ok(())
            }
        }
    }

    /// Takes note of what other runs have spent and reserved in a day or month by now.
    pub fn count(&mut self, window: Window, elsewhere: Amount) -> Result<(), Refusal> {
        let span = self
            .windows
            .get_mut(&window)
            .ok_or(Refusal::NoWindow(window))?;
        span.elsewhere = elsewhere;
        Ok(())
    }

    /// Reserves the most that a call may take, or says which cap does not hold it. `tokens` are those
    /// of the prompt and the most that may be produced.
    pub fn reserve(
        &mut self,
        key: Key,
        account: &Account,
        model: &ModelId,
        most: MicroUsd,
        tokens: u64,
    ) -> Result<(), Refusal> {
        let wanted = Amount::new(most, tokens);
        if self.open.contains_key(&key)
            || self.lost.contains_key(&key)
            || self.closed.contains(&key)
        {
            return Err(Refusal::Taken(key));
        }
        self.admits(account, model, wanted)?;
        self.tree.shift(account, Shift::Reserve(wanted));
        let count = self.models.entry(model.clone()).or_default();
        count.reserved = count.reserved.plus(wanted);
        let hold = Hold {
            account: account.clone(),
            model: model.clone(),
            most: wanted,
        };
        self.open.insert(key, hold);
        Ok(())
    }

    /// Says which cap does not hold an amount, if one does not.
    pub fn over(&self, account: &Account, model: &ModelId, wanted: Amount) -> Option<Over> {
        match self.admits(account, model, wanted) {
            Err(Refusal::Over(over)) => Some(over),
            Ok(()) | Err(_) => None,
        }
    }

    fn admits(&self, account: &Account, model: &ModelId, wanted: Amount) -> Result<(), Refusal> {
        self.tree.admits(account, wanted)?;
        if let Some(count) = self.models.get(model) {
            let cap = || Cap::Model(model.clone());
            (count.caps).admits(cap, count.spent, count.reserved, wanted)?;
        }
        let own = (self.spent(), self.reserved());
        for (window, span) in &self.windows {
            let spent = own.0.minus(span.before).plus(span.elsewhere);
            (span.caps).admits(|| Cap::Window(*window), spent, own.1, wanted)?;
        }
        Ok(())
    }

    /// Writes down what a call took; its reservation ends. A call that was abandoned may still be
    /// settled, once.
    pub fn settle(&mut self, key: &Key, spent: MicroUsd, tokens: u64) -> Result<Settled, Refusal> {
        let took = Amount::new(spent, tokens);
        let (hold, shift) = if let Some(hold) = self.open.remove(key) {
            let shift = Shift::Settle {
                most: hold.most,
                took,
            };
            (hold, shift)
        } else if let Some(hold) = self.lost.remove(key) {
            // Whether it was counted in this day or in the one before is not known: what is given
            // back to the run is not given back to a day that did not count it.
            for span in self.windows.values_mut() {
                span.before = span.before.minus(hold.most.minus(took));
            }
            let shift = Shift::Correct {
                counted: hold.most,
                took,
            };
            (hold, shift)
        } else {
            return Err(Refusal::NotOpen(key.clone()));
        };
        self.shift(&hold, shift);
        self.closed.insert(key.clone());
        Ok(Settled {
            most: hold.most,
            beyond: took.minus(hold.most),
        })
    }

    /// Ends the reservation of a call that was not made or took nothing.
    pub fn release(&mut self, key: &Key) -> Result<(), Refusal> {
        self.settle(key, MicroUsd::ZERO, 0).map(|_settled| ())
    }

    /// Counts all calls that are under way as spent in full; a run that is taken up again after a
    /// crash begins with this. Returns their keys.
    pub fn abandon(&mut self) -> Vec<Key> {
        let open = std::mem::take(&mut self.open);
        let keys = open.keys().cloned().collect();
        for (key, hold) in open {
            let most = hold.most;
            self.shift(&hold, Shift::Settle { most, took: most });
            self.lost.insert(key, hold);
        }
        keys
    }

    /// Closes an account and those below it: what they have not spent or reserved goes back to the
    /// parent. Calls that are under way may still be settled.
    pub fn close(&mut self, account: &Account) -> Result<(), Refusal> {
        self.tree.close(account)
    }

    /// Returns the books of a fork: everything that was spent stays spent, and what was under way
    /// counts in full, because its settlement will be written into the books of the other run. In the
    /// windows all of that is spent elsewhere from now on, where the other run is counted.
    #[must_use]
    pub fn fork(&self) -> Self {
        let mut fork = self.clone();
        fork.abandon();
        // Their settlements belong to the other run; here they stay as they are.
        let lost = std::mem::take(&mut fork.lost);
        fork.closed.extend(lost.into_keys());
        let spent = fork.spent();
        for span in fork.windows.values_mut() {
            span.elsewhere = span.elsewhere.plus(spent.minus(span.before));
            span.before = spent;
        }
        fork
    }

    /// Returns what the run has spent.
    pub fn spent(&self) -> Amount {
        self.tree.spent(&Account::run())
    }

    /// Returns what the calls may take at most that are under way.
    pub fn reserved(&self) -> Amount {
        self.tree.reserved(&Account::run())
    }

    /// Returns what the run may still reserve in its own account; none means as much as it likes.
    pub fn left(&self) -> Caps {
        self.left_for(&Account::run(), None)
    }

    /// Returns what an account and those below it have spent.
    pub fn spent_by(&self, account: &Account) -> Amount {
        self.tree.spent(account)
    }

    /// Returns what the calls of an account and of those below it may take at most.
    pub fn reserved_by(&self, account: &Account) -> Amount {
        self.tree.reserved(account)
    }

    /// Returns what was spent on a model.
    pub fn spent_on(&self, model: &ModelId) -> Amount {
        self.models
            .get(model)
            .map_or(Amount::ZERO, |count| count.spent)
    }

    /// Returns the most that [`Ledger::reserve`] would admit now for an account and, where one is
    /// named, a model. Nothing is left to an account that is closed or not there.
    pub fn left_for(&self, account: &Account, model: Option<&ModelId>) -> Caps {
        let mut left = self.tree.left(account);
        if let Some(count) = model.and_then(|model| self.models.get(model)) {
            left = left.least(count.caps.after(count.spent.plus(count.reserved)));
        }
        let own = self.spent().plus(self.reserved());
        for span in self.windows.values() {
            let used = own.minus(span.before).plus(span.elsewhere);
            left = left.least(span.caps.after(used));
        }
        left
    }

    /// Lists the calls that are under way with what they may take at most.
    pub fn open(&self) -> impl Iterator<Item = (&Key, Amount)> {
        self.open.iter().map(|(key, hold)| (key, hold.most))
    }

    fn shift(&mut self, hold: &Hold, shift: Shift) {
        self.tree.shift(&hold.account, shift);
        if let Some(count) = self.models.get_mut(&hold.model) {
            shift.on(&mut count.spent, &mut count.reserved);
        }
    }
}

/// How sums change.
#[derive(Debug, Clone, Copy)]
enum Shift {
    Reserve(Amount),
    Settle { most: Amount, took: Amount },
    Correct { counted: Amount, took: Amount },
}

impl Shift {
    fn on(self, spent: &mut Amount, reserved: &mut Amount) {
        match self {
            Self::Reserve(most) => *reserved = reserved.plus(most),
            Self::Settle { most, took } => {
                *reserved = reserved.minus(most);
                *spent = spent.plus(took);
            }
            Self::Correct { counted, took } => *spent = spent.minus(counted).plus(took),
        }
    }
}

#[cfg(test)]
mod tests;
