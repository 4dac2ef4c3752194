use super::*;

fn check(name: &str, expected: &str) {
    assert_eq!(shown(name), expected);
}

#[test]
fn plain_names_stay_as_they_are() {
    for name in ["src/a b.rs", "\u{fc}ber/\u{1f600}.txt", "a\\n", "-x", ""] {
        assert!(matches!(shown(name), Cow::Borrowed(same) if same == name));
    }
}

#[test]
fn a_name_stays_on_its_line() {
    check("a\n- forged: line\r\n", "a\\n- forged: line\\r\\n");
    check("a\tb\u{b}c\u{85}d", "a\\tb\\u{b}c\\u{85}d");
    check("a\u{2028}b\u{2029}", "a\\u{2028}b\\u{2029}");
    check("\u{1b}[31mred", "\\u{1b}[31mred");
}

#[test]
fn a_name_shows_what_it_is() {
    check("gpj.\u{202e}exe", "gpj.\\u{202e}exe");
    check("\u{2066}a\u{2069}\u{200f}", "\\u{2066}a\\u{2069}\\u{200f}");
    check("a\u{200b}b\u{ad}\u{feff}", "a\\u{200b}b\\u{ad}\\u{feff}");
    check("tag\u{e0041}", "tag\\u{e0041}");
}
