use super::unhex;

#[test]
fn digits_become_bytes() {
    assert_eq!(unhex("00ff1A"), [0, 255, 26]);
    assert_eq!(unhex(""), [0_u8; 0]);
}
