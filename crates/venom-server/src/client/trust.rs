//! Which server it is: addresses that are taken, and certificates that are believed.

use std::net::IpAddr;
use std::sync::Arc;

use reqwest::Url;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use venom_ports::{Failure, FailureKind, Result};

/// SHA-256 of a certificate.
pub(crate) type Pin = [u8; 32];

/// Reads the address of a server.
pub(crate) fn address(text: &str) -> Result<Url> {
    let bad = |why: &str| {
        let shown: String = text.chars().take(200).collect();
        Failure::new(
            FailureKind::Refused,
            format!("`{shown}` is no address of a server: {why}"),
        )
        .with_hint("an address is such as http://127.0.0.1:7878 or https://build.example:7878")
    };
    let url = Url::parse(text).map_err(|error| bad(&error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(bad("it begins with neither http:// nor https://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad("a token does not stand in an address"));
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err(bad("it has more than a host and a port"));
    }
    if url.scheme() == "http" && !is_loopback(&url) {
        return Err(Failure::new(
            FailureKind::Refused,
            "the token would go to another machine without TLS",
        )
        .with_hint("start that server with `--tls` and use https:// with `--server-pin`"));
    }
    Ok(url)
}

/// Reads the address of a collector, which may be below a path.
pub(crate) fn collector(text: &str) -> Result<Url> {
    let bad = |why: &str| {
        let shown: String = text.chars().take(200).collect();
        Failure::new(
            FailureKind::Refused,
            format!("`{shown}` is no address of a collector: {why}"),
        )
        .with_hint("an address is such as http://127.0.0.1:4318 or https://otlp.example")
    };
    let mut url = Url::parse(text).map_err(|error| bad(&error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(bad("it begins with neither http:// nor https://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad(
            "a secret does not stand in an address; VENOM_OTLP_HEADER takes one",
        ));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(bad("it has more than a host, a port and a path"));
    }
    if url.scheme() == "http" && !is_loopback(&url) {
        return Err(bad("what runs do would go to another machine without TLS"));
    }
    let path = format!("{}/", url.path().trim_end_matches('/'));
    url.set_path(&path);
    Ok(url)
}

/// Tells whether an address is of this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Reads the SHA-256 of a certificate, with or without colons as `openssl` prints them.
pub(crate) fn pin(text: &str) -> Result<Pin> {
    let bad = || {
        Failure::new(
            FailureKind::Refused,
            "the SHA-256 of a certificate has 64 hexadecimal digits",
        )
        .with_hint("`venom serve --tls` prints it")
    };
    let digits: Vec<u8> = text
        .trim()
        .chars()
        .filter(|c| *c != ':')
        .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect::<Option<_>>()
        .ok_or_else(bad)?;
    let bytes: Vec<u8> = digits
        .chunks(2)
        .filter_map(|pair| match pair {
            [high, low] => Some(high * 16 + low),
            _ => None,
        })
        .collect();
    if digits.len() != 64 {
        return Err(bad());
    }
    bytes.try_into().map_err(|_length| bad())
}

/// A pin says nothing where there is no certificate.
pub(crate) fn unpinned() -> Failure {
    Failure::new(
        FailureKind::Refused,
        "a server without TLS has no certificate that a pin could be about",
    )
    .with_hint("use https://, or leave out the pin")
}

fn provider() -> Arc<CryptoProvider> {
    // Given by hand, so that no process-wide choice has to be made first.
    Arc::new(rustls::crypto::ring::default_provider())
}

fn broken(error: &rustls::Error) -> Failure {
    Failure::new(
        FailureKind::Internal,
        format!("TLS cannot be set up: {error}"),
    )
}

/// Begins a client of HTTP that speaks to nobody but whom it was told to: no detours, no proxy, no request that is sent
/// twice, and no word of where it came from.
pub(crate) fn http(tls: ClientConfig) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_proxy()
}

/// Finishes a client of HTTP.
pub(crate) fn made(builder: reqwest::ClientBuilder) -> Result<reqwest::Client> {
    builder.build().map_err(|error| {
        Failure::new(
            FailureKind::Internal,
            format!("the HTTP client cannot be made: {error}"),
        )
    })
}

/// Believes a server that one of these authorities vouches for. Only TLS 1.3 is spoken.
pub(crate) fn vouched(roots: RootCertStore) -> Result<ClientConfig> {
    Ok(ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|error| broken(&error))?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

/// Believes the server that has this certificate, and its key, and no other.
pub(crate) fn pinned(pin: Pin) -> Result<ClientConfig> {
    let provider = provider();
    let verifier = Arc::new(Pinned {
        pin,
        provider: Arc::clone(&provider),
    });
    Ok(ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|error| broken(&error))?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth())
}

/// Knows one certificate. Names and dates in it say nothing more than the pin does.
#[derive(Debug)]
struct Pinned {
    pin: Pin,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> std::result::Result<ServerCertVerified, rustls::Error> {
        let found = Sha256::digest(end_entity.as_ref());
        if found.as_slice().ct_eq(&self.pin).into() {
            return Ok(ServerCertVerified::assertion());
        }
        Err(rustls::Error::InvalidCertificate(
            rustls::CertificateError::ApplicationVerificationFailure,
        ))
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        Err(rustls::Error::General("only TLS 1.3 is spoken".to_owned()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(
            message,
            cert,
            dss,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
