//! A decision in the making, and what is counted while bytes flow.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU64, Ordering};
use std::time::Instant;

use super::{Breakdown, Decision, Decisions, Scheme, Unseen, Verdict, clean};
use crate::egress::budget::{Budget, Spent};
use crate::egress::host::Host;
use crate::egress::secret::SecretId;

/// What is counted while bytes flow; several futures of one exchange share it.
#[derive(Debug)]
pub(crate) struct Meter<'a> {
    budget: &'a Budget,
    sent: AtomicU64,
    received: AtomicU64,
    status: AtomicU16,
    is_answered: AtomicBool,
    marks: Mutex<Marks>,
}

#[derive(Debug, Default)]
struct Marks {
    swapped: BTreeSet<SecretId>,
    left: BTreeSet<SecretId>,
    masked: BTreeSet<SecretId>,
    unseen: BTreeSet<Unseen>,
}

impl Meter<'_> {
    /// Counts bytes that are about to go to the host.
    pub(crate) fn send(&self, bytes: usize) -> Result<(), Spent> {
        Self::count(&self.sent, bytes);
        self.budget.take_bytes(bytes as u64)
    }

    /// Counts bytes that came from the host.
    pub(crate) fn receive(&self, bytes: usize) -> Result<(), Spent> {
        Self::count(&self.received, bytes);
        self.budget.take_bytes(bytes as u64)
    }

    pub(crate) fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    fn count(counter: &AtomicU64, bytes: usize) {
        // The order of two counts does not matter, only their sum.
        counter.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn set_status(&self, status: u16) {
        self.status.store(status, Ordering::Relaxed);
    }

    /// Notes that the client has got the beginning of an answer: none of ours may follow.
    pub(crate) fn answer(&self) {
        self.is_answered.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_answered(&self) -> bool {
        self.is_answered.load(Ordering::Relaxed)
    }

    pub(crate) fn swapped(&self, ids: impl IntoIterator<Item = SecretId>) {
        self.mark(|marks| marks.swapped.extend(ids));
    }

    pub(crate) fn left(&self, ids: impl IntoIterator<Item = SecretId>) {
        self.mark(|marks| marks.left.extend(ids));
    }

    pub(crate) fn masked(&self, ids: impl IntoIterator<Item = SecretId>) {
        self.mark(|marks| marks.masked.extend(ids));
    }

    pub(crate) fn unseen(&self, what: Unseen) {
        self.mark(|marks| {
            marks.unseen.insert(what);
        });
    }

    fn mark(&self, change: impl FnOnce(&mut Marks)) {
        // Sets stay whole even if a thread dies while it adds to them.
        let mut marks = match self.marks.lock() {
            Ok(marks) => marks,
            Err(poisoned) => poisoned.into_inner(),
        };
        change(&mut marks);
    }
}

/// A decision in the making. Dropped before it is settled, it says that the run was ended.
pub(crate) struct Entry<'a> {
    decisions: &'a Decisions,
    pub(crate) meter: Meter<'a>,
    began: Instant,
    host: String,
    port: u16,
    pub(crate) scheme: Scheme,
    method: Option<String>,
    pub(crate) address: Option<IpAddr>,
    is_open: bool,
}

impl<'a> Entry<'a> {
    pub(crate) fn new(decisions: &'a Decisions, budget: &'a Budget, scheme: Scheme) -> Self {
        Self {
            decisions,
            meter: Meter {
                budget,
                sent: AtomicU64::new(0),
                received: AtomicU64::new(0),
                status: AtomicU16::new(0),
                is_answered: AtomicBool::new(false),
                marks: Mutex::default(),
            },
            began: Instant::now(),
            host: String::new(),
            port: 0,
            scheme,
            method: None,
            address: None,
            is_open: true,
        }
    }

    pub(crate) fn name(&mut self, host: &Host, port: u16) {
        self.host = host.to_string();
        self.port = port;
    }

    /// Keeps what was asked for when it is no host.
    pub(crate) fn name_unreadable(&mut self, target: &str) {
        self.host = clean(target);
    }

    pub(crate) fn method(&mut self, method: &str) {
        self.method = Some(clean(method));
    }

    /// The host and port for a message to the client.
    pub(crate) fn place(&self) -> String {
        match (self.host.is_empty(), self.port) {
            (true, _) => "unknown host".to_owned(),
            (false, 0) => self.host.clone(),
            (false, port) => format!("{}:{port}", self.host),
        }
    }

    /// Hands the decision over.
    pub(crate) fn settle(mut self, verdict: Verdict) {
        self.emit(verdict);
    }

    /// Forgets it: others say what happened.
    pub(crate) fn discard(mut self) {
        self.is_open = false;
    }

    fn emit(&mut self, verdict: Verdict) {
        if !self.is_open {
            return;
        }
        self.is_open = false;
        let marks = match self.meter.marks.get_mut() {
            Ok(marks) => std::mem::take(marks),
            Err(poisoned) => std::mem::take(poisoned.into_inner()),
        };
        let status = self.meter.status.load(Ordering::Relaxed);
        (self.decisions)(Decision {
            host: std::mem::take(&mut self.host),
            port: self.port,
            scheme: self.scheme,
            method: self.method.take(),
            address: self.address,
            verdict,
            status: (status != 0).then_some(status),
            sent: self.meter.sent.load(Ordering::Relaxed),
            received: self.meter.received.load(Ordering::Relaxed),
            duration: self.began.elapsed(),
            swapped: marks.swapped,
            left: marks.left,
            masked: marks.masked,
            unseen: marks.unseen,
        });
    }
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        self.emit(Verdict::Failed(Breakdown::Cancelled));
    }
}
