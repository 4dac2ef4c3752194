//! The cutting by itself, over a handful of pieces; the comparison with the library stands in the tests of `embed`.

use super::*;

struct Few(&'static [&'static str]);

impl Pieces for Few {
    fn number(&self, piece: &[u8]) -> Option<u32> {
        let at = self.0.iter().position(|known| known.as_bytes() == piece)?;
        u32::try_from(at).ok()
    }
}

#[track_caller]
fn check(text: &str, expected: &[Option<u32>]) {
    let known = Few(&["run", "##ning", "##n", "the", "test", "##s", "!"]);
    assert_eq!(pieces(&words(text), &known), expected, "{text}");
}

#[test]
fn a_word_is_cut_into_the_longest_pieces_from_its_beginning() {
    check(
        "Run the TESTS!",
        &[Some(0), Some(3), Some(4), Some(5), Some(6)],
    );
    check("running", &[Some(0), Some(1)]);
    check("runns", &[Some(0), Some(2), Some(5)]);
}

#[test]
fn a_word_with_an_unknown_rest_is_unknown_as_a_whole() {
    check("runx test", &[None, Some(4)]);
    check("the r\u{fa}n", &[Some(3), Some(0)]);
}

#[test]
fn signs_and_chinese_characters_stand_alone() {
    assert_eq!(words("a.b(c)"), ["a", ".", "b", "(", "c", ")"]);
    assert_eq!(words("\u{4f60}\u{597d}x"), ["\u{4f60}", "\u{597d}", "x"]);
    assert_eq!(words("\u{201c}q\u{201d}"), ["\u{201c}", "q", "\u{201d}"]);
}

#[test]
fn what_cannot_be_seen_does_not_part_a_word() {
    assert_eq!(words("te\u{200b}st \u{0}x\u{7}y"), ["test", "xy"]);
    assert_eq!(words(" \t\r\n\u{2003}"), Vec::<String>::new());
}

#[test]
fn a_huge_text_is_read_up_to_its_bound_and_never_inside_a_character() {
    let text = "\u{fc}".repeat(MAX_BYTES);
    let read = words(&text);
    assert_eq!(read.len(), 1);
    assert_eq!(read.concat().len(), MAX_BYTES / 2);
    assert_eq!(pieces(&read, &Few(&["u"])), [None]);
}
