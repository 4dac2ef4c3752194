use super::glob::matches;
use super::{holds, test};
use crate::Value;
use crate::syntax::{Comparison, Test};

#[test]
fn shapes() {
    for (text, pattern, expected) in [
        ("", "", true),
        ("", "*", true),
        ("", "?", false),
        ("src/lib.rs", "src/*.rs", true),
        ("src/lib.rs", "*/???.rs", true),
        ("src/lib.rs", "*.r", false),
        ("abcabc", "*abc", true),
        ("aab", "*ab*", true),
        ("a*b", "a\\*b", true),
        ("axb", "a\\*b", false),
        ("a\\", "a\\", true),
        ("größe", "gr??e", true),
        ("aaaa", "a*a*a*a*a", false),
    ] {
        assert_eq!(matches(text, pattern), expected, "{text} like {pattern}");
    }
}

#[test]
fn a_hostile_pattern_is_not_slow() {
    let text = "a".repeat(10_000);
    assert!(!matches(&text, &format!("{}b", "a*".repeat(500))));
}

#[test]
fn kinds_have_no_order_between_them() {
    let (number, text) = (Value::Int(1), Value::text("a"));
    assert!(!holds(Comparison::Less, &number, &text));
    assert!(!holds(Comparison::GreaterOrEqual, &number, &text));
    assert!(holds(Comparison::Unequal, &number, &text));
    assert!(!holds(Comparison::Equal, &Value::symbol("a"), &text));
    assert_eq!(test(Test::Contains, &number, &text), None);
}
