use super::*;

fn read(text: &str) -> Result<AgentSettings, String> {
    let agent: Agent = serde_json::from_str(text).map_err(|error| error.to_string())?;
    agent.settings()
}

#[test]
fn what_is_left_out_stays_as_it_is() {
    let settings = read(r#"{"model": "a/b", "max_cost": "0.5", "time": "10m"}"#).unwrap();
    assert_eq!(settings.model.unwrap().as_str(), "a/b");
    assert_eq!(settings.limits.cost.unwrap().micros(), 500_000);
    assert_eq!(settings.limits.time, Millis::from_secs(600));
    assert_eq!(settings.limits.turns, Limits::default().turns);
}

#[test]
fn what_makes_no_sense_is_refused() {
    for bad in [
        r#"{"model": "none"}"#,
        r#"{"turns": 0}"#,
        r#"{"max_cost": "much"}"#,
        r#"{"time": "long"}"#,
        r#"{"turn": 3}"#,
    ] {
        assert!(read(bad).is_err(), "{bad}");
    }
}
