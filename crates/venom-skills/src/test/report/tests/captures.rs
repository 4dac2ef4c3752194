//! The whole report of every capture.

use super::*;

#[test]
fn cargo_test() {
    check(
        "cargo-test",
        "abort",
        r"
        incomplete: the test binary shapes ended before its summary
        collected 5
        pass shapes a_passes
        ERROR shapes
        pass test/it reached_with_no_fail_fast
        ",
    );
    check(
        "cargo-test",
        "abort-one-thread",
        r"
        incomplete: the test binary shapes ended before its summary
        collected 5
        pass shapes a_passes
        FAIL shapes b_fails
        ERROR shapes c_abort
        pass test/it reached_with_no_fail_fast
        ",
    );
    check(
        "cargo-test",
        "hang",
        r"
        incomplete: the test binary shapes ended before its summary
        collected 4
        pass shapes a_passes
        FAIL shapes b_fails
        pass shapes d_passes
        ERROR shapes
        ",
    );
    check(
        "cargo-test",
        "mixed",
        r"
        complete
        collected 18
        pass shapes tests::area_of_a_rectangle
        FAIL shapes tests::does_not_panic
        FAIL shapes tests::fails
        skip shapes tests::ignored
        skip shapes tests::ignored_with_reason
        pass shapes tests::panics_as_expected
        FAIL shapes tests::returns_an_error
        pass shapes tests::writes_past_the_capture
        pass shapes tests::child_writes_to_the_terminal
        pass bin/shapes main_test
        pass test/it group::passes
        FAIL test/it group::fails_too
        pass doc src/lib.rs - area
        FAIL doc src/lib.rs - area #2
        skip doc src/lib.rs - area #3
        pass doc src/lib.rs - area #4
        pass doc src/lib.rs - area #5
        pass doc src/lib.rs - area #6
        ",
    );
    check(
        "cargo-test",
        "mixed-one-thread",
        r"
        complete
        collected 18
        pass shapes tests::area_of_a_rectangle
        pass shapes tests::child_writes_to_the_terminal
        FAIL shapes tests::does_not_panic
        FAIL shapes tests::fails
        skip shapes tests::ignored
        skip shapes tests::ignored_with_reason
        pass shapes tests::panics_as_expected
        FAIL shapes tests::returns_an_error
        pass shapes tests::writes_past_the_capture
        pass bin/shapes main_test
        FAIL test/it group::fails_too
        pass test/it group::passes
        pass doc src/lib.rs - area
        FAIL doc src/lib.rs - area #2
        skip doc src/lib.rs - area #3
        pass doc src/lib.rs - area #4
        pass doc src/lib.rs - area #5
        pass doc src/lib.rs - area #6
        ",
    );
    check(
        "cargo-test",
        "pass",
        r"
        complete
        collected 3
        pass shapes one_is_one
        pass bin/shapes main_test
        pass doc src/lib.rs - one
        ",
    );
    check(
        "cargo-test",
        "ws",
        r"
        complete
        collected 10
        pass a same_name
        pass test/it same_name
        pass b same_name
        pass test/it#2 same_name
        pass doc a/src/lib.rs - two
        pass doc a/src/lib.rs - two #2
        FAIL doc a/src/lib.rs - two #3
        pass doc b/src/lib.rs - two
        pass doc b/src/lib.rs - two #2
        FAIL doc b/src/lib.rs - two #3
        ",
    );
}

