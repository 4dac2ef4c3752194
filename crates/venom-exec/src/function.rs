//! Functions that run elsewhere: [`CloudFunctions`] calls AWS Lambda and anything behind HTTP.
//!
//! A call goes through four hands: this file finds the function, holds it to its input schema and its
//! limits and tries again where that is safe; `lambda` and `http` say what one attempt sends and
//! what its answer means; `client` sends it and bounds everything that comes back; and
//! `credentials`, `oidc`, `sign` and `keyed` vouch for it. Secrets are read for each call, from
//! where the configuration points, and are never shown.

mod answer;
mod client;
mod cloudevent;
mod credentials;
mod http;
mod keyed;
mod lambda;
mod oidc;
mod retry;
mod secret;
mod sign;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use venom_kernel::plain::line;
use venom_kernel::time::{Millis, Timestamp};
use venom_ports::clock::Clock;
use venom_ports::entropy::Entropy;
use venom_ports::function::{Answer, FunctionInfo, Functions, Invocation, LogTail, Mode};
use venom_ports::{Failure, FailureKind, Result};

use crate::egress::{Trust, TrustError};

use self::client::{Client, Outgoing, Reply};
use self::retry::{Quota, Ran, Setback};
use self::secret::Secrets;

pub use self::cloudevent::{Event, Form};
pub use self::credentials::Credentials;
pub use self::http::{Auth, Envelope, Http};
pub use self::lambda::Lambda;
pub use self::oidc::TokenSource;
pub use self::secret::{Lookup, SecretRef};

/// The longest name of a function.
const LONGEST_NAME: usize = 64;
/// The longest key of a call. The IETF draft on idempotency keys names no limit; those in use end at 255.
const LONGEST_KEY: usize = 255;

/// A function as the configuration describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    /// What the function does.
    pub description: Option<String>,
    /// The longest time for a call, repetitions included.
    pub timeout: Millis,
    /// How often a call is tried again.
    pub retries: u32,
    /// Whether a call may be repeated with the same key when nobody knows whether it ran.
    pub is_idempotent: bool,
    /// JSON Schema of what it takes.
    pub input: Option<Value>,
    /// Where it runs.
    pub target: Target,
}

/// Where a function runs.
#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    /// At AWS Lambda.
    Lambda(Lambda),
    /// Behind an HTTP address.
    Http(Http),
}

/// What the adapter is made of.
pub struct Tools {
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Spreads repetitions.
    pub entropy: Arc<dyn Entropy>,
    /// Looks variables of the environment up.
    pub lookup: Lookup,
    /// The user's home, where AWS keeps its profiles.
    pub home: Option<PathBuf>,
    /// Reads the roots that hosts are checked against; called once, for the first call.
    pub trust: Roots,
}

/// Reads the roots that hosts are checked against.
pub type Roots = Box<dyn Fn() -> std::result::Result<Trust, TrustError> + Send + Sync>;

/// Calls the functions of the configuration.
pub struct CloudFunctions {
    functions: BTreeMap<String, Function>,
    entropy: Arc<dyn Entropy>,
    means: Means,
}

/// What an attempt works with.
struct Means {
    /// Made for the first call: reading the roots takes longer than starting.
    client: OnceLock<Client>,
    trust: Roots,
    clock: Arc<dyn Clock>,
    secrets: Secrets,
    home: Option<PathBuf>,
}

impl Means {
    /// Sends a request and reads the whole answer.
    async fn send(&self, out: Outgoing) -> std::result::Result<Reply, Setback> {
        let client = if let Some(client) = self.client.get() {
            client
        } else {
            let client = Client::new((self.trust)()).map_err(Setback::before)?;
            self.client.get_or_init(|| client)
        };
        client.send(out).await
    }
}

struct Function {
    definition: Definition,
    quota: Quota,
    /// What was fetched to vouch for calls, until it expires.
    credentials: credentials::Cache,
    tokens: oidc::Cache,
}

/// One attempt of a call.
struct Attempt<'a> {
    name: &'a str,
    payload: &'a Value,
    /// The payload as JSON text.
    body: &'a [u8],
    mode: Mode,
    key: &'a str,
    tail: LogTail,
    traceparent: Option<&'a str>,
    /// When it is over.
    deadline: Timestamp,
    /// How long that is from now.
    left: Duration,
}

