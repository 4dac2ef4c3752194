fn example() -> Config {
    Config { api_key: "<your api key>".into(), password: "changeme".into() }
}