#[test]
fn go() {
    check(
        "go",
        "abort",
        r"
        incomplete: example.com/shapes::TestC began and did not end
        pass example.com/shapes::TestA
        FAIL example.com/shapes::TestB
        ERROR example.com/shapes::TestC
        ",
    );
    check(
        "go",
        "exit0",
        r"
        incomplete: the tests of example.com/shapes died before their end
        pass example.com/shapes::TestA
        FAIL example.com/shapes::TestB
        FAIL example.com/shapes::TestC
        ",
    );
    check(
        "go",
        "hang",
        r"
        incomplete: example.com/shapes::TestC began and did not end
        pass example.com/shapes::TestA
        FAIL example.com/shapes::TestB
        ERROR example.com/shapes::TestC
        ",
    );
    check(
        "go",
        "mixed",
        r"
        incomplete: the tests of example.com/shapes/inner died before their end
        pass example.com/shapes/inner::TestInner
        FAIL example.com/shapes/inner::TestPanics
        pass example.com/shapes::TestArea
        FAIL example.com/shapes::TestFails
        skip example.com/shapes::TestSkipped
        FAIL example.com/shapes::TestTable
        pass example.com/shapes::TestTable/w=1_and_more
        FAIL example.com/shapes::TestTable/w=2_and_more
        pass example.com/shapes::TestTable/w=3_and_more
        pass example.com/shapes::TestParallel
        pass example.com/shapes::ExampleArea
        ERROR example.com/shapes/broken
        ",
    );
    check(
        "go",
        "pass",
        r"
        complete
        pass example.com/shapes::TestArea
        ",
    );
}

#[test]
fn jest() {
    check(
        "jest",
        "crash",
        r#"
        incomplete: the run ended without a report: ●  process.exit called with "3"
        "#,
    );
    check(
        "jest",
        "empty",
        r"
        complete
        collected 0
        ",
    );
    check(
        "jest",
        "mixed",
        r"
        complete
        collected 8
        pass shapes.test.js::adds
        FAIL shapes.test.js::fails
        skip shapes.test.js::skipped
        skip shapes.test.js::later
        FAIL shapes.test.js::outer > inner › odd > throws
        pass shapes.test.js::outer > inner › odd > throws #2
        pass shapes.test.js::outer > same
        FAIL lib/other.test.js::hooks > never
        ERROR syntax.test.js
        ",
    );
    check(
        "jest",
        "pass",
        r"
        complete
        collected 1
        pass fine.test.js::fine
        ",
    );
}

#[test]
fn make() {
    check(
        "make",
        "mixed",
        r"
        complete
        FAIL command
        ",
    );
    check(
        "make",
        "notarget",
        r"
        complete
        FAIL command
        ",
    );
    check(
        "make",
        "pass",
        r"
        complete
        pass command
        ",
    );
}

#[test]
fn nextest() {
    check(
        "nextest",
        "abort",
        r"
        complete
        collected 5
        FAIL shapes b_fails
        pass shapes a_passes
        ERROR shapes c_abort
        pass shapes d_passes
        pass shapes::it reached_with_no_fail_fast
        ",
    );
    check(
        "nextest",
        "flaky",
        r"
        complete
        collected 3
        pass shapes flaky
        pass shapes passes
        FAIL shapes always_fails
        ",
    );
    check(
        "nextest",
        "hang",
        r"
        incomplete: nextest ended without its summary
        collected 5
        FAIL shapes b_fails
        pass shapes a_passes
        pass shapes d_passes
        pass shapes::it reached_with_no_fail_fast
        ",
    );
    check(
        "nextest",
        "mixed",
        r"
        complete
        collected 10
        pass shapes tests::area_of_a_rectangle
        pass shapes tests::child_writes_to_the_terminal
        skip shapes tests::ignored
        skip shapes tests::ignored_with_reason
        FAIL shapes tests::does_not_panic
        FAIL shapes tests::fails
        pass shapes tests::panics_as_expected
        FAIL shapes tests::returns_an_error
        pass shapes tests::writes_past_the_capture
        FAIL shapes::it group::fails_too
        pass shapes::it group::passes
        pass shapes::bin/shapes main_test
        ",
    );
    check(
        "nextest",
        "pass",
        r"
        complete
        collected 2
        pass shapes one_is_one
        pass shapes::bin/shapes main_test
        ",
    );
}