impl CloudFunctions {
    /// Makes an adapter for these functions. Nothing is read or reached yet.
    pub fn new(functions: BTreeMap<String, Definition>, tools: Tools) -> Self {
        let functions = functions
            .into_iter()
            .map(|(name, definition)| {
                let function = Function {
                    definition,
                    quota: Quota::default(),
                    credentials: credentials::Cache::default(),
                    tokens: oidc::Cache::default(),
                };
                (name, function)
            })
            .collect();
        Self {
            functions,
            entropy: tools.entropy,
            means: Means {
                client: OnceLock::new(),
                trust: tools.trust,
                clock: tools.clock,
                secrets: Secrets::new(tools.lookup),
                home: tools.home,
            },
        }
    }

    fn find(&self, name: &str) -> Result<&Function> {
        self.functions.get(name).ok_or_else(|| {
            let known: Vec<&str> = self.functions.keys().take(20).map(String::as_str).collect();
            let hint = if known.is_empty() {
                "describe it under `functions:` in the configuration; see docs/functions.md"
                    .to_owned()
            } else {
                format!("there are: {}", known.join(", "))
            };
            failure(
                FailureKind::Missing,
                format!("there is no function `{}`", line(name, LONGEST_NAME)),
            )
            .with_hint(hint)
        })
    }

    async fn attempts(
        &self,
        function: &Function,
        invocation: &Invocation,
        body: &[u8],
        within: Duration,
    ) -> Result<Answer> {
        let begun = Instant::now();
        let end = begun + within;
        let definition = &function.definition;
        let mut attempts: u32 = 0;
        loop {
            attempts = attempts.saturating_add(1);
            let left = end.saturating_duration_since(Instant::now());
            let micros = i64::try_from(left.as_micros()).unwrap_or(i64::MAX);
            let now = self.means.clock.now().micros();
            let attempt = Attempt {
                name: &invocation.function,
                payload: &invocation.payload,
                body,
                mode: invocation.mode,
                key: &invocation.key,
                tail: invocation.tail,
                traceparent: invocation.traceparent.as_deref(),
                deadline: Timestamp::from_micros(now.saturating_add(micros)),
                left,
            };
            let tried = match &definition.target {
                Target::Lambda(lambda) => lambda.attempt(&self.means, function, &attempt).await,
                Target::Http(http) => http.attempt(&self.means, function, &attempt).await,
            };
            let setback = match tried {
                Ok(mut answer) => {
                    if attempts == 1 {
                        function.quota.give_back();
                    }
                    answer.attempts = attempts;
                    answer.took =
                        Millis::new(u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX));
                    return Ok(answer);
                }
                Err(setback) => setback,
            };
            // A call that ended in time is not repeated beyond its time.
            let left = end.saturating_duration_since(Instant::now());
            let again = attempts <= definition.retries
                && setback.may_repeat(definition.is_idempotent)
                && function.quota.take();
            let wait = retry::wait(attempts, setback.after, self.entropy.random());
            match wait.filter(|wait| again && *wait < left) {
                Some(wait) => {
                    tracing::debug!(
                        function = %invocation.function,
                        attempts,
                        why = %setback.failure.message,
                        wait = ?wait,
                        "trying again"
                    );
                    tokio::time::sleep(wait).await;
                }
                None => return Err(finished(setback, definition, attempts)),
            }
        }
    }
}

/// Turns the last setback of a call into its failure.
fn finished(setback: Setback, definition: &Definition, attempts: u32) -> Failure {
    let Setback {
        mut failure,
        ran,
        after,
    } = setback;
    if attempts > 1 {
        failure.message = format!("{} (tried {attempts} times)", failure.message);
    }
    if ran == Ran::Maybe && failure.kind != FailureKind::Refused {
        failure.message.push_str("; it may have run");
        if failure.hint.is_none() && !definition.is_idempotent {
            failure.hint = Some(
                "see at the platform whether it ran; a function that may be repeated can say `idempotent: true`"
                    .to_owned(),
            );
        }
    }
    if let (Some(after), None) = (after, &failure.hint) {
        failure.hint = Some(format!("the platform asks to wait {} s", after.as_secs()));
    }
    failure
}

