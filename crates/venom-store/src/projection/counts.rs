//! What is counted over all runs, and what there is to do in those that have not ended.
//!
//! Labels are names of models, skills and kinds; nothing that a user said is among them, so that they
//! are not sealed.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};
use venom_kernel::figure::{Figure, Label};
use venom_kernel::id::RunId;
use venom_ports::Result;
use venom_ports::projection::{Counts, RunRow, RunStatus};

use super::fold::Work;
use super::table::{READING, WRITING};
use crate::sqlite::failure::{OrFail as _, corrupt};
use crate::sqlite::{int, uint};

/// Changes a count.
pub(super) fn add(state: &Connection, figure: &Figure) -> Result<()> {
    let Figure { label, by } = figure;
    state
        .prepare_cached(
            "INSERT INTO counts VALUES(?1, ?2, ?3, ?4)
             ON CONFLICT(measure, first, second) DO UPDATE SET sum = sum + ?4",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                label.measure.to_string(),
                label.first,
                label.second,
                by
            ])
        })
        .map(drop)
        .or_fail(WRITING)
}

/// Writes what there is to do in a run; nothing is kept of one that has ended.
pub(super) fn put_work(state: &Connection, run: RunId, row: &RunRow, work: Work) -> Result<()> {
    let run = run.to_string();
    let written = if row.status == RunStatus::Finished {
        state
            .prepare_cached("DELETE FROM work WHERE run = ?1")
            .and_then(|mut statement| statement.execute([run]))
    } else {
        state
            .prepare_cached("INSERT OR REPLACE INTO work VALUES(?1, ?2, ?3, ?4)")
            .and_then(|mut statement| {
                statement.execute(params![
                    run,
                    row.status.to_string(),
                    int(work.running),
                    int(work.ready)
                ])
            })
    };
    written.map(drop).or_fail(WRITING)
}

/// Returns the sums, in the order of their labels.
pub(super) fn sums(state: &Connection) -> Result<BTreeMap<Label, u64>> {
    let read = || {
        let mut statement =
            state.prepare_cached("SELECT measure, first, second, sum FROM counts WHERE sum > 0")?;
        let rows = statement.query_map([], |row| {
            Ok((
                row.get::<_, String>(0)?,
                row.get::<_, String>(1)?,
                row.get::<_, String>(2)?,
                uint(row.get(3)?),
            ))
        })?;
        rows.collect::<rusqlite::Result<Vec<_>>>()
    };
    read()
        .or_fail(READING)?
        .into_iter()
        .map(|(measure, first, second, sum)| {
            let measure = measure
                .parse()
                .map_err(|_unknown| corrupt("an unknown measure is counted"))?;
            let label = Label {
                measure,
                first,
                second,
            };
            Ok((label, sum))
        })
        .collect()
}

/// Returns all that is counted.
pub(super) fn all(state: &Connection) -> Result<Counts> {
    let read = || {
        let mut statement = state.prepare_cached(
            "SELECT status, count(*), sum(running), sum(ready) FROM work GROUP BY status",
        )?;
        let rows = statement.query_map([], |row| {
            Ok((
                row.get::<_, String>(0)?,
                uint(row.get(1)?),
                uint(row.get(2)?),
                uint(row.get(3)?),
            ))
        })?;
        rows.collect::<rusqlite::Result<Vec<_>>>()
    };
    let mut counts = Counts {
        sums: sums(state)?,
        ..Counts::default()
    };
    for (status, runs, running, ready) in read().or_fail(READING)? {
        let status = [RunStatus::Active, RunStatus::Waiting, RunStatus::Paused]
            .into_iter()
            .find(|known| known.to_string() == status)
            .ok_or_else(|| corrupt("a run has an unknown status"))?;
        counts.runs.insert(status, runs);
        counts.running = counts.running.saturating_add(running);
        counts.ready = counts.ready.saturating_add(ready);
    }
    Ok(counts)
}
