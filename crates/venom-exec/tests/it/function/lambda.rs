//! What Lambda's errors mean, and where credentials come from: against a server that says what AWS
//! documents. That the emulators say the same is seen in `emulators`.

use std::os::unix::fs::PermissionsExt as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use venom_exec::egress::Trust;
use venom_exec::function::{Credentials, Lambda, Target};
use venom_kernel::time::Millis;
use venom_ports::FailureKind::{self, Corrupt, Missing, Refused, Retryable};
use venom_ports::function::{FunctionError, Mode};

use super::world::{
    Server, World, json as answer, lambda, once, reply, say, secret, tells_nothing, thrice,
};

fn base(server: &Server) -> String {
    format!("http://127.0.0.1:{}", server.port())
}

fn world(server: &Server) -> World {
    World::of(once(Target::Lambda(lambda(&base(server)))))
}

#[test]
fn a_call_is_signed_and_says_what_it_wants() {
    let log = BASE64_STANDARD.encode("START\nREPORT\tDuration: 3.1 ms\tBilled Duration: 4 ms\n");
    let server = Server::saying(&reply(
        200,
        &[
            ("x-amzn-requestid", "r-1"),
            ("x-amz-executed-version", "7"),
            ("x-amz-log-result", &log),
        ],
        "{\"sum\": 3}",
    ));
    let target = Lambda {
        function: "arn:aws:lambda:eu-west-1:123456789012:function:sum".to_owned(),
        qualifier: Some("live".to_owned()),
        ..lambda(&base(&server))
    };
    let answer = World::of(once(Target::Lambda(target)))
        .call(json!({"a": 1}))
        .unwrap();
    assert_eq!(answer.payload, json!({"sum": 3}));
    assert_eq!(answer.request.as_deref(), Some("r-1"));
    assert_eq!(answer.version.as_deref(), Some("7"));
    assert_eq!(answer.billed, Some(Millis::new(4)));
    assert!(answer.log.unwrap().starts_with("START\n"));
    let seen = &server.seen()[0];
    assert!(seen.head.starts_with(
        "POST /2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Asum/invocations?Qualifier=live HTTP/1.1"
    ), "{}", seen.head);
    assert_eq!(
        seen.header("x-amz-invocation-type"),
        Some("RequestResponse")
    );
    assert_eq!(seen.header("x-amz-log-type"), Some("Tail"));
    let authorization = seen.header("authorization").unwrap();
    assert!(authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"));
    assert!(authorization.contains("/eu-west-1/lambda/aws4_request, SignedHeaders=content-type;host;x-amz-client-context;x-amz-date;x-amz-invocation-type;x-amz-log-type, Signature="));
    assert!(!seen.head.contains("wJalrX"));
    let context = BASE64_STANDARD
        .decode(seen.header("x-amz-client-context").unwrap())
        .unwrap();
    let context: Value = serde_json::from_slice(&context).unwrap();
    assert_eq!(context["custom"]["idempotency-key"], json!("key-1"));
}

#[test]
fn modes_are_lambdas_own() {
    let server = Server::new(vec![
        say(&reply(202, &[], "")),
        say(&reply(204, &[], "")),
        say(&reply(202, &[], "")),
    ]);
    let world = world(&server);
    let queued = world.call_in(Mode::Async, json!(1)).unwrap();
    assert_eq!((queued.status, queued.payload), (Some(202), Value::Null));
    let dry = world.call_in(Mode::DryRun, json!(1)).unwrap();
    assert_eq!((dry.status, dry.payload), (Some(204), Value::Null));
    // Taken into a queue though an answer was wanted: there is none.
    assert_eq!(world.call(json!(1)).unwrap_err().kind, Corrupt);
    let kinds: Vec<_> = server
        .seen()
        .iter()
        .map(|seen| seen.header("x-amz-invocation-type").unwrap().to_owned())
        .collect();
    assert_eq!(kinds, ["Event", "DryRun", "RequestResponse"]);
}

#[test]
fn a_function_that_failed_is_an_answer() {
    for (header, wanted) in [
        ("Handled", FunctionError::Handled),
        ("Unhandled", FunctionError::Unhandled),
        ("Something new", FunctionError::Unhandled),
    ] {
        let server = Server::saying(&reply(
            200,
            &[("x-amz-function-error", header)],
            r#"{"errorMessage": "no such image", "errorType": "KeyError"}"#,
        ));
        // Whatever may be repeated: it ran, and said no.
        let target = Target::Lambda(lambda(&base(&server)));
        let answer = World::of(thrice(target, true)).call(json!(1)).unwrap();
        assert_eq!(answer.error, Some(wanted));
        assert_eq!(answer.payload["errorType"], json!("KeyError"));
        assert_eq!(server.seen().len(), 1);
    }
}

#[test]
fn errors_of_the_platform_are_told_apart() {
    // Status, error type, kind, how often an idempotent and any other function is tried.
    let cases: &[(u16, &str, FailureKind, usize, usize)] = &[
        (429, "TooManyRequestsException", Retryable, 3, 3),
        (400, "ThrottlingException", Retryable, 3, 3),
        (500, "ServiceException", Retryable, 3, 1),
        (503, "", Retryable, 3, 1),
        (409, "ResourceConflictException", Retryable, 3, 3),
        (502, "ResourceNotReadyException", Retryable, 3, 3),
        (502, "EC2ThrottledException", Retryable, 3, 3),
        (502, "EC2UnexpectedException", Retryable, 3, 1),
        (502, "InvalidZipFileException", Refused, 1, 1),
        (502, "KMSDisabledException", Refused, 1, 1),
        (404, "ResourceNotFoundException", Missing, 1, 1),
        (403, "AccessDeniedException", Refused, 1, 1),
        (403, "InvalidSignatureException", Refused, 1, 1),
        (403, "ExpiredTokenException", Refused, 1, 1),
        (403, "UnrecognizedClientException", Refused, 1, 1),
        (400, "InvalidRequestContentException", Refused, 1, 1),
        (413, "RequestTooLargeException", Refused, 1, 1),
        (415, "UnsupportedMediaTypeException", Refused, 1, 1),
        (302, "", Refused, 1, 1),
    ];
    for (status, kind, wanted, idempotent, other) in cases {
        let said = reply(
            *status,
            &[
                (
                    "x-amzn-errortype",
                    &format!("{kind}:http://internal.amazon.com/"),
                ),
                ("retry-after", "0"),
            ],
            r#"{"Type": "User", "Message": "as documented"}"#,
        );
        for (is_idempotent, tries) in [(true, idempotent), (false, other)] {
            let server = Server::saying(&said);
            let target = Target::Lambda(lambda(&base(&server)));
            let failure = World::of(thrice(target, is_idempotent))
                .call(json!(1))
                .unwrap_err();
            assert_eq!(failure.kind, *wanted, "{status} {kind}: {failure}");
            assert!(failure.message.contains("as documented"), "{failure}");
            assert_eq!(server.seen().len(), *tries, "{status} {kind}");
            tells_nothing(&failure);
        }
    }
}

#[test]
fn the_type_of_an_error_may_stand_in_the_body() {
    let server = Server::saying(&answer(
        400,
        r#"{"__type": "com.amazonaws.lambda#ThrottlingException", "message": "slower"}"#,
    ));
    let failure = world(&server).call(json!(1)).unwrap_err();
    assert_eq!(failure.kind, Retryable);
    assert!(failure.message.contains("(ThrottlingException): slower"));
}

#[test]
fn payloads_have_lambdas_limits() {
    let server = Server::saying(&reply(202, &[], ""));
    let world = world(&server);
    let large = json!("x".repeat(1 << 20));
    let failure = world.call_in(Mode::Async, large).unwrap_err();
    assert!(
        failure.message.contains("takes at most 1048576"),
        "{failure}"
    );
    let larger = json!("x".repeat(6 << 20));
    assert_eq!(world.call(larger).unwrap_err().kind, Refused);
    assert_eq!(server.connections(), 0);
    let fits = json!("x".repeat((1 << 20) - 2));
    world.call_in(Mode::Async, fits).unwrap();
}

#[test]
fn a_log_that_is_no_log_is_left_out() {
    let server = Server::saying(&reply(200, &[("x-amz-log-result", "!!!")], "1"));
    let answer = world(&server).call(json!(1)).unwrap();
    assert_eq!((answer.payload, answer.log), (json!(1), None));
}

#[test]
fn credentials_come_from_a_profile() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("credentials");
    let text = "[default]\naws_access_key_id = AKIDDEFAULT\naws_secret_access_key = s\n\
        [work]\naws_access_key_id = AKIDWORK\naws_secret_access_key = s\naws_session_token = tok\n";
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    let server = Server::saying(&answer(200, "1"));
    let place = path.display().to_string();
    let more = [("AWS_SHARED_CREDENTIALS_FILE", place.as_str())];
    let of = |name: &str| {
        let target = Lambda {
            credentials: Credentials::Profile(name.to_owned()),
            ..lambda(&base(&server))
        };
        World::with(once(Target::Lambda(target)), &more, Trust::default())
    };
    of("work").call(json!(1)).unwrap();
    let seen = &server.seen()[0];
    let authorization = seen.header("authorization").unwrap();
    assert!(authorization.contains("Credential=AKIDWORK/"));
    assert!(authorization.contains(";x-amz-security-token,"));
    assert_eq!(seen.header("x-amz-security-token"), Some("tok"));
    assert_eq!(of("none").call(json!(1)).unwrap_err().kind, Missing);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let failure = of("work").call(json!(1)).unwrap_err();
    assert!(failure.hint.unwrap().contains("chmod 600"));
}

