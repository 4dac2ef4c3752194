use proptest::prelude::*;

use super::{Pattern, Private, Rule, RuleError, Rules};
use crate::egress::decision::Refusal;
use crate::egress::host::Host;

fn rules(allow: &[&str], deny: &[&str]) -> Rules {
    let allow = allow
        .iter()
        .map(|text| Rule::new(Pattern::parse(text).unwrap()))
        .collect();
    let deny = deny
        .iter()
        .map(|text| Pattern::parse_denial(text).unwrap())
        .collect();
    Rules::new(allow, deny).unwrap()
}

#[track_caller]
fn check(rules: &Rules, place: &str, expected: Result<&str, Refusal>) {
    let (host, port) = Host::parse_with_port(place).unwrap();
    let found = rules
        .check(&host, port.unwrap().get())
        .map(|rule| rule.pattern.to_string());
    assert_eq!(found, expected.map(str::to_owned), "{place}");
}

#[track_caller]
fn check_error(text: &str, expected: &str) {
    let error = Pattern::parse(text).unwrap_err();
    let kind = format!("{error:?}");
    assert!(kind.starts_with(expected), "{text}: {kind}");
}

#[test]
fn a_name_matches_itself_on_the_ports_of_the_web() {
    let rules = rules(&["example.org"], &[]);
    check(&rules, "example.org:80", Ok("example.org"));
    check(&rules, "EXAMPLE.org.:443", Ok("example.org"));
    check(&rules, "example.org:8080", Err(Refusal::PortNotListed));
    check(&rules, "www.example.org:443", Err(Refusal::NotListed));
    check(&rules, "notexample.org:443", Err(Refusal::NotListed));
    check(&rules, "example.org.evil.net:443", Err(Refusal::NotListed));
}

#[test]
fn a_star_matches_all_names_below_and_not_the_name() {
    let rules = rules(&["*.example.org:8443"], &[]);
    check(&rules, "a.example.org:8443", Ok("*.example.org:8443"));
    check(&rules, "a.b.example.org:8443", Ok("*.example.org:8443"));
    check(&rules, "example.org:8443", Err(Refusal::NotListed));
    check(&rules, "aexample.org:8443", Err(Refusal::NotListed));
    check(&rules, "a.example.org:443", Err(Refusal::PortNotListed));
}

#[test]
fn a_denial_comes_first_and_holds_for_every_port() {
    let rules = rules(
        &["*.example.org", "api.example.org:99"],
        &["api.example.org"],
    );
    let denied = Refusal::Denied {
        rule: "api.example.org".to_owned(),
    };
    check(&rules, "www.example.org:443", Ok("*.example.org"));
    check(&rules, "api.example.org:443", Err(denied.clone()));
    check(&rules, "api.example.org:99", Err(denied));
    let everything = Rules::new(
        vec![Rule::new(Pattern::parse("example.org").unwrap())],
        vec![Pattern::parse_denial("*").unwrap()],
    );
    let all = Refusal::Denied {
        rule: "*".to_owned(),
    };
    check(&everything.unwrap(), "example.org:443", Err(all));
}

#[test]
fn the_most_specific_rule_holds() {
    let rules = rules(
        &[
            "*.example.org",
            "*.a.example.org",
            "x.a.example.org",
            "x.a.example.org:443",
        ],
        &[],
    );
    check(&rules, "b.example.org:443", Ok("*.example.org"));
    check(&rules, "b.a.example.org:443", Ok("*.a.example.org"));
    check(&rules, "x.a.example.org:80", Ok("x.a.example.org"));
    check(&rules, "x.a.example.org:443", Ok("x.a.example.org:443"));
}

#[test]
fn an_address_matches_only_as_such() {
    let rule = Rule::new(Pattern::parse("127.0.0.1:8080").unwrap());
    let rules = Rules::new(vec![rule.clone().with_private().unwrap()], vec![]).unwrap();
    check(&rules, "127.0.0.1:8080", Ok("127.0.0.1:8080"));
    check(&rules, "localhost:8080", Err(Refusal::NotListed));
    check(&rules, "127.0.0.2:8080", Err(Refusal::NotListed));
    let error = Rules::new(vec![rule], vec![]).unwrap_err();
    assert!(matches!(error, RuleError::Address { .. }), "{error}");
}

