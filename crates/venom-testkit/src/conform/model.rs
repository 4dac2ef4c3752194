//! What every provider of models must do, whatever it speaks.
//!
//! The suite brings the other side: a server that says what the provider would say, whole, in single
//! bytes, cut off, or not at all. It looks at what the adapter makes of it and at what it asked.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use venom_kernel::digest::BlobId;
use venom_kernel::effect::FailureKind;
use venom_kernel::model::{
    Choice, Delta, Message, ModelId, Part, Reply, Request, Role, Stop, Tool, Usage,
};
use venom_kernel::time::Millis;
use venom_ports::model::{ModelCall, ModelFailure, Models, OnDelta};

use super::Checked;
use crate::provider::{Answer, FakeServer, Gate, Move, Speaks, Speech};

/// The key that the subject has to be given.
pub const KEY: &str = "sk-fake-4f1d0c6f7a2b4d8e9c3a";

/// Makes an adapter that reaches the provider at this address. It knows the key, thinks that
/// the model can do everything, and tries a call again at most twice.
pub type Make = dyn Fn(&str) -> Arc<dyn Models> + Send + Sync;

/// An adapter under test.
pub struct Subject<'a> {
    /// What it speaks.
    pub speaks: Speaks,
    /// Makes it.
    pub make: &'a Make,
    /// A model of it.
    pub model: ModelId,
}

/// Checks everything.
pub async fn all(subject: &Subject<'_>) -> Checked {
    whole_answers(subject).await?;
    single_bytes(subject).await?;
    calls_of_tools(subject).await?;
    results_go_back(subject).await?;
    what_is_asked(subject).await?;
    stops(subject).await?;
    cuts(subject).await?;
    cancellation(subject).await?;
    patience(subject).await?;
    repetition(subject).await?;
    keys_stay_here(subject).await?;
    redirects_are_not_followed(subject).await
}

fn request(text: &str) -> Request {
    Request {
        system: "You are terse.".to_owned(),
        messages: vec![Message::user(text)],
        max_tokens: 512,
        ..Request::default()
    }
}

fn tools() -> Vec<Tool> {
    let tool = |name: &str| Tool {
        name: name.to_owned(),
        description: format!("Does {name}."),
        parameters: json!({
            "type": "object",
            "properties": {"path": {"type": "string"}},
            "required": ["path"],
        }),
    };
    vec![tool("read_file"), tool("list_dir")]
}

fn call(subject: &Subject<'_>, request: Request) -> ModelCall {
    ModelCall {
        model: subject.model.clone(),
        request: Arc::new(request),
        images: BTreeMap::new(),
        key: "call-key-1".to_owned(),
        within: Millis::from_secs(30),
    }
}

async fn ask(
    subject: &Subject<'_>,
    server: &FakeServer,
    request: Request,
) -> Result<Reply, ModelFailure> {
    let models = (subject.make)(&server.url());
    models
        .call(call(subject, request), CancellationToken::new(), None)
        .await
}

fn speech() -> Speech {
    Speech {
        text: ["Grüße, ", "世界 ", "🦀 and ", "\"quotes\"\n\ttoo"]
            .map(str::to_owned)
            .to_vec(),
        usage: Usage {
            input: 1_234,
            output: 56,
            ..Usage::default()
        },
        ..Speech::text("")
    }
}

