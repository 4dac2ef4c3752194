use super::*;

fn token(claims: &str) -> String {
    let part = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}.{}", part("{}"), part(claims), part("signature"))
}

#[test]
fn the_expiry_stands_in_the_claims() {
    assert_eq!(expiry(&token(r#"{"exp": 1700000000}"#)), Ok(1_700_000_000));
}

#[test]
fn what_is_no_token_is_refused_and_not_shown() {
    let long = token(&format!(r#"{{"exp": 1, "x": "{}"}}"#, "x".repeat(LONGEST)));
    for text in [
        "",
        "hunter2hunter2",
        "a.b",
        "a.b.c.d",
        "a.!!.c",
        &token("[]"),
        &token("{}"),
        &token(r#"{"exp": "soon"}"#),
        &token(r#"{"exp": 1}"#).replace('.', ".\n"),
        &long,
    ] {
        let failure = expiry(text).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Corrupt);
        assert!(text.is_empty() || !failure.message.contains(text));
    }
}

#[test]
fn a_kept_token_is_given_until_shortly_before_it_expires() {
    let cache = Cache::default();
    assert!(cache.get(0).is_none());
    cache.put(&Secret::new("t".to_owned()), 1_000);
    assert!(cache.get(939).is_some());
    assert!(cache.get(940).is_none());
    cache.forget();
    assert!(cache.get(0).is_none());
}
