//! From margins to probabilities: one temperature, and a logistic curve over the signs of a text that is known.
//!
//! Owns both fits. They know margins and outcomes, never a text.

/// What speaks for a text being one of those that have a label.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Signs {
    /// The margin of the likeliest label.
    pub(super) best: f64,
    /// How far it is above the second.
    pub(super) lead: f64,
    /// The cosine to the nearest example of the likeliest labels.
    pub(super) nearest: f64,
    /// How far the text lies on the side of those that have no label; 0 when there are none.
    pub(super) none: f64,
}

impl Signs {
    /// With the constant one that stands for the bias.
    fn row(&self) -> [f64; SIGNS] {
        [1.0, self.best, self.lead, self.nearest, self.none]
    }
}

const SIGNS: usize = 5;
/// Keeps the weights finite where the signs part the examples without a rest. Chosen: small beside some hundred
/// examples.
const RIDGE: f64 = 0.1;
/// Steps of Newton's method; it has converged after about eight.
const STEPS: usize = 25;

/// The probability that a text has a label.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scope {
    weights: [f64; SIGNS],
}

impl Scope {
    /// Learns from texts with and without a label; nothing can be learned if one kind is missing.
    pub(super) fn new(examples: &[(Signs, bool)]) -> Option<Self> {
        let known = examples.iter().filter(|(_, is_known)| *is_known).count();
        if known == 0 || known == examples.len() {
            return None;
        }
        let mut weights = [0.0; SIGNS];
        for _ in 0..STEPS {
            let mut gradient = [0.0; SIGNS];
            let mut curvature = [[0.0; SIGNS]; SIGNS];
            for (signs, is_known) in examples {
                let row = signs.row();
                let said = logistic(product(&weights, &row));
                let wanted = f64::from(u8::from(*is_known));
                for (own, value) in gradient.iter_mut().zip(row) {
                    *own += (wanted - said) * value;
                }
                for (line, left) in curvature.iter_mut().zip(row) {
                    for (own, right) in line.iter_mut().zip(row) {
                        *own += said * (1.0 - said) * left * right;
                    }
                }
            }
            for (at, ((own, weight), line)) in gradient
                .iter_mut()
                .zip(weights)
                .zip(&mut curvature)
                .enumerate()
            {
                *own -= RIDGE * weight;
                if let Some(diagonal) = line.get_mut(at) {
                    *diagonal += RIDGE;
                }
            }
            let step = solved(curvature, gradient);
            for (weight, step) in weights.iter_mut().zip(step) {
                // Bounded, so that one step cannot throw the next one where the curve is flat.
                *weight += step.clamp(-4.0, 4.0);
            }
        }
        Some(Self { weights })
    }

    pub(super) fn probability(&self, signs: &Signs) -> f64 {
        logistic(product(&self.weights, &signs.row()))
    }
}

fn logistic(value: f64) -> f64 {
    1.0 / (1.0 + (-value).exp())
}

fn product(left: &[f64; SIGNS], right: &[f64; SIGNS]) -> f64 {
    left.iter().zip(right).map(|(a, b)| a * b).sum()
}

/// Gauss and Jordan; the ridge keeps the matrix positive, so that no pivot has to be looked for.
fn solved(mut matrix: [[f64; SIGNS]; SIGNS], mut wanted: [f64; SIGNS]) -> [f64; SIGNS] {
    for column in 0..SIGNS {
        let (Some(pivot), Some(value)) = (matrix.get(column).copied(), wanted.get(column).copied())
        else {
            continue;
        };
        let Some(diagonal) = pivot
            .get(column)
            .copied()
            .filter(|value| value.abs() > 1e-12)
        else {
            continue;
        };
        for (at, (line, own)) in matrix.iter_mut().zip(&mut wanted).enumerate() {
            if at == column {
                continue;
            }
            let factor = line.get(column).copied().unwrap_or_default() / diagonal;
            for (cell, above) in line.iter_mut().zip(pivot) {
                *cell -= factor * above;
            }
            *own -= factor * value;
        }
    }
    let mut solution = [0.0; SIGNS];
    for (at, (own, (line, value))) in solution
        .iter_mut()
        .zip(matrix.iter().zip(wanted))
        .enumerate()
    {
        let diagonal = line.get(at).copied().unwrap_or(1.0);
        *own = if diagonal.abs() > 1e-12 {
            value / diagonal
        } else {
            0.0
        };
    }
    solution
}

/// Shares that add up to one: what margins say at a temperature, here the factor that they are multiplied by.
pub(super) fn softmax(margins: &[f32], temperature: f64) -> Vec<f64> {
    let highest = margins.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let raised: Vec<f64> = margins
        .iter()
        .map(|margin| (temperature * f64::from(margin - highest)).exp())
        .collect();
    let sum: f64 = raised.iter().sum();
    raised.into_iter().map(|value| value / sum).collect()
}

/// Finds the temperature under which the right labels are likeliest. The loss has one minimum, which lies between a
/// hundredth and a hundred; thirds of the logarithm are cut off until it is known to a thousandth.
pub(super) fn temperature(judged: &[(&[f32], usize)]) -> f64 {
    if judged.is_empty() {
        return 1.0;
    }
    let loss = |temperature: f64| -> f64 {
        let said = judged.iter().map(|(margins, right)| {
            let share = softmax(margins, temperature).get(*right).copied();
            -share.unwrap_or_default().max(1e-12).ln()
        });
        said.sum()
    };
    let (mut low, mut high) = (0.01_f64.ln(), 100.0_f64.ln());
    while high - low > 1e-3 {
        let third = (high - low) / 3.0;
        if loss((low + third).exp()) < loss((high - third).exp()) {
            high -= third;
        } else {
            low += third;
        }
    }
    f64::midpoint(low, high).exp()
}
