use serde_json::json;

use super::*;

fn given(params: Value) -> Result<Given> {
    Given::of(&Call {
        action: "act".to_owned(),
        params,
        prepared: None,
    })
}

#[test]
fn parameters_are_taken_one_by_one() {
    let mut all = given(json!({"a": "", "b": null, "c": 3, "d": true})).unwrap();
    // An empty text is there; null and nothing are not.
    assert_eq!(all.must::<String>("a").unwrap(), "");
    assert_eq!(all.may::<String>("b").unwrap(), None);
    assert_eq!(all.may::<u64>("c").unwrap(), Some(3));
    assert!(all.flag("d").unwrap());
    assert!(!all.flag("e").unwrap());
    all.done().unwrap();
    given(Value::Null).unwrap().done().unwrap();
}

#[test]
fn what_is_wrong_is_named() {
    let said = |failure: Failure| {
        assert_eq!(failure.kind, FailureKind::Refused);
        assert!(failure.hint.is_some());
        failure.message
    };
    let mut all = given(json!({"a": 1, "x\ny": 2})).unwrap();
    let wrong = said(all.may::<String>("a").unwrap_err());
    assert!(wrong.contains("`act`") && wrong.contains("`a`"), "{wrong}");
    assert!(said(all.must::<String>("b").unwrap_err()).contains("`b` is missing"));
    assert!(said(all.done().unwrap_err()).contains("there is no `x y`"));
    assert!(given(json!([1])).is_err());
}
