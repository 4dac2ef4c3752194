use super::*;
use crate::text::Text;

fn features(raw: &str) -> Features {
    let text = Text::utterance(raw);
    Features::of(text.parts(), |word| &word.stem)
}

fn shared(left: &str, right: &str) -> usize {
    let right = features(right);
    let left = features(left);
    left.entries()
        .iter()
        .filter(|(key, _)| right.entries().iter().any(|(other, _)| other == key))
        .count()
}

#[test]
fn features_are_sorted_distinct_and_fixed() {
    let features = features("run the tests");
    assert!(
        features
            .entries()
            .is_sorted_by(|left, right| left.0 < right.0)
    );
    // FNV-1a of `w`, `run` and the closing byte 0xFF, computed apart from this code.
    assert_eq!(number(b'w', &["run"]), 0x66a7_c0b1_32b5_d6b0);
}

#[test]
fn a_typo_leaves_runs_in_common_and_a_slot_separates_pairs() {
    assert!(shared("vulnerabilities", "vulnerabilites") > 15);
    assert_eq!(shared("vulnerabilities", "weather"), 0);
    let joined = features("replace with").entries().len();
    let separated = features("replace {old} with").entries().len();
    assert_eq!(joined, separated + 1);
}

#[test]
fn repetition_counts_by_its_logarithm() {
    let key = number(b'w', &["test"]);
    let weight = |raw: &str| {
        features(raw)
            .entries()
            .iter()
            .find(|(known, _)| *known == key)
            .map(|(_, weight)| *weight)
    };
    assert_eq!(weight("test"), Some(1.0));
    assert!(weight("test test test").is_some_and(|weight| weight > 2.0 && weight < 2.2));
}
