use crate::confine::Grants;
use serde_json::json;

use super::*;
use crate::effect::EffectClass;
use crate::plan::Check;
use crate::plan::testing::{plan, step};
use crate::skill::{ActionManifest, Reach, SkillManifest, Writes};
use crate::time::Millis;

fn manifests() -> Manifests {
    let action = ActionManifest {
        summary: "does nothing".into(),
        params: json!({}),
        result: json!({}),
        class: EffectClass::Pure,
        reach: Reach::Local,
        needs: vec![],
        writes: Writes::Nothing,
        timeout: Millis::from_secs(1),
        typical: Millis::new(1),
        prepares: false,
        verify: Vec::new(),
        grants: Grants::default(),
    };
    let risky = ActionManifest {
        class: EffectClass::Irreversible,
        ..action.clone()
    };
    Manifests::new([SkillManifest {
        name: "test".into(),
        summary: "for tests".into(),
        actions: [("nothing".into(), action), ("risky".into(), risky)].into(),
    }])
}

fn faults(plan: &Plan) -> Vec<String> {
    let manifests = manifests();
    let facts = Facts {
        manifests: &manifests,
        has: &|need| !matches!(need, Need::Model),
        misfits: &|_, _, params| {
            if params.get("bad").is_some() {
                vec!["`bad` is not known".into()]
            } else {
                vec![]
            }
        },
    };
    match validate(plan, &facts) {
        Ok(_) => vec![],
        Err(faults) => faults.iter().map(ToString::to_string).collect(),
    }
}

fn one_fault(plan: &Plan, part: &str) {
    let found = faults(plan);
    assert!(
        found.len() == 1 && found[0].contains(part),
        "{part}: {found:?}"
    );
}

#[test]
fn a_good_plan_has_no_faults() {
    let mut second = step("b", 1, &["a"]);
    second.params = json!({"from": "${step.a.x}"});
    assert_eq!(
        faults(&plan(&[step("a", 1, &[]), second])),
        Vec::<String>::new()
    );
}

#[test]
fn every_fault_says_what_would_make_it_right() {
    one_fault(&Plan::default(), "has no step; add at least one");
    one_fault(
        &plan(&[step("a", 1, &["b"]), step("b", 1, &["a"])]),
        "wait for each other; remove",
    );
    one_fault(
        &plan(&[step("a", 1, &["x"])]),
        "waits for `x`, which does not exist",
    );
    one_fault(
        &plan(&[step("a", 1, &[]), step("a", 1, &[])]),
        "its name is taken",
    );

    let change = |edit: &dyn Fn(&mut crate::plan::Step)| {
        let mut step = step("a", 1, &[]);
        edit(&mut step);
        plan(&[step])
    };
    one_fault(
        &change(&|s| s.skill = "cook".into()),
        "no skill `cook`; use one of test",
    );
    one_fault(
        &change(&|s| s.action = "boil".into()),
        "no action `boil`; use one of nothing, risky",
    );
    one_fault(
        &change(&|s| s.action = "risky".into()),
        "calls itself pure, but the action is",
    );
    one_fault(
        &change(&|s| s.params = json!({"bad": 1})),
        "`bad` is not known; see `venom skills",
    );
    one_fault(
        &change(&|s| s.params = json!({"x": "${oops}"})),
        "is not a reference",
    );
    one_fault(
        &change(&|s| s.needs = vec![Need::Model]),
        "needs a model, which is not there; configure",
    );
    one_fault(
        &change(&|s| {
            s.verify = vec![Check::TestsNotWorse {
                flaky: crate::plan::Flaky::Tolerated,
                reruns: None,
                than: "z".parse().unwrap(),
            }];
        }),
        "names `z`, which does not exist",
    );
}

#[test]
fn an_optional_step_may_need_what_is_not_there() {
    let mut dream = step("a", 1, &[]);
    dream.needs = vec![Need::Model];
    dream.optional = true;
    assert_eq!(faults(&plan(&[dream])), Vec::<String>::new());
}

#[test]
fn reading_a_result_needs_a_dependency() {
    let mut reader = step("b", 1, &[]);
    reader.params = json!("${step.a.x}");
    let found = faults(&plan(&[step("a", 1, &[]), reader]));
    assert_eq!(
        found,
        ["step `b`: it reads from `a` without waiting for it; add `a` to `after`"]
    );
}

#[test]
fn an_endless_plan_is_refused_at_once() {
    let many: Vec<_> = (0..=MAX_STEPS)
        .map(|n| step(&format!("s{n}"), 1, &[]))
        .collect();
    one_fault(&plan(&many), "has 20001 steps");
}
