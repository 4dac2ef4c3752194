use super::*;

#[test]
fn newer_models_choose_how_long_they_think() {
    for name in [
        "claude-opus-4-7",
        "claude-sonnet-4-6-20260101",
        "claude-opus-5-5",
        "claude-sonnet-5",
    ] {
        assert!(chooses_by_itself(name), "{name}");
    }
    for name in [
        "claude-opus-4-5-20251101",
        "claude-sonnet-4-20250514",
        "claude-3-7-sonnet-20250219",
        "claude-haiku-4-5",
        "other",
    ] {
        assert!(!chooses_by_itself(name), "{name}");
    }
}
