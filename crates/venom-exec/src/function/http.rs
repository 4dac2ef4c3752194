//! Functions behind an HTTP address: Cloud Run functions, Knative, OpenFaaS, workers and the like.
//!
//! A call is one `POST` of JSON, plain or as a CloudEvent. Beside the body it tells the function when
//! nobody waits any more and under which key the call is known.

use reqwest::{Method, Url};
use venom_kernel::plain::line;
use venom_kernel::time::Millis;
use venom_ports::function::{Answer, Mode};
use venom_ports::{FailureKind, Result};

use super::answer::{self, excerpt};
use super::client::{Outgoing, Reply, address, is_readable_on_the_way};
use super::cloudevent::{self, Event};
use super::oidc::TokenSource;
use super::retry::Setback;
use super::secret::{Secret, SecretRef};
use super::{Attempt, Function, Means, failure, keyed};

/// The largest answer: what Lambda allows, so that a function can move from one to the other.
const LARGEST: usize = 6 << 20;
/// Headers in which platforms name a request, in the order in which they are looked for: OpenFaaS,
/// Cloud Functions, Google's load balancer, Cloudflare, and the one that most others use.
const REQUEST_IDS: [&str; 5] = [
    "x-call-id",
    "function-execution-id",
    "x-cloud-trace-context",
    "cf-ray",
    "x-request-id",
];

/// A function behind an HTTP address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Http {
    /// The address.
    pub url: String,
    /// An address that takes calls without answering them.
    pub async_url: Option<String>,
    /// How calls are vouched for.
    pub auth: Auth,
    /// How the payload is wrapped.
    pub envelope: Envelope,
    /// Whether what vouches for calls may be sent to another machine without TLS.
    pub allow_plain: bool,
}

/// How calls are vouched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Auth {
    /// Not at all.
    None,
    /// With a token that does not change.
    Bearer(SecretRef),
    /// With a token that says who calls, and whom.
    Oidc {
        /// Whom the token is for.
        audience: String,
        /// Where it comes from.
        source: TokenSource,
    },
    /// With a signature over the request.
    Hmac(SecretRef),
}

/// How the payload is wrapped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Envelope {
    /// It is the body.
    Json,
    /// It is the data of an event.
    CloudEvent(Event),
}

/// What vouches for one request.
struct Voucher {
    headers: Vec<(&'static str, String)>,
    /// What must not be shown.
    secret: Option<Secret>,
    /// Whether it was kept from an earlier call, and may have been revoked since.
    is_kept: bool,
}

impl Http {
    /// The largest payload in bytes. Chosen: larger ones are refused by most platforms (Cloud Run
    /// functions end at 10 MiB).
    pub(super) const MOST: usize = 10 << 20;

    pub(super) fn modes(&self) -> Vec<Mode> {
        let mut modes = vec![Mode::Sync, Mode::DryRun];
        if self.async_url.is_some() {
            modes.insert(1, Mode::Async);
        }
        modes
    }

    /// Returns the address without its query, which may hold a key.
    pub(super) fn shown(&self) -> String {
        match Url::parse(&self.url) {
            Ok(url) => format!(
                "{}{}",
                url.origin().ascii_serialization(),
                line(url.path(), 200)
            ),
            Err(_) => line(&self.url, 200),
        }
    }

    pub(super) async fn attempt(
        &self,
        means: &Means,
        function: &Function,
        attempt: &Attempt<'_>,
    ) -> std::result::Result<Answer, Setback> {
        let url = match (attempt.mode, &self.async_url) {
            (Mode::Async, Some(url)) => url,
            (Mode::Sync | Mode::DryRun | Mode::Async, _) => &self.url,
        };
        let url = address(url).map_err(Setback::before)?;
        let (mut headers, body) = self.written(means, attempt);
        let voucher = self
            .vouch(means, function, &url, &body)
            .await
            .map_err(Setback::before)?;
        if attempt.mode == Mode::DryRun {
            // There is no way to ask a plain function whether it would; nothing is sent.
            return Ok(answer_of(None, serde_json::Value::Null, None));
        }
        headers.extend(voucher.headers);
        let reply = means
            .send(Outgoing {
                method: Method::POST,
                url,
                headers,
                body,
                most: LARGEST,
            })
            .await?;
        let known: Vec<&str> = voucher.secret.iter().map(|s| s.as_str()).collect();
        if !reply.is_success() {
            let said = excerpt(&reply.body, &known);
            let mut setback = answer::setback(&reply, attempt.name, &said, means.clock.now());
            // A new token is worth one more attempt.
            if reply.status == 401 && voucher.is_kept {
                function.tokens.forget();
                setback.failure.kind = FailureKind::Retryable;
            }
            return Err(setback);
        }
        self.read(&reply, attempt.mode).map_err(Setback::during)
    }

