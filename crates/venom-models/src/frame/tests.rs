use proptest::prelude::*;

use super::*;

fn cut(framing: Framing, chunks: &[&[u8]]) -> Result<Vec<String>, Flaw> {
    let mut frames = Frames::new(framing);
    let mut found = Vec::new();
    for chunk in chunks {
        frames.push(chunk, &mut found)?;
    }
    frames.end(&mut found)?;
    Ok(found)
}

#[test]
fn events_are_what_the_standard_says() {
    for (text, expected) in [
        ("data: a\n\n", vec!["a"]),
        ("data:a\n\ndata: b\n\n", vec!["a", "b"]),
        ("data:  a\r\n\r\n", vec![" a"]),
        ("data: a\rdata: b\r\r", vec!["a\nb"]),
        (": comment\n\ndata: a\n\n", vec!["a"]),
        ("event: x\nid: 1\nretry: 2\ndata: a\n\n", vec!["a"]),
        ("data\n\n", vec![""]),
        ("\u{feff}data: a\n\n", vec!["a"]),
        ("data: a\n\u{feff}data: b\n\n", vec!["a"]),
        ("\n\n\n", vec![]),
        // Not the standard's: see where the stream ends.
        ("data: a", vec!["a"]),
    ] {
        assert_eq!(
            cut(Framing::Events, &[text.as_bytes()]).unwrap(),
            expected,
            "{text:?}"
        );
    }
}

#[test]
fn lines_are_lines() {
    let text = b" {\"a\":1}\r\n\n{\"b\":\"x\\ry\"}\n{\"c\"";
    let expected = ["{\"a\":1}", "{\"b\":\"x\\ry\"}", "{\"c\""];
    assert_eq!(cut(Framing::Lines, &[text]).unwrap(), expected);
    assert_eq!(cut(Framing::Whole, &[b"{\n", b"}\n"]).unwrap(), ["{\n}"]);
}

#[test]
fn nothing_is_kept_without_end() {
    let half = vec![b'x'; LONGEST_LINE / 2 + 1];
    for framing in [Framing::Events, Framing::Lines, Framing::Whole] {
        let ended = cut(framing, &[&half, &half]);
        assert_eq!(ended, Err(Flaw::LongLine(LONGEST_LINE)));
    }
    let mut event = b"data: ".to_vec();
    event.extend_from_slice(&half);
    event.push(b'\n');
    let ended = cut(Framing::Events, &[&event, &event]);
    assert_eq!(ended, Err(Flaw::LongLine(LONGEST_LINE)));
    let mut frames = Frames::new(Framing::Events);
    let mut found = Vec::new();
    let mut line = vec![b' '; 1 << 20];
    line.push(b'\n');
    let ended = (0..100).find_map(|_| frames.push(&line, &mut found).err());
    assert_eq!(ended, Some(Flaw::Endless(LONGEST_STREAM)));
}

proptest! {
    /// Where the network cuts makes no difference.
    #[test]
    fn cuts_do_not_matter(
        text in "(data: ?|: |event:|)[a-zé🦀\\r\\n {}\"]{0,40}(\r\n|\n|\r)(data:[é0-9]{0,5}\r?\n\r?\n)*[\\x00-\\x7f]{0,20}",
        sizes in proptest::collection::vec(1_usize..7, 1..40),
    ) {
        for framing in [Framing::Events, Framing::Lines, Framing::Whole] {
            let whole = cut(framing, &[text.as_bytes()]).unwrap();
            let mut rest = text.as_bytes();
            let mut chunks = Vec::new();
            for size in sizes.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (head, tail) = rest.split_at((*size).min(rest.len()));
                chunks.push(head);
                rest = tail;
            }
            prop_assert_eq!(cut(framing, &chunks).unwrap(), whole);
        }
    }

    /// No bytes do harm.
    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        for framing in [Framing::Events, Framing::Lines, Framing::Whole] {
            prop_assert!(cut(framing, &[&bytes]).is_ok());
        }
    }
}
