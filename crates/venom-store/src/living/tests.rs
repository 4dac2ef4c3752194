use super::*;

#[test]
fn ids_are_found_by_their_form() {
    let id = "ab".repeat(32);
    let other = "0".repeat(64);
    let text = format!(
        r#"{{"blob":"{id}","nested":"{{\"tree\":\"{other}\"}}","long":"{id}0","big":"{}"}}"#,
        id.to_uppercase()
    );
    let found: Vec<String> = ids(text.as_bytes())
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(found, [id, other]);
    assert!(ids(b"").is_empty());
}
