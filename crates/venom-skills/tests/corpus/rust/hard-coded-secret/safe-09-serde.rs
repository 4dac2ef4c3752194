#[derive(Deserialize)]
struct Login {
    #[serde(rename = "user_password")]
    password: String,
}
