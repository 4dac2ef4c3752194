//! The Pareto front of the models as a picture in cells: quality over cost, one letter for each model. The terminal UI
//! and the command line draw the same.
//!
//! Capitals are on the front, small letters behind it, and dots show how far up the front reaches at
//! each cost; so nothing depends on colours, and nothing needs more than ASCII. Costs are on a
//! logarithmic scale, because models differ by factors; what costs nothing has a column of its own.
//! Who is asked about time or privacy as well finds them in the list below: a model may be on the
//! front because it is fast or local, and lie below the dots.

use std::iter::repeat_n;

use serde::Serialize;

use super::{Candidate, Demand, choose, expected};
use crate::model::{ModelId, Privacy};
use crate::money::MicroUsd;
use crate::time::Millis;

/// One model on the plot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Point {
    /// The model.
    pub model: ModelId,
    /// Its expected success, in thousandths.
    pub quality: u16,
    /// Its expected cost for the work that is asked about.
    pub cost: MicroUsd,
    /// Its expected time.
    pub took: Millis,
    /// Where what is sent to it goes.
    pub privacy: Privacy,
    /// Whether no other model is better in everything.
    pub is_front: bool,
}

/// Returns a point for each model; none is on the front if none can do the work.
pub fn points(demand: &Demand, candidates: &[Candidate<'_>]) -> Vec<Point> {
    // Chance orders the front and does not decide who is on it, so any word will do.
    let front =
        choose(demand, candidates, 0).map_or_else(|_none| Vec::new(), |choice| choice.front);
    candidates
        .iter()
        .map(|candidate| {
            let figures = expected(demand, candidate);
            Point {
                model: candidate.info.id.clone(),
                quality: u16::try_from(figures.quality / 1_000).unwrap_or(1_000),
                cost: figures.cost,
                took: figures.took,
                privacy: candidate.info.privacy,
                is_front: front.iter().any(|ranked| ranked.model == candidate.info.id),
            }
        })
        .collect()
}

/// Rows of the plot. Chosen: with the list below it, a dozen models fit on a screen of 40 rows.
const ROWS: usize = 12;

/// Columns before the plot: a per cent and the axis.
pub const MARGIN: usize = 7;

/// Columns for models that cost nothing, where there are any.
const FREE: usize = 6;

/// Fewest and most columns of the plot itself: below, letters cover each other; above, eyes get lost.
const NARROWEST: usize = 24;
const WIDEST: usize = 96;

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plot {
    /// The models, those on the front first, each with its letter.
    pub listed: Vec<(char, Point)>,
    /// The lines: the first [`MARGIN`] columns say where a row is.
    pub rows: Vec<String>,
    /// The axis of costs, and what they are.
    pub axis: [String; 2],
}

/// Draws the models in so many columns; where there are too few, the plot is too wide rather than none.
pub fn plot(points: &[Point], columns: usize) -> Plot {
    let mut sorted: Vec<&Point> = points.iter().collect();
    sorted.sort_by(|one, two| {
        (two.is_front.cmp(&one.is_front))
            .then(two.quality.cmp(&one.quality))
            .then(one.cost.cmp(&two.cost))
            .then(one.model.cmp(&two.model))
    });
    let marks = marks(&sorted);
    let scale = Scale::of(&sorted, columns);
    let mut canvas = Canvas::new(scale.columns());
    for (point, mark) in sorted.iter().zip(&marks) {
        canvas.put(scale.row(point.quality), scale.column(point.cost), *mark);
    }
    for (column, row) in scale.reach(&sorted) {
        canvas.dot(row, column);
    }
    Plot {
        rows: canvas.lines(&scale),
        axis: scale.axis(),
        listed: marks.into_iter().zip(sorted.into_iter().cloned()).collect(),
    }
}

/// A letter for each model: capitals for the front. Whoever comes after the alphabet has a sign that
/// others have too.
fn marks(points: &[&Point]) -> Vec<char> {
    let (mut front, mut behind) = ('A'..='Z', 'a'..='z');
    points
        .iter()
        .map(|point| {
            if point.is_front {
                front.next().unwrap_or('*')
            } else {
                behind.next().unwrap_or('-')
            }
        })
        .collect()
}

/// Where qualities and costs lie.
struct Scale {
    /// Lowest and highest quality, in thousandths.
    low: u16,
    high: u16,
    /// Lowest and highest cost that is not nothing.
    least: MicroUsd,
    most: MicroUsd,
    /// Columns for what costs nothing, and for the rest.
    free: usize,
    paid: usize,
}

impl Scale {
    fn of(points: &[&Point], columns: usize) -> Self {
        let qualities = || points.iter().map(|point| point.quality.min(1_000));
        // To whole tenths, and never without any height.
        let low = qualities().min().unwrap_or(0) / 100 * 100;
        let high = qualities().max().unwrap_or(0).div_ceil(100) * 100;
        let paid = || (points.iter().map(|point| point.cost)).filter(|cost| *cost > MicroUsd::ZERO);
        let has_free = points.iter().any(|point| point.cost == MicroUsd::ZERO);
        let free = if has_free { FREE } else { 0 };
        Self {
            low: if high > low {
                low
            } else {
                low.saturating_sub(100)
            },
            high: if high == 0 { 100 } else { high },
            least: paid().min().unwrap_or(MicroUsd::ZERO),
            most: paid().max().unwrap_or(MicroUsd::ZERO),
            free,
            paid: if paid().next().is_none() {
                NARROWEST
            } else {
                columns
                    .saturating_sub(MARGIN + free + 1)
                    .clamp(NARROWEST, WIDEST)
            },
        }
    }

    const fn columns(&self) -> usize {
        self.free + self.paid
    }

    /// The row of a quality; the highest one is the first.
    fn row(&self, quality: u16) -> usize {
        let below = usize::from(self.high.saturating_sub(quality.min(1_000)));
        let height = usize::from(self.high - self.low).max(1);
        ((below * (ROWS - 1) + height / 2) / height).min(ROWS - 1)
    }

    fn column(&self, cost: MicroUsd) -> usize {
        if cost == MicroUsd::ZERO {
            return self.free / 2;
        }
        let width = logarithm(self.most) - logarithm(self.least);
        let along = logarithm(cost).saturating_sub(logarithm(self.least));
        let last = self.paid.saturating_sub(1);
        // Who is alone stands in the middle.
        self.free
            + (along * last + width / 2)
                .checked_div(width)
                .unwrap_or(last / 2)
    }

    /// For each column, the row up to which the front reaches for that money.
    fn reach(&self, points: &[&Point]) -> Vec<(usize, usize)> {
        let front: Vec<(usize, usize)> = points
            .iter()
            .filter(|point| point.is_front)
            .map(|point| (self.column(point.cost), self.row(point.quality)))
            .collect();
        (0..self.columns())
            .filter_map(|column| {
                let row = front
                    .iter()
                    .filter(|(at, _)| *at <= column)
                    .map(|(_, row)| *row)
                    .min()?;
                Some((column, row))
            })
            .collect()
    }

    fn axis(&self) -> [String; 2] {
        let mut axis = " ".repeat(MARGIN - 1);
        axis.push('+');
        axis.extend(repeat_n('-', self.columns()));
        let mut costs = " ".repeat(MARGIN);
        if self.free > 0 {
            costs.push_str("free");
        }
        if self.most > MicroUsd::ZERO {
            costs.extend(repeat_n(
                ' ',
                (MARGIN + self.free).saturating_sub(costs.len()),
            ));
            costs.push_str(&self.least.to_string());
            let most = format!("{} a call", self.most);
            let end = MARGIN + self.columns();
            let gap = end.saturating_sub(costs.len() + most.len()).max(2);
            if self.most > self.least {
                costs.extend(repeat_n(' ', gap));
                costs.push_str(&most);
            } else {
                costs.push_str(" a call");
            }
        }
        [axis, costs]
    }
}

/// The binary logarithm in 256ths, straight between powers of two: near enough for cells.
fn logarithm(cost: MicroUsd) -> usize {
    let micros = u128::from(cost.micros().max(1));
    let power = micros.ilog2();
    let rest = (micros << 8 >> power) - 256;
    power as usize * 256 + usize::try_from(rest).unwrap_or(0)
}

/// Cells that marks are put into.
struct Canvas {
    rows: Vec<Vec<char>>,
}

impl Canvas {
    fn new(columns: usize) -> Self {
        Self {
            rows: vec![vec![' '; columns]; ROWS],
        }
    }

    /// Puts a mark into its cell, or into the nearest free one of the row.
    fn put(&mut self, row: usize, column: usize, mark: char) {
        let Some(row) = self.rows.get_mut(row) else {
            return;
        };
        let nearest = row
            .iter()
            .enumerate()
            .filter(|(_, cell)| **cell == ' ')
            .min_by_key(|(at, _)| at.abs_diff(column))
            .map(|(at, _)| at);
        if let Some(cell) = nearest.and_then(|at| row.get_mut(at)) {
            *cell = mark;
        }
    }

    fn dot(&mut self, row: usize, column: usize) {
        if let Some(cell) = self.rows.get_mut(row).and_then(|row| row.get_mut(column))
            && *cell == ' '
        {
            *cell = '.';
        }
    }

    fn lines(&self, scale: &Scale) -> Vec<String> {
        let height = usize::from(scale.high - scale.low);
        self.rows
            .iter()
            .enumerate()
            .map(|(n, row)| {
                // Every third row and the last one say where they are.
                let mut line = if n % 3 == 0 || n + 1 == ROWS {
                    let quality = usize::from(scale.high) - height * n / (ROWS - 1);
                    format!("{:>3} % |", quality / 10)
                } else {
                    format!("{}|", " ".repeat(MARGIN - 1))
                };
                let cells: String = row.iter().collect();
                line.push_str(cells.trim_end());
                line
            })
            .collect()
    }
}