/// An answer is what was said, and its pieces are heard in order.
async fn whole_answers(subject: &Subject<'_>) -> Checked {
    let server = FakeServer::saying(subject.speaks, [speech()])?;
    let models = (subject.make)(&server.url());
    let heard: Arc<Mutex<Vec<Delta>>> = Arc::default();
    let on_delta: OnDelta = {
        let heard = Arc::clone(&heard);
        Arc::new(move |delta| {
            let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
            heard.push(delta);
        })
    };
    let reply = models
        .call(
            call(subject, request("Say something.")),
            CancellationToken::new(),
            Some(on_delta),
        )
        .await
        .map_err(|failed| failed.failure)?;
    let expected: String = speech().text.concat();
    assert_eq!(reply.text(), expected);
    assert_eq!(reply.stop, Stop::End);
    assert_eq!((reply.usage.input, reply.usage.output), (1_234, 56));
    assert_eq!(reply.model, "fake");
    assert!(reply.request_id.is_some());
    let pieces: String = {
        let heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard
            .iter()
            .map(|delta| match delta {
                Delta::Text(text) => text.as_str(),
                Delta::Thinking(_) | Delta::Tool { .. } | Delta::Arguments(_) => "",
            })
            .collect()
    };
    assert_eq!(pieces, expected);
    let thoughtful = Speech {
        thinking: vec!["Let me ".to_owned(), "think.".to_owned()],
        ..speech()
    };
    let server = FakeServer::saying(subject.speaks, [thoughtful])?;
    let reply = ask(subject, &server, request("Think."))
        .await
        .map_err(|failed| failed.failure)?;
    assert!(
        matches!(reply.parts.first(), Some(Part::Thinking { text, .. }) if text == "Let me think."),
        "{reply:?}"
    );
    assert_eq!(reply.text(), expected);
    Ok(())
}

/// It does not matter where the network cuts.
async fn single_bytes(subject: &Subject<'_>) -> Checked {
    let said = Speech {
        text: vec!["é世🦀".to_owned()],
        ..Speech::text("")
    }
    .and_call("read_file", json!({"path": "ü/é.txt"}));
    let whole = said.frames(subject.speaks).concat();
    for size in [1, 2, 3, 7] {
        let chunks: Vec<&[u8]> = whole.as_bytes().chunks(size).collect();
        let server = FakeServer::answering([Answer::chunks(subject.speaks.media(), chunks)])?;
        let mut request = request("Read it.");
        request.tools = tools();
        let reply = ask(subject, &server, request)
            .await
            .map_err(|failed| failed.failure)?;
        assert_eq!(reply.text(), "é世🦀");
        let call = reply.calls().next().ok_or("no call")?;
        assert_eq!(call.arguments, json!({"path": "ü/é.txt"}));
    }
    Ok(())
}

/// Several calls come in order, each with an id of its own.
async fn calls_of_tools(subject: &Subject<'_>) -> Checked {
    let said = Speech::call(
        "read_file",
        json!({"path": "a", "lines": [1, 2, {"x": null}]}),
    )
    .and_call("list_dir", json!({}))
    .and_call("no_such_tool", json!({"path": "b"}));
    let server = FakeServer::saying(subject.speaks, [said])?;
    let mut request = request("Look around.");
    request.tools = tools();
    let reply = ask(subject, &server, request)
        .await
        .map_err(|failed| failed.failure)?;
    assert_eq!(reply.stop, Stop::Tools);
    let calls: Vec<(&str, &Value)> = reply
        .calls()
        .map(|call| (call.name.as_str(), &call.arguments))
        .collect();
    // Which tools there are is for the asker to know.
    assert_eq!(
        calls,
        [
            (
                "read_file",
                &json!({"path": "a", "lines": [1, 2, {"x": null}]})
            ),
            ("list_dir", &json!({})),
            ("no_such_tool", &json!({"path": "b"})),
        ]
    );
    let ids: std::collections::BTreeSet<&str> =
        reply.calls().map(|call| call.id.as_str()).collect();
    assert_eq!(ids.len(), 3);
    assert!(!ids.contains(""));
    Ok(())
}

