use super::*;
use crate::code::analyser::{Fix, analyse, apply};

fn said(text: &str) -> Vec<Option<String>> {
    let found = analyse("a.py", text).unwrap();
    found.into_iter().map(|one| one.suppressed).collect()
}

fn check(line: &str, expected: Option<&str>) {
    let text = format!("import hashlib, os\n{line}\n");
    assert_eq!(said(&text), [expected.map(str::to_owned)], "{line}");
}

#[test]
fn patterns_compile_and_tests_are_listed_once() {
    assert!(FORMS.is_some());
    let mut numbers: Vec<u32> = TESTS.iter().map(|(number, _, _)| *number).collect();
    let count = numbers.len();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), count);
}

#[test]
fn a_mark_on_the_line_counts() {
    check("os.system('ls ' + x)", None);
    check("os.system('ls ' + x)  # nosec", Some("# nosec"));
    check("os.system('ls ' + x)  #nosec", Some("# nosec"));
    check(
        "os.system('ls ' + x)  # nosec: reviewed by ann",
        Some("# nosec"),
    );
    check("os.system('ls ' + x)  # see above # nosec", Some("# nosec"));
    check("os.system('ls ' + x)  # nosecond thoughts", None);
    check("os.system('ls ' + x + '# nosec')", None);
}

#[test]
fn a_mark_may_name_tests() {
    check("os.system('ls ' + x)  # nosec B605", Some("# nosec B605"));
    check(
        "os.system('ls ' + x)  # nosec: B101,B605 fine",
        Some("# nosec B101, B605"),
    );
    check("os.system('ls ' + x)  # nosec B324", None);
    check("os.system('ls ' + x)  # nosec B101", None);
    check("os.system('ls ' + x)  # nosec assert_used", None);
    check(
        "os.system('ls ' + x)  # nosec start_process_with_a_shell",
        Some("# nosec start_process_with_a_shell"),
    );
    check(
        "os.system('ls ' + x)  # nosec command-injection",
        Some("# nosec command-injection"),
    );
    check("os.system('ls ' + x)  # nosec sql-injection.anything", None);
}

#[test]
fn noqa_counts_with_a_number_only() {
    check("os.system('ls ' + x)  # noqa: S605", Some("# noqa: S605"));
    check(
        "os.system('ls ' + x)  # NOQA:E501, S605",
        Some("# noqa: S605"),
    );
    check("os.system('ls ' + x)  # noqa: S324", None);
    check("os.system('ls ' + x)  # noqa", None);
    check("os.system('ls ' + x)  # noqa: E501", None);
}

#[test]
fn a_mark_counts_for_the_whole_call_and_behind_a_statement() {
    check("os.system(  # nosec\n    'ls ' + x,\n)", Some("# nosec"));
    check("os.system(\n    'ls ' + x,  # nosec\n)", Some("# nosec"));
    check("os.system(\n    'ls ' + x,\n)  # nosec", Some("# nosec"));
    check(
        "y = (\n    os.system('ls ' + x)\n)  # nosec",
        Some("# nosec"),
    );
    // But not for its neighbours.
    let two = "import os\nos.system('a' + x)  # nosec\nos.system('b' + x)\n";
    assert_eq!(said(two), [Some("# nosec".to_owned()), None]);
    let block = "import os\ndef run(x):\n    os.system('a' + x)\n    return 1  # nosec\n";
    assert_eq!(said(block), [None]);
}

#[test]
fn what_is_suppressed_is_found_and_not_fixed() {
    let text = "import yaml\na = yaml.load(x, Loader=yaml.Loader)  # nosec\n\
                b = yaml.load(x, Loader=yaml.Loader)\n";
    let found = analyse("a.py", text).unwrap();
    assert_eq!(found.len(), 2);
    assert!(
        found
            .iter()
            .all(|one| matches!(one.fix, Fix::Rewrite { .. }))
    );
    let applied = apply(text, &found);
    assert_eq!(applied.applied, [1]);
    assert_eq!(applied.left.len(), 1);
    assert!(applied.left[0].1.contains("# nosec"));
    assert_eq!(applied.text.matches("safe_load").count(), 1);
    assert!(
        applied
            .text
            .contains("a = yaml.load(x, Loader=yaml.Loader)  # nosec")
    );
}
