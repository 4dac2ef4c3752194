//! Setting a value touches one line.

use super::*;

fn check(before: &str, key: Key, value: &str, after: &str) {
    assert_eq!(set(before, key, value), after);
}

#[test]
fn changes_the_line_and_keeps_its_comment() {
    check(
        "# mine\nrun:\n  # slow machine\n  max_parallel: 2 # two cores\n  timeout: 5m\n",
        Key::MaxParallel,
        "8",
        "# mine\nrun:\n  # slow machine\n  max_parallel: 8 # two cores\n  timeout: 5m\n",
    );
}

#[test]
fn adds_to_a_section() {
    check(
        "run:\n  timeout: 5m\nui:\n  color: never\n",
        Key::MaxParallel,
        "8",
        "run:\n  max_parallel: 8\n  timeout: 5m\nui:\n  color: never\n",
    );
}

#[test]
fn begins_a_section_and_a_file() {
    check("", Key::Color, "never", "ui:\n  color: never\n");
    check(
        "run:\n  timeout: 5m\n",
        Key::Color,
        "never",
        "run:\n  timeout: 5m\nui:\n  color: never\n",
    );
}

#[test]
fn finds_lines() {
    let text = "a: 1\n# run:\nrun:\n\n  timeout: 5m\n";
    assert_eq!(line_of(text, Key::Timeout), Some(5));
    assert_eq!(line_of(text, Key::MaxParallel), None);
}
