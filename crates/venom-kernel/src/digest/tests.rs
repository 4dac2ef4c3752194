use super::*;

#[test]
fn the_order_of_keys_does_not_matter() {
    let one: Value = serde_json::from_str(r#"{"b":1,"a":{"y":[1,2],"x":null}}"#).unwrap();
    let two: Value = serde_json::from_str(r#"{"a":{"x":null,"y":[1,2]},"b":1}"#).unwrap();
    assert_eq!(canonical(&one), r#"{"a":{"x":null,"y":[1,2]},"b":1}"#);
    assert_eq!(Digest::of(&one), Digest::of(&two));
}

#[test]
fn digests_are_those_of_the_standard() {
    // FIPS 180-4, example of the one-block message "abc".
    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(Digest::of_bytes(b"abc").to_string(), abc);
    assert_eq!(Digest::of_parts(&[b"a", b"bc"]).to_string(), abc);
    assert_eq!(abc.parse::<Digest>().unwrap(), Digest::of_bytes(b"abc"));
}

#[test]
fn texts_that_are_no_digest_are_refused() {
    for text in ["", "abc", &"g".repeat(64), &"a".repeat(65), &"A".repeat(64)] {
        assert_eq!(text.parse::<Digest>(), Err(DigestError), "{text}");
    }
    assert_eq!(BlobId::new("../../etc/passwd"), None);
}
