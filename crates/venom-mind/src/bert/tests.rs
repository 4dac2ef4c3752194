//! The encoder against `tools/encoder/reference.py`, and against files that nobody vouches for.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::embed::dot;

const CONFIG: &str = include_str!("../../tests/small-encoder/config.json");
const PIECES: &str = include_str!("../../tests/small-encoder/vocab.txt");
const WEIGHTS: &[u8] = include_bytes!("../../tests/small-encoder/model.safetensors");
const EXPECTED: &str = include_str!("../../tests/small-encoder/expected.json");

fn described() -> Described<'static> {
    Described {
        config: CONFIG,
        vocabulary: PIECES,
        ..Described::default()
    }
}

fn load(described: &Described<'_>, weights: &[u8]) -> Result<Bert, Error> {
    let length = weights.len() as u64;
    Plan::new(described)?.load("small".to_owned(), &mut &*weights, length)
}

fn refused(described: &Described<'_>, weights: &[u8]) -> String {
    match load(described, weights) {
        Ok(bert) => panic!("{bert:?} was taken"),
        Err(error) => error.to_string(),
    }
}

fn head() -> (Value, &'static [u8]) {
    let (size, rest) = WEIGHTS.split_first_chunk::<8>().unwrap();
    let (head, body) = rest.split_at(usize::try_from(u64::from_le_bytes(*size)).unwrap());
    (serde_json::from_slice(head).unwrap(), body)
}

fn with_head(head: &Value, body: &[u8]) -> Vec<u8> {
    let text = head.to_string();
    let mut bytes = (text.len() as u64).to_le_bytes().to_vec();
    bytes.extend(text.as_bytes());
    bytes.extend(body);
    bytes
}

/// The same weights in numbers of another kind.
fn rewritten(kind: &str, write: impl Fn(f32) -> Vec<u8>) -> Vec<u8> {
    let (head, body) = head();
    let mut made = serde_json::Map::new();
    let mut bytes = Vec::new();
    for (name, entry) in head.as_object().unwrap() {
        if entry["dtype"] != "F32" {
            continue;
        }
        let place = |at: usize| usize::try_from(entry["data_offsets"][at].as_u64().unwrap());
        let begin = bytes.len();
        let (numbers, _) = body[place(0).unwrap()..place(1).unwrap()].as_chunks::<4>();
        bytes.extend(
            numbers
                .iter()
                .flat_map(|four| write(f32::from_le_bytes(*four))),
        );
        made.insert(
            name.clone(),
            json!({"dtype": kind, "shape": entry["shape"], "data_offsets": [begin, bytes.len()]}),
        );
    }
    with_head(&Value::Object(made), &bytes)
}

fn expected() -> Vec<(String, Vec<f32>)> {
    let cases: Vec<Value> = serde_json::from_str(EXPECTED).unwrap();
    cases
        .into_iter()
        .map(|case| {
            let vector = serde_json::from_value(case["vector"].clone()).unwrap();
            (case["text"].as_str().unwrap().to_owned(), vector)
        })
        .collect()
}

fn far(left: &[f32], right: &[f32]) -> f32 {
    assert_eq!(left.len(), right.len());
    left.iter()
        .zip(right)
        .map(|(one, other)| (one - other).abs())
        .fold(0.0, f32::max)
}

#[test]
fn vectors_are_those_of_the_reference() {
    let bert = load(&described(), WEIGHTS).unwrap();
    assert_eq!((bert.id(), bert.size()), ("small", 8));
    let cases = expected();
    let texts: Vec<&str> = cases.iter().map(|(text, _)| text.as_str()).collect();
    let together = bert.directions(&texts);
    for ((text, wanted), beside) in cases.iter().zip(together) {
        let alone = bert.directions(&[text]).pop().flatten().unwrap();
        assert!(
            far(&alone, wanted) < 1e-5,
            "{text:?}: {alone:?}, {wanted:?}"
        );
        assert!(
            far(&alone, &beside.unwrap()) < 1e-6,
            "{text:?} beside others"
        );
        assert!((dot(&alone, &alone) - 1.0).abs() < 1e-5);
    }
}