/// A conversation goes on: calls, results and seals go back, in the provider's own order.
async fn results_go_back(subject: &Subject<'_>) -> Checked {
    let first = Speech {
        thinking: vec!["Which file?".to_owned()],
        ..Speech::call("read_file", json!({"path": "a"}))
    }
    .and_call("list_dir", json!({"path": "b"}));
    let server = FakeServer::saying(subject.speaks, [first, Speech::text("Done.")])?;
    let mut asked = request("Read a.");
    asked.tools = tools();
    let reply = ask(subject, &server, asked.clone())
        .await
        .map_err(|failed| failed.failure)?;
    let ids: Vec<String> = reply.calls().map(|call| call.id.clone()).collect();
    asked.messages.push(Message::assistant(reply.parts));
    let result = |id: Option<&String>, text: &str, is_error| Part::ToolResult {
        id: id.cloned().unwrap_or_default(),
        text: text.to_owned(),
        is_error,
    };
    asked.messages.push(Message {
        role: Role::User,
        parts: vec![
            result(ids.first(), "alpha-content", false),
            result(ids.get(1), "beta-trouble", true),
            Part::text("Go on."),
        ],
    });
    let reply = ask(subject, &server, asked)
        .await
        .map_err(|failed| failed.failure)?;
    assert_eq!(reply.text(), "Done.");
    let seen = server.seen();
    let body = seen.last().map(|seen| seen.body.to_string());
    let body = body.unwrap_or_default();
    for part in [
        "alpha-content",
        "beta-trouble",
        "Go on.",
        "read_file",
        "list_dir",
    ] {
        assert!(body.contains(part), "{part} is not in {body}");
    }
    let at = |text: &str| body.find(text).unwrap_or(usize::MAX);
    assert!(at("alpha-content") < at("beta-trouble"), "{body}");
    match subject.speaks {
        // These two refuse to go on without what they sealed.
        Speaks::Anthropic | Speaks::Gemini => assert!(body.contains("c2VhbGVk"), "{body}"),
        Speaks::Ollama | Speaks::OpenAi => {}
    }
    Ok(())
}

/// The request says everything that was asked.
async fn what_is_asked(subject: &Subject<'_>) -> Checked {
    let server = FakeServer::saying(subject.speaks, [Speech::text("{}")])?;
    let bytes: Arc<[u8]> = b"\x89PNG fake".to_vec().into();
    let blob = BlobId::new(blake3::hash(&bytes).to_hex().as_str()).ok_or("no hash")?;
    let mut asked = request("What is this?");
    asked.messages.push(Message {
        role: Role::User,
        parts: vec![Part::Image {
            media: "image/png".to_owned(),
            blob: blob.clone(),
        }],
    });
    asked.tools = tools();
    asked.choice = Choice::Tool("list_dir".to_owned());
    asked.stop = vec!["STOP-HERE".to_owned()];
    asked.temperature = Some(250);
    asked.output = Some(json!({"type": "object", "properties": {"marker-of-schema": {}}}));
    let mut call = call(subject, asked);
    call.images = [(blob, bytes)].into();
    let models = (subject.make)(&server.url());
    models
        .call(call.clone(), CancellationToken::new(), None)
        .await
        .map_err(|failed| failed.failure)?;
    let seen = server.seen();
    let seen = seen.last().ok_or("nothing was asked")?;
    assert_eq!(seen.method, "POST");
    let body = seen.body.to_string();
    for part in [
        "You are terse.",
        "What is this?",
        "iVBORyBmYWtl",
        "list_dir",
        "STOP-HERE",
        "marker-of-schema",
        "0.25",
        "512",
    ] {
        assert!(body.contains(part), "{part} is not in {body}");
    }
    assert!(seen.headers.values().any(|value| value.contains(KEY)));
    assert!(!seen.path.contains(KEY), "{}", seen.path);
    // Nobody can say whether a request was heard on a kept connection that the server hangs up on.
    let connection = seen.headers.get("connection").map(String::as_str);
    assert_eq!(connection, Some("close"), "{:?}", seen.headers);
    // A picture that was not handed over is never left out in silence.
    call.images.clear();
    let asked_before = server.seen().len();
    let failed = models.call(call, CancellationToken::new(), None).await;
    assert!(failed.is_err());
    assert_eq!(server.seen().len(), asked_before);
    Ok(())
}

/// Why an answer ends is told, and what was cut off by its length calls nothing.
async fn stops(subject: &Subject<'_>) -> Checked {
    for (stop, is_whole) in [
        (Stop::End, true),
        (Stop::Length, false),
        (Stop::Refused, false),
    ] {
        let said = Speech {
            stop: stop.clone(),
            ..Speech::text("so far")
        };
        let server = FakeServer::saying(subject.speaks, [said])?;
        let reply = ask(subject, &server, request("Go."))
            .await
            .map_err(|failed| failed.failure)?;
        assert_eq!(reply.text(), "so far");
        assert_eq!(reply.stop.is_whole(), is_whole, "{:?}", reply.stop);
    }
    Ok(())
}

