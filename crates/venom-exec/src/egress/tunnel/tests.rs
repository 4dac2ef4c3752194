use super::{Opening, classify};

#[test]
fn the_first_bytes_say_what_follows() {
    for (bytes, expected) in [
        (b"".as_slice(), None),
        (b"\x16", Some(Opening::Tls)),
        (b"\x16\x03\x01", Some(Opening::Tls)),
        (b"GET", None),
        (b"GET ", None),
        (b"GET /", Some(Opening::Http)),
        (b"OPTIONS *", Some(Opening::Http)),
        (b"M-SEARCH *", Some(Opening::Http)),
        (b"GET http://x/", Some(Opening::Http)),
        (b"SSH-2.0-x", Some(Opening::Other)),
        (b"PRI * HTTP/2.0", Some(Opening::Http)),
        (b"EHLO x", Some(Opening::Other)),
        (b"\0", Some(Opening::Other)),
        (b"get /", Some(Opening::Other)),
        (b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", Some(Opening::Other)),
    ] {
        assert_eq!(classify(bytes), expected, "{bytes:?}");
    }
}
