use serde_json::json;

use super::*;

fn filled(value: &Value) -> Result<Value, ReferenceError> {
    resolve(value, &|target| match target {
        Target::Slot(name) if name == "module" => Some(json!("shop/auth")),
        Target::Step(id) if id.as_str() == "find" => Some(json!({"n": 3, "list": ["a", "b"]})),
        Target::Slot(_) | Target::Step(_) => None,
    })
}

#[test]
fn a_lone_reference_keeps_its_type() {
    assert_eq!(filled(&json!("${step.find.n}")), Ok(json!(3)));
    assert_eq!(
        filled(&json!({"a": ["${step.find.list.1}"]})),
        Ok(json!({"a": ["b"]}))
    );
    assert_eq!(filled(&json!("${slot.module}")), Ok(json!("shop/auth")));
}

#[test]
fn a_reference_in_a_text_becomes_text() {
    assert_eq!(
        filled(&json!("in ${slot.module}: ${step.find.n}")),
        Ok(json!("in shop/auth: 3"))
    );
}

#[test]
fn what_is_not_known_yet_waits() {
    let waiting = json!("a ${step.later.x} b $${c}");
    assert_eq!(filled(&waiting), Ok(waiting.clone()));
    assert_eq!(unescape(&json!("$${c}")), json!("${c}"));
}

#[test]
fn bad_references_are_named() {
    for text in ["${}", "${x}", "${slot.}", "${other.a}", "${step.Bad Name}"] {
        assert!(
            matches!(targets(&json!(text)), Err(ReferenceError::Malformed(_))),
            "{text}"
        );
    }
    assert!(matches!(
        targets(&json!("${slot.a")),
        Err(ReferenceError::Open(_))
    ));
    assert!(matches!(
        filled(&json!("${step.find.zip}")),
        Err(ReferenceError::Nothing(_))
    ));
    assert!(matches!(
        filled(&json!("${step.find.list.9}")),
        Err(ReferenceError::Nothing(_))
    ));
}

#[test]
fn steps_are_collected_from_everywhere() {
    let value = json!({"a": "${step.one.x} ${step.two}", "b": [{"c": "${slot.s}"}]});
    let found: Vec<String> = steps(&value)
        .unwrap()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(found, ["one", "two"]);
}
