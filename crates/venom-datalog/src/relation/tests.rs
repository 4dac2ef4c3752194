use super::{NONE, Relation, State};

#[test]
fn rows_are_held_once_and_found_by_columns() {
    let mut relation = Relation::new(2);
    let index = relation.index(&[1]);
    for number in 0..1_000 {
        assert_eq!(relation.insert(&[number, number % 7]), (number, true));
        assert_eq!(relation.insert(&[number, number % 7]), (number, false));
    }
    relation.catch_up();
    let mut row = relation.newest(index, &[3]);
    let mut seen = Vec::new();
    while row != NONE {
        seen.push(row);
        row = relation.older(index, row);
    }
    let expected: Vec<u32> = (0..1_000).rev().filter(|row| row % 7 == 3).collect();
    assert_eq!(seen, expected);
    assert_eq!(relation.newest(index, &[7]), NONE);
}

#[test]
fn a_row_that_went_can_come_again() {
    let mut relation = Relation::new(1);
    relation.insert(&[5]);
    relation.set_state(0, State::Ghost);
    assert_eq!(relation.find(&[5]), None);
    assert_eq!(
        relation.find_where(&[5], |state| state != State::Dead),
        Some(0)
    );
    assert_eq!(relation.insert(&[5]), (1, true));
    assert_eq!(relation.live(), 1);
    assert_eq!(relation.retain(|row| row == 1), [NONE, 0]);
    assert_eq!(relation.find(&[5]), None, "not entered yet");
    relation.catch_up();
    assert_eq!(relation.find(&[5]), Some(0));
}

#[test]
fn a_fact_without_values_is_there_or_not() {
    let mut relation = Relation::new(0);
    assert_eq!(relation.find(&[]), None);
    assert_eq!(relation.insert(&[]), (0, true));
    assert_eq!(relation.insert(&[]), (0, false));
    assert_eq!(relation.find(&[]), Some(0));
}

#[test]
fn rows_known_to_be_new_are_entered_later() {
    let mut relation = Relation::new(1);
    for number in 0..100 {
        relation.push(&[number]);
    }
    assert_eq!(relation.insert(&[50]), (50, false));
    relation.truncate(20);
    relation.catch_up();
    assert_eq!(relation.find(&[50]), None);
    assert_eq!(relation.find(&[19]), Some(19));
}
