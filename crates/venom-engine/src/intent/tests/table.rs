//! A table of goals as developers type them: how many are understood, asked about with the right choice
//! first, or done although something else was meant.

use super::*;

const GOALS: &str = include_str!("goals.txt");

/// What became of a goal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Became {
    /// It is understood, or it is said that nothing does it.
    Right,
    /// Somebody is asked, and the first choice is the right one.
    Asked,
    /// Somebody is asked, and the first choice is a wrong one.
    AskedWrongly,
    /// Something else would be done.
    Wrong,
}

fn judged(reader: &Reader, expected: &str, goal: &str) -> (Became, String) {
    let intent = reader.read(goal);
    let is_sure = !intent.goals.is_empty()
        && intent
            .goals
            .iter()
            .all(|goal| !goal.action.is_empty() && goal.confidence.is_enough());
    let got = actions(&intent).join("+");
    let shown: Vec<String> = intent
        .goals
        .iter()
        .map(|g| {
            format!(
                "{} {} {:?} missing {:?}",
                g.action, g.confidence, g.params, g.missing
            )
        })
        .collect();
    let became = match (is_sure, got == expected) {
        (true, true) => Became::Right,
        (false, _) if expected == "-" => Became::Right,
        (true, false) => Became::Wrong,
        (false, true) => Became::Asked,
        (false, false) => Became::AskedWrongly,
    };
    (
        became,
        format!("{became:?}: {goal} -> {}", shown.join("; ")),
    )
}

/// Floors a little below what was measured, so that a change that understands less is seen.
#[test]
fn most_goals_are_understood_and_next_to_none_is_taken_for_another() {
    let reader = Reader::new();
    let mut count = BTreeMap::new();
    let mut told = Vec::new();
    let goals = GOALS
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(" | "));
    for (expected, goal) in goals {
        let (became, line) = judged(&reader, expected, goal);
        *count.entry(became).or_insert(0_usize) += 1;
        if became != Became::Right {
            told.push(format!("{expected}: {line}"));
        }
    }
    told.sort();
    let of = |became| count.get(&became).copied().unwrap_or_default();
    let all: usize = count.values().sum();
    let told = told.join("\n");
    assert!(all >= 180, "{all}");
    assert!(of(Became::Wrong) <= 1, "{count:?}\n{told}");
    assert!(of(Became::Right) >= 170, "{count:?}\n{told}");
    assert!(of(Became::AskedWrongly) <= 4, "{count:?}\n{told}");
}

/// What the only goal of a sentence knows, which must be understood.
fn known(reader: &Reader, goal: &str, action: &str) -> BTreeMap<String, serde_json::Value> {
    let intent = reader.read(goal);
    assert_eq!(actions(&intent), [action], "{goal}");
    assert_eq!(
        intent.understanding(0, &std::collections::BTreeSet::new()),
        Understanding::Clear,
        "{goal}: {intent:?}"
    );
    intent.goals[0].params.clone()
}

/// What is asked about the only goal of a sentence.
fn asked(reader: &Reader, goal: &str) -> String {
    let intent = reader.read(goal);
    let Understanding::Unsure(questions) =
        intent.understanding(0, &std::collections::BTreeSet::new())
    else {
        panic!("{goal}: {intent:?}")
    };
    questions
        .iter()
        .map(|question| question.text.as_str())
        .collect()
}

#[test]
fn a_quoted_text_ends_at_its_closing_quote() {
    let reader = Reader::new();
    let intent = reader.read("commit with the message \"Add a cart\" and tag v1");
    assert_eq!(actions(&intent), ["commit", "tag"]);
    assert_eq!(intent.goals[0].params["message"], json!("Add a cart"));
    assert_eq!(intent.goals[1].params["version"], json!("v1"));
    for goal in [
        "commit with \"Say and mean it\"",
        "commit -m \"Say and mean it\"",
        "commit with the message 'Say and mean it' please",
        "git commit -m \"Say and mean it\"",
    ] {
        let params = known(&reader, goal, "commit");
        assert_eq!(params["message"], json!("Say and mean it"), "{goal}");
    }
}

#[test]
fn words_about_a_message_are_no_message() {
    let reader = Reader::new();
    for goal in [
        "commit with a good message",
        "commit my changes with a proper message please",
    ] {
        let params = known(&reader, goal, "commit");
        assert_eq!(params["message"], serde_json::Value::Null, "{goal}");
    }
    assert_eq!(
        known(&reader, "commit as wip", "commit")["message"],
        json!("wip")
    );
}

#[test]
fn what_one_slot_has_taken_is_no_place_to_work_in() {
    let reader = Reader::new();
    for (old, new) in [
        ("auth", "identity"),
        ("README.md", "GUIDE.md"),
        ("\"shop/cart.py\"", "\"shop/basket.py\""),
        ("`docs`", "`manual`"),
    ] {
        let goal = format!("replace {old} with {new}");
        let params = known(&reader, &goal, "replace");
        assert_eq!(params["path"], json!("."), "{goal}: {params:?}");
    }
    let params = known(
        &reader,
        "replace \"auth\" with \"identity\" in docs",
        "replace",
    );
    assert_eq!(params["path"], json!("docs"));
}

#[test]
fn words_that_would_be_dropped_are_asked_about() {
    let reader = Reader::new();
    let said = asked(&reader, "what changed since yesterday");
    assert!(said.contains("\"yesterday\" is no version"), "{said}");
    for goal in [
        "what changed since the last tag",
        "what has changed since the last release",
    ] {
        let params = known(&reader, goal, "changes-since");
        assert_eq!(params["version"], serde_json::Value::Null, "{goal}");
    }
    let params = known(&reader, "tag abc1234 as v1", "tag");
    assert_eq!(params["version"], json!("v1"));
    assert_eq!(params["commit"], json!("abc1234"));
    let params = known(&reader, "tag this commit as v1.2.0", "tag");
    assert_eq!(params["version"], json!("v1.2.0"));
    assert_eq!(params["commit"], serde_json::Value::Null);
}

#[test]
fn a_name_is_what_stands_behind_its_kind_and_before_its_parentheses() {
    let reader = Reader::new();
    for (goal, from, to) in [
        ("rename class Cart to Basket", "Cart", "Basket"),
        ("rename total() to grand_total()", "total", "grand_total"),
        (
            "rename the variable total to sum_total",
            "total",
            "sum_total",
        ),
        (
            "rename method Cart.total to Cart.sum",
            "Cart.total",
            "Cart.sum",
        ),
    ] {
        let params = known(&reader, goal, "rename");
        assert_eq!(params["from"], json!(from), "{goal}");
        assert_eq!(params["to"], json!(to), "{goal}");
    }
}

#[test]
fn what_changes_something_is_not_done_for_another_verb() {
    let reader = Reader::new();
    let intent = reader.read("show my uncommitted changes");
    assert_eq!(actions(&intent), ["show-changes"]);
    for goal in ["show my commits", "list my branches", "describe my stash"] {
        let intent = reader.read(goal);
        let changes = ["commit", "branch", "stash", "unstash", "merge", "tag"];
        let acts =
            intent.understanding(0, &std::collections::BTreeSet::new()) == Understanding::Clear;
        let is_change = actions(&intent)
            .iter()
            .any(|action| changes.contains(action));
        assert!(!(acts && is_change), "{goal}: {intent:?}");
    }
}
