fn digest(password: &[u8]) -> blake3::Hash {
    blake3::hash(password)
}
