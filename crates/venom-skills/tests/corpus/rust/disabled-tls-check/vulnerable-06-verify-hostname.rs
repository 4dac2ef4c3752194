use openssl::ssl::ConnectConfiguration;

fn relaxed(configuration: ConnectConfiguration) -> ConnectConfiguration {
    configuration.verify_hostname(false) // expect: disabled-tls-check
}
