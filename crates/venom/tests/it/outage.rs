//! Campaigns: the real binary is killed, its calls fail and the power goes at every call that it
//! makes to the disk. Nothing is built into it for this; `venom-outage` stops it from outside.
//!
//! `cargo xtask test` takes a sample of each campaign; `cargo xtask campaign` takes every point and
//! prints what came of it. docs/bench/campaigns.md keeps the last figures.

mod faults;
mod kill;
mod power;
mod scene;
mod sink;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use venom_outage::watch;

/// How much of a campaign is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Size {
    /// So many points, spread over all.
    Sample(usize),
    /// Every point.
    Full,
}

impl Size {
    /// Reads it from the environment, where `cargo xtask campaign` writes it.
    fn or_sample(points: usize) -> Self {
        let is_full =
            std::env::vars_os().any(|(name, value)| name == "VENOM_CAMPAIGN" && value == "full");
        if is_full {
            Self::Full
        } else {
            Self::Sample(points)
        }
    }

    /// Chooses among `count` points.
    fn choose(self, count: usize) -> Vec<usize> {
        match self {
            Self::Full => (0..count).collect(),
            Self::Sample(points) => (0..points.min(count))
                .map(|number| number * count / points.min(count))
                .collect(),
        }
    }
}

/// What a campaign counted, by name.
#[derive(Debug, Default)]
struct Tally(BTreeMap<String, usize>);

impl Tally {
    fn count(&mut self, name: &str) {
        *self.0.entry(name.to_owned()).or_default() += 1;
    }

    fn join(&mut self, other: Self) {
        for (name, count) in other.0 {
            *self.0.entry(name).or_default() += count;
        }
    }

    fn get(&self, name: &str) -> usize {
        self.0.get(name).copied().unwrap_or(0)
    }

    /// Prints it in the form that `cargo xtask campaign` passes on.
    fn say(&self, campaign: &str) {
        let mut line = format!("CAMPAIGN {campaign}:");
        for (name, count) in &self.0 {
            let _infallible = write!(line, " {name} {count},");
        }
        println!("{}", line.trim_end_matches(','));
    }
}

/// How many points are tried at the same time. Chosen: twice the cores of a small machine.
const WORKERS: usize = 4;

/// Tells whether programs can be watched here; says so in the form that the automation counts if not.
fn can_watch() -> bool {
    let can = watch::is_possible();
    if !can {
        println!("SKIPPED: this machine lets no program be watched at its system calls");
    }
    can
}

/// Does something for each of these, a few at a time: each one waits for processes most of its time.
fn each(items: Vec<usize>, work: &(dyn Fn(usize, &mut Tally) + Sync)) -> Tally {
    let items = std::sync::Mutex::new(items.into_iter());
    let worker = || {
        let mut tally = Tally::default();
        loop {
            let item = items.lock().expect("no worker panicked").next();
            match item {
                Some(item) => work(item, &mut tally),
                None => return tally,
            }
        }
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS).map(|_| scope.spawn(worker)).collect();
        let mut all = Tally::default();
        for worker in workers {
            all.join(worker.join().expect("every point comes to the same"));
        }
        all
    })
}
