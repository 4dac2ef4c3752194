//! Streams that are cut, broken, odd or hostile.

use venom_kernel::model::{Stop, Usage};
use venom_kernel::time::Millis;
use venom_ports::FailureKind::{Corrupt, Refused, Retryable, TimedOut};
use venom_testkit::conform::model::KEY;
use venom_testkit::provider::{Answer, FakeServer, Move, Speaks, Speech};

use super::{Case, Told, ask, case, check};
use crate::world::{dialect, runtime};

/// Counts that stand nowhere else in a stream.
const COUNTED: Usage = Usage {
    input: 770_077,
    output: 880_088,
    cache_read: 0,
    cache_write: 0,
    thinking: 0,
};

fn said() -> Speech {
    Speech {
        text: vec!["one ".to_owned(), "two ".to_owned(), "MARK".to_owned()],
        usage: COUNTED,
        ..Speech::text("")
    }
}

/// Returns a stream with one thing changed.
fn changed(speaks: Speaks, from: &str, to: &str) -> Answer {
    let whole = said().frames(speaks).concat();
    assert!(whole.contains(from), "{speaks:?} {from}");
    Answer::chunks(speaks.media(), [whole.replace(from, to)])
}

pub(super) fn cases(speaks: Speaks) -> Vec<Case> {
    let media = speaks.media();
    let frames = said().frames(speaks);
    let whole = frames.concat();
    let first_two = frames.iter().take(2).cloned().collect::<String>();
    let is_said: fn(&venom_kernel::model::Reply) -> bool = |reply| {
        reply.text() == "one two MARK"
            && reply.stop == Stop::End
            && (reply.usage.input, reply.usage.output) == (770_077, 880_088)
    };
    let is_guessed: fn(&venom_kernel::model::Reply) -> bool = |reply| {
        let used = reply.usage;
        reply.text() == "one two MARK"
            && (1..1_000).contains(&used.input)
            && (1..1_000).contains(&used.output)
    };
    let lines = match speaks {
        Speaks::Ollama => Corrupt,
        Speaks::Anthropic | Speaks::Gemini | Speaks::OpenAi => Retryable,
    };
    let raw = |text: &str| Answer::chunks(media, [text]);
    let framed = |data: &str| match speaks {
        Speaks::Ollama => format!("{data}\n"),
        Speaks::Anthropic | Speaks::Gemini | Speaks::OpenAi => format!("data: {data}\n\n"),
    };
    let mut cases = vec![
        case(
            "an answer that repeats the key",
            changed(speaks, "MARK", KEY),
            Told::Replies(|reply| reply.text() == "one two [redacted]"),
        ),
        case("as it should be", raw(&whole), Told::Replies(is_said)),
        case(
            "a page with status 200",
            Answer::whole(
                200,
                &[("content-type", "text/html")],
                "<html>Sign in</html>",
            ),
            Told::Fails(Corrupt, 1),
        ),
        case(
            "a page that says it is a stream",
            raw("<html>\n<body>Sign in</body>\n</html>\n"),
            Told::Fails(lines, 1),
        ),
        case("an empty body", raw(""), Told::Fails(Retryable, 1)),
        case(
            "empty lines",
            raw("\n\n\n\r\n\r\n"),
            Told::Fails(Retryable, 1),
        ),
        case(
            "broken JSON",
            raw(&framed("{\"a\": }")),
            Told::Fails(Corrupt, 1),
        ),
        case(
            "half of JSON, and then the stream goes on",
            raw(&format!("{}{whole}", framed("{\"a\": "))),
            Told::Fails(Corrupt, 1),
        ),
        case("a list", raw(&framed("[1, 2]")), Told::Fails(Corrupt, 1)),
        case("a number", raw(&framed("17")), Told::Fails(Corrupt, 1)),
        case("a text", raw(&framed("\"hello\"")), Told::Fails(Corrupt, 1)),
        case(
            "nothing as JSON",
            raw(&framed("null")),
            Told::Fails(Corrupt, 1),
        ),
        case(
            "an empty object",
            raw(&framed("{}")),
            Told::Fails(Corrupt, 1),
        ),
        case(
            "JSON that is too deep",
            raw(&framed(&format!(
                "{}{}",
                "[".repeat(5_000),
                "]".repeat(5_000)
            ))),
            Told::Fails(Corrupt, 1),
        ),
        case(
            "a line without an end",
            raw(&format!("data: {}", "x".repeat(5 << 20))),
            Told::Fails(Corrupt, 1),
        ),
        case(
            "an error that passes, in place of an answer",
            raw(&speaks.frame(&speaks.error("overloaded_error", "busy"))),
            match speaks {
                // It has one word for all its errors.
                Speaks::Ollama => Told::Fails(Refused, 1),
                Speaks::Anthropic | Speaks::Gemini | Speaks::OpenAi => Told::Fails(Retryable, 2),
            },
        ),
        case(
            "an error that stays, in place of an answer",
            raw(&speaks.frame(&speaks.error("invalid_request_error", "no"))),
            Told::Fails(Refused, 1),
        ),
        case(
            "an error in the middle",
            raw(&format!(
                "{first_two}{}",
                speaks.frame(&speaks.error("overloaded_error", "busy"))
            )),
            // What has begun may have been paid for.
            Told::Fails(
                match speaks {
                    Speaks::Ollama => Refused,
                    Speaks::Anthropic | Speaks::Gemini | Speaks::OpenAi => Retryable,
                },
                1,
            ),
        ),
        case(
            "bytes that are no text",
            Answer::chunks(
                media,
                [{
                    let at = whole.find("MARK").unwrap();
                    let mut bytes = whole.clone().into_bytes();
                    bytes[at] = 0xff;
                    bytes
                }],
            ),
            Told::Replies(|reply| reply.text() == "one two \u{fffd}ARK"),
        ),
        case(
            "control characters are text",
            changed(speaks, "MARK", "\\u001b[2J\\u0000"),
            Told::Replies(|reply| reply.text() == "one two \u{1b}[2J\0"),
        ),
        case(
            "half a pair of surrogates",
            changed(speaks, "MARK", "\\ud83d"),
            Told::Fails(Corrupt, 1),
        ),
        case(
            "negative counts",
            changed(speaks, "770077", "-770077"),
            Told::Replies(|reply| reply.usage.input < 1_000),
        ),
        case(
            "negative output",
            changed(speaks, "880088", "-1"),
            Told::Replies(|reply| reply.usage.output < 1_000),
        ),
        case(
            "absurd counts",
            changed(speaks, "770077", "99999999999999999"),
            Told::Replies(|reply| reply.usage.input < 1_000),
        ),
        case(
            "counts beyond all numbers",
            changed(speaks, "880088", "1e300"),
            Told::Replies(|reply| reply.usage.output < 1_000),
        ),
        case(
            "counts that are text",
            changed(speaks, "880088", "\"many\""),
            Told::Replies(|reply| reply.usage.output < 1_000),
        ),
        case(
            "counts of nothing",
            Answer::chunks(
                media,
                [whole
                    .replace("770077", "0")
                    .replace("880088", "0")
                    .replace("\"output_tokens\":1}", "\"output_tokens\":0}")],
            ),
            Told::Replies(is_guessed),
        ),
        case(
            "no counts",
            Answer::chunks(
                media,
                [whole
                    .replace("\"usage", "\"abusage")
                    .replace("eval_count", "evil_count")],
            ),
            Told::Replies(is_guessed),
        ),
        case(
            "text that is a number",
            changed(speaks, "\"one \"", "1"),
            Told::Fails(Corrupt, 1),
        ),
        case(
            "text that is a list",
            changed(speaks, "\"one \"", "[\"one \"]"),
            Told::Fails(Corrupt, 1),
        ),
        case(
            "an answer of nothing",
            Answer::chunks(
                media,
                Speech {
                    text: Vec::new(),
                    ..said()
                }
                .frames(speaks),
            ),
            Told::Replies(|reply| reply.parts.is_empty() && reply.stop == Stop::End),
        ),
        case(
            "a reset after the mark at the end",
            {
                let mut answer = Answer::begun(media);
                answer.moves.push(Move::Chunk(whole.clone().into_bytes()));
                answer.then(Move::Reset)
            },
            // A reset may overtake what was sent before it; whole or not, it is never half.
            Told::Replies(|_reply| true),
        ),
        case(
            "a body that is shorter than it says",
            {
                let mut head = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: {media}\r\ncontent-length: 100000\r\n\r\n"
                )
                .into_bytes();
                head.extend_from_slice(first_two.as_bytes());
                Answer {
                    moves: vec![Move::Bytes(head)],
                }
            },
            Told::Fails(Retryable, 1),
        ),
        case(
            "a chunk whose length is no number",
            {
                let mut answer = Answer::begun(media);
                answer.moves.push(Move::Bytes(b"zz\r\nhello\r\n".to_vec()));
                answer
            },
            Told::Fails(Retryable, 1),
        ),
        case(
            "an unknown reason to end",
            Answer::chunks(
                media,
                Speech {
                    stop: Stop::Other("solar-flare".to_owned()),
                    ..said()
                }
                .frames(speaks),
            ),
            Told::Replies(|reply| {
                reply.stop == Stop::Other("solar-flare".to_owned()) && !reply.stop.is_whole()
            }),
        ),
        case(
            "members that nobody knows",
            changed(speaks, "\"fake\"", "\"fake\",\"novelty\":{\"a\":[1]}"),
            Told::Replies(|reply| reply.text() == "one two MARK"),
        ),
    ];
    // A reset races with what was sent: it is checked for consistency elsewhere.
    cases.retain(|case| case.name != "a reset after the mark at the end");
    if speaks == Speaks::Ollama {
        cases.push(case(
            "lines that end with returns",
            raw(&whole.replace('\n', "\r\n")),
            Told::Replies(is_said),
        ));
    } else {
        let plain = whole.replace("\r\n", "\n");
        for (name, text) in [
            ("returns and newlines", plain.replace('\n', "\r\n")),
            ("returns alone", plain.replace('\n', "\r")),
            ("a byte order mark", format!("\u{feff}{plain}")),
            ("comments", plain.replace("data:", ": still here\n:\ndata:")),
            ("no gap", plain.replace("data: ", "data:")),
            (
                "fields that nobody knows",
                plain.replace("data:", "id: 7\nretry: 10\nodd\ndata:"),
            ),
            ("no empty line at the end", plain.trim_end().to_owned()),
            (
                "data on two lines",
                plain.replace("data: {", "data: {\ndata: "),
            ),
        ] {
            cases.push(case(name, raw(&text), Told::Replies(is_said)));
        }
    }
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

