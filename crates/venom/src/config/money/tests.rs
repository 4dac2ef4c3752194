use super::*;

#[test]
fn amounts_are_read_to_the_millionth() {
    for (text, micros) in [
        ("0.05", 50_000),
        ("$2", 2_000_000),
        (" 1.5 ", 1_500_000),
        (".000001", 1),
        ("0", 0),
        ("7.", 7_000_000),
    ] {
        assert_eq!(parse(text).unwrap().micros(), micros, "{text}");
    }
    for bad in [
        "",
        "$",
        ".",
        "-1",
        "1e3",
        "0.0000001",
        "1,5",
        "99999999999999999999",
        "five",
    ] {
        assert!(parse(bad).is_err(), "{bad}");
    }
}
