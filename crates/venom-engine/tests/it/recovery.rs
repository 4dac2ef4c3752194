//! Crashes, interruptions and several processes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::json;
use venom_kernel::change::RelPath;
use venom_kernel::effect::{Done, EffectClass, Probed};
use venom_kernel::event::{Event, Outcome};
use venom_kernel::evidence::Evidence;
use venom_kernel::id::Seq;
use venom_kernel::run::Proposed;
use venom_ports::api::runs::{ApiError, Rest, Runs as _};
use venom_ports::inbox::Command;
use venom_ports::lease::Fence;
use venom_ports::log::{Batch, LogStore as _};
use venom_ports::skill::Output;
use venom_testkit::skill::ScriptedSkill;

use crate::world::{Disk, followed, request, run, until_rest};

/// Look, edit, and send something that must never be sent twice.
const SEND: &str = r#"
venom: 1
name: send
title: Send the letter
utterances: [send the letter, write the letter and send it off]
steps:
  - {id: look, title: Look, skill: test, action: look}
  - {id: write, title: Write, skill: test, action: write, params: {name: "${step.look.name}"}}
  - {id: side, title: Side, skill: test, action: look, params: {other: true}}
  - {id: send, title: Send, skill: test, action: send, after: [write, side], verify: [{check: committed}]}
"#;

/// A sink that counts what was sent, as the world would.
fn postman(sent: &Arc<AtomicU32>) -> ScriptedSkill {
    let (sending, probing) = (sent.clone(), sent.clone());
    let stamped = || Evidence::Commit { id: "stamp".into() };
    ScriptedSkill::new()
        .action("look", EffectClass::Pure, |_, _| async {
            Ok(Output {
                result: json!({"name": "Ada"}),
                evidence: vec![],
            })
        })
        .action(
            "write",
            EffectClass::Reversible,
            |call, context| async move {
                let name = call.params["name"].as_str().unwrap_or_default().to_owned();
                for file in ["a.txt", "b.txt"] {
                    let path = RelPath::new(file).unwrap();
                    context
                        .files
                        .write(&path, name.clone().into_bytes())
                        .await?;
                }
                Ok(Output::default())
            },
        )
        .action("send", EffectClass::Compensable, move |call, _| {
            assert_eq!(call.prepared, Some(json!({"prepared": true})));
            sending.fetch_add(1, Ordering::SeqCst);
            async move {
                Ok(Output {
                    result: json!({"sent": true}),
                    evidence: vec![stamped()],
                })
            }
        })
        .with("send", |action| action.prepares = true)
        .probed(move |_| {
            if probing.load(Ordering::SeqCst) == 0 {
                return Probed::DidNot;
            }
            Probed::Happened(Box::new(Done {
                result: venom_kernel::change::Payload::Inline(json!({"sent": true})),
                evidence: vec![stamped()],
                ..Done::default()
            }))
        })
}

