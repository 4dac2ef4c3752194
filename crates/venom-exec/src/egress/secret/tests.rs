use std::collections::BTreeSet;

use super::{Form, Place, SENTINEL, Secret, SecretError, SecretId, Secrets, Spotter, Swapper};
use crate::egress::decision::Scheme;
use crate::egress::host::Host;
use crate::egress::rule::Pattern;

const VALUE: &str = "s3cr\"t/v+lue";

fn secret(id: &str) -> Secret {
    Secret::new(SecretId::new(id).unwrap(), VALUE.to_owned()).unwrap()
}

fn pattern(text: &str) -> Pattern {
    Pattern::parse(text).unwrap()
}

fn ids(ids: &[&str]) -> BTreeSet<SecretId> {
    ids.iter().map(|id| SecretId::new(id).unwrap()).collect()
}

/// Swaps towards `api.example.org:443` with the secrets `key`, bound there, and `other`, not.
#[track_caller]
fn check(text: &str, form: Form, expected: Option<&str>, used: &[&str], left: &[&str]) {
    let secrets = Secrets::new([
        secret("key").bound_to(pattern("api.example.org")),
        secret("other").bound_to(pattern("www.example.org")),
    ])
    .unwrap();
    let host = Host::parse("api.example.org").unwrap();
    let swapper = Swapper::new(&secrets, Scheme::Https, &host, 443);
    let swapped = swapper.swap(text.as_bytes(), Place::Header, form);
    let found = swapped
        .text
        .map(|text| String::from_utf8(text.to_vec()).unwrap());
    assert_eq!(found.as_deref(), expected, "{text}");
    assert_eq!(
        (swapped.used, swapped.left),
        (ids(used), ids(left)),
        "{text}"
    );
}

#[test]
fn values_replace_whole_placeholders_only() {
    check(
        "Bearer venom-secret-key",
        Form::Raw,
        Some("Bearer s3cr\"t/v+lue"),
        &["key"],
        &[],
    );
    check("venom-secret-keyring", Form::Raw, None, &[], &[]);
    check("venom-secret-key-2", Form::Raw, None, &[], &[]);
    check("venom-secret-", Form::Raw, None, &[], &[]);
    check("venom-secret-KEY", Form::Raw, None, &[], &[]);
    check(
        "venom-secret-key.venom-secret-key",
        Form::Raw,
        Some("s3cr\"t/v+lue.s3cr\"t/v+lue"),
        &["key"],
        &[],
    );
    check("venom-secret-venom-secret-key", Form::Raw, None, &[], &[]);
    check("a=venom-secret-other", Form::Raw, None, &[], &["other"]);
    check(
        "venom-secret-other,venom-secret-key",
        Form::Raw,
        Some("venom-secret-other,s3cr\"t/v+lue"),
        &["key"],
        &["other"],
    );
}

#[test]
fn a_value_takes_the_form_of_its_place() {
    check(
        "k=venom-secret-key&b",
        Form::Percent,
        Some("k=s3cr%22t%2Fv%2Blue&b"),
        &["key"],
        &[],
    );
    check(
        "\"venom-secret-key\"",
        Form::Json,
        Some("\"s3cr\\\"t/v+lue\""),
        &["key"],
        &[],
    );
}

#[test]
fn a_binding_is_for_its_scheme_and_port() {
    let host = Host::parse("api.example.org").unwrap();
    let towards = |secret: Secret, scheme, port| {
        let secrets = Secrets::new([secret]).unwrap();
        !secrets.towards(scheme, &host, port).is_empty()
    };
    let bound = || secret("key").bound_to(pattern("api.example.org"));
    assert!(towards(bound(), Scheme::Https, 443));
    assert!(!towards(bound(), Scheme::Https, 80));
    assert!(!towards(bound(), Scheme::Http, 80));
    assert!(!towards(bound(), Scheme::Http, 443));
    let plain = || secret("key").bound_to_plain(pattern("api.example.org"));
    assert!(towards(plain(), Scheme::Https, 443));
    assert!(towards(plain(), Scheme::Http, 80));
    assert!(!towards(plain(), Scheme::Http, 443));
    let port = || secret("key").bound_to(pattern("*.example.org:8443"));
    assert!(towards(port(), Scheme::Https, 8443));
    assert!(!towards(port(), Scheme::Https, 443));
}

#[test]
fn a_secret_never_shows_its_value() {
    let secrets = Secrets::new([secret("key").bound_to(pattern("api.example.org"))]).unwrap();
    let shown = format!("{secrets:?} {:?}", secret("key"));
    assert!(!shown.contains(VALUE), "{shown}");
    assert!(!shown.contains("s3cr"), "{shown}");
    assert!(shown.contains("key"), "{shown}");
}

#[test]
fn what_can_be_no_secret_is_refused() {
    let make = |value: &str| Secret::new(SecretId::new("key").unwrap(), value.to_owned()).err();
    assert_eq!(make("short"), Some(SecretError::Size));
    assert_eq!(make(&"x".repeat(9000)), Some(SecretError::Size));
    assert_eq!(make("two\r\nlines and more"), Some(SecretError::Control));
    assert_eq!(
        make(&format!("a {SENTINEL}key")),
        Some(SecretError::Sentinel)
    );
    assert_eq!(make("long enough"), None);
    for id in ["", "a b", "a.b", &"a".repeat(65)] {
        assert_eq!(SecretId::new(id), Err(SecretError::Id), "{id}");
    }
    assert_eq!(
        Secrets::new([secret("a"), secret("a")]).err(),
        Some(SecretError::Twice)
    );
}

#[test]
fn a_placeholder_is_seen_however_it_is_cut() {
    let secrets = Secrets::new([secret("key")]).unwrap();
    let text = b"some text venom-secret-key, and more of it".as_slice();
    for cut in 0..text.len() {
        let mut spotter = Spotter::default();
        let (head, tail) = text.split_at(cut);
        let mut seen = spotter.look(&secrets, head);
        seen.extend(spotter.look(&secrets, tail));
        assert_eq!(seen, ids(&["key"]), "cut at {cut}");
    }
}