#[test]
fn a_sentence_has_the_same_vector_in_whatever_company() {
    let bert = load(&described(), WEIGHTS).unwrap();
    let many: Vec<String> = (0..300).map(|at| "the river ran ".repeat(at % 7)).collect();
    let texts: Vec<&str> = many.iter().map(String::as_str).collect();
    let together = bert.directions(&texts);
    assert_eq!(together.len(), texts.len());
    for at in [0, 1, 6, 100, 299] {
        let alone = bert.directions(&texts[at..=at]).pop().flatten().unwrap();
        assert!(far(&alone, together[at].as_ref().unwrap()) < 1e-6);
    }
}

#[test]
fn it_can_be_stopped_between_passes() {
    let bert = load(&described(), WEIGHTS).unwrap();
    let asked = std::cell::Cell::new(0);
    let texts = vec!["the river ran and ran and ran"; 200];
    let two = || {
        asked.set(asked.get() + 1);
        asked.get() <= 2
    };
    assert_eq!(bert.embed(&texts, &two), None);
    assert_eq!(asked.get(), 3);
    assert_eq!(bert.embed(&[], &|| false), Some(Vec::new()));
}

#[test]
fn long_texts_are_cut_to_what_the_model_reads() {
    let short = Described {
        sentences: Some(r#"{"max_seq_length": 5}"#),
        ..described()
    };
    let bert = load(&short, WEIGHTS).unwrap();
    let one = bert.directions(&["the river ran"]).pop().flatten().unwrap();
    let cut = bert
        .directions(&["the river ran and of this"])
        .pop()
        .flatten();
    assert!(far(&one, &cut.unwrap()) < 1e-6);
    // What a text may claim as its marks are words like any others.
    let whole = load(&described(), WEIGHTS).unwrap();
    assert!(
        whole
            .cut("[CLS] [SEP]")
            .iter()
            .filter(|piece| **piece == 2)
            .count()
            == 1
    );
}

#[test]
fn the_first_piece_may_stand_for_the_sentence() {
    let first = Described {
        pooling: Some(r#"{"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false}"#),
        ..described()
    };
    let text = ["the river ran"];
    let by_first = load(&first, WEIGHTS)
        .unwrap()
        .directions(&text)
        .pop()
        .flatten();
    let by_mean = load(&described(), WEIGHTS)
        .unwrap()
        .directions(&text)
        .pop()
        .flatten();
    assert!(far(&by_first.unwrap(), &by_mean.unwrap()) > 0.05);
}

#[test]
fn numbers_of_sixteen_bits_are_read() {
    let bf16 = rewritten("BF16", |value| {
        (value.to_bits() >> 16).to_le_bytes()[..2].to_vec()
    });
    let bert = load(&described(), &bf16).unwrap();
    for (text, wanted) in expected() {
        let found = bert.directions(&[&text]).pop().flatten().unwrap();
        assert!(dot(&found, &wanted) > 0.99, "{text:?}");
    }
    for (bits, wanted) in [
        (0x0000, 0.0),
        (0x3c00, 1.0),
        (0xc100, -2.5),
        (0x0001, 5.960_464_5e-8),
        (0x7bff, 65_504.0),
        (0x7c00, f32::INFINITY),
    ] {
        assert_eq!(
            weights::half(bits).to_bits(),
            f32::to_bits(wanted),
            "{bits:x}"
        );
    }
    assert!(weights::half(0x7e00).is_nan());
}

#[test]
fn a_file_that_ends_early_is_refused_wherever_it_ends() {
    for length in (0..WEIGHTS.len()).step_by(37) {
        let cut = &WEIGHTS[..length];
        assert!(load(&described(), cut).is_err(), "{length}");
        // The file may also become shorter while it is read.
        let plan = Plan::new(&described()).unwrap();
        assert!(
            plan.load("small".to_owned(), &mut &*cut, WEIGHTS.len() as u64)
                .is_err()
        );
    }
    assert!(refused(&described(), &WEIGHTS[..4]).contains("ends early"));
}

#[test]
fn heads_that_promise_what_is_not_there_are_refused() {
    let huge = u64::MAX.to_le_bytes();
    assert!(refused(&described(), &huge).contains("a head of"));
    assert!(refused(&described(), b"\x02\0\0\0\0\0\0\0[]").contains("no object"));
    assert!(refused(&described(), b"\x02\0\0\0\0\0\0\0{]").contains("no JSON"));
    let (whole, body) = head();
    let name = "encoder.layer.1.output.dense.weight";
    for (entry, why) in [
        (Value::Null, "does not fit"),
        (
            json!({"dtype": "F32", "shape": [8, 12], "data_offsets": [0, u64::MAX]}),
            "does not fit",
        ),
        (
            json!({"dtype": "F32", "shape": [8, 12], "data_offsets": [384, 0]}),
            "does not fit",
        ),
        (
            json!({"dtype": "F32", "shape": [8, 12], "data_offsets": [0, 380]}),
            "380 bytes",
        ),
        (
            json!({"dtype": "F32", "shape": [12, 8], "data_offsets": [0, 384]}),
            "[12, 8]",
        ),
        (
            json!({"dtype": "I8", "shape": [8, 12], "data_offsets": [0, 96]}),
            "`I8`",
        ),
    ] {
        let mut head = whole.clone();
        head[name] = entry.clone();
        let said = refused(&described(), &with_head(&head, body));
        assert!(said.contains(why) && said.contains(name), "{entry}: {said}");
    }
    let mut head = whole.clone();
    head.as_object_mut().unwrap().remove(name);
    assert!(refused(&described(), &with_head(&head, body)).contains("is missing"));
    let mut head = whole;
    head[name]["data_offsets"] = json!([0, 384]);
    assert!(refused(&described(), &with_head(&head, body)).contains("over another"));
    let mut bytes = WEIGHTS.to_vec();
    let end = bytes.len() - 4;
    bytes[end..].copy_from_slice(&f32::NAN.to_le_bytes());
    assert!(refused(&described(), &bytes).contains("no number"));
}

#[test]
fn names_may_have_what_the_model_was_saved_in_before_them() {
    let (whole, body) = head();
    let inside: serde_json::Map<String, Value> = whole
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, entry)| (format!("bert.{name}"), entry.clone()))
        .filter(|(name, _)| !name.contains("__"))
        .collect();
    let bert = load(&described(), &with_head(&Value::Object(inside), body)).unwrap();
    let (text, wanted) = expected().remove(0);
    let found = bert.directions(&[&text]).pop().flatten().unwrap();
    assert!(far(&found, &wanted) < 1e-5);
}

