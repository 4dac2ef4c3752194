//! AWS Lambda: the `Invoke` operation, signed here, without an SDK.
//!
//! Two kinds of errors must not be mixed up. The platform's own come with a status that is no success;
//! whether the function ran then depends on the error's name. The function's come with success and a
//! header that says so, and are an answer.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use reqwest::{Method, Url};
use serde_json::{Value, json};
use venom_kernel::plain::line;
use venom_kernel::time::Millis;
use venom_ports::function::{Answer, FunctionError, LogTail, Mode};
use venom_ports::{FailureKind, Result};

use super::answer::{self, excerpt};
use super::client::{Outgoing, Reply, address, is_readable_on_the_way};
use super::credentials::{Credentials, Keys};
use super::retry::Setback;
use super::sign::{self, Request, Scope, encoded};
use super::{Attempt, Function, Means, failure};

/// The largest payload and answer of a call that is waited for: 6 MB (Lambda quotas).
const SYNC: usize = 6 << 20;
/// The largest payload of a call that is queued: 1 MB (Lambda API, Invoke).
const ASYNC: usize = 1 << 20;
/// An answer may be in base64 or have escapes, and its headers stand beside it.
const ANSWER: usize = SYNC + (1 << 20);
/// The largest client context, in base64 (Lambda API, Invoke).
const CONTEXT: usize = 3_583;
/// The longest tail of a log: Lambda gives 4 KB.
const LOG: usize = 16 << 10;

/// A function at AWS Lambda.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lambda {
    /// Its name, or its whole or partial ARN.
    pub function: String,
    /// The region.
    pub region: String,
    /// Another address than the region's own: an emulator, or a private endpoint.
    pub endpoint: Option<String>,
    /// A version or alias.
    pub qualifier: Option<String>,
    /// Where credentials come from.
    pub credentials: Credentials,
    /// Whether signed requests may be sent to another machine without TLS.
    pub allow_plain: bool,
}

impl Lambda {
    pub(super) const fn most(mode: Mode) -> usize {
        match mode {
            Mode::Sync | Mode::DryRun => SYNC,
            Mode::Async => ASYNC,
        }
    }

    pub(super) fn shown(&self) -> String {
        let qualifier = self
            .qualifier
            .as_ref()
            .map_or_else(String::new, |qualifier| format!(":{qualifier}"));
        let place = match &self.endpoint {
            Some(endpoint) => line(endpoint, 100),
            None => self.region.clone(),
        };
        format!("{}{qualifier} in {place}", line(&self.function, 170))
    }

    fn url(&self) -> Result<Url> {
        self.check()?;
        let base = if let Some(endpoint) = &self.endpoint {
            let url = address(endpoint)?;
            if url.query().is_some() {
                return Err(failure(
                    FailureKind::Refused,
                    "`endpoint` is an address without a query",
                ));
            }
            endpoint.trim_end_matches('/').to_owned()
        } else {
            let zone = if self.region.starts_with("cn-") {
                "amazonaws.com.cn"
            } else {
                "amazonaws.com"
            };
            format!("https://lambda.{}.{zone}", self.region)
        };
        let qualifier = self
            .qualifier
            .as_ref()
            .map_or_else(String::new, |name| format!("?Qualifier={}", encoded(name)));
        address(&format!(
            "{base}/2015-03-31/functions/{}/invocations{qualifier}",
            encoded(&self.function)
        ))
    }

