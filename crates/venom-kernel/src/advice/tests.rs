use super::*;
use crate::money::MicroUsd;
use crate::plan::{Expected, Quote};

fn proposal(number: u8, covers: u16, cost: u64, faults: &[&str]) -> (Considered, Option<Plan>) {
    let is_sound = faults.is_empty();
    let considered = Considered {
        number,
        repaired: false,
        steps: 3,
        covers,
        quote: is_sound.then(|| Quote {
            expected: Expected {
                cost_p50: MicroUsd::new(cost),
                ..Expected::default()
            },
            ..Quote::default()
        }),
        faults: faults.iter().map(|fault| (*fault).to_owned()).collect(),
        is_chosen: false,
    };
    (considered, is_sound.then(Plan::default))
}

#[test]
fn the_best_can_be_run_covers_most_and_costs_least() {
    let chosen = |proposals: &[(Considered, Option<Plan>)]| {
        best(proposals).map(|position| proposals[position].0.number)
    };
    assert_eq!(chosen(&[]), None);
    assert_eq!(chosen(&[proposal(1, 9, 1, &["a cycle"])]), None);
    let dear = proposal(1, 3, 900, &[]);
    let cheap = proposal(2, 2, 10, &[]);
    let broken = proposal(3, 9, 1, &["a cycle"]);
    assert_eq!(chosen(&[broken, cheap.clone(), dear.clone()]), Some(1));
    let cheaper = proposal(4, 3, 800, &[]);
    assert_eq!(chosen(&[dear.clone(), cheaper, cheap]), Some(4));
    let equal = proposal(5, 3, 900, &[]);
    assert_eq!(chosen(&[equal, dear]), Some(1), "the first of equals");
}

#[test]
fn the_name_in_the_place_of_a_step_is_one() {
    assert!(step().is_some());
}
