use serde_json::json;

use super::*;

fn shown(left: &Value, right: &Value) -> Vec<String> {
    values(left, right, 100)
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn names_each_place_once_and_in_order() {
    let left = json!({"a": 1, "b": [1, 2, {"c": true}], "d": "same"});
    let right = json!({"a": 2, "b": [1, 3, {"c": false}, 4], "d": "same", "e": null});
    assert_eq!(
        shown(&left, &right),
        [
            "/a: 1 | 2",
            "/b/1: 2 | 3",
            "/b/2/c: true | false",
            "/b/3: nothing | 4",
            "/e: nothing | null",
        ]
    );
    assert!(values(&left, &left, 100).is_empty());
}

#[test]
fn names_the_whole_when_the_kinds_differ() {
    assert_eq!(
        shown(&json!([1]), &json!({"a": 1})),
        [r#"(the whole): [1] | {"a":1}"#]
    );
}

#[test]
fn escapes_names_as_a_pointer_does() {
    assert_eq!(
        shown(&json!({"a/b~": 1}), &json!({})),
        ["/a~1b~0: 1 | nothing"]
    );
}

#[test]
fn stops_at_the_limit() {
    let many: Vec<u32> = (0..100).collect();
    let none: Vec<u32> = vec![0; 100];
    assert_eq!(values(&json!(many), &json!(none), 5).len(), 5);
}
