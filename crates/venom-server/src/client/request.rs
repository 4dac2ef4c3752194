//! One question, one answer: sent again where that is safe, and failures in the words of the ports.

use std::time::{Duration, Instant};

use reqwest::{Method, Response, StatusCode, Url};
use serde::de::DeserializeOwned;
use serde_json::Value;
use venom_kernel::id::RunId;
use venom_kernel::plain;
use venom_ports::api::runs::ApiError;
use venom_ports::{Failure, FailureKind};

use super::Client;
use crate::problem::Problem;

/// How often a request is sent at most. Chosen: a server that is started again is back after the last pause.
const ATTEMPTS: u32 = 4;
/// The first pause between two attempts; each is three times as long as the one before.
const PAUSE: Duration = Duration::from_millis(100);
/// The pause between two looks at what is still being done.
const IN_PROGRESS: Duration = Duration::from_secs(1);
/// The longest pause that a server may ask for and gets. Chosen: longer than its limits need, and somebody
/// at a terminal still waits.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How long an answer may take. Chosen: longer than the server itself allows, which is a minute.
const PATIENCE: Duration = Duration::from_secs(75);
/// The same for what goes through a whole workspace.
const LONG_PATIENCE: Duration = Duration::from_hours(1);
/// The largest answer that is read. Chosen: blobs of 64 MiB are the largest that are stored at once.
const LARGEST: usize = 256 << 20;
/// The largest answer that says why something was not done.
const LARGEST_PROBLEM: usize = 64 << 10;
/// Most characters that are shown of what a server says.
const LONGEST_SAID: usize = 600;

/// What a server is asked.
#[derive(Debug, Clone)]
pub(super) struct Question {
    method: Method,
    path: String,
    query: Vec<(&'static str, String)>,
    body: Option<Value>,
    /// What it is about, for the words of a failure.
    about: About,
    is_long: bool,
}

/// What a question is about.
#[derive(Debug, Clone, Default)]
enum About {
    #[default]
    Nothing,
    Name(String),
    Run(RunId),
}

/// Writes a name as a part of a path.
pub(super) fn part(text: &str) -> String {
    use std::fmt::Write as _;
    let mut part = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            part.push(char::from(byte));
        } else {
            let _ = write!(part, "%{byte:02X}");
        }
    }
    part
}

impl Question {
    fn new(method: Method, path: &str) -> Self {
        Self {
            method,
            path: path.to_owned(),
            query: Vec::new(),
            body: None,
            about: About::Nothing,
            is_long: false,
        }
    }

    pub(super) fn get(path: &str) -> Self {
        Self::new(Method::GET, path)
    }

    pub(super) fn delete(path: &str) -> Self {
        Self::new(Method::DELETE, path)
    }

    pub(super) fn post(path: &str) -> Self {
        Self::new(Method::POST, path)
    }

    pub(super) fn of(mut self, run: RunId) -> Self {
        self.about = About::Run(run);
        self
    }

    pub(super) fn named(mut self, name: &str) -> Self {
        self.about = About::Name(name.to_owned());
        self
    }

    pub(super) fn with(mut self, name: &'static str, value: &impl ToString) -> Self {
        self.query.push((name, value.to_string()));
        self
    }

    pub(super) fn with_some(self, name: &'static str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.with(name, &value),
            None => self,
        }
    }

    pub(super) fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    pub(super) const fn long(mut self) -> Self {
        self.is_long = true;
        self
    }
}

/// Why there is no answer, and whether asking again may help.
struct Setback {
    failure: Failure,
    may_help: bool,
}