    fn written(
        &self,
        means: &Means,
        attempt: &Attempt<'_>,
    ) -> (Vec<(&'static str, String)>, Vec<u8>) {
        let (mut headers, body) = match &self.envelope {
            Envelope::Json => (
                vec![("content-type", "application/json".to_owned())],
                attempt.body.to_vec(),
            ),
            Envelope::CloudEvent(event) => {
                let written = event.write(
                    attempt.key,
                    means.clock.now(),
                    attempt.name,
                    attempt.payload,
                );
                (written.headers, written.body)
            }
        };
        let deadline = jiff::Timestamp::from_microsecond(attempt.deadline.micros())
            .unwrap_or_default()
            .strftime("%Y-%m-%dT%H:%M:%S.%3fZ")
            .to_string();
        headers.push(("accept", "application/json, text/plain;q=0.5".to_owned()));
        headers.push(("idempotency-key", attempt.key.to_owned()));
        headers.push(("x-request-deadline", deadline));
        headers.push(("x-request-timeout-ms", attempt.left.as_millis().to_string()));
        if let Some(trace) = attempt.traceparent {
            headers.push(("traceparent", trace.to_owned()));
        }
        (headers, body)
    }

    async fn vouch(
        &self,
        means: &Means,
        function: &Function,
        url: &Url,
        body: &[u8],
    ) -> Result<Voucher> {
        let is_secret_sent = !matches!(self.auth, Auth::None | Auth::Hmac(_));
        if is_secret_sent && is_readable_on_the_way(url) && !self.allow_plain {
            return Err(failure(
                FailureKind::Refused,
                format!(
                    "a token is not sent to {} without TLS",
                    line(url.host_str().unwrap_or_default(), 100)
                ),
            )
            .with_hint(
                "use https://, or say `plain_http: true` where the network itself is trusted",
            ));
        }
        let bearer = |token: Secret, is_kept: bool| Voucher {
            headers: vec![("authorization", format!("Bearer {}", token.as_str()))],
            secret: Some(token),
            is_kept,
        };
        match &self.auth {
            Auth::None => Ok(Voucher {
                headers: Vec::new(),
                secret: None,
                is_kept: false,
            }),
            Auth::Bearer(token) => Ok(bearer(means.secrets.read(token).await?, false)),
            Auth::Oidc { audience, source } => {
                let (token, is_kept) = source.token(means, &function.tokens, audience).await?;
                Ok(bearer(token, is_kept))
            }
            Auth::Hmac(secret) => {
                let secret = means.secrets.read(secret).await?;
                let seconds = means.clock.now().micros().div_euclid(1_000_000);
                let path = match url.query() {
                    Some(query) => format!("{}?{query}", url.path()),
                    None => url.path().to_owned(),
                };
                let signature = keyed::signature(&secret, "POST", &path, seconds, body);
                Ok(Voucher {
                    headers: vec![
                        (keyed::TIMESTAMP, seconds.to_string()),
                        (keyed::SIGNATURE, signature),
                    ],
                    secret: Some(secret),
                    is_kept: false,
                })
            }
        }
    }

    fn read(&self, reply: &Reply, mode: Mode) -> Result<Answer> {
        let request = REQUEST_IDS.iter().find_map(|name| reply.header(name));
        // Nobody waited for it: what a queue says about a call is not the function's answer.
        let payload = match (mode, &self.envelope) {
            (Mode::Async, _) => serde_json::Value::Null,
            (Mode::Sync | Mode::DryRun, Envelope::Json) => answer::value(reply)?,
            (Mode::Sync | Mode::DryRun, Envelope::CloudEvent(_)) => cloudevent::read(reply)?,
        };
        Ok(answer_of(Some(reply.status), payload, request))
    }
}

fn answer_of(status: Option<u16>, payload: serde_json::Value, request: Option<String>) -> Answer {
    Answer {
        status,
        payload,
        error: None,
        log: None,
        request,
        version: None,
        billed: None,
        took: Millis::ZERO,
        attempts: 1,
    }
}
