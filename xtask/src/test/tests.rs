use super::allowed::Allowed;
use super::libtest::Libtest;
use super::nextest::Nextest;
use super::parse;
use super::tally::Tally;

/// What `cargo test --tests --no-fail-fast -- --show-output` printed for a small crate.
const LIBTEST: &str = "\
    Finished `test` profile [unoptimized + debuginfo] target(s) in 0.28s
     Running unittests src/lib.rs (target/debug/deps/venom_store-72ee6507dc2c5010)

running 5 tests
test aborts ... ok
test ign ... ignored, slow
test passes ... ok
test skips ... ok
test fails ... FAILED

successes:

---- passes stdout ----
hello
  test result: ok. 99 passed

---- skips stdout ----
SKIPPED: redis is not running
SKIPPED: and another reason


successes:
    aborts
    passes
    skips

failures:

---- fails stdout ----
SKIPPED: not really

failures:
    fails

test result: FAILED. 3 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.11s

error: test failed, to rerun pass `--lib`
     Running tests/it/main.rs (target/debug/deps/it-00e6507dc2c50100)

running 2 tests
test chroma ... ok
test log ... ok

successes:

---- chroma stdout ----
SKIPPED: chroma is not running

successes:
    chroma
    log

test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.11s
";

/// A program that was killed by a signal, and one after it.
const CRASH: &str = "\
    Finished `test` profile [unoptimized + debuginfo] target(s) in 0.28s
     Running unittests src/lib.rs (target/debug/deps/venom_exec-72ee6507dc2c5010)

running 5 tests
test a ... ok
error: test failed, to rerun pass `--lib`

Caused by:
  process didn't exit successfully: `x` (signal: 6, SIGABRT: process abort signal)
     Running unittests src/lib.rs (target/debug/deps/venom_mind-72ee6507dc2c5010)

running 1 test
test b ... ok

successes:

successes:
    b

test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.11s
";

const NEXTEST: &str = "\
    Starting 4 tests across 1 binary (1 test skipped)
        PASS [   0.007s] (1/4) venom-store passes
  stdout ───

    running 1 test
    hello
    test passes ... ok

        PASS [   0.007s] (2/4) venom-store::it skips
  stdout ───

    SKIPPED: redis is not running

        FAIL [   0.089s] (3/4) venom-store fails
  stdout ───

    SKIPPED: not really
────────────
     Summary [   0.090s] 3 tests run: 2 passed (1 slow), 1 failed, 1 skipped
        FAIL [   0.089s] (3/4) venom-store fails
error: test run failed
";

fn read_libtest(text: &str) -> (Tally, String) {
    let mut tally = Tally::default();
    let mut reader = Libtest::default();
    let mut shown = String::new();
    for line in text.lines() {
        if reader.read(line, &mut tally) {
            shown.push_str(line);
            shown.push('\n');
        }
    }
    reader.end(&mut tally);
    (tally, shown)
}

fn skips(tally: &Tally) -> Vec<String> {
    tally.skips().iter().map(ToString::to_string).collect()
}

#[test]
fn sums_programs_and_takes_skips_out_of_the_passed() {
    let (tally, shown) = read_libtest(LIBTEST);
    assert_eq!(tally.sum(), "3 passed, 1 failed, 3 skipped");
    assert_eq!(tally.failures(), ["venom_store::fails"]);
    assert_eq!(
        skips(&tally),
        [
            "venom_store::ign: slow",
            "venom_store::skips: redis is not running",
            "venom_store/it::chroma: chroma is not running",
        ]
    );
    assert!(
        !shown.contains("hello"),
        "output of tests that passed is held back"
    );
    assert!(
        shown.contains("SKIPPED: not really"),
        "output of failures is shown"
    );
}

#[test]
fn a_program_that_dies_is_a_failure_and_the_next_one_still_counts() {
    let (tally, _) = read_libtest(CRASH);
    assert_eq!(tally.sum(), "1 passed, 1 failed, 0 skipped");
    assert_eq!(
        tally.failures(),
        ["venom_exec died before it printed its result"]
    );
}

#[test]
fn a_program_that_dies_last_is_noticed_at_the_end() {
    let (first_half, _) = CRASH.split_once("error:").unwrap();
    let (tally, _) = read_libtest(first_half);
    assert_eq!(tally.sum(), "0 passed, 1 failed, 0 skipped");
}

#[test]
fn documentation_examples_have_a_name() {
    let (tally, _) = read_libtest(
        "   Doc-tests venom_kernel\n\nrunning 1 test\ntest src/lib.rs - (line 1) ... ignored\n",
    );
    assert_eq!(
        skips(&tally),
        ["venom_kernel/examples::src/lib.rs - (line 1): ignored"]
    );
}

#[test]
fn uncaptured_skips_are_counted_too() {
    let (tally, _) = read_libtest(
        "     Running unittests src/lib.rs (d/a-1)\n\nrunning 2 tests\ntest x ... SKIPPED: one\nok\n\
         SKIPPED: two\ntest result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0s\n",
    );
    assert_eq!(tally.sum(), "0 passed, 0 failed, 2 skipped");
}

#[test]
fn reads_nextest() {
    let mut tally = Tally::default();
    let mut reader = Nextest::default();
    let shown: Vec<&str> = NEXTEST
        .lines()
        .filter(|line| reader.read(line, &mut tally))
        .collect();
    assert_eq!(tally.sum(), "1 passed, 1 failed, 1 skipped");
    assert_eq!(
        skips(&tally),
        ["venom_store/it::skips: redis is not running"]
    );
    assert_eq!(tally.failures(), ["venom_store::fails"]);
    assert!(!shown.iter().any(|line| line.contains("hello")));
    assert!(shown.iter().any(|line| line.contains("not really")));
}

#[test]
fn only_listed_skips_are_expected() {
    let (tally, _) = read_libtest(LIBTEST);
    let allowed = Allowed::parse(
        "# services that are not installed everywhere\n\nvenom_store/it::* # no chroma here\nvenom_store::ign # slow\n",
    )
    .unwrap();
    let unexpected: Vec<&str> = allowed
        .unexpected(tally.skips())
        .iter()
        .map(|skip| skip.test.as_str())
        .collect();
    assert_eq!(unexpected, ["venom_store::skips"]);
}

#[test]
fn a_listed_skip_needs_a_reason() {
    for text in ["venom_store::ign\n", "venom_store::ign #  \n"] {
        assert!(Allowed::parse(text).is_err(), "{text:?}");
    }
}

#[test]
fn arguments_after_the_dashes_go_to_the_tests() {
    let args = ["-p", "venom-kernel", "--nextest", "--", "plan", "--exact"].map(str::to_owned);
    let options = parse(&args).unwrap();
    assert_eq!(options.packages, ["venom-kernel"]);
    assert!(options.is_nextest);
    assert_eq!(options.passed_on, ["plan", "--exact"]);
    assert!(parse(&["plan".to_owned()]).is_err());
}
