//! Functions that run somewhere else: at a cloud provider, or behind any HTTP address.
//!
//! A function has a name of the user's and takes and gives JSON. Where it runs and how it is signed
//! for is the adapter's affair; what its failures mean is not: they arrive in the one taxonomy. A
//! function that ran and said no is an [`Answer`] with a [`FunctionError`]; a platform that did not
//! let it run is a [`Failure`](crate::Failure).

use async_trait::async_trait;
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use venom_kernel::time::Millis;

use crate::Result;

/// One call of a function.
#[derive(Debug, Clone, PartialEq)]
pub struct Invocation {
    /// The function's name in the configuration.
    pub function: String,
    /// What the function is given.
    pub payload: Value,
    /// Whether the answer is waited for.
    pub mode: Mode,
    /// Names this call and no other, the same for every repetition of it: a platform or a function
    /// that keeps keys does the work once.
    pub key: String,
    /// The longest time for everything, repetitions included; the function's own limit holds as well.
    pub within: Option<Millis>,
    /// Whether the end of the function's log is wanted, where the platform has one.
    pub tail: LogTail,
    /// The W3C trace that the call belongs to, passed on as it is.
    pub traceparent: Option<String>,
}

/// Whether the answer of a function is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// The function runs and its answer is the answer.
    Sync,
    /// The platform takes the call and runs the function later; there is no answer.
    Async,
    /// Nothing runs: the platform, or what can be checked here, says whether the call would be taken.
    DryRun,
}

impl Mode {
    /// All modes.
    pub const ALL: [Self; 3] = [Self::Sync, Self::Async, Self::DryRun];

    /// Returns the name that people type.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sync => "sync",
            Self::Async => "async",
            Self::DryRun => "dry-run",
        }
    }
}

/// Whether the end of a function's log is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogTail {
    /// It is.
    Wanted,
    /// It is not.
    Unwanted,
}

/// What came of a call.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The status of the platform; `None` if nothing was sent.
    pub status: Option<u16>,
    /// What the function gave; null if it gave nothing or was not waited for. With a
    /// [`FunctionError`] it says what went wrong.
    pub payload: Value,
    /// Whether the function ran and failed.
    pub error: Option<FunctionError>,
    /// The end of the function's log.
    pub log: Option<String>,
    /// How the platform names the call.
    pub request: Option<String>,
    /// Which version of the function ran, where the platform says so.
    pub version: Option<String>,
    /// The time that is paid for, where the platform says so.
    pub billed: Option<Millis>,
    /// How long it took from here, repetitions included.
    pub took: Millis,
    /// How often it was tried.
    pub attempts: u32,
}

/// How a function that ran failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FunctionError {
    /// It said so itself.
    Handled,
    /// It broke: an exception, a time limit, a lack of memory.
    Unhandled,
}

/// A function as the configuration describes it. It holds no secret.
#[derive(Debug, Clone, PartialEq)]
pub struct FunctionInfo {
    /// The name.
    pub name: String,
    /// The kind of platform: `lambda` or `http`.
    pub kind: &'static str,
    /// What is called, for people.
    pub target: String,
    /// What the function does, in the user's words.
    pub description: Option<String>,
    /// Whether the user says that it may be repeated with the same key.
    pub is_idempotent: bool,
    /// The ways in which it can be called.
    pub modes: Vec<Mode>,
    /// The longest time for a call.
    pub timeout: Millis,
    /// JSON Schema of what it takes.
    pub input: Option<Value>,
}

/// Calls functions.
#[async_trait]
pub trait Functions: Send + Sync {
    /// Calls a function. What may not have run, or is declared safe to repeat, is tried again within
    /// the limits of the function; anything else is tried once. When the token is cancelled the
    /// connection is closed at once; whether the function runs on is the platform's affair.
    ///
    /// `Missing` if nobody knows the function, `Refused` if the call makes no sense or is not allowed,
    /// `Retryable` if the platform is busy or broke, `Unavailable` if it cannot be reached,
    /// `TimedOut` if it took too long, `Corrupt` if its answer cannot be read.
    async fn invoke(&self, invocation: Invocation, cancel: CancellationToken) -> Result<Answer>;

    /// Lists the functions by name.
    fn list(&self) -> Vec<FunctionInfo>;
}
