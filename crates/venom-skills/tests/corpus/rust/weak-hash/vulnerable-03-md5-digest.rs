use md5::{Digest, Md5};

pub fn password_digest(password: &[u8]) -> Vec<u8> {
    Md5::digest(password).to_vec() // expect: weak-hash
}
