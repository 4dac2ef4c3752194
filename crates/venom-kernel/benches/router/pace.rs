//! How long one decision takes with thirty models.

use std::collections::BTreeMap;
use std::time::Instant;

use venom_kernel::budget::Caps;
use venom_kernel::model::{Kind, ModelInfo, Price, Privacy};
use venom_kernel::money::MicroUsd;
use venom_kernel::route::{Candidate, Cost, Demand, Outcome, Prefer, Stats, choose, learn};
use venom_kernel::time::Millis;

use crate::game::id;
use crate::table::Random;

const MODELS: usize = 30;

/// Decisions in one batch: enough for a clock with a resolution of a microsecond, and over within a
/// millisecond, so that some batch is left alone on a busy machine.
const BATCH: u32 = 20;

/// The promise, in microseconds. The best batch is compared, because on a shared machine the others
/// measure the neighbours.
const BUDGET: f64 = 50.0;

pub(crate) fn show(batches: usize) -> bool {
    println!("\nOne decision with {MODELS} models, microseconds; {batches} batches of {BATCH}\n");
    println!("| models | on the front | best | median |\n|---|---:|---:|---:|");
    let mut is_fast = true;
    for (name, is_level) in [("all on the front", true), ("as they come", false)] {
        let (front, times) = measure(batches, is_level);
        let best = times[0];
        println!(
            "| {name} | {front} | {best:.1} | {:.1} |",
            times[times.len() / 2]
        );
        is_fast &= best < BUDGET;
    }
    is_fast
}

/// Number of models on the front and the times of the batches, in order.
fn measure(batches: usize, is_level: bool) -> (usize, Vec<f64>) {
    let mut random = Random(3);
    let infos: Vec<ModelInfo> = (0..MODELS)
        .map(|n| {
            // On a level front who is dearer is better.
            let rank = if is_level { n } else { random.below(MODELS) };
            ModelInfo {
                id: id(n),
                context: 200_000,
                max_output: 8_192,
                price: Price {
                    input: MicroUsd::new(100_000 * (n as u64 + 1)),
                    output: MicroUsd::new(500_000 * (n as u64 + 1)),
                    ..Price::FREE
                },
                privacy: Privacy::Cloud,
                tools: true,
                schema: true,
                images: true,
                thinking: true,
                quality: BTreeMap::from([(Kind::Code, 100 + 29 * rank as u16)]),
                typical: Millis::new(900 + 40 * random.below(60) as u64),
            }
        })
        .collect();
    let stats: Vec<Stats> = infos
        .iter()
        .map(|info| {
            let mut stats = Stats::default();
            let prior = info.prior(Kind::Code);
            for _ in 0..200 {
                let outcome = Outcome {
                    verified: Some(random.unit() * 1_000.0 < f64::from(prior)),
                    took: Some(Millis::new(500 + random.word() % 2_000)),
                    cost: Some(Cost {
                        real: MicroUsd::new(5_000 + random.word() % 5_000),
                        expected: MicroUsd::new(7_000),
                    }),
                    ..Outcome::of(Kind::Code)
                };
                learn(&mut stats, info, &outcome);
            }
            stats
        })
        .collect();
    let candidates: Vec<Candidate<'_>> = infos
        .iter()
        .zip(&stats)
        .map(|(info, stats)| Candidate::new(info, Some(stats)))
        .collect();
    let demand = Demand {
        kind: Kind::Code,
        prompt: 12_000,
        output: 900,
        longest: 4_096,
        needs: Vec::new(),
        privacy: Privacy::Cloud,
        left: Caps::money(MicroUsd::new(5_000_000)),
        prefer: Prefer::Balanced,
        worth: None,
        pin: None,
    };
    let front = choose(&demand, &candidates, 0).unwrap().front.len();
    let mut times: Vec<f64> = (0..batches)
        .map(|_| {
            let started = Instant::now();
            for _ in 0..BATCH {
                let choice = choose(&demand, &candidates, random.word());
                std::hint::black_box(&choice).as_ref().unwrap();
            }
            started.elapsed().as_secs_f64() * 1e6 / f64::from(BATCH)
        })
        .collect();
    times.sort_by(f64::total_cmp);
    (front, times)
}
