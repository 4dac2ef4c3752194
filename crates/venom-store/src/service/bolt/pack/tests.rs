use super::*;

fn written(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    value.write(&mut bytes);
    bytes
}

/// The examples of the specification (PackStream, version 1).
#[test]
fn values_are_written_as_the_specification_says() {
    let cases: [(Value, &[u8]); 14] = [
        (Value::Null, &[0xC0]),
        (Value::Flag(true), &[0xC3]),
        (Value::Int(1), &[0x01]),
        (Value::Int(-16), &[0xF0]),
        (Value::Int(-17), &[0xC8, 0xEF]),
        (Value::Int(128), &[0xC9, 0x00, 0x80]),
        (Value::Int(1_234), &[0xC9, 0x04, 0xD2]),
        (Value::Int(40_000), &[0xCA, 0x00, 0x00, 0x9C, 0x40]),
        (Value::Int(i64::MIN), &[0xCB, 0x80, 0, 0, 0, 0, 0, 0, 0]),
        (
            Value::Float(1.23),
            &[0xC1, 0x3F, 0xF3, 0xAE, 0x14, 0x7A, 0xE1, 0x47, 0xAE],
        ),
        (Value::text("A"), &[0x81, 0x41]),
        (Value::Bytes(vec![1, 2]), &[0xCC, 0x02, 0x01, 0x02]),
        (
            Value::map([("one", Value::text("eins"))]),
            &[0xA1, 0x83, 0x6F, 0x6E, 0x65, 0x84, 0x65, 0x69, 0x6E, 0x73],
        ),
        (
            Value::Structure(0x71, vec![Value::List(vec![Value::Int(1)])]),
            &[0xB1, 0x71, 0x91, 0x01],
        ),
    ];
    for (value, bytes) in cases {
        assert_eq!(written(&value), bytes, "{value:?}");
        assert_eq!(Value::read(bytes), Ok(value));
    }
}

#[test]
fn every_length_is_read_as_it_was_written() {
    for length in [0, 1, 15, 16, 255, 256, 65_535, 65_536] {
        for value in [
            Value::text("x".repeat(length)),
            Value::Bytes(vec![7; length]),
            Value::List(vec![Value::Int(-3); length]),
            Value::Map((0..length).map(|n| (n.to_string(), Value::Null)).collect()),
        ] {
            assert_eq!(Value::read(&written(&value)).as_ref(), Ok(&value));
        }
    }
    for number in (0..63).flat_map(|bits| [1_i64 << bits, -(1_i64 << bits), (1 << bits) - 1]) {
        let value = Value::Int(number);
        assert_eq!(Value::read(&written(&value)), Ok(value));
    }
}

#[test]
fn what_is_cut_or_lies_about_its_length_is_no_value() {
    let whole = written(&Value::map([
        ("rows", Value::List(vec![Value::text("a name"); 20])),
        ("far", Value::Float(0.5)),
    ]));
    for end in 0..whole.len() {
        assert_eq!(Value::read(&whole[..end]), Err(Malformed), "cut at {end}");
    }
    // Four thousand million items of which none is there; an unknown marker; something behind the value.
    for bytes in [
        &[0xD6, 0xFF, 0xFF, 0xFF, 0xFF][..],
        &[0xD2, 0xFF, 0xFF, 0xFF, 0xFF, 0x41],
        &[0xC4],
        &[0x01, 0x01],
        &[0xA1, 0x01, 0x01],
        &[0x82, 0xFF, 0xFE],
    ] {
        assert_eq!(Value::read(bytes), Err(Malformed), "{bytes:?}");
    }
    assert_eq!(Value::read(&[0x91; 4_096]), Err(Malformed));
}
