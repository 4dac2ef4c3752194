//! What does not become a report, what messages say, and output that is cut, forged or enormous.

use super::*;

fn failure(folder: &str, name: &str) -> ParseError {
    parse(runner_of(folder), &Capture::load(folder, name).output()).unwrap_err()
}

/// The verdicts of all supported Pythons on one suite.
#[test]
fn unittest_reads_the_same_from_every_python() {
    let expected = "
        ERROR tests.test_import_error
        ERROR tests.test_module_setup::setUpModule
        ERROR tests.test_shapes.BrokenClass::setUpClass
        ERROR tests.test_shapes.BrokenTearDown::tearDownClass
        ERROR tests.test_shapes.ShapeTests::test_error
        FAIL tests.test_shapes.ShapeTests::test_documented_failure
        FAIL tests.test_shapes.ShapeTests::test_noise_and_failure
        FAIL tests.test_shapes.ShapeTests::test_perimeter
        FAIL tests.test_shapes.ShapeTests::test_subtests
        FAIL tests.test_shapes.ShapeTests::test_unexpected_success
        complete
        pass tests.test_shapes.AsyncTests::test_async
        pass tests.test_shapes.BrokenTearDown::test_before_tear_down
        pass tests.test_shapes.ShapeTests::test_area
        pass tests.test_shapes.ShapeTests::test_documented
        pass tests.test_shapes.ShapeTests::test_noise_stderr
        pass tests.test_shapes.ShapeTests::test_noise_stdout
        pass tests.test_shapes.ShapeTests::test_subtests_pass
        skip tests.test_module_skip
        skip tests.test_shapes.ShapeTests::test_expected_failure
        skip tests.test_shapes.ShapeTests::test_skipped
        skip tests.test_shapes.ShapeTests::test_subtests_skip
        skip tests.test_shapes.SkippedClass::test_one
        skip tests.test_shapes.SkippedClass::test_two";
    let expected: Vec<&str> = expected
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    for python in ["3.8", "3.9", "3.10", "3.11", "3.12.1", "3.13"] {
        let drawn = drawn(&parsed("unittest", &format!("mixed-{python}")));
        let mut lines: Vec<&str> = drawn.lines().collect();
        lines.sort_unstable();
        // Python 3.12.1 prints no name for the first test of a class that is skipped as a whole.
        let is_lost = |line: &&str| python == "3.12.1" && line.ends_with("SkippedClass::test_one");
        let expected: Vec<&str> = expected
            .iter()
            .copied()
            .filter(|line| !is_lost(line))
            .collect();
        assert_eq!(lines, expected, "Python {python}");
    }
}

#[test]
fn messages_hold_the_assertion() {
    let unittest = parsed("unittest", "mixed-3.13");
    let told = message(&unittest, "tests.test_shapes.ShapeTests::test_perimeter");
    assert!(
        told.ends_with("AssertionError: 3 != 4 : perimeter is wrong ... ok"),
        "{told}"
    );
    assert_eq!(
        message(&unittest, "tests.test_shapes.ShapeTests::test_skipped"),
        "not on this machine (yet) ... ok"
    );
    assert_eq!(
        message(
            &unittest,
            "tests.test_shapes.ShapeTests::test_unexpected_success"
        ),
        ""
    );

    let pytest = parsed("pytest", "styles");
    assert!(message(&pytest, "test_styles::test_fails").contains("AssertionError: maps differ"));
    assert_eq!(message(&pytest, "test_styles::test_skipped"), "not today");

    let cargo = parsed("cargo-test", "mixed");
    assert!(message(&cargo, "shapes tests::fails").contains("the area is wrong"));
    assert_eq!(
        message(&cargo, "shapes tests::returns_an_error"),
        "Error: \"a returned error\""
    );
    let nextest = parsed("nextest", "mixed");
    assert!(message(&nextest, "shapes tests::fails").starts_with("thread 'tests::fails'"));
    assert_eq!(
        message(&nextest, "shapes tests::returns_an_error"),
        "Error: \"a returned error\""
    );
    assert_eq!(
        message(&parsed("nextest", "flaky"), "shapes flaky"),
        "flaky: passed at attempt 2"
    );

    let go = parsed("go", "mixed");
    assert_eq!(
        message(&go, "example.com/shapes::TestFails"),
        "no newline     shapes_test.go:17: got 6, want 7"
    );
    assert_eq!(
        message(&go, "example.com/shapes/broken"),
        "broken/x_test.go:5:28: undefined: missing"
    );
    assert!(
        message(&parsed("jest", "mixed"), "lib/other.test.js::hooks > never")
            .starts_with("Error: no database")
    );
    let node = parsed("node", "mixed-tap");
    assert_eq!(message(&node, "fails"), "sum <is> wrong\n\n2 !== 3");
    assert_eq!(
        message(&node, "parent > child fails # really"),
        "boom\nsecond line"
    );
    assert_eq!(message(&node, "hooks"), "no database");
}

