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
