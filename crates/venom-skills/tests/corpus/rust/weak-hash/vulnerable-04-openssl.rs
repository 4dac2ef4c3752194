use openssl::hash::{hash, MessageDigest};

fn signature(data: &[u8]) -> Vec<u8> {
    hash(MessageDigest::md5(), data).map(|bytes| bytes.to_vec()).unwrap_or_default() // expect: weak-hash
}
