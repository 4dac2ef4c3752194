use super::*;

fn read(text: &str) -> Result<Allowance, String> {
    let budget: Budget = serde_json::from_str(text).map_err(|error| error.to_string())?;
    budget.allowance()
}

#[test]
fn caps_are_money_and_tokens() {
    assert!(read("{}").unwrap().is_empty());
    let all = read(
        r#"{"run": {"money": "0.5"}, "day": {"money": "$5", "tokens": 10}, "models": {"a/b": {"tokens": 7}}}"#,
    )
    .unwrap();
    assert_eq!(all.run.money.unwrap().micros(), 500_000);
    assert_eq!(all.day.tokens, Some(10));
    assert_eq!(all.models[&"a/b".parse().unwrap()], Caps::tokens(7));
    assert_eq!(all.month, Caps::NONE);
}

#[test]
fn what_makes_no_sense_is_refused() {
    for bad in [
        r#"{"day": {"money": "much"}}"#,
        r#"{"day": {"money": "-1"}}"#,
        r#"{"day": {"tokens": -1}}"#,
        r#"{"week": {}}"#,
        r#"{"models": {"b": {}}}"#,
        r#"{"run": {"euros": "1"}}"#,
    ] {
        assert!(read(bad).is_err(), "{bad}");
    }
}
