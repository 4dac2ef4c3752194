fn reset(user: &mut User) {
    let reset_token = fastrand::u64(..); // expect: insecure-random
    user.token = Some(reset_token);
}