#[test]
fn node() {
    check(
        "node",
        "abort-junit",
        r"
        incomplete: the process of abort.test.js died
        collected 1
        ERROR abort.test.js
        ",
    );
    check(
        "node",
        "abort-tap",
        r"
        incomplete: the process of abort.test.js died
        collected 1
        ERROR abort.test.js
        ",
    );
    check(
        "node",
        "crash-junit",
        r"
        incomplete: the process of crash.test.js died
        collected 1
        ERROR crash.test.js
        ",
    );
    check(
        "node",
        "crash-tap",
        r"
        incomplete: the process of crash.test.js died
        collected 1
        ERROR crash.test.js
        ",
    );
    check(
        "node",
        "hang-junit",
        r"
        incomplete: read the report of node --test: the root node was opened but never closed
        ",
    );
    check(
        "node",
        "hang-tap",
        r"
        incomplete: node ended without its summary
        ",
    );
    check(
        "node",
        "mixed-junit",
        r"
        complete
        collected 16
        pass adds
        pass adds #2
        FAIL fails
        skip skipped
        skip skipped plainly
        skip todo fails
        pass parent > child passes
        FAIL parent > child fails # really
        pass prints
        pass suite > one
        pass suite > two \ back # hash
        pass suite > inner > one
        FAIL suite > inner > deep
        ERROR hooks > never
        ERROR test/syntax.test.js
        ",
    );
    check(
        "node",
        "mixed-tap",
        r"
        complete
        collected 16
        pass adds
        pass adds #2
        FAIL fails
        skip skipped
        skip skipped plainly
        skip todo fails
        pass parent > child passes
        FAIL parent > child fails # really
        pass prints
        pass suite > one
        pass suite > two \ back # hash
        pass suite > inner > one
        FAIL suite > inner > deep
        ERROR hooks > never
        ERROR hooks
        ERROR test/syntax.test.js
        ",
    );
    check(
        "node",
        "pass-junit",
        r"
        complete
        collected 3
        pass fine
        pass nested > inner
        ",
    );
    check(
        "node",
        "pass-tap",
        r"
        complete
        collected 3
        pass fine
        pass nested > inner
        ",
    );
}

