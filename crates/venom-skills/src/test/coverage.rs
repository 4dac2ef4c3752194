//! Test coverage: how to run the tests of Python so that it is measured, and how to read what was measured there and in
//! other languages.
//! Numbers are whole: lines that ran of lines that could have run. This module starts no process and reads no file.

mod lines;

pub use self::lines::{parse_go, parse_llvm, parse_node};

use std::collections::BTreeMap;

/// The driver that measures where coverage.py is not installed. The caller writes it to a scratch file.
pub const TRACE_DRIVER: &str = include_str!("trace_driver.py");

/// The most files a report may name; a report with more is refused as hostile. Chosen: as many as a workspace may have.
const MAX_FILES: usize = venom_ports::workspace::ENTRIES;

/// What did the measuring. They count alike but not quite the same, so their numbers are not to be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CoverageTool {
    /// coverage.py.
    CoveragePy,
    /// [`TRACE_DRIVER`], with nothing but Python's standard library.
    PythonTrace,
    /// Node's own.
    Node,
    /// Go's own, which counts statements.
    Go,
    /// `cargo llvm-cov`.
    LlvmCov,
}

/// The coverage of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileCoverage {
    /// The path from the project's root, with forward slashes.
    pub path: String,
    /// Statements that ran.
    pub covered: u32,
    /// Statements that could run.
    pub total: u32,
}

/// The coverage of one test run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// What measured it.
    pub tool: CoverageTool,
    /// Statements that ran, over all files.
    pub covered: u32,
    /// Statements that could run, over all files.
    pub total: u32,
    /// The files, sorted by path.
    pub files: Vec<FileCoverage>,
}

impl Coverage {
    /// The covered share in hundredths of a percent, rounded down so that only full coverage reads as full; none
    /// when there is nothing to cover.
    pub fn basis_points(&self) -> Option<u32> {
        basis_points(self.covered, self.total)
    }
}

impl FileCoverage {
    /// The covered share in hundredths of a percent; none when there is nothing to cover.
    pub fn basis_points(&self) -> Option<u32> {
        basis_points(self.covered, self.total)
    }
}

fn basis_points(covered: u32, total: u32) -> Option<u32> {
    let share = (u64::from(covered) * 10_000).checked_div(u64::from(total))?;
    u32::try_from(share).ok()
}

/// Why a coverage report could not be read.
#[derive(Debug, thiserror::Error)]
pub enum CoverageError {
    /// The report is not the JSON that was expected.
    #[error("read the coverage report")]
    Json(#[from] serde_json::Error),
    /// The report is of a format this version does not know.
    #[error("read the coverage report: its format is {0:?}")]
    UnknownFormat(String),
    /// The numbers cannot be true.
    #[error("read the coverage report: {path:?} has {covered} of {total} lines covered")]
    Impossible {
        /// The file they are about.
        path: String,
        /// Lines said to have run.
        covered: u32,
        /// Lines said to be able to run.
        total: u32,
    },
    /// The report names more files than any project has.
    #[error("read the coverage report: it names more than {MAX_FILES} files")]
    TooManyFiles,
}

/// Where the measuring run finds and leaves its files, all outside the project.
#[derive(Debug, Clone, Copy)]
pub struct Places<'a> {
    /// The project's root.
    pub root: &'a str,
    /// A file into which the caller wrote [`TRACE_DRIVER`].
    pub driver: &'a str,
    /// The data file of coverage.py, used between its two commands.
    pub data: &'a str,
    /// The JSON report.
    pub report: &'a str,
}

/// Turns `python3 -m unittest …` or `python3 -m pytest …` into the same run under the driver. None for anything else.
pub fn trace_command(test: &[String], places: Places<'_>) -> Option<Vec<String>> {
    let (python, module) = module_run(test)?;
    let words = [
        python,
        places.driver,
        "--root",
        places.root,
        "--out",
        places.report,
        "--",
    ];
    Some(
        words
            .into_iter()
            .map(str::to_owned)
            .chain(module.iter().cloned())
            .collect(),
    )
}

