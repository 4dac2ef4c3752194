//! Threads for work that blocks: they own a state and take requests from a bounded queue.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{mpsc, oneshot};
use venom_ports::{Failure, FailureKind, Result};

use super::closed;

/// Requests that may wait. Chosen: more than the tasks of a busy process; who comes later waits for
/// a place, which bounds the memory.
const WAITING: usize = 256;

enum Task<S> {
    Do(Box<dyn FnOnce(&mut S) + Send>),
    End(oneshot::Sender<()>),
}

/// A handle to threads that share one queue. They end when the last handle is gone.
pub(crate) struct Threads<S> {
    queue: mpsc::Sender<Task<S>>,
    count: usize,
}

impl<S> Clone for Threads<S> {
    fn clone(&self) -> Self {
        Self {
            queue: self.queue.clone(),
            count: self.count,
        }
    }
}

impl<S> std::fmt::Debug for Threads<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Threads")
            .field("count", &self.count)
            .finish_non_exhaustive()
    }
}

impl<S: Send + 'static> Threads<S> {
    /// Starts one thread per state.
    pub(crate) fn start(name: &str, states: Vec<S>) -> Result<Self> {
        let (queue, receiver) = mpsc::channel(WAITING);
        let receiver = Arc::new(Mutex::new(receiver));
        let count = states.len();
        for state in states {
            let receiver = Arc::clone(&receiver);
            spawn(name, move || serve(state, &receiver))?;
        }
        Ok(Self { queue, count })
    }

    /// Has one of the threads do something.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut S) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        let task = Task::Do(Box::new(move |state: &mut S| {
            // Nobody waits any more if this fails.
            let _unheard = reply.send(work(state));
        }));
        if self.queue.send(task).await.is_err() {
            return Err(closed());
        }
        match answer.await {
            Ok(result) => result,
            Err(_gone) => Err(closed()),
        }
    }

    /// Ends the threads after what is waiting was done.
    pub(crate) async fn close(&self) {
        for _ in 0..self.count {
            let (reply, ended) = oneshot::channel();
            if self.queue.send(Task::End(reply)).await.is_ok() {
                let _gone = ended.await;
            }
        }
    }
}

fn serve<S>(mut state: S, queue: &Mutex<mpsc::Receiver<Task<S>>>) {
    loop {
        // The lock is held while waiting: one thread waits for the queue, the others for the lock.
        let task = queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .blocking_recv();
        match task {
            Some(Task::Do(work)) => work(&mut state),
            Some(Task::End(reply)) => {
                drop(state);
                let _unheard = reply.send(());
                return;
            }
            None => return,
        }
    }
}

/// Starts a named thread.
pub(crate) fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<()> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map(drop)
        .map_err(|error| {
            Failure::new(
                FailureKind::Unavailable,
                format!("cannot start the thread {name}: {error}"),
            )
        })
}
