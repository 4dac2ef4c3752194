//! What events say about models: a row for each lesson, in the order of the log, and one for each call
//! with what it took or may take.
//!
//! Neither holds a word of anybody's: names of models, numbers and times. What a fork took over from
//! another run is taken out again, because it counts there.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _, params};
use venom_kernel::budget::Amount;
use venom_kernel::digest::Digest;
use venom_kernel::id::RunId;
use venom_kernel::model::ModelId;
use venom_kernel::money::MicroUsd;
use venom_kernel::route::{Lesson, Record};
use venom_kernel::time::Timestamp;
use venom_ports::projection::Spending;
use venom_ports::{Failure, FailureKind, Result};

use super::fold::Spent;
use super::table::{READING, WRITING};
use crate::sqlite::failure::{OrFail as _, corrupt};
use crate::sqlite::{int, uint};

/// The most that one call counts as, so that the sum over a million of them is still a number. Chosen:
/// eight million dollars.
const MOST: u64 = 1 << 43;

/// Adds what the event at a global position teaches.
pub(super) fn learn(
    state: &Connection,
    seq: u64,
    run: RunId,
    time: i64,
    lessons: &[Lesson],
) -> Result<()> {
    if lessons.iter().any(|lesson| lesson.rated.is_some()) {
        forget_replaced(state, run, lessons)?;
    }
    for (nth, lesson) in (0_i64..).zip(lessons) {
        let text = serde_json::to_string(lesson)
            .map_err(|error| Failure::new(FailureKind::Internal, error.to_string()))?;
        state
            .prepare_cached("INSERT INTO lessons VALUES(?1, ?2, ?3, ?4, ?5)")
            .and_then(|mut statement| {
                statement.execute(params![int(seq), nth, run.to_string(), time, text])
            })
            .or_fail(WRITING)?;
    }
    Ok(())
}

/// Takes out what somebody thought of the same work before.
fn forget_replaced(state: &Connection, run: RunId, lessons: &[Lesson]) -> Result<()> {
    let run = run.to_string();
    let mut replaced = Vec::new();
    {
        let mut statement = state
            .prepare_cached("SELECT seq, nth, lesson FROM lessons WHERE run = ?1")
            .or_fail(READING)?;
        let mut rows = statement.query([&run]).or_fail(READING)?;
        while let Some(row) = rows.next().or_fail(READING)? {
            let text: String = row.get(2).or_fail(READING)?;
            let earlier = read(&text)?;
            if lessons.iter().any(|lesson| lesson.replaces(&earlier)) {
                let seq: i64 = row.get(0).or_fail(READING)?;
                let nth: i64 = row.get(1).or_fail(READING)?;
                replaced.push((seq, nth));
            }
        }
    }
    for (seq, nth) in replaced {
        state
            .prepare_cached("DELETE FROM lessons WHERE seq = ?1 AND nth = ?2")
            .and_then(|mut statement| statement.execute(params![seq, nth]))
            .or_fail(WRITING)?;
    }
    Ok(())
}

fn read(text: &str) -> Result<Lesson> {
    serde_json::from_str(text).map_err(|error| corrupt(format!("a lesson cannot be read: {error}")))
}

/// Adds what the event at a global position says about money and tokens.
pub(super) fn spend(
    state: &Connection,
    seq: u64,
    run: RunId,
    time: i64,
    spent: &Spent,
) -> Result<()> {
    // A call keeps the place and the time of its reservation.
    const PUT: &str = "INSERT INTO spending VALUES(?1, ?2, ?3, ?4, ?5, ?6)
        ON CONFLICT(run, effect) DO UPDATE SET money = ?5, tokens = ?6";
    let run = run.to_string();
    let written = match spent {
        Spent::Call(effect, amount) => state.prepare_cached(PUT).and_then(|mut statement| {
            statement.execute(params![
                run,
                effect.number(),
                int(seq),
                time,
                int(amount.money.micros().min(MOST)),
                int(amount.tokens.min(MOST)),
            ])
        }),
        Spent::Elsewhere => state
            .execute("DELETE FROM spending WHERE run = ?1", [&run])
            .and_then(|_| state.execute("DELETE FROM lessons WHERE run = ?1", [&run])),
    };
    written.map(drop).or_fail(WRITING)
}

/// Returns what all lessons come to.
pub(super) fn records(state: &Connection) -> Result<BTreeMap<ModelId, Record>> {
    let mut records: BTreeMap<ModelId, Record> = BTreeMap::new();
    let mut statement = state
        .prepare_cached("SELECT time, lesson FROM lessons ORDER BY seq, nth")
        .or_fail(READING)?;
    let mut rows = statement.query([]).or_fail(READING)?;
    while let Some(row) = rows.next().or_fail(READING)? {
        let time: i64 = row.get(0).or_fail(READING)?;
        let text: String = row.get(1).or_fail(READING)?;
        let lesson = read(&text)?;
        let record = records.entry(lesson.model.clone()).or_default();
        record.learn(&lesson, Timestamp::from_micros(time));
    }
    Ok(records)
}

/// Sums up what was spent and reserved.
pub(super) fn spent(state: &Connection, spending: &Spending) -> Result<Amount> {
    let up_to = match spending.up_to {
        None => None,
        Some((run, effect)) => state
            .prepare_cached("SELECT seq FROM spending WHERE run = ?1 AND effect = ?2")
            .and_then(|mut statement| {
                statement
                    .query_row(params![run.to_string(), effect.number()], |row| {
                        row.get::<_, i64>(0)
                    })
                    .optional()
            })
            .or_fail(READING)?,
    };
    let besides = spending.besides.map(|run| run.to_string());
    state
        .prepare_cached(
            "SELECT COALESCE(SUM(money), 0), COALESCE(SUM(tokens), 0) FROM spending
             WHERE time >= ?1 AND seq <= ?2 AND run <> ?3",
        )
        .and_then(|mut statement| {
            statement.query_row(
                params![
                    spending.since.micros(),
                    up_to.unwrap_or(i64::MAX),
                    besides.unwrap_or_default(),
                ],
                |row| {
                    let money = MicroUsd::new(uint(row.get(0)?));
                    Ok(Amount::new(money, uint(row.get(1)?)))
                },
            )
        })
        .or_fail(READING)
}

/// Adds the digests of all rows, in the order of their keys.
pub(super) fn digest(state: &Connection, parts: &mut Vec<Digest>) -> Result<()> {
    for rows in [
        "SELECT json_array(seq, nth, run, time, lesson) FROM lessons ORDER BY seq, nth",
        "SELECT json_array(run, effect, seq, time, money, tokens) FROM spending ORDER BY run, effect",
    ] {
        let mut statement = state.prepare_cached(rows).or_fail(READING)?;
        let mut rows = statement.query([]).or_fail(READING)?;
        while let Some(row) = rows.next().or_fail(READING)? {
            let line: String = row.get(0).or_fail(READING)?;
            parts.push(Digest::of_bytes(line.as_bytes()));
        }
        parts.push(Digest::ZERO);
    }
    Ok(())
}
