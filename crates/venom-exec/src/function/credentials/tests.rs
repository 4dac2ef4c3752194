use super::*;

const FILE: &str = "# comment
[default]
aws_access_key_id = AKIDDEFAULT
aws_secret_access_key = a/secret=with+marks

[ other ]
aws_access_key_id=AKIDOTHER
; aws_secret_access_key = not this one
[role]
role_arn = arn:aws:iam::1:role/r
";

#[test]
fn sections_are_read_as_aws_writes_them() {
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    assert_eq!(
        section(FILE, "default"),
        [
            pair("aws_access_key_id", "AKIDDEFAULT"),
            pair("aws_secret_access_key", "a/secret=with+marks"),
        ]
    );
    assert_eq!(
        section(FILE, "other"),
        [pair("aws_access_key_id", "AKIDOTHER")]
    );
    assert_eq!(section(FILE, "none"), []);
}

#[test]
fn a_profile_without_keys_says_why() {
    let path = Path::new("/c");
    let failure = no_keys(path, "role", &section(FILE, "role"));
    assert_eq!(failure.kind, FailureKind::Refused);
    assert!(failure.hint.unwrap().contains("take a role"));
    assert_eq!(no_keys(path, "x", &[]).kind, FailureKind::Missing);
}

#[test]
fn credentials_come_over_tls_or_from_this_machine_or_the_platform() {
    for (url, wanted) in [
        ("http://127.0.0.1:8080/c", true),
        ("http://[::1]/c", true),
        ("http://localhost/c", true),
        ("http://169.254.170.2/c", true),
        ("http://169.254.170.23/v1/credentials", true),
        ("http://[fd00:ec2::23]/v1/credentials", true),
        ("https://example.org/c", true),
        ("http://example.org/c", false),
        ("http://169.254.170.3/c", false),
        ("http://127.0.0.1.example.org/c", false),
        ("http://localhost.example.org/c", false),
    ] {
        assert_eq!(is_endpoint(&Url::parse(url).unwrap()), wanted, "{url}");
    }
}

#[test]
fn an_id_is_letters_and_digits() {
    let secret = || Secret::new("s".to_owned());
    assert!(checked("AKIDEXAMPLE", secret(), None).is_ok());
    for id in ["", "AKID/EXAMPLE", "AKID\nx", &"A".repeat(129)] {
        assert!(checked(id, secret(), None).is_err(), "{id:?}");
    }
}

#[test]
fn kept_credentials_are_renewed_before_they_expire() {
    let cache = Cache::default();
    let keys = Arc::new(checked("A", Secret::new("s".to_owned()), None).unwrap());
    cache.put(&keys, EARLY + 100);
    assert!(cache.get(Timestamp::from_micros(99)).is_some());
    assert!(cache.get(Timestamp::from_micros(100)).is_none());
}
