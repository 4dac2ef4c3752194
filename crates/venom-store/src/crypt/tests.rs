use std::collections::BTreeSet;

use super::*;
use venom_kernel::id::RunId;

fn run(number: u64) -> RunId {
    RunId::new(number, u128::from(number))
}

fn event(number: u64, seq: u64) -> Associated<'static> {
    Associated::Event {
        run: run(number),
        seq,
        schema: 1,
    }
}

fn blob(text: &str) -> BlobId {
    BlobId::new(blake3::hash(text.as_bytes()).to_hex().as_str()).unwrap()
}

#[test]
fn what_was_sealed_opens_in_its_place_and_nowhere_else() {
    let key = Key::generate().unwrap();
    let other = Key::generate().unwrap();
    let sealed = key.seal(&event(1, 1), b"a text").unwrap();
    assert_eq!(sealed.len(), b"a text".len() + 1 + 12 + 16);
    assert_eq!(key.open(&event(1, 1), &sealed).unwrap(), b"a text");
    assert!(key.open(&event(1, 2), &sealed).is_err());
    assert!(key.open(&event(2, 1), &sealed).is_err());
    let newer = Associated::Event {
        run: run(1),
        seq: 1,
        schema: 2,
    };
    assert!(key.open(&newer, &sealed).is_err());
    assert!(key.open(&Associated::Row(run(1)), &sealed).is_err());
    assert!(other.open(&event(1, 1), &sealed).is_err());
}

#[test]
fn every_changed_bit_and_every_cut_is_seen() {
    let key = Key::generate().unwrap();
    let plain =
        b"a text that is long enough for more than a thousand bits, so that each one of them \
        can be turned over and the whole be refused";
    let sealed = key.seal(&event(1, 1), plain).unwrap();
    let mut tried = 0;
    for byte in 0..sealed.len() {
        for bit in 0..8 {
            let mut changed = sealed.clone();
            changed[byte] ^= 1 << bit;
            assert!(key.open(&event(1, 1), &changed).is_err(), "{byte}.{bit}");
            tried += 1;
        }
    }
    for length in 0..sealed.len() {
        assert!(key.open(&event(1, 1), &sealed[..length]).is_err());
    }
    assert!(tried >= 1_000, "{tried}");
}

#[test]
fn no_nonce_comes_twice() {
    let key = Key::generate().unwrap();
    let nonces: BTreeSet<Vec<u8>> = (0..20_000)
        .map(|_| key.seal(&event(1, 1), b"").unwrap()[1..13].to_vec())
        .collect();
    assert_eq!(nonces.len(), 20_000);
}

#[test]
fn blobs_do_not_open_under_each_others_ids() {
    let seal = SealKey::new(Key::generate().unwrap());
    let (one, two) = (blob("one"), blob("two"));
    let sealed = seal.seal(&one, b"one").unwrap();
    assert_eq!(seal.open(&one, &sealed).unwrap(), b"one");
    let failure = seal.open(&two, &sealed).unwrap_err();
    assert_eq!(failure.kind, venom_ports::FailureKind::Corrupt);
}

#[test]
fn parts_of_different_lengths_are_different_places() {
    let hosts = |texts: &[&str]| {
        texts
            .iter()
            .map(|text| (*text).to_owned())
            .collect::<Vec<_>>()
    };
    let (one, two) = (hosts(&["ab", "c"]), hosts(&["a", "bc"]));
    let places = [
        Associated::Secret {
            name: "x",
            hosts: &one,
        },
        Associated::Secret {
            name: "x",
            hosts: &two,
        },
        Associated::Secret {
            name: "x",
            hosts: &[],
        },
        Associated::Key {
            kind: "x",
            name: b"",
        },
    ];
    let bytes: BTreeSet<Vec<u8>> = places.iter().map(Associated::bytes).collect();
    assert_eq!(bytes.len(), places.len());
}
