//! Replay: each of many ways to spoil a log is found at the event that was spoilt.

use serde_json::json;
use venom_engine::time::replay::decide_again;
use venom_kernel::change::RelPath;
use venom_kernel::digest::Digest;
use venom_kernel::effect::{EffectClass, EffectKind, EffectOutcome};
use venom_kernel::event::{Envelope, Event, Outcome, StepFailure};
use venom_kernel::evidence::Verdict;
use venom_kernel::id::{EffectId, Seq};
use venom_kernel::policy::Ruling;
use venom_kernel::time::Millis;
use venom_ports::api::runs::Runs as _;
use venom_ports::api::time::{LikelyCause, Moment, ReplayMode, Time as _};
use venom_ports::skill::Output;
use venom_ports::{Failure, FailureKind};
use venom_testkit::skill::ScriptedSkill;

use crate::world::{Disk, request, until_rest};

/// Two steps side by side, one after them, one that asks, and one that works only the second time.
const BOOK: &str = r#"
venom: 1
name: busy
title: Do many things
utterances: [tidy the garden, make the garden tidy, tidy up the whole garden]
steps:
  - {id: look, title: Look, skill: test, action: look}
  - {id: peek, title: Peek, skill: test, action: look}
  - {id: shaky, title: Shaky, skill: test, action: shaky, after: [look]}
  - id: write
    title: Write
    skill: test
    action: write
    after: [peek, shaky]
    params: {text: "hello ${step.look.name}"}
    verify: [{check: file-contains, path: hello.txt, text: hello Ada}]
  - {id: send, title: Send, skill: test, action: send, after: [write]}
"#;

fn skill() -> ScriptedSkill {
    let tries = std::sync::Arc::new(std::sync::atomic::AtomicU32::new(0));
    ScriptedSkill::new()
        .action("look", EffectClass::Pure, |_, _| async {
            Ok(Output {
                result: json!({"name": "Ada"}),
                evidence: vec![],
            })
        })
        .action("shaky", EffectClass::Pure, move |_, _| {
            let tries = tries.clone();
            async move {
                if tries.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0 {
                    return Err(Failure::new(FailureKind::Retryable, "not yet"));
                }
                Ok(Output {
                    result: json!({}),
                    evidence: vec![],
                })
            }
        })
        .action(
            "write",
            EffectClass::Reversible,
            |call, context| async move {
                let text = call.params["text"].as_str().unwrap_or_default().to_owned();
                let path = RelPath::new("hello.txt").unwrap();
                context.files.write(&path, text.into_bytes()).await?;
                Ok(Output {
                    result: json!({"text": "done"}),
                    evidence: vec![],
                })
            },
        )
        .action("send", EffectClass::Irreversible, |_, _| async {
            Ok(Output {
                result: json!({"sent": true}),
                evidence: vec![],
            })
        })
}

async fn log() -> Vec<Envelope> {
    let disk = Disk::new(&[]);
    let host = disk.host(skill(), &[BOOK]);
    let mut wanted = request("tidy the garden");
    wanted.options.approve_all = true;
    let run = host.start(wanted).await.unwrap();
    until_rest(&host, run).await;
    let report = host.report(run).await.unwrap();
    assert_eq!(report.outcome, Some(Outcome::Succeeded), "{report:#?}");
    let replayed = host
        .replay(&Moment { run, at: None }, ReplayMode::Exec)
        .await
        .unwrap();
    assert_eq!(replayed.divergence, None);
    assert_eq!(
        replayed.calls, 5,
        "each call that was done is resolved again"
    );
    host.events(run, Seq::ZERO, 10_000).await.unwrap()
}

/// Spoils a log; returns where.
type Spoil = Box<dyn Fn(&mut Vec<Envelope>) -> Seq>;

fn at(events: &[Envelope], which: impl Fn(&Event) -> bool) -> usize {
    events
        .iter()
        .position(|envelope| which(&envelope.event))
        .expect("there is such an event")
}

/// Changes the first event that fits.
fn change(which: fn(&Event) -> bool, how: fn(&mut Event)) -> Spoil {
    Box::new(move |events| {
        let index = at(events, which);
        how(&mut events[index].event);
        events[index].seq
    })
}

