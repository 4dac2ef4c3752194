use isahc::config::SslOption;

fn option() -> SslOption {
    SslOption::DANGER_ACCEPT_INVALID_CERTS // expect: disabled-tls-check
}
