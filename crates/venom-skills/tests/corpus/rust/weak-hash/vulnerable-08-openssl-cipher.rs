use openssl::symm::{encrypt, Cipher};

fn seal(key: &[u8], data: &[u8]) -> Vec<u8> {
    encrypt(Cipher::aes_128_ecb(), key, None, data).unwrap_or_default() // expect: weak-hash
}
