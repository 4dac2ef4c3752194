use super::*;
use serde_json::json;

#[test]
fn an_object_is_found_in_what_is_written_around_it() {
    let found = Some(json!({"a": {"b": 1}}));
    for text in [
        r#"{"a": {"b": 1}}"#,
        "Here it is:\n```json\n{\"a\": {\"b\": 1}}\n```\nI hope that helps.",
        "  {\"a\":{\"b\":1}}  ",
        "ä – {\"a\": {\"b\": 1}} – ö",
    ] {
        assert_eq!(object(text), found, "{text}");
    }
}

#[test]
fn what_is_no_object_is_nothing() {
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(60), "]".repeat(60));
    let long = format!("{{\"a\": \"{}\"}}", "x".repeat(LONGEST));
    for text in [
        "",
        "no",
        "[1, 2]",
        "}{",
        "{",
        "{\"a\": }",
        "{} {}",
        &deep,
        &long,
    ] {
        assert_eq!(object(text), None, "{text:.40}");
    }
}
