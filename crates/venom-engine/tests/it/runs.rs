//! Runs from their goal to their report.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::json;
use venom_kernel::change::RelPath;
use venom_kernel::effect::EffectClass;
use venom_kernel::event::{Outcome, RunOptions};
use venom_kernel::time::Millis;
use venom_ports::api::runs::{ApiError, Rest, Runs as _};
use venom_ports::inbox::Command;
use venom_ports::skill::Output;
use venom_ports::{Failure, FailureKind};
use venom_testkit::skill::ScriptedSkill;

use crate::world::{Disk, request, run, until_rest};

/// A playbook of two steps, the second of which reads the first one's result.
const GREET: &str = r#"
venom: 1
name: greet
title: Greet the world
utterances: [greet the world, say hello to everybody, hello to the whole world]
steps:
  - {id: look, title: Look, skill: test, action: look}
  - id: write
    title: Write
    skill: test
    action: write
    params: {text: "hello ${step.look.name}"}
    verify: [{check: file-contains, path: hello.txt, text: hello Ada}]
"#;

fn greeter() -> ScriptedSkill {
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
                let text = call.params["text"].as_str().unwrap_or_default().to_owned();
                let path = RelPath::new("hello.txt").unwrap();
                context.files.write(&path, text.into_bytes()).await?;
                Ok(Output {
                    result: json!({"text": "done"}),
                    evidence: vec![],
                })
            },
        )
}

#[tokio::test]
async fn a_goal_becomes_a_verified_file() {
    let disk = Disk::new(&[]);
    let host = disk.host(greeter(), &[GREET]);
    let (_, rest, report) = run(&host, "greet the world").await;
    assert_eq!(rest, Rest::Finished);
    assert_eq!(report.outcome, Some(Outcome::Succeeded), "{report:#?}");
    assert_eq!(disk.files.text("hello.txt").as_deref(), Some("hello Ada"));
    assert_eq!(report.changed, ["hello.txt"]);
}

#[tokio::test]
async fn somebody_elses_edit_is_never_overwritten() {
    let disk = Disk::new(&[("hello.txt", "mine")]);
    let files = disk.files.clone();
    let skill = greeter().action("write", EffectClass::Reversible, move |_, context| {
        let files = files.clone();
        async move {
            let path = RelPath::new("hello.txt").unwrap();
            context.files.write(&path, b"hello Ada".to_vec()).await?;
            files.set("hello.txt", "an edit in between");
            Ok(Output::default())
        }
    });
    let (_, _, report) = run(&disk.host(skill, &[GREET]), "greet the world").await;
    assert_eq!(report.outcome, Some(Outcome::Failed));
    assert_eq!(
        disk.files.text("hello.txt").as_deref(),
        Some("an edit in between")
    );
    let why = report.steps[1].why.clone().unwrap();
    assert!(why.contains("somebody else changed hello.txt"), "{why}");
}

#[tokio::test]
async fn a_check_that_does_not_hold_fails_the_step() {
    let disk = Disk::new(&[]);
    let skill = greeter().action("write", EffectClass::Reversible, |_, _| async {
        Ok(Output::default())
    });
    let (_, _, report) = run(&disk.host(skill, &[GREET]), "greet the world").await;
    assert_eq!(report.outcome, Some(Outcome::Failed));
    assert_eq!(
        report.steps[1].why.as_deref(),
        Some("there is no file hello.txt")
    );
}

#[tokio::test]
async fn a_skill_that_panics_or_breaks_its_promise_fails_its_step_only() {
    let disk = Disk::new(&[]);
    let skill = greeter().action("look", EffectClass::Pure, |_, _| async { panic!("boo") });
    let (_, _, report) = run(&disk.host(skill, &[GREET]), "greet the world").await;
    assert!(
        report.steps[0]
            .why
            .as_deref()
            .unwrap()
            .contains("test.look broke: boo")
    );
    assert_eq!(report.steps[1].status, "skipped");

    let skill = greeter().with("look", |action| {
        action.result = json!({"type": "object", "required": ["name", "age"]});
    });
    let disk = Disk::new(&[]);
    let (_, _, report) = run(&disk.host(skill, &[GREET]), "greet the world").await;
    let why = report.steps[0].why.clone().unwrap();
    assert!(why.contains("\"age\" is a required property"), "{why}");
}

#[tokio::test]
async fn parameters_are_checked_before_anything_happens() {
    let disk = Disk::new(&[]);
    // What a slot brings is only known when the plan is made.
    let book = GREET
        .replace(
            "steps:",
            "slots:\n  where: {type: text, default: here}\nsteps:",
        )
        .replace(
            "action: look}",
            "action: look, params: {where: \"${slot.where}\"}}",
        );
    let skill = greeter().with("look", |action| {
        action.params = json!({
            "type": "object",
            "required": ["where"],
            "properties": {"where": {"type": "integer"}},
        });
    });
    let (_, rest, report) = run(&disk.host(skill, &[&book]), "greet the world").await;
    assert_eq!(rest, Rest::Finished);
    let Some(Outcome::Unplannable(reasons)) = &report.outcome else {
        panic!("{report:#?}")
    };
    assert!(reasons[0].contains("\"here\" is not"), "{reasons:?}");
}

#[tokio::test]
async fn a_step_that_takes_too_long_is_stopped() {
    let disk = Disk::new(&[]);
    let skill = greeter()
        .action("look", EffectClass::Pure, |_, _| std::future::pending())
        .with("look", |action| action.timeout = Millis::new(30));
    let (_, _, report) = run(&disk.host(skill, &[GREET]), "greet the world").await;
    assert!(
        report.steps[0]
            .why
            .as_deref()
            .unwrap()
            .contains("was stopped after 30 ms")
    );
}

