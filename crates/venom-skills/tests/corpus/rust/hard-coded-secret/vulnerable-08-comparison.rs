fn is_admin(password: &str) -> bool {
    password == "letmein-please-42" // expect: hard-coded-secret
}