/// Every prefix of a run's log is what a crash may leave. From each, another process reaches the
/// same end, with nothing sent twice.
#[tokio::test]
async fn from_every_prefix_of_the_log_the_same_end_is_reached() {
    let sent = Arc::new(AtomicU32::new(0));
    let disk = Disk::new(&[("a.txt", "old")]);
    let host = disk.host(postman(&sent), &[SEND]);
    let (id, _, report) = run(&host, "send the letter").await;
    assert_eq!(report.outcome, Some(Outcome::Succeeded), "{report:#?}");
    let log = host.events(id, Seq::ZERO, 10_000).await.unwrap();
    let whole: Vec<Event> = log.iter().map(|envelope| envelope.event.clone()).collect();
    let was_sent = |events: &[Event]| {
        events.iter().any(|event| match event {
            Event::EffectFinished { outcome, .. } => {
                serde_json::to_string(outcome).unwrap().contains("stamp")
            }
            _ => false,
        })
    };
    for crash in 1..whole.len() {
        for sent_before_crash in [false, true] {
            let prefix = &whole[..crash];
            let sending = prefix
                .iter()
                .filter(|e| e.name() == "EffectStarted")
                .count();
            let may_be_sent = sending >= 5;
            if sent_before_crash && !may_be_sent {
                continue;
            }
            let sent_already = u32::from(was_sent(prefix) || sent_before_crash);
            let sent = Arc::new(AtomicU32::new(sent_already));
            let disk = Disk::new(&[("a.txt", "old")]);
            copy_blobs(&host, &disk, prefix).await;
            if prefix.iter().any(|e| e.name() == "StepExecuted") && committed(prefix) {
                disk.files.set("a.txt", "Ada");
                disk.files.set("b.txt", "Ada");
            } else if crash % 2 == 0 && commit_begun(prefix) {
                // The crash came in the middle of the commit.
                disk.files.set("a.txt", "Ada");
            }
            let events = prefix
                .iter()
                .zip(&log)
                .map(|(event, logged)| Proposed {
                    event: event.clone(),
                    cause: logged.cause,
                })
                .collect();
            let batch = Batch {
                run: id,
                expected: Seq::ZERO,
                fence: Fence(0),
                time: venom_kernel::time::Timestamp::from_micros(1),
                events,
            };
            disk.memory.log.append(batch).await.unwrap();
            let other = disk.host_named("process 2", postman(&sent), &[SEND]);
            other.resume(id, "user").await.unwrap();
            // Some prefixes end in the middle of a commit, which no crash does; they need not replay.
            let (_, rest) = followed(&other, id).await;
            assert_eq!(rest, Rest::Finished, "after {crash} events");
            let resumed = other.report(id).await.unwrap();
            assert_eq!(
                resumed.digest, report.digest,
                "after {crash} events: {resumed:#?}"
            );
            assert_eq!(sent.load(Ordering::SeqCst), 1, "after {crash} events");
            assert_eq!(disk.files.text("b.txt").as_deref(), Some("Ada"));
        }
    }
}

fn commit_begun(events: &[Event]) -> bool {
    events.iter().any(|event| {
        serde_json::to_string(event)
            .unwrap()
            .contains("\"commit\":{")
    })
}

/// Whether the commit's end is in the log: it is the effect after the one that staged the edits.
fn committed(events: &[Event]) -> bool {
    let commit = events.iter().find_map(|event| match event {
        Event::EffectStarted {
            id,
            kind: venom_kernel::effect::EffectKind::Commit { .. },
            ..
        } => Some(*id),
        _ => None,
    });
    events.iter().any(|event| match event {
        Event::EffectFinished { id, .. } => Some(*id) == commit,
        _ => false,
    })
}

/// Blobs are stored before the events that name them, so that a crash never loses one.
pub(crate) async fn copy_blobs(from: &venom_engine::host::Host, to: &Disk, events: &[Event]) {
    use venom_ports::blob::BlobStore as _;
    for event in events {
        let text = serde_json::to_string(event).unwrap();
        for part in text.split("\"blob\":\"").skip(1) {
            let id = venom_kernel::digest::BlobId::new(part.split('"').next().unwrap()).unwrap();
            let bytes = from.blob(&id).await.unwrap();
            if let Ok(set) = serde_json::from_slice::<venom_kernel::change::ChangeSet>(&bytes) {
                for change in set.changes() {
                    for file in [&change.before, &change.after].into_iter().flatten() {
                        to.memory
                            .blobs
                            .put(from.blob(&file.blob).await.unwrap())
                            .await
                            .unwrap();
                    }
                }
            }
            to.memory.blobs.put(bytes).await.unwrap();
        }
    }
}