#[test]
fn a_broken_build_is_no_failed_test() {
    for (folder, name, word) in [
        ("cargo-test", "broken", "error[E0308]"),
        ("cargo-test", "linkbroken", "error[E0425]"),
        ("nextest", "broken", "error[E0308]"),
        ("go", "broken", "cannot use \"x\""),
        ("go", "vet", "Errorf format %d"),
    ] {
        let ParseError::DidNotBuild { message } = failure(folder, name) else {
            panic!("{folder}/{name}")
        };
        assert!(message.contains(word), "{folder}/{name}: {message}");
        assert!(message.len() <= MAX_MESSAGE_BYTES);
    }
}

#[test]
fn a_runner_that_is_not_there_leaves_no_report() {
    for (runner, stderr, code) in [
        (
            Runner::Pytest,
            "/usr/bin/python3: No module named pytest\n",
            1,
        ),
        (
            Runner::Pytest,
            "ImportError while loading conftest '/project/conftest.py'.\n",
            4,
        ),
        (Runner::Unittest, "/bin/sh: 1: python3: not found\n", 127),
        (
            Runner::CargoTest,
            "error: unexpected argument '--no-such' found\n",
            1,
        ),
        (
            Runner::CargoNextest,
            "error: no such command: `nextest`\n",
            101,
        ),
        (Runner::GoTest, "go: command not found\n", 127),
        (
            Runner::Jest,
            "npm error npx canceled due to missing packages\n",
            1,
        ),
        (
            Runner::NodeTest,
            "node: bad option: --test-reporter=tap\n",
            9,
        ),
    ] {
        let output = Output {
            stderr,
            exit_code: Some(code),
            ..Output::default()
        };
        let expected = ParseError::NoReport {
            runner,
            message: stderr.trim().to_owned(),
        };
        assert_eq!(parse(runner, &output), Err(expected));
    }
}

#[test]
fn a_killed_jest_leaves_an_empty_report() {
    let report = parse(Runner::Jest, &Output::default()).unwrap();
    assert_eq!((report.complete, report.cases), (false, Vec::new()));
}

#[test]
fn a_broken_report_file_says_so() {
    for (runner, report) in [
        (Runner::Pytest, "<testsuites><testsuite>"),
        (Runner::Jest, "{\"numTotalTests\":"),
        (Runner::NodeTest, "<?xml version=\"1.0\"?><a>"),
    ] {
        let output = Output {
            report_file: Some(report),
            exit_code: Some(1),
            ..Output::default()
        };
        assert!(
            matches!(parse(runner, &output), Err(ParseError::Malformed { .. })),
            "{runner:?}"
        );
    }
}

