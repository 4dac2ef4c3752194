//! The readers: two threads with read-only connections. Two, because a check of the whole log must
//! not keep everybody else waiting, and the machine that VENOM is built for has two cores.

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use venom_ports::Result;

use super::connection;
use super::thread::Threads;

/// A read-only connection that is opened when it is first needed.
#[derive(Debug)]
pub(crate) struct Lazy {
    path: PathBuf,
    connection: Option<Connection>,
}

impl Lazy {
    /// Names the file.
    pub(crate) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            connection: None,
        }
    }

    /// Returns the connection.
    pub(crate) fn get(&mut self) -> Result<&Connection> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => connection::reader(&self.path)?,
        };
        Ok(self.connection.insert(connection))
    }
}

/// A handle to the readers.
#[derive(Debug, Clone)]
pub(crate) struct Readers {
    threads: Threads<Lazy>,
}

impl Readers {
    /// Starts the readers of a file.
    pub(crate) fn start(path: &Path) -> Result<Self> {
        let states = vec![Lazy::new(path), Lazy::new(path)];
        Ok(Self {
            threads: Threads::start("venom-read", states)?,
        })
    }

    /// Reads something.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.threads.ask(move |lazy| work(lazy.get()?)).await
    }

    /// Ends the readers.
    pub(crate) async fn close(&self) {
        self.threads.close().await;
    }
}
