use super::*;
use crate::event::Outcome;

fn started() -> Event {
    serde_json::from_str(
        r#"{"type":"RunStarted","data":{"goal":"g","workspace":{"root":"/w"},"options":{"max_parallel":1},"version":"1","digests":{}}}"#,
    )
    .unwrap()
}

fn by() -> String {
    "user".to_owned()
}

fn back(to: u64, part: StatePart) -> Event {
    Event::StateRewound {
        to: Seq::new(to),
        part,
        by: by(),
    }
}

#[test]
fn the_state_is_what_it_was_and_the_position_is_not() {
    let mut state = RunState::fold([&started(), &Event::RunCancelled { by: by() }]).unwrap();
    state
        .evolve(&Event::RunFinished {
            outcome: Outcome::Cancelled,
        })
        .unwrap();
    state.evolve(&back(1, StatePart::All)).unwrap();
    assert_eq!(state.phase(), Phase::Understanding);
    assert!(state.is_paused() && state.outcome().is_none());
    assert_eq!(state.seq(), Seq::new(4));
    // And back again to before: it had ended.
    state.evolve(&back(3, StatePart::All)).unwrap();
    assert_eq!(state.outcome(), Some(&Outcome::Cancelled));
    assert!(!state.is_paused());
    assert_eq!(state.seq(), Seq::new(5));
}

#[test]
fn what_makes_no_sense_changes_nothing() {
    let mut state = RunState::fold([&started()]).unwrap();
    let before = state.clone();
    for event in [
        back(0, StatePart::All),
        back(2, StatePart::All),
        back(9, StatePart::All),
        back(1, StatePart::Plan),
    ] {
        assert!(state.evolve(&event).is_err(), "{event:?}");
        assert_eq!(state, before);
    }
}

#[test]
fn a_long_past_is_let_go_of_without_a_deep_stack() {
    let mut past = Past::default();
    let event = Event::RunPaused { by: by() };
    for number in 1..=200_000 {
        past.add(&event, Seq::new(number));
    }
    let shared = past.clone();
    drop(past);
    assert_eq!(shared.up_to(Seq::new(3)).len(), 3);
    drop(shared);
}