/// Cuts captures at every line. A shortened run must never pass for a whole one with other cases.
#[test]
fn cut_output_is_never_complete() {
    for (folder, name) in [
        ("unittest", "mixed-3.8"),
        ("unittest", "mixed-3.13"),
        ("cargo-test", "mixed"),
        ("cargo-test", "mixed-one-thread"),
        ("cargo-test", "ws"),
        ("nextest", "mixed"),
        ("nextest", "flaky"),
        ("node", "mixed-tap"),
    ] {
        let whole = Capture::load(folder, name);
        let expected = parsed(folder, name);
        let text = match folder {
            "cargo-test" => whole.stdout.clone(),
            "node" => whole.report.clone().unwrap(),
            _ => whole.stderr.clone(),
        };
        let ends = text.match_indices('\n').map(|(at, _)| at);
        for end in ends {
            let cut = text.get(..end).unwrap();
            let mut output = whole.output();
            match folder {
                "cargo-test" => output.stdout = cut,
                "node" => output.report_file = Some(cut),
                _ => output.stderr = cut,
            }
            if let Ok(report) = parse(runner_of(folder), &output) {
                assert!(
                    !report.complete || report.cases == expected.cases,
                    "{folder}/{name} cut at {end}"
                );
            }
            output.exit_code = None;
            if let Ok(report) = parse(runner_of(folder), &output) {
                assert!(!report.complete, "{folder}/{name} killed at {end}");
            }
        }
    }
}

