//! The facts of one predicate: rows of numbers, in the order they came, each once.
//!
//! Rows are only appended, so that "what was new in the last round" is a range. A row that goes is
//! marked and stays until [`Relation::retain`]; in between it may be a ghost, which deletion still
//! sees (`retract` says why). Numbers of rows are places in `cells`, made and checked here: every
//! index below follows from `row < rows`.

mod index;

use std::hash::{BuildHasher as _, RandomState};

pub(crate) use index::{Index, NONE};

/// Whether a row counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Live,
    /// Deleted by the deletion that is under way.
    Ghost,
    Dead,
}

#[derive(Debug)]
pub(crate) struct Relation {
    arity: usize,
    cells: Vec<u32>,
    rows: u32,
    /// Rows by hash; 0 is empty, else the row and one.
    table: Vec<u32>,
    /// Rows below this are in the table. The rest are known to be new and not yet entered.
    entered: u32,
    /// Empty while no row ever went.
    states: Vec<State>,
    gone: u32,
    indexes: Vec<Index>,
    /// What hashes begin with. Numbers are chosen by strangers, who must not be able to choose ones
    /// that meet. The order of the tables is never seen.
    seed: u64,
}

/// Mixes words; multiplication by the golden ratio as in Knuth, volume 3, section 6.4.
pub(crate) fn hash(seed: u64, words: impl Iterator<Item = u32>) -> u64 {
    let mut hash = seed;
    for word in words {
        hash = (hash ^ u64::from(word)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        hash ^= hash >> 29;
    }
    hash
}

pub(crate) fn slot(hash: u64, mask: usize) -> usize {
    usize::try_from((hash ^ (hash >> 32)) & mask as u64).unwrap_or_default()
}

impl Relation {
    pub(crate) fn new(arity: usize) -> Self {
        Self {
            arity,
            cells: Vec::new(),
            rows: 0,
            table: Vec::new(),
            entered: 0,
            states: Vec::new(),
            gone: 0,
            indexes: Vec::new(),
            seed: RandomState::new().hash_one(arity),
        }
    }

    pub(crate) fn arity(&self) -> usize {
        self.arity
    }

    /// How many rows there are, with those that went.
    pub(crate) fn rows(&self) -> u32 {
        self.rows
    }

    pub(crate) fn live(&self) -> u32 {
        self.rows - self.gone
    }

    #[inline]
    pub(crate) fn row(&self, row: u32) -> &[u32] {
        let start = row as usize * self.arity;
        &self.cells[start..start + self.arity]
    }

    #[inline]
    pub(crate) fn state(&self, row: u32) -> State {
        if self.states.is_empty() {
            return State::Live;
        }
        self.states
            .get(row as usize)
            .copied()
            .unwrap_or(State::Live)
    }

    pub(crate) fn live_rows(&self) -> impl Iterator<Item = u32> {
        (0..self.rows).filter(|row| self.state(*row) == State::Live)
    }

    /// The live row that holds these numbers. All rows must be entered.
    pub(crate) fn find(&self, tuple: &[u32]) -> Option<u32> {
        self.find_where(tuple, |state| state == State::Live)
    }

    /// The row that holds these numbers in a state that is wanted.
    pub(crate) fn find_where(
        &self,
        tuple: &[u32],
        is_wanted: impl Fn(State) -> bool,
    ) -> Option<u32> {
        if self.table.is_empty() {
            return None;
        }
        let mask = self.table.len() - 1;
        let mut slot = slot(hash(self.seed, tuple.iter().copied()), mask);
        loop {
            let row = self.table[slot].checked_sub(1)?;
            if self.row(row) == tuple && is_wanted(self.state(row)) {
                return Some(row);
            }
            slot = (slot + 1) & mask;
        }
    }

    /// Adds a row unless a live one is the same; says which row it is and whether it is new.
    pub(crate) fn insert(&mut self, tuple: &[u32]) -> (u32, bool) {
        self.enter_all();
        if (self.rows as usize + 1) * 2 > self.table.len() {
            self.rebuild_table();
        }
        let mask = self.table.len() - 1;
        let mut slot = slot(hash(self.seed, tuple.iter().copied()), mask);
        while let Some(row) = self.table[slot].checked_sub(1) {
            if self.row(row) == tuple && self.state(row) == State::Live {
                return (row, false);
            }
            slot = (slot + 1) & mask;
        }
        let row = self.push(tuple);
        self.table[slot] = row + 1;
        self.entered = self.rows;
        (row, true)
    }

    /// Adds a row that is known to be in no other.
    pub(crate) fn push(&mut self, tuple: &[u32]) -> u32 {
        let row = self.rows;
        self.cells.extend_from_slice(tuple);
        self.rows += 1;
        if !self.states.is_empty() {
            self.states.push(State::Live);
        }
        row
    }

    /// Brings the table up to date.
    pub(crate) fn enter_all(&mut self) {
        if self.entered == self.rows {
            return;
        }
        if self.rows as usize * 2 > self.table.len() {
            self.rebuild_table();
            return;
        }
        for row in self.entered..self.rows {
            self.enter(row);
        }
        self.entered = self.rows;
    }

    fn enter(&mut self, row: u32) {
        let mask = self.table.len() - 1;
        let mut slot = slot(hash(self.seed, self.row(row).iter().copied()), mask);
        while self.table[slot] != 0 {
            slot = (slot + 1) & mask;
        }
        self.table[slot] = row + 1;
    }

    /// Makes the table anew with room for as many rows again.
    fn rebuild_table(&mut self) {
        let size = ((self.rows as usize + 1) * 2).next_power_of_two().max(16);
        // A power of two at least twice the rows; at an exact fit the next insert would rebuild.
        let size = if (self.rows as usize + 1) * 2 > size * 3 / 4 {
            size * 2
        } else {
            size
        };
        self.table.clear();
        self.table.resize(size, 0);
        for row in 0..self.rows {
            if self.state(row) != State::Dead {
                self.enter(row);
            }
        }
        self.entered = self.rows;
    }

    pub(crate) fn set_state(&mut self, row: u32, state: State) {
        if self.states.is_empty() {
            self.states = vec![State::Live; self.rows as usize];
        }
        if let Some(entry) = self.states.get_mut(row as usize) {
            if *entry == State::Live && state != State::Live {
                self.gone += 1;
            } else if *entry != State::Live && state == State::Live {
                self.gone -= 1;
            }
            *entry = state;
        }
    }

    /// Drops the rows from here on, which must all be live.
    pub(crate) fn truncate(&mut self, rows: u32) {
        if rows >= self.rows {
            return;
        }
        self.rows = rows;
        self.cells.truncate(rows as usize * self.arity);
        if !self.states.is_empty() {
            self.states.truncate(rows as usize);
        }
        self.table = Vec::new();
        self.entered = 0;
        for index in &mut self.indexes {
            index.clear();
        }
    }

    /// Keeps some of the rows and numbers them anew; `NONE` in the answer is a row that went.
    pub(crate) fn retain(&mut self, keep: impl Fn(u32) -> bool) -> Vec<u32> {
        let mut places = vec![NONE; self.rows as usize];
        let mut kept = 0_u32;
        for row in 0..self.rows {
            if !keep(row) {
                continue;
            }
            let start = row as usize * self.arity;
            self.cells
                .copy_within(start..start + self.arity, kept as usize * self.arity);
            places[row as usize] = kept;
            kept += 1;
        }
        self.rows = kept;
        self.cells.truncate(kept as usize * self.arity);
        self.states = Vec::new();
        self.gone = 0;
        self.table = Vec::new();
        self.entered = 0;
        for index in &mut self.indexes {
            index.clear();
        }
        places
    }

    /// The number of the index over these columns, made if there is none.
    pub(crate) fn index(&mut self, columns: &[usize]) -> usize {
        let known = self
            .indexes
            .iter()
            .position(|index| index.columns() == columns);
        known.unwrap_or_else(|| {
            self.indexes.push(Index::new(columns, self.seed));
            self.indexes.len() - 1
        })
    }

    /// Brings the table and all indexes up to date with the rows.
    pub(crate) fn catch_up(&mut self) {
        self.enter_all();
        for index in &mut self.indexes {
            index.catch_up(&self.cells, self.arity, self.rows);
        }
    }

    /// The newest row with this key in an index; [`Relation::older`] has the others.
    #[inline]
    pub(crate) fn newest(&self, index: usize, key: &[u32]) -> u32 {
        self.indexes[index].newest(&self.cells, self.arity, key)
    }

    #[inline]
    pub(crate) fn older(&self, index: usize, row: u32) -> u32 {
        self.indexes[index].older(row)
    }

    pub(crate) fn bytes(&self) -> u64 {
        let words = self.cells.capacity() + self.table.capacity();
        let indexes: usize = self.indexes.iter().map(Index::words).sum();
        ((words + indexes) * 4 + self.states.capacity()) as u64
    }
}

#[cfg(test)]
mod tests;
