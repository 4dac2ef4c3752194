//! The area under the curve of quality over cost, between the mean costs of the cheapest and of the
//! dearest model, divided by the distance (AIQ of RouterBench).
//!
//! The curve is the upper hull of what a policy reaches at many prices of a dollar: between two points
//! one can mix, and who has the money for more is not worse off than who has less.

use crate::game::{Catalogue, Router};
use crate::table::{Random, Row, Table, shuffled};

/// Prices of a dollar, as powers of two around the one at which the dearest model's mean cost is worth a
/// right answer.
const STEPS: i32 = 40;

pub(crate) fn show(table: &Table) {
    let test: Vec<Row> = table
        .rows
        .iter()
        .filter(|row| row.is_test)
        .cloned()
        .collect();
    let training = table.rows.iter().filter(|row| !row.is_test).cloned();
    let training = shuffled(training.collect(), 1);
    let singles: Vec<(f64, f64)> = (0..table.models.len())
        .map(|model| point(&test, |_| model))
        .collect();
    let least = singles.iter().map(|point| point.0).fold(f64::MAX, f64::min);
    let most = singles.iter().map(|point| point.0).fold(0.0, f64::max);
    println!(
        "\nArea under quality over cost, {} questions for the test, {} for training\n",
        test.len(),
        training.len()
    );
    println!("| policy | area | quality at a fifth of the dearest cost |\n|---|---:|---:|");
    let line = |name: &str, points: &[(f64, f64)]| {
        let hull = hull(points, most);
        println!(
            "| {name} | {:.4} | {:.3} |",
            area(&hull, least, most),
            height(&hull, most / 5.0)
        );
    };
    line("hull of single models", &singles);
    for (name, has_kinds) in [
        ("ours, learnt from the training part, kinds unknown", false),
        ("ours, learnt from the training part", true),
    ] {
        let points: Vec<(f64, f64)> = dollars(table)
            .map(|dollars| {
                let mut router = Router::new(table, Catalogue::None, has_kinds, dollars);
                for row in &training {
                    for model in 0..table.models.len() {
                        router.learn(row, model);
                    }
                }
                let mut random = Random(7);
                point(&test, |row| router.choose(row, random.word()))
            })
            .collect();
        line(name, &points);
    }
    let points: Vec<(f64, f64)> = dollars(table)
        .map(|dollars| {
            let mut router = Router::new(table, Catalogue::None, true, dollars);
            let mut random = Random(7);
            for row in &training {
                let model = router.choose(row, random.word());
                router.learn(row, model);
            }
            point(&test, |row| router.choose(row, random.word()))
        })
        .collect();
    line(
        "ours, learnt from its own choices in the training part",
        &points,
    );
    let points: Vec<(f64, f64)> = dollars(table)
        .map(|dollars| {
            point(&test, |row| {
                let worth = |model: usize| row.scores[model] - dollars * row.costs[model];
                (0..table.models.len())
                    .max_by(|one, two| worth(*one).total_cmp(&worth(*two)))
                    .unwrap()
            })
        })
        .collect();
    line("oracle", &points);
}

fn dollars(table: &Table) -> impl Iterator<Item = f64> {
    let unit = 1.0 / table.dearest();
    (0..STEPS).map(move |n| unit * 2_f64.powf(f64::from(n) / 2.0 - 12.0))
}

/// Mean cost and quality.
fn point(rows: &[Row], mut choose: impl FnMut(&Row) -> usize) -> (f64, f64) {
    let sum = rows.iter().fold((0.0, 0.0), |(cost, score), row| {
        let model = choose(row);
        (cost + row.costs[model], score + row.scores[model])
    });
    (sum.0 / rows.len() as f64, sum.1 / rows.len() as f64)
}

/// The upper hull from the cheapest point to the best one, and level from there.
fn hull(points: &[(f64, f64)], most: f64) -> Vec<(f64, f64)> {
    let mut points = points.to_vec();
    points.sort_by(|one, two| one.0.total_cmp(&two.0).then(two.1.total_cmp(&one.1)));
    let mut hull: Vec<(f64, f64)> = Vec::new();
    for point in points {
        if hull.last().is_some_and(|last| point.1 <= last.1) {
            continue;
        }
        while let [.., one, two] = hull[..] {
            let is_below =
                (two.1 - one.1) * (point.0 - one.0) <= (point.1 - one.1) * (two.0 - one.0);
            if !is_below {
                break;
            }
            hull.pop();
        }
        hull.push(point);
    }
    if let Some(last) = hull.last().copied() {
        hull.push((most.max(last.0), last.1));
    }
    hull
}

fn height(hull: &[(f64, f64)], cost: f64) -> f64 {
    hull.windows(2)
        .find(|pair| pair[0].0 <= cost && cost <= pair[1].0)
        .map_or_else(
            || {
                hull.first()
                    .filter(|first| cost >= first.0)
                    .map_or(0.0, |first| first.1)
            },
            |pair| {
                let width = (pair[1].0 - pair[0].0).max(f64::MIN_POSITIVE);
                pair[0].1 + (pair[1].1 - pair[0].1) * (cost - pair[0].0) / width
            },
        )
}

fn area(hull: &[(f64, f64)], least: f64, most: f64) -> f64 {
    let steps = 20_000;
    let width = (most - least) / f64::from(steps);
    (0..steps)
        .map(|n| height(hull, least + (f64::from(n) + 0.5) * width))
        .sum::<f64>()
        / f64::from(steps)
}
