//! The small parts of the report.

use super::*;

fn finding(kind: &str) -> Finding {
    Finding {
        kind: kind.to_owned(),
        path: "a.py".to_owned(),
        line: 1,
        message: String::new(),
        note: String::new(),
    }
}

#[test]
fn kinds_are_counted_and_written_in_words() {
    let findings = [
        finding("sql-injection"),
        finding("xss"),
        finding("sql-injection"),
    ];
    assert_eq!(kinds(&findings), "2 SQL injection, 1 XSS");
}

#[test]
fn paths_survive_a_shell() {
    assert_eq!(quoted("/tmp/a-b_c.d"), "/tmp/a-b_c.d");
    assert_eq!(quoted("/tmp/a b"), "'/tmp/a b'");
    assert_eq!(quoted("it's"), "'it'\\''s'");
}

#[test]
fn a_tally_says_what_is_not_whole() {
    let tests = venom_kernel::evidence::TestEvidence {
        passed: 3,
        failed: 1,
        ..Default::default()
    };
    assert_eq!(tally(&tests), "3 passed, 1 failed, not to the end");
}
