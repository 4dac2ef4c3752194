use super::*;

/// Pushes `text` in pieces of `piece` bytes and returns what was kept.
fn check(text: &[u8], piece: usize, keep: Keep) -> Captured {
    let mut capture = Capture::new(keep);
    for bytes in text.chunks(piece) {
        capture.push(bytes);
    }
    capture.finish()
}

#[test]
fn keeps_both_ends_whatever_the_pieces() {
    let text: Vec<u8> = (0..=255).collect();
    for piece in [1, 2, 7, 64, 255, 256] {
        let kept = check(&text, piece, Keep { head: 10, tail: 20 });
        let expected = Captured {
            head: text[..10].to_vec(),
            tail: text[236..].to_vec(),
            dropped: 256 - 30,
            whole: vec![],
        };
        assert_eq!(kept, expected, "pieces of {piece}");
    }
}

#[test]
fn drops_nothing_when_all_fits() {
    for length in [0, 1, 10, 11, 30] {
        let text = vec![7; length];
        let kept = check(&text, 4, Keep { head: 10, tail: 20 });
        assert_eq!(kept.dropped, 0);
        assert_eq!([kept.head, kept.tail].concat(), text);
    }
}

#[test]
fn can_keep_nothing() {
    let kept = check(b"abc", 2, Keep { head: 0, tail: 0 });
    assert_eq!(
        kept,
        Captured {
            head: vec![],
            tail: vec![],
            dropped: 3,
            whole: vec![],
        }
    );
}
