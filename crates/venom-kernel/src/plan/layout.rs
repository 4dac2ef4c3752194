//! Where the steps of a plan stand in a picture: columns by who waits for whom, rows so that lines
//! cross little.
//!
//! The manner is that of layered drawings (Sugiyama, Tagawa, Toda 1981): a step stands in the column
//! behind the last one that it waits for, a line that passes columns bends in each of them, and the
//! order in a column follows the neighbours of the column before. Everything is whole numbers, so that
//! a terminal, a page and a document draw the same picture. [`picture`] turns it into lines of text.

use std::collections::BTreeMap;

use super::graph::Graph;

pub mod picture;

/// Bends that are kept. Chosen: a plan of ordinary shape has fewer than steps; a picture with more of
/// them is no help to anybody, and lines that would need them are then counted and left out.
const MOST_BENDS: usize = 20_000;
/// Rounds of putting columns in order. Chosen: the usual graphs do not get better after the second.
const ROUNDS: usize = 4;
/// Links up to which crossings are counted, so that the best round is kept. Counting compares links in
/// pairs.
const COUNTED: usize = 1_500;

/// A picture of a plan in columns and rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layout {
    knots: Vec<Knot>,
    /// Knots by columns, from the top to the bottom.
    columns: Vec<Vec<usize>>,
    rows: usize,
    left_out: usize,
}

/// A place in the picture: a step, or where a line passes a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Knot {
    /// The step; `None` where only a line passes.
    pub step: Option<usize>,
    /// The column, from 0.
    pub column: usize,
    /// The row, from 0; no two knots of a column have the same.
    pub row: usize,
    /// Knots of the next column that a line leads to.
    pub next: Vec<usize>,
}

impl Layout {
    /// Lays out a plan. A dependency that follows from others is not drawn.
    pub fn new(graph: &Graph) -> Self {
        let mut layout = Self::default();
        for (column, steps) in graph.levels().into_iter().enumerate() {
            let mut knots = Vec::with_capacity(steps.len());
            for step in steps {
                knots.push(layout.knots.len());
                layout.knots.push(Knot {
                    step: Some(step),
                    column,
                    row: 0,
                    next: Vec::new(),
                });
            }
            layout.columns.push(knots);
        }
        layout.link(graph);
        layout.arrange();
        layout.lower();
        layout
    }

    /// Returns the places; the knots of steps and those of lines.
    pub fn knots(&self) -> &[Knot] {
        &self.knots
    }

    /// Returns the knots of each column, from the top to the bottom.
    pub fn columns(&self) -> &[Vec<usize>] {
        &self.columns
    }

    /// Returns how many rows there are.
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// Returns how many lines are not drawn because there are too many.
    pub const fn left_out(&self) -> usize {
        self.left_out
    }

    /// Returns the place of a step.
    pub fn place(&self, step: usize) -> Option<&Knot> {
        self.knots.iter().find(|knot| knot.step == Some(step))
    }

    fn knot(&self, knot: usize) -> Option<&Knot> {
        self.knots.get(knot)
    }

    fn row(&self, knot: usize) -> usize {
        self.knot(knot).map_or(0, |knot| knot.row)
    }

    /// Leads lines from step to step, through a bend in each column between. Lines of one step share
    /// their bends.
    fn link(&mut self, graph: &Graph) {
        let steps = self.knots.len();
        let knot_of: BTreeMap<usize, usize> = self
            .knots
            .iter()
            .enumerate()
            .filter_map(|(knot, place)| Some((place.step?, knot)))
            .collect();
        let wanted = needed(graph);
        for from in 0..steps {
            let Some((step, column)) = self
                .knot(from)
                .and_then(|knot| Some((knot.step?, knot.column)))
            else {
                continue;
            };
            let mut targets: Vec<(usize, usize)> = wanted
                .get(step)
                .into_iter()
                .flatten()
                .filter_map(|to| knot_of.get(to))
                .map(|to| (self.knot(*to).map_or(0, |knot| knot.column), *to))
                .collect();
            targets.sort_unstable();
            let mut end = (from, column);
            for (target_column, to) in targets {
                while end.1 + 1 < target_column {
                    let Some(bend) = self.bend(end.0, end.1 + 1, steps) else {
                        break;
                    };
                    end = (bend, end.1 + 1);
                }
                if end.1 + 1 == target_column {
                    if let Some(knot) = self.knots.get_mut(end.0) {
                        knot.next.push(to);
                    }
                } else {
                    self.left_out += 1;
                }
            }
        }
    }

    fn bend(&mut self, from: usize, column: usize, steps: usize) -> Option<usize> {
        let bend = self.knots.len();
        if bend - steps >= MOST_BENDS {
            return None;
        }
        self.columns.get_mut(column)?.push(bend);
        self.knots.push(Knot {
            step: None,
            column,
            row: 0,
            next: Vec::new(),
        });
        self.knots.get_mut(from)?.next.push(bend);
        Some(bend)
    }

    /// Puts the columns in an order in which lines cross little.
    fn arrange(&mut self) {
        let mut before: Vec<Vec<usize>> = vec![Vec::new(); self.knots.len()];
        for (from, knot) in self.knots.iter().enumerate() {
            for to in &knot.next {
                if let Some(list) = before.get_mut(*to) {
                    list.push(from);
                }
            }
        }
        let links: usize = before.iter().map(Vec::len).sum();
        let is_counted = links <= COUNTED;
        let mut best = self.columns.clone();
        let mut least = usize::MAX;
        for round in 0..=ROUNDS {
            if round > 0 {
                for column in (0..self.columns.len()).rev() {
                    self.sort(column, |layout, knot| {
                        layout
                            .knot(knot)
                            .map(|knot| knot.next.clone())
                            .unwrap_or_default()
                    });
                }
            }
            for column in 1..self.columns.len() {
                self.sort(column, |_, knot| {
                    before.get(knot).cloned().unwrap_or_default()
                });
            }
            let crossings = if is_counted { self.crossings() } else { 0 };
            if crossings < least || !is_counted {
                least = crossings;
                best.clone_from(&self.columns);
            }
            if least == 0 && is_counted {
                break;
            }
        }
        self.columns = best;
    }

