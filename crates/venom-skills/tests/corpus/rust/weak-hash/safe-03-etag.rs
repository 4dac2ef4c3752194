use sha1::{Digest, Sha1};

fn etag(body: &[u8]) -> String {
    format!("\"{}\"", hex::encode(Sha1::digest(body)))
}
