use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{Filler, Flow, Mask};
use crate::egress::secret::{Secret, SecretId};

const VALUE: &str = "aab/aaab+c";

fn mask() -> Mask {
    let secret =
        |id: &str, value: &str| Secret::new(SecretId::new(id).unwrap(), value.to_owned()).unwrap();
    Mask::new(&[&secret("one", VALUE), &secret("two", "aab/aaab+c and more")])
}

fn flow(filler: Filler, pieces: &[&[u8]]) -> (Vec<u8>, BTreeSet<String>) {
    let mut flow = Flow::new(mask(), filler);
    let mut out = Vec::new();
    for piece in pieces {
        out.extend(flow.push(piece));
    }
    out.extend(flow.finish());
    let found = flow.found().iter().map(ToString::to_string).collect();
    (out, found)
}

#[track_caller]
fn check(text: &str, expected: &str) {
    // Wherever the text is cut, the outcome is the same.
    for cut in 0..=text.len() {
        let (head, tail) = text.as_bytes().split_at(cut);
        let (out, _) = flow(Filler::Sentinel, &[head, tail]);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            expected,
            "{text} cut at {cut}"
        );
    }
    let single: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
    let (out, _) = flow(Filler::Sentinel, &single);
    assert_eq!(
        String::from_utf8(out).unwrap(),
        expected,
        "{text} byte by byte"
    );
}

#[test]
fn values_are_replaced_by_their_placeholders() {
    check("x aab/aaab+c y", "x venom-secret-one y");
    check("aab/aaab+caab/aaab+c", "venom-secret-onevenom-secret-one");
    check("aaab/aaab+c", "avenom-secret-one");
    check("aab/aab/aaab+c", "aab/venom-secret-one");
    check("aab/aaab+c and mor", "venom-secret-one and mor");
    check("aab/aaab+c and more", "venom-secret-two");
    check("aab/aaab", "aab/aaab");
    check("k=aab%2Faaab%2Bc", "k=venom-secret-one");
    check("", "");
}

#[test]
fn stars_keep_the_length() {
    let (out, found) = flow(Filler::Stars, &[b"x aab/aa", b"ab+c y"]);
    assert_eq!(out, b"x ********** y");
    assert_eq!(found, BTreeSet::from(["one".to_owned()]));
}

proptest! {
    /// A text over the letters of the value, cut anywhere: no value comes through, and without one
    /// nothing changes.
    #[test]
    fn no_cut_lets_a_value_through(parts in proptest::collection::vec("[ab/+c]{0,4}|aab/aaab\\+c", 0..10), cut in 1_usize..12) {
        let text = parts.concat();
        let pieces: Vec<&[u8]> = text.as_bytes().chunks(cut).collect();
        let (out, _) = flow(Filler::Stars, &pieces);
        prop_assert_eq!(out.len(), text.len());
        let out = String::from_utf8(out).unwrap();
        prop_assert!(!out.contains(VALUE));
        if !text.contains(VALUE) {
            prop_assert_eq!(out, text);
        }
    }
}
