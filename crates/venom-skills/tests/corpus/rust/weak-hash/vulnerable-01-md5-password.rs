fn hash(password: &str) -> String {
    format!("{:x}", md5::compute(password)) // expect: weak-hash
}
