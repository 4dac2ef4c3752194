use std::collections::BTreeSet;

use super::{Difference, Expected};

fn set(ids: &[&str]) -> BTreeSet<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

fn check(file: &str, is_root: bool, escaped: &[&str], unexpected: &[&str], missing: &[&str]) {
    let expected = Expected::parse(file, is_root).expect("the file is well formed");
    let ran = set(&["read_secret", "dotdot", "fork_bomb", "read_shadow"]);
    let difference = expected.compare(&set(escaped), &ran);
    let wanted = Difference {
        unexpected: unexpected.iter().map(|id| (*id).to_owned()).collect(),
        missing: missing.iter().map(|id| (*id).to_owned()).collect(),
    };
    assert_eq!(difference, wanted, "{file:?}");
}

#[test]
fn an_exact_set_is_exact() {
    let file = "mode exact\nread_secret # known\ndotdot maybe\n";
    check(file, true, &["read_secret"], &[], &[]);
    check(file, true, &["read_secret", "dotdot"], &[], &[]);
    check(file, true, &["fork_bomb"], &["fork_bomb"], &["read_secret"]);
}

#[test]
fn more_than_at_least_is_fine() {
    let file = "mode at-least\nread_secret\n";
    check(file, true, &["read_secret", "fork_bomb"], &[], &[]);
    check(file, true, &["fork_bomb"], &[], &["read_secret"]);
}

#[test]
fn lines_may_be_for_one_kind_of_user() {
    let file = "mode exact\nread_shadow root\n";
    check(file, true, &[], &[], &["read_shadow"]);
    check(file, false, &[], &[], &[]);
    check(file, false, &["read_shadow"], &["read_shadow"], &[]);
}

#[test]
fn what_did_not_run_is_not_missed() {
    check("mode exact\nkexec\n", true, &[], &[], &[]);
}

#[test]
fn unknown_words_are_refused() {
    for file in [
        "mode exact\nno_such_probe\n",
        "read_secret\n",
        "mode exact\ndotdot always\n",
    ] {
        assert!(Expected::parse(file, true).is_err(), "{file:?}");
    }
}

#[test]
fn the_files_of_this_crate_name_probes_that_exist() {
    for file in [
        include_str!("../../../expected/control.txt"),
        include_str!("../../../expected/full.txt"),
        include_str!("../../../expected/restricted.txt"),
        include_str!("../../../expected/docker.txt"),
        include_str!("../../../expected/bwrap.txt"),
    ] {
        for is_root in [true, false] {
            Expected::parse(file, is_root).expect("the file is well formed");
        }
    }
}
