//! What is measured in a process while it runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use venom_ports::cache::Lookups;

use super::seconds;
use super::text::Page;

/// Upper ends of the ranges of times, in microseconds: from a commit into memory to a disk that is
/// overloaded.
const RANGES: [u64; 8] = [500, 1_000, 2_500, 5_000, 10_000, 25_000, 100_000, 1_000_000];

/// What is measured in this process.
#[derive(Debug, Default)]
pub struct Live {
    appends: Times,
    lookups: Arc<Lookups>,
}

impl Live {
    /// Takes the counts of lookups in the memory.
    pub fn new(lookups: Arc<Lookups>) -> Self {
        Self {
            appends: Times::default(),
            lookups,
        }
    }

    pub(super) fn lookups(&self) -> &Lookups {
        &self.lookups
    }

    /// Notes how long a batch of events took until it was safe.
    pub fn appended(&self, took: Duration) {
        self.appends.add(took);
    }

    pub(super) const fn appends(&self) -> &Times {
        &self.appends
    }
}

/// Times, sorted into ranges.
#[derive(Debug, Default)]
pub(super) struct Times {
    /// How many lie in each range and in none below it; the last are above all ranges.
    ranges: [AtomicU64; RANGES.len() + 1],
    micros: AtomicU64,
}

impl Times {
    fn add(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let range = RANGES.partition_point(|end| *end < micros);
        if let Some(count) = self.ranges.get(range) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        self.micros.fetch_add(micros, Ordering::Relaxed);
    }

    /// Writes them as a histogram. They may grow meanwhile: the sum of the ranges is the count.
    pub(super) fn write(&self, page: &mut Page) {
        let mut below = 0_u64;
        let mut ends = RANGES.iter();
        for count in &self.ranges {
            below = below.saturating_add(count.load(Ordering::Relaxed));
            let end = ends.next().map_or_else(
                || "+Inf".to_owned(),
                |end| seconds(Duration::from_micros(*end)),
            );
            page.bucket(&[], &end, below);
        }
        let micros = Duration::from_micros(self.micros.load(Ordering::Relaxed));
        page.sample("_sum", &[], seconds(micros));
        page.sample("_count", &[], below);
    }
}
