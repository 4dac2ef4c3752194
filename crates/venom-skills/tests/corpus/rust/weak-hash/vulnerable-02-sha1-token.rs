use sha1::{Digest, Sha1};

fn sign(token: &str, secret: &str) -> Vec<u8> {
    let mut hasher = Sha1::new(); // expect: weak-hash
    hasher.update(token);
    hasher.update(secret);
    hasher.finalize().to_vec()
}
