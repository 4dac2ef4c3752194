use std::time::Duration;

use proptest::prelude::*;
use tokio::io::AsyncWriteExt as _;

use super::{Body, LAST_CHUNK, chunk, chunk_size};
use crate::egress::head::{Framing, Malformed};
use crate::egress::wire::{Peer, WireError};

/// Reads a body that arrives in these pieces, and what is left behind it.
fn read(framing: Framing, pieces: &[&[u8]]) -> Result<(Vec<u8>, Vec<u8>), WireError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(async {
        let (mut far, near) = tokio::io::duplex(64);
        let mut peer = Peer::new(Box::new(near));
        let write = async {
            for piece in pieces {
                // A reader that gave up takes no more.
                if far.write_all(piece).await.is_err() {
                    break;
                }
            }
            drop(far);
        };
        let read = async {
            let patience = Duration::from_secs(10);
            let mut body = Body::new(framing);
            let mut all = Vec::new();
            while let Some(piece) = body.next(&mut peer.inlet, patience).await? {
                all.extend(piece);
            }
            while peer.inlet.fill(patience).await? > 0 {}
            let rest = peer.inlet.take(usize::MAX);
            drop(peer);
            Ok((all, rest))
        };
        tokio::join!(write, read).1
    })
}

#[test]
fn a_body_ends_where_it_says() {
    let whole = |body: &str, rest: &str| Ok((body.as_bytes().to_vec(), rest.as_bytes().to_vec()));
    assert_eq!(read(Framing::None, &[b"abc"]), whole("", "abc"));
    assert_eq!(read(Framing::Length(2), &[b"abc"]), whole("ab", "c"));
    assert_eq!(read(Framing::Close, &[b"ab", b"c"]), whole("abc", ""));
    let chunks: &[u8] = b"3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nX: y\r\n\r\nGET";
    assert_eq!(
        read(Framing::Chunked, &[chunks]),
        whole("abc0123456789", "GET")
    );
}

#[test]
fn a_body_cut_short_is_noticed() {
    assert_eq!(read(Framing::Length(4), &[b"abc"]), Err(WireError::Gone));
    assert_eq!(
        read(Framing::Chunked, &[b"3\r\nabc\r\n"]),
        Err(WireError::Gone)
    );
    assert_eq!(read(Framing::Chunked, &[b"0\r\n"]), Err(WireError::Gone));
}

#[test]
fn chunks_are_read_strictly() {
    for bytes in [
        "3\nabc\r\n0\r\n\r\n",
        "3\r\nabc\n0\r\n\r\n",
        "3\r\nabcd\r\n0\r\n\r\n",
        "3\rx\r\nabc\r\n0\r\n\r\n",
        "\r\n",
        "g\r\n",
        " 3\r\nabc\r\n0\r\n\r\n",
        "3 4\r\nabc\r\n0\r\n\r\n",
        "-3\r\n",
        "0x3\r\nabc\r\n0\r\n\r\n",
        "3;\u{1}\r\nabc\r\n0\r\n\r\n",
        "ffffffffffffffff1\r\n",
    ] {
        let found = read(Framing::Chunked, &[bytes.as_bytes()]);
        assert_eq!(
            found,
            Err(WireError::Malformed(Malformed::Chunk)),
            "{bytes:?}"
        );
    }
    let endless = format!("3;{}", "x".repeat(1000));
    let found = read(Framing::Chunked, &[endless.as_bytes()]);
    assert_eq!(found, Err(WireError::TooLarge));
    assert_eq!(chunk_size(b"1f ;a"), Some(31));
}

proptest! {
    #[test]
    fn what_was_put_into_chunks_comes_out(pieces in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..100), 0..6), cut in 1_usize..40) {
        let mut bytes: Vec<u8> = pieces.iter().flat_map(|piece| chunk(piece)).collect();
        bytes.extend_from_slice(LAST_CHUNK);
        let parts: Vec<&[u8]> = bytes.chunks(cut).collect();
        prop_assert_eq!(read(Framing::Chunked, &parts), Ok((pieces.concat(), Vec::new())));
    }
}
