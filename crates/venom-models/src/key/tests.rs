use std::os::unix::fs::PermissionsExt as _;

use super::*;

#[test]
fn a_key_is_named_and_never_repeated() {
    for text in ["secret:anthropic", "env:A_KEY", "file:/run/key"] {
        assert_eq!(text.parse::<KeyRef>().unwrap().to_string(), text);
    }
    for text in [
        "sk-ant-api03-abcdefgh",
        "",
        "env:",
        "env:1A",
        "env:A-B",
        "file:key",
        "secret:a/b",
        "other:abcdefgh",
    ] {
        let why = text.parse::<KeyRef>().unwrap_err();
        assert!(!why.contains("abcdefgh"), "{why}");
    }
}

#[test]
fn hosts_of_a_secret_are_kept_to() {
    for (rule, host, fits) in [
        ("api.example.org", "api.example.org", true),
        ("API.example.org:443", "api.example.org", true),
        ("api.example.org", "example.org", false),
        ("*.example.org", "api.example.org", true),
        ("*.example.org", "example.org", false),
        ("*.example.org", ".example.org", false),
        ("*.example.org", "apiexample.org", false),
        ("api.example.org", "api.example.org.evil.example", false),
    ] {
        assert_eq!(is_within(rule, host), fits, "{rule} {host}");
    }
}

#[test]
fn a_file_of_a_key_is_its_owners_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    std::fs::write(&path, "the-key\n").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let failure = read_file(&path).unwrap_err();
    assert!(failure.hint.unwrap().starts_with("chmod 600"));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(
        tidy(&read_file(&path).unwrap(), "it").unwrap().as_str(),
        "the-key"
    );
    std::fs::write(&path, vec![b'x'; 70_000]).unwrap();
    assert!(read_file(&path).is_err());
    assert!(read_file(folder.path()).is_err());
    for bad in ["", "\n", "a b", "a\nb", "é"] {
        assert!(tidy(bad, "it").is_err(), "{bad:?}");
    }
}
