//! One HTTP request and its whole answer, for callers that may block.
//!
//! A thread of its own drives the client, so that callers may be inside a runtime or outside of one.
//! Redirects are not followed and proxies of the environment are not used: what vouches for us goes nowhere
//! but where it was meant to.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Method, Url};
use venom_kernel::plain;
use venom_ports::{Failure, FailureKind, Result};

use super::{Credentials, Roots};

/// How long connecting may take. Chosen: a service beside us is there in milliseconds; one on another
/// continent is no place for what a search waits for.
const CONNECT: Duration = Duration::from_secs(2);
/// The largest answer. Chosen: some thousand vectors, written out.
const LARGEST: usize = 64 << 20;
/// Most characters of why it was not reached.
const LONGEST_SAID: usize = 200;
/// Requests that may wait. Chosen: callers are the threads of one store.
const WAITING: usize = 16;

/// A request.
#[derive(Debug)]
pub(crate) struct Asking {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) body: Option<Vec<u8>>,
    pub(crate) patience: Duration,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

struct Job {
    asking: Asking,
    reply: SyncSender<Result<Answer>>,
}

/// A client of one service.
pub(crate) struct Http {
    name: String,
    credentials: Credentials,
    roots: Roots,
    jobs: Mutex<Option<SyncSender<Job>>>,
}

impl Http {
    /// Nothing is started before the first request.
    pub(crate) fn new(name: String, credentials: Credentials, roots: Roots) -> Self {
        Self {
            name,
            credentials,
            roots,
            jobs: Mutex::new(None),
        }
    }

    /// Sends a request and waits for its answer.
    pub(crate) fn ask(&self, asking: Asking) -> Result<Answer> {
        let patience = CONNECT + asking.patience + Duration::from_secs(1);
        let (reply, answer) = sync_channel(1);
        let jobs = self.jobs()?;
        if jobs.send(Job { asking, reply }).is_err() {
            *self.jobs.lock().unwrap_or_else(PoisonError::into_inner) = None;
            return Err(self.gone());
        }
        answer
            .recv_timeout(patience)
            .unwrap_or_else(|_silence| Err(self.silent(patience)))
    }

    fn jobs(&self) -> Result<SyncSender<Job>> {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(jobs) = &*jobs {
            return Ok(jobs.clone());
        }
        let (sender, receiver) = sync_channel(WAITING);
        let (roots, untrusting) = match (self.roots)() {
            Ok(roots) => (roots, None),
            Err(why) => (rustls::RootCertStore::empty(), Some(why)),
        };
        let client = client(roots)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::new(FailureKind::Unavailable, error.to_string()))?;
        let serving = Serving {
            name: self.name.clone(),
            credentials: std::sync::Arc::clone(&self.credentials),
            client,
            untrusting,
        };
        crate::sqlite::thread::spawn("venom-service", move || serving.serve(&runtime, &receiver))?;
        Ok(jobs.insert(sender).clone())
    }

    fn silent(&self, patience: Duration) -> Failure {
        let text = format!("{} did not answer in {} s", self.name, patience.as_secs());
        Failure::new(FailureKind::Unavailable, text)
    }

    fn gone(&self) -> Failure {
        Failure::new(
            FailureKind::Unavailable,
            format!("{} is not asked any more", self.name),
        )
    }
}

struct Serving {
    name: String,
    credentials: Credentials,
    client: reqwest::Client,
    untrusting: Option<String>,
}

impl Serving {
    fn serve(&self, runtime: &tokio::runtime::Runtime, jobs: &Receiver<Job>) {
        while let Ok(job) = jobs.recv() {
            let answer = runtime.block_on(self.send(job.asking));
            // Nobody waits any more if this fails.
            let _unheard = job.reply.try_send(answer);
        }
    }

    async fn send(&self, asking: Asking) -> Result<Answer> {
        let patience = asking.patience;
        if let (Some(why), "https") = (&self.untrusting, asking.url.scheme()) {
            return Err(Failure::new(
                FailureKind::Refused,
                format!("{} cannot be checked: {why}", self.name),
            ));
        }
        let mut request = self
            .client
            .request(asking.method, asking.url)
            .timeout(patience);
        if let Some(key) = (self.credentials)()? {
            let text = zeroize::Zeroizing::new(format!("Bearer {}", key.as_str()));
            let mut value = HeaderValue::from_str(&text).map_err(|_odd| {
                Failure::new(
                    FailureKind::Refused,
                    format!(
                        "the key of {} holds characters that no header can hold",
                        self.name
                    ),
                )
            })?;
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        if let Some(body) = asking.body {
            request = request
                .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
                .body(body);
        }
        let mut response = request
            .send()
            .await
            .map_err(|error| self.failure(error, patience))?;
        let status = response.status().as_u16();
        let mut body = Vec::new();
        while let Some(piece) = response
            .chunk()
            .await
            .map_err(|error| self.failure(error, patience))?
        {
            if body.len() + piece.len() > LARGEST {
                return Err(Failure::new(
                    FailureKind::Refused,
                    format!("{} answered with more than {LARGEST} bytes", self.name),
                ));
            }
            body.extend_from_slice(&piece);
        }
        Ok(Answer { status, body })
    }

    fn failure(&self, error: reqwest::Error, patience: Duration) -> Failure {
        if error.is_timeout() {
            let text = format!("{} did not answer in {} s", self.name, patience.as_secs());
            return Failure::new(FailureKind::Unavailable, text)
                .with_hint("see whether it is overloaded; the embedded store works without it");
        }
        let error = error.without_url();
        let words = plain::causes(&error, LONGEST_SAID);
        let is_other = words.contains("invalid HTTP") || words.contains("invalid response");
        if is_other {
            let text = format!("what answers as {} speaks no HTTP ({words})", self.name);
            return Failure::new(FailureKind::Refused, text)
                .with_hint("correct the address in `memory`");
        }
        let text = format!("{} cannot be reached: {words}", self.name);
        Failure::new(FailureKind::Unavailable, text)
            .with_hint("start it, or correct the address in `memory`")
    }
}

fn client(roots: rustls::RootCertStore) -> Result<reqwest::Client> {
    let internal = |why: String| {
        Failure::new(
            FailureKind::Internal,
            format!("the HTTP client cannot be made: {why}"),
        )
    };
    // Given by hand, so that no process-wide choice has to be made first.
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| internal(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_proxy()
        .connect_timeout(CONNECT)
        .pool_max_idle_per_host(1)
        .tcp_nodelay(true)
        .user_agent(concat!("venom/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| internal(error.to_string()))
}
