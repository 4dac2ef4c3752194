fn buffer(length: usize) -> Vec<u8> {
    vec![0; length]
}
