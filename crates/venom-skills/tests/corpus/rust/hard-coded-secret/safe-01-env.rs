fn connect() {
    let password = std::env::var("DB_PASSWORD").unwrap_or_default();
    login("admin", &password);
}
