//! Vectors in bytes, and the scan over all of them.
//!
//! A vector is turned by a fixed rotation first, which makes all its numbers alike in size, so that one
//! scale fits them all and the sign of each says as much as the sign of any other. It is then kept as signed
//! bytes with a scale, and as one bit a number. A scan over many vectors looks at the bits of all, at the
//! bytes of the best, and nothing more: where the true vectors are at hand, the caller compares the last few
//! of them itself.

mod loops;
#[cfg(test)]
mod tests;

use self::loops::Asked;
use crate::embed;

/// Up to so many vectors the bytes of all are compared. Chosen: a millisecond.
const FEW: usize = 4_096;
/// How many times more vectors the bits choose than are wanted, and the fewest. Chosen; the bench `memory` fails
/// where they find less than 0.98 of what comparing all finds.
const WIDER: usize = 16;
const LEAST: usize = 640;
/// Of so many distances one is looked at, to guess how far the wanted ones are.
const SAMPLED: usize = 16;

/// A vector in bytes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Code {
    /// What a byte is to be multiplied with.
    pub scale: f32,
    /// The bytes.
    pub values: Vec<i8>,
}

impl Code {
    /// Turns a vector and brings it into bytes.
    pub fn of(vector: &[f32]) -> Self {
        let mut turned = vector.to_vec();
        turn(&mut turned);
        let (scale, values) = whole(&turned, 127.0);
        #[expect(clippy::cast_possible_truncation, reason = "none is beyond 127")]
        let values = values.into_iter().map(|value| value as i8).collect();
        Self { scale, values }
    }

    /// Returns the vector again, turned, as precisely as the bytes hold it.
    pub fn vector(&self) -> Vec<f32> {
        let values = self.values.iter();
        values.map(|value| f32::from(*value) * self.scale).collect()
    }
}

/// Brings numbers to whole ones, the largest of which becomes `largest`; returns what each is to be multiplied with
/// before them. Without a direction all are nought.
fn whole(vector: &[f32], largest: f32) -> (f32, Vec<i16>) {
    let most = vector
        .iter()
        .fold(0.0_f32, |most, value| most.max(value.abs()));
    let scale = most / largest;
    if scale <= 0.0 || !scale.is_finite() {
        return (0.0, vec![0; vector.len()]);
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "no value is larger than the largest, which fits"
    )]
    // The scale of numbers near nought is coarse itself, and would bring them beyond the largest.
    let values = vector
        .iter()
        .map(|value| (value / scale).round().clamp(-largest, largest) as i16)
        .collect();
    (scale, values)
}

/// Stirs the bits of a number (the last step of splitmix64).
pub(super) const fn stir(mut state: u64) -> u64 {
    state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}

/// Turns a vector by a fixed rotation: signs are changed as if by chance, and then each number becomes a sum
/// of all (the transform of Walsh and Hadamard), in blocks of the largest power of two that fits. Lengths and
/// angles stay as they are.
pub fn turn(vector: &mut [f32]) {
    let mut rest = vector;
    while !rest.is_empty() {
        let size = 1_usize << rest.len().ilog2();
        let (block, after) = rest.split_at_mut(size);
        for (at, value) in block.iter_mut().enumerate() {
            if stir(at as u64 + 1) & 1 == 1 {
                *value = -*value;
            }
        }
        let mut half = 1;
        while half < size {
            for pair in block.chunks_exact_mut(2 * half) {
                let (low, high) = pair.split_at_mut(half);
                for (a, b) in low.iter_mut().zip(high) {
                    (*a, *b) = (*a + *b, *a - *b);
                }
            }
            half *= 2;
        }
        let norm = 1.0 / (size as f32).sqrt();
        for value in block {
            *value *= norm;
        }
        rest = after;
    }
}

/// Many vectors, one behind the other.
#[derive(Debug, Clone, Default)]
pub struct Flat {
    /// Numbers in a vector; 0 until there is one.
    size: usize,
    /// 64-bit words in the bits of a vector.
    wide: usize,
    bits: Vec<u64>,
    values: Vec<i8>,
    scales: Vec<f32>,
}

