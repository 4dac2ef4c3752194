//! Rows by some of their columns: a hash table of the newest row of each key, and a chain of older
//! ones. Four bytes a row and eight to sixteen a key.

use super::{hash, slot};

/// No row.
pub(crate) const NONE: u32 = u32::MAX;

#[derive(Debug)]
pub(crate) struct Index {
    columns: Box<[usize]>,
    /// The newest row of each key and one; 0 is empty.
    table: Vec<u32>,
    keys: usize,
    /// For each row the next older one with the same key.
    older: Vec<u32>,
    seed: u64,
}

impl Index {
    pub(crate) fn new(columns: &[usize], seed: u64) -> Self {
        Self {
            columns: columns.into(),
            table: Vec::new(),
            keys: 0,
            older: Vec::new(),
            seed,
        }
    }

    pub(crate) fn columns(&self) -> &[usize] {
        &self.columns
    }

    pub(crate) fn clear(&mut self) {
        self.table = Vec::new();
        self.keys = 0;
        self.older = Vec::new();
    }

    pub(crate) fn words(&self) -> usize {
        self.table.capacity() + self.older.capacity()
    }

    fn hash_of(&self, cells: &[u32], arity: usize, row: u32) -> u64 {
        let start = row as usize * arity;
        hash(
            self.seed,
            self.columns.iter().map(|column| cells[start + column]),
        )
    }

    /// Enters the rows that came since the last time.
    pub(crate) fn catch_up(&mut self, cells: &[u32], arity: usize, rows: u32) {
        let entered = u32::try_from(self.older.len()).unwrap_or(NONE);
        for row in entered..rows {
            if (self.keys + 1) * 2 > self.table.len() {
                self.grow(cells, arity);
            }
            let mask = self.table.len() - 1;
            let mut slot = slot(self.hash_of(cells, arity, row), mask);
            loop {
                let Some(newest) = self.table[slot].checked_sub(1) else {
                    self.keys += 1;
                    self.older.push(NONE);
                    break;
                };
                let (here, there) = (row as usize * arity, newest as usize * arity);
                if self
                    .columns
                    .iter()
                    .all(|column| cells[here + column] == cells[there + column])
                {
                    self.older.push(newest);
                    break;
                }
                slot = (slot + 1) & mask;
            }
            self.table[slot] = row + 1;
        }
    }

    fn grow(&mut self, cells: &[u32], arity: usize) {
        let size = (self.table.len() * 2).max(16);
        let old = std::mem::replace(&mut self.table, vec![0; size]);
        for entry in old {
            let Some(row) = entry.checked_sub(1) else {
                continue;
            };
            let mut slot = slot(self.hash_of(cells, arity, row), size - 1);
            while self.table[slot] != 0 {
                slot = (slot + 1) & (size - 1);
            }
            self.table[slot] = entry;
        }
    }

    #[inline]
    pub(crate) fn newest(&self, cells: &[u32], arity: usize, key: &[u32]) -> u32 {
        if self.table.is_empty() {
            return NONE;
        }
        let mask = self.table.len() - 1;
        let mut slot = slot(hash(self.seed, key.iter().copied()), mask);
        loop {
            let Some(row) = self.table[slot].checked_sub(1) else {
                return NONE;
            };
            let start = row as usize * arity;
            if self
                .columns
                .iter()
                .zip(key)
                .all(|(column, word)| cells[start + column] == *word)
            {
                return row;
            }
            slot = (slot + 1) & mask;
        }
    }

    #[inline]
    pub(crate) fn older(&self, row: u32) -> u32 {
        self.older[row as usize]
    }
}
