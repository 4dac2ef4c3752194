fn letter(code: u32) -> Option<char> {
    char::from_u32(code)
}
