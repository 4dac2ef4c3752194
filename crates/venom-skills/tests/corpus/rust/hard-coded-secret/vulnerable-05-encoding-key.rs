use jsonwebtoken::EncodingKey;

fn key() -> EncodingKey {
    EncodingKey::from_secret(b"invented-signing-words") // expect: hard-coded-secret
}
