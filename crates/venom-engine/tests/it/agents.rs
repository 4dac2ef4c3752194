//! Agents: a model thinks, tools act, checks decide; and nothing of it is lost or done twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::json;
use venom_engine::agent::AgentSettings;
use venom_engine::host::Host;
use venom_kernel::agent::Limits;
use venom_kernel::budget::Amount;
use venom_kernel::change::RelPath;
use venom_kernel::effect::{EffectClass, EffectKind};
use venom_kernel::event::{Event, Outcome};
use venom_kernel::evidence::{Evidence, TestEvidence};
use venom_kernel::id::{EffectId, Seq};
use venom_kernel::model::{Part, Usage};
use venom_kernel::money::MicroUsd;
use venom_kernel::run::Proposed;
use venom_ports::api::runs::{Rest, Runs as _};
use venom_ports::inbox::Command;
use venom_ports::lease::Fence;
use venom_ports::log::{Batch, LogStore as _};
use venom_ports::model::{ModelFailure, Models};
use venom_ports::skill::Output;
use venom_ports::{Failure, FailureKind};
use venom_testkit::model::{ScriptedModels, call, reply, turn};
use venom_testkit::skill::ScriptedSkill;

use crate::recovery::copy_blobs;
use crate::world::{Disk, followed, request, run, until_rest};

/// One step that thinks.
const THINK: &str = r#"
venom: 1
name: think
title: Think about it
utterances: [think about the letter, think hard about the letter]
steps:
  - id: work
    title: Work
    skill: agent
    action: work
    params:
      task: "Write good into a.txt."
      tools: ["test.*"]
      proof: {skill: test, action: run}
    verify: [{check: tests-pass}]
"#;

/// Reads and writes files; its tests pass when `a.txt` says so.
pub(crate) fn skill() -> ScriptedSkill {
    ScriptedSkill::new()
        .action("look", EffectClass::Pure, |call, context| async move {
            let path = RelPath::new(call.params["path"].as_str().unwrap_or("a.txt")).unwrap();
            let file = context.files.read(&path, 1 << 20).await?;
            Ok(Output {
                result: json!({"text": String::from_utf8_lossy(&file.bytes)}),
                evidence: vec![],
            })
        })
        .action(
            "write",
            EffectClass::Reversible,
            |call, context| async move {
                let path = RelPath::new(call.params["path"].as_str().unwrap_or("a.txt")).unwrap();
                let text = call.params["text"].as_str().unwrap_or_default().to_owned();
                context.files.write(&path, text.into_bytes()).await?;
                Ok(Output {
                    result: json!({"text": "written"}),
                    evidence: vec![],
                })
            },
        )
        .action("run", EffectClass::Idempotent, |_, context| async move {
            let path = RelPath::new("a.txt").unwrap();
            let file = context.files.read(&path, 1 << 20).await?;
            let fails = u32::from(!String::from_utf8_lossy(&file.bytes).contains("good"));
            let tests = TestEvidence {
                passed: 2 - fails,
                failed: fails,
                failing: (0..fails).map(|n| format!("t{n}")).collect(),
                complete: true,
                ..TestEvidence::default()
            };
            Ok(Output {
                result: json!({}),
                evidence: vec![Evidence::Tests(tests)],
            })
        })
}

fn host(disk: &Disk, models: &ScriptedModels) -> Host {
    // What models say about goals and plans is told apart from what agents do: see `advice`.
    let agents = AgentSettings {
        understand: false,
        ..AgentSettings::default()
    };
    host_of(disk, models, agents)
}

fn host_of(disk: &Disk, models: &ScriptedModels, agents: AgentSettings) -> Host {
    let models: Arc<dyn Models> = Arc::new(models.clone());
    disk.host_with("process 1", skill(), &[THINK], models, agents)
}

/// Looks, writes something bad and claims to be done; hears that the tests fail, and mends it.
fn worker() -> ScriptedModels {
    let done = |id: &str| call(id, "done", json!({"summary": "I wrote it."}));
    ScriptedModels::saying(vec![
        vec![
            Part::text("I look first.\n"),
            call("c1", "test_look", json!({"path": "a.txt"})),
            call("c2", "test_look", json!({"path": "b.txt"})),
        ],
        vec![
            call(
                "c3",
                "test_write",
                json!({"path": "a.txt", "text": "bad ${step.x}"}),
            ),
            call(
                "c4",
                "test_write",
                json!({"path": "b.txt", "text": "beside"}),
            ),
        ],
        vec![done("c5")],
        vec![call(
            "c6",
            "test_write",
            json!({"path": "a.txt", "text": "good"}),
        )],
        vec![done("c7")],
    ])
}

