use super::{Need, Needs};

#[test]
fn what_is_needed_comes_first() {
    let mut needs = Needs::new(5);
    needs.add(0, 1, Need::Facts);
    needs.add(1, 0, Need::Facts);
    needs.add(1, 2, Need::Whole);
    needs.add(3, 0, Need::Whole);
    let strata = needs.strata().expect("no cycle");
    let place = |predicate| strata.iter().position(|group| group.contains(&predicate));
    assert!(place(2) < place(0));
    assert_eq!(place(0), place(1));
    assert!(place(0) < place(3));
}

#[test]
fn a_cycle_is_named() {
    let mut needs = Needs::new(3);
    needs.add(0, 1, Need::Facts);
    needs.add(1, 2, Need::Whole);
    needs.add(2, 0, Need::Facts);
    let cycle = needs.strata().expect_err("a cycle");
    assert_eq!(
        cycle,
        [(1, Need::Whole), (2, Need::Facts), (0, Need::Facts)]
    );
}

#[test]
fn a_long_chain_takes_no_stack() {
    let mut needs = Needs::new(200_000);
    for predicate in 1..200_000 {
        needs.add(predicate - 1, predicate, Need::Facts);
    }
    assert_eq!(needs.strata().expect("no cycle").len(), 200_000);
}
