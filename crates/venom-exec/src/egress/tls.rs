//! TLS towards both sides: certificates that the run makes for itself, and roots it trusts.
//!
//! A run that has to read HTTPS makes an authority of its own. Its key never leaves memory, its
//! certificate is given to the sandbox of this run and to nobody else, and it ends with the run.
//! Hosts are checked against the roots as any client would check them.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, SanType, SerialNumber,
};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::server::{Acceptor, ServerConfig};
use rustls::{ClientConfig, RootCertStore};
use thiserror::Error;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use super::decision::{Breakdown, clean};
use super::host::Host;
use super::wire::{Inlet, Io, WireError};

/// Where distributions keep the roots: Debian and Alpine, Fedora, SUSE, Alpine again.
const BUNDLES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// How long certificates hold. A run that takes longer has to be started anew.
const LIFETIME: Duration = Duration::from_hours(30 * 24);

/// How far clocks may differ.
const SKEW: Duration = Duration::from_hours(24);

/// The most hosts whose certificate is kept. A rule with a star could name any number.
const KEPT: usize = 256;

/// The largest greeting. The longest ones in use, with keys against quantum computers, have 2 KiB.
const GREETING: usize = 64 * 1024;

/// The roots that hosts are checked against.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trust {
    roots: Vec<CertificateDer<'static>>,
}

/// Why there are no roots.
#[derive(Debug, Error)]
pub enum TrustError {
    /// None of the files where distributions keep roots is there.
    #[error("no root certificates found: install the package `ca-certificates`")]
    Missing,
    /// The file cannot be read.
    #[error("the root certificates cannot be read")]
    Unreadable(#[source] io::Error),
    /// What was read holds no certificate.
    #[error("there is no certificate among the root certificates")]
    Empty,
}

impl Trust {
    /// Reads the roots of the system.
    pub fn system() -> Result<Self, TrustError> {
        let bundle = BUNDLES
            .iter()
            .map(Path::new)
            .find(|path| path.is_file())
            .ok_or(TrustError::Missing)?;
        let pem = std::fs::read(bundle).map_err(TrustError::Unreadable)?;
        Self::from_pem(&pem)
    }

    /// Reads roots from PEM text.
    pub fn from_pem(pem: &[u8]) -> Result<Self, TrustError> {
        // A damaged certificate among many is worth no more than a missing one.
        let roots: Vec<_> = CertificateDer::pem_slice_iter(pem)
            .filter_map(Result::ok)
            .collect();
        if roots.is_empty() {
            return Err(TrustError::Empty);
        }
        Ok(Self { roots })
    }

    /// Adds the roots of another.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.roots.extend(other.roots);
        self
    }

    /// Returns the roots as clients take them.
    pub fn store(&self) -> RootCertStore {
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(self.roots.iter().cloned());
        store
    }

    pub(crate) fn to_pem(&self) -> String {
        self.roots.iter().map(|root| pem(root)).collect()
    }
}