#[tokio::test]
async fn a_model_works_until_the_checks_agree() {
    let disk = Disk::new(&[("a.txt", "old"), ("AGENTS.md", "Write plainly.")]);
    let models = worker();
    let host = host(&disk, &models);
    let (id, rest, report) = run(&host, "think about the letter").await;
    assert_eq!(
        (rest, report.outcome.clone()),
        (Rest::Finished, Some(Outcome::Succeeded)),
        "{report:#?}"
    );
    assert_eq!(disk.files.text("a.txt").unwrap(), "good");
    assert_eq!(disk.files.text("b.txt").unwrap(), "beside");
    assert_eq!(report.changed, ["a.txt", "b.txt"]);
    assert_eq!(report.cost, MicroUsd::new(5 * 1_500));
    assert_eq!(models.asked(), 5);
    let events = disk.events(&host, id).await;
    let text = serde_json::to_string(&events).unwrap();
    assert!(text.contains("Write plainly."), "{text}");
    assert!(
        text.contains("there is no file b.txt"),
        "a failed look is told"
    );
    assert!(text.contains("1 of 2 tests failed"), "{text}");
}

#[tokio::test]
async fn from_every_prefix_of_the_log_the_same_end_is_reached() {
    let begin = || Disk::new(&[("a.txt", "old")]);
    let disk = begin();
    let first = host(&disk, &worker());
    let (id, _, report) = run(&first, "think about the letter").await;
    assert_eq!(report.outcome, Some(Outcome::Succeeded), "{report:#?}");
    let log = first.events(id, Seq::ZERO, 10_000).await.unwrap();
    let whole: Vec<Event> = log.iter().map(|envelope| envelope.event.clone()).collect();
    let end = first.state(id, None).await.unwrap().outcome_digest();
    // What is learned from the run comes behind its end.
    let ended = whole
        .iter()
        .position(|event| event.name() == "RunFinished")
        .unwrap();
    for crash in 1..=ended {
        let prefix = &whole[..crash];
        let disk = begin();
        copy_blobs(&first, &disk, prefix).await;
        // The files as the commits that ended by then have left them.
        let mut open = std::collections::BTreeMap::new();
        for event in prefix {
            match event {
                Event::EffectStarted { id, kind, .. } => {
                    open.insert(*id, kind.clone());
                }
                Event::EffectFinished { id, .. } => {
                    if let Some(EffectKind::Commit { changes }) = open.remove(id) {
                        apply(&disk, &changes).await;
                    }
                }
                _ => {}
            }
        }
        // Every other time the crash comes when the commit is done and nobody has heard.
        if crash % 2 == 0 {
            for kind in open.values() {
                if let EffectKind::Commit { changes } = kind {
                    apply(&disk, changes).await;
                }
            }
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
        let models = worker();
        let host = host(&disk, &models);
        host.resume(id, "user").await.unwrap();
        // A prefix may end within a decision, so that it cannot be decided again from its own events.
        let (_, rest) = followed(&host, id).await;
        assert_eq!(rest, Rest::Finished, "after event {crash}");
        let state = host.state(id, None).await.unwrap();
        assert_eq!(
            state.outcome(),
            Some(&Outcome::Succeeded),
            "after event {crash}"
        );
        assert_eq!(
            disk.files.text("a.txt").unwrap(),
            "good",
            "after event {crash}"
        );
        assert_eq!(state.outcome_digest(), end, "after event {crash}");
        let cut =
            matches!(prefix.last(), Some(Event::EffectFinished { id, .. }) if thinks(prefix, *id));
        // What was answered before is not asked again.
        let answered = prefix
            .iter()
            .filter(|event| matches!(event, Event::EffectFinished { outcome, .. } if serde_json::to_string(outcome).unwrap().contains("\"reply\"")))
            .count();
        assert_eq!(models.asked() as usize, 5 - answered, "after event {crash}");
        // An answer and its settlement are one commit; a prefix that parts them is none that a crash
        // leaves.
        if !cut {
            assert_eq!(
                state.budget().reserved(),
                Amount::ZERO,
                "after event {crash}"
            );
        }
    }
}

fn thinks(events: &[Event], of: EffectId) -> bool {
    events.iter().any(|event| {
        matches!(event, Event::EffectStarted { id, kind: EffectKind::Think { .. }, .. } if *id == of)
    })
}

async fn apply(to: &Disk, changes: &venom_kernel::change::ChangesRef) {
    use venom_ports::blob::BlobStore as _;
    use venom_ports::workspace::Workspace as _;
    let bytes = to.memory.blobs.get(&changes.blob).await.unwrap();
    let set = serde_json::from_slice(&bytes).unwrap();
    let conflicts = to
        .files
        .apply(&set, to.memory.blobs.as_ref())
        .await
        .unwrap();
    assert!(conflicts.is_empty());
}

#[tokio::test]
async fn cancelling_stops_the_thinking_at_once_and_settles_what_it_took() {
    let disk = Disk::new(&[("a.txt", "old")]);
    let (asked, was_asked) = tokio::sync::oneshot::channel();
    let asked = Arc::new(std::sync::Mutex::new(Some(asked)));
    let models = ScriptedModels::new(move |_, cancel| {
        if let Some(asked) = asked.lock().unwrap().take() {
            asked.send(()).unwrap();
        }
        async move {
            cancel.cancelled().await;
            Err(ModelFailure {
                usage: Usage {
                    input: 700,
                    ..Usage::default()
                },
                ..Failure::new(FailureKind::Retryable, "it was cancelled").into()
            })
        }
    });
    let host = host(&disk, &models);
    let id = host.start(request("think about the letter")).await.unwrap();
    was_asked.await.unwrap();
    host.command(id, Command::Cancel, "user").await.unwrap();
    let (_, rest) = until_rest(&host, id).await;
    let report = host.report(id).await.unwrap();
    assert_eq!(
        (rest, report.outcome),
        (Rest::Finished, Some(Outcome::Cancelled))
    );
    assert_eq!(report.cost, MicroUsd::new(700));
}

#[tokio::test]
async fn a_hiccup_of_the_model_is_asked_again_and_a_refusal_is_not() {
    let tries = Arc::new(AtomicU32::new(0));
    let models = ScriptedModels::new(move |call_, _| {
        let first = tries.fetch_add(1, Ordering::SeqCst) == 0;
        async move {
            if first {
                return Err(Failure::new(FailureKind::Retryable, "hiccup").into());
            }
            Ok(reply(match turn(&call_.request) {
                0 => vec![call(
                    "w",
                    "test_write",
                    json!({"path": "a.txt", "text": "good"}),
                )],
                _ => vec![call("d", "done", json!({"summary": "ok"}))],
            }))
        }
    });
    let disk = Disk::new(&[("a.txt", "old")]);
    let host = host(&disk, &models);
    let (_, _, report) = run(&host, "think about the letter").await;
    assert_eq!(report.outcome, Some(Outcome::Succeeded), "{report:#?}");

    let models = ScriptedModels::new(|_, _| async {
        Err(Failure::new(
            FailureKind::Refused,
            "the key is wrong: sk-ant-0123456789012345678901",
        )
        .into())
    });
    let disk = Disk::new(&[("a.txt", "old")]);
    let host = self::host(&disk, &models);
    let (id, _, report) = run(&host, "think about the letter").await;
    assert_eq!(report.outcome, Some(Outcome::Failed));
    assert_eq!(models.asked(), 1);
    let text = serde_json::to_string(&disk.events(&host, id).await).unwrap();
    assert!(!text.contains("sk-ant-0123"), "a key never reaches the log");
}

#[tokio::test]
async fn the_run_stops_at_its_cap() {
    // It never stops by itself.
    let models = ScriptedModels::new(|call_, _| async move {
        let n = turn(&call_.request);
        Ok(reply(vec![call(
            &format!("c{n}"),
            "test_look",
            json!({"n": n}),
        )]))
    });
    let disk = Disk::new(&[("a.txt", "old")]);
    let host = host(&disk, &models);
    let mut wanted = request("think about the letter");
    wanted.options.max_cost = Some(MicroUsd::new(20_000));
    let id = host.start(wanted).await.unwrap();
    until_rest(&host, id).await;
    let report = host.report(id).await.unwrap();
    assert_eq!(report.outcome, Some(Outcome::Failed));
    assert!(report.cost <= MicroUsd::new(20_000), "{}", report.cost);
    assert!(report.cost >= MicroUsd::new(10_000), "{}", report.cost);
    let why = report.steps[0].why.clone().unwrap();
    assert!(why.contains("budget"), "{why}");
}

#[tokio::test]
async fn a_long_result_is_cut_and_can_be_read_on_in() {
    let mut long = String::new();
    for n in 1..=4_000 {
        long.push_str("line ");
        long.push_str(&n.to_string());
        long.push('\n');
    }
    let seen = Arc::new(std::sync::Mutex::new(Vec::<String>::new()));
    let hears = seen.clone();
    let models = ScriptedModels::new(move |call_, _| {
        let last = call_.request.messages.last().unwrap();
        let told = last.parts.iter().find_map(|part| match part {
            Part::ToolResult { text, .. } => Some(text.clone()),
            _ => None,
        });
        hears.lock().unwrap().extend(told.clone());
        let told = told.unwrap_or_default();
        let output = told
            .split('`')
            .find(|word| word.starts_with("eff_"))
            .unwrap_or_default()
            .to_owned();
        let n = turn(&call_.request);
        async move {
            Ok(reply(vec![match n {
                0 => call("a", "test_look", json!({"path": "long.txt"})),
                1 => call(
                    "b",
                    "read_more",
                    json!({"output": output, "from": 2001, "to": 2003}),
                ),
                2 => call("c", "read_more", json!({"output": "eff_99"})),
                3 => call("w", "test_write", json!({"path": "a.txt", "text": "good"})),
                _ => call("d", "done", json!({"summary": "ok"})),
            }]))
        }
    });
    let disk = Disk::new(&[("a.txt", "old"), ("long.txt", &long)]);
    let host = host(&disk, &models);
    let (_, _, report) = run(&host, "think about the letter").await;
    assert_eq!(report.outcome, Some(Outcome::Succeeded), "{report:#?}");
    let seen = seen.lock().unwrap();
    assert!(
        seen[0].len() < 17_000 && seen[0].contains("line 4000"),
        "{}",
        seen[0].len()
    );
    assert!(seen[1].contains("line 2000\nline 2001\n"), "{}", seen[1]);
    assert!(seen[2].contains("no output `eff_99`"), "{}", seen[2]);
}

#[tokio::test]
async fn a_goal_beyond_the_playbooks_is_worked_on_where_there_is_a_model() {
    let goal = "paint the shed in a colour that goes with the roses";
    let disk = Disk::new(&[("a.txt", "old good")]);
    let models = ScriptedModels::saying(vec![vec![call(
        "d",
        "done",
        json!({"summary": "I looked.", "no_change_because": "There is no shed here."}),
    )]]);
    let models: Arc<dyn Models> = Arc::new(models);
    let agents = AgentSettings::default();
    let host = disk.host_with("process 1", skill(), &[], models, agents);
    let (_, _, report) = run(&host, goal).await;
    assert_eq!(report.outcome, Some(Outcome::Succeeded), "{report:#?}");
    let steps: Vec<&str> = report.steps.iter().map(|step| step.id.as_str()).collect();
    assert_eq!(steps, ["tests-before", "work"]);
    assert!(
        report
            .notes
            .iter()
            .any(|note| note.text.contains("no shed"))
    );

    let disk = Disk::new(&[("a.txt", "old good")]);
    let host = disk.host(skill(), &[]);
    let (_, _, report) = run(&host, goal).await;
    assert_eq!(report.outcome, Some(Outcome::OutOfScope));
}

#[tokio::test]
async fn limits_are_settled_by_the_user() {
    let disk = Disk::new(&[("a.txt", "old")]);
    let agents = AgentSettings {
        limits: Limits {
            turns: 2,
            ..Limits::default()
        },
        model: Some("fake/one".parse().unwrap()),
        ..AgentSettings::default()
    };
    let host = host_of(&disk, &worker(), agents);
    let (_, _, report) = run(&host, "think about the letter").await;
    assert_eq!(report.outcome, Some(Outcome::Failed));
    let why = report.steps[0].why.clone().unwrap();
    assert!(why.contains("limit of 2 turns"), "{why}");
    assert_eq!(report.changed, ["a.txt", "b.txt"], "what was reached stays");
}
