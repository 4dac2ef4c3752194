fn word(bytes: &[u8]) -> &str {
    if !bytes.is_ascii() {
        return "";
    }
    unsafe { std::str::from_utf8_unchecked(bytes) }
}
