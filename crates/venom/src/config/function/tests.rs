use super::*;

fn read(text: &str) -> Result<BTreeMap<String, Definition>, String> {
    let functions: Functions =
        serde_saphyr::from_str(text).map_err(|error| error.without_snippet().to_string())?;
    definitions(&functions)
}

const WHOLE: &str = "
resize:
  kind: lambda
  function: resize
  region: eu-west-1
  endpoint: http://127.0.0.1:5000
  qualifier: live
  credentials: {from: keys, access_key_id: 'env:ID', secret_access_key: 'file:/run/key'}
  description: Makes pictures smaller.
  timeout: 90s
  retries: 0
  idempotent: true
  input: {type: object}
notify:
  kind: http
  url: https://example.org/notify
  async_url: https://example.org/queue
  auth: {kind: oidc, audience: 'https://example.org', metadata: 'https://m/{audience}'}
  envelope: cloudevents-binary
  event_type: org.example.notify
";

#[test]
fn every_key_arrives() {
    let all = read(WHOLE).expect("functions");
    let resize = &all["resize"];
    assert_eq!(resize.timeout, Millis::from_secs(90));
    assert_eq!((resize.retries, resize.is_idempotent), (0, true));
    assert_eq!(
        resize.target,
        Target::Lambda(ExecLambda {
            function: "resize".to_owned(),
            region: "eu-west-1".to_owned(),
            endpoint: Some("http://127.0.0.1:5000".to_owned()),
            qualifier: Some("live".to_owned()),
            credentials: ExecCredentials::Keys {
                id: SecretRef::Env("ID".to_owned()),
                secret: SecretRef::File("/run/key".into()),
                token: None,
            },
            allow_plain: false,
        })
    );
    let notify = &all["notify"];
    assert_eq!((notify.timeout, notify.retries), (USUAL, USUAL_RETRIES));
    assert!(!notify.is_idempotent);
    let Target::Http(http) = &notify.target else {
        panic!("{notify:?}")
    };
    assert_eq!(
        http.envelope,
        ExecEnvelope::CloudEvent(Event {
            form: Form::Binary,
            kind: "org.example.notify".to_owned(),
            source: "/venom".to_owned(),
        })
    );
}

#[test]
fn what_makes_no_sense_is_an_error() {
    for (text, wanted) in [
        ("f: {kind: ftp, url: x}", "ftp"),
        ("f: {kind: http}", "url"),
        ("f: {kind: http, url: x, colour: red}", "colour"),
        ("f: {kind: http, url: x, region: eu}", "region"),
        ("f: {kind: lambda, function: f}", "region"),
        ("f g: {kind: http, url: x}", "letters"),
        ("f: {kind: http, url: x, timeout: 16m}", "15 min"),
        ("f: {kind: http, url: x, timeout: soon}", "soon"),
        ("f: {kind: http, url: x, retries: 11}", "at most 10"),
        ("f: {kind: http, url: x, retries: -1}", "-1"),
        ("f: {kind: http, url: x, event_type: made}", "cloudevents"),
        ("f: {kind: http, url: x, auth: {kind: bearer}}", "token"),
        (
            "f: {kind: http, url: x, auth: {kind: bearer, token: hunter2}}",
            "env:NAME",
        ),
        (
            "f: {kind: http, url: x, auth: {kind: bearer, token: 'env:A', x: y}}",
            "x",
        ),
        (
            "f: {kind: http, url: x, auth: {kind: oidc, audience: a, file: rel}}",
            "absolute",
        ),
        (
            "f: {kind: http, url: x, auth: {kind: oidc, audience: a, file: /a, metadata: b}}",
            "not both",
        ),
        (
            "f: {kind: lambda, function: f, region: r, credentials: {from: profile}}",
            "name",
        ),
        (
            "f: {kind: lambda, function: f, region: r, credentials: {from: sso}}",
            "sso",
        ),
    ] {
        let why = read(text).expect_err(text);
        assert!(why.contains(wanted), "{text}: {why}");
        assert!(!why.contains("hunter2"), "{why}");
    }
}

#[test]
fn what_is_read_is_written_and_read_again() {
    let functions: Functions = serde_saphyr::from_str(WHOLE).expect("functions");
    let json = serde_json::to_value(&functions).expect("JSON");
    let again: Functions = serde_json::from_value(json).expect("the same");
    assert_eq!(again, functions);
}

#[test]
fn the_schema_knows_every_key() {
    let functions: Functions = serde_saphyr::from_str(WHOLE).expect("functions");
    let json = serde_json::to_value(&functions).expect("JSON");
    let kinds = schema()["additionalProperties"]["oneOf"].clone();
    for (name, place) in [("resize", 0), ("notify", 1)] {
        for key in json[name].as_object().expect("an object").keys() {
            assert!(kinds[place]["properties"][key].is_object(), "{key}");
        }
    }
}
