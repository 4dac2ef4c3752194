//! Limits: how often a token may ask, and how often an address may guess.

use std::net::IpAddr;
use std::num::NonZeroU32;

use governor::clock::{Clock as _, DefaultClock};
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

/// How many keys are remembered before those that rest are forgotten.
const MANY: usize = 4_096;

/// How often something may happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How often in a minute, in the long run.
    pub per_minute: NonZeroU32,
    /// How often at once.
    pub burst: NonZeroU32,
}

impl Rate {
    /// Makes a rate; zero counts as one.
    pub fn new(per_minute: u32, burst: u32) -> Self {
        let one = |value: u32| NonZeroU32::new(value).unwrap_or(NonZeroU32::MIN);
        Self {
            per_minute: one(per_minute),
            burst: one(burst),
        }
    }

    const fn quota(self) -> Quota {
        Quota::per_minute(self.per_minute).allow_burst(self.burst)
    }
}

/// Counts what tokens ask and what addresses guess.
pub(crate) struct Limits {
    tokens: RateLimiter<String, HashMapStateStore<String>, DefaultClock>,
    guesses: RateLimiter<IpAddr, HashMapStateStore<IpAddr>, DefaultClock>,
    clock: DefaultClock,
}

impl Limits {
    pub(crate) fn new(tokens: Rate, guesses: Rate) -> Self {
        Self {
            tokens: RateLimiter::hashmap(tokens.quota()),
            guesses: RateLimiter::hashmap(guesses.quota()),
            clock: DefaultClock::default(),
        }
    }

    /// Counts a request of a token; gives the seconds to wait if there were too many.
    pub(crate) fn ask(&self, token: &str) -> Result<(), u64> {
        if self.tokens.len() > MANY {
            self.tokens.retain_recent();
        }
        self.tokens
            .check_key(&token.to_owned())
            .map_err(|not_until| self.seconds(&not_until))
    }

    /// Counts a wrong token of an address; gives the seconds to wait if there were too many.
    pub(crate) fn guess(&self, address: IpAddr) -> Result<(), u64> {
        if self.guesses.len() > MANY {
            self.guesses.retain_recent();
        }
        self.guesses
            .check_key(&network(address))
            .map_err(|not_until| self.seconds(&not_until))
    }

    fn seconds(
        &self,
        not_until: &governor::NotUntil<<DefaultClock as governor::clock::Clock>::Instant>,
    ) -> u64 {
        let wait = not_until.wait_time_from(self.clock.now());
        wait.as_secs().saturating_add(1)
    }
}

/// The network that an address guesses from: whoever has one address of IPv6 has 2^64 of them.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(six) => match six.to_ipv4_mapped() {
            Some(four) => IpAddr::V4(four),
            None => IpAddr::V6((u128::from(six) & !u128::from(u64::MAX)).into()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_taken_and_then_it_is_slow() {
        let limits = Limits::new(Rate::new(60, 5), Rate::new(1, 2));
        for _ in 0..5 {
            assert_eq!(limits.ask("a"), Ok(()));
        }
        let wait = limits.ask("a").unwrap_err();
        assert!((1..=2).contains(&wait), "{wait}");
        assert_eq!(limits.ask("b"), Ok(()));
    }

    #[test]
    fn guesses_are_counted_by_network() {
        let limits = Limits::new(Rate::new(60, 5), Rate::new(1, 2));
        let six = |last: u16| format!("2001:db8::{last:x}").parse::<IpAddr>().unwrap();
        assert!(limits.guess(six(1)).is_ok() && limits.guess(six(2)).is_ok());
        let wait = limits.guess(six(3)).unwrap_err();
        assert!((30..=61).contains(&wait), "{wait}");
        let four = "192.0.2.1".parse().unwrap();
        let mapped = "::ffff:192.0.2.1".parse().unwrap();
        assert!(limits.guess(four).is_ok() && limits.guess(mapped).is_ok());
        assert!(limits.guess(four).is_err());
    }
}