#[test]
fn credentials_come_from_a_container_and_are_kept_until_they_expire() {
    let given = |expiration: &str| {
        answer(
            200,
            &json!({
                "AccessKeyId": "AKIDCONTAINER",
                "SecretAccessKey": "the-shared-secret-itself",
                "Token": "tok",
                "Expiration": expiration,
            })
            .to_string(),
        )
    };
    let server = Server::saying(&answer(200, "1"));
    for (expiration, fetched) in [("2999-01-01T00:00:00Z", 1), ("2020-01-01T00:00:00Z", 2)] {
        let endpoint = Server::saying(&given(expiration));
        let url = base(&endpoint);
        let more = [
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI", url.as_str()),
            ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "pod-token"),
        ];
        let target = Lambda {
            credentials: Credentials::Container,
            ..lambda(&base(&server))
        };
        let world = World::with(once(Target::Lambda(target)), &more, Trust::default());
        world.call(json!(1)).unwrap();
        world.call(json!(1)).unwrap();
        assert_eq!(endpoint.seen().len(), fetched, "{expiration}");
        assert_eq!(
            endpoint.seen()[0].header("authorization"),
            Some("pod-token")
        );
        let seen = server.seen();
        let authorization = seen.last().unwrap().header("authorization").unwrap();
        assert!(authorization.contains("Credential=AKIDCONTAINER/"));
    }
}

