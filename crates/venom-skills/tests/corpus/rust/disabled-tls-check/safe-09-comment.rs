/// Never calls `danger_accept_invalid_certs(true)`.
fn client() -> reqwest::Client {
    reqwest::Client::new()
}