#[test]
fn descriptions_of_other_models_are_refused_with_what_is_wrong() {
    let config: Value = serde_json::from_str(CONFIG).unwrap();
    for (key, value, why) in [
        ("model_type", json!("roberta"), "`roberta`"),
        ("hidden_act", json!("relu"), "`relu`"),
        (
            "position_embedding_type",
            json!("relative_key"),
            "`relative_key`",
        ),
        ("hidden_size", json!(0), "`hidden_size`"),
        ("hidden_size", json!(1_u64 << 60), "`hidden_size`"),
        ("num_attention_heads", json!(3), "evenly"),
        ("num_hidden_layers", json!(1_000_000), "`num_hidden_layers`"),
        ("vocab_size", json!(5), "more lines"),
        ("max_position_embeddings", json!(2), "no piece"),
    ] {
        let mut other = config.clone();
        other[key] = value;
        let other = other.to_string();
        let described = Described {
            config: &other,
            ..described()
        };
        let said = refused(&described, WEIGHTS);
        assert!(said.contains(why), "{key}: {said}");
    }
    for (file, why) in [
        (
            Described {
                config: "[]",
                ..described()
            },
            "no object",
        ),
        (
            Described {
                vocabulary: "the\nriver\n",
                ..described()
            },
            "[CLS]",
        ),
        (
            Described {
                tokenizer: Some(r#"{"do_lower_case": false}"#),
                ..described()
            },
            "capitals",
        ),
        (
            Described {
                pooling: Some(r#"{"pooling_mode_max_tokens": true}"#),
                ..described()
            },
            "1_Pooling",
        ),
        (
            Described {
                pooling: Some(
                    r#"{"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": true}"#,
                ),
                ..described()
            },
            "1_Pooling",
        ),
    ] {
        let said = refused(&file, WEIGHTS);
        assert!(said.contains(why), "{said}");
    }
}

proptest! {
    #[test]
    fn damage_is_refused_or_makes_vectors(
        damage in proptest::collection::vec((0..WEIGHTS.len(), any::<u8>()), 1..8),
        text in ".{0,60}",
    ) {
        let mut bytes = WEIGHTS.to_vec();
        for (at, byte) in damage {
            bytes[at] = byte;
        }
        if let Ok(bert) = load(&described(), &bytes) {
            let made = bert.directions(&[&text]).pop().flatten();
            prop_assert!(made.is_none_or(|vector| vector.iter().all(|value| value.is_finite())));
        }
    }
}