    fn check(&self) -> Result<()> {
        let fits = |text: &str, most: usize, marks: &str| {
            !text.is_empty()
                && text.len() <= most
                && text
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || marks.contains(c))
        };
        let wrong = if !fits(&self.function, 256, "-_.:$") {
            "`function` is no name or ARN of a Lambda function"
        } else if !fits(&self.region, 40, "-") {
            "`region` is no name of a region"
        } else if self
            .qualifier
            .as_ref()
            .is_some_and(|text| !fits(text, 128, "-_$."))
        {
            "`qualifier` is no version or alias"
        } else {
            return Ok(());
        };
        Err(failure(FailureKind::Refused, wrong))
    }

    pub(super) async fn attempt(
        &self,
        means: &Means,
        function: &Function,
        attempt: &Attempt<'_>,
    ) -> std::result::Result<Answer, Setback> {
        let url = self.url().map_err(Setback::before)?;
        if is_readable_on_the_way(&url) && !self.allow_plain {
            return Err(Setback::before(
                failure(
                    FailureKind::Refused,
                    format!(
                        "a signed request is not sent to {} without TLS",
                        line(url.host_str().unwrap_or_default(), 100)
                    ),
                )
                .with_hint(
                    "use https://, or say `plain_http: true` where the network itself is trusted",
                ),
            ));
        }
        let keys = self
            .credentials
            .keys(means, &function.credentials)
            .await
            .map_err(Setback::before)?;
        let headers = self.headers(means, attempt, &url, &keys);
        let reply = means
            .send(Outgoing {
                method: Method::POST,
                url,
                headers,
                body: attempt.body.to_vec(),
                most: ANSWER,
            })
            .await?;
        let known: Vec<&str> = keys.token.iter().map(|token| token.as_str()).collect();
        if reply.is_success() {
            return read(&reply, attempt.mode, &known).map_err(Setback::during);
        }
        refusal(means, attempt.name, &reply, &known)
    }

    fn headers(
        &self,
        means: &Means,
        attempt: &Attempt<'_>,
        url: &Url,
        keys: &Keys,
    ) -> Vec<(&'static str, String)> {
        let scope = Scope {
            at: means.clock.now(),
            region: &self.region,
            service: "lambda",
        };
        let kind = match attempt.mode {
            Mode::Sync => "RequestResponse",
            Mode::Async => "Event",
            Mode::DryRun => "DryRun",
        };
        let mut headers = vec![
            ("content-type", "application/json".to_owned()),
            ("host", host(url)),
            ("x-amz-date", scope.stamp()),
            ("x-amz-invocation-type", kind.to_owned()),
        ];
        if attempt.mode == Mode::Sync {
            if attempt.tail == LogTail::Wanted {
                headers.push(("x-amz-log-type", "Tail".to_owned()));
            }
            let context = context(attempt);
            if context.len() <= CONTEXT {
                headers.push(("x-amz-client-context", context));
            }
        }
        if let Some(token) = &keys.token {
            headers.push(("x-amz-security-token", token.as_str().to_owned()));
        }
        let signed: Vec<(&str, &str)> = headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let query: Vec<(&str, &str)> = self
            .qualifier
            .iter()
            .map(|name| ("Qualifier", name.as_str()))
            .collect();
        let request = Request {
            method: "POST",
            path: url.path(),
            query: &query,
            headers: &signed,
            body: attempt.body,
        };
        let authorization = sign::authorization(&request, &scope, keys);
        headers.push(("authorization", authorization));
        headers
    }
}

/// Returns the host as it stands in the header.
fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// Tells the function the key of the call and when nobody waits any more: Lambda passes no headers on,
/// but it does pass this.
fn context(attempt: &Attempt<'_>) -> String {
    let context = json!({
        "custom": {
            "idempotency-key": attempt.key,
            "deadline-ms": (attempt.deadline.micros() / 1_000).to_string(),
            "traceparent": attempt.traceparent,
        },
    });
    BASE64_STANDARD.encode(context.to_string())
}

/// Reads the answer to a call that the platform let through.
fn read(reply: &Reply, mode: Mode, secrets: &[&str]) -> Result<Answer> {
    let error = reply
        .header("x-amz-function-error")
        .map(|kind| match kind.as_str() {
            "Handled" => FunctionError::Handled,
            _ => FunctionError::Unhandled,
        });
    let payload = match mode {
        // Emulators that know nothing of modes run the function.
        Mode::DryRun if reply.status != 204 => {
            return Err(failure(
                FailureKind::Corrupt,
                format!(
                    "the platform answered {} where a dry run is answered 204; the function may have run",
                    reply.status
                ),
            ));
        }
        Mode::Async | Mode::DryRun => Value::Null,
        Mode::Sync if reply.status == 202 => {
            return Err(failure(
                FailureKind::Corrupt,
                "the platform queued a call that was to be answered",
            ));
        }
        Mode::Sync => match answer::value(reply) {
            Ok(value) => value,
            Err(_) if error.is_some() => Value::String(excerpt(&reply.body, secrets)),
            Err(failure) => return Err(failure),
        },
    };
    let log = reply
        .headers
        .get("x-amz-log-result")
        .map(reqwest::header::HeaderValue::as_bytes)
        .filter(|text| text.len() <= LOG)
        .and_then(|text| BASE64_STANDARD.decode(text).ok())
        .map(|text| tail(&text));
    Ok(Answer {
        status: Some(reply.status),
        payload,
        error,
        billed: log.as_deref().and_then(billed),
        log,
        request: reply.header("x-amzn-requestid"),
        version: reply.header("x-amz-executed-version"),
        took: Millis::ZERO,
        attempts: 1,
    })
}

