//! Evidence: typed facts that steps leave behind, and the verdict of checks over them.
//!
//! A step closes on evidence, never because something says "done". A check has three answers: it
//! holds, it is broken, or nothing can be said about it, and the third is never counted as the first.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::StepId;
use crate::plan::Check;

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
    /// Somebody looked at the workspace for a check.
    Observed {
        /// The check.
        check: Check,
        /// Whether it holds.
        holds: bool,
        /// What was seen.
        saw: String,
    },
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

/// Judges a check of a step from the step's own evidence and that of steps before it.
pub fn judge<'a>(
    check: &Check,
    own: &[Evidence],
    of: &dyn Fn(&StepId) -> Option<&'a [Evidence]>,
) -> Verdict {
    match check {
        Check::ResultFits => Verdict::Held,
        Check::ExitZero => exit_zero(own),
        Check::TestsRan => match suite(own) {
            Ok(tests) if tests.complete => Verdict::Held,
            Ok(_) => Verdict::Broken("the test run did not come to its end".to_owned()),
            Err(verdict) => verdict,
        },
        Check::TestsPass => match suite(own) {
            Ok(tests) if tests.failed > 0 => {
                Verdict::Broken(format!("{} of {} tests failed", tests.failed, tests.ran()))
            }
            Ok(tests) if !tests.complete => {
                Verdict::Broken("the test run did not come to its end".to_owned())
            }
            Ok(tests) if tests.ran() == 0 => Verdict::Unproven("no test ran".to_owned()),
            Ok(_) => Verdict::Held,
            Err(verdict) => verdict,
        },
        Check::TestsNotWorse { than } => not_worse(own, of(than)),
        Check::FindingsGone { found_by, fixed_by } => gone(own, of(found_by), of(fixed_by)),
        Check::Committed => {
            if own
                .iter()
                .any(|fact| matches!(fact, Evidence::Commit { .. }))
            {
                Verdict::Held
            } else {
                let why = own.iter().find_map(|fact| match fact {
                    Evidence::NotRun { what, why, .. } if what == "commit" => Some(why.as_str()),
                    Evidence::NotRun { .. }
                    | Evidence::Exit { .. }
                    | Evidence::Tests(_)
                    | Evidence::Findings(_)
                    | Evidence::Fixes(_)
                    | Evidence::Commit { .. }
                    | Evidence::Observed { .. } => None,
                });
                let why = why.map(|why| format!(": {why}")).unwrap_or_default();
                Verdict::Broken(format!("no commit was made{why}"))
            }
        }
        Check::FileExists { .. } | Check::FileContains { .. } => {
            let seen = own.iter().find_map(|evidence| match evidence {
                Evidence::Observed {
                    check: seen,
                    holds,
                    saw,
                } if seen == check => Some((*holds, saw)),
                Evidence::Observed { .. }
                | Evidence::Exit { .. }
                | Evidence::Tests(_)
                | Evidence::NotRun { .. }
                | Evidence::Findings(_)
                | Evidence::Fixes(_)
                | Evidence::Commit { .. } => None,
            });
            match seen {
                Some((true, _)) => Verdict::Held,
                Some((false, saw)) => Verdict::Broken(saw.clone()),
                None => Verdict::Unproven("nobody looked".to_owned()),
            }
        }
    }
}

fn exit_zero(own: &[Evidence]) -> Verdict {
    for evidence in own {
        match evidence {
            Evidence::Exit { code: Some(0) } => return Verdict::Held,
            Evidence::Exit { code: Some(code) } => {
                return Verdict::Broken(format!("the command ended with exit code {code}"));
            }
            Evidence::Exit { code: None } => {
                return Verdict::Broken("a signal ended the command".to_owned());
            }
            Evidence::NotRun { why, .. } => return Verdict::Unproven(why.clone()),
            Evidence::Tests(_)
            | Evidence::Findings(_)
            | Evidence::Fixes(_)
            | Evidence::Commit { .. }
            | Evidence::Observed { .. } => {}
        }
    }
    Verdict::Unproven("no command ran".to_owned())
}

