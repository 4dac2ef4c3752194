fn shuffle(cards: &mut [u8]) {
    fastrand::shuffle(cards);
}
