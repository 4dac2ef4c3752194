fn cache_key(url: &str) -> String {
    format!("{:x}", md5::compute(url))
}
