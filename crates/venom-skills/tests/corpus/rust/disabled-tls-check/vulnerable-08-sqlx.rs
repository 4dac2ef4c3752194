use sqlx::mysql::{MySqlConnectOptions, MySqlSslMode};

fn options() -> MySqlConnectOptions {
    MySqlConnectOptions::new().ssl_mode(MySqlSslMode::Disabled) // expect: disabled-tls-check
}
