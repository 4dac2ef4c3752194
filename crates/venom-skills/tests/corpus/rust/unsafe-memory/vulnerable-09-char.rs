fn letter(code: u32) -> char {
    unsafe { char::from_u32_unchecked(code) } // expect: unsafe-memory
}
