fn buffer(length: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(length);
    unsafe { bytes.set_len(length) }; // expect: unsafe-memory
    bytes
}
