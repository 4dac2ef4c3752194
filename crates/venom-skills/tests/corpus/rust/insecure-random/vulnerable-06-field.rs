fn invite() -> Invite {
    Invite {
        email: String::new(),
        secret: fastrand::u128(..), // expect: insecure-random
    }
}
