use super::{Budget, Spent};

#[test]
fn what_does_not_fit_takes_the_rest() {
    let budget = Budget::new(10, 2);
    assert_eq!(budget.take_bytes(10), Ok(()));
    let budget = Budget::new(10, 2);
    assert_eq!(budget.take_bytes(11), Err(Spent::Bytes));
    assert_eq!(budget.take_bytes(1), Err(Spent::Bytes));
    assert_eq!(budget.take_request(), Ok(()));
    assert_eq!(budget.take_request(), Ok(()));
    assert_eq!(budget.take_request(), Err(Spent::Requests));
}

#[test]
fn one_is_told() {
    let budget = Budget::new(1, 1);
    assert!(budget.is_first_to_tell());
    assert!(!budget.is_first_to_tell());
}