impl Client {
    /// Asks for a document.
    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        question: &Question,
    ) -> Result<T, ApiError> {
        let bytes = self.bytes(question).await?;
        serde_json::from_slice(&bytes).map_err(|error| strange(&error.to_string()).into())
    }

    /// Asks for bytes.
    pub(super) async fn bytes(&self, question: &Question) -> Result<Vec<u8>, ApiError> {
        // The same for all attempts, so that the server does it once.
        let key = (question.method == Method::POST)
            .then(|| format!("{:032x}", self.inner.entropy.random()));
        let patience = if question.is_long {
            LONG_PATIENCE
        } else {
            PATIENCE
        };
        let begun = Instant::now();
        let mut pause = PAUSE;
        let mut attempt = 1;
        loop {
            let answered =
                tokio::time::timeout(patience, self.once(question, key.as_deref())).await;
            let setback = match answered {
                Ok(Ok(Answer::Bytes(bytes))) => return Ok(bytes),
                // It was heard the first time, when the connection broke, and is still being done.
                Ok(Ok(Answer::Problem(problem)))
                    if problem.code == "in-progress" && begun.elapsed() < patience =>
                {
                    tokio::time::sleep(IN_PROGRESS).await;
                    continue;
                }
                Ok(Ok(Answer::Problem(problem))) => {
                    let asked = problem.retry_after.map(Duration::from_secs);
                    match asked.filter(|asked| *asked <= LONGEST_PAUSE) {
                        Some(asked) if attempt < ATTEMPTS => {
                            pause = asked.max(PAUSE);
                            Setback {
                                failure: strange("it was asked too often"),
                                may_help: true,
                            }
                        }
                        _ => return Err(failed(*problem, &question.about)),
                    }
                }
                Ok(Err(setback)) => setback,
                Err(_elapsed) => {
                    return Err(Failure::new(
                        FailureKind::TimedOut,
                        format!("{} did not answer in time", self.address()),
                    )
                    .into());
                }
            };
            if !setback.may_help || attempt >= ATTEMPTS {
                return Err(setback.failure.into());
            }
            tokio::time::sleep(pause).await;
            pause *= 3;
            attempt += 1;
        }
    }

    async fn once(&self, question: &Question, key: Option<&str>) -> Result<Answer, Setback> {
        let url = self.url(question)?;
        let mut request = self
            .inner
            .http
            .request(question.method.clone(), url)
            .bearer_auth(self.inner.token.as_str());
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        if let Some(body) = &question.body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        let mut response = request
            .send()
            .await
            .map_err(|error| self.unreached(error))?;
        let status = response.status();
        if status.is_success() {
            return self.read(&mut response, LARGEST).await.map(Answer::Bytes);
        }
        let bytes = self.read(&mut response, LARGEST_PROBLEM).await?;
        Ok(Answer::Problem(Box::new(problem(status, &bytes))))
    }

    /// Opens a stream; its body is read by whoever asked.
    pub(super) async fn open(&self, question: &Question, after: u64) -> Result<Response, Refusal> {
        let url = self
            .url(question)
            .map_err(|setback| Refusal::ForNow(setback.failure))?;
        let request = self
            .inner
            .http
            .request(question.method.clone(), url)
            .bearer_auth(self.inner.token.as_str())
            .header("accept", "text/event-stream")
            .header("last-event-id", after.to_string());
        let sent = tokio::time::timeout(PATIENCE, request.send()).await;
        let mut response = match sent {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => {
                let setback = self.unreached(error);
                return Err(if setback.may_help {
                    Refusal::ForNow(setback.failure)
                } else {
                    Refusal::ForEver(setback.failure.into())
                });
            }
            Err(_elapsed) => {
                return Err(Refusal::ForNow(Failure::new(
                    FailureKind::TimedOut,
                    format!("{} did not answer in time", self.address()),
                )));
            }
        };
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let read = self.read(&mut response, LARGEST_PROBLEM);
        let bytes = match tokio::time::timeout(PATIENCE, read).await {
            Ok(Ok(bytes)) => bytes,
            Ok(Err(setback)) => return Err(Refusal::ForNow(setback.failure)),
            Err(_elapsed) => {
                return Err(Refusal::ForNow(Failure::new(
                    FailureKind::TimedOut,
                    format!("{} did not say why it refused", self.address()),
                )));
            }
        };
        let problem = problem(status, &bytes);
        let is_for_now = status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error();
        let error = failed(problem, &question.about);
        Err(match error {
            ApiError::Failed(failure) if is_for_now => Refusal::ForNow(failure),
            error => Refusal::ForEver(error),
        })
    }

    fn url(&self, question: &Question) -> Result<Url, Setback> {
        let mut url = self.aim().map_err(|failure| Setback {
            failure,
            may_help: true,
        })?;
        url.set_path(&question.path);
        if !question.query.is_empty() {
            let mut pairs = url.query_pairs_mut();
            for (name, value) in &question.query {
                pairs.append_pair(name, value);
            }
        }
        Ok(url)
    }

    async fn read(&self, response: &mut Response, most: usize) -> Result<Vec<u8>, Setback> {
        let mut bytes = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| self.unreached(error))?
        {
            if bytes.len().saturating_add(chunk.len()) > most {
                return Err(Setback {
                    failure: strange("its answer is larger than what is taken"),
                    may_help: false,
                });
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }

    /// Says why the server was not reached.
    fn unreached(&self, error: reqwest::Error) -> Setback {
        let error = error.without_url();
        let address = self.address();
        if is_distrusted(&error) {
            return Setback {
                failure: Failure::new(
                    FailureKind::Refused,
                    format!("{address} could not prove that it is the server that is meant"),
                )
                .with_hint(
                    "compare the SHA-256 that `venom serve --tls` prints there with `--server-pin`",
                ),
                may_help: false,
            };
        }
        let why = plain::causes(&error, LONGEST_SAID);
        let failure = if error.is_connect() {
            Failure::new(
                FailureKind::Unavailable,
                format!("{address} cannot be reached: {why}"),
            )
            .with_hint("see that `venom serve` is under way there, and that the address is right")
        } else {
            Failure::new(
                FailureKind::Retryable,
                format!("{address} broke the connection off: {why}"),
            )
        };
        Setback {
            failure,
            may_help: true,
        }
    }
}

