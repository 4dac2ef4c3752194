//! TLS: version 1.3 and nothing older, with given certificates or one that the server makes itself.
//!
//! A certificate of one's own proves nothing to a browser; its SHA-256, which is printed, lets a
//! client know it again.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest as _, Sha256};
use tokio_rustls::TlsAcceptor;
use venom_ports::{Failure, FailureKind, Result};

use crate::token::store::write_private;

/// A way to accept connections, and how clients know it again.
pub struct Identity {
    pub(crate) acceptor: TlsAcceptor,
    /// SHA-256 of the certificate, as hexadecimal digits.
    pub pin: String,
}

/// Reads a chain of certificates and its key from PEM files.
pub fn given(chain: &Path, key: &Path) -> Result<Identity> {
    let bad = |path: &Path, why: &dyn std::fmt::Display| {
        Failure::new(
            FailureKind::Refused,
            format!("{} cannot be used: {why}", path.display()),
        )
        .with_hint(
            "give a PEM file with the certificate and those above it, and a PEM file with its key",
        )
    };
    let certificates = CertificateDer::pem_file_iter(chain)
        .and_then(Iterator::collect::<std::result::Result<Vec<_>, _>>)
        .map_err(|error| bad(chain, &error))?;
    if certificates.is_empty() {
        return Err(bad(chain, &"there is no certificate in it"));
    }
    let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| bad(key, &error))?;
    identity(certificates, secret).map_err(|error| bad(key, &error))
}

/// Uses the certificate of a folder, which is made the first time.
pub fn own(folder: &Path, names: &[String]) -> Result<Identity> {
    let (chain, key) = (folder.join("tls-cert.pem"), folder.join("tls-key.pem"));
    if !(chain.exists() && key.exists()) {
        let failed = |error: &dyn std::fmt::Display| {
            Failure::new(
                FailureKind::Internal,
                format!("no certificate can be made: {error}"),
            )
        };
        let mut wanted = vec![
            "localhost".to_owned(),
            "127.0.0.1".to_owned(),
            "::1".to_owned(),
        ];
        wanted.extend(names.iter().cloned());
        let made = rcgen::generate_simple_self_signed(wanted).map_err(|error| failed(&error))?;
        std::fs::create_dir_all(folder).map_err(|error| failed(&error))?;
        write_private(&key, &made.signing_key.serialize_pem())?;
        write_private(&chain, &made.cert.pem())?;
    }
    given(&chain, &key)
}

fn identity(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> std::result::Result<Identity, rustls::Error> {
    let pin = chain.first().map_or_else(String::new, |first| {
        let mut pin = String::with_capacity(64);
        for byte in Sha256::digest(first.as_ref()) {
            let _ = write!(pin, "{byte:02x}");
        }
        pin
    });
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Identity {
        acceptor: TlsAcceptor::from(Arc::new(config)),
        pin,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_of_ones_own_stays_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let one = own(folder.path(), &["build.example".to_owned()]).unwrap();
        let two = own(folder.path(), &[]).unwrap();
        assert_eq!((one.pin.len(), &one.pin), (64, &two.pin));
        std::fs::write(folder.path().join("tls-key.pem"), "nothing").unwrap();
        assert!(own(folder.path(), &[]).is_err());
    }

    /// Shakes hands with a server; `true` if it came to an end that both agree to.
    async fn shakes(
        identity: &Identity,
        trusted: &Path,
        version: &'static rustls::SupportedProtocolVersion,
    ) -> bool {
        let mut roots = rustls::RootCertStore::empty();
        for certificate in CertificateDer::pem_file_iter(trusted).unwrap() {
            roots.add(certificate.unwrap()).unwrap();
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[version])
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
        let (here, there) = tokio::io::duplex(64 << 10);
        let name = rustls::pki_types::ServerName::try_from("localhost").unwrap();
        let (client, server) = tokio::join!(
            connector.connect(name, here),
            identity.acceptor.accept(there)
        );
        client.is_ok() && server.is_ok()
    }

    #[tokio::test]
    async fn only_the_newest_version_and_only_who_knows_the_certificate() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let identity = own(one.path(), &[]).unwrap();
        own(two.path(), &[]).unwrap();
        let trusted = one.path().join("tls-cert.pem");
        let other = two.path().join("tls-cert.pem");
        let (new, old) = (&rustls::version::TLS13, &rustls::version::TLS12);
        assert!(shakes(&identity, &trusted, new).await);
        assert!(!shakes(&identity, &trusted, old).await, "an old version");
        assert!(!shakes(&identity, &other, new).await, "another certificate");
    }
}
