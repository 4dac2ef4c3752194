const PASSWORD_FIELD: &str = "password";
const TOKEN_HEADER: &str = "x-auth-token";
const API_KEY_ENV: &str = "SHOP_API_KEY";
