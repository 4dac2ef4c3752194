//! Hostile streams lose their teeth, however they are cut.

use proptest::prelude::*;

use super::*;

fn check(bytes: &[u8], expected: &str) {
    assert_eq!(text(bytes), expected);
    // Byte by byte it is the same.
    let mut cleaner = Cleaner::default();
    let mut pieces: String = bytes.iter().map(|byte| cleaner.push(&[*byte])).collect();
    pieces.push_str(&cleaner.finish());
    assert_eq!(pieces, expected);
}

#[test]
fn sequences_go_whole() {
    check(b"\x1b[31mred\x1b[0m", "red");
    check(b"\x1b]0;title\x07a\x1b]8;;x\x1b\\b", "ab");
    check(b"\x1bPq#0\x1b\\a\x1b(Bb\x1b=c\x1b7d", "abcd");
    check("a\u{9b}b\u{8}c\u{0}d".as_bytes(), "abcd");
    check("a\u{202e}b\u{200b}c\u{feff}".as_bytes(), "abc");
}

#[test]
fn lines_and_tabs_stay() {
    check(b"a\tb\r\nc\n", "a\tb\nc\n");
    check(b"10%\r20%\r", "10%\n20%\n");
}

#[test]
fn what_is_no_text_is_replaced() {
    check(b"a\xff\xfeb", "a\u{fffd}\u{fffd}b");
    check("gr\u{fc}n \u{1f40d}".as_bytes(), "gr\u{fc}n \u{1f40d}");
    check(b"cut \xf0\x9f\x90", "cut \u{fffd}");
}

#[test]
fn what_never_ends_swallows_nothing() {
    check(b"a\x1b]0;no end", "a0;no end");
    let mut long = b"\x1b]".to_vec();
    long.extend(vec![b'x'; LONGEST]);
    long.extend(b" seen");
    assert!(text(&long).ends_with("x seen"));
}

#[test]
fn what_is_held_can_be_counted() {
    let mut cleaner = Cleaner::default();
    assert_eq!(cleaner.push(b"ab\xc3"), "ab");
    assert_eq!(cleaner.held(), 1);
    assert_eq!(cleaner.push(b"\xbc"), "\u{fc}");
    assert_eq!(cleaner.held(), 0);
}

proptest! {
    #[test]
    fn nothing_harmful_is_left(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let text = text(&bytes);
        prop_assert!(text.chars().all(|c| matches!(c, '\n' | '\t') || is_harmless(c)));
    }

    #[test]
    fn cuts_make_no_difference(
        bytes in proptest::collection::vec(
            prop_oneof![Just(ESCAPE), Just(b'['), Just(b']'), Just(b'\\'), Just(b'\r'), any::<u8>()],
            0..60,
        ),
        at in 0..60_usize,
    ) {
        let mut cleaner = Cleaner::default();
        let (first, second) = bytes.split_at(at.min(bytes.len()));
        let mut pieces = cleaner.push(first);
        pieces.push_str(&cleaner.push(second));
        pieces.push_str(&cleaner.finish());
        prop_assert_eq!(pieces, text(&bytes));
    }
}
