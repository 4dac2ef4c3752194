use proptest::prelude::*;

use super::{AnswerHead, Framing, Malformed, RequestHead};

fn request(text: &str) -> Result<RequestHead, Malformed> {
    RequestHead::parse(text.as_bytes())
}

fn framing(fields: &str) -> Result<Framing, Malformed> {
    request(&format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n"))?.framing()
}

#[test]
fn the_end_of_a_request_is_said_once() {
    assert_eq!(framing(""), Ok(Framing::None));
    assert_eq!(framing("Content-Length: 0\r\n"), Ok(Framing::None));
    assert_eq!(framing("Content-Length: 7\r\n"), Ok(Framing::Length(7)));
    assert_eq!(
        framing("Transfer-Encoding: Chunked\r\n"),
        Ok(Framing::Chunked)
    );
    let both = "Content-Length: 7\r\nTransfer-Encoding: chunked\r\n";
    assert_eq!(framing(both), Err(Malformed::TwoLengths));
    let twice = "Content-Length: 7\r\ncontent-length: 7\r\n";
    assert_eq!(framing(twice), Err(Malformed::Twice("content-length")));
    for length in [
        "7, 7",
        "+7",
        "-1",
        "0x7",
        "7 ",
        "",
        "1_0",
        "9999999999999999999",
    ] {
        let found = framing(&format!("Content-Length: {length}\r\n"));
        let expected = if length == "7 " {
            Ok(Framing::Length(7))
        } else {
            Err(Malformed::Length)
        };
        assert_eq!(found, expected, "{length}");
    }
    for coding in [
        "gzip, chunked",
        "chunked, chunked",
        "identity",
        "xchunked",
        "chunked;a=b",
        "",
    ] {
        let found = framing(&format!("Transfer-Encoding: {coding}\r\n"));
        assert_eq!(found, Err(Malformed::Coding), "{coding}");
    }
    let old = request("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n").unwrap();
    assert_eq!(old.framing(), Err(Malformed::Coding));
}

#[test]
fn the_end_of_an_answer_depends_on_the_question() {
    let framing = |text: &str, method| {
        AnswerHead::parse(text.as_bytes()).and_then(|head| head.framing(method))
    };
    let long = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
    assert_eq!(framing(long, "GET"), Ok(Framing::Length(5)));
    assert_eq!(framing(long, "HEAD"), Ok(Framing::None));
    assert_eq!(
        framing("HTTP/1.1 200 OK\r\n\r\n", "GET"),
        Ok(Framing::Close)
    );
    assert_eq!(framing("HTTP/1.1 204\r\n\r\n", "GET"), Ok(Framing::None));
    assert_eq!(
        framing("HTTP/1.1 304 x\r\nContent-Length: 5\r\n\r\n", "GET"),
        Ok(Framing::None)
    );
    for first in [
        "HTTP/1.1 20 OK",
        "HTTP/1.1 2000 OK",
        "HTTP/2 200 OK",
        "HTTP/1.1 600 a",
        "ICY 200 OK",
        "",
    ] {
        assert!(
            framing(&format!("{first}\r\n\r\n"), "GET").is_err(),
            "{first}"
        );
    }
}

#[test]
fn what_is_between_neighbours_stays_there() {
    let text = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close, X-Mine\r\nX-Mine: 1\r\n\
                Keep-Alive: 5\r\nProxy-Authorization: b\r\nTE: trailers\r\nUpgrade: h2c\r\n\
                X-Yours: 2\r\n\r\n";
    let mut head = request(text).unwrap();
    head.fields.remove_hop_by_hop().unwrap();
    let out = String::from_utf8(head.to_bytes()).unwrap();
    assert_eq!(out, "GET / HTTP/1.1\r\nHost: a\r\nX-Yours: 2\r\n\r\n");
    let text = "GET / HTTP/1.1\r\nHost: a\r\nConnection: Authorization\r\n\r\n";
    let mut head = request(text).unwrap();
    assert_eq!(head.fields.remove_hop_by_hop(), Err(Malformed::Connection));
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_fail(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _request = RequestHead::parse(&bytes);
        let _answer = AnswerHead::parse(&bytes);
    }

    /// What was read and written anew is read the same way again.
    #[test]
    fn a_head_survives_being_written(
        method in "[A-Z]{1,8}",
        target in "/[!-\"$-~]{0,20}",
        fields in proptest::collection::vec(("[a-zA-Z!#$%&'*+.^_`|~-]{1,10}", "[!-~]([ -~\t]{0,18}[!-~])?"), 0..8),
    ) {
        let mut text = format!("{method} {target} HTTP/1.1\r\n");
        for (name, value) in &fields {
            text = format!("{text}{name}: {value}\r\n");
        }
        let head = RequestHead::parse(format!("{text}\r\n").as_bytes()).unwrap();
        prop_assert_eq!(RequestHead::parse(&head.to_bytes()), Ok(head));
    }

    /// Any single byte put where it does not belong is noticed or harmless: the number of fields
    /// and the framing never change unseen.
    #[test]
    fn a_stray_control_byte_is_refused(at in 0_usize..60, byte in prop_oneof![Just(0_u8), Just(b'\r'), Just(b'\n'), Just(0x0b), Just(0x0c), Just(0x7f)]) {
        let clean = b"POST /a HTTP/1.1\r\nHost: a.example\r\nContent-Length: 5\r\nX: y\r\n\r\n";
        let mut dirty = clean.to_vec();
        dirty.insert(at.min(clean.len() - 4), byte);
        prop_assert!(RequestHead::parse(&dirty).and_then(|head| head.framing()).is_err());
    }
}
