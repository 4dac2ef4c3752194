fn password() -> u64 {
    let mut random = oorandom::Rand64::new(4); // expect: insecure-random
    random.rand_u64()
}
