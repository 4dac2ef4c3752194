//! Checks: what steps must show before they count as done. Every run here is also decided again from
//! its log alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::json;
use venom_kernel::change::RelPath;
use venom_kernel::effect::EffectClass;
use venom_kernel::event::Outcome;
use venom_kernel::evidence::{Evidence, TestEvidence};
use venom_ports::api::report::Report;
use venom_ports::skill::Output;
use venom_testkit::skill::ScriptedSkill;

use crate::world::{Disk, run};

const JSON: &str = r#"{"scripts": {"test": "x"}, "list": [1, 2]}"#;

/// A step that writes a file, with one check.
async fn checked(check: &str) -> Report {
    let disk = Disk::new(&[("old.txt", "old")]);
    let skill = ScriptedSkill::new()
        .action("look", EffectClass::Pure, |_, _| async {
            Ok(Output::default())
        })
        .action("write", EffectClass::Reversible, |_, context| async move {
            let path = RelPath::new("p.json").unwrap();
            context.files.write(&path, JSON.as_bytes().to_vec()).await?;
            Ok(Output::default())
        });
    let book = format!(
        r"
venom: 1
name: write-it
title: Write it
utterances: [write the whole thing, write everything down, put it all in writing]
steps:
  - {{id: look, title: Look, skill: test, action: look}}
  - id: write
    title: Write
    skill: test
    action: write
    after: [look]
    verify: [{check}]
"
    );
    let (_, _, report) = run(&disk.host(skill, &[&book]), "write the whole thing").await;
    report
}

async fn status(check: &str) -> (String, Option<String>) {
    let report = checked(check).await;
    let step = report.steps.into_iter().nth(1).unwrap();
    (step.status, step.why)
}

#[tokio::test]
async fn predicates_of_files_hold_or_say_why_not() {
    let sha = "0".repeat(64);
    for (check, wanted, why) in [
        ("{check: file-exists, path: p.json}", "verified", ""),
        (
            "{check: file-exists, path: q.json}",
            "failed",
            "there is no file q.json",
        ),
        ("{check: file-missing, path: q.json}", "verified", ""),
        (
            "{check: file-missing, path: old.txt}",
            "failed",
            "it is there",
        ),
        (
            "{check: file-contains, path: p.json, text: scripts}",
            "verified",
            "",
        ),
        (
            r"{check: file-matches, path: p.json, regex: '\[\d, \d\]'}",
            "verified",
            "",
        ),
        (
            "{check: file-matches, path: p.json, regex: '^x'}",
            "failed",
            "nothing in it matches",
        ),
        (
            "{check: json-equals, path: p.json, at: /list/1, equals: 2}",
            "verified",
            "",
        ),
        (
            "{check: json-equals, path: p.json, at: /scripts/test, equals: y}",
            "failed",
            "it is \"x\"",
        ),
        (
            "{check: json-equals, path: p.json, at: /no, equals: 1}",
            "failed",
            "there is nothing at /no",
        ),
        (
            "{check: json-equals, path: old.txt, at: '', equals: 1}",
            "failed",
            "it is no JSON",
        ),
        (
            "{check: file-exists, path: ../x}",
            "failed",
            "leads out of the workspace",
        ),
    ] {
        let (is, said) = status(check).await;
        assert_eq!(is, wanted, "{check}: {said:?}");
        assert!(said.unwrap_or_default().contains(why), "{check}");
    }
    let (is, said) = status(&format!(
        "{{check: file-hash, path: p.json, sha256: '{sha}'}}"
    ))
    .await;
    assert_eq!(is, "failed", "{said:?}");
}

#[tokio::test]
async fn where_nobody_can_look_nothing_is_proven() {
    for check in [
        // This world has no programs, and its files have no times.
        "{check: command, run: 'true'}",
        "{check: file-newer, path: p.json, than: look}",
        "{check: http, url: 'http://example.com/'}",
    ] {
        let (is, said) = status(check).await;
        assert_eq!(is, "unproven", "{check}: {said:?}");
        assert!(said.is_some(), "{check}");
    }
}

#[tokio::test]
async fn a_server_in_no_session_does_not_answer() {
    let check = "{check: http, url: 'http://127.0.0.1:1/', session: look}";
    let (is, said) = status(check).await;
    assert_eq!(is, "failed");
    assert!(said.unwrap_or_default().contains("started no session"));
}

const TESTED: &str = r"
venom: 1
name: try-it
title: Try it
utterances: [try the whole thing, try everything out, give it all a try]
steps:
  - id: try
    title: Try
    skill: test
    action: try
    verify: [CHECK]
";

/// Tests of which `t` fails until it ran this often.
async fn tried(until: u32, check: &str) -> (Report, u32) {
    let calls = Arc::new(AtomicU32::new(0));
    let counted = calls.clone();
    let skill = ScriptedSkill::new().action("try", EffectClass::Idempotent, move |call, _| {
        let calls = counted.clone();
        async move {
            let number = calls.fetch_add(1, Ordering::SeqCst) + 1;
            let is_good = number >= until;
            let evidence = if let Some(cases) = call.params.get("cases") {
                assert_eq!(cases, &json!(["t"]));
                let name = |wanted: bool| if wanted { vec!["t".to_owned()] } else { vec![] };
                Evidence::Rerun {
                    passed: name(is_good),
                    failing: name(!is_good),
                }
            } else {
                Evidence::Tests(TestEvidence {
                    passed: 3,
                    failed: u32::from(!is_good),
                    failing: if is_good {
                        vec![]
                    } else {
                        vec!["t".to_owned()]
                    },
                    complete: true,
                    selects: true,
                    ..TestEvidence::default()
                })
            };
            Ok(Output {
                result: json!({}),
                evidence: vec![evidence],
            })
        }
    });
    let disk = Disk::new(&[]);
    let book = TESTED
        .replace("CHECK", check)
        .replace("action: try", "action: try\n    params: {}");
    let (_, _, report) = run(&disk.host(skill, &[&book]), "try the whole thing").await;
    (report, calls.load(Ordering::SeqCst))
}

#[tokio::test]
async fn a_failed_test_runs_again_alone_and_flaky_is_not_broken() {
    let (report, calls) = tried(3, "{check: tests-pass}").await;
    assert_eq!((report.outcome, calls), (Some(Outcome::Succeeded), 3));
    let comparison = report.tests[0].comparison.clone().unwrap();
    assert_eq!(comparison.flaky, ["t"]);
    assert!(comparison.still_failing.is_empty());

    let (report, calls) = tried(3, "{check: tests-pass, flaky: fails}").await;
    assert_eq!((report.outcome, calls), (Some(Outcome::Failed), 3));

    let (report, calls) = tried(4, "{check: tests-pass}").await;
    assert_eq!((report.outcome, calls), (Some(Outcome::Failed), 3));

    let (report, calls) = tried(2, "{check: tests-pass, reruns: 0}").await;
    assert_eq!((report.outcome, calls), (Some(Outcome::Failed), 1));
}
