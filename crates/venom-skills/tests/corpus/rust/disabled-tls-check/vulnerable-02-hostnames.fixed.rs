use reqwest::ClientBuilder;

fn client() -> reqwest::Result<reqwest::Client> {
    ClientBuilder::new().danger_accept_invalid_hostnames(false).build() // expect: disabled-tls-check
}
