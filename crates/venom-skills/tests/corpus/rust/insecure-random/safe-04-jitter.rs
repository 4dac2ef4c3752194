fn delay(base: u64) -> u64 {
    base + fastrand::u64(0..100)
}
