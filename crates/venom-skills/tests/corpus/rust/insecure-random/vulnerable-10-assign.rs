fn login(session: &mut Session) {
    session.csrf_token = format!("{:x}", fastrand::u64(..)); // expect: insecure-random
}
