fn client() -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder().build()
}