/// Why a stream was not opened.
pub(super) enum Refusal {
    /// It may be opened later.
    ForNow(Failure),
    /// It will not be.
    ForEver(ApiError),
}

enum Answer {
    Bytes(Vec<u8>),
    Problem(Box<Problem>),
}

/// Finds out whether TLS has something against the server.
fn is_distrusted(error: &reqwest::Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.downcast_ref::<rustls::Error>().is_some_and(|error| {
            matches!(
                error,
                rustls::Error::InvalidCertificate(_) | rustls::Error::AlertReceived(_)
            )
        }) {
            return true;
        }
        // What an error of input and output wraps is not among its causes.
        let wrapped = error
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref);
        cause = match wrapped {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        };
    }
    false
}

fn cut(text: &str) -> String {
    text.chars().take(LONGEST_SAID).collect()
}

/// The server says something that this version does not understand.
pub(super) fn strange(why: &str) -> Failure {
    Failure::new(
        FailureKind::Corrupt,
        format!("the server's answer cannot be used: {}", cut(why)),
    )
    .with_hint("see that both sides are of the same version: `venom --version`")
}

/// Reads why something was not done. What stands between may answer with anything.
fn problem(status: StatusCode, bytes: &[u8]) -> Problem {
    let mut problem = serde_json::from_slice::<Problem>(bytes).unwrap_or_else(|_no_problem| {
        let code = axum::http::StatusCode::from_u16(status.as_u16())
            .unwrap_or(axum::http::StatusCode::BAD_GATEWAY);
        Problem::new(code, "strange", format!("the server answered {status}"))
    });
    problem.status = status.as_u16();
    problem.detail = cut(&problem.detail);
    problem.hint = problem.hint.as_deref().map(cut);
    problem
}

/// Says a problem in the words of the ports.
fn failed(problem: Problem, about: &About) -> ApiError {
    let Problem {
        status,
        code,
        detail,
        hint,
        ..
    } = problem;
    let after = |before: &str| {
        detail
            .strip_prefix(before)
            .unwrap_or(detail.as_str())
            .to_owned()
    };
    let name = || match about {
        About::Run(run) => run.to_string(),
        About::Name(name) => name.clone(),
        About::Nothing => String::new(),
    };
    match (code.as_str(), about) {
        ("bad-goal", _) => return ApiError::BadGoal(after("the goal cannot be used: ")),
        ("bad-workspace", _) => {
            return ApiError::BadWorkspace(after("the workspace cannot be used: "));
        }
        ("no-such-run", _) => return ApiError::NoSuchRun(name()),
        ("ambiguous-run", _) => return ApiError::AmbiguousRun(name()),
        ("no-such-part", About::Run(run)) => {
            return ApiError::NoSuchPart {
                run: *run,
                what: after(&format!("run {run} has no ")),
            };
        }
        ("owned", About::Run(run)) => {
            return ApiError::Owned {
                run: *run,
                owner: after(&format!("run {run} belongs to ")),
            };
        }
        ("refused" | "finished" | "already-decided", About::Run(run)) if status == 409 => {
            return ApiError::Refused {
                run: *run,
                why: after(&format!("run {run} cannot do this: ")),
            };
        }
        _ => {}
    }
    if status == 401 {
        let failure = Failure::new(
            FailureKind::Refused,
            "the server does not know the token, or does not take it any more",
        )
        .with_hint("make one there with `venom token create`, and name its file with `--server-token-file` or VENOM_SERVER_TOKEN_FILE");
        return ApiError::NotLetIn(failure);
    }
    let kind = match code.as_str() {
        "missing" | "no-such-episode" | "no-such-fact" | "does-not-hold" => FailureKind::Missing,
        "conflict" => FailureKind::Conflict,
        "corrupt" => FailureKind::Corrupt,
        "timed-out" => FailureKind::TimedOut,
        "internal" => FailureKind::Internal,
        _ if status == 429 || status >= 500 => FailureKind::Unavailable,
        _ => FailureKind::Refused,
    };
    let failure = Failure::new(kind, detail);
    match hint {
        Some(hint) => failure.with_hint(hint),
        None => failure,
    }
    .into()
}
