use super::*;

/// Computed with Python: `hmac.new(b"s3cret", b"v1\nPOST\n/f?a=1\n1700000000\n{}", "sha256")`.
#[test]
fn a_signature_is_what_another_language_computes() {
    assert_eq!(
        signature("s3cret", "POST", "/f?a=1", 1_700_000_000, b"{}"),
        "v1=dbc7515ff2b68c548cdbad0a8d858afdfd220063e6def8f99901c91dcb10237c"
    );
}

#[test]
fn every_part_counts() {
    let all = [
        signature("s", "POST", "/f", 1, b"{}"),
        signature("t", "POST", "/f", 1, b"{}"),
        signature("s", "PUT", "/f", 1, b"{}"),
        signature("s", "POST", "/g", 1, b"{}"),
        signature("s", "POST", "/f", 2, b"{}"),
        signature("s", "POST", "/f", 1, b"[]"),
        // Parts do not run into each other.
        signature("s", "POST", "/f\n1", 1, b"{}"),
    ];
    let distinct: std::collections::BTreeSet<_> = all.iter().collect();
    assert_eq!(distinct.len(), all.len());
}
