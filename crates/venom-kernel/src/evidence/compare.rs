//! Comparing what test suites said: before and after, and at the first try and the next.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Evidence, TestEvidence};
use crate::id::StepId;
use crate::plan::Check;

/// The most failed tests that run again. Chosen: when more fail at once, it is no accident.
const MOST: usize = 20;

/// The tests of a step against those of a step before it, by name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Comparison {
    /// They fail now and did not before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub newly_failing: Vec<String>,
    /// They failed before and do not now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub newly_passing: Vec<String>,
    /// They fail now and failed before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub still_failing: Vec<String>,
    /// They failed, and passed when they ran again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flaky: Vec<String>,
}

impl Comparison {
    /// Tells whether there is nothing to say.
    pub const fn is_empty(&self) -> bool {
        self.newly_failing.is_empty()
            && self.newly_passing.is_empty()
            && self.still_failing.is_empty()
            && self.flaky.is_empty()
    }
}

/// Compares the tests of a step with those of the step before it, if there is one. `None` if the step
/// ran no tests.
pub fn compare(own: &[Evidence], before: Option<&[Evidence]>) -> Option<Comparison> {
    let after = tests(own)?;
    let flaky = flaky(own);
    let was: BTreeSet<&str> = before.map(failing).unwrap_or_default();
    let is: BTreeSet<&str> = failing(own);
    let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
    let has_before = before.is_some_and(|before| tests(before).is_some());
    let (newly_failing, newly_passing, still_failing) = if has_before {
        (
            is.difference(&was).copied().collect(),
            was.iter()
                .filter(|name| !is.contains(*name) && after.complete)
                .copied()
                .collect(),
            is.intersection(&was).copied().collect(),
        )
    } else {
        (Vec::new(), Vec::new(), is.iter().copied().collect())
    };
    Some(Comparison {
        newly_failing: owned(newly_failing),
        newly_passing: owned(newly_passing),
        still_failing: owned(still_failing),
        flaky: owned(flaky.into_iter().collect()),
    })
}

/// Returns the failed tests that should run again before a step is judged: those that would break one
/// of its checks and did not pass at another try yet.
pub fn to_rerun<'a>(
    checks: &[Check],
    own: &[Evidence],
    of: &dyn Fn(&StepId) -> Option<&'a [Evidence]>,
) -> Vec<String> {
    let Some(suite) = tests(own) else {
        return Vec::new();
    };
    let names_are_whole = usize::try_from(suite.failed) == Ok(suite.failing.len());
    if !suite.selects || !suite.complete || !names_are_whole {
        return Vec::new();
    }
    let rounds = own
        .iter()
        .filter(|fact| matches!(fact, Evidence::Rerun { .. }))
        .count();
    let left = failing(own);
    let mut wanted: BTreeSet<&str> = BTreeSet::new();
    for check in checks
        .iter()
        .filter(|check| usize::from(check.reruns()) > rounds)
    {
        let known = match check.reads().first() {
            Some(than) => of(than).map(failing).unwrap_or_default(),
            None => BTreeSet::new(),
        };
        wanted.extend(left.difference(&known));
    }
    if wanted.len() > MOST {
        return Vec::new();
    }
    wanted.into_iter().map(str::to_owned).collect()
}

/// Returns what the suite of a step said.
pub(super) fn tests(evidence: &[Evidence]) -> Option<&TestEvidence> {
    evidence.iter().find_map(|fact| match fact {
        Evidence::Tests(tests) => Some(tests),
        Evidence::Exit { .. }
        | Evidence::NotRun { .. }
        | Evidence::Findings(_)
        | Evidence::Fixes(_)
        | Evidence::Commit { .. }
        | Evidence::Lint { .. }
        | Evidence::Rerun { .. }
        | Evidence::Observed { .. } => None,
    })
}

/// Returns the tests that failed and passed at another try.
pub(super) fn flaky(evidence: &[Evidence]) -> BTreeSet<&str> {
    let first: BTreeSet<&str> = tests(evidence)
        .map(|tests| tests.failing.iter().map(String::as_str).collect())
        .unwrap_or_default();
    let passed = evidence.iter().filter_map(|fact| match fact {
        Evidence::Rerun { passed, .. } => Some(passed),
        Evidence::Exit { .. }
        | Evidence::Tests(_)
        | Evidence::NotRun { .. }
        | Evidence::Findings(_)
        | Evidence::Fixes(_)
        | Evidence::Commit { .. }
        | Evidence::Lint { .. }
        | Evidence::Observed { .. } => None,
    });
    passed
        .flatten()
        .map(String::as_str)
        .filter(|name| first.contains(name))
        .collect()
}

/// Returns the tests that failed and never passed.
fn failing(evidence: &[Evidence]) -> BTreeSet<&str> {
    let flaky = flaky(evidence);
    tests(evidence)
        .into_iter()
        .flat_map(|tests| &tests.failing)
        .map(String::as_str)
        .filter(|name| !flaky.contains(name))
        .collect()
}
