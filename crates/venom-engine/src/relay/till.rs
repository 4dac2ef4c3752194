//! The till: what relayed calls have taken in a day, and what those under way may still take.
//!
//! The most that a call may take is held back before it is made, so that calls that are under way
//! together never go beyond a cap.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use venom_kernel::figure::Measure;
use venom_kernel::money::MicroUsd;
use venom_kernel::time::Timestamp;
use venom_ports::Failure;
use venom_ports::api::relay::Spending;

use crate::world::World;

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

#[derive(Debug, Default)]
struct Drawer {
    /// Days since 1970; none until the log was looked at.
    day: Option<i64>,
    spent: BTreeMap<String, u64>,
    held: BTreeMap<String, u64>,
}

/// What is spent, and what is held back.
#[derive(Debug)]
pub(super) struct Till {
    cap: Option<MicroUsd>,
    drawer: Mutex<Drawer>,
}

/// What is held back for a call. Dropped without having been settled, it is given back whole.
pub(super) struct Hold {
    till: Arc<Till>,
    by: String,
    micros: u64,
}

impl Drawer {
    fn sum(of: &BTreeMap<String, u64>) -> u64 {
        of.values().fold(0, |sum, one| sum.saturating_add(*one))
    }

    fn used(&self) -> u64 {
        Self::sum(&self.spent).saturating_add(Self::sum(&self.held))
    }

    fn used_by(&self, by: &str) -> u64 {
        let of = |of: &BTreeMap<String, u64>| of.get(by).copied().unwrap_or_default();
        of(&self.spent).saturating_add(of(&self.held))
    }
}

impl Till {
    pub(super) fn new(cap: Option<MicroUsd>) -> Self {
        Self {
            cap,
            drawer: Mutex::default(),
        }
    }

    fn drawer(&self) -> MutexGuard<'_, Drawer> {
        self.drawer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sees that the till is of today: what today's calls took is read from the log once. A call that is
    /// settled in that moment may count twice, which errs on the side of the cap.
    pub(super) async fn open(&self, world: &World, now: Timestamp) -> Result<(), Failure> {
        let today = now.micros().div_euclid(DAY);
        if self.drawer().day == Some(today) {
            return Ok(());
        }
        let counts = world.projections.counts().await?;
        let spent = counts
            .sums
            .into_iter()
            .filter(|(label, _)| {
                label.measure == Measure::Relayed && label.first == today.to_string()
            })
            .map(|(label, micros)| (label.second, micros))
            .collect();
        let mut drawer = self.drawer();
        if drawer.day != Some(today) {
            drawer.day = Some(today);
            drawer.spent = spent;
        }
        Ok(())
    }

    /// Returns what somebody may still take, if there is a cap.
    pub(super) fn left(&self, by: &str, per_day: Option<MicroUsd>) -> Option<MicroUsd> {
        let drawer = self.drawer();
        let all = self
            .cap
            .map(|cap| cap.micros().saturating_sub(drawer.used()));
        let own = per_day.map(|cap| cap.micros().saturating_sub(drawer.used_by(by)));
        [all, own].into_iter().flatten().min().map(MicroUsd::new)
    }

    /// Holds an amount back, or says why there is none.
    pub(super) fn take(
        self: &Arc<Self>,
        by: &str,
        per_day: Option<MicroUsd>,
        most: MicroUsd,
    ) -> Result<Hold, String> {
        let mut drawer = self.drawer();
        let micros = most.micros();
        let over = |used: u64, cap: MicroUsd, whose: &str| {
            let used_up = MicroUsd::new(used);
            (used.saturating_add(micros) > cap.micros() && micros > 0).then(|| {
                format!(
                    "this call may take {most}, and {used_up} of the {cap} that {whose} may spend in a day are spent or reserved"
                )
            })
        };
        let refused = self
            .cap
            .and_then(|cap| over(drawer.used(), cap, "all programs together"))
            .or_else(|| per_day.and_then(|cap| over(drawer.used_by(by), cap, "this token")));
        if let Some(why) = refused {
            return Err(why);
        }
        let held = drawer.held.entry(by.to_owned()).or_default();
        *held = held.saturating_add(micros);
        Ok(Hold {
            till: Arc::clone(self),
            by: by.to_owned(),
            micros,
        })
    }

    pub(super) fn spending(&self) -> Spending {
        let drawer = self.drawer();
        Spending {
            spent: MicroUsd::new(Drawer::sum(&drawer.spent)),
            reserved: MicroUsd::new(Drawer::sum(&drawer.held)),
            cap: self.cap,
        }
    }
}

impl Hold {
    /// Notes what the call took, and gives the rest back.
    pub(super) fn settle(self, took: MicroUsd) {
        let mut drawer = self.till.drawer();
        let spent = drawer.spent.entry(self.by.clone()).or_default();
        *spent = spent.saturating_add(took.micros());
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let mut drawer = self.till.drawer();
        if let Some(held) = drawer.held.get_mut(&self.by) {
            *held = held.saturating_sub(self.micros);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn dollars(micros: u64) -> MicroUsd {
        MicroUsd::new(micros)
    }

    #[test]
    fn calls_under_way_together_stay_below_the_cap() {
        let till = Arc::new(Till::new(Some(dollars(100))));
        let one = till.take("a", None, dollars(60)).ok().unwrap();
        assert!(till.take("b", None, dollars(60)).is_err());
        assert_eq!(till.left("b", None), Some(dollars(40)));
        let two = till.take("b", None, dollars(40)).ok().unwrap();
        one.settle(dollars(10));
        // What was not taken can be taken by others.
        assert_eq!(till.left("a", None), Some(dollars(50)));
        drop(two);
        let spending = till.spending();
        assert_eq!(
            (spending.spent, spending.reserved),
            (dollars(10), dollars(0))
        );
        assert_eq!(spending.left(), Some(dollars(90)));
    }

    #[test]
    fn a_token_has_its_own_cap_and_free_models_need_none() {
        let till = Arc::new(Till::new(None));
        till.take("a", Some(dollars(10)), dollars(10))
            .ok()
            .unwrap()
            .settle(dollars(12));
        let refused = till.take("a", Some(dollars(10)), dollars(1)).err().unwrap();
        assert!(refused.contains("this token"), "{refused}");
        assert!(till.take("a", Some(dollars(10)), dollars(0)).is_ok());
        assert!(till.take("b", Some(dollars(10)), dollars(10)).is_ok());
        assert_eq!(till.left("b", None), None);
    }
}
