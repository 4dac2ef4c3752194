//! What a query found: rows in the order of their values, each once.

use std::fmt;
use std::sync::Arc;

use crate::relation::Relation;
use crate::terms::Terms;
use crate::value::Value;

/// Rows as places in a sorted list of their values, so that comparing places compares values.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    width: usize,
    values: Vec<Value>,
    cells: Vec<u32>,
    /// Rows in order.
    order: Vec<u32>,
}

impl Table {
    /// Sorts some rows of a relation. The numbers in `order` count the rows that were given.
    pub(crate) fn new(relation: &Relation, rows: impl Iterator<Item = u32>, terms: &Terms) -> Self {
        let width = relation.arity();
        let mut different = Relation::new(1);
        let mut cells = Vec::new();
        let mut count = 0_u32;
        for row in rows {
            for word in relation.row(row) {
                cells.push(different.insert(&[*word]).0);
            }
            count += 1;
        }
        let mut values: Vec<(Value, u32)> = (0..different.rows())
            .map(|place| (terms.value(different.row(place)[0]), place))
            .collect();
        values.sort_unstable();
        let mut ranks = vec![0; values.len()];
        for ((_, place), rank) in values.iter().zip(0..) {
            ranks[*place as usize] = rank;
        }
        for cell in &mut cells {
            *cell = ranks[*cell as usize];
        }
        let order = sorted(&cells, width, count, values.len());
        Self {
            width,
            values: values.into_iter().map(|(value, _)| value).collect(),
            cells,
            order,
        }
    }

    pub(crate) fn order(&self) -> &[u32] {
        &self.order
    }

    /// The values of the row with this number.
    pub(crate) fn row(&self, place: u32) -> impl Iterator<Item = &Value> {
        let start = place as usize * self.width;
        let cells = &self.cells[start..start + self.width];
        cells.iter().map(|cell| &self.values[*cell as usize])
    }
}

/// The places of rows in the order of their ranks: a counting sort by each column, the last first
/// (Knuth, volume 3, section 5.2.5). Ranks lie densely below `ranks`.
fn sorted(cells: &[u32], width: usize, count: u32, ranks: usize) -> Vec<u32> {
    let mut order: Vec<u32> = (0..count).collect();
    let mut next = vec![0; order.len()];
    for column in (0..width).rev() {
        let rank = |place: u32| cells[place as usize * width + column] as usize;
        let mut starts = vec![0_u32; ranks + 1];
        for place in &order {
            starts[rank(*place) + 1] += 1;
        }
        for rank in 0..ranks {
            starts[rank + 1] += starts[rank];
        }
        for place in &order {
            let start = &mut starts[rank(*place)];
            next[*start as usize] = *place;
            *start += 1;
        }
        std::mem::swap(&mut order, &mut next);
    }
    order
}

/// The answers to a query.
#[derive(Clone, Debug)]
pub struct Answers {
    pub(crate) columns: Vec<Arc<str>>,
    pub(crate) table: Table,
    pub(crate) unknown: Vec<String>,
}

impl Answers {
    /// The names of the variables, in the order of the query.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|name| &**name)
    }

    /// How many answers there are. A query without variables has one answer if it holds.
    pub fn len(&self) -> usize {
        self.table.order.len()
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.table.order.is_empty()
    }

    /// Predicates of the query of which the database knows neither facts nor rules: empty, or
    /// misspelt.
    pub fn unknown(&self) -> &[String] {
        &self.unknown
    }

    /// The answers, in the order of their values.
    pub fn iter(&self) -> impl Iterator<Item = Answer<'_>> {
        self.table.order.iter().map(|place| Answer {
            answers: self,
            place: *place,
        })
    }
}

/// One answer: a value for each variable.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    answers: &'a Answers,
    place: u32,
}

impl<'a> Answer<'a> {
    /// The values, in the order of the columns.
    pub fn values(&self) -> impl Iterator<Item = &'a Value> {
        self.answers.table.row(self.place)
    }

    /// The value of a variable.
    pub fn get(&self, variable: &str) -> Option<&'a Value> {
        let column = self.answers.columns().position(|name| name == variable)?;
        self.values().nth(column)
    }
}

impl fmt::Display for Answer<'_> {
    /// `X = 1, Y = 2`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (name, value)) in self.answers.columns().zip(self.values()).enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{name} = {value}")?;
        }
        Ok(())
    }
}
