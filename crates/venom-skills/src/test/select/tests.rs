//! What each runner is told.

use super::super::detect::Command;
use super::*;

fn check(runner: Runner, argv: &str, cases: &[&str], files: &[&str]) -> Option<String> {
    let own = |words: &[&str]| {
        words
            .iter()
            .map(|word| (*word).to_owned())
            .collect::<Vec<_>>()
    };
    let mut test = TestCommand {
        runner,
        command: Command {
            argv: argv.split(' ').map(str::to_owned).collect(),
            env: Vec::new(),
        },
    };
    limit(&mut test, &own(cases), &own(files)).then(|| test.command.argv.join(" "))
}

#[test]
fn each_runner_is_told_in_its_own_way() {
    for (runner, argv, cases, expected) in [
        (
            Runner::CargoTest,
            "cargo test",
            &["shapes tests::a", "test/it b #2"][..],
            Some("cargo test -- --exact tests::a b"),
        ),
        (
            Runner::CargoTest,
            "cargo test",
            &["doc src/lib.rs - area"],
            None,
        ),
        (Runner::CargoTest, "cargo test", &["shapes"], None),
        (
            Runner::CargoNextest,
            "cargo nextest run",
            &["shapes tests::a", "shapes::it b"],
            Some("cargo nextest run -E test(=tests::a) | test(=b)"),
        ),
        (
            Runner::Pytest,
            "pytest",
            &["tests.test_a.Case::test_b", "tests.test_a::test_c[1-x]"],
            Some("pytest tests/test_a.py::Case::test_b tests/test_a.py::test_c[1-x]"),
        ),
        (Runner::Pytest, "pytest", &["test_syntax"], None),
        (Runner::Pytest, "pytest", &["elsewhere::test_b"], None),
        (
            Runner::Unittest,
            "unittest discover",
            &["tests.test_a.Case::test_b"],
            Some("unittest discover -k tests.test_a.Case.test_b"),
        ),
        (
            Runner::Jest,
            "jest",
            &["a.test.js::outer > same", "a.test.js::x+y"],
            Some(r"jest -t ^(outer same|x\+y)$"),
        ),
        (
            Runner::NodeTest,
            "node --test --x",
            &["outer > adds"],
            Some("node --test --test-name-pattern=adds$ --x"),
        ),
        (Runner::NodeTest, "node --test", &["abort.test.js"], None),
        (
            Runner::GoTest,
            "go test -json ./...",
            &["x/a::TestOne", "x/a::TestTwo/sub", "x/b::TestOne"],
            Some("go test -json -run ^(TestOne|TestTwo)$ x/a x/b"),
        ),
        (Runner::MakeTarget, "make test", &["command"], None),
    ] {
        let limited = check(runner, argv, cases, &["tests/test_a.py"]);
        assert_eq!(limited.as_deref(), expected, "{cases:?}");
    }
}

#[test]
fn names_belong_to_runners() {
    let cases = ["pytest: a::b", "cargo test: c d"].map(str::to_owned);
    assert_eq!(of_runner(&cases, "pytest", true), ["a::b"]);
    let cases = ["c d".to_owned()];
    assert_eq!(of_runner(&cases, "cargo test", false), ["c d"]);
    assert!(of_runner(&cases, "cargo test", true).is_empty());
}
