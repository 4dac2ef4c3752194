//! The HTTP client: one request, one answer that comes in pieces.
//!
//! Redirects are not followed, so that a key goes nowhere but where it was meant to; proxies of the
//! environment are not used, nothing is decompressed and nothing is tried again here. Dropping the
//! future of a request, or its answer, closes the connection.

use std::time::Duration;

use bytes::Bytes;
use reqwest::Url;
use reqwest::header::{
    CONNECTION, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue,
};
use reqwest::redirect::Policy;
use venom_kernel::plain::{causes, line};
use venom_ports::{Failure, FailureKind};

use crate::key::Key;
use crate::provider::Roots;
use crate::retry::Setback;

/// How much of an error is shown in a message.
const SHOWN: usize = 300;

/// How long connecting and agreeing on a cipher may take. Chosen: a handshake around the world takes
/// less than two seconds.
const CONNECT: Duration = Duration::from_secs(10);
/// How long a connection is kept for the next call. Chosen: shorter than the idle times of load balancers
/// (60 s and more), so that a call does not meet a closed one.
const IDLE: Duration = Duration::from_secs(15);
/// Signs of life on a silent connection: address translators forget silent ones after 350 s, and a model
/// may think for minutes.
const KEEPALIVE: Duration = Duration::from_mins(1);
/// The most that is read of an answer that is an error. Chosen: errors of all providers have a few KiB.
const LARGEST_ERROR: usize = 64 << 10;
/// Headers by which providers name a call.
const REQUEST_IDS: [&str; 3] = ["request-id", "x-request-id", "x-goog-request-id"];

/// Sends requests.
pub(crate) struct Client {
    client: reqwest::Client,
    /// Why hosts cannot be checked, if they cannot.
    untrusting: Option<String>,
}

