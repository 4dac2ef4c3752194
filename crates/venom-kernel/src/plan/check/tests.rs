use serde_json::json;

use super::*;

fn fault(value: &Value) -> bool {
    let check: Check = serde_json::from_value(value.clone()).unwrap();
    check.fault().is_some()
}

#[test]
fn what_an_older_log_says_is_read_and_written_as_it_stands() {
    for old in [
        json!({"check": "tests-pass"}),
        json!({"check": "tests-not-worse", "than": "before"}),
        json!({"check": "file-exists", "path": "x"}),
    ] {
        let check: Check = serde_json::from_value(old.clone()).unwrap();
        assert_eq!(serde_json::to_value(&check).unwrap(), old);
        assert_eq!(check.reruns(), 0, "an old plan reruns nothing");
    }
}

#[test]
fn a_new_plan_says_how_often_tests_run_again() {
    let filled = Check::TESTS_PASS.filled(&str::to_owned, &StepId::clone);
    assert_eq!(filled.reruns(), RERUNS);
    let none: Check = serde_json::from_value(json!({"check": "tests-pass", "reruns": 0})).unwrap();
    assert_eq!(none.filled(&str::to_owned, &StepId::clone).reruns(), 0);
}

#[test]
fn checks_that_cannot_work_are_faults() {
    for bad in [
        json!({"check": "tests-pass", "reruns": 9}),
        json!({"check": "file-hash", "path": "x", "sha256": "abc"}),
        json!({"check": "json-equals", "path": "x", "at": "a", "equals": 1}),
        json!({"check": "http", "url": "http://127.0.0.1:1/"}),
        json!({"check": "http", "url": "gopher://x"}),
        json!({"check": "http", "url": "http://example.com", "status": 42}),
        json!({"check": "command", "run": " "}),
        json!({"check": "command", "run": "echo ${slot.x}"}),
        json!({"check": "file-matches", "path": "x", "regex": ""}),
    ] {
        assert!(fault(&bad), "{bad}");
    }
    for good in [
        json!({"check": "http", "url": "http://127.0.0.1:1/", "session": "start"}),
        json!({"check": "http", "url": "http://127.0.0.1:${slot.port}/"}),
        json!({"check": "command", "run": "true", "expect": 1}),
        json!({"check": "json-equals", "path": "x", "at": "", "equals": {"a": [1]}}),
    ] {
        assert!(!fault(&good), "{good}");
    }
    let unknown = json!({"check": "command", "run": "x", "shell": "bash"});
    assert!(serde_json::from_value::<Check>(unknown).is_err());
}
