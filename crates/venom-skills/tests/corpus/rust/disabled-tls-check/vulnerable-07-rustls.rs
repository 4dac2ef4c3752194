use rustls::ClientConfig;
use std::sync::Arc;

fn config() -> ClientConfig {
    ClientConfig::builder() // expect: disabled-tls-check
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AcceptAll))
        .with_no_client_auth()
}
