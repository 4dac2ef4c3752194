//! The supervisor: starts tasks on the async runtime, catches their panics, and waits for them.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use futures::FutureExt as _;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use venom_ports::task::{Supervisor, TaskKind, Work};

/// Runs tasks on the tokio runtime that it is used in.
#[derive(Clone)]
pub struct TokioSupervisor {
    shared: Arc<Shared>,
}

struct Shared {
    root: CancellationToken,
    tasks: Mutex<Tasks>,
    drained: Notify,
}

#[derive(Default)]
struct Tasks {
    last: u64,
    running: BTreeMap<u64, TaskKind>,
}

impl Default for TokioSupervisor {
    fn default() -> Self {
        Self {
            shared: Arc::new(Shared {
                root: CancellationToken::new(),
                tasks: Mutex::new(Tasks::default()),
                drained: Notify::new(),
            }),
        }
    }
}

impl Shared {
    fn begin(&self, kind: TaskKind) -> u64 {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        tasks.last += 1;
        let number = tasks.last;
        tasks.running.insert(number, kind);
        number
    }

    fn end(&self, number: u64) {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        tasks.running.remove(&number);
        if tasks.running.is_empty() {
            self.drained.notify_waiters();
        }
    }

    fn count(&self) -> usize {
        self.tasks
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .running
            .len()
    }
}

/// Takes a task off the list however it ends, also when the runtime drops it half-way.
struct Registered {
    shared: Arc<Shared>,
    number: u64,
}

impl Drop for Registered {
    fn drop(&mut self) {
        self.shared.end(self.number);
    }
}

impl Supervisor for TokioSupervisor {
    fn start(&self, kind: TaskKind, work: Work, on_panic: Box<dyn FnOnce(String) + Send>) {
        let registered = Registered {
            number: self.shared.begin(kind.clone()),
            shared: self.shared.clone(),
        };
        let task = async move {
            let _registered = registered;
            if let Err(panic) = AssertUnwindSafe(work).catch_unwind().await {
                let message = panic_message(panic.as_ref());
                tracing::error!(task = %kind, %message, "task panicked");
                on_panic(message);
            }
        };
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the one place that starts tasks"
        )]
        tokio::spawn(task);
    }

    fn root(&self) -> CancellationToken {
        self.shared.root.clone()
    }

    fn running(&self) -> usize {
        self.shared.count()
    }

    fn drained(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            loop {
                let changed = self.shared.drained.notified();
                if self.shared.count() == 0 {
                    return;
                }
                changed.await;
            }
        })
    }
}

/// Returns the text that a panic carries.
pub(crate) fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    if let Some(text) = panic.downcast_ref::<&str>() {
        (*text).to_owned()
    } else if let Some(text) = panic.downcast_ref::<String>() {
        text.clone()
    } else {
        "a panic without a message".to_owned()
    }
}
