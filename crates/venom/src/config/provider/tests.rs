use super::*;

fn read(text: &str) -> Result<BTreeMap<String, Provider>, String> {
    let described: Providers =
        serde_saphyr::from_str(text).map_err(|error| error.without_snippet().to_string())?;
    providers(&described)
}

#[test]
fn a_provider_is_described_by_its_kind() {
    let all = read(
        "{anthropic: {kind: anthropic}, home: {kind: openai, url: 'http://127.0.0.1:1/v1', silence: 10s, models: ['a:b']}}",
    )
    .unwrap();
    assert_eq!(all["anthropic"].privacy(), Privacy::Cloud);
    let home = &all["home"];
    assert_eq!(home.privacy(), Privacy::Local);
    assert_eq!(home.silence, Some(Millis::from_secs(10)));
    assert_eq!(home.models, ["a:b"]);
}

#[test]
fn what_cannot_be_a_provider_is_said_with_its_name() {
    for (text, part) in [
        (
            "{p: {kind: palm}}",
            "one of anthropic, gemini, ollama, openai",
        ),
        ("{p: {kind: openai, key: sk-abcdefgh}}", "`secret:NAME`"),
        (
            "{p: {kind: openai, url: 'ftp://x'}}",
            "neither with https://",
        ),
        (
            "{p: {kind: openai, url: 'http://a:b@x'}}",
            "name or password",
        ),
        (
            "{p: {kind: openai, url: 'http://example.org', key: 'env:A'}}",
            "without TLS",
        ),
        ("{p: {kind: openai, retries: 99}}", "at most 10"),
        ("{p: {kind: openai, silence: 0s}}", "no time at all"),
        ("{p: {kind: openai, models: ['a b']}}", "is not a model"),
        ("{'p/q': {kind: openai}}", "made of letters"),
        ("{p: {kind: openai, colour: red}}", "colour"),
    ] {
        let why = read(text).unwrap_err();
        assert!(why.contains(part), "{text}: {why}");
        assert!(!why.contains("sk-abcdefgh"), "{why}");
    }
}

#[test]
fn the_schema_names_every_key() {
    let schema = schema();
    let described: Providers = serde_saphyr::from_str(
        "{p: {kind: openai, url: u, key: k, privacy: local, models: [m], plain_http: true, silence: 1s, retries: 1}}",
    )
    .unwrap();
    let written = serde_json::to_value(&described).unwrap();
    let known = &schema["additionalProperties"]["properties"];
    let named: Vec<&String> = written["p"].as_object().unwrap().keys().collect();
    assert_eq!(named, known.as_object().unwrap().keys().collect::<Vec<_>>());
}
