fn read(body: &str) -> serde_json::Result<State> {
    serde_json::from_str(body)
}
