#![expect(
    clippy::float_arithmetic,
    clippy::cast_possible_truncation,
    clippy::many_single_char_names,
    reason = "the reference that the integers are held to, in the letters of the textbooks"
)]

use super::*;
use crate::route::fixed;

const UNIT: f64 = 4_294_967_296.0;

/// The bound that `fixed` promises.
const BOUND: f64 = 1.0 / 67_108_864.0;

fn near(found: f64, right: f64, what: &str) {
    let error = (found - right).abs() / right.abs().max(1.0);
    assert!(error < BOUND, "{what}: {found} instead of {right}");
}

#[test]
fn logarithm_exponential_and_root_are_what_they_are_within_the_bound() {
    let mut stream = Stream::new(1, "numbers");
    for n in 0..20_000_u32 {
        let number = stream.word() >> (n % 64);
        let real = number.max(1) as f64 / UNIT;
        near(fixed::ln(number, 32) as f64 / UNIT, real.ln(), "ln");
        near(
            fixed::root(number) as f64 / UNIT,
            (number as f64 / UNIT).sqrt(),
            "root",
        );
        // From e^-21 to e^21, which is what there is room for.
        let power = (stream.word() % (42 << 32)).cast_signed() - (21 << 32);
        near(
            fixed::exp(power) as f64 / UNIT,
            (power as f64 / UNIT).exp(),
            "exp",
        );
    }
    assert_eq!(fixed::exp(i64::MAX), u64::MAX);
    assert_eq!(fixed::exp(i64::MIN), 0);
    assert_eq!(fixed::root(0), 0);
    assert_eq!(fixed::ratio(1, 0), u64::MAX);
}

/// The continued fraction of the incomplete beta function (Lentz's method).
fn beta_cdf(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - beta_cdf(1.0 - x, b, a);
    }
    let ln_front = ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (1.0 - x).ln();
    let (mut c, mut d) = (1.0, 1.0 / (1.0 - (a + b) * x / (a + 1.0)));
    let mut h = d;
    for m in 1..500 {
        let m = f64::from(m);
        for term in [
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0)),
        ] {
            d = 1.0 / (1.0 + term * d);
            c = 1.0 + term / c;
            h *= c * d;
        }
    }
    ln_front.exp() * h / a
}

/// Stirling's series after moving the argument up.
fn ln_gamma(mut x: f64) -> f64 {
    let mut shift = 0.0;
    while x < 20.0 {
        shift += x.ln();
        x += 1.0;
    }
    let series = 1.0 / (12.0 * x) - 1.0 / (360.0 * x.powi(3)) + 1.0 / (1260.0 * x.powi(5));
    (x - 0.5).mul_add(x.ln(), -x) + 0.5 * std::f64::consts::TAU.ln() + series - shift
}

fn normal_cdf(z: f64) -> f64 {
    // Simpson's rule over the density; exact to far below what is asked.
    let steps = 2_000;
    let width = z / f64::from(steps);
    let density = |x: f64| (-x * x / 2.0).exp() / std::f64::consts::TAU.sqrt();
    let sum: f64 = (0..steps)
        .map(|n| {
            let x = f64::from(n) * width;
            density(x) + 4.0 * density(x + width / 2.0) + density(x + width)
        })
        .sum();
    0.5 + sum * width / 6.0
}

/// The largest distance between what was drawn and what should be; below 1.95 / sqrt(n) in 999 cases
/// of a thousand if they are the same (Kolmogorov and Smirnov), and the words never change.
fn distance(mut drawn: Vec<f64>, cdf: impl Fn(f64) -> f64) -> f64 {
    drawn.sort_by(f64::total_cmp);
    let n = drawn.len() as f64;
    drawn
        .iter()
        .enumerate()
        .map(|(place, x)| {
            let right = cdf(*x);
            (right - place as f64 / n)
                .abs()
                .max(((place + 1) as f64 / n - right).abs())
        })
        .fold(0.0, f64::max)
}

const DRAWS: usize = 4_000;

fn allowed() -> f64 {
    1.95 / (DRAWS as f64).sqrt()
}

#[test]
fn normals_are_normal() {
    let mut stream = Stream::new(7, "normal");
    let drawn: Vec<f64> = (0..DRAWS).map(|_| stream.normal() as f64 / UNIT).collect();
    let found = distance(drawn, normal_cdf);
    assert!(found < allowed(), "{found}");
}

#[test]
fn betas_follow_the_beta_distribution() {
    for (good, bad) in [
        (1.0, 1.0),
        (1.0, 30.0),
        (1.5, 1.25),
        (8.5, 3.5),
        (40.0, 2.0),
        (400.0, 120.0),
        (3.0, 500.0),
    ] {
        let mut stream = Stream::new(11, "beta");
        let fixed = |x: f64| fixed::of_millionths((x * 1e6).round() as i64);
        let drawn = (0..DRAWS)
            .map(|_| stream.beta(fixed(good), fixed(bad)) as f64 / UNIT)
            .collect();
        let found = distance(drawn, |x| beta_cdf(x, good, bad));
        assert!(found < allowed(), "Beta({good}, {bad}): {found}");
    }
}

/// A machine that draws otherwise could not explain what another one chose.
#[test]
fn the_same_word_gives_the_same_draw_everywhere() {
    let mut stream = Stream::new(42, "ollama/llama3.1");
    let drawn: Vec<u64> = (0..3)
        .map(|_| {
            stream.beta(
                fixed::of_millionths(9_500_000),
                fixed::of_millionths(2_500_000),
            )
        })
        .collect();
    assert_eq!(drawn, [2_175_794_899, 3_617_718_088, 3_805_428_194]);
    let mut other = Stream::new(42, "ollama/llama3.2");
    assert_ne!(other.word(), Stream::new(42, "ollama/llama3.1").word());
}

#[test]
fn shapes_that_make_no_sense_do_no_harm() {
    let mut stream = Stream::new(3, "odd");
    for (good, bad) in [(0, 0), (-5, i64::MIN), (i64::MAX, i64::MAX), (i64::MAX, 0)] {
        let drawn = stream.beta(good, bad);
        assert!(drawn <= ONE.cast_unsigned());
    }
}