/// Leaves out the first event that fits. What follows it moves up, as in a log that never had it.
fn drop_one(which: fn(&Event) -> bool) -> Spoil {
    Box::new(move |events| {
        let index = at(events, which);
        let seq = events.remove(index).seq;
        for (number, envelope) in (1..).zip(events.iter_mut()) {
            envelope.seq = Seq::new(number);
        }
        seq
    })
}

fn spoils() -> Vec<(&'static str, Spoil)> {
    vec![
        (
            "a step starts that must wait",
            change(
                |e| matches!(e, Event::StepStarted { step, .. } if step.as_str().contains("peek")),
                |e| {
                    if let Event::StepStarted { step, .. } = e {
                        *step = step.as_str().replace("peek", "write").parse().unwrap();
                    }
                },
            ),
        ),
        (
            "an attempt is counted otherwise",
            change(
                |e| matches!(e, Event::StepStarted { attempt: 2, .. }),
                |e| {
                    if let Event::StepStarted { attempt, .. } = e {
                        *attempt = 3;
                    }
                },
            ),
        ),
        (
            "a clock was read for the wait before a retry",
            change(
                |e| {
                    matches!(
                        e,
                        Event::StepFailed {
                            retry_in: Some(_),
                            ..
                        }
                    )
                },
                |e| {
                    if let Event::StepFailed { retry_in, .. } = e {
                        *retry_in = Some(Millis::new(501));
                    }
                },
            ),
        ),
        (
            "a retry is given up",
            change(
                |e| {
                    matches!(
                        e,
                        Event::StepFailed {
                            retry_in: Some(_),
                            ..
                        }
                    )
                },
                |e| {
                    if let Event::StepFailed { retry_in, .. } = e {
                        *retry_in = None;
                    }
                },
            ),
        ),
        (
            "a failure is told otherwise",
            change(
                |e| matches!(e, Event::StepFailed { .. }),
                |e| {
                    if let Event::StepFailed { why, .. } = e {
                        *why = StepFailure::OutOfTime;
                    }
                },
            ),
        ),
        (
            "an effect gets another number",
            change(
                |e| matches!(e, Event::EffectStarted { .. }),
                |e| {
                    if let Event::EffectStarted { id, .. } = e {
                        *id = EffectId::new(77);
                    }
                },
            ),
        ),
        (
            "an effect gets another class",
            change(
                |e| matches!(e, Event::EffectStarted { .. }),
                |e| {
                    if let Event::EffectStarted { class, .. } = e {
                        *class = EffectClass::Irreversible;
                    }
                },
            ),
        ),
        (
            "a rule decides otherwise",
            change(
                |e| matches!(e, Event::PolicyDecided { .. }),
                |e| {
                    if let Event::PolicyDecided { ruling, .. } = e {
                        *ruling = Ruling::Deny;
                    }
                },
            ),
        ),
        (
            "something else is agreed to",
            change(
                |e| matches!(e, Event::ApprovalAsked { .. }),
                |e| {
                    if let Event::ApprovalAsked { subject, .. } = e {
                        *subject = Digest::of_bytes(b"something else");
                    }
                },
            ),
        ),
        (
            "somebody else agreed in advance",
            change(
                |e| matches!(e, Event::ApprovalGiven { .. }),
                |e| {
                    if let Event::ApprovalGiven { by, .. } = e {
                        "somebody".clone_into(by);
                    }
                },
            ),
        ),
        (
            "a check is judged otherwise",
            change(
                |e| matches!(e, Event::StepVerified { checks, .. } if !checks.is_empty()),
                |e| {
                    if let Event::StepVerified { checks, .. } = e {
                        checks[0].verdict = Verdict::Unproven("nobody looked".to_owned());
                    }
                },
            ),
        ),
        (
            "the run ends otherwise",
            change(
                |e| matches!(e, Event::RunFinished { .. }),
                |e| {
                    if let Event::RunFinished { outcome } = e {
                        *outcome = Outcome::Partial;
                    }
                },
            ),
        ),
        (
            "the quote comes out otherwise",
            change(
                |e| matches!(e, Event::Quoted { .. }),
                |e| {
                    if let Event::Quoted { quote } = e {
                        quote.expected.p90 = Millis::new(quote.expected.p90.get() + 1);
                    }
                },
            ),
        ),
        (
            "edits are committed that nobody staged",
            change(
                |e| {
                    matches!(
                        e,
                        Event::EffectStarted {
                            kind: EffectKind::Commit { .. },
                            ..
                        }
                    )
                },
                |e| {
                    if let Event::EffectStarted {
                        kind: EffectKind::Commit { changes },
                        ..
                    } = e
                    {
                        changes.digest = Digest::of_bytes(b"other edits");
                    }
                },
            ),
        ),
        (
            "an outcome belongs to no effect",
            change(
                |e| matches!(e, Event::EffectFinished { .. }),
                |e| {
                    if let Event::EffectFinished { id, .. } = e {
                        *id = EffectId::new(99);
                    }
                },
            ),
        ),
        (
            "the start of a step is missing",
            drop_one(|e| matches!(e, Event::StepStarted { .. })),
        ),
        (
            "an intention is missing",
            drop_one(|e| matches!(e, Event::EffectStarted { .. })),
        ),
        (
            "a verification is missing",
            drop_one(|e| matches!(e, Event::StepVerified { .. })),
        ),
        (
            "the quote is missing",
            drop_one(|e| matches!(e, Event::Quoted { .. })),
        ),
        (
            "a request is missing",
            drop_one(|e| matches!(e, Event::ApprovalAsked { .. })),
        ),
        (
            "the order of two steps is that of some map",
            Box::new(|events| {
                let first = at(events, |e| matches!(e, Event::StepStarted { .. }));
                let second = first
                    + 1
                    + at(&events[first + 1..], |e| {
                        matches!(e, Event::StepStarted { .. })
                    });
                let (a, b) = (events[first].event.clone(), events[second].event.clone());
                events[first].event = b;
                events[second].event = a;
                events[first].seq
            }),
        ),
        (
            "an event is there twice",
            Box::new(|events| {
                let index = at(events, |e| matches!(e, Event::StepVerified { .. }));
                let copy = events[index].clone();
                events.insert(index + 1, copy);
                for (number, envelope) in (1..).zip(events.iter_mut()) {
                    envelope.seq = Seq::new(number);
                }
                events[index + 1].seq
            }),
        ),
        (
            "an event follows from another one",
            Box::new(|events| {
                let index = at(events, |e| matches!(e, Event::StepExecuted { .. }));
                events[index].cause = Some(Seq::new(1));
                events[index].seq
            }),
        ),
    ]
}

