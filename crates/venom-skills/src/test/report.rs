//! Reads what test runners print and turns it into one report: which cases there were and how each of them ended.
//!
//! Everything here is a pure function over text that somebody else ran and captured. The text is hostile: a test may
//! print lines that look like the runner's own. Where a runner says a thing twice (in its progress and in its summary)
//! the summary wins, and where the two cannot be brought to agree the report says that it is not complete.
//! This module starts no process and reads no file.

mod cargo;
mod draft;
mod go;
mod jest;
mod junit;
mod make;
mod nextest;
mod node;
mod pytest;
mod text;
mod unittest;

use std::collections::BTreeMap;

/// The program that ran the tests, which decides how its output is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Runner {
    /// `python3 -m pytest`, read from its JUnit XML file, or from `-v` lines when it died before writing one.
    Pytest,
    /// `python3 -m unittest -v`, read from its text.
    Unittest,
    /// `cargo test`, read from its text.
    CargoTest,
    /// `cargo nextest run`, read from its text.
    CargoNextest,
    /// `go test -json`.
    GoTest,
    /// `jest --json --outputFile`.
    Jest,
    /// `vitest run --reporter=json --outputFile`, which writes the same form as jest.
    Vitest,
    /// `node --test` with the `tap` reporter or the `junit` reporter.
    NodeTest,
    /// A make target or another command of which only the exit code is understood.
    MakeTarget,
}

impl Runner {
    /// The lower-case name used in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pytest => "pytest",
            Self::Unittest => "unittest",
            Self::CargoTest => "cargo test",
            Self::CargoNextest => "cargo nextest",
            Self::GoTest => "go test",
            Self::Jest => "jest",
            Self::Vitest => "vitest",
            Self::NodeTest => "node --test",
            Self::MakeTarget => "command",
        }
    }
}

/// How one case ended. The order is the order of gravity: of two verdicts on one case the greater one is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CaseStatus {
    /// The case was left out, is expected to fail and did, or is marked as still to be done.
    Skipped,
    /// The case ran and held.
    Passed,
    /// An assertion of the case did not hold.
    Failed,
    /// The case could not be judged: its set-up, import, process or time limit broke.
    Errored,
}

impl CaseStatus {
    /// Whether a project with such a case is not green.
    pub fn is_failing(self) -> bool {
        match self {
            Self::Failed | Self::Errored => true,
            Self::Passed | Self::Skipped => false,
        }
    }
}

/// One test case and its verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// The name, unique in its report and the same from run to run, of at most [`MAX_NAME_BYTES`].
    pub name: String,
    /// The verdict.
    pub status: CaseStatus,
    /// What the runner said about the verdict, at most [`MAX_MESSAGE_BYTES`] long.
    pub message: Option<String>,
}

/// What one run of one runner showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The runner that was read.
    pub runner: Runner,
    /// The cases in the order in which the runner named them.
    pub cases: Vec<Case>,
    /// How many cases the runner said it would run, where it says so.
    pub collected: Option<u32>,
    /// False when the run was cut short or when its parts contradict each other; absent cases then prove nothing.
    pub complete: bool,
    /// Why the report is not complete.
    pub note: Option<String>,
}

impl Report {
    /// Counts the cases that passed.
    pub fn passed(&self) -> usize {
        self.count(|status| status == CaseStatus::Passed)
    }

    /// Counts the cases that failed or could not be judged.
    pub fn failed(&self) -> usize {
        self.count(CaseStatus::is_failing)
    }

    /// Counts the cases that were skipped.
    pub fn skipped(&self) -> usize {
        self.count(|status| status == CaseStatus::Skipped)
    }

    /// Whether the run proves that the project is green: it is complete, something passed and nothing failed.
    pub fn is_green(&self) -> bool {
        self.complete && self.passed() > 0 && self.failed() == 0
    }

    fn count(&self, wanted: impl Fn(CaseStatus) -> bool) -> usize {
        self.cases.iter().filter(|case| wanted(case.status)).count()
    }
}

