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
    assert!(of(Became::Wrong) <= 0, "{count:?}\n{told}");
    assert!(of(Became::Right) >= 400, "{count:?}\n{told}");
}
