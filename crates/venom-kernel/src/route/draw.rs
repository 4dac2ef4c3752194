//! Random draws in integers: the words come from outside and are recorded, everything else follows.
//!
//! One word of a decision is spread into a [`Stream`] for each model, so that a model more or less
//! changes no draw of the others. A Beta is drawn as two Gammas by the method of Marsaglia and Tsang
//! (2000), which needs a normal and a uniform number, and is exact but for the rounding of
//! [`fixed`](super::fixed).

use super::fixed::{ONE, ln, ratio, root, times};

/// Tries before a rejection method gives up. One try is rejected in less than one case of four, so
/// the end is never reached but by words that were chosen for it.
const TRIES: usize = 64;

/// Largest shape of a Gamma. More observations than that differ in nothing that is shown.
const LARGEST: i64 = 1 << 20;

/// 0.0331 with 32 binary places: the constant of the quick acceptance in the paper.
const SQUEEZE: i64 = 142_163_418;

/// A sequence of words that follows from one word and a name (SplitMix64).
#[derive(Debug, Clone)]
pub(super) struct Stream(u64);

impl Stream {
    pub(super) fn new(word: u64, name: &str) -> Self {
        // FNV-1a: names that differ begin elsewhere.
        let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        let mut stream = Self(word ^ hash);
        stream.0 = stream.word();
        stream
    }

    pub(super) const fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A normal number, by the polar method.
    pub(super) fn normal(&mut self) -> i64 {
        for _ in 0..TRIES {
            let word = self.word();
            // Two odd numbers between -1 and 1: neither is nothing, nor is their square.
            let side = |half: u64| ((half & 0xffff_ffff) << 1).cast_signed() + 1 - ONE;
            let (one, two) = (side(word >> 32), side(word));
            let (square, other) = (one.unsigned_abs().pow(2), two.unsigned_abs().pow(2));
            let Some(sum) = square.checked_add(other) else {
                continue; // outside the circle
            };
            // The normal's square is -2 ln(sum) times the share of the first square.
            let room = sum.leading_zeros();
            let share = (square << room).checked_div((sum << room) >> 32);
            let height = (-2 * ln(sum, 64)).max(0);
            let share = share.unwrap_or(0).min(ONE.cast_unsigned()).cast_signed();
            let normal = root(times(height, share).cast_unsigned()).cast_signed();
            return if one < 0 { -normal } else { normal };
        }
        0
    }

    /// A Gamma whose shape is at least 1; its scale is 1.
    fn gamma(&mut self, shape: i64) -> u64 {
        let shape = shape.clamp(ONE, LARGEST << 32);
        let d = shape - ONE / 3;
        let c = ratio(ONE.cast_unsigned(), 3 * root(d.cast_unsigned())).cast_signed();
        for _ in 0..TRIES {
            let normal = self.normal();
            let side = ONE + times(c, normal);
            if side <= 0 {
                continue;
            }
            let cube = times(times(side, side), side);
            let square = times(normal, normal);
            let uniform = (self.word() >> 32).max(1);
            let is_in = uniform.cast_signed() < ONE - times(SQUEEZE, times(square, square))
                || ln(uniform, 32)
                    < square / 2 + times(d, ONE - cube + ln(cube.cast_unsigned(), 32));
            if is_in {
                return times(d, cube).cast_unsigned();
            }
        }
        d.cast_unsigned()
    }

    /// A Beta whose shapes are at least 1, between nothing and one.
    pub(super) fn beta(&mut self, good: i64, bad: i64) -> u64 {
        let good = self.gamma(good);
        let bad = self.gamma(bad);
        ratio(good, good.saturating_add(bad)).min(ONE.cast_unsigned())
    }
}

#[cfg(test)]
mod tests;
