use crate::confine::Grants;
use serde_json::json;

use super::*;
use crate::confidence::Confidence;
use crate::skill::{ActionManifest, Reach, SkillManifest};
use crate::time::Millis;

fn manifests() -> Manifests {
    let action = |class, writes| ActionManifest {
        summary: String::new(),
        params: json!({}),
        result: json!({}),
        class,
        reach: Reach::Local,
        needs: vec![],
        writes,
        timeout: Millis::from_secs(1),
        typical: Millis::new(5),
        prepares: false,
        verify: Vec::new(),
        grants: Grants::default(),
    };
    Manifests::new([SkillManifest {
        name: "files".into(),
        summary: String::new(),
        actions: [
            (
                "search".to_owned(),
                action(EffectClass::Pure, Writes::Nothing),
            ),
            (
                "write".to_owned(),
                action(EffectClass::Reversible, Writes::Params(vec!["path".into()])),
            ),
        ]
        .into(),
    }])
}

fn book() -> Playbook {
    serde_json::from_value(json!({
        "venom": 1, "name": "todos", "title": "Write TODOs down",
        "utterances": ["write the todos to {out}"],
        "slots": {"out": {"type": "new-path"}},
        "steps": [
            {"id": "find", "title": "Find", "skill": "files", "action": "search", "params": {"q": "TODO"}},
            {"id": "write", "title": "Write ${slot.out}", "skill": "files", "action": "write",
             "params": {"path": "${slot.out}", "items": "${step.find.matches}"},
             "verify": [{"check": "file-exists", "path": "${slot.out}"}]}
        ]
    }))
    .unwrap()
}

fn goal(priority: u16, after: &[u16], out: &str) -> Goal {
    Goal {
        action: "todos".into(),
        text: String::new(),
        params: [("out".to_owned(), json!(out))].into(),
        priority,
        after: after.to_vec(),
        confidence: Confidence::CERTAIN,
        candidates: vec![],
        missing: vec![],
    }
}

#[test]
fn a_goal_fills_the_slots_and_wires_the_steps() {
    let book = book();
    let plan = fill(&[goal(1, &[], "TODO.md")], &|_| Some(&book), &manifests()).unwrap();
    let write = &plan.steps[1];
    assert_eq!(write.title, "Write TODO.md");
    assert_eq!(write.params["path"], "TODO.md");
    assert_eq!(write.params["items"], "${step.find.matches}");
    assert_eq!(write.depends_on, ["find".parse().unwrap()]);
    assert_eq!(write.writes, ["TODO.md"]);
    assert_eq!(
        write.verify,
        [
            Check::ResultFits,
            Check::FileExists {
                path: "TODO.md".into()
            }
        ]
    );
}

#[test]
fn several_goals_share_a_look_and_keep_their_order() {
    let book = book();
    let goals = [goal(1, &[2], "A.md"), goal(2, &[], "B.md")];
    let plan = fill(&goals, &|_| Some(&book), &manifests()).unwrap();
    let shape: Vec<(String, Vec<String>)> = plan
        .steps
        .iter()
        .map(|s| {
            (
                s.id.to_string(),
                s.depends_on.iter().map(ToString::to_string).collect(),
            )
        })
        .collect();
    let words = |list: &[&str]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        shape,
        [
            ("2-find".into(), vec![]),
            ("2-write".into(), words(&["2-find"])),
            ("1-find".into(), words(&["2-write"])),
            ("1-write".into(), words(&["1-find", "2-write"])),
        ]
    );
    assert_eq!(plan.steps[3].params["items"], "${step.1-find.matches}");
    let goals = [goal(1, &[], "A.md"), goal(2, &[], "B.md")];
    let plan = fill(&goals, &|_| Some(&book), &manifests()).unwrap();
    assert_eq!(plan.steps.len(), 3, "one search serves both");
}

#[test]
fn mistakes_are_found_before_anybody_runs_it() {
    let found = |edit: &dyn Fn(&mut Playbook)| {
        let mut book = book();
        edit(&mut book);
        book.check(&manifests())
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(" | ")
    };
    assert_eq!(found(&|_| ()), "");
    assert!(found(&|b| b.venom = 9).contains("this build reads `venom: 1`"));
    assert!(found(&|b| b.name = "My Book".into()).contains("cannot name a playbook"));
    assert!(found(&|b| b.utterances.push("to {where}".into())).contains("slot `where`"));
    assert!(found(&|b| b.slots.clear()).contains("which does not exist"));
    assert!(found(&|b| b.steps[0].action = "boil".into()).contains("no action `boil`"));
    assert!(found(&|b| b.steps[0].params = json!("${step.nope}")).contains("refers to `nope`"));
    assert!(
        found(&|b| b.steps[0].after = vec!["write".parse().unwrap()])
            .contains("wait for each other")
    );
    assert!(found(&|b| b.steps[1].effect = Some(EffectClass::Pure)).contains("calls itself pure"));
}

#[test]
fn a_playbook_that_no_plan_could_hold_is_refused_when_it_is_read() {
    let mut long = book();
    let step = long.steps[0].clone();
    long.steps = (0..=MAX_STEPS)
        .map(|number| StepTemplate {
            id: format!("s{number}").parse().unwrap(),
            ..step.clone()
        })
        .collect();
    let faults: Vec<String> = long
        .check(&manifests())
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        faults,
        ["it has 20001 steps, and a plan has at most 20000; split it into several playbooks"]
    );
}