/// What counts as test, as far as coverage.py's patterns can say what the driver's `is_test` says.
const OMIT: &str = "--omit=*/test_*.py,*_test.py,*/test.py,*/tests.py,*/conftest.py,*/setup.py,*/noxfile.py,*/test/*,*/tests/*,*/testing/*";

/// Turns the same into the two commands of coverage.py: the run, and the writing of the JSON report.
pub fn coverage_commands(test: &[String], places: Places<'_>) -> Option<[Vec<String>; 2]> {
    let (python, module) = module_run(test)?;
    let data = format!("--data-file={}", places.data);
    let source = format!("--source={}", places.root);
    let run = [python, "-m", "coverage", "run", &data, &source, OMIT, "-m"];
    let run = run
        .into_iter()
        .map(str::to_owned)
        .chain(module.iter().cloned())
        .collect();
    let json = [
        python,
        "-m",
        "coverage",
        "json",
        "-q",
        "-i",
        &data,
        "-o",
        places.report,
    ];
    Some([run, json.into_iter().map(str::to_owned).collect()])
}

fn module_run(test: &[String]) -> Option<(&str, &[String])> {
    match test {
        [python, flag, module @ ..] if flag == "-m" && !module.is_empty() => Some((python, module)),
        _ => None,
    }
}

/// The part of coverage.py's JSON that is read. Other fields are ignored: its form grows with every release.
#[derive(serde::Deserialize)]
struct CoveragePyReport {
    files: BTreeMap<String, CoveragePyFile>,
}

#[derive(serde::Deserialize)]
struct CoveragePyFile {
    summary: CoveragePySummary,
}

#[derive(serde::Deserialize)]
struct CoveragePySummary {
    covered_lines: u32,
    num_statements: u32,
}

/// Reads what `coverage json` writes. Paths are as coverage.py wrote them: from its working directory where possible.
pub fn parse_coverage_py(report: &str) -> Result<Coverage, CoverageError> {
    let report: CoveragePyReport = serde_json::from_str(report)?;
    let files = report.files.into_iter();
    gather(
        CoverageTool::CoveragePy,
        files.map(|(path, file)| {
            (
                path,
                file.summary.covered_lines,
                file.summary.num_statements,
            )
        }),
    )
}

/// What the driver writes. Version 1: an unknown format is refused, unknown fields are ignored, so that a later driver
/// may add fields under the same name but must not change the meaning of these.
#[derive(serde::Deserialize)]
struct TraceReport {
    format: String,
    files: BTreeMap<String, TraceFile>,
}

#[derive(serde::Deserialize)]
struct TraceFile {
    covered: u32,
    total: u32,
}

/// The format the driver writes.
const TRACE_FORMAT: &str = "venom-trace-1";

/// Reads what [`TRACE_DRIVER`] writes.
pub fn parse_trace(report: &str) -> Result<Coverage, CoverageError> {
    let report: TraceReport = serde_json::from_str(report)?;
    if report.format != TRACE_FORMAT {
        return Err(CoverageError::UnknownFormat(
            report.format.chars().take(64).collect(),
        ));
    }
    let files = report.files.into_iter();
    gather(
        CoverageTool::PythonTrace,
        files.map(|(path, file)| (path, file.covered, file.total)),
    )
}

fn gather(
    tool: CoverageTool,
    measured: impl ExactSizeIterator<Item = (String, u32, u32)>,
) -> Result<Coverage, CoverageError> {
    if measured.len() > MAX_FILES {
        return Err(CoverageError::TooManyFiles);
    }
    let mut coverage = Coverage {
        tool,
        covered: 0,
        total: 0,
        files: Vec::with_capacity(measured.len()),
    };
    for (path, covered, total) in measured {
        if covered > total {
            return Err(CoverageError::Impossible {
                path,
                covered,
                total,
            });
        }
        coverage.covered = coverage.covered.saturating_add(covered);
        coverage.total = coverage.total.saturating_add(total);
        coverage.files.push(FileCoverage {
            path: path.replace('\\', "/"),
            covered,
            total,
        });
    }
    coverage
        .files
        .sort_by(|one, other| one.path.cmp(&other.path));
    Ok(coverage)
}

#[cfg(test)]
mod tests;
