pub unsafe extern "C" fn take(data: *const u8, length: usize) -> u32 {
    let bytes = unsafe { std::slice::from_raw_parts(data, length) }; // expect: unsafe-memory
    bytes.iter().map(|byte| u32::from(*byte)).sum()
}