#[test]
fn an_endpoint_without_credentials_is_told_about_and_not_quoted() {
    let server = Server::saying(&answer(200, "1"));
    for said in [
        answer(
            200,
            r#"{"AccessKeyId": "A", "SecretAccessKey": 7, "x": "the-shared-secret-itself"}"#,
        ),
        answer(200, "the-shared-secret-itself"),
        answer(500, "{}"),
    ] {
        let endpoint = Server::saying(&said);
        let url = base(&endpoint);
        let target = Lambda {
            credentials: Credentials::Container,
            ..lambda(&base(&server))
        };
        for (url, fetched) in [(url.as_str(), 1), ("http://192.0.2.1/", 1)] {
            let more = [("AWS_CONTAINER_CREDENTIALS_FULL_URI", url)];
            let definition = once(Target::Lambda(target.clone()));
            let failure = World::with(definition, &more, Trust::default())
                .call(json!(1))
                .unwrap_err();
            tells_nothing(&failure);
            assert_eq!(endpoint.seen().len(), fetched);
        }
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn credentials_can_be_named_one_by_one() {
    let server = Server::saying(&answer(200, "1"));
    let target = |secret_key: &str| Lambda {
        credentials: Credentials::Keys {
            id: secret("env:AWS_ACCESS_KEY_ID"),
            secret: secret(secret_key),
            token: Some(secret("env:A_TOKEN")),
        },
        ..lambda(&base(&server))
    };
    World::of(once(Target::Lambda(target("env:A_SECRET"))))
        .call(json!(1))
        .unwrap();
    let seen = &server.seen()[0];
    assert_eq!(
        seen.header("x-amz-security-token"),
        Some("the-bearer-token-itself")
    );
    let failure = World::of(once(Target::Lambda(target("env:NOT_SET"))))
        .call(json!(1))
        .unwrap_err();
    assert!(failure.message.contains("NOT_SET"), "{failure}");
}

#[test]
fn a_signed_request_does_not_leave_the_machine_without_tls() {
    let target = lambda("http://192.0.2.1:9000");
    let failure = World::of(once(Target::Lambda(target)))
        .call(json!(1))
        .unwrap_err();
    assert_eq!(failure.kind, Refused);
    assert!(failure.message.contains("without TLS"), "{failure}");
}
