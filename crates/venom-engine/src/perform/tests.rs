use serde_json::json;

use super::*;

fn step(id: &str, action: &str, params: &Value) -> Step {
    serde_json::from_value(json!({
        "id": id,
        "title": "a step",
        "skill": "function",
        "action": action,
        "params": params,
        "class": "irreversible",
        "timeout": 1_000,
    }))
    .expect("a step")
}

#[test]
fn a_key_names_one_step_of_one_run_whatever_the_attempt() {
    let params = json!({"function": "f", "payload": {"a": 1}});
    let first = step_key("run_1", &step("call", "invoke", &params));
    let again = Step {
        timeout: Millis::new(5),
        title: "another title".to_owned(),
        ..step("call", "invoke", &params)
    };
    assert_eq!(step_key("run_1", &again), first);
    assert_eq!(first.len(), 32);
    let others = [
        step_key("run_2", &step("call", "invoke", &params)),
        step_key("run_1", &step("call-2", "invoke", &params)),
        step_key("run_1", &step("call", "query", &params)),
        step_key("run_1", &step("call", "invoke", &json!({"function": "g"}))),
    ];
    assert!(others.iter().all(|other| *other != first));
}

#[test]
fn a_call_begins_in_an_empty_folder_whatever_a_killed_process_left() {
    let folder = tempfile::tempdir().unwrap();
    let scratch = folder.path().join("run_1-eff_0-commit");
    empty_folder(&scratch).unwrap();
    std::fs::create_dir(scratch.join("objects")).unwrap();
    std::fs::write(scratch.join("index.lock"), "").unwrap();
    empty_folder(&scratch).unwrap();
    assert_eq!(std::fs::read_dir(&scratch).unwrap().count(), 0);
}
