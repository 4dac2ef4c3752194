fn region() -> Credentials {
    Credentials::new(
        "AKIAQWERTYUIOPASDFGH", // expect: hard-coded-secret
        std::env::var("SECRET").unwrap(),
    )
}
