use openssl::ssl::{SslConnectorBuilder, SslVerifyMode};

fn strict(builder: &mut SslConnectorBuilder) {
    builder.set_verify(SslVerifyMode::PEER);
}
