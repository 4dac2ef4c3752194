use super::*;
use crate::plan::testing::{plan, step};

fn ids(plan: &Plan, positions: &[usize]) -> Vec<String> {
    positions
        .iter()
        .map(|p| plan.steps[*p].id.to_string())
        .collect()
}

#[test]
fn levels_and_critical_path_follow_the_dependencies() {
    let plan = plan(&[
        step("a", 10, &[]),
        step("b", 50, &[]),
        step("c", 10, &["a", "b"]),
        step("d", 5, &["a"]),
    ]);
    let graph = Graph::new(&plan).unwrap();
    let levels: Vec<_> = graph.levels().iter().map(|l| ids(&plan, l)).collect();
    assert_eq!(levels, [vec!["a", "b"], vec!["c", "d"]]);
    assert_eq!(ids(&plan, &graph.critical_path()), ["b", "c"]);
    assert_eq!(graph.critical_time(), Millis::new(60));
    assert!(graph.reaches(0, 2) && !graph.reaches(2, 0) && !graph.reaches(1, 3));
}

#[test]
fn a_circle_is_named_in_its_order() {
    let plan = plan(&[
        step("x", 1, &["z"]),
        step("y", 1, &["x"]),
        step("z", 1, &["y"]),
        step("free", 1, &[]),
        step("behind", 1, &["z"]),
    ]);
    let Cycle(circle) = Graph::new(&plan).unwrap_err();
    let mut names: Vec<String> = circle.iter().map(ToString::to_string).collect();
    names.sort();
    assert_eq!(names, ["x", "y", "z"]);
    let cycle = Graph::new(&super::super::testing::plan(&[step("me", 1, &["me"])])).unwrap_err();
    assert_eq!(cycle.to_string(), "the steps `me` wait for each other");
}

#[test]
fn an_empty_plan_has_an_empty_shape() {
    let graph = Graph::new(&Plan::default()).unwrap();
    assert!(graph.is_empty() && graph.levels().is_empty() && graph.critical_path().is_empty());
}
