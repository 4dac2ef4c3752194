const TOKEN_URL: &str = "https://login.example.org/oauth/token";
const DATABASE: &str = "postgres://localhost/shop";
