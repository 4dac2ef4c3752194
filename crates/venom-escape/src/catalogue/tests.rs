use std::collections::{BTreeMap, BTreeSet};

use super::{all, process_name};

#[test]
fn ids_are_unique_and_plain() {
    let mut seen = BTreeSet::new();
    for probe in all() {
        assert!(seen.insert(probe.id), "{} stands twice", probe.id);
        let is_plain = probe
            .id
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        assert!(is_plain, "{} is not a plain word", probe.id);
        assert!(!probe.tries.is_empty(), "{} says nothing", probe.id);
    }
}

#[test]
fn every_wall_is_tried() {
    let mut groups = BTreeMap::new();
    for probe in all() {
        *groups.entry(probe.group).or_insert(0) += 1;
    }
    assert_eq!(groups.len(), 9);
    assert!(all().len() >= 80, "only {} probes", all().len());
}

#[test]
fn names_of_processes_fit_the_kernel() {
    for probe in all() {
        // The kernel keeps 15 bytes.
        assert!(process_name("ve012345-", probe.id).len() <= 15);
    }
}