/// A request with what vouches for it.
pub(crate) struct Sent<'a> {
    /// The body of a question, or none where something is looked up.
    pub(crate) body: Option<Vec<u8>>,
    pub(crate) url: Url,
    pub(crate) headers: Vec<(&'static str, String)>,
    /// The header that the key goes into, what stands before it, and the key.
    pub(crate) key: Option<(&'static str, &'static str, &'a Key)>,
}

/// An answer whose body has not been read yet.
#[derive(Debug)]
pub(crate) struct Answer {
    response: reqwest::Response,
    headers: HeaderMap,
    pub(crate) status: u16,
    host: String,
}

impl Client {
    pub(crate) fn new(roots: &Roots) -> Result<Self, Failure> {
        let internal = |error: &dyn std::error::Error| {
            Failure::new(
                FailureKind::Internal,
                format!("the HTTP client cannot be made: {}", causes(error, SHOWN)),
            )
        };
        let (roots, untrusting) = match roots() {
            Ok(roots) => (roots, None),
            Err(why) => (rustls::RootCertStore::empty(), Some(why)),
        };
        // Given by hand, so that no process-wide choice has to be made first.
        let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| internal(&error))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .connect_timeout(CONNECT)
            .pool_idle_timeout(IDLE)
            .tcp_keepalive(KEEPALIVE)
            .tcp_nodelay(true)
            .user_agent(concat!("venom/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| internal(&error))?;
        Ok(Self { client, untrusting })
    }

    /// Sends a request and reads the head of its answer.
    pub(crate) async fn send(&self, sent: Sent<'_>) -> Result<Answer, Setback> {
        let host = host_of(&sent.url);
        if let (Some(why), "https") = (&self.untrusting, sent.url.scheme()) {
            return Err(Setback::last(Failure::new(
                FailureKind::Refused,
                format!("{host} cannot be checked: {why}"),
            )));
        }
        let unsendable = |name: &str| {
            Setback::last(Failure::new(
                FailureKind::Refused,
                format!("the header {name} would hold characters that headers cannot hold"),
            ))
        };
        let mut headers = HeaderMap::new();
        for (name, value) in &sent.headers {
            let value = HeaderValue::from_str(value).map_err(|_odd| unsendable(name))?;
            headers.insert(HeaderName::from_static(name), value);
        }
        if sent.url.scheme() == "http" {
            // Servers at home hang up on kept connections when they like, llama.cpp's while the next request is on its
            // way; nobody can then say whether it was heard. Without TLS a new connection costs next to nothing.
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        if let Some((name, before, key)) = sent.key {
            let text = zeroize::Zeroizing::new(format!("{before}{}", key.as_str()));
            let mut value = HeaderValue::from_str(&text).map_err(|_odd| unsendable(name))?;
            value.set_sensitive(true);
            headers.insert(HeaderName::from_static(name), value);
        }
        let request = match sent.body {
            None => self.client.get(sent.url),
            Some(body) => {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                self.client.post(sent.url).body(body)
            }
        };
        let sent = request.headers(headers).send().await;
        let mut response = sent.map_err(|error| setback(error, &host))?;
        let status = response.status().as_u16();
        let headers = std::mem::take(response.headers_mut());
        if let Some(coding) = headers.get(CONTENT_ENCODING)
            && coding.as_bytes() != b"identity"
        {
            return Err(Setback::last(Failure::new(
                FailureKind::Corrupt,
                format!("{host} answered in a compressed form that nobody asked for"),
            )));
        }
        Ok(Answer {
            response,
            headers,
            status,
            host,
        })
    }
}

impl Answer {
    /// Reads the next piece of the body; nothing at its end.
    pub(crate) async fn chunk(&mut self) -> Result<Option<Bytes>, Setback> {
        self.response
            .chunk()
            .await
            .map_err(|error| setback(error, &self.host))
    }

    /// Reads the beginning of a body, as much as there is before it breaks off.
    pub(crate) async fn beginning(&mut self) -> Vec<u8> {
        self.most(LARGEST_ERROR).await
    }

    /// Reads at most so many bytes of a body.
    pub(crate) async fn most(&mut self, most: usize) -> Vec<u8> {
        let mut body = Vec::new();
        while body.len() < most {
            match self.response.chunk().await {
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) | Err(_) => break,
            }
        }
        body.truncate(most);
        body
    }

    /// Returns a header as text for people and programs: one line of at most 256 characters.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let value = String::from_utf8_lossy(self.headers.get(name)?.as_bytes()).into_owned();
        let value = line(&value, 256);
        (!value.is_empty()).then_some(value)
    }

    /// Returns how the provider names the call.
    pub(crate) fn request_id(&self) -> Option<String> {
        REQUEST_IDS.iter().find_map(|name| self.header(name))
    }

    /// Returns the media type without its parameters, in lower case.
    pub(crate) fn media(&self) -> String {
        let value = self.headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
        let value = String::from_utf8_lossy(value.unwrap_or_default()).to_lowercase();
        let media = value.split(';').next().unwrap_or_default();
        media.trim().to_owned()
    }

    /// Reads how long the provider wants to be left alone: milliseconds, seconds, or a date.
    pub(crate) fn retry_after(&self, now: jiff::Timestamp) -> Option<Duration> {
        if let Some(text) = self.header("retry-after-ms")
            && let Ok(millis) = text.parse::<u64>()
        {
            return Some(Duration::from_millis(millis));
        }
        let text = self.header("retry-after")?;
        if let Ok(seconds) = text.parse::<u64>() {
            return Some(Duration::from_secs(seconds));
        }
        let date = jiff::fmt::rfc2822::parse(&text).ok()?;
        let millis = date
            .timestamp()
            .as_millisecond()
            .saturating_sub(now.as_millisecond());
        Some(Duration::from_millis(
            u64::try_from(millis).unwrap_or_default(),
        ))
    }
}

/// Returns the host of an address, for keys and for people.
pub(crate) fn host_of(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_lowercase()
}

/// Says what a transport error means: nothing was sent as long as there was no connection.
fn setback(error: reqwest::Error, host: &str) -> Setback {
    let error = error.without_url();
    let why = causes(&error, SHOWN);
    if let Some(tls) = refused_by_tls(&error) {
        return Setback::last(
            Failure::new(
                FailureKind::Refused,
                format!("{host} could not prove that it is {host}: {tls}"),
            )
            .with_hint("correct the address, or install the authority that vouches for the host"),
        );
    }
    if error.is_builder() {
        return Setback::last(Failure::new(
            FailureKind::Refused,
            format!("the request to {host} cannot be written: {why}"),
        ));
    }
    if error.is_connect() {
        return Setback::before(
            Failure::new(
                FailureKind::Unavailable,
                format!("{host} cannot be reached: {why}"),
            )
            .with_hint("see that the address is right and that something listens there"),
        );
    }
    Setback::last(Failure::new(
        FailureKind::Retryable,
        format!("{host} broke the connection off before its answer was complete: {why}"),
    ))
}

/// Finds what TLS has against the host.
fn refused_by_tls(error: &reqwest::Error) -> Option<String> {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(rustls::Error::InvalidCertificate(why)) = error.downcast_ref() {
            return Some(line(&why.to_string(), 200));
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
    None
}
