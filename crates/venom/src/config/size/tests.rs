use super::*;

#[test]
fn amounts_are_read() {
    for (text, bytes) in [
        ("1", 1),
        ("10B", 10),
        ("1KiB", 1_024),
        (" 20 GiB ", 20 << 30),
        ("2TiB", 2 << 40),
    ] {
        assert_eq!(parse(text), Ok(bytes), "{text}");
    }
}

#[test]
fn what_is_none_is_refused() {
    for text in [
        "",
        "0",
        "-1",
        "1.5GiB",
        "GiB",
        "20GB",
        "99999999TiB",
        "99999999999999999999",
        "1e9",
        "٣",
    ] {
        assert!(parse(text).is_err(), "{text}");
    }
}

#[test]
fn amounts_are_printed_short() {
    for (bytes, text) in [
        (0, "0 B"),
        (1_023, "1023 B"),
        (1_024, "1 KiB"),
        (1_536, "1.5 KiB"),
        (u64::MAX, "16777215.9 TiB"),
    ] {
        assert_eq!(print(bytes), text);
    }
}
