//! Values as numbers: equal values have equal numbers, so that joins compare words.
//!
//! A small integer is its own number, with the highest bit set; everything else is a place in a
//! table. The numbers say nothing about the order of values.

use std::hash::{BuildHasher as _, RandomState};

use crate::error::Error;
use crate::limits::{Limit, Limits};
use crate::value::Value;

const INLINE: u32 = 1 << 31;
/// Integers from `-HALF` to below `HALF` need no table.
const HALF: i64 = 1 << 30;

pub(crate) struct Terms {
    values: Vec<Value>,
    /// Places of values, by hash; 0 is empty, else the place and one.
    table: Vec<u32>,
    /// Keyed, since the values are whatever strangers write. The order of the table is never seen.
    state: RandomState,
    letters: u64,
}

impl Terms {
    pub(crate) fn new() -> Self {
        Self {
            values: Vec::new(),
            table: vec![0; 16],
            state: RandomState::new(),
            letters: 0,
        }
    }

    pub(crate) fn value(&self, number: u32) -> Value {
        if number & INLINE != 0 {
            return Value::Int(i64::from(number & !INLINE) - HALF);
        }
        let value = self.values.get(number as usize);
        value.cloned().unwrap_or(Value::Bool(false))
    }

    fn inline(value: &Value) -> Option<u32> {
        let Value::Int(integer) = value else {
            return None;
        };
        if !(-HALF..HALF).contains(integer) {
            return None;
        }
        u32::try_from(integer + HALF)
            .ok()
            .map(|small| small | INLINE)
    }

    fn slot(&self, value: &Value) -> usize {
        let mask = self.table.len() - 1;
        let hash = self.state.hash_one(value);
        let mut slot = usize::try_from(hash & mask as u64).unwrap_or_default();
        loop {
            match self.table[slot] {
                0 => return slot,
                place if self.values[place as usize - 1] == *value => return slot,
                _ => slot = (slot + 1) & mask,
            }
        }
    }

    /// The number of a value that was seen before.
    pub(crate) fn find(&self, value: &Value) -> Option<u32> {
        if let Some(small) = Self::inline(value) {
            return Some(small);
        }
        self.table[self.slot(value)].checked_sub(1)
    }

    /// The number of a value.
    pub(crate) fn number(
        &mut self,
        value: Value,
        limits: &Limits,
        rule: &str,
    ) -> Result<u32, Error> {
        if let Some(small) = Self::inline(&value) {
            return Ok(small);
        }
        let mut slot = self.slot(&value);
        if let Some(place) = self.table[slot].checked_sub(1) {
            return Ok(place);
        }
        let limit = |limit, most| Error::Limit {
            limit,
            most,
            rule: rule.to_owned(),
        };
        let most = limits.values.min(INLINE - 1);
        let place = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        if place >= most {
            return Err(limit(Limit::Values, u64::from(most)));
        }
        let letters = match &value {
            Value::Symbol(letters) | Value::Text(letters) => letters.len() as u64,
            // What a list holds has been counted; the list is a word and a half for each.
            Value::List(values) => values.len() as u64 * 24,
            Value::Bool(_) | Value::Int(_) => 0,
        };
        if self.letters + letters > limits.letters {
            return Err(limit(Limit::Letters, limits.letters));
        }
        self.letters += letters;
        if (self.values.len() + 1) * 2 > self.table.len() {
            self.grow();
            slot = self.slot(&value);
        }
        self.table[slot] = place + 1;
        self.values.push(value);
        Ok(place)
    }

    fn grow(&mut self) {
        let mask = self.table.len() * 2 - 1;
        let mut table = vec![0_u32; mask + 1];
        for (value, place) in self.values.iter().zip(1_u32..) {
            let hash = self.state.hash_one(value);
            let mut slot = usize::try_from(hash & mask as u64).unwrap_or_default();
            while table[slot] != 0 {
                slot = (slot + 1) & mask;
            }
            table[slot] = place;
        }
        self.table = table;
    }

    /// Roughly the bytes of the heap that are used.
    pub(crate) fn bytes(&self) -> u64 {
        let table = self.table.capacity() * 4 + self.values.capacity() * size_of::<Value>();
        // Each text is a block of its own with two counts in front.
        table as u64 + self.letters + self.values.len() as u64 * 16
    }
}