#[tokio::test]
async fn every_spoilt_log_is_found_at_its_event() {
    let whole = log().await;
    let spoils = spoils();
    assert!(spoils.len() >= 20, "{}", spoils.len());
    for (what, spoil) in spoils {
        let mut events = whole.clone();
        let seq = spoil(&mut events);
        let replayed = decide_again(&events).await.unwrap();
        let divergence = replayed
            .divergence
            .unwrap_or_else(|| panic!("not noticed: {what}"));
        assert_eq!(divergence.seq, seq, "{what}: {divergence:?}");
    }
}

#[tokio::test]
async fn a_changed_answer_of_the_world_leads_elsewhere() {
    // The outcome of an effect is a fact, and no decision; what follows from it is found.
    let mut events = log().await;
    let index = events
        .iter()
        .rposition(|envelope| {
            matches!(
                &envelope.event,
                Event::EffectFinished {
                    outcome: EffectOutcome::Done(_),
                    ..
                }
            )
        })
        .unwrap();
    if let Event::EffectFinished { outcome, .. } = &mut events[index].event {
        *outcome = EffectOutcome::Failed(Failure::new(FailureKind::Refused, "no"));
    }
    let divergence = decide_again(&events).await.unwrap().divergence.unwrap();
    assert_eq!(divergence.seq, events[index + 1].seq);
    assert_eq!(divergence.cause, LikelyCause::Order);
}

#[tokio::test]
async fn a_log_that_ends_in_the_middle_of_a_decision_is_found() {
    let mut events = log().await;
    let index = events
        .iter()
        .position(|envelope| matches!(envelope.event, Event::PlanGenerated { .. }))
        .unwrap();
    events.truncate(index + 1);
    let divergence = decide_again(&events).await.unwrap().divergence.unwrap();
    assert_eq!(divergence.replayed.as_deref(), Some("Quoted"));
}
