//! Every way to end has one row, and no two rows share a code.

use std::collections::BTreeSet;

use super::*;

#[test]
fn codes_and_names_are_unique() {
    let codes: BTreeSet<u8> = TABLE.iter().map(|row| row.code).collect();
    let names: BTreeSet<&str> = TABLE.iter().map(|row| row.name).collect();
    assert_eq!((codes.len(), names.len()), (TABLE.len(), TABLE.len()));
}

#[test]
fn the_contract() {
    let codes: Vec<(u8, &str)> = TABLE.iter().map(|row| (row.code, row.name)).collect();
    assert_eq!(
        codes,
        [
            (0, "ok"),
            (1, "failed"),
            (2, "usage"),
            (3, "config"),
            (4, "auth"),
            (5, "denied"),
            (6, "approval-needed"),
            (7, "budget"),
            (8, "unavailable"),
            (9, "damaged"),
            (10, "restore-conflict"),
            (11, "partial"),
            (12, "answer-needed"),
            (124, "timed-out"),
            (130, "interrupted"),
            (143, "terminated"),
        ]
    );
    assert_eq!(Exit::TimedOut.code(), 124);
}
