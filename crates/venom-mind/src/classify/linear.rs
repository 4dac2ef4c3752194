//! Linear classifiers, one label against the rest.
//!
//! Owns the training: dual coordinate descent on the squared hinge loss (Hsieh, Chang, Lin, Keerthi and Sundararajan,
//! ICML 2008, algorithm 3 with shrinking). The order in which examples are visited comes from a generator with a fixed
//! seed, so that the same examples give the same weights.

use super::grams::Row;
use crate::embed::dot;

/// How far the gradients of the examples may lie apart at the end. LIBLINEAR's choice for this loss.
const TOLERANCE: f32 = 0.1;
/// What is asked of a training.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    /// What a sample on the wrong side costs.
    pub(crate) cost: f32,
    /// Bounds the passes over the samples; shrinking leaves few of them after ten.
    pub(crate) passes: usize,
}

/// One text as the classifier sees it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sample {
    /// Its vector, scaled.
    pub(crate) dense: Vec<f32>,
    /// Its words and runs, scaled.
    pub(crate) sparse: Row,
}

impl Sample {
    /// The product with itself and with the constant one that stands for the bias.
    fn square(&self) -> f32 {
        let sparse: f32 = self.sparse.iter().map(|(_, weight)| weight * weight).sum();
        dot(&self.dense, &self.dense) + sparse + 1.0
    }
}

/// A plane between one label and the rest.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Plane {
    dense: Vec<f32>,
    sparse: Vec<f32>,
    bias: f32,
}

impl Plane {
    /// Reads what [`Plane::numbers`] gave, of a plane without sparse features.
    pub(crate) fn of(numbers: &[f32]) -> Option<Self> {
        let (bias, dense) = numbers.split_last()?;
        numbers
            .iter()
            .all(|number| number.is_finite())
            .then(|| Self {
                dense: dense.to_vec(),
                sparse: Vec::new(),
                bias: *bias,
            })
    }

    /// Returns the dense weights and then the bias.
    pub(crate) fn numbers(&self) -> Vec<f32> {
        let dense = self.dense.iter().copied();
        dense.chain([self.bias]).collect()
    }

    /// Returns the number of dense weights.
    pub(crate) fn size(&self) -> usize {
        self.dense.len()
    }

    /// Returns how far a sample lies on the label's side.
    pub(crate) fn margin(&self, sample: &Sample) -> f32 {
        let mut sum = self.bias + dot(&self.dense, &sample.dense);
        for (at, weight) in &sample.sparse {
            sum += weight * self.sparse.get(*at as usize).copied().unwrap_or_default();
        }
        sum
    }

    fn add(&mut self, sample: &Sample, step: f32) {
        for (own, value) in self.dense.iter_mut().zip(&sample.dense) {
            *own += step * value;
        }
        for (at, weight) in &sample.sparse {
            if let Some(own) = self.sparse.get_mut(*at as usize) {
                *own += step * weight;
            }
        }
        self.bias += step;
    }
}

/// A sample on its way through the descent.
struct Coordinate<'a> {
    sample: &'a Sample,
    side: f32,
    square: f32,
    alpha: f32,
}

/// Trains the plane of one label. `positive` tells which of the samples have it; `features` is the number of
/// sparse ones.
pub(crate) fn train(
    samples: &[&Sample],
    positive: &[bool],
    features: usize,
    effort: Effort,
) -> Plane {
    let size = samples.first().map_or(0, |sample| sample.dense.len());
    let mut plane = Plane {
        dense: vec![0.0; size],
        sparse: vec![0.0; features],
        bias: 0.0,
    };
    let diagonal = 0.5 / effort.cost;
    let mut coordinates: Vec<Coordinate<'_>> = samples
        .iter()
        .zip(positive)
        .map(|(sample, positive)| Coordinate {
            sample,
            side: if *positive { 1.0 } else { -1.0 },
            square: sample.square() + diagonal,
            alpha: 0.0,
        })
        .collect();
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let mut active = coordinates.len();
    let mut bound = f32::INFINITY;
    for _ in 0..effort.passes {
        let (mut highest, mut lowest) = (f32::NEG_INFINITY, f32::INFINITY);
        let mut at = 0;
        // Fisher and Yates as the pass goes on: what is visited next is drawn from what is left.
        while at < active {
            let drawn = at + random.below(active - at);
            coordinates.swap(at, drawn);
            let Some(coordinate) = coordinates.get_mut(at) else {
                break;
            };
            let gradient = coordinate.side * plane.margin(coordinate.sample) - 1.0
                + diagonal * coordinate.alpha;
            let mut projected = gradient;
            if coordinate.alpha <= 0.0 {
                if gradient > bound {
                    // It lies far on its own side: not looked at again until the others are done.
                    active -= 1;
                    coordinates.swap(at, active);
                    continue;
                }
                projected = gradient.min(0.0);
            }
            highest = highest.max(projected);
            lowest = lowest.min(projected);
            if projected.abs() > 1e-9 {
                let before = coordinate.alpha;
                coordinate.alpha = (before - gradient / coordinate.square).max(0.0);
                let step = (coordinate.alpha - before) * coordinate.side;
                plane.add(coordinate.sample, step);
            }
            at += 1;
        }
        if highest - lowest <= TOLERANCE {
            if active == coordinates.len() {
                break;
            }
            active = coordinates.len();
            bound = f32::INFINITY;
        } else {
            bound = if highest <= 0.0 {
                f32::INFINITY
            } else {
                highest
            };
        }
    }
    plane
}

/// SplitMix64, with the constants its author published.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Draws a number below a count that is not zero.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the rest of a division by a usize fits it"
        )]
        let drawn = (self.next() % count.max(1) as u64) as usize;
        drawn
    }

    /// Brings things into a random order (Fisher and Yates).
    pub(crate) fn shuffle<T>(&mut self, things: &mut [T]) {
        for at in (1..things.len()).rev() {
            things.swap(at, self.below(at + 1));
        }
    }
}
