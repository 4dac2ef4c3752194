fn strict(configuration: openssl::ssl::ConnectConfiguration) {
    configuration.verify_hostname(true);
}