    /// Sorts a column by where the neighbours of its knots stand; what has none keeps its place.
    fn sort(&mut self, column: usize, neighbours: impl Fn(&Self, usize) -> Vec<usize>) {
        let places: BTreeMap<usize, usize> = [column.checked_sub(1), column.checked_add(1)]
            .into_iter()
            .flatten()
            .filter_map(|near| self.columns.get(near))
            .flat_map(|knots| knots.iter().enumerate())
            .map(|(place, knot)| (*knot, place))
            .collect();
        let Some(knots) = self.columns.get(column) else {
            return;
        };
        let mut keyed: Vec<(usize, usize, usize)> = knots
            .iter()
            .enumerate()
            .map(|(place, knot)| {
                let near: Vec<usize> = neighbours(self, *knot)
                    .iter()
                    .filter_map(|near| places.get(near).copied())
                    .collect();
                // Thousandths of a place, so that means need no fractions.
                let mean = match near.len() {
                    0 => place * 1_000,
                    count => near.iter().sum::<usize>() * 1_000 / count,
                };
                (mean, place, *knot)
            })
            .collect();
        keyed.sort_unstable();
        if let Some(knots) = self.columns.get_mut(column) {
            *knots = keyed.into_iter().map(|(_, _, knot)| knot).collect();
        }
    }

    fn crossings(&self) -> usize {
        let mut count = 0;
        for pair in self.columns.windows(2) {
            let [left, right] = pair else { continue };
            let places: BTreeMap<usize, usize> = right
                .iter()
                .enumerate()
                .map(|(place, knot)| (*knot, place))
                .collect();
            let mut lines: Vec<(usize, usize)> = Vec::new();
            for (place, knot) in left.iter().enumerate() {
                for to in self.knot(*knot).into_iter().flat_map(|knot| &knot.next) {
                    if let Some(to) = places.get(to) {
                        lines.push((place, *to));
                    }
                }
            }
            for (index, one) in lines.iter().enumerate() {
                count += lines
                    .iter()
                    .skip(index + 1)
                    .filter(|two| {
                        (one.0 < two.0 && one.1 > two.1) || (one.0 > two.0 && one.1 < two.1)
                    })
                    .count();
            }
        }
        count
    }

    /// Gives rows: as high as the order allows, beside the middle one of what leads here.
    fn lower(&mut self) {
        let mut above: Vec<Vec<usize>> = vec![Vec::new(); self.knots.len()];
        for column in 0..self.columns.len() {
            let Some(knots) = self.columns.get(column).cloned() else {
                continue;
            };
            let mut free = 0;
            for knot in knots {
                let mut rows = above.get(knot).cloned().unwrap_or_default();
                rows.sort_unstable();
                let middle = rows.get(rows.len().saturating_sub(1) / 2).copied();
                let row = middle.unwrap_or(0).max(free);
                free = row + 1;
                self.rows = self.rows.max(free);
                let next = self
                    .knots
                    .get_mut(knot)
                    .map(|place| {
                        place.row = row;
                        place.next.clone()
                    })
                    .unwrap_or_default();
                for to in next {
                    if let Some(list) = above.get_mut(to) {
                        list.push(row);
                    }
                }
            }
        }
        self.close_up();
    }

    /// Takes out rows in which nothing stands.
    fn close_up(&mut self) {
        let mut used = vec![false; self.rows];
        for knot in &self.knots {
            if let Some(slot) = used.get_mut(knot.row) {
                *slot = true;
            }
        }
        let mut count = 0;
        let numbers: Vec<usize> = used
            .into_iter()
            .map(|is_used| {
                let number = count;
                count += usize::from(is_used);
                number
            })
            .collect();
        for knot in &mut self.knots {
            knot.row = numbers.get(knot.row).copied().unwrap_or(knot.row);
        }
        self.rows = count;
    }
}

/// Returns the steps that wait for each step, without those that wait for it through another one.
fn needed(graph: &Graph) -> Vec<Vec<usize>> {
    let count = graph.len();
    let words = count.div_ceil(64);
    let mut behind: Vec<Vec<u64>> = vec![Vec::new(); count];
    let mut needed: Vec<Vec<usize>> = vec![Vec::new(); count];
    let mut place = vec![0_usize; count];
    for (position, step) in graph.order().iter().enumerate() {
        if let Some(slot) = place.get_mut(*step) {
            *slot = position;
        }
    }
    for &step in graph.order().iter().rev() {
        // The nearest first: what is reached through one of them needs no line of its own.
        let mut after = graph.after(step).to_vec();
        after.sort_unstable_by_key(|step| place.get(*step).copied().unwrap_or(0));
        let mut reached = vec![0_u64; words];
        for to in after {
            let is_reached = reached
                .get(to / 64)
                .is_some_and(|word| word & (1 << (to % 64)) != 0);
            if !is_reached && let Some(list) = needed.get_mut(step) {
                list.push(to);
            }
            if let Some(word) = reached.get_mut(to / 64) {
                *word |= 1 << (to % 64);
            }
            for (word, more) in reached.iter_mut().zip(behind.get(to).into_iter().flatten()) {
                *word |= more;
            }
        }
        if let Some(slot) = behind.get_mut(step) {
            *slot = reached;
        }
    }
    needed
}

#[cfg(test)]
mod tests;