/// Wherever the connection ends before the mark at the answer's end, there is no answer.
async fn cuts(subject: &Subject<'_>) -> Checked {
    let said = speech().and_call("read_file", json!({"path": "a long enough path"}));
    let frames = said.frames(subject.speaks);
    let whole = frames.concat();
    // The mark itself: what comes before it is never an answer.
    let mark = match subject.speaks {
        Speaks::Anthropic => "stop_reason\":\"tool_use",
        Speaks::Gemini => "finishReason",
        Speaks::Ollama => "\"done\":true",
        Speaks::OpenAi => "finish_reason\":\"tool_calls",
    };
    let end = whole.find(mark).ok_or("no mark")?;
    let step = (end / 23).max(1);
    for at in (0..end).step_by(step) {
        let head = whole.as_bytes().get(..at).unwrap_or_default();
        for how in [Move::LastChunk, Move::Reset] {
            let answer = Answer::begun(subject.speaks.media())
                .then(Move::Chunk(head.to_vec()))
                .then(how.clone());
            let server = FakeServer::answering([answer])?;
            let mut asked = request("Read.");
            asked.tools = tools();
            let ended = ask(subject, &server, asked).await;
            let failed = ended.err().ok_or_else(|| {
                format!("an answer that was cut after {at} bytes ({how:?}) was taken for whole")
            })?;
            assert_eq!(
                failed.failure.kind,
                FailureKind::Retryable,
                "{at} {failed:?}"
            );
            assert_eq!(server.seen().len(), 1, "a call that had begun was repeated");
        }
    }
    Ok(())
}

/// Who does not want an answer any more hangs up at once, and is told what was used.
async fn cancellation(subject: &Subject<'_>) -> Checked {
    let frames = speech().frames(subject.speaks);
    let gate = Gate::default();
    let mut answer = Answer::begun(subject.speaks.media());
    for frame in frames.iter().take(4) {
        answer = answer.then(Move::Chunk(frame.clone().into_bytes()));
    }
    let answer = answer.then(Move::Gate(gate.clone())).then(Move::Hang);
    let server = FakeServer::answering([answer])?;
    gate.open();
    let models = (subject.make)(&server.url());
    let cancel = CancellationToken::new();
    let heard = CancellationToken::new();
    let on_delta: OnDelta = {
        let heard = heard.clone();
        Arc::new(move |_delta| heard.cancel())
    };
    let work = models.call(
        call(subject, request("Talk.")),
        cancel.clone(),
        Some(on_delta),
    );
    let stop = async {
        heard.cancelled().await;
        cancel.cancel();
    };
    let (ended, ()) = futures::future::join(work, stop).await;
    let failed = ended
        .err()
        .ok_or("a call that was stopped gave an answer")?;
    assert_eq!(failed.failure.kind, FailureKind::Retryable);
    assert!(failed.usage.output > 0, "{failed:?}");
    tokio::task::block_in_place(|| server.wait_for_hang_up())?;
    // Before anything was sent, nothing is sent.
    let asked = server.seen().len();
    let ended = models
        .call(call(subject, request("Talk.")), cancel, None)
        .await;
    assert!(ended.is_err());
    assert_eq!(server.seen().len(), asked);
    Ok(())
}

/// Nobody waits longer than they said.
async fn patience(subject: &Subject<'_>) -> Checked {
    let silent = Answer {
        moves: vec![Move::Hang],
    };
    let midway = Answer::begun(subject.speaks.media())
        .then(Move::Chunk(
            speech()
                .frames(subject.speaks)
                .first()
                .cloned()
                .unwrap_or_default()
                .into_bytes(),
        ))
        .then(Move::Hang);
    for answer in [silent, midway] {
        let server = FakeServer::answering([answer])?;
        let models = (subject.make)(&server.url());
        let mut call = call(subject, request("Hello?"));
        call.within = Millis::new(150);
        let ended = models.call(call, CancellationToken::new(), None).await;
        let failed = ended.err().ok_or("silence was taken for an answer")?;
        assert_eq!(failed.failure.kind, FailureKind::TimedOut, "{failed:?}");
        tokio::task::block_in_place(|| server.wait_for_hang_up())?;
    }
    Ok(())
}

