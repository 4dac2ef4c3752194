//! How much an episode matters: a pure function of what is known about it, in parts of ten thousand.

use super::{Episode, Kind};
use crate::time::Timestamp;

/// The importance of what matters most.
pub const FULL: u16 = 10_000;
/// What matters this much is worth keeping: the seed's 0.7.
pub const ENOUGH: u16 = 7_000;

/// Age at which the part of importance that fades is half of what it was, in microseconds. Chosen: a
/// month; what was said in the last sprint is still fresh, what was said in spring is not.
const HALF_LIFE: i64 = 30 * 24 * 3_600 * 1_000_000;

/// What is known about an episode beside its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Signs {
    /// How often the same was said before.
    pub repeated: u32,
    /// Whether the user marked it.
    pub is_pinned: bool,
}

impl Signs {
    /// Weighs an episode at a moment. What is pinned matters fully and does not fade. Of the rest, half
    /// fades with age.
    pub fn importance(self, episode: &Episode, now: Timestamp) -> u16 {
        if self.is_pinned {
            return FULL;
        }
        let lasting = self.lasting(episode);
        let age = now.micros().saturating_sub(episode.time.micros()).max(0);
        let fading = u32::from(lasting) / 2;
        let halvings = u32::try_from(age / HALF_LIFE).unwrap_or(u32::MAX).min(31);
        // Between two halvings it falls in a straight line.
        let left = fading >> halvings;
        let along = u32::try_from((age % HALF_LIFE) / (HALF_LIFE / 1_000)).unwrap_or(1_000);
        let left = left - left / 2 * along.min(1_000) / 1_000;
        let all = u32::from(lasting) - fading + left;
        u16::try_from(all).unwrap_or(FULL).min(FULL)
    }

    /// Weighs an episode without regard to its age: what kind of thing it is, how it went, how surprising
    /// and how frequent it is.
    pub fn lasting(self, episode: &Episode) -> u16 {
        if self.is_pinned {
            return FULL;
        }
        // Chosen: the user's own words before anybody else's, what failed before what worked, machinery
        // last. Something that was said for the first time and went as expected stays below `ENOUGH`,
        // unless the user said it to be kept.
        let kind: u32 = match episode.kind {
            Kind::Note => 7_000,
            Kind::Answer => 6_500,
            Kind::Failure => 6_500,
            Kind::Goal => 6_000,
            Kind::Outcome => 5_000,
            Kind::Said => 4_500,
            Kind::Question => 3_500,
            Kind::Result => 3_000,
            Kind::Understood => 2_000,
        };
        // Frequency: each doubling adds, up to sixteen times. What machinery repeats says nothing new.
        let doublings = (self.repeated.saturating_add(1)).ilog2().min(4);
        let frequency = match episode.kind {
            Kind::Note | Kind::Answer | Kind::Goal | Kind::Failure => doublings * 500,
            Kind::Outcome | Kind::Said | Kind::Question | Kind::Result | Kind::Understood => 0,
        };
        // Surprise: a failure that was not there before.
        let surprise = if episode.kind == Kind::Failure && self.repeated == 0 {
            1_000
        } else {
            0
        };
        // Names make a thing findable and worth finding.
        let named = u32::try_from(episode.about.len().min(4)).unwrap_or(0) * 100;
        u16::try_from((kind + frequency + surprise + named).min(u32::from(FULL) - 500))
            .unwrap_or(FULL)
    }
}
