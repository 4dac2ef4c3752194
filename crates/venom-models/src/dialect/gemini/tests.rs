use super::*;

#[test]
fn newer_models_take_levels() {
    for name in [
        "gemini-3-pro-preview",
        "gemini-3.8-flash",
        "models/gemini-10-x",
    ] {
        assert!(takes_levels(name), "{name}");
    }
    for name in ["gemini-2.5-pro", "gemini-2.0-flash-001", "gemini-pro"] {
        assert!(!takes_levels(name), "{name}");
    }
}

#[test]
fn what_was_thought_is_counted_as_produced() {
    let reported = reported(&json!({
        "promptTokenCount": 100, "cachedContentTokenCount": 30,
        "candidatesTokenCount": 7, "thoughtsTokenCount": 11,
    }));
    assert_eq!(reported.input, Some(70));
    assert_eq!(reported.output, Some(18));
    assert_eq!(
        (reported.cache_read, reported.thinking),
        (Some(30), Some(11))
    );
}
