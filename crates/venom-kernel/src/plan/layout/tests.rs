use std::collections::BTreeSet;

use proptest::prelude::*;

use super::super::graph::Graph;
use super::super::testing::{plan, step};
use super::Layout;
use super::picture::{Direction, Glyphs, Picture};

fn drawn(steps: &[(&str, &[&str])], direction: Direction, glyphs: Glyphs) -> String {
    let steps: Vec<_> = steps.iter().map(|(id, on)| step(id, 1, on)).collect();
    let plan = plan(&steps);
    let layout = Layout::new(&Graph::new(&plan).unwrap());
    let name = |step: usize| plan.steps[step].id.to_string();
    Picture::new(&layout, direction, |step| name(step).len()).text(glyphs, name)
}

fn across(steps: &[(&str, &[&str])], expected: &str) {
    let text = drawn(steps, Direction::Across, Glyphs::Boxes);
    assert_eq!(text, expected, "drawn:\n{text}");
}

fn down(steps: &[(&str, &[&str])], expected: &str) {
    let text = drawn(steps, Direction::Down, Glyphs::Boxes);
    assert_eq!(text, expected, "drawn:\n{text}");
}

#[test]
fn nothing_is_drawn_of_no_plan() {
    across(&[], "");
}

#[test]
fn a_chain_is_a_line() {
    across(
        &[("look", &[]), ("fix", &["look"]), ("test", &["fix"])],
        "look ── fix ── test\n",
    );
    down(
        &[("look", &[]), ("fix", &["look"]), ("test", &["fix"])],
        "look\n│\nfix\n│\ntest\n",
    );
}

const DIAMOND: &[(&str, &[&str])] = &[
    ("look", &[]),
    ("rust", &["look"]),
    ("python", &["look"]),
    ("go", &["look"]),
    ("report", &["rust", "python", "go"]),
];

#[test]
fn what_parts_comes_together_again() {
    across(
        DIAMOND,
        "look ─┬─ rust ───╮\n      ├─ python ─┼─ report\n      ╰─ go ─────╯\n",
    );
    down(
        DIAMOND,
        "look\n├─────┬───────╮\nrust  python  go\n╰─────┼───────╯\n      report\n",
    );
}

#[test]
fn lines_can_be_drawn_with_characters_of_every_terminal() {
    let text = drawn(DIAMOND, Direction::Across, Glyphs::Ascii);
    assert!(text.is_ascii(), "{text}");
    assert!(text.contains("look -+- rust"), "{text}");
}

#[test]
fn a_dependency_that_follows_from_others_is_not_drawn() {
    across(
        &[("a", &[]), ("b", &["a"]), ("c", &["a", "b"])],
        "a ── b ── c\n",
    );
}

#[test]
fn lines_that_pass_each_other_are_told_from_lines_that_meet() {
    // Each of three waits for another pair of three: two lines cross however the rows are put.
    let steps = [
        step("a", 1, &[]),
        step("b", 1, &[]),
        step("c", 1, &[]),
        step("x", 1, &["a", "b"]),
        step("y", 1, &["b", "c"]),
        step("z", 1, &["a", "c"]),
    ];
    let plan = plan(&steps);
    let layout = Layout::new(&Graph::new(&plan).unwrap());
    let picture = Picture::new(&layout, Direction::Across, |_| 1);
    let text = picture.text(Glyphs::Boxes, |step| plan.steps[step].id.to_string());
    assert!(
        picture.strokes().any(|(_, _, stroke)| stroke.is_bridge()),
        "{text}"
    );
    assert!(
        reached(&picture, 0).is_superset(&BTreeSet::from([3, 5])),
        "{text}"
    );
}

/// Follows the lines from the end of a label; returns the steps that it comes to, going forth only.
fn reached(picture: &Picture, step: usize) -> BTreeSet<usize> {
    let label = picture
        .labels
        .iter()
        .find(|label| label.step == step)
        .unwrap();
    let mut seen = BTreeSet::new();
    let mut found = BTreeSet::new();
    // Coming to a character from one of its sides: left, right, up, down.
    let mut open = vec![(label.x + label.width + 1, label.y, 0_usize)];
    while let Some((x, y, side)) = open.pop() {
        if let Some(label) = picture
            .labels
            .iter()
            .find(|label| label.y == y && (label.x..label.x + label.width).contains(&x))
        {
            if side == 0 {
                found.insert(label.step);
            }
            continue;
        }
        let Some(stroke) = picture.stroke(x, y) else {
            // A blank stands before a name.
            if picture
                .labels
                .iter()
                .any(|label| (label.x, label.y) == (x + 1, y))
            {
                open.push((x + 1, y, 0));
            }
            continue;
        };
        let axis = side / 2;
        if !seen.insert((x, y, axis)) {
            continue;
        }
        for (out, leads) in stroke.sides().into_iter().enumerate() {
            let turns = out / 2 != axis;
            if !leads || out == side || (stroke.is_bridge() && turns) {
                continue;
            }
            match out {
                // Lines are read forth: nobody goes back to where another step's line came from.
                0 => {}
                1 => open.push((x + 1, y, 0)),
                2 => open.push((x, y.wrapping_sub(1), 3)),
                _ => open.push((x, y + 1, 2)),
            }
        }
    }
    found
}

proptest! {
    #[test]
    fn every_plan_can_be_drawn_and_read(edges in prop::collection::vec((0_usize..14, 0_usize..14), 0..40), count in 1_usize..14) {
        let names: Vec<String> = (0..count).map(|n| format!("s{n}")).collect();
        let steps: Vec<_> = (0..count)
            .map(|n| {
                let on: BTreeSet<&str> = edges
                    .iter()
                    .filter(|(from, to)| *to == n && from < to)
                    .map(|(from, _)| names[*from].as_str())
                    .collect();
                step(&names[n], 1, &on.into_iter().collect::<Vec<_>>())
            })
            .collect();
        let plan = plan(&steps);
        let graph = Graph::new(&plan).unwrap();
        let layout = Layout::new(&graph);
        let places: BTreeSet<_> = layout.knots().iter().map(|knot| (knot.column, knot.row)).collect();
        prop_assert_eq!(places.len(), layout.knots().len(), "two stand in one place");
        for direction in [Direction::Across, Direction::Down] {
            let picture = Picture::new(&layout, direction, |step| names[step].len());
            prop_assert_eq!(picture.labels.len(), count);
            for label in &picture.labels {
                for x in label.x..label.x + label.width {
                    prop_assert!(picture.stroke(x, label.y).is_none(), "a line goes through a name");
                }
            }
        }
        let picture = Picture::new(&layout, Direction::Across, |step| names[step].len());
        for from in 0..count {
            let found = reached(&picture, from);
            // Whoever waits can be found from what it waits for, through other steps or by a line.
            for to in super::needed(&graph)[from].clone() {
                prop_assert!(found.contains(&to), "no line from s{from} to s{to}:\n{}", picture.text(Glyphs::Boxes, |step| names[step].clone()));
            }
        }
    }
}
