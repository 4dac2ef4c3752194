use openssl::ssl::{SslConnector, SslMethod, SslVerifyMode};

fn connector() -> SslConnector {
    let mut builder = SslConnector::builder(SslMethod::tls()).unwrap();
    builder.set_verify(SslVerifyMode::NONE); // expect: disabled-tls-check
    builder.build()
}
