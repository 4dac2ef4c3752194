use std::io;

use super::{decode, encode, verdict};
use crate::probe::{Outcome, Stop};

fn check(outcome: Outcome, expected: (&str, &str)) {
    let (word, detail) = verdict(decode(&encode(outcome)));
    assert_eq!((word.name(), detail.as_str()), expected);
}

#[test]
fn outcomes_cross_the_pipe() {
    check(Ok("read".to_owned()), ("escaped", "read"));
    check(Err(Stop::Held("other".to_owned())), ("blocked", "other"));
    check(
        Err(Stop::Absent("none".to_owned())),
        ("not-applicable", "none"),
    );
    let refused = io::Error::from_raw_os_error(libc::EPERM);
    let text = refused.to_string();
    check(Err(Stop::Refused(refused)), ("blocked", &text));
}

#[test]
fn long_and_broken_text_is_cut() {
    let bytes = encode(Ok("\u{e4}".repeat(2000)));
    assert!(bytes.len() < 4096);
    assert!(decode(&bytes).is_ok());
    assert!(decode(&[]).is_err());
}
