use openssl::symm::{encrypt, Cipher};

fn seal(key: &[u8], data: &[u8], iv: &[u8]) -> Vec<u8> {
    encrypt(Cipher::aes_256_gcm(), key, Some(iv), data).unwrap_or_default()
}
