fn file_checksum(data: &[u8]) -> String {
    format!("{:x}", md5::compute(data))
}
