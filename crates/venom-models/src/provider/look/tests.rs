use serde_json::json;

use super::*;

#[test]
fn lists_of_all_dialects_are_read() {
    let names = |dialect, value| {
        read(dialect, &value)
            .into_iter()
            .map(|served| (served.name, served.context))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        names(
            Dialect::OpenAi,
            json!({"data": [{"id": "b", "meta": {"n_ctx_train": 8}}, {"id": "a"}, {"no": 1}]})
        ),
        [("a".to_owned(), None), ("b".to_owned(), Some(8))]
    );
    assert_eq!(
        names(
            Dialect::Gemini,
            json!({"models": [{"name": "models/g", "inputTokenLimit": 9}]})
        ),
        [("g".to_owned(), Some(9))]
    );
    assert_eq!(
        names(
            Dialect::Ollama,
            json!({"models": [{"name": "l:latest"}, {"name": "l:latest"}]})
        ),
        [("l:latest".to_owned(), None)]
    );
    assert_eq!(names(Dialect::Anthropic, json!({"data": {}})), []);
    assert_eq!(names(Dialect::Anthropic, json!("no")), []);
}
