//! What is read can be written and read again.

use super::*;

fn check(text: &str, expected: u64) {
    let span = parse(text).expect("a duration");
    assert_eq!(span.get(), expected, "{text}");
    assert_eq!(parse(&print(span)), Ok(span), "{text}");
}

#[test]
fn durations() {
    check("90s", 90_000);
    check("5m", 300_000);
    check("1h30m", 5_400_000);
    check(" 500ms ", 500);
    check("1m 	".trim(), 60_000);
}

#[test]
fn no_durations() {
    for text in [
        "",
        "5",
        "s",
        "-5s",
        "5 s",
        "0s",
        "9999999h",
        "5x",
        "1h-",
        "\u{202e}5s",
    ] {
        assert!(parse(text).is_err(), "{text}");
    }
}