/// What a runner left behind.
#[derive(Debug, Clone, Copy, Default)]
pub struct Output<'a> {
    /// Its standard output.
    pub stdout: &'a str,
    /// Its standard error.
    pub stderr: &'a str,
    /// The content of the report file it was told to write, if it wrote one.
    pub report_file: Option<&'a str>,
    /// Its exit code; none when it was killed, by us or by a signal.
    pub exit_code: Option<i32>,
    /// The project's root as the runner saw it. It is cut from names, which jest and node make of absolute paths.
    pub root: Option<&'a str>,
}

/// Why no report could be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// The tests were not built, so no test ran and none failed.
    #[error("build the tests: {message}")]
    DidNotBuild {
        /// What the compiler said, bounded.
        message: String,
    },
    /// The runner could not be started, refused its arguments, or left nothing that can be read.
    #[error("find a report of {}: {message}", runner.name())]
    NoReport {
        /// The runner that was to be read.
        runner: Runner,
        /// The end of what was printed instead, bounded.
        message: String,
    },
    /// The report file is there but breaks its format.
    #[error("read the report of {}: {detail}", runner.name())]
    Malformed {
        /// The runner that was to be read.
        runner: Runner,
        /// What the XML or JSON parser objected to.
        detail: String,
    },
}

/// The longest message kept per case. Two kibibytes hold an assertion and the near end of its traceback.
pub const MAX_MESSAGE_BYTES: usize = 2 * 1024;

/// The longest name kept. Parametrised tests may carry whole documents in their names.
pub const MAX_NAME_BYTES: usize = 512;

/// The most cases kept; the largest suites in the open have some tens of thousands.
pub const MAX_CASES: usize = 100_000;

/// Reads the output of `runner`.
pub fn parse(runner: Runner, output: &Output<'_>) -> Result<Report, ParseError> {
    match runner {
        Runner::Pytest => pytest::parse(output),
        Runner::Unittest => unittest::parse(output),
        Runner::CargoTest => cargo::parse(output),
        Runner::CargoNextest => nextest::parse(output),
        Runner::GoTest => go::parse(output),
        Runner::Jest | Runner::Vitest => jest::parse(runner, output),
        Runner::NodeTest => node::parse(output),
        Runner::MakeTarget => Ok(make::parse(output)),
    }
}

/// The difference between two runs of the same suite. All lists hold names and are sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Failing after, and passing, skipped or absent before.
    pub newly_failing: Vec<String>,
    /// Passing after, and failing before.
    pub newly_passing: Vec<String>,
    /// Failing before and after.
    pub still_failing: Vec<String>,
    /// Named before and not after. When the later run is not complete this may only mean that it did not get there.
    pub vanished: Vec<String>,
    /// Named after and not before, whatever their verdict.
    pub appeared: Vec<String>,
}

impl Comparison {
    /// Whether the later run is in no way worse: nothing newly fails and nothing vanished.
    pub fn is_no_worse(&self) -> bool {
        self.newly_failing.is_empty() && self.vanished.is_empty()
    }
}

/// Compares two runs by the names of their cases.
pub fn compare(before: &Report, after: &Report) -> Comparison {
    let earlier = by_name(before);
    let later = by_name(after);
    let mut comparison = Comparison::default();
    for (name, status) in &later {
        let previous = earlier.get(name);
        let was_failing = previous.is_some_and(|status| status.is_failing());
        match (was_failing, status.is_failing()) {
            (true, true) => comparison.still_failing.push((*name).to_owned()),
            (false, true) => comparison.newly_failing.push((*name).to_owned()),
            (true, false) if *status == CaseStatus::Passed => {
                comparison.newly_passing.push((*name).to_owned());
            }
            (true | false, false) => {}
        }
        if previous.is_none() {
            comparison.appeared.push((*name).to_owned());
        }
    }
    let gone = earlier.keys().filter(|name| !later.contains_key(*name));
    comparison.vanished = gone.map(|name| (*name).to_owned()).collect();
    comparison
}

fn by_name(report: &Report) -> BTreeMap<&str, CaseStatus> {
    report
        .cases
        .iter()
        .map(|case| (case.name.as_str(), case.status))
        .collect()
}

#[cfg(test)]
mod tests;