/// Why a run cannot make certificates.
#[derive(Debug, Error)]
pub enum AuthorityError {
    /// A key or the authority's certificate could not be made.
    #[error("the run's certificate authority could not be made")]
    Certificate(#[from] rcgen::Error),
    /// TLS could not be set up.
    #[error("TLS could not be set up")]
    Tls(#[from] rustls::Error),
}

/// The run's own authority, and what is needed to speak TLS to both sides.
pub(crate) struct Tls {
    provider: Arc<CryptoProvider>,
    connector: TlsConnector,
    issuer: Issuer<'static, KeyPair>,
    ca_pem: String,
    /// One key serves all hosts: they are all this process.
    leaf_key: KeyPair,
    serial: AtomicU64,
    kept: Mutex<BTreeMap<Host, Arc<ServerConfig>>>,
}

impl Tls {
    pub(crate) fn new(trust: &Trust) -> Result<Self, AuthorityError> {
        // Given by hand, so that no process-wide choice has to be made first.
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut client = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(trust.store())
            .with_no_client_auth();
        client.alpn_protocols = vec![b"http/1.1".to_vec()];

        let key = KeyPair::generate()?;
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        // Clients find issuers by name: two runs must not share one.
        let identifier = params.key_identifier(&key);
        let mark = identifier
            .iter()
            .take(8)
            .fold(0_u64, |mark, byte| (mark << 8) | u64::from(*byte));
        let name = format!("VENOM egress {mark:016x}");
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        set_lifetime(&mut params);
        let ca_pem = pem(params.self_signed(&key)?.der());
        Ok(Self {
            provider,
            connector: TlsConnector::from(Arc::new(client)),
            issuer: Issuer::new(params, key),
            ca_pem,
            leaf_key: KeyPair::generate()?,
            // The authority's own number is made from its key; these are small and never meet it.
            serial: AtomicU64::new(1),
            kept: Mutex::default(),
        })
    }

    pub(crate) fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// Speaks TLS to the client as if this were the host.
    pub(crate) async fn accept(
        &self,
        host: &Host,
        io: Io,
        patience: Duration,
    ) -> Result<Io, Breakdown> {
        let config = self
            .config(host)
            .map_err(|_unmakeable| Breakdown::Certificate)?;
        match timeout(patience, TlsAcceptor::from(config).accept(io)).await {
            Ok(Ok(stream)) => Ok(Box::new(stream)),
            Ok(Err(error)) => Err(Breakdown::ClientTls(clean(&error.to_string()))),
            Err(_) => Err(Breakdown::TimedOut),
        }
    }

    /// Speaks TLS to the host and makes sure that it is the host.
    pub(crate) async fn connect(
        &self,
        host: &Host,
        stream: TcpStream,
        patience: Duration,
    ) -> Result<Io, Breakdown> {
        let name = match host {
            Host::Name(name) => ServerName::try_from(name.clone())
                .map_err(|_no_name| Breakdown::HostTls("the name fits no certificate".into()))?,
            Host::Address(address) => ServerName::IpAddress((*address).into()),
        };
        match timeout(patience, self.connector.connect(name, stream)).await {
            Ok(Ok(stream)) => Ok(Box::new(stream)),
            Ok(Err(error)) => Err(Breakdown::HostTls(clean(&error.to_string()))),
            Err(_) => Err(Breakdown::TimedOut),
        }
    }

    fn config(&self, host: &Host) -> Result<Arc<ServerConfig>, AuthorityError> {
        if let Some(config) = self.kept().get(host) {
            return Ok(Arc::clone(config));
        }
        // Made outside the lock; two at once for one host do no harm.
        let config = Arc::new(self.make(host)?);
        let mut kept = self.kept();
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(host.clone(), Arc::clone(&config));
        Ok(config)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, BTreeMap<Host, Arc<ServerConfig>>> {
        match self.kept.lock() {
            Ok(kept) => kept,
            Err(poisoned) => poisoned.into_inner(),
        }
    }

    fn make(&self, host: &Host) -> Result<ServerConfig, AuthorityError> {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        // Strict readers want a subject, and one that is not the issuer's.
        params
            .distinguished_name
            .push(DnType::CommonName, "opened by VENOM egress");
        params.subject_alt_names = vec![match host {
            Host::Name(name) => SanType::DnsName(name.as_str().try_into()?),
            Host::Address(address) => SanType::IpAddress(*address),
        }];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        // Python's strict checks ask for it.
        params.use_authority_key_identifier_extension = true;
        let serial = self.serial.fetch_add(1, Ordering::Relaxed);
        params.serial_number = Some(SerialNumber::from(serial));
        set_lifetime(&mut params);
        let leaf = params.signed_by(&self.leaf_key, &self.issuer)?;
        let key = PrivatePkcs8KeyDer::from(self.leaf_key.serialize_der());
        let mut config = ServerConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], PrivateKeyDer::Pkcs8(key))?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }
}

fn set_lifetime(params: &mut CertificateParams) {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    params.not_before = epoch + now.saturating_sub(SKEW);
    params.not_after = epoch + (now + LIFETIME);
}

fn pem(der: &[u8]) -> String {
    let mut out = String::from("-----BEGIN CERTIFICATE-----\n");
    let text = BASE64_STANDARD.encode(der);
    for (at, char) in text.chars().enumerate() {
        // Lines have 64 characters (RFC 7468).
        if at > 0 && at % 64 == 0 {
            out.push('\n');
        }
        out.push(char);
    }
    out.push_str("\n-----END CERTIFICATE-----\n");
    out
}

/// Why a greeting says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GreetingError {
    Unreadable,
    Wire(WireError),
}

/// Reads the name in a client's TLS greeting and leaves the greeting where it is.
pub(crate) async fn server_name(
    inlet: &mut Inlet,
    patience: Duration,
) -> Result<Option<String>, GreetingError> {
    let mut acceptor = Acceptor::default();
    let mut fed = 0;
    let deadline = tokio::time::Instant::now() + patience;
    loop {
        let mut fresh = inlet.buffered().get(fed..).unwrap_or_default();
        while !fresh.is_empty() {
            fed += acceptor
                .read_tls(&mut fresh)
                .map_err(|_full| GreetingError::Unreadable)?;
            match acceptor.accept() {
                Ok(Some(accepted)) => {
                    return Ok(accepted.client_hello().server_name().map(str::to_owned));
                }
                Ok(None) => {}
                Err(_) => return Err(GreetingError::Unreadable),
            }
        }
        if fed >= GREETING {
            return Err(GreetingError::Unreadable);
        }
        let left = deadline.saturating_duration_since(tokio::time::Instant::now());
        match inlet.fill(left).await {
            Ok(0) => return Err(GreetingError::Wire(WireError::Gone)),
            Ok(_) => {}
            Err(error) => return Err(GreetingError::Wire(error)),
        }
    }
}