/// A stream that stalls ends long before its time, and one that ended but hangs loses nothing.
#[test]
fn stalls() {
    let runtime = runtime();
    for speaks in Speaks::ALL {
        let frames = said().frames(speaks);
        let mut answer = Answer::begun(speaks.media());
        for frame in frames.iter().take(2) {
            answer = answer.then(Move::Chunk(frame.clone().into_bytes()));
        }
        let server = FakeServer::answering([answer.then(Move::Hang)]).unwrap();
        let ended = runtime.block_on(ask(dialect(speaks), &server, Millis::new(400)));
        assert_eq!(ended.unwrap_err().failure.kind, TimedOut);
        server.wait_for_hang_up().unwrap();
        let mut answer = Answer::begun(speaks.media());
        answer.moves.push(Move::Chunk(frames.concat().into_bytes()));
        let server = FakeServer::answering([answer.then(Move::Hang)]).unwrap();
        let ended = runtime.block_on(ask(dialect(speaks), &server, Millis::new(400)));
        assert_eq!(ended.unwrap().text(), "one two MARK");
    }
}

/// More text than any model says is not kept in memory.
#[test]
fn floods() {
    let runtime = runtime();
    let piece = "word ".repeat(100_000);
    for speaks in Speaks::ALL {
        let flood = Speech {
            text: vec![piece.clone(); 20],
            ..said()
        };
        let server = FakeServer::saying(speaks, [flood]).unwrap();
        let ended = runtime.block_on(ask(dialect(speaks), &server, Millis::from_secs(60)));
        assert_eq!(ended.unwrap_err().failure.kind, Corrupt);
        let flood = Speech {
            calls: vec![("read_file".to_owned(), serde_json::json!({})); 2_000],
            ..Speech::call("read_file", serde_json::json!({}))
        };
        let server = FakeServer::saying(speaks, [flood]).unwrap();
        let ended = runtime.block_on(ask(dialect(speaks), &server, Millis::from_secs(60)));
        assert_eq!(ended.unwrap_err().failure.kind, Corrupt);
    }
}
