//! The HTTP client: one request, one bounded answer.
//!
//! Redirects are not followed, proxies of the environment are not used, nothing is decompressed and
//! nothing is tried again here. Dropping the future of a request closes its connection.

use std::time::Duration;

use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Method, Url};
use venom_kernel::plain::{causes, line};
use venom_ports::{Failure, FailureKind, Result};

use super::failure;
use super::retry::Setback;
use crate::egress::{Trust, TrustError};

/// How much of an error is shown in a message.
const SHOWN: usize = 300;

/// How long connecting and agreeing on a cipher may take. Chosen: a handshake around the world takes
/// less than two seconds.
const CONNECT: Duration = Duration::from_secs(10);
/// How long a connection is kept for the next call. Chosen: shorter than the idle times of the load
/// balancers in front of functions (60 s and more), so that a call does not meet a closed one.
const IDLE: Duration = Duration::from_secs(15);
/// Signs of life on a silent connection: address translators forget silent ones after 350 s, and a
/// function may take 15 minutes.
const KEEPALIVE: Duration = Duration::from_mins(1);

/// Sends requests.
pub(super) struct Client {
    client: reqwest::Client,
    /// Why hosts cannot be checked, if they cannot.
    untrusting: Option<String>,
}

/// One request.
pub(super) struct Outgoing {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
    /// The largest answer that is read.
    pub(super) most: usize,
}

/// One whole answer.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Client {
    pub(super) fn new(trust: std::result::Result<Trust, TrustError>) -> Result<Self> {
        let internal = |error: &dyn std::error::Error| {
            failure(
                FailureKind::Internal,
                format!("the HTTP client cannot be made: {}", causes(error, SHOWN)),
            )
        };
        let (roots, untrusting) = match trust {
            Ok(trust) => (trust.store(), None),
            Err(error) => (rustls::RootCertStore::empty(), Some(causes(&error, SHOWN))),
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
            .user_agent(concat!("venom/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| internal(&error))?;
        Ok(Self { client, untrusting })
    }

    /// Sends a request and reads the whole answer.
    pub(super) async fn send(&self, out: Outgoing) -> std::result::Result<Reply, Setback> {
        let host = out.url.host_str().unwrap_or_default().to_owned();
        if let (Some(why), "https") = (&self.untrusting, out.url.scheme()) {
            return Err(Setback::before(failure(
                FailureKind::Refused,
                format!("{host} cannot be checked: {why}"),
            )));
        }
        let mut headers = HeaderMap::new();
        for (name, value) in &out.headers {
            let mut value = HeaderValue::from_str(value).map_err(|_unsendable| {
                Setback::before(failure(
                    FailureKind::Refused,
                    format!("the header {name} would hold characters that headers cannot hold"),
                ))
            })?;
            value.set_sensitive(true);
            headers.insert(HeaderName::from_static(name), value);
        }
        let sent = self
            .client
            .request(out.method, out.url)
            .headers(headers)
            .body(out.body)
            .send()
            .await;
        let mut response = sent.map_err(|error| setback(error, &host))?;
        let status = response.status().as_u16();
        let headers = std::mem::take(response.headers_mut());
        let too_large = || {
            Setback::during(failure(
                FailureKind::Corrupt,
                format!("{host} answered with more than {} bytes", out.most),
            ))
        };
        if response
            .content_length()
            .is_some_and(|bytes| bytes > out.most as u64)
        {
            return Err(too_large());
        }
        let mut body = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| setback(error, &host))?
        {
            if body.len() + chunk.len() > out.most {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        if let Some(coding) = headers.get(CONTENT_ENCODING)
            && coding.as_bytes() != b"identity"
        {
            return Err(Setback::during(failure(
                FailureKind::Corrupt,
                format!("{host} answered in a compressed form that nobody asked for"),
            )));
        }
        Ok(Reply {
            status,
            headers,
            body,
        })
    }
}

impl Reply {
    /// Returns a header as text for people and programs: one line of at most 256 characters.
    pub(super) fn header(&self, name: &str) -> Option<String> {
        let value = String::from_utf8_lossy(self.headers.get(name)?.as_bytes()).into_owned();
        let value = line(&value, 256);
        (!value.is_empty()).then_some(value)
    }

    /// Returns the media type without its parameters, in lower case.
    pub(super) fn media(&self) -> String {
        let value = self.headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
        let value = String::from_utf8_lossy(value.unwrap_or_default()).to_lowercase();
        let media = value.split(';').next().unwrap_or_default();
        media.trim().to_owned()
    }

    pub(super) const fn is_success(&self) -> bool {
        self.status >= 200 && self.status < 300
    }
}

/// Says what a transport error means: nothing was sent as long as there was no connection.
fn setback(error: reqwest::Error, host: &str) -> Setback {
    let error = error.without_url();
    let why = causes(&error, SHOWN);
    if let Some(tls) = refused_by_tls(&error) {
        return Setback::before(
            failure(
                FailureKind::Refused,
                format!("{host} could not prove that it is {host}: {tls}"),
            )
            .with_hint("correct the address, or install the authority that vouches for the host"),
        );
    }
    if error.is_builder() {
        return Setback::before(failure(
            FailureKind::Refused,
            format!("the request to {host} cannot be written: {why}"),
        ));
    }
    if error.is_connect() {
        return Setback::before(
            failure(
                FailureKind::Unavailable,
                format!("{host} cannot be reached: {why}"),
            )
            .with_hint("see that the address is right and that something listens there"),
        );
    }
    Setback::during(failure(
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

/// Reads an address of the configuration.
pub(super) fn address(text: &str) -> Result<Url> {
    let refused = |why: &str| {
        Err(Failure::new(
            FailureKind::Refused,
            format!("`{}` is no address of a function: {why}", line(text, 120)),
        ))
    };
    let url = match Url::parse(text) {
        Ok(url) => url,
        Err(error) => return refused(&error.to_string()),
    };
    if !matches!(url.scheme(), "http" | "https") {
        return refused("it begins neither with https:// nor with http://");
    }
    if url.host_str().is_none_or(str::is_empty) {
        return refused("it names no host");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refused("a name or password does not belong there");
    }
    if url.fragment().is_some() {
        return refused("it has a part behind `#`, which is never sent");
    }
    Ok(url)
}

/// Tells whether what is sent to an address can be read on the way.
pub(super) fn is_readable_on_the_way(url: &Url) -> bool {
    if url.scheme() == "https" {
        return false;
    }
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let is_here = match bare.parse::<std::net::IpAddr>() {
        Ok(ip) => ip.is_loopback(),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    };
    !is_here
}
