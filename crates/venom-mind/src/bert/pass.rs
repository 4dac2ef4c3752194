//! One layer of an encoder: every piece looks at all pieces of its sentence, and is then thought over by itself.
//!
//! The large products are those of `ndarray`, which uses what the processor has; the rest is plain loops.

use std::ops::Range;

use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayView2, ArrayViewMut2, s};

use super::shape::Shape;

/// A weight a pair of input and output, and something to add.
struct Dense {
    inputs: usize,
    outputs: usize,
    weight: Vec<f32>,
    bias: Vec<f32>,
}

impl Dense {
    /// Writes what becomes of each row.
    fn apply(&self, rows: &[f32], into: &mut Vec<f32>) -> Option<()> {
        let count = rows.len() / self.inputs;
        into.clear();
        for _ in 0..count {
            into.extend_from_slice(&self.bias);
        }
        let rows = ArrayView2::from_shape((count, self.inputs), rows).ok()?;
        let weight = ArrayView2::from_shape((self.outputs, self.inputs), &self.weight).ok()?;
        let mut into = ArrayViewMut2::from_shape((count, self.outputs), into).ok()?;
        general_mat_mul(1.0, &rows, &weight.t(), 1.0, &mut into);
        Some(())
    }
}

/// The weights of a layer.
pub(super) struct Layer {
    /// Queries, keys and values in one.
    look: Dense,
    seen: Dense,
    seen_norm: (Vec<f32>, Vec<f32>),
    wide: Dense,
    narrow: Dense,
    norm: (Vec<f32>, Vec<f32>),
}

impl Layer {
    /// Puts a layer together from its tensors, which were held to the shape before.
    pub(super) fn of(shape: &Shape, mut take: impl FnMut(&str) -> Vec<f32>) -> Self {
        let (size, between) = (shape.size, shape.between);
        let mut look = Dense {
            inputs: size,
            outputs: 3 * size,
            weight: Vec::with_capacity(3 * size * size),
            bias: Vec::with_capacity(3 * size),
        };
        for name in ["query", "key", "value"] {
            look.weight
                .append(&mut take(&format!("attention.self.{name}.weight")));
            look.bias
                .append(&mut take(&format!("attention.self.{name}.bias")));
        }
        let mut dense = |name: &str, inputs: usize, outputs: usize| Dense {
            inputs,
            outputs,
            weight: take(&format!("{name}.weight")),
            bias: take(&format!("{name}.bias")),
        };
        let seen = dense("attention.output.dense", size, size);
        let wide = dense("intermediate.dense", size, between);
        let narrow = dense("output.dense", between, size);
        let mut norm = |name: &str| {
            (
                take(&format!("{name}.weight")),
                take(&format!("{name}.bias")),
            )
        };
        Self {
            look,
            seen,
            seen_norm: norm("attention.output.LayerNorm"),
            wide,
            narrow,
            norm: norm("output.LayerNorm"),
        }
    }

    /// Changes the rows of sentences, each of which has a span of them.
    pub(super) fn apply(
        &self,
        rows: &mut [f32],
        sentences: &[Range<usize>],
        shape: &Shape,
    ) -> Option<()> {
        let size = shape.size;
        let mut looked = Vec::new();
        self.look.apply(rows, &mut looked)?;
        let mut mixed = vec![0.0_f32; rows.len()];
        attend(&looked, &mut mixed, sentences, shape)?;
        drop(looked);
        let mut made = Vec::with_capacity(rows.len());
        self.seen.apply(&mixed, &mut made)?;
        add(rows, &made);
        normalise_rows(rows, &self.seen_norm.0, &self.seen_norm.1, shape.epsilon);
        let mut wide = Vec::with_capacity(rows.len() / size * shape.between);
        self.wide.apply(rows, &mut wide)?;
        for value in &mut wide {
            *value = gelu(*value);
        }
        self.narrow.apply(&wide, &mut made)?;
        add(rows, &made);
        normalise_rows(rows, &self.norm.0, &self.norm.1, shape.epsilon);
        Some(())
    }
}

/// Mixes the values of each sentence by how well queries and keys agree, head by head.
fn attend(
    looked: &[f32],
    mixed: &mut [f32],
    sentences: &[Range<usize>],
    shape: &Shape,
) -> Option<()> {
    let size = shape.size;
    let wide = size / shape.heads;
    let count = mixed.len() / size;
    let looked = ArrayView2::from_shape((count, 3 * size), looked).ok()?;
    let mut mixed = ArrayViewMut2::from_shape((count, size), mixed).ok()?;
    let scale = 1.0 / (wide as f32).sqrt();
    let mut shares: Vec<f32> = Vec::new();
    for span in sentences {
        let length = span.len();
        for head in 0..shape.heads {
            let part = |which: usize| {
                let from = which * size + head * wide;
                looked.slice(s![span.clone(), from..from + wide])
            };
            let (query, key, value) = (part(0), part(1), part(2));
            shares.clear();
            shares.resize(length * length, 0.0);
            let mut view = ArrayViewMut2::from_shape((length, length), &mut shares).ok()?;
            general_mat_mul(scale, &query, &key.t(), 0.0, &mut view);
            for row in shares.chunks_exact_mut(length) {
                soften(row);
            }
            let view = ArrayView2::from_shape((length, length), &shares).ok()?;
            let mut into = mixed.slice_mut(s![span.clone(), head * wide..(head + 1) * wide]);
            general_mat_mul(1.0, &view, &value, 0.0, &mut into);
        }
    }
    Some(())
}

/// Turns numbers into shares of one.
fn soften(row: &mut [f32]) {
    let most = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0;
    for value in row.iter_mut() {
        *value = (*value - most).exp();
        sum += *value;
    }
    for value in row {
        *value /= sum;
    }
}

fn add(rows: &mut [f32], others: &[f32]) {
    for (value, other) in rows.iter_mut().zip(others) {
        *value += other;
    }
}

/// Brings the numbers of each row to mean zero and spread one, and then to weight and bias.
pub(super) fn normalise_rows(rows: &mut [f32], weight: &[f32], bias: &[f32], epsilon: f32) {
    let size = weight.len().max(1);
    for row in rows.chunks_exact_mut(size) {
        let mean = row.iter().sum::<f32>() / size as f32;
        let spread = row
            .iter()
            .map(|value| (value - mean) * (value - mean))
            .sum::<f32>()
            / size as f32;
        let scale = 1.0 / (spread + epsilon).sqrt();
        for (value, (weight, bias)) in row.iter_mut().zip(weight.iter().zip(bias)) {
            *value = (*value - mean) * scale * weight + bias;
        }
    }
}

/// The Gaussian error linear unit, by the error function itself and not by its likeness to a hyperbola.
pub(super) fn gelu(value: f32) -> f32 {
    0.5 * value * (1.0 + erf(value * std::f32::consts::FRAC_1_SQRT_2))
}

/// The error function, wrong by at most 1.5e-7 (Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26).
fn erf(value: f32) -> f32 {
    let far = value.abs();
    let t = 1.0 / (1.0 + 0.327_591_1 * far);
    let sum = ((((1.061_405_4 * t - 1.453_152) * t + 1.421_413_8) * t - 0.284_496_74) * t
        + 0.254_829_6)
        * t;
    (1.0 - sum * (-far * far).exp()).copysign(value)
}