/// What was turned away is tried again with the same key, and what was used is counted once.
async fn repetition(subject: &Subject<'_>) -> Checked {
    let busy = Answer::whole(
        429,
        &[
            ("content-type", "application/json"),
            ("retry-after-ms", "5"),
        ],
        subject
            .speaks
            .error("rate_limit_error", "slow down")
            .to_string(),
    );
    let server = FakeServer::answering([
        busy.clone(),
        busy.clone(),
        Answer::speech(subject.speaks, &speech()),
    ])?;
    let reply = ask(subject, &server, request("Now?"))
        .await
        .map_err(|failed| failed.failure)?;
    assert_eq!((reply.usage.input, reply.usage.output), (1_234, 56));
    let seen = server.seen();
    assert_eq!(seen.len(), 3);
    let bodies: Vec<&Value> = seen.iter().map(|seen| &seen.body).collect();
    assert!(bodies.windows(2).all(|two| two.first() == two.last()));
    let keys: std::collections::BTreeSet<Option<&String>> = seen
        .iter()
        .map(|seen| seen.headers.get("idempotency-key"))
        .collect();
    assert_eq!(keys.len(), 1);
    // Who asks for more patience than there is gets none.
    let long = Answer::whole(
        429,
        &[
            ("content-type", "application/json"),
            ("retry-after", "3600"),
        ],
        subject
            .speaks
            .error("rate_limit_error", "come back later")
            .to_string(),
    );
    let server = FakeServer::answering([long])?;
    let failed = ask(subject, &server, request("Now?"))
        .await
        .err()
        .ok_or("nobody answered")?;
    assert_eq!(failed.retry_after, Some(Millis::from_secs(3_600)));
    assert_eq!(server.seen().len(), 1);
    let server = FakeServer::answering([busy])?;
    let failed = ask(subject, &server, request("Now?"))
        .await
        .err()
        .ok_or("nobody answered")?;
    assert_eq!(failed.failure.kind, FailureKind::Retryable);
    assert_eq!(server.seen().len(), 3);
    Ok(())
}

/// A key stands in no failure, even if the provider repeats it.
async fn keys_stay_here(subject: &Subject<'_>) -> Checked {
    let said = subject
        .speaks
        .error("authentication_error", &format!("invalid key {KEY}"));
    for answer in [
        Answer::json(401, &said),
        Answer::whole(403, &[("content-type", "text/plain")], format!("no: {KEY}")),
        Answer::chunks(subject.speaks.media(), [subject.speaks.frame(&said)]),
    ] {
        let server = FakeServer::answering([answer])?;
        let failed = ask(subject, &server, request("Hello."))
            .await
            .err()
            .ok_or("nobody answered")?;
        let shown = format!("{failed:?}");
        assert!(!shown.contains(KEY), "{shown}");
        assert_eq!(failed.failure.kind, FailureKind::Refused, "{shown}");
    }
    Ok(())
}

/// Nothing goes to a host that the configuration does not name.
async fn redirects_are_not_followed(subject: &Subject<'_>) -> Checked {
    for status in [301, 302, 303, 307, 308] {
        let elsewhere = FakeServer::saying(subject.speaks, [Speech::text("stolen")])?;
        let target = format!("{}/v1/steal", elsewhere.url());
        let server = FakeServer::answering([Answer::whole(status, &[("location", &target)], "")])?;
        let failed = ask(subject, &server, request("Hello."))
            .await
            .err()
            .ok_or("a redirect was followed")?;
        assert_eq!(failed.failure.kind, FailureKind::Refused);
        assert_eq!(elsewhere.seen().len(), 0);
    }
    // Time for a request that should not have been made: none is under way when the call has ended.
    tokio::time::sleep(Duration::ZERO).await;
    Ok(())
}
