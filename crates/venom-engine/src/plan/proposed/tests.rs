use super::*;
use venom_kernel::skill::{Reach, Writes};
use venom_kernel::time::Millis;

fn action(params: Value) -> ActionManifest {
    ActionManifest {
        summary: "Does it.".to_owned(),
        params,
        result: json!({}),
        class: EffectClass::Pure,
        reach: Reach::Local,
        needs: Vec::new(),
        writes: Writes::Nothing,
        grants: venom_kernel::confine::Grants::default(),
        timeout: Millis::from_secs(1),
        typical: Millis::from_secs(1),
        prepares: false,
        verify: Vec::new(),
    }
}

#[test]
fn an_action_is_a_line() {
    let params = json!({
        "type": "object",
        "required": ["path"],
        "properties": {"path": {"type": "string"}, "deep": {"type": "boolean"}, "odd": {}}
    });
    assert_eq!(
        signature("files", "list", &action(params)),
        "- files.list(deep?: boolean, odd?: any, path: string): Does it.\n"
    );
    assert_eq!(
        signature("test", "run", &action(Value::Null)),
        "- test.run(): Does it.\n"
    );
}

#[test]
fn what_a_model_writes_refers_to_nothing() {
    let written = json!({"script": "echo ${HOME}", "list": ["${step.other.text}", 1]});
    let plain = json!({"script": "echo $${HOME}", "list": ["$${step.other.text}", 1]});
    assert_eq!(escaped(&written), plain);
    assert_eq!(venom_kernel::plan::reference::unescape(&plain), written);
}

#[test]
fn a_proposal_has_a_form() {
    let step = json!({"id": "look", "title": "Look", "action": WORK, "covers": [1]});
    let fits = |value: &Value| schema::misfits(&form(), value).is_empty();
    assert!(fits(&json!({"steps": [step]})));
    assert!(!fits(&json!({"steps": []})));
    assert!(!fits(&json!({"steps": vec![step.clone(); STEPS + 1]})));
    let mut odd = step;
    odd["class"] = json!("pure");
    assert!(
        !fits(&json!({"steps": [odd]})),
        "a class is not the model's to say"
    );
}
