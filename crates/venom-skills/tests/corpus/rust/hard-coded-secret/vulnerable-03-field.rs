fn config() -> Config {
    Config {
        host: "db.internal".to_owned(),
        password: "Tr0ub4dor&3".to_owned(), // expect: hard-coded-secret
    }
}
