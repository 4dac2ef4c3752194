//! The inbox in memory.

use std::sync::Mutex;

use async_trait::async_trait;
use venom_kernel::id::RunId;
use venom_kernel::time::Timestamp;
use venom_ports::inbox::{Command, Inbox, Posted};
use venom_ports::{Failure, FailureKind, Result};

use super::lock;

/// The inbox in memory.
#[derive(Debug, Default)]
pub struct MemoryInbox {
    rows: Mutex<Vec<Row>>,
}

#[derive(Debug)]
struct Row {
    run: RunId,
    posted: Posted,
    taken: bool,
}

impl MemoryInbox {
    /// Makes an empty inbox.
    pub fn new() -> Self {
        Self::default()
    }
}

#[async_trait]
impl Inbox for MemoryInbox {
    async fn post(&self, run: RunId, command: Command, by: &str, time: Timestamp) -> Result<u64> {
        let mut rows = lock(&self.rows);
        let number = rows.last().map_or(1, |row| row.posted.number + 1);
        let posted = Posted {
            number,
            command,
            by: by.to_owned(),
            time,
        };
        rows.push(Row {
            run,
            posted,
            taken: false,
        });
        Ok(number)
    }

    async fn pending(&self, run: RunId) -> Result<Vec<Posted>> {
        let rows = lock(&self.rows);
        let pending = rows.iter().filter(|row| row.run == run && !row.taken);
        Ok(pending.map(|row| row.posted.clone()).collect())
    }

    async fn taken(&self, run: RunId, number: u64) -> Result<()> {
        let mut rows = lock(&self.rows);
        if let Some(row) = rows
            .iter_mut()
            .find(|row| row.run == run && row.posted.number == number)
        {
            row.taken = true;
            Ok(())
        } else {
            let text = format!("{run} has no command {number}");
            Err(Failure::new(FailureKind::Missing, text))
        }
    }
}
