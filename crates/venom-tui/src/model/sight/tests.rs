use super::Sight;
use venom_kernel::id::{RunId, Seq};

#[test]
fn a_run_without_events_has_a_beginning_only() {
    let mut sight = Sight::new(RunId::new(1, 1));
    sight.go(7);
    assert_eq!(
        (sight.position(), sight.seq(), sight.is_past()),
        (0, Seq::ZERO, false)
    );
    assert!(sight.event().is_none() && sight.asks().is_empty());
}

#[test]
fn lines_of_progress_do_not_grow_without_bound() {
    let mut sight = Sight::new(RunId::new(1, 1));
    for _ in 0..2_000 {
        sight.say("a".into(), "x".repeat(1 << 16));
    }
    assert!(sight.said.len() <= super::SAID);
    assert!(sight.said.iter().all(|(_, line)| line.len() <= 4_096));
}
