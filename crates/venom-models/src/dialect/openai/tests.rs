use super::*;

#[test]
fn strict_is_what_can_be_kept_to_strictly() {
    let closed = json!({"type": "object", "additionalProperties": false, "required": ["a"],
        "properties": {"a": {"type": "array", "items": {"type": "string"}}}});
    assert!(is_strict(&closed));
    for open in [
        json!({"type": "object"}),
        json!({"type": "object", "properties": {"a": {}}, "required": ["a"]}),
        json!({"type": "object", "additionalProperties": false, "properties": {"a": {}}}),
        json!({"type": "array", "items": {"type": "object"}}),
    ] {
        assert!(!is_strict(&open), "{open}");
    }
}

#[test]
fn what_came_from_the_cache_is_part_of_the_prompt() {
    let usage = reported(&json!({
        "prompt_tokens": 100, "completion_tokens": 20,
        "prompt_tokens_details": {"cached_tokens": 60},
        "completion_tokens_details": {"reasoning_tokens": 5},
    }));
    assert_eq!((usage.input, usage.output), (Some(40), Some(20)));
    assert_eq!((usage.cache_read, usage.thinking), (Some(60), Some(5)));
    // More from the cache than there was is a mistake of the server's.
    let usage = reported(&json!({
        "prompt_tokens": 10, "prompt_tokens_details": {"cached_tokens": 60},
    }));
    assert_eq!((usage.input, usage.cache_read), (Some(0), Some(10)));
}
