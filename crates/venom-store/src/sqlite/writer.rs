//! The writer: the one thread of the process that changes the log's file.
//!
//! All requests that wait are done in one transaction, each in its own savepoint, and answered
//! after the commit, never before: one flush of the disk serves many. When the commit fails, all of
//! them failed.

use std::path::Path;

use tokio::sync::{mpsc, oneshot};
use venom_ports::{Failure, Result};

use super::closed;
use super::connection::{self, Durability};
use super::thread::spawn;
use crate::log::ledger::{Ledger, Signer};
use crate::log::schema;

/// Requests in one transaction. From the measurements of group commits: at 64 producers a commit
/// holds them all, and longer transactions only keep other processes waiting.
const GROUP: usize = 512;

/// Requests that may wait: the next group while one is being committed, and one more. Whoever comes
/// later waits for a place, which bounds the memory and slows the producers to the disk's pace.
const WAITING: usize = 2 * GROUP;

/// A request of any type.
trait Job: Send {
    /// Does it inside the transaction; the answer waits for the commit.
    fn perform(self: Box<Self>, ledger: &mut Ledger) -> Performed;
    /// Answers that it was not done.
    fn fail(self: Box<Self>, failure: &Failure);
}

/// Answers a request after the commit; the failure is the commit's.
type Answer = Box<dyn FnOnce(Option<&Failure>)>;

struct Performed {
    /// Why the store failed, if it did; what was written must then be taken back.
    broken: Option<Failure>,
    answer: Answer,
}

struct Asked<F, T, E> {
    work: F,
    reply: oneshot::Sender<std::result::Result<T, E>>,
}

impl<F, T, E> Job for Asked<F, T, E>
where
    F: FnOnce(&mut Ledger) -> Result<std::result::Result<T, E>> + Send,
    T: Send + 'static,
    E: From<Failure> + Send + 'static,
{
    fn perform(self: Box<Self>, ledger: &mut Ledger) -> Performed {
        let Self { work, reply } = *self;
        let (broken, result) = match work(ledger) {
            Ok(result) => (None, result),
            Err(failure) => (Some(failure.clone()), Err(failure.into())),
        };
        let answer = Box::new(move |failed: Option<&Failure>| {
            let result = match (result, failed) {
                (Ok(_), Some(failure)) => Err(failure.clone().into()),
                (result, _) => result,
            };
            // Nobody waits any more if this fails.
            let _unheard = reply.send(result);
        });
        Performed { broken, answer }
    }

    fn fail(self: Box<Self>, failure: &Failure) {
        let _unheard = self.reply.send(Err(failure.clone().into()));
    }
}

enum Message {
    Do(Box<dyn Job>),
    Close(oneshot::Sender<Result<()>>),
}

/// A handle to the writer. It ends when the last handle is gone.
#[derive(Debug, Clone)]
pub(crate) struct Writer {
    queue: mpsc::Sender<Message>,
}

impl Writer {
    /// Opens the log's file and starts the thread.
    pub(crate) fn open(path: &Path, signer: Signer) -> Result<Self> {
        let connection = connection::writer(path, Durability::Full, schema::MIGRATIONS)?;
        let (queue, receiver) = mpsc::channel(WAITING);
        spawn("venom-write", move || {
            serve(Ledger::new(connection, signer), receiver);
        })?;
        Ok(Self { queue })
    }

    /// Has something done in a transaction and returns when it is committed. The inner result is
    /// the answer, which may be a refusal; the outer one says whether the store worked.
    pub(crate) async fn ask<T, E, F>(&self, work: F) -> std::result::Result<T, E>
    where
        F: FnOnce(&mut Ledger) -> Result<std::result::Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<Failure> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Message::Do(Box::new(Asked { work, reply }));
        if self.queue.send(job).await.is_err() {
            return Err(closed().into());
        }
        match answer.await {
            Ok(result) => result,
            Err(_gone) => Err(closed().into()),
        }
    }

    /// Does what waits, seals the tail and ends the thread.
    pub(crate) async fn close(&self) -> Result<()> {
        let (reply, answer) = oneshot::channel();
        if self.queue.send(Message::Close(reply)).await.is_err() {
            return Ok(());
        }
        answer.await.unwrap_or(Ok(()))
    }
}

fn serve(mut ledger: Ledger, mut queue: mpsc::Receiver<Message>) {
    let mut group = Vec::new();
    while let Some(first) = queue.blocking_recv() {
        let mut next = Some(first);
        let mut closing = None;
        while let Some(message) = next {
            match message {
                Message::Do(job) => group.push(job),
                Message::Close(reply) => {
                    closing = Some(reply);
                    break;
                }
            }
            next = if group.len() < GROUP {
                queue.try_recv().ok()
            } else {
                None
            };
        }
        commit(&mut ledger, &mut group);
        if let Some(reply) = closing {
            let sealed = seal(&mut ledger);
            // Closing the connection folds the write-ahead log into the file.
            drop(ledger);
            let _unheard = reply.send(sealed);
            return;
        }
    }
    if let Err(failure) = seal(&mut ledger) {
        tracing::warn!(%failure, "the log's tail was not sealed");
    }
}

/// Performs a group in one transaction, then answers.
fn commit(ledger: &mut Ledger, group: &mut Vec<Box<dyn Job>>) {
    if group.is_empty() {
        return;
    }
    if let Err(failure) = ledger.begin() {
        for job in group.drain(..) {
            job.fail(&failure);
        }
        return;
    }
    let alone = group.len() == 1;
    let mut answers = Vec::with_capacity(group.len());
    let mut failed = None;
    for job in group.drain(..) {
        if let Some(failure) = &failed {
            job.fail(failure);
            continue;
        }
        match perform(ledger, job, alone) {
            Ok(answer) => answers.push(answer),
            Err((answer, failure)) => {
                answers.extend(answer);
                failed = Some(failure);
            }
        }
    }
    let failed = match failed {
        Some(failure) => Some(failure),
        None => ledger.commit().err(),
    };
    if let Some(failure) = &failed {
        tracing::error!(%failure, requests = answers.len(), "a commit failed");
        ledger.roll_back();
    }
    for answer in answers {
        answer(failed.as_ref());
    }
}

/// Performs one request in a savepoint. A request that broke is taken back alone; the error case is
/// a transaction that cannot go on.
fn perform(
    ledger: &mut Ledger,
    job: Box<dyn Job>,
    alone: bool,
) -> std::result::Result<Answer, (Option<Answer>, Failure)> {
    // A request that is alone needs no savepoint: the transaction is one.
    if alone {
        let Performed { broken, answer } = job.perform(ledger);
        return match broken {
            Some(failure) => Err((Some(answer), failure)),
            None => Ok(answer),
        };
    }
    if let Err(failure) = ledger.execute("SAVEPOINT request") {
        job.fail(&failure);
        return Err((None, failure));
    }
    let before = ledger.mark();
    let Performed { broken, answer } = job.perform(ledger);
    let settled = if broken.is_some() {
        ledger.reset(before);
        ledger
            .execute("ROLLBACK TO request")
            .and_then(|()| ledger.execute("RELEASE request"))
    } else {
        ledger.execute("RELEASE request")
    };
    match settled {
        Ok(()) => Ok(answer),
        Err(failure) => Err((Some(answer), failure)),
    }
}

fn seal(ledger: &mut Ledger) -> Result<()> {
    ledger.begin()?;
    let sealed = ledger.seal_tail().and_then(|()| ledger.commit());
    if sealed.is_err() {
        ledger.roll_back();
    }
    sealed
}