/// Finds what a test suite said, or the verdict that there is nothing to judge.
fn suite(evidence: &[Evidence]) -> Result<&TestEvidence, Verdict> {
    for fact in evidence {
        match fact {
            Evidence::Tests(tests) => return Ok(tests),
            Evidence::NotRun { what, why, .. } if what == "tests" => {
                return Err(Verdict::Unproven(format!("tests were not run: {why}")));
            }
            Evidence::NotRun { .. }
            | Evidence::Exit { .. }
            | Evidence::Findings(_)
            | Evidence::Fixes(_)
            | Evidence::Commit { .. }
            | Evidence::Observed { .. } => {}
        }
    }
    Err(Verdict::Unproven("no test report".to_owned()))
}

/// The suite after a change must pass whatever passed before it, and only a suite that was whole
/// and green before can prove anything.
fn not_worse(own: &[Evidence], before: Option<&[Evidence]>) -> Verdict {
    let before = match before.map(suite) {
        Some(Ok(before)) => before,
        Some(Err(verdict)) => return verdict,
        None => return Verdict::Unproven("there is no test run to compare with".to_owned()),
    };
    let after = match suite(own) {
        Ok(after) => after,
        Err(Verdict::Unproven(why)) => {
            return Verdict::Broken(format!(
                "tests ran before the change and not after it: {why}"
            ));
        }
        Err(verdict) => return verdict,
    };
    if !after.complete && before.complete {
        return Verdict::Broken("the test run did not come to its end any more".to_owned());
    }
    let new: Vec<&str> = after
        .failing
        .iter()
        .filter(|name| !before.failing.contains(name))
        .map(String::as_str)
        .collect();
    if !new.is_empty() || after.failed > before.failed {
        let names = new.iter().take(5).copied().collect::<Vec<_>>().join(", ");
        return Verdict::Broken(format!(
            "{} of {} tests fail, {} before: {names}",
            after.failed,
            after.ran(),
            before.failed
        ));
    }
    if after.ran() < before.ran() {
        return Verdict::Broken(format!(
            "only {} tests ran, {} before",
            after.ran(),
            before.ran()
        ));
    }
    if before.ran() == 0 {
        return Verdict::Unproven("the project has no tests".to_owned());
    }
    if before.failed > 0 || !before.complete {
        return Verdict::Unproven(format!(
            "the tests were not green before the change ({} of {} failed)",
            before.failed,
            before.ran()
        ));
    }
    Verdict::Held
}

fn counts(evidence: Option<&[Evidence]>, fixes: bool) -> Option<&BTreeMap<String, u32>> {
    evidence?.iter().find_map(|fact| match fact {
        Evidence::Findings(counts) if !fixes => Some(counts),
        Evidence::Fixes(counts) if fixes => Some(counts),
        Evidence::Findings(_)
        | Evidence::Fixes(_)
        | Evidence::Exit { .. }
        | Evidence::Tests(_)
        | Evidence::NotRun { .. }
        | Evidence::Commit { .. }
        | Evidence::Observed { .. } => None,
    })
}

fn gone(own: &[Evidence], found: Option<&[Evidence]>, fixed: Option<&[Evidence]>) -> Verdict {
    let (Some(after), Some(before), Some(fixed)) = (
        counts(Some(own), false),
        counts(found, false),
        counts(fixed, true),
    ) else {
        return Verdict::Unproven("there are no findings to compare".to_owned());
    };
    for (kind, now) in after {
        let had = before.get(kind).copied().unwrap_or(0);
        let gone = fixed.get(kind).copied().unwrap_or(0);
        let allowed = had.saturating_sub(gone);
        if *now > allowed {
            return Verdict::Broken(format!(
                "{now} findings of kind {kind} are left, {allowed} were expected"
            ));
        }
    }
    Verdict::Held
}

#[cfg(test)]
mod tests;
