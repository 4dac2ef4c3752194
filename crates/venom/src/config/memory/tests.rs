use super::*;

fn said(memory: Value) -> Result<(), String> {
    let memory: Memory = serde_json::from_value(memory).map_err(|error| error.to_string())?;
    memory.check()
}

#[test]
fn services_are_one_line_each() {
    assert_eq!(said(json!({})), Ok(()));
    assert_eq!(said(json!({ "vectors": "http://127.0.0.1:8000" })), Ok(()));
    assert_eq!(said(json!({ "cache": "redis://127.0.0.1:6379/2" })), Ok(()));
    assert_eq!(said(json!({ "embeddings": "home/all-minilm" })), Ok(()));
    assert_eq!(
        said(json!({ "embeddings": "file:/models/all-MiniLM-L6-v2" })),
        Ok(())
    );
    let both = json!({ "embeddings": "home/minilm", "vectors": "http://127.0.0.1:8000" });
    assert_eq!(said(both), Ok(()));
    let all = json!({
        "vectors": "https://there/team/notes",
        "vectors_key": "env:CHROMA_TOKEN",
        "graph": "bolt+s://ada@there/facts",
        "graph_key": "secret:graph",
        "cache": "redis://ada@there",
        "cache_key": "secret:redis",
        "when_down": "refuse",
        "consolidate": "30 4 * * sun",
    });
    assert_eq!(said(all), Ok(()));
}

#[test]
fn what_cannot_be_used_is_said_and_keys_are_not_repeated() {
    let cases = [
        (json!({ "vectors": "127.0.0.1:8000" }), "vectors"),
        (json!({ "cache": "http://there" }), "redis://"),
        (json!({ "cache_key": "env:X" }), "key of nothing"),
        (
            json!({ "vectors": "http://there", "vectors_key": "env:X" }),
            "https",
        ),
        (
            json!({ "vectors": "http://ada:hunter2@there" }),
            "vectors_key",
        ),
        (
            json!({ "cache": "redis://there", "cache_key": "hunter2" }),
            "cache_key",
        ),
        (json!({ "embeddings": "minilm" }), "PROVIDER/MODEL"),
        (json!({ "embeddings": "file:minilm" }), "whole path"),
        (json!({ "embeddings": "file:" }), "whole path"),
        (json!({ "graph": "http://there" }), "bolt://"),
        (json!({ "graph_key": "env:X" }), "key of nothing"),
        (
            json!({ "graph": "bolt://there", "graph_key": "env:X" }),
            "bolt+s",
        ),
        (json!({ "graphs": "bolt://there" }), "unknown field"),
        (json!({ "when_down": "hope" }), "hope"),
        (json!({ "consolidate": "nightly" }), "five fields"),
    ];
    for (memory, why) in cases {
        let refused = said(memory.clone()).unwrap_err();
        assert!(refused.contains(why), "{memory}: {refused}");
        assert!(!refused.contains("hunter2"), "{refused}");
    }
}
