use super::*;

fn goal(priority: u16, thousandths: u16) -> Goal {
    Goal {
        action: "run-tests".into(),
        text: "run the tests".into(),
        params: BTreeMap::new(),
        priority,
        after: vec![],
        confidence: Confidence::from_thousandths(thousandths),
        candidates: vec![Candidate {
            action: "run-tests".into(),
            title: "Run the tests".into(),
            confidence: Confidence::from_thousandths(thousandths),
        }],
        missing: vec![],
    }
}

fn intent(goals: Vec<Goal>) -> Intent {
    Intent {
        name: "x".into(),
        confidence: Confidence::CERTAIN,
        goals,
        target: None,
        constraints: vec![],
        targets: vec![],
        remembered: vec![],
        learned: None,
    }
}

fn keys(understanding: &Understanding) -> Vec<&str> {
    match understanding {
        Understanding::Unsure(questions) => questions.iter().map(|q| q.key.as_str()).collect(),
        Understanding::Clear | Understanding::OutOfScope => vec![],
    }
}

#[test]
fn eight_tenths_is_enough_and_less_is_asked() {
    assert_eq!(
        intent(vec![goal(1, 800)]).understanding(0, &BTreeSet::new()),
        Understanding::Clear
    );
    let unsure = intent(vec![goal(1, 799)]).understanding(0, &BTreeSet::new());
    assert_eq!(keys(&unsure), ["goal.1.action"]);
}

#[test]
fn a_missing_slot_is_asked_with_its_choices() {
    let mut sure = goal(2, 900);
    sure.missing.push(MissingSlot {
        said: None,
        slot: "module".into(),
        question: "Which module?".into(),
        choices: vec![],
    });
    assert_eq!(
        keys(&intent(vec![sure]).understanding(0, &BTreeSet::new())),
        ["goal.2.slot.module"]
    );
}

#[test]
fn never_more_than_three_questions() {
    let goals: Vec<Goal> = (1..=6).map(|n| goal(n, 500)).collect();
    assert_eq!(
        keys(&intent(goals.clone()).understanding(0, &BTreeSet::new())).len(),
        3
    );
    assert_eq!(
        keys(&intent(goals.clone()).understanding(2, &BTreeSet::new())).len(),
        1
    );
    assert_eq!(
        intent(goals).understanding(3, &BTreeSet::new()),
        Understanding::Unsure(vec![])
    );
}

#[test]
fn nothing_understood_is_out_of_scope() {
    assert_eq!(
        intent(vec![]).understanding(0, &BTreeSet::new()),
        Understanding::OutOfScope
    );
    let mut nothing = goal(1, 100);
    nothing.action.clear();
    nothing.candidates.clear();
    assert_eq!(
        intent(vec![nothing]).understanding(0, &BTreeSet::new()),
        Understanding::OutOfScope
    );
}
