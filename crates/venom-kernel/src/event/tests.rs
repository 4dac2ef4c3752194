use super::*;

#[test]
fn the_form_on_disk_is_a_type_and_its_data() {
    let event = Event::StepStarted {
        step: "fix".parse().unwrap(),
        attempt: 1,
    };
    let text = r#"{"type":"StepStarted","data":{"step":"fix","attempt":1}}"#;
    assert_eq!(serde_json::to_string(&event).unwrap(), text);
    assert_eq!(serde_json::from_str::<Event>(text).unwrap(), event);
}

#[test]
fn an_event_of_a_newer_build_is_refused() {
    assert!(serde_json::from_str::<Event>(r#"{"type":"StarsAligned","data":{}}"#).is_err());
}

#[test]
fn every_variant_is_in_the_reference() {
    let names: std::collections::BTreeSet<&str> = Event::ALL.iter().map(|(n, _)| *n).collect();
    assert_eq!(names.len(), Event::ALL.len());
    let event = Event::RunFinished {
        outcome: Outcome::Succeeded,
    };
    assert!(names.contains(event.name()));
}
