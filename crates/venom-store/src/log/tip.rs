//! Tips: the folded states of runs that were written lately, so that judging the next event does
//! not need the ones before it.

use std::collections::BTreeMap;

use rusqlite::Connection;
use venom_kernel::digest::Digest;
use venom_kernel::id::RunId;
use venom_kernel::run::RunState;
use venom_ports::{Failure, Result};

use super::read::Link;
use super::row::{self, RunHead};
use crate::keys::Vault;
use crate::sqlite::failure::{OrFail as _, corrupt};

/// How many runs are remembered. Chosen: more than a process drives at once; a state is some
/// kilobytes, and folding a forgotten one takes milliseconds.
const REMEMBERED: usize = 64;

/// A run's state after its last event.
#[derive(Debug)]
pub(crate) struct Tip {
    pub(crate) hash: Digest,
    pub(crate) time: i64,
    pub(crate) state: RunState,
}

impl Tip {
    /// The state of a run that has no events.
    pub(crate) fn empty() -> Self {
        Self {
            hash: Digest::ZERO,
            time: i64::MIN,
            state: RunState::default(),
        }
    }

    /// Folds a run from its table up to its head and checks its chain on the way.
    pub(crate) fn fold(
        connection: &Connection,
        vault: &Vault,
        run: RunId,
        head: &RunHead,
    ) -> Result<Self> {
        let key = vault.of(connection, run)?;
        let mut tip = Self::empty();
        let mut link = Link::first(run);
        row::walk(connection, head.id, 0, usize::MAX, |stored| {
            link.next(&stored)?;
            tip.time = stored.time;
            tip.state
                .evolve(&stored.event(run, &key)?)
                .map_err(|illegal| corrupt(illegal.to_string()))?;
            Ok::<_, Failure>(())
        })
        .or_fail("reading the log")??;
        tip.hash = link.hash;
        if tip.fits(head) {
            Ok(tip)
        } else {
            Err(corrupt(format!(
                "the events of {run} do not end where its head says"
            )))
        }
    }

    /// Tells whether this is the state at a head.
    pub(crate) fn fits(&self, head: &RunHead) -> bool {
        self.state.seq().number() == head.seq && self.hash == head.hash
    }
}

/// The tips of the runs that were used last.
#[derive(Debug, Default)]
pub(crate) struct Tips {
    tips: BTreeMap<RunId, (u64, Tip)>,
    uses: u64,
}

impl Tips {
    /// Takes a run's tip out. Whoever took it puts it back when it is true again.
    pub(crate) fn take(&mut self, run: RunId) -> Option<Tip> {
        self.tips.remove(&run).map(|(_, tip)| tip)
    }

    /// Remembers a tip; forgets the one that was used longest ago if there are too many.
    pub(crate) fn put(&mut self, run: RunId, tip: Tip) {
        self.uses += 1;
        self.tips.insert(run, (self.uses, tip));
        if self.tips.len() > REMEMBERED {
            let oldest = self
                .tips
                .iter()
                .min_by_key(|(_, (used, _))| *used)
                .map(|(run, _)| *run);
            if let Some(run) = oldest {
                self.tips.remove(&run);
            }
        }
    }

    /// Forgets all.
    pub(crate) fn clear(&mut self) {
        self.tips.clear();
    }
}
