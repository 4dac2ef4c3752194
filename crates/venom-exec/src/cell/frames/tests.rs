use proptest::prelude::*;

use super::*;

proptest! {
    /// Whoever talks from a container may say anything.
    #[test]
    fn reports_of_chance_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = report(&bytes);
    }

    #[test]
    fn reports_with_a_true_beginning_too(
        kind in 0_u8..12,
        count in prop_oneof![Just(u64::MAX), Just(1 << 40), 0_u64..300],
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        let mut frame = vec![kind];
        frame.extend(count.to_le_bytes());
        frame.extend(bytes);
        let _ = report(&frame);
    }
}

#[test]
fn programs_arrive_as_they_were_sent() {
    let sent = vec!["/bin/sh".into(), "/usr/bin/\u{fc}".into()];
    let Ok(Report::Programs(arrived)) = report(&programs(&sent)) else {
        panic!("another report");
    };
    assert_eq!(arrived, sent);
}
