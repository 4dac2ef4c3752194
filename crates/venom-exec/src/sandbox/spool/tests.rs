//! What is kept of a stream, and where it is found again.

use super::*;

fn spool(limit: u64, tail: usize) -> (tempfile::TempDir, Spool) {
    let folder = tempfile::tempdir().unwrap();
    let spool = Spool::new(folder.path(), limit, tail).unwrap();
    (folder, spool)
}

fn read(spool: &Spool, from: u64, most: usize) -> (u64, String, u64) {
    let piece = spool.read(from, most).unwrap().unwrap();
    let text = String::from_utf8(piece.bytes).unwrap();
    (piece.from, text, piece.dropped)
}

#[test]
fn reading_goes_on_where_it_ended() {
    let (_folder, spool) = spool(100, 10);
    spool.push(b"one two ");
    assert_eq!(read(&spool, 0, 4), (0, "one ".to_owned(), 0));
    spool.push(b"three");
    assert_eq!(read(&spool, 4, 100), (4, "two three".to_owned(), 0));
    assert_eq!(read(&spool, 13, 100), (13, String::new(), 0));
    assert_eq!(spool.read(14, 100).unwrap(), None);
}

#[test]
fn the_middle_of_a_long_stream_is_dropped_and_counted() {
    let (_folder, spool) = spool(6, 4);
    for piece in ["abc", "def", "ghi", "jklm", "n"] {
        spool.push(piece.as_bytes());
    }
    assert_eq!(read(&spool, 0, 100), (0, "abcdef".to_owned(), 0));
    assert_eq!(read(&spool, 6, 100), (10, "klmn".to_owned(), 4));
    assert_eq!(read(&spool, 12, 1), (12, "m".to_owned(), 0));
    assert_eq!(spool.close(), 14);
    spool.push(b"late");
    assert_eq!(spool.printed(), 14);
}

#[test]
fn nothing_has_a_name() {
    let (folder, spool) = spool(100, 10);
    spool.push(b"secret");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
