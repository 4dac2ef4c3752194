static JWT_SECRET: &[u8] = b"shhh-do-not-tell-9d2f"; // expect: hard-coded-secret