#[tokio::test]
async fn an_interrupted_run_can_be_resumed() {
    let disk = Disk::new(&[]);
    let begun = Arc::new(tokio::sync::Notify::new());
    let told = begun.clone();
    let slow = ScriptedSkill::new().action("wait", EffectClass::Idempotent, move |_, context| {
        told.notify_one();
        async move {
            context.cancel.cancelled().await;
            Ok(Output::default())
        }
    });
    let book = r"
venom: 1
name: wait
title: Wait
utterances: [wait for it, wait a long time for it]
steps: [{id: wait, title: Wait, skill: test, action: wait}]
";
    let host = disk.host(slow, &[book]);
    let id = host.start(request("wait for it")).await.unwrap();
    begun.notified().await;
    host.interrupt("interrupt").await;
    let quick = ScriptedSkill::new().action("wait", EffectClass::Idempotent, |_, _| async {
        Ok(Output::default())
    });
    let other = disk.host_named("process 2", quick, &[book]);
    let (_, rest) = until_rest(&other, id).await;
    assert_eq!(rest, Rest::Paused);
    other.resume(id, "user").await.unwrap();
    let (_, rest) = until_rest(&other, id).await;
    assert_eq!(rest, Rest::Finished);
    assert_eq!(
        other.report(id).await.unwrap().outcome,
        Some(Outcome::Succeeded)
    );
}

#[tokio::test]
async fn another_process_steers_through_the_inbox() {
    let disk = Disk::new(&[]);
    let sent = Arc::new(AtomicU32::new(0));
    let risky = postman(&sent).with("look", |action| action.class = EffectClass::Irreversible);
    let host = disk.host(risky.clone(), &[SEND]);
    let id = host.start(request("send the letter")).await.unwrap();
    let (_, rest) = until_rest(&host, id).await;
    assert_eq!(rest, Rest::Approvals);
    let other = disk.host_named("process 2", risky, &[SEND]);
    let report = other.report(id).await.unwrap();
    for approval in &report.approvals {
        let approval = approval.id.parse().unwrap();
        let yes = Command::Decide {
            approval,
            agreed: true,
            reason: None,
        };
        other.command(id, yes, "other terminal").await.unwrap();
    }
    let mut waited = 0;
    while other.state(id, None).await.unwrap().outcome().is_none() {
        waited += 1;
        assert!(waited < 2_000, "the owner does not read its inbox");
        tokio::task::yield_now().await;
        until_rest(&host, id).await;
    }
    assert_eq!(sent.load(Ordering::SeqCst), 1);
    let nonsense = other.command(id, Command::Pause, "user").await;
    assert!(
        matches!(nonsense, Err(ApiError::Refused { .. })),
        "{nonsense:?}"
    );
}

#[tokio::test]
async fn the_first_of_two_answers_that_wait_wins() {
    let disk = Disk::new(&[]);
    let risky = postman(&Arc::default()).with("look", |action| {
        action.class = EffectClass::Irreversible;
    });
    let host = disk.host(risky.clone(), &[SEND]);
    let id = host.start(request("send the letter")).await.unwrap();
    until_rest(&host, id).await;
    // Nobody works on the run any more; what is decided now waits for whoever takes it up.
    host.interrupt("interrupt").await;
    let other = disk.host_named("process 2", risky, &[SEND]);
    let (approval, _) = other
        .state(id, None)
        .await
        .unwrap()
        .open_approvals()
        .next()
        .unwrap();
    let decide = |agreed| Command::Decide {
        approval,
        agreed,
        reason: None,
    };
    assert!(!other.command(id, decide(false), "first").await.unwrap());
    let second = other.command(id, decide(true), "second").await;
    assert!(
        matches!(second, Err(ApiError::Refused { .. })),
        "{second:?}"
    );
}

#[tokio::test]
async fn cancelling_ends_a_run_that_is_under_way() {
    let disk = Disk::new(&[]);
    let skill =
        postman(&Arc::default()).action("look", EffectClass::Pure, |_, _| std::future::pending());
    let host = disk.host(skill, &[SEND]);
    let id = host.start(request("send the letter")).await.unwrap();
    let mut names = Vec::new();
    while !names.contains(&"EffectStarted") {
        names = disk
            .events(&host, id)
            .await
            .iter()
            .map(Event::name)
            .collect();
        tokio::task::yield_now().await;
    }
    host.command(id, Command::Cancel, "user").await.unwrap();
    let (_, rest) = until_rest(&host, id).await;
    assert_eq!(rest, Rest::Finished);
    assert_eq!(
        host.report(id).await.unwrap().outcome,
        Some(Outcome::Cancelled)
    );
}
