//! Only what is known to be dead is dead.

use super::*;

#[test]
fn this_process_is_alive_and_reads_its_own_name() {
    let me = Owner::this_process();
    assert_eq!(Owner::parse(&me.to_string()), Some(me.clone()));
    assert!(!me.knows_dead(&me.to_string()));
}

#[test]
fn another_start_is_another_process() {
    let me = Owner::this_process();
    let earlier = Owner {
        start: me.start.wrapping_add(1),
        ..me.clone()
    };
    assert!(me.knows_dead(&earlier.to_string()));
}

#[test]
fn another_boot_is_dead_and_another_host_is_unknown() {
    let me = Owner::this_process();
    let before = Owner {
        boot: "other".to_owned(),
        ..me.clone()
    };
    let elsewhere = Owner {
        host: "other".to_owned(),
        ..me.clone()
    };
    assert!(me.knows_dead(&before.to_string()));
    assert!(!me.knows_dead(&elsewhere.to_string()));
    assert!(!me.knows_dead("somebody"));
}
