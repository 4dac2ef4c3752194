use super::*;

fn with(crowd: &Crowd, count: usize) -> Vec<OwnedSemaphorePermit> {
    (0..count).filter_map(|_| crowd.enter()).collect()
}

#[test]
fn a_crowd_that_has_gone_is_told_once_and_a_few_are_none() {
    let crowd = Crowd::new(100);
    drop(with(&crowd, CROWD - 1));
    assert!(!crowd.has_gone(), "a few are no crowd");

    let mut here = with(&crowd, 80);
    assert!(!crowd.has_gone(), "all are here");
    here.truncate(40);
    assert!(!crowd.has_gone(), "half are here");
    here.truncate(39);
    assert!(crowd.has_gone());
    assert!(!crowd.has_gone(), "it was told");
    drop(here);
    assert!(crowd.has_gone(), "those who had stayed were a crowd too");
    assert!(!crowd.has_gone());
}

#[test]
fn there_are_no_more_places_than_there_are() {
    let crowd = Crowd::new(2);
    let here = with(&crowd, 3);
    assert_eq!(here.len(), 2);
    drop(here);
    assert_eq!(with(&crowd, 3).len(), 2);
}