impl Flat {
    /// Returns how many places there are.
    pub fn len(&self) -> usize {
        self.scales.len()
    }

    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        self.scales.is_empty()
    }

    /// Returns the bytes that it takes.
    pub fn bytes(&self) -> usize {
        self.bits.capacity() * 8 + self.values.capacity() + self.scales.capacity() * 4
    }

    /// Adds a place. A vector of another size than the first one counts as none.
    pub fn push(&mut self, code: Option<&Code>) {
        if self.size == 0
            && let Some(code) = code
        {
            self.size = code.values.len();
            self.wide = self.size.div_ceil(64);
            // Places before the first vector have none.
            self.values.resize(self.scales.len() * self.size, 0);
            self.bits.resize(self.scales.len() * self.wide, 0);
        }
        let code = code.filter(|code| code.values.len() == self.size);
        let Some(code) = code else {
            self.values.resize(self.values.len() + self.size, 0);
            self.bits.resize(self.bits.len() + self.wide, 0);
            self.scales.push(0.0);
            return;
        };
        self.values.extend_from_slice(&code.values);
        for part in code.values.chunks(64) {
            let bits = part
                .iter()
                .enumerate()
                .fold(0, |bits, (at, value)| bits | (u64::from(*value >= 0) << at));
            self.bits.push(bits);
        }
        self.scales.push(code.scale);
    }

    /// Empties a place.
    pub fn clear(&mut self, at: usize) {
        if let Some(scale) = self.scales.get_mut(at) {
            *scale = 0.0;
        }
        let from = at.saturating_mul(self.size);
        if let Some(values) = self.values.get_mut(from..from.saturating_add(self.size)) {
            values.fill(0);
        }
    }

    /// Returns the product of a turned vector with the one at a place; 0 where there is none.
    pub fn product(&self, at: usize, turned: &[f32]) -> f32 {
        let scale = self.scales.get(at).copied().unwrap_or_default();
        let from = at.saturating_mul(self.size);
        let values = self
            .values
            .get(from..from.saturating_add(self.size))
            .unwrap_or_default();
        scale * mixed(turned, values)
    }

    /// Returns the places whose vectors are nearest to a turned vector, nearest first, with the products.
    pub fn nearest(
        &self,
        turned: &[f32],
        wanted: usize,
        fits: impl Fn(usize) -> bool,
    ) -> Vec<(usize, f32)> {
        if self.size == 0 || turned.len() != self.size || wanted == 0 {
            return Vec::new();
        }
        let chosen: Vec<usize> = if self.len() <= FEW.max(2 * LEAST) {
            (0..self.len())
                .filter(|at| self.is_there(*at) && fits(*at))
                .collect()
        } else {
            self.chosen(turned, wanted.saturating_mul(WIDER).max(LEAST), &fits)
        };
        let mut products = Vec::with_capacity(chosen.len());
        loops::products(&Asked::of(turned), &self.values, &chosen, &mut products);
        let mut found: Vec<(usize, f32)> = chosen
            .into_iter()
            .zip(products)
            .map(|(at, product)| {
                (
                    at,
                    product * self.scales.get(at).copied().unwrap_or_default(),
                )
            })
            .collect();
        let order = |a: &(usize, f32), b: &(usize, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        if found.len() > wanted {
            found.select_nth_unstable_by(wanted - 1, order);
            found.truncate(wanted);
        }
        found.sort_by(order);
        found
    }

    fn is_there(&self, at: usize) -> bool {
        self.scales.get(at).is_some_and(|scale| *scale > 0.0)
    }

    /// Returns at least the wanted number of places whose bits differ least, if there are so many.
    fn chosen(&self, turned: &[f32], wanted: usize, fits: &impl Fn(usize) -> bool) -> Vec<usize> {
        let asked: Vec<u64> = turned
            .chunks(64)
            .map(|part| {
                part.iter().enumerate().fold(0, |bits, (at, value)| {
                    bits | (u64::from(*value >= 0.0) << at)
                })
            })
            .collect();
        let mut distances: Vec<u16> = Vec::with_capacity(self.len());
        loops::distances(&self.bits, self.wide, &asked, &mut distances);
        let is_wanted = |at: &usize| self.is_there(*at) && fits(*at);
        let mut places = Vec::with_capacity(2 * wanted);
        // A few distances tell how far about twice as many are as are wanted. Where that was too near, because few of
        // them fit, all are counted.
        let guess = {
            let sampled = distances.iter().step_by(SAMPLED);
            bound(sampled, self.size, (2 * wanted).div_ceil(SAMPLED))
        };
        loops::within(&distances, guess, &mut places);
        places.retain(is_wanted);
        if places.len() < wanted {
            places.clear();
            places.extend((0..distances.len()).filter(is_wanted));
        }
        let far = |at: &usize| distances.get(*at).unwrap_or(&u16::MAX);
        let bound = bound(places.iter().map(far), self.size, wanted);
        places.retain(|at| *far(at) <= bound);
        places
    }
}

/// Returns the least distance that so many of the distances are within; the largest one where there are fewer.
fn bound<'a>(distances: impl Iterator<Item = &'a u16>, largest: usize, wanted: usize) -> u16 {
    let mut counts = vec![0_usize; largest + 1];
    for distance in distances {
        if let Some(count) = counts.get_mut(usize::from(*distance)) {
            *count += 1;
        }
    }
    let mut sum = 0;
    let within = counts.iter().position(|count| {
        sum += count;
        sum >= wanted
    });
    u16::try_from(within.unwrap_or(largest)).unwrap_or(u16::MAX)
}

/// The product of numbers with bytes.
fn mixed(left: &[f32], right: &[i8]) -> f32 {
    // Side by side, as in `embed::dot`.
    let mut lanes = [0.0_f32; 8];
    let (left, left_rest) = left.as_chunks::<8>();
    let (right, right_rest) = right.as_chunks::<8>();
    for (left, right) in left.iter().zip(right) {
        for (lane, (a, b)) in lanes.iter_mut().zip(left.iter().zip(right)) {
            *lane += a * f32::from(*b);
        }
    }
    let rest: f32 = left_rest
        .iter()
        .zip(right_rest)
        .map(|(a, b)| a * f32::from(*b))
        .sum();
    lanes.iter().sum::<f32>() + rest
}

/// Brings a vector to length one; tells whether it has a direction.
pub fn normalise(vector: &mut [f32]) -> bool {
    let length = embed::dot(vector, vector).sqrt();
    if length <= 1e-9 || !length.is_finite() {
        return false;
    }
    for value in vector {
        *value /= length;
    }
    true
}
