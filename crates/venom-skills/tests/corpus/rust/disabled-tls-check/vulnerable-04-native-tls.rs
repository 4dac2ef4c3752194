use native_tls::TlsConnector;

fn connector() -> TlsConnector {
    let mut builder = TlsConnector::builder();
    builder.danger_accept_invalid_certs(true); // expect: disabled-tls-check
    builder.build().unwrap()
}