/// Returns a log as text without control characters.
fn tail(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes)
        .chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect()
}

/// Finds what is paid for in the report at the end of a log: `Billed Duration: 102 ms`.
fn billed(log: &str) -> Option<Millis> {
    let (_, rest) = log.rsplit_once("Billed Duration:")?;
    let number: String = rest
        .trim_start()
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    number.parse().ok().map(Millis::new)
}

/// Says what an error of the platform means.
fn refusal(
    means: &Means,
    name: &str,
    reply: &Reply,
    secrets: &[&str],
) -> std::result::Result<Answer, Setback> {
    let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    let text = |key: &str| body.get(key).and_then(Value::as_str);
    let kind = reply
        .header("x-amzn-errortype")
        .or_else(|| text("__type").or_else(|| text("code")).map(str::to_owned))
        // `ServiceException:http://...`, `com.amazonaws#ServiceException`
        .map(|kind| {
            let kind = kind.split(':').next().unwrap_or_default();
            line(kind.rsplit('#').next().unwrap_or_default(), 80)
        });
    // Emulators of the runtime pass the function's own error on in this way.
    if kind.is_none() && reply.status >= 500 && text("errorMessage").is_some() {
        return Ok(Answer {
            status: Some(reply.status),
            payload: body,
            error: Some(FunctionError::Unhandled),
            log: None,
            request: reply.header("x-amzn-requestid"),
            version: None,
            billed: None,
            took: Millis::ZERO,
            attempts: 1,
        });
    }
    let said = text("message").or_else(|| text("Message")).map_or_else(
        || excerpt(&reply.body, secrets),
        |message| excerpt(message.as_bytes(), secrets),
    );
    let kind = kind.unwrap_or_else(|| format!("status {}", reply.status));
    let fail =
        |to: FailureKind| failure(to, format!("Lambda did not run `{name}` ({kind}): {said}"));
    let after = answer::retry_after(reply, means.clock.now());
    Err(match (reply.status, kind.as_str()) {
        (429, _) | (_, "TooManyRequestsException" | "ThrottlingException" | "EC2ThrottledException") => {
            Setback::before(fail(FailureKind::Retryable)).after(after)
        }
        // The function is being made or changed; it did not run.
        (
            _,
            "ResourceConflictException"
            | "ResourceNotReadyException"
            | "SnapStartNotReadyException"
            | "EFSMountTimeoutException"
            | "EFSMountConnectivityException",
        ) => Setback::before(fail(FailureKind::Retryable)).after(after),
        (404, _) => Setback::before(fail(FailureKind::Missing).with_hint(
            "see that `function`, `qualifier`, `region` and `endpoint` are right and that it is deployed",
        )),
        (_, "InvalidSignatureException" | "SignatureDoesNotMatch" | "RequestExpired") => {
            Setback::before(fail(FailureKind::Refused).with_hint(
                "see that the secret key belongs to the access key, and that this machine's clock is right",
            ))
        }
        (_, "ExpiredTokenException" | "ExpiredToken" | "UnrecognizedClientException") | (401 | 403, _) => {
            Setback::before(fail(FailureKind::Refused).with_hint(
                "see that the credentials are valid and allow lambda:InvokeFunction",
            ))
        }
        (408, _) => Setback::during(fail(FailureKind::Retryable)),
        (300..=499, _) => Setback::before(fail(FailureKind::Refused)),
        // The function's own configuration is wrong; asking again does not mend it.
        (502, kind) if kind.starts_with("Invalid") || kind.starts_with("KMS") => {
            Setback::before(fail(FailureKind::Refused)
                .with_hint("the function is set up wrongly at AWS; see its configuration there"))
        }
        (_, _) => Setback::during(failure(
            FailureKind::Retryable,
            format!("Lambda could not say what became of `{name}` ({kind}): {said}"),
        ))
        .after(after),
    })
}

#[cfg(test)]
mod tests;
