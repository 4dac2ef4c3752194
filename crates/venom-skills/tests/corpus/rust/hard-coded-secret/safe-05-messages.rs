fn message(key: &str) -> &'static str {
    let password = "Enter your password";
    let token_error = "The token is not valid";
    if key == "password" { password } else { token_error }
}
