fn client() -> reqwest::blocking::Client {
    reqwest::blocking::Client::builder() // expect: disabled-tls-check
        .timeout(std::time::Duration::from_secs(5))
        .danger_accept_invalid_certs(true)
        .build()
        .unwrap()
}
