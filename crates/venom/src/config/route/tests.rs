use super::*;

fn read(text: &str) -> Result<Route, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

#[test]
fn what_is_left_out_stays_as_it_is() {
    let route = read("{}").unwrap();
    assert_eq!(route.prefer(), Prefer::Balanced);
    assert!(!route.is_local_only() && route.pins().unwrap().is_empty());
    let route = read(r#"{"prefer": "cheap", "local_only": true, "pins": {"code": "a/b"}}"#);
    let route = route.unwrap();
    assert_eq!(route.prefer(), Prefer::Cheap);
    assert!(route.is_local_only());
    assert_eq!(route.pins().unwrap()["code"].as_str(), "a/b");
}

#[test]
fn what_makes_no_sense_is_refused() {
    assert!(read(r#"{"prefer": "pretty"}"#).is_err());
    assert!(read(r#"{"pin": {}}"#).is_err());
    assert!(
        read(r#"{"pins": {"code": "none"}}"#)
            .unwrap()
            .pins()
            .is_err()
    );
    assert!(preference("cheapest").is_err());
}
