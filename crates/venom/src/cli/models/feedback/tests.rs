use super::rating;

#[test]
fn ratings_are_thousandths() {
    for (text, wanted) in [
        ("good", 1_000),
        ("bad", 0),
        ("0", 0),
        ("1", 1_000),
        ("1.000", 1_000),
        ("0.7", 700),
        (".25", 250),
    ] {
        assert_eq!(rating(text), Ok(wanted), "{text}");
    }
    for bad in ["", ".", "2", "1.1", "-1", "0.1234", "great", "0,5", "１"] {
        assert!(rating(bad).is_err(), "{bad}");
    }
}
