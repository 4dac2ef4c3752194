use super::*;
use crate::plan::testing::{plan, step};

fn makespan_of(plan: &Plan, parallel: u16) -> u64 {
    makespan(plan, &Graph::new(plan).unwrap(), parallel, |e| e.p50).get()
}

#[test]
fn independent_steps_overlap_as_far_as_workers_reach() {
    let plan = plan(&[
        step("a", 30, &[]),
        step("b", 20, &[]),
        step("c", 10, &["b"]),
    ]);
    assert_eq!(makespan_of(&plan, 1), 60);
    assert_eq!(makespan_of(&plan, 2), 30);
    assert_eq!(makespan_of(&plan, 0), 60, "at least one worker");
}

#[test]
fn steps_that_write_the_same_files_do_not_overlap() {
    let mut one = step("a", 30, &[]);
    let mut two = step("b", 20, &[]);
    one.writes = vec!["src/**".into()];
    two.writes = vec!["src/lib.rs".into()];
    assert_eq!(makespan_of(&plan(&[one, two]), 8), 50);
}

#[test]
fn the_quote_counts_what_cannot_be_taken_back() {
    let mut push = step("push", 10, &["a"]);
    push.class = EffectClass::Irreversible;
    let plan = plan(&[step("a", 10, &[]), push]);
    let quote = quote(&plan, &Graph::new(&plan).unwrap(), 4);
    assert_eq!((quote.steps, quote.irreversible), (2, 1));
    assert_eq!(quote.expected.p50, Millis::new(20));
    assert_eq!(quote.expected.p90, Millis::new(40));
    assert_eq!(quote.critical_path, Millis::new(20));
}