#[test]
fn errors_say_what_is_wrong() {
    check_error("", "Host { rule: \"\", source: Empty");
    check_error("https://example.org", "NotOnlyHost");
    check_error("example.org/path", "NotOnlyHost");
    check_error("user@example.org", "NotOnlyHost");
    check_error(
        "example.org:http",
        "Host { rule: \"example.org:http\", source: Port",
    );
    check_error(
        "example.org:0",
        "Host { rule: \"example.org:0\", source: Port",
    );
    check_error("a b.org", "Host { rule: \"a b.org\", source: Unicode");
    check_error("a.*.org", "Star");
    check_error("*example.org", "Star");
    check_error("*.127.0.0.1", "Star");
    check_error("*", "PublicSuffix");
    check_error("*:443", "PublicSuffix");
    for suffix in ["com", "co.uk", "github.io", "internal", "s3.amazonaws.com"] {
        check_error(&format!("*.{suffix}"), "PublicSuffix");
    }
    Pattern::parse("*.corp.internal").unwrap();
    for address in [
        "169.254.169.254",
        "[fd00:ec2::254]",
        "[::ffff:10.0.0.1]",
        "0.0.0.0",
        "224.0.0.1",
    ] {
        check_error(address, "Address");
    }
}

#[test]
fn a_rule_is_as_narrow_as_it_says() {
    let below = Rule::new(Pattern::parse("*.example.org").unwrap());
    assert!(matches!(
        below.clone().with_private(),
        Err(RuleError::PrivateBelow(_))
    ));
    assert!(matches!(
        below.clone().with_methods(["get"]),
        Err(RuleError::Method(_))
    ));
    assert!(matches!(
        below.clone().with_methods([]),
        Err(RuleError::NoMethods(_))
    ));
    let one = Rule::new(Pattern::parse("example.org").unwrap());
    assert_eq!(one.private(), Private::Refused);
    let twice = Rules::new(vec![one.clone(), one], vec![]);
    assert!(matches!(twice, Err(RuleError::Twice(_))));
    let get = below.with_methods(["GET", "HEAD"]).unwrap();
    assert_eq!(get.check_method("GET"), Ok(()));
    assert!(matches!(
        get.check_method("POST"),
        Err(Refusal::Method { .. })
    ));
}

fn name() -> impl Strategy<Value = String> {
    proptest::collection::vec("[a-c]{1,2}", 1..5).prop_map(|labels| labels.join("."))
}

proptest! {
    /// The matcher against the sentence that describes it, label by label.
    #[test]
    fn a_pattern_matches_what_its_labels_say(apex in name(), asked in name(), is_star in any::<bool>()) {
        let text = if is_star { format!("*.{apex}.example.org") } else { format!("{apex}.example.org") };
        let pattern = Pattern::parse(&text).unwrap();
        let host = Host::parse(&format!("{asked}.example.org")).unwrap();
        let apex: Vec<&str> = apex.split('.').rev().collect();
        let asked: Vec<&str> = asked.split('.').rev().collect();
        let expected = if is_star {
            asked.len() > apex.len() && asked[..apex.len()] == apex[..]
        } else {
            asked == apex
        };
        prop_assert_eq!(pattern.matches(&host, 443), expected);
        prop_assert!(!pattern.matches(&host, 444));
    }

    #[test]
    fn a_pattern_is_written_as_it_is_read(text in "(\\*\\.)?[a-z]{1,5}\\.example\\.org(:[1-9][0-9]{0,3})?") {
        let pattern = Pattern::parse(&text).unwrap();
        prop_assert_eq!(pattern.to_string(), text);
    }

    #[test]
    fn no_text_makes_the_reader_fail(text in "\\PC{0,60}") {
        let _read = Pattern::parse(&text);
        let _denied = Pattern::parse_denial(&text);
    }
}
