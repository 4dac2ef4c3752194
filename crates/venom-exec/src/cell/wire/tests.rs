use std::os::fd::AsFd as _;

use proptest::prelude::*;

use super::*;

#[test]
fn values_come_back() {
    let mut w = Writer::new(7);
    w.u8(1)
        .flag(true)
        .u32(u32::MAX)
        .u64(1 << 40)
        .bytes(b"\xFF\0")
        .path(Path::new("/a\n"));
    w.paths(&["/x".into(), "/y".into()]);
    let frame = w.finish();
    let (kind, mut r) = Reader::new(&frame).unwrap();
    assert_eq!(kind, 7);
    assert_eq!(r.u8().unwrap(), 1);
    assert!(r.flag().unwrap());
    assert_eq!(r.u32().unwrap(), u32::MAX);
    assert_eq!(r.u64().unwrap(), 1 << 40);
    assert_eq!(r.bytes().unwrap(), b"\xFF\0");
    assert_eq!(r.path().unwrap(), Path::new("/a\n"));
    assert_eq!(r.paths().unwrap(), [Path::new("/x"), Path::new("/y")]);
    assert!(r.u8().is_err());
}

proptest! {
    #[test]
    fn hostile_bytes_are_errors(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        // Neither panics nor asks for more memory than there are bytes.
        if let Ok((_, mut reader)) = Reader::new(&bytes) {
            let _ = super::super::spec::CellSpec::decode(&mut reader);
        }
        if let Ok((_, mut reader)) = Reader::new(&bytes) {
            let _ = super::super::spec::CellCommand::decode(&mut reader);
        }
        let _ = super::super::frames::report(&bytes);
    }
}

#[test]
fn frames_of_any_size_travel_with_descriptors() {
    for size in [1, INLINE, INLINE + 1, 3 << 20] {
        let (a, b) = channel().unwrap();
        let (read, write) = io::pipe().unwrap();
        let frame = vec![b'x'; size];
        send(a.as_fd(), &frame, &[read.as_fd(), write.as_fd()]).unwrap();
        let got = receive(b.as_fd()).unwrap().unwrap();
        assert_eq!(got.bytes.len(), size);
        assert_eq!(got.bytes, frame);
        assert_eq!(got.fds.len(), 2);
        drop(a);
        assert!(receive(b.as_fd()).unwrap().is_none());
    }
}

#[test]
fn frames_travel_in_pieces_where_no_file_can_be_made() {
    for size in [1, INLINE, INLINE + 1, 2 * INLINE, 3 << 20] {
        let (a, b) = channel().unwrap();
        let (read, _write) = io::pipe().unwrap();
        let frame: Vec<u8> = (0..size)
            .map(|at| u8::try_from(at % 251).unwrap())
            .collect();
        let sent = frame.clone();
        // A socket holds less than the longest of them.
        let sender = std::thread::spawn(move || {
            send_pieces(a.as_fd(), &sent, &[read.as_fd()]).unwrap();
            send(a.as_fd(), b"next", &[]).unwrap();
        });
        let got = receive(b.as_fd()).unwrap().unwrap();
        assert!(got.bytes == frame, "{size}");
        assert_eq!(got.fds.len(), 1);
        assert_eq!(receive(b.as_fd()).unwrap().unwrap().bytes, b"next");
        sender.join().unwrap();
        assert!(receive(b.as_fd()).unwrap().is_none());
    }
}

#[test]
fn packets_that_make_no_frame_are_errors() {
    for packets in [
        &[(9, &b"x"[..])][..],
        &[(IN_FILE, b"")],
        &[(PIECE, b"")],
        &[(PIECE, b"x"), (IN_FILE, b"")],
        &[(PIECE, b"x"), (9, b"")],
    ] {
        let (a, b) = channel().unwrap();
        for (marker, bytes) in packets {
            send_packet(a.as_fd(), *marker, bytes, &[]).unwrap();
        }
        assert!(receive(b.as_fd()).is_err(), "{packets:?}");
    }
    // One that ends in the middle is no frame at all.
    let (a, b) = channel().unwrap();
    send_packet(a.as_fd(), PIECE, b"x", &[]).unwrap();
    drop(a);
    assert!(receive(b.as_fd()).unwrap().is_none());
}
