fn read(body: &[u8]) -> String {
    String::from_utf8_lossy(body).into_owned()
}
