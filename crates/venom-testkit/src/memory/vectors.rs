//! Vectors in memory, which can be made to fail, to forget, and to go back in time.

use std::collections::BTreeMap;
use std::sync::Mutex;

use venom_ports::memory::vectors::{Opened, Placed, Sought, Vectors};
use venom_ports::{Failure, Result};

use super::lock;

#[derive(Debug, Clone, Default)]
struct Inner {
    held: BTreeMap<u64, Placed>,
    is_made: bool,
    sets: u64,
    failing: Option<Failure>,
    asked: u64,
}

/// Keeps vectors and compares all of them.
#[derive(Debug, Default)]
pub struct MemoryVectors {
    inner: Mutex<Inner>,
}

impl MemoryVectors {
    /// Makes an empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets everything fail from now on, or work again.
    pub fn fail(&self, failure: Option<Failure>) {
        lock(&self.inner).failing = failure;
    }

    /// Loses a vector, as a service does that was brought back from an older copy.
    pub fn lose(&self, number: u64) {
        lock(&self.inner).held.remove(&number);
    }

    /// Returns how often it was asked for what is near.
    pub fn asked(&self) -> u64 {
        lock(&self.inner).asked
    }

    fn open_inner<T>(&self, work: impl FnOnce(&mut Inner) -> T) -> Result<T> {
        let mut inner = lock(&self.inner);
        if let Some(failure) = &inner.failing {
            return Err(failure.clone());
        }
        if !inner.is_made {
            inner.is_made = true;
            inner.sets += 1;
        }
        Ok(work(&mut inner))
    }
}

fn product(one: &[f32], other: &[f32]) -> f32 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

impl Vectors for MemoryVectors {
    fn name(&self) -> &'static str {
        "vectors in memory"
    }

    fn open(&self) -> Result<Opened> {
        self.open_inner(|inner| Opened {
            version: "1".to_owned(),
            set: inner.sets.to_string(),
        })
    }

    fn put(&self, placed: &[Placed]) -> Result<()> {
        self.open_inner(|inner| {
            let placed = placed.iter().cloned();
            inner.held.extend(placed.map(|one| (one.number, one)));
        })
    }

    fn remove(&self, numbers: &[u64]) -> Result<()> {
        self.open_inner(|inner| inner.held.retain(|number, _| !numbers.contains(number)))
    }

    fn nearest(&self, sought: &Sought) -> Result<Vec<u64>> {
        self.open_inner(|inner| {
            inner.asked += 1;
            let fits = |one: &&Placed| {
                sought.since.is_none_or(|since| one.time >= since)
                    && sought.until.is_none_or(|until| one.time <= until)
                    && sought
                        .thread
                        .is_none_or(|thread| one.thread == Some(thread))
                    && sought
                        .speakers
                        .as_ref()
                        .is_none_or(|speakers| speakers.contains(&one.speaker))
            };
            let mut near: Vec<(f32, u64)> = inner
                .held
                .values()
                .filter(fits)
                .map(|one| (product(&one.vector, &sought.vector), one.number))
                .collect();
            near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            near.truncate(sought.wanted);
            near.into_iter().map(|(_, number)| number).collect()
        })
    }

    fn count(&self) -> Result<u64> {
        self.open_inner(|inner| inner.held.len() as u64)
    }

    fn numbers(&self, offset: u64, limit: usize) -> Result<Vec<u64>> {
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        self.open_inner(|inner| {
            inner
                .held
                .keys()
                .copied()
                .skip(offset)
                .take(limit)
                .collect()
        })
    }

    fn get(&self, numbers: &[u64]) -> Result<BTreeMap<u64, Vec<f32>>> {
        self.open_inner(|inner| {
            numbers
                .iter()
                .filter_map(|number| Some((*number, inner.held.get(number)?.vector.clone())))
                .collect()
        })
    }

    fn clear(&self) -> Result<()> {
        self.open_inner(|inner| {
            inner.held.clear();
            inner.is_made = false;
        })
    }
}
