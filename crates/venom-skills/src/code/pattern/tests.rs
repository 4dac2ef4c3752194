use super::shorthand::{Guard, spelled};
use crate::code::map::speech::Speech;

fn check(pattern: &str, with: &str, expected: (&str, &str)) {
    let rewrite = spelled(pattern, Some(with));
    let got = (rewrite.pattern.as_str(), rewrite.with.as_deref());
    assert_eq!(got, (expected.0, Some(expected.1)), "{pattern} -> {with}");
}

#[test]
fn short_forms_are_spelled_out() {
    check("unwrap()", "?", ("$A.unwrap()", "$A?"));
    check("unwrap", "?", ("$A.unwrap()", "$A?"));
    check(".expect()", "?", ("$A.expect($M)", "$A?"));
    check(
        "unwrap()",
        "unwrap_or_default()",
        ("$A.unwrap()", "$A.unwrap_or_default()"),
    );
    check(".clone()", "", ("$A.clone()", "$A"));
    check("== None", "is None", ("$A == None", "$A is None"));
    check("==", "===", ("$A == $B", "$A === $B"));
    check("print", "logger.info", ("print($$$A)", "logger.info($$$A)"));
    check("`foo($A)`", "`bar($A)`", ("foo($A)", "bar($A)"));
}

#[test]
fn handing_on_is_rust_and_is_guarded() {
    let rewrite = spelled("unwrap()", Some("?"));
    assert_eq!(rewrite.guard, Some(Guard::Propagates));
    assert_eq!(rewrite.only, Some(Speech::Rust));
    let plain = spelled("$A ? $B : $C", Some("$C"));
    assert_eq!((plain.guard, plain.only), (None, None));
}
