use std::sync::{Arc, Mutex};

use super::*;

/// Pushes pieces at one moment and returns the lines that were passed on.
fn check(pieces: &[&[u8]]) -> Vec<String> {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&heard);
    let now = Instant::now();
    let mut lines = Lines::new(
        Arc::new(move |line| sink.lock().unwrap().push(line.to_owned())),
        now,
    );
    for piece in pieces {
        lines.push(piece, now);
    }
    lines.finish();
    heard.lock().unwrap().clone()
}

#[test]
fn lines_are_put_together_from_pieces() {
    assert_eq!(
        check(&[b"one\ntw", b"o", b"\n", b"three"]),
        ["one", "two", "three"]
    );
}

#[test]
fn a_character_cut_by_pieces_survives() {
    let bytes = "gr\u{fc}n\n".as_bytes();
    assert_eq!(check(&[&bytes[..3], &bytes[3..]]), ["gr\u{fc}n"]);
}

#[test]
fn progress_bars_and_windows_ends_make_no_empty_lines() {
    assert_eq!(check(&[b"10%\r20%\r\n\n\nend\r\n"]), ["10%", "20%", "end"]);
}

#[test]
fn terminals_are_not_steered() {
    let hostile = "\u{1b}[31mred\u{1b}[0m \u{1b}]0;title\u{7}a\u{1b}]8;;x\u{1b}\\b\u{8}\u{0}c\u{202e}d\te\u{9b}f";
    assert_eq!(check(&[hostile.as_bytes()]), ["red abcd ef"]);
}

#[test]
fn invalid_utf8_is_replaced() {
    assert_eq!(check(&[b"a\xff\xfeb"]), ["a\u{fffd}\u{fffd}b"]);
}

#[test]
fn long_lines_are_cut() {
    let long = vec![b'x'; 3 * LONGEST];
    assert_eq!(
        check(&[&long, &long, b"\nnext"]),
        ["x".repeat(LONGEST), "next".to_owned()]
    );
}

#[test]
fn too_many_lines_are_dropped_and_later_ones_heard() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&heard);
    let now = Instant::now();
    let mut lines = Lines::new(
        Arc::new(move |line| sink.lock().unwrap().push(line.to_owned())),
        now,
    );
    lines.push(&b"many\n".repeat(1_000), now);
    lines.push(b"drop me\nbut not ", now);
    assert_eq!(heard.lock().unwrap().len(), 40);
    lines.push(b"me\n", now + WINDOW);
    assert_eq!(heard.lock().unwrap().last().unwrap(), "but not me");
}
