use super::*;

#[test]
fn addresses_get_what_they_lack() {
    let at = |base: &str, version: &str| {
        under(&Url::parse(base).unwrap(), version, &["messages"])
            .unwrap()
            .to_string()
    };
    assert_eq!(
        at("https://a.example", "v1"),
        "https://a.example/v1/messages"
    );
    assert_eq!(
        at("https://a.example/v1", "v1"),
        "https://a.example/v1/messages"
    );
    assert_eq!(
        at("https://a.example/v1/", "v1"),
        "https://a.example/v1/messages"
    );
    assert_eq!(
        at("https://a.example/proxy", "v1"),
        "https://a.example/proxy/v1/messages"
    );
    assert_eq!(
        at("https://a.example/v1/", ""),
        "https://a.example/v1/messages"
    );
}

#[test]
fn names_with_slashes_stay_in_their_place() {
    let url = under(
        &Url::parse("https://a.example").unwrap(),
        "v1beta",
        &["models", "tuned/../x:streamGenerateContent"],
    )
    .unwrap();
    assert_eq!(
        url.as_str(),
        "https://a.example/v1beta/models/tuned%2F..%2Fx:streamGenerateContent"
    );
}

#[test]
fn seals_go_back_to_their_own_dialect() {
    let seal = Some("gemini:abc".to_owned());
    assert_eq!(unseal(seal.as_ref(), "gemini"), Some("abc"));
    assert_eq!(unseal(seal.as_ref(), "anthropic"), None);
    assert_eq!(unseal(seal.as_ref(), "gem"), None);
    assert_eq!(unseal(None, "gemini"), None);
}

#[test]
fn dialects_have_names() {
    for dialect in Dialect::ALL {
        assert_eq!(dialect.name().parse(), Ok(dialect));
    }
    assert!("palm".parse::<Dialect>().is_err());
}
