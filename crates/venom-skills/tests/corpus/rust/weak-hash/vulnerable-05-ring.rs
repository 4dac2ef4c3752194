use ring::digest;

fn token_digest(token: &[u8]) -> digest::Digest {
    digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, token) // expect: weak-hash
}
