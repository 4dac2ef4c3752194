//! The router over tables of questions: `cargo xtask bench router [--data FILE]`.
//!
//! Prints what policies give that always take one model, any model, the cheapest or the best for each
//! question, beside the router of the kernel; how regret grows; the area under the curve of quality
//! over cost; what a model costs that breaks down half way; and how long a decision takes. Without
//! `--data` the table is made up (the seed stands in [`table`]); `--ci` runs on that one alone, is
//! short, and fails when the router is no better than chance or a decision takes too long.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a bench measures time, reads its table, rounds, prints its figures and fails by panicking"
)]

mod area;
mod game;
mod pace;
mod policy;
mod table;

use std::fmt::Write as _;
use std::process::ExitCode;

use game::{Catalogue, Game};
use policy::Policy;
use table::Table;

/// Chosen: as many as the figures that it is compared with.
const SEEDS: u64 = 5;

/// What a dollar is worth in right answers. A right answer is worth one part of it.
const DOLLARS: [f64; 4] = [0.0, 20.0, 100.0, 500.0];

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let is_ci = args.iter().any(|arg| arg == "--ci");
    let file = args
        .iter()
        .position(|arg| arg == "--data")
        .and_then(|place| args.get(place + 1));
    let table = match file {
        Some(file) if !is_ci => Table::read(file),
        _ => Table::made_up(if is_ci { 1_500 } else { 4_000 }),
    };
    describe(&table);
    let is_good = regrets(&table);
    curve(&table);
    drift(&table);
    area::show(&table);
    let is_fast = pace::show(if is_ci { 500 } else { 2_000 });
    if is_ci && !(is_good && is_fast) {
        println!("over budget");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn describe(table: &Table) {
    println!("{} questions of {} kinds", table.rows.len(), table.kinds());
    println!("\n| model | right | $ for 1,000 |\n|---|---:|---:|");
    for (n, name) in table.models.iter().enumerate() {
        let (quality, cost) = table::mean(n, &table.rows);
        println!("| {name} | {quality:.3} | {:.3} |", cost * 1_000.0);
    }
    let best = |row: &table::Row| row.scores.iter().copied().fold(0.0, f64::max);
    let oracle: f64 = table.rows.iter().map(best).sum();
    println!(
        "| the best for each question | {:.3} | |",
        oracle / table.rows.len() as f64
    );
}

const POLICIES: [Policy; 9] = [
    Policy::Oracle,
    Policy::Random,
    Policy::Cheapest,
    Policy::Greedy,
    Policy::Bound,
    Policy::Router {
        catalogue: Catalogue::Same,
        kinds: true,
    },
    Policy::Router {
        catalogue: Catalogue::HeldOut,
        kinds: true,
    },
    Policy::Router {
        catalogue: Catalogue::None,
        kinds: true,
    },
    Policy::Router {
        catalogue: Catalogue::None,
        kinds: false,
    },
];

/// The dollar is scaled so that the dearest model's mean cost weighs as much as it did in the table
/// that the figures we compare with were measured on, where it was $5.015 for a thousand questions.
fn scaled(table: &Table, dollars: f64) -> f64 {
    dollars * 0.005_015 / table.dearest()
}

/// Regret against the best fixed model over one pass, mean of the seeds.
fn regrets(table: &Table) -> bool {
    println!(
        "\nRegret in right answers against the best fixed model after one pass; mean of {SEEDS} orders (least to most)\n"
    );
    println!("| policy | dollar 0 | 20 | 100 | 500 |\n|---|---:|---:|---:|---:|");
    let mut is_good = true;
    let mut random = [0.0; DOLLARS.len()];
    for policy in POLICIES {
        let mut line = format!("| {policy} ");
        for (n, dollars) in DOLLARS.into_iter().enumerate() {
            let regrets: Vec<f64> = (0..SEEDS)
                .map(|seed| {
                    let game = Game::new(table, seed, scaled(table, dollars));
                    game.play(policy).last().copied().unwrap()
                })
                .collect();
            let mean = regrets.iter().sum::<f64>() / regrets.len() as f64;
            if matches!(policy, Policy::Random) {
                random[n] = mean;
            }
            if matches!(policy, Policy::Router { .. }) && mean > random[n] / 2.0 {
                is_good = false;
            }
            let least = regrets.iter().copied().fold(f64::MAX, f64::min);
            let most = regrets.iter().copied().fold(f64::MIN, f64::max);
            write!(line, "| {mean:.0} ({least:.0} to {most:.0}) ").unwrap();
        }
        println!("{line}|");
    }
    is_good
}

/// How regret grows, at dollar 20.
fn curve(table: &Table) {
    let len = table.rows.len();
    let mut points: Vec<usize> = [50, 100, 200, 500, 1_000, 2_000, 3_000, 5_000]
        .into_iter()
        .filter(|point| *point < len)
        .collect();
    points.push(len);
    println!("\nRegret as it grows, dollar 20\n");
    print!("| policy ");
    for point in &points {
        print!("| {point} ");
    }
    println!("|\n|---{}|", "|---:".repeat(points.len()));
    for policy in POLICIES {
        let runs: Vec<Vec<f64>> = (0..SEEDS)
            .map(|seed| Game::new(table, seed, scaled(table, 20.0)).play(policy))
            .collect();
        print!("| {policy} ");
        for point in &points {
            let sum: f64 = runs.iter().map(|run| run[point - 1]).sum();
            print!("| {:.0} ", sum / runs.len() as f64);
        }
        println!("|");
    }
}

/// The best model loses two fifths of its right answers half way.
fn drift(table: &Table) {
    println!(
        "\nShare of right answers where the best model loses two fifths of its own half way, dollar 20\n"
    );
    println!("| policy | before | after | whole |\n|---|---:|---:|---:|");
    for policy in POLICIES {
        let mut halves = [0.0; 2];
        for seed in 0..SEEDS {
            let mut game = Game::new(table, seed, scaled(table, 20.0));
            game.break_the_best();
            let found = game.right(policy);
            halves[0] += found[0] / SEEDS as f64;
            halves[1] += found[1] / SEEDS as f64;
        }
        let whole = f64::midpoint(halves[0], halves[1]);
        println!(
            "| {policy} | {:.3} | {:.3} | {whole:.3} |",
            halves[0], halves[1]
        );
    }
}
