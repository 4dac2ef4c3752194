const PRIVATE_KEY: &[u8] = include_bytes!("/run/secrets/key.pem");
