//! Which addresses are taken, and which certificates are believed.

use super::trust::{address, is_loopback, pin, pinned, vouched};
use super::*;
use crate::tls;

#[test]
fn the_token_goes_to_no_other_machine_in_the_clear() {
    for good in [
        "http://127.0.0.1:7878",
        "http://127.8.9.1",
        "http://localhost:1/",
        "http://[::1]:7878",
        "https://build.example:7878",
    ] {
        assert!(address(good).is_ok(), "{good}");
    }
    for bad in [
        "http://build.example",
        "http://127.0.0.1.build.example",
        "http://localhost.build.example",
        "http://[::ffff:10.0.0.1]",
        "http://0.0.0.0:7878",
        "https://user:word@build.example",
        "https://build.example/v1",
        "https://build.example/?token=x",
        "ftp://127.0.0.1",
        "127.0.0.1:7878",
        "",
    ] {
        let failure = address(bad).unwrap_err();
        assert!(failure.hint.is_some(), "{bad}");
    }
    assert!(!is_loopback(&address("https://build.example").unwrap()));
}

#[test]
fn a_pin_has_64_digits() {
    let text = "ab".repeat(32);
    let colons = text
        .as_bytes()
        .chunks(2)
        .map(|pair| std::str::from_utf8(pair).unwrap())
        .collect::<Vec<_>>()
        .join(":");
    assert_eq!(pin(&text).unwrap(), [0xab; 32]);
    assert_eq!(pin(&colons.to_uppercase()).unwrap(), [0xab; 32]);
    for bad in [
        "",
        "ab",
        text.trim_start_matches('a'),
        &format!("{text}a"),
        "xyz",
    ] {
        assert!(pin(bad).is_err(), "{bad}");
    }
}

/// Shakes hands with a server; `true` if both agree to it.
async fn shakes(identity: &tls::Identity, config: rustls::ClientConfig) -> bool {
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let (here, there) = tokio::io::duplex(64 << 10);
    // The certificate does not name this host: the pin alone counts.
    let name = rustls::pki_types::ServerName::try_from("elsewhere.example").unwrap();
    let (client, server) = tokio::join!(
        connector.connect(name, here),
        identity.acceptor.accept(there)
    );
    client.is_ok() && server.is_ok()
}

#[tokio::test]
async fn the_server_is_known_by_its_certificate_and_no_other_passes() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let identity = tls::own(one.path(), &[]).unwrap();
    let other = tls::own(two.path(), &[]).unwrap();
    let right = pin(&identity.pin).unwrap();
    assert!(shakes(&identity, pinned(right).unwrap()).await);
    assert!(!shakes(&other, pinned(right).unwrap()).await, "another one");
    let nobody = vouched(RootCertStore::empty()).unwrap();
    assert!(!shakes(&identity, nobody).await, "nobody vouches for it");
}
