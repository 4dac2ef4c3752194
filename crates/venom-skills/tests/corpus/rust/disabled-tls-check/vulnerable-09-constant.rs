const INSECURE: bool = true;

fn client() -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder().danger_accept_invalid_certs(INSECURE).build() // expect: disabled-tls-check
}
