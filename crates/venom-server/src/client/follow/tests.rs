//! Messages, however the bytes are cut.

use super::*;

fn message(name: &str, data: &str) -> Message {
    Message {
        name: name.to_owned(),
        data: data.as_bytes().to_vec(),
    }
}

#[test]
fn messages_are_the_same_however_the_bytes_are_cut() {
    let text = ": here\n\nid: 4\nevent: StepStarted\ndata: {\"a\":\ndata: 1}\n\nevent:rest\r\ndata:{}\r\n\r\nevent: cut";
    let expected = vec![message("StepStarted", "{\"a\":\n1}"), message("rest", "{}")];
    for size in 1..=text.len() {
        let mut reader = Reader::default();
        let mut found = Vec::new();
        for piece in text.as_bytes().chunks(size) {
            found.extend(reader.take(piece).unwrap());
        }
        assert_eq!(found, expected, "pieces of {size}");
    }
}

#[test]
fn a_message_without_end_is_not_kept() {
    let mut reader = Reader::default();
    let piece = vec![b'x'; 1 << 20];
    let taken = (0..=LARGEST >> 20).all(|_| reader.take(&piece).is_some());
    assert!(!taken);
}