#[async_trait]
impl Functions for CloudFunctions {
    async fn invoke(&self, invocation: Invocation, cancel: CancellationToken) -> Result<Answer> {
        let function = self.find(&invocation.function)?;
        let definition = &function.definition;
        check(&invocation, definition)?;
        let body = serde_json::to_vec(&invocation.payload).map_err(|error| {
            failure(
                FailureKind::Refused,
                format!("the payload cannot be written as JSON: {error}"),
            )
        })?;
        let most = definition.target.most(invocation.mode);
        if body.len() > most {
            return Err(failure(
                FailureKind::Refused,
                format!(
                    "the payload has {} bytes; `{}` takes at most {most} when called {}",
                    body.len(),
                    invocation.function,
                    invocation.mode.name()
                ),
            )
            .with_hint("put the data somewhere both sides can reach, and pass its address"));
        }
        let within = invocation
            .within
            .map_or(definition.timeout, |wanted| wanted.min(definition.timeout));
        let within = Duration::from_millis(within.get());
        let work = self.attempts(function, &invocation, &body, within);
        // Dropping the work closes its connection.
        tokio::select! {
            biased;
            () = cancel.cancelled() => Err(failure(
                FailureKind::Retryable,
                format!("the call of `{}` was stopped; it may have run", invocation.function),
            )),
            ended = tokio::time::timeout(within, work) => ended.unwrap_or_else(|_elapsed| {
                Err(failure(
                    FailureKind::TimedOut,
                    format!(
                        "`{}` did not answer within {}; it may have run",
                        invocation.function,
                        Millis::new(u64::try_from(within.as_millis()).unwrap_or(u64::MAX)),
                    ),
                )
                .with_hint(format!(
                    "raise `timeout` of `functions.{}`, or call it with mode async",
                    invocation.function
                )))
            }),
        }
    }

    fn list(&self) -> Vec<FunctionInfo> {
        self.functions
            .iter()
            .map(|(name, function)| {
                let definition = &function.definition;
                FunctionInfo {
                    name: name.clone(),
                    kind: definition.target.kind(),
                    target: definition.target.shown(),
                    description: definition.description.clone(),
                    is_idempotent: definition.is_idempotent,
                    modes: definition.target.modes(),
                    timeout: definition.timeout,
                    input: definition.input.clone(),
                }
            })
            .collect()
    }
}

impl Target {
    fn kind(&self) -> &'static str {
        match self {
            Self::Lambda(_) => "lambda",
            Self::Http(_) => "http",
        }
    }

    fn shown(&self) -> String {
        match self {
            Self::Lambda(lambda) => lambda.shown(),
            Self::Http(http) => http.shown(),
        }
    }

    fn modes(&self) -> Vec<Mode> {
        match self {
            Self::Lambda(_) => Mode::ALL.to_vec(),
            Self::Http(http) => http.modes(),
        }
    }

    /// The largest payload in bytes.
    const fn most(&self, mode: Mode) -> usize {
        match self {
            Self::Lambda(_) => Lambda::most(mode),
            Self::Http(_) => Http::MOST,
        }
    }
}

/// Holds a call to what can be known before anything is sent.
fn check(invocation: &Invocation, definition: &Definition) -> Result<()> {
    let is_word = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
    let key = &invocation.key;
    if key.is_empty() || key.len() > LONGEST_KEY || !is_word(key) {
        return Err(failure(
            FailureKind::Refused,
            format!("the key of a call is 1 to {LONGEST_KEY} visible ASCII characters"),
        ));
    }
    if let Some(trace) = &invocation.traceparent
        && !(trace.len() == 55
            && trace
                .bytes()
                .all(|byte| byte == b'-' || byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)))
    {
        return Err(failure(
            FailureKind::Refused,
            "the traceparent does not have the form of W3C Trace Context, version 00",
        ));
    }
    let modes = definition.target.modes();
    if !modes.contains(&invocation.mode) {
        return Err(failure(
            FailureKind::Refused,
            format!(
                "`{}` cannot be called {}",
                invocation.function,
                invocation.mode.name()
            ),
        )
        .with_hint(format!(
            "give `functions.{}` an `async_url` that takes calls without answering them",
            invocation.function
        )));
    }
    let Some(schema) = &definition.input else {
        return Ok(());
    };
    let validator = jsonschema::validator_for(schema).map_err(|error| {
        failure(
            FailureKind::Refused,
            format!(
                "the `input` of `functions.{}` is no JSON Schema: {}",
                invocation.function,
                line(&error.to_string(), 300)
            ),
        )
    })?;
    let misfits: Vec<String> = validator
        .iter_errors(&invocation.payload)
        .take(5)
        .map(|error| {
            let place = error.instance_path().to_string();
            let place = if place.is_empty() { "/" } else { &place };
            format!("{place}: {}", line(&error.to_string(), 200))
        })
        .collect();
    if misfits.is_empty() {
        return Ok(());
    }
    Err(failure(
        FailureKind::Refused,
        format!(
            "the payload does not fit the input of `{}`: {}",
            invocation.function,
            misfits.join("; ")
        ),
    )
    .with_hint("`venom functions list --json` shows what each function takes"))
}

fn failure(kind: FailureKind, message: impl Into<String>) -> Failure {
    Failure::new(kind, message)
}