#[tokio::test]
async fn a_run_that_takes_too_long_is_cancelled() {
    let disk = Disk::new(&[]);
    let skill = greeter().action("look", EffectClass::Pure, |_, _| std::future::pending());
    let host = disk.host(skill, &[GREET]);
    let mut wanted = request("greet the world");
    wanted.options = RunOptions {
        timeout: Some(Millis::new(20)),
        ..RunOptions::default()
    };
    let id = host.start(wanted).await.unwrap();
    let (names, _) = until_rest(&host, id).await;
    assert!(names.contains(&"RunCancelled"), "{names:?}");
    let state = host.state(id, None).await.unwrap();
    assert_eq!(state.cancelled_by(), Some("timeout"));
    assert_eq!(state.outcome(), Some(&Outcome::Cancelled));
}

#[tokio::test]
async fn a_hiccup_is_tried_again() {
    let disk = Disk::new(&[]);
    let tries = Arc::new(AtomicU32::new(0));
    let counted = tries.clone();
    let skill = greeter().action("look", EffectClass::Pure, move |_, _| {
        let n = counted.fetch_add(1, Ordering::SeqCst);
        async move {
            if n == 0 {
                return Err(Failure::new(FailureKind::Retryable, "not now"));
            }
            Ok(Output {
                result: json!({"name": "Ada"}),
                evidence: vec![],
            })
        }
    });
    let (_, _, report) = run(&disk.host(skill, &[GREET]), "greet the world").await;
    assert_eq!(report.outcome, Some(Outcome::Succeeded));
    assert_eq!(
        (tries.load(Ordering::SeqCst), report.steps[0].attempts),
        (2, 2)
    );
}

#[tokio::test]
async fn what_cannot_be_taken_back_waits_and_goes_on_when_it_is_approved() {
    let disk = Disk::new(&[]);
    let skill = greeter().with("look", |action| action.class = EffectClass::Irreversible);
    let host = disk.host(skill, &[GREET]);
    let (id, rest, report) = run(&host, "greet the world").await;
    assert_eq!(rest, Rest::Approvals);
    assert_eq!(report.approvals.len(), 1);
    let approval = report.approvals[0].id.parse().unwrap();
    let yes = Command::Decide {
        approval,
        agreed: true,
        reason: None,
    };
    assert!(host.command(id, yes.clone(), "user").await.unwrap());
    let (_, rest) = until_rest(&host, id).await;
    assert_eq!(rest, Rest::Finished);
    let again = host.command(id, yes, "user").await;
    assert!(matches!(again, Err(ApiError::Refused { .. })), "{again:?}");
}

#[tokio::test]
async fn a_big_result_lies_beside_the_log_and_can_be_referred_to() {
    let disk = Disk::new(&[]);
    let long = "Ada".to_owned() + &" and Ada".repeat(2_000);
    let name = long.clone();
    let skill = greeter().action("look", EffectClass::Pure, move |_, _| {
        let name = name.clone();
        async move {
            Ok(Output {
                result: json!({"name": name}),
                evidence: vec![],
            })
        }
    });
    let host = disk.host(skill, &[GREET]);
    let (id, _, report) = run(&host, "greet the world").await;
    assert_eq!(report.outcome, Some(Outcome::Succeeded), "{report:#?}");
    assert_eq!(
        disk.files.text("hello.txt").unwrap(),
        format!("hello {long}")
    );
    for event in disk.events(&host, id).await {
        let text = serde_json::to_string(&event).unwrap();
        assert!(
            text.len() < 8_000,
            "{} bytes in {}",
            text.len(),
            event.name()
        );
    }
}

#[tokio::test]
async fn goals_that_are_no_goals_are_refused_with_a_reason() {
    let disk = Disk::new(&[]);
    let host = disk.host(greeter(), &[GREET]);
    for goal in [
        "",
        "  \n ",
        "!!!",
        "a\u{0}b",
        "x\u{1b}[31m",
        &"long ".repeat(10_000),
    ] {
        let refused = host.start(request(goal)).await;
        assert!(
            matches!(refused, Err(ApiError::BadGoal(_))),
            "{goal:?}: {refused:?}"
        );
    }
    // Right to left is as good as left to right; nothing here does it, and that is said.
    let (_, rest, report) = run(&host, "\u{5d1}\u{5e0}\u{5d4} \u{5d0}\u{5ea} \u{5d6}\u{5d4}").await;
    assert_eq!(
        (rest, report.outcome),
        (Rest::Finished, Some(Outcome::OutOfScope))
    );
}

#[tokio::test]
async fn independent_steps_run_at_once() {
    let wide = r"
venom: 1
name: wide
title: Wide
utterances: [do many things at once, do everything in parallel]
steps:
  - {id: a, title: A, skill: test, action: meet}
  - {id: b, title: B, skill: test, action: meet}
  - {id: c, title: C, skill: test, action: meet}
";
    // Each step waits until all three are there: one after the other would never end.
    let barrier = Arc::new(tokio::sync::Barrier::new(3));
    let skill = ScriptedSkill::new().action("meet", EffectClass::Pure, move |_, _| {
        let barrier = barrier.clone();
        async move {
            barrier.wait().await;
            Ok(Output::default())
        }
    });
    let disk = Disk::new(&[]);
    let (_, _, report) = run(&disk.host(skill, &[wide]), "do many things at once").await;
    assert_eq!(report.outcome, Some(Outcome::Succeeded));
}
