use sha1::{Digest, Sha1};

fn session_signature(session: &str) -> String {
    hex::encode(Sha1::new().chain_update(session).finalize()) // expect: weak-hash
}
