use proptest::prelude::*;

use super::{Host, HostError};

fn check(text: &str, expected: Result<&str, HostError>) {
    let found = Host::parse(text).map(|host| host.to_string());
    assert_eq!(found, expected.map(str::to_owned), "{text}");
}

#[test]
fn a_host_has_one_spelling() {
    check("Example.ORG", Ok("example.org"));
    check("example.org.", Ok("example.org"));
    check("b\u{fc}cher.example", Ok("xn--bcher-kva.example"));
    check("B\u{dc}CHER.example", Ok("xn--bcher-kva.example"));
    check("xn--bcher-kva.example", Ok("xn--bcher-kva.example"));
    // A full stop of another script parts labels too.
    check("example\u{3002}org", Ok("example.org"));
    check("my_bucket.example", Ok("my_bucket.example"));
    check("127.0.0.1", Ok("127.0.0.1"));
    check("[::1]", Ok("[::1]"));
    check("[0:0:0:0:0:0:0:1]", Ok("[::1]"));
}

#[test]
fn what_is_no_host_is_refused() {
    check("", Err(HostError::Empty));
    check(".", Err(HostError::Empty));
    check("a..b", Err(HostError::Label));
    check("example.org..", Err(HostError::Label));
    check("-a.org", Err(HostError::Label));
    check(&format!("{}.org", "a".repeat(64)), Err(HostError::Label));
    check(&"a.".repeat(200), Err(HostError::TooLong));
    check("[::1", Err(HostError::Brackets));
    check("[::1%eth0]", Err(HostError::Brackets));
    check("[127.0.0.1]", Err(HostError::Brackets));
    for text in ["a b", "a/b", "a@b", "a%41", "a\0b", "a\\b", "xn--\u{fffd}"] {
        assert!(Host::parse(text).is_err(), "{text}");
    }
}

#[test]
fn old_spellings_of_addresses_are_refused() {
    for text in [
        "127.1",
        "2130706433",
        "0177.0.0.1",
        "0x7f000001",
        "0x7f.0.0.1",
        "127.0.0.01",
        "127.0.0.1.",
        "1.2.3.4.5",
        "example.0x",
        "\u{ff11}\u{ff12}\u{ff17}.0.0.1",
    ] {
        check(text, Err(HostError::Numeric));
    }
}

#[test]
fn a_port_is_a_plain_number() {
    let port =
        |text| Host::parse_with_port(text).map(|(_, port)| port.map(std::num::NonZeroU16::get));
    assert_eq!(port("a:80"), Ok(Some(80)));
    assert_eq!(port("a"), Ok(None));
    assert_eq!(port("[::1]:65535"), Ok(Some(65535)));
    assert_eq!(port("[::1]"), Ok(None));
    for text in [
        "a:", "a:0", "a:65536", "a:+80", "a:80:80", "a: 80", "a:8o", "[::1]80:", "::1",
    ] {
        assert!(port(text).is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn a_spelling_is_read_as_itself(text in "\\PC{0,40}") {
        if let Ok(host) = Host::parse(&text) {
            prop_assert_eq!(Host::parse(&host.to_string()), Ok(host.clone()));
            prop_assert!(host.to_string().is_ascii());
        }
    }

    #[test]
    fn case_and_one_last_dot_do_not_matter(text in "[a-zA-Z]([a-zA-Z0-9-]{0,8}[a-zA-Z])?(\\.[a-zA-Z]{2,6}){0,3}") {
        // Some random names begin like encoded ones and are not.
        let plain = Host::parse(&text);
        prop_assert_eq!(&plain, &Host::parse(&text.to_ascii_uppercase()));
        prop_assert_eq!(&plain, &Host::parse(&format!("{text}.")));
    }
}
