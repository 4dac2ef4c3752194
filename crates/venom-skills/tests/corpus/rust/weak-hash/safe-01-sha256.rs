use sha2::{Digest, Sha256};

fn digest(token: &[u8]) -> Vec<u8> {
    Sha256::digest(token).to_vec()
}