#[test]
fn pytest() {
    check(
        "pytest",
        "abort",
        r"
        incomplete: pytest ended without writing its report
        collected 4
        pass test_abort.Case::test_a_passes
        FAIL test_abort.Case::test_b_fails
        ERROR test_abort.Case::test_c_abort
        ",
    );
    check(
        "pytest",
        "broken",
        r"
        complete
        collected 0
        ERROR test_syntax
        ",
    );
    check(
        "pytest",
        "crash",
        r"
        incomplete: pytest ended without writing its report
        collected 4
        pass test_crash.Case::test_a_passes
        FAIL test_crash.Case::test_b_fails
        ERROR test_crash.Case::test_c_crash
        ",
    );
    check(
        "pytest",
        "empty",
        r"
        complete
        collected 0
        ",
    );
    check(
        "pytest",
        "hang",
        r"
        incomplete: pytest ended without writing its report
        collected 4
        pass test_hang.Case::test_a_passes
        FAIL test_hang.Case::test_b_fails
        ERROR test_hang.Case::test_c_hang
        ",
    );
    check(
        "pytest",
        "interrupt",
        r"
        incomplete: pytest stopped in the middle of a case
        collected 3
        pass test_exit::test_a
        ",
    );
    check(
        "pytest",
        "pass",
        r"
        complete
        collected 2
        pass tests.test_arith.ArithTests::test_add
        pass tests.test_arith.ArithTests::test_zero
        ",
    );
    check(
        "pytest",
        "styles",
        r"
        complete
        collected 22
        ERROR test_import_error
        pass test_styles::test_passes
        FAIL test_styles::test_fails
        pass test_styles::test_parametrized[1]
        FAIL test_styles::test_parametrized[2]
        pass test_styles::test_parametrized[3]
        pass test_styles::test_odd_ids[a b]
        pass test_styles::test_odd_ids[x/y::z]
        pass test_styles::test_odd_ids[\xe9]
        pass test_styles::test_odd_ids[]
        pass test_styles::test_odd_ids[new\nline]
        pass test_styles::test_odd_ids[\x1b[31m]
        ERROR test_styles::test_fixture_error
        ERROR test_styles::test_teardown_error
        ERROR test_styles::test_fails_and_teardown_error
        skip test_styles::test_skipped
        skip test_styles::test_xfail
        pass test_styles::test_xpass
        FAIL test_styles::test_xpass_strict
        pass test_styles.TestGroup::test_in_class
        pass test_styles.TestGroup.TestInner::test_nested
        pass test_styles.Old::test_plain
        FAIL test_styles.Old::test_subtests
        ",
    );
    check(
        "pytest",
        "unittest",
        r"
        complete
        collected 21
        ERROR tests.test_import_error
        skip tests.test_module_skip
        ERROR tests.test_module_setup.Unreached::test_unreached
        pass tests.test_shapes.ShapeTests::test_area
        pass tests.test_shapes.ShapeTests::test_documented
        FAIL tests.test_shapes.ShapeTests::test_documented_failure
        FAIL tests.test_shapes.ShapeTests::test_error
        skip tests.test_shapes.ShapeTests::test_expected_failure
        FAIL tests.test_shapes.ShapeTests::test_noise_and_failure
        pass tests.test_shapes.ShapeTests::test_noise_stderr
        pass tests.test_shapes.ShapeTests::test_noise_stdout
        FAIL tests.test_shapes.ShapeTests::test_perimeter
        skip tests.test_shapes.ShapeTests::test_skipped
        FAIL tests.test_shapes.ShapeTests::test_subtests
        pass tests.test_shapes.ShapeTests::test_subtests_pass
        skip tests.test_shapes.ShapeTests::test_subtests_skip
        FAIL tests.test_shapes.ShapeTests::test_unexpected_success
        ERROR tests.test_shapes.BrokenClass::test_never
        ERROR tests.test_shapes.BrokenClass::test_never_either
        ERROR tests.test_shapes.BrokenTearDown::test_before_tear_down
        skip tests.test_shapes.SkippedClass::test_one
        skip tests.test_shapes.SkippedClass::test_two
        pass tests.test_shapes.AsyncTests::test_async
        ",
    );
}

#[test]
fn unittest() {
    check(
        "unittest",
        "abort-3.13",
        r"
        incomplete: unittest ended without its summary
        pass test_abort.Case::test_a_passes
        FAIL test_abort.Case::test_b_fails
        ERROR test_abort.Case::test_c_abort
        ",
    );
    check(
        "unittest",
        "abort-3.9",
        r"
        incomplete: unittest ended without its summary
        pass test_abort.Case::test_a_passes
        FAIL test_abort.Case::test_b_fails
        ERROR test_abort.Case::test_c_abort
        ",
    );
    check(
        "unittest",
        "broken-3.13",
        r"
        complete
        ERROR test_syntax
        ",
    );
    check(
        "unittest",
        "crash-3.13",
        r"
        incomplete: unittest ended without its summary
        pass test_crash.Case::test_a_passes
        FAIL test_crash.Case::test_b_fails
        ERROR test_crash.Case::test_c_crash
        ",
    );
    check(
        "unittest",
        "crash-3.9",
        r"
        incomplete: unittest ended without its summary
        pass test_crash.Case::test_a_passes
        FAIL test_crash.Case::test_b_fails
        ERROR test_crash.Case::test_c_crash
        ",
    );
    check(
        "unittest",
        "empty-3.13",
        r"
        complete
        ",
    );
    check(
        "unittest",
        "empty-3.9",
        r"
        complete
        ",
    );
    check(
        "unittest",
        "hang-3.13",
        r"
        incomplete: unittest ended without its summary
        pass test_hang.Case::test_a_passes
        FAIL test_hang.Case::test_b_fails
        ERROR test_hang.Case::test_c_hang
        ",
    );
    check(
        "unittest",
        "pass-3.13",
        r"
        complete
        pass tests.test_arith.ArithTests::test_add
        pass tests.test_arith.ArithTests::test_zero
        ",
    );
    check(
        "unittest",
        "pass-3.9",
        r"
        complete
        pass tests.test_arith.ArithTests::test_add
        pass tests.test_arith.ArithTests::test_zero
        ",
    );
}

#[test]
fn vitest() {
    check(
        "vitest",
        "mixed",
        r"
        complete
        collected 8
        pass shapes.test.js::adds
        FAIL shapes.test.js::fails
        skip shapes.test.js::skipped
        skip shapes.test.js::later
        FAIL shapes.test.js::outer > inner › odd > throws
        pass shapes.test.js::outer > inner › odd > throws #2
        pass shapes.test.js::outer > same
        ERROR syntax.test.js
        skip lib/other.test.js::hooks > never
        ERROR lib/other.test.js
        ",
    );
}