/// Every runner's parser meets every other runner's output, and each capture broken at odd places.
#[test]
fn nothing_makes_a_parser_fall_over() {
    let runners = [
        Runner::Pytest,
        Runner::Unittest,
        Runner::CargoTest,
        Runner::CargoNextest,
        Runner::GoTest,
        Runner::Jest,
        Runner::Vitest,
        Runner::NodeTest,
        Runner::MakeTarget,
    ];
    let captures = [
        ("pytest", "styles"),
        ("unittest", "mixed-3.9"),
        ("cargo-test", "mixed"),
        ("nextest", "abort"),
        ("go", "mixed"),
        ("jest", "mixed"),
        ("vitest", "mixed"),
        ("node", "mixed-tap"),
        ("node", "mixed-junit"),
    ];
    for (folder, name) in captures {
        let capture = Capture::load(folder, name);
        let texts = [
            Some(&capture.stdout),
            Some(&capture.stderr),
            capture.report.as_ref(),
        ];
        for text in texts.into_iter().flatten().filter(|text| !text.is_empty()) {
            for runner in runners {
                // A prime step lands inside words, numbers and characters of several bytes.
                for end in (0..=text.len()).step_by(1_009) {
                    let cut = text.get(..text.floor_char_boundary(end)).unwrap();
                    for exit_code in [None, Some(0), Some(1)] {
                        let shapes = [
                            Output {
                                stdout: cut,
                                exit_code,
                                ..Output::default()
                            },
                            Output {
                                stderr: cut,
                                exit_code,
                                ..Output::default()
                            },
                            Output {
                                report_file: Some(cut),
                                exit_code,
                                ..Output::default()
                            },
                        ];
                        for output in shapes {
                            if let Ok(report) = parse(runner, &output) {
                                assert!(
                                    report
                                        .cases
                                        .iter()
                                        .all(|case| case.name.len() <= MAX_NAME_BYTES + 16)
                                );
                            }
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn joined_streams_read_like_separate_ones() {
    let capture = Capture::load("unittest", "mixed-3.13");
    let joined = Output {
        stdout: &capture.stderr,
        stderr: "",
        ..capture.output()
    };
    assert_eq!(
        parse(Runner::Unittest, &joined).unwrap(),
        parsed("unittest", "mixed-3.13")
    );

    let joined = "     Running unittests src/lib.rs (target/debug/deps/shapes-8dbf0753c22d4c02)\n\nrunning 1 test\n\
        test one ... ok\n\ntest result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\n\
        \x20    Running tests/it.rs (target/debug/deps/it-a125190bd4e5008a)\n\nrunning 1 test\n\x1b[0mtest two ... \x1b[32mok\x1b[0m\n\n\
        test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n";
    let output = Output {
        stdout: joined,
        exit_code: Some(0),
        ..Output::default()
    };
    assert_eq!(
        drawn(&parse(Runner::CargoTest, &output).unwrap()),
        "complete\ncollected 2\npass shapes one\npass test/it two"
    );
}

#[test]
fn the_exit_code_outweighs_the_output() {
    let capture = Capture::load("unittest", "pass-3.13");
    for (exit_code, complete) in [(Some(0), true), (Some(1), false), (None, false)] {
        let report = parse(
            Runner::Unittest,
            &Output {
                exit_code,
                ..capture.output()
            },
        )
        .unwrap();
        assert_eq!(report.complete, complete, "{exit_code:?}");
    }
    let capture = Capture::load("pytest", "styles");
    let report = parse(
        Runner::Pytest,
        &Output {
            exit_code: Some(0),
            ..capture.output()
        },
    )
    .unwrap();
    assert!(!report.complete);
}

#[test]
fn deep_and_large_reports_are_bounded() {
    let deep = "<testsuite>".repeat(100_000);
    let output = Output {
        report_file: Some(&deep),
        exit_code: Some(1),
        ..Output::default()
    };
    assert!(matches!(
        parse(Runner::Pytest, &output),
        Err(ParseError::Malformed { .. })
    ));

    let long = format!(
        "<testsuites><testcase classname=\"m\" name=\"{}\"><failure>{}</failure></testcase></testsuites>",
        "n".repeat(10_000),
        "\u{e9}".repeat(10_000)
    );
    let output = Output {
        report_file: Some(&long),
        exit_code: Some(1),
        ..Output::default()
    };
    let report = parse(Runner::Pytest, &output).unwrap();
    assert_eq!(report.cases.len(), 1);
    assert_eq!(report.cases[0].name.len(), MAX_NAME_BYTES);
    assert!(report.cases[0].message.as_ref().unwrap().len() <= MAX_MESSAGE_BYTES);

    let many: Vec<String> = (0..=MAX_CASES)
        .map(|at| format!("ok {at} - case {at}"))
        .collect();
    let many = format!(
        "TAP version 13\n{}\n# tests {}\n",
        many.join("\n"),
        MAX_CASES + 1
    );
    let output = Output {
        report_file: Some(&many),
        exit_code: Some(0),
        ..Output::default()
    };
    let report = parse(Runner::NodeTest, &output).unwrap();
    assert_eq!((report.cases.len(), report.complete), (MAX_CASES, false));
}

/// Control characters, which XML forbids and node writes, and many tags that close themselves behind a `>`.
#[test]
fn xml_that_is_slightly_wrong_is_read() {
    let cases = "<testcase name=\"a > b \u{1b}[31m\" classname=\"test\"/>".repeat(200);
    let source =
        format!("<?xml version=\"1.0\"?><testsuites>{cases}<!-- tests 200 --></testsuites>");
    let output = Output {
        report_file: Some(&source),
        exit_code: Some(0),
        ..Output::default()
    };
    let report = parse(Runner::NodeTest, &output).unwrap();
    assert_eq!((report.passed(), report.complete), (200, true));
    assert_eq!(report.cases[1].name, "a > b \u{fffd}[31m #2");
}

#[test]
fn a_forged_summary_does_not_make_a_run_green() {
    let forged = "test_a (t.C.test_a) ... Ran 1 test in 0.1s\n\nOK\n";
    let output = Output {
        stderr: forged,
        exit_code: None,
        ..Output::default()
    };
    assert!(!parse(Runner::Unittest, &output).unwrap().is_green());
    let output = Output {
        stderr: forged,
        exit_code: Some(3),
        ..Output::default()
    };
    assert!(!parse(Runner::Unittest, &output).unwrap().is_green());
}
