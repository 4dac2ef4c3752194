fn roll() -> u32 {
    fastrand::u32(1..=6)
}
