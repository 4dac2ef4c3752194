//! Evidence: typed facts that steps leave behind, and the verdict of checks over them.
//!
//! A step closes on evidence, never because something says "done". A check has three answers: it
//! holds, it is broken, or nothing can be said about it, and the third is never counted as the first.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::plan::Check;

mod compare;
mod judge;

pub use compare::{Comparison, compare, to_rerun};
pub use judge::judge;

/// A fact about what a step did or saw. Details lie in the step's result; this is what decisions
/// and the report's figures rest on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Evidence {
    /// A command ended.
    Exit {
        /// Its exit code; `None` if a signal ended it.
        code: Option<i32>,
    },
    /// A test suite ran.
    Tests(TestEvidence),
    /// Something was not done although the step asked for it.
    NotRun {
        /// What was not done, such as `tests`.
        what: String,
        /// Why not.
        why: String,
        /// What the user can do about it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cure: Option<String>,
    },
    /// Code was searched for weaknesses: how many were found, by kind.
    Findings(BTreeMap<String, u32>),
    /// Weaknesses were fixed: how many, by kind.
    Fixes(BTreeMap<String, u32>),
    /// A commit was made.
    Commit {
        /// Its full object name.
        id: String,
    },
    /// A linter looked: its findings by their stable keys, with how often each stands there.
    Lint {
        /// The findings, at most [`LINT_KEYS`] keys.
        findings: BTreeMap<String, u32>,
        /// How many findings have keys that are not listed.
        #[serde(default, skip_serializing_if = "is_none")]
        more: u32,
    },
    /// Failed tests ran again, alone.
    Rerun {
        /// Cases that passed this time.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        passed: Vec<String>,
        /// Cases that failed again, or did not run.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        failing: Vec<String>,
    },
    /// Somebody looked outside for a check.
    Observed {
        /// The check.
        check: Check,
        /// Whether it holds.
        holds: bool,
        /// What was seen.
        saw: String,
    },
}

/// How many keys of a linter's findings are kept. Chosen: they stand in the log.
pub const LINT_KEYS: usize = 1_000;

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
const fn is_none(number: &u32) -> bool {
    *number == 0
}

/// What a test suite said.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TestEvidence {
    /// The runner, such as `pytest`.
    pub runner: String,
    /// Cases that passed.
    pub passed: u32,
    /// Cases that failed or broke.
    pub failed: u32,
    /// Cases that were skipped.
    #[serde(default)]
    pub skipped: u32,
    /// Whether the runner came to its end, so that the figures are whole.
    pub complete: bool,
    /// Names of failing cases, at most [`Self::NAMES`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failing: Vec<String>,
    /// Whether the runner can run failing cases alone, by the names in `failing`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub selects: bool,
    /// Line coverage, if it was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coverage: Option<Coverage>,
    /// Why coverage was asked for and not measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_coverage: Option<String>,
}

impl TestEvidence {
    /// How many names of failing cases are kept. Chosen: more than anybody reads.
    pub const NAMES: usize = 200;

    /// Returns the number of cases that ran.
    pub const fn ran(&self) -> u32 {
        self.passed.saturating_add(self.failed)
    }
}

/// Lines that ran of lines that could.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// The tool that measured it.
    pub tool: String,
    /// Lines that ran.
    pub covered: u32,
    /// Lines that could run.
    pub total: u32,
}

impl Coverage {
    /// Returns the share of covered lines in hundredths of a percent.
    pub fn basis_points(&self) -> u32 {
        let total = u64::from(self.total.max(1));
        u32::try_from(u64::from(self.covered) * 10_000 / total).unwrap_or(10_000)
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = (self.basis_points() + 5) / 10;
        write!(f, "{}.{}%", tenths / 10, tenths % 10)
    }
}

/// The answer to a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The evidence shows that the check holds.
    Held,
    /// The evidence shows that it does not.
    Broken(String),
    /// There is no evidence that could decide.
    Unproven(String),
}

/// A check with its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judged {
    /// The check.
    pub check: Check,
    /// The answer.
    pub verdict: Verdict,
}

#[cfg(test)]
mod tests;
