//! Hostile texts lose their teeth.

use super::*;

#[test]
fn escapes_and_directions_go() {
    assert_eq!(line("a\u{1b}[31mb\u{202e}c\r\nd"), "a[31mbc  d");
    assert_eq!(block("a\u{7}\nb\t\u{2066}c"), "a\nb\tc");
}

#[test]
fn other_scripts_stay() {
    assert_eq!(line("تشغيل الاختبارات"), "تشغيل الاختبارات");
}

#[test]
fn cuts_by_characters() {
    assert_eq!(short("größer als", 6), "größe…");
    assert_eq!(short("klein", 6), "klein");
}
