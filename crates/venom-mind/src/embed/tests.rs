//! The table against the reference of `tools/distill/cases.py`, and against damage.

use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn words() -> Words {
    Words::embedded().unwrap()
}

fn cases() -> Vec<Value> {
    serde_json::from_str(include_str!("../../model/cases.json")).unwrap()
}

#[test]
fn texts_are_cut_as_the_library_cuts_them() {
    let table = words();
    let cases = cases();
    assert!(cases.len() > 300);
    for case in cases {
        let text = case["text"].as_str().unwrap();
        let found: Vec<String> = tokenise::pieces(&tokenise::words(text), &table)
            .into_iter()
            .map(
                |piece| match piece.and_then(|piece| table.name(piece as usize)) {
                    Some(name) => String::from_utf8(name.to_vec()).unwrap(),
                    None => "[UNK]".to_owned(),
                },
            )
            .collect();
        assert_eq!(serde_json::json!(found), case["pieces"], "{text:?}");
    }
}

#[test]
fn vectors_are_the_sums_that_the_form_of_the_file_describes() {
    let table = words();
    for case in cases() {
        let text = case["text"].as_str().unwrap();
        let found = table.embed(text);
        let Some(begin) = case["begin"].as_array() else {
            assert_eq!(found, None, "{text:?}");
            continue;
        };
        let found = found.unwrap();
        assert_eq!(found.len(), table.size());
        assert!((dot(&found, &found) - 1.0).abs() < 1e-5);
        for (own, wanted) in found.iter().zip(begin) {
            let distance = f64::from(*own) - wanted.as_f64().unwrap();
            assert!(distance.abs() < 1e-4, "{text:?}: {own} is not {wanted}");
        }
    }
}

#[test]
fn the_table_says_where_it_comes_from_and_is_small() {
    let table = words();
    assert_eq!(table.id(), "venom-words-1");
    for name in [
        "teacher",
        "texts",
        "texts-sha256",
        "licence",
        "seed",
        "body-sha256",
    ] {
        let is_told = |line: &str| line.starts_with(&format!("{name}: "));
        assert!(table.header().lines().any(is_told), "{name}");
    }
    assert!(table.bytes.len() <= 10_000_000);
}

#[test]
fn sentences_that_mean_the_same_are_closer_than_others() {
    let table = words();
    let near =
        |left: &str, right: &str| dot(&table.embed(left).unwrap(), &table.embed(right).unwrap());
    for (one, same, other) in [
        (
            "repair the broken unit tests",
            "fix the failing tests",
            "book a table for two",
        ),
        (
            "delete the old branch",
            "remove the stale branch",
            "what is the weather today",
        ),
        (
            "how much money is on my account",
            "what is my bank balance",
            "compile the code",
        ),
        (
            "look for security holes",
            "find vulnerabilities",
            "play some music",
        ),
    ] {
        let (same, other) = (near(one, same), near(one, other));
        assert!(same > other + 0.2, "{one}: {same} and {other}");
    }
}

#[test]
fn what_has_no_known_word_has_no_vector() {
    for text in ["", "   ", "\u{4f60}\u{597d}", "\u{1f642}\u{1f642}"] {
        assert_eq!(words().embed(text), None, "{text:?}");
    }
}

#[test]
fn a_damaged_file_is_refused_and_says_why() {
    let whole = EMBEDDED.to_vec();
    let open = |bytes: Vec<u8>| Words::open(bytes.into()).unwrap_err();
    assert_eq!(open(b"something else".to_vec()), Error::Foreign);
    let short = whole.split_last().unwrap().1.to_vec();
    let (wanted, found) = (whole.len(), whole.len() - 1);
    assert_eq!(open(short), Error::Length { wanted, found });
    let mut newer = whole.clone();
    newer[8] = 2;
    assert_eq!(open(newer), Error::Version(2));
    let mut absurd = whole;
    absurd[16..20].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(open(absurd), Error::Head);
    assert_eq!(open(MAGIC.to_vec()), Error::Head);
}

proptest! {
    #[test]
    fn no_text_leads_outside_the_table(text in "\\PC{0,200}") {
        if let Some(vector) = words().embed(&text) {
            prop_assert!(vector.iter().all(|value| value.is_finite()));
        }
    }

    #[test]
    fn no_head_leads_outside_the_file(numbers in proptest::array::uniform6(0_u32..64), rest in proptest::collection::vec(any::<u8>(), 0..400)) {
        let mut bytes = MAGIC.to_vec();
        for number in numbers {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(rest);
        if let Ok(table) = Words::open(bytes.into()) {
            let _ = table.embed("run the tests");
        }
    }
}
