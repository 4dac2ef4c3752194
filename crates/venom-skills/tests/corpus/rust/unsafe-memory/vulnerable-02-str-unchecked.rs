pub fn header(bytes: &[u8]) -> &str {
    unsafe { std::str::from_utf8_unchecked(bytes) } // expect: unsafe-memory
}
