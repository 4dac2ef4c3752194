use argon2::{Argon2, PasswordHasher};

fn hash(password: &str, salt: &SaltString) -> String {
    Argon2::default().hash_password(password.as_bytes(), salt).unwrap().to_string()
}
