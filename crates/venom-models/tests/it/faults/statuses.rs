//! Statuses, and connections that never come to one.

use venom_kernel::model::Stop;
use venom_ports::FailureKind::{Corrupt, Missing, Refused, Retryable};
use venom_testkit::provider::{Answer, Move, Speaks};

use super::{Case, Told, case, check};

const JSON: (&str, &str) = ("content-type", "application/json");

pub(super) fn cases(speaks: Speaks) -> Vec<Case> {
    let mut cases = Vec::new();
    let error = speaks
        .error("some_error", "something went wrong")
        .to_string();
    let table = [
        // What came without an answer is none.
        (201, Corrupt, 1),
        (202, Corrupt, 1),
        (206, Corrupt, 1),
        (300, Refused, 1),
        (301, Refused, 1),
        (302, Refused, 1),
        (307, Refused, 1),
        (308, Refused, 1),
        (400, Refused, 1),
        (401, Refused, 1),
        (402, Refused, 1),
        (403, Refused, 1),
        (404, Missing, 1),
        (405, Refused, 1),
        (408, Retryable, 2),
        (410, Missing, 1),
        (413, Refused, 1),
        (415, Refused, 1),
        (422, Refused, 1),
        (425, Retryable, 2),
        (429, Retryable, 2),
        (451, Refused, 1),
        (500, Retryable, 2),
        (501, Refused, 1),
        // A gateway does not know whether the work was done.
        (502, Retryable, 1),
        (503, Retryable, 2),
        (504, Retryable, 1),
        (520, Retryable, 1),
        (529, Retryable, 2),
        (599, Retryable, 1),
    ];
    for (status, kind, requests) in table {
        cases.push(case(
            format!("status {status}"),
            Answer::whole(status, &[JSON], &error),
            Told::Fails(kind, requests),
        ));
    }
    let odd: [(&str, &str, &[u8]); 7] = [
        ("a page", "text/html", b"<html><body>Sign in</body></html>"),
        ("nothing", "text/plain", b""),
        (
            "no text",
            "application/octet-stream",
            b"\xff\xfe\x00\x01\x1b[2J",
        ),
        (
            "another form",
            "application/json",
            br#"{"detail": [{"msg": "field required"}]}"#,
        ),
        (
            "a list",
            "application/json",
            br#"[{"error": {"message": "in a list"}}]"#,
        ),
        ("half of it", "application/json", br#"{"error": {"mess"#),
        (
            "an error that is a number",
            "application/json",
            br#"{"error": 7}"#,
        ),
    ];
    for (name, media, body) in odd {
        cases.push(case(
            format!("status 400 with {name}"),
            Answer::whole(400, &[("content-type", media)], body),
            Told::Fails(Refused, 1),
        ));
    }
    let long = "x".repeat(1 << 20);
    cases.push(case(
        "status 400 with a message of a MiB",
        Answer::whole(400, &[JSON], speaks.error("bad", &long).to_string()),
        Told::Fails(Refused, 1),
    ));
    for message in [
        "This model's maximum context length is 8192 tokens",
        "prompt is too long: 210000 tokens > 200000 maximum",
        "The input token count (9000) exceeds the maximum number of tokens allowed (8192)",
        "the request exceeds the available context size",
    ] {
        cases.push(case(
            format!("status 400: {message}"),
            Answer::whole(400, &[JSON], speaks.error("invalid", message).to_string()),
            Told::Replies(|reply| reply.stop == Stop::Context && reply.parts.is_empty()),
        ));
    }
    cases.push(case(
        "status 429 for want of credit",
        Answer::whole(
            429,
            &[JSON],
            speaks
                .error("insufficient_quota", "see your billing details")
                .to_string(),
        ),
        Told::Fails(Refused, 1),
    ));
    cases.push(case(
        "status 429 with a date",
        Answer::whole(
            429,
            &[JSON, ("retry-after", "Wed, 21 Oct 2015 07:28:00 GMT")],
            &error,
        ),
        // By the clock of the test it is in 45 years.
        Told::Fails(Retryable, 1),
    ));
    cases.push(case(
        "status 429 with nonsense",
        Answer::whole(429, &[JSON, ("retry-after", "soon")], &error),
        Told::Fails(Retryable, 2),
    ));
    let raw = |bytes: &[u8]| Answer {
        moves: vec![Move::Bytes(bytes.to_vec())],
    };
    for (name, answer) in [
        ("nothing at all", raw(b"")),
        (
            "a reset",
            Answer {
                moves: vec![Move::Reset],
            },
        ),
        ("no HTTP", raw(b"SSH-2.0-OpenSSH_9.2\r\n")),
        ("half a head", raw(b"HTTP/1.1 200 OK\r\ncontent-ty")),
        ("a status of four digits", raw(b"HTTP/1.1 2000 OK\r\n\r\n")),
        ("an endless head", {
            let mut head = b"HTTP/1.1 200 OK\r\n".to_vec();
            for number in 0..20_000 {
                head.extend_from_slice(format!("x-{number}: y\r\n").as_bytes());
            }
            raw(&head)
        }),
    ] {
        // It may have been worked on: nobody asks twice.
        cases.push(case(name, answer, Told::Fails(Retryable, 1)));
    }
    cases.push(case(
        "a body in a compressed form",
        Answer::whole(
            200,
            &[
                ("content-type", speaks.media()),
                ("content-encoding", "gzip"),
            ],
            b"\x1f\x8b",
        ),
        Told::Fails(Corrupt, 1),
    ));
    cases
}

#[test]
fn anthropic() {
    check(Speaks::Anthropic, cases(Speaks::Anthropic));
}

#[test]
fn gemini() {
    check(Speaks::Gemini, cases(Speaks::Gemini));
}

#[test]
fn ollama() {
    check(Speaks::Ollama, cases(Speaks::Ollama));
}

#[test]
fn openai() {
    check(Speaks::OpenAi, cases(Speaks::OpenAi));
}
