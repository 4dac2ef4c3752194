//! Judging: the verdict of a check over evidence.

use std::collections::BTreeMap;

use super::compare::flaky;
use super::{Evidence, TestEvidence, Verdict};
use crate::id::StepId;
use crate::plan::{Check, Flaky};

/// Judges a check of a step from the step's own evidence and that of steps before it.
pub fn judge<'a>(
    check: &Check,
    own: &[Evidence],
    of: &dyn Fn(&StepId) -> Option<&'a [Evidence]>,
) -> Verdict {
    match check {
        Check::ResultFits => Verdict::Held,
        Check::ExitZero => exit_zero(own),
        Check::Built => built(own),
        Check::TestsRan => match suite(own) {
            Ok(tests) if tests.complete => Verdict::Held,
            Ok(_) => Verdict::Broken("the test run did not come to its end".to_owned()),
            Err(verdict) => verdict,
        },
        Check::TestsPass { flaky, .. } => pass(own, *flaky),
        Check::TestsNotWorse { than, flaky, .. } => not_worse(own, of(than), *flaky),
        Check::LintNotWorse { than } => lint_not_worse(own, of(than)),
        Check::FindingsGone { found_by, fixed_by } => gone(own, of(found_by), of(fixed_by)),
        Check::Committed => committed(own),
        Check::FileExists { .. }
        | Check::FileMissing { .. }
        | Check::FileContains { .. }
        | Check::FileMatches { .. }
        | Check::FileHash { .. }
        | Check::FileNewer { .. }
        | Check::JsonEquals { .. }
        | Check::Http { .. }
        | Check::Command { .. } => observed(check, own),
    }
}

/// What somebody saw who looked outside for the check; the last look counts.
fn observed(check: &Check, own: &[Evidence]) -> Verdict {
    let name = check.to_string();
    let verdict = own.iter().rev().find_map(|fact| match fact {
        Evidence::Observed {
            check: seen,
            holds: true,
            ..
        } if seen == check => Some(Verdict::Held),
        Evidence::Observed {
            check: seen, saw, ..
        } if seen == check => Some(Verdict::Broken(saw.clone())),
        Evidence::NotRun { what, why, .. } if *what == name => Some(Verdict::Unproven(why.clone())),
        Evidence::Observed { .. }
        | Evidence::NotRun { .. }
        | Evidence::Exit { .. }
        | Evidence::Tests(_)
        | Evidence::Findings(_)
        | Evidence::Fixes(_)
        | Evidence::Lint { .. }
        | Evidence::Rerun { .. }
        | Evidence::Commit { .. } => None,
    });
    verdict.unwrap_or_else(|| Verdict::Unproven("nobody looked".to_owned()))
}

fn committed(own: &[Evidence]) -> Verdict {
    if own
        .iter()
        .any(|fact| matches!(fact, Evidence::Commit { .. }))
    {
        return Verdict::Held;
    }
    let why = not_run(own, "commit");
    let why = why.map(|why| format!(": {why}")).unwrap_or_default();
    Verdict::Broken(format!("no commit was made{why}"))
}

/// Returns why something was not done.
fn not_run<'e>(own: &'e [Evidence], wanted: &str) -> Option<&'e str> {
    own.iter().find_map(|fact| match fact {
        Evidence::NotRun { what, why, .. } if what == wanted => Some(why.as_str()),
        Evidence::NotRun { .. }
        | Evidence::Exit { .. }
        | Evidence::Tests(_)
        | Evidence::Findings(_)
        | Evidence::Fixes(_)
        | Evidence::Commit { .. }
        | Evidence::Lint { .. }
        | Evidence::Rerun { .. }
        | Evidence::Observed { .. } => None,
    })
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
            | Evidence::Lint { .. }
            | Evidence::Rerun { .. }
            | Evidence::Observed { .. } => {}
        }
    }
    Verdict::Unproven("no command ran".to_owned())
}

/// A build counts when all of it was built: one part that was left out proves nothing about it.
fn built(own: &[Evidence]) -> Verdict {
    let exits = || {
        own.iter().filter_map(|fact| match fact {
            Evidence::Exit { code } => Some(*code),
            Evidence::NotRun { .. }
            | Evidence::Tests(_)
            | Evidence::Findings(_)
            | Evidence::Fixes(_)
            | Evidence::Commit { .. }
            | Evidence::Lint { .. }
            | Evidence::Rerun { .. }
            | Evidence::Observed { .. } => None,
        })
    };
    match exits().find(|code| *code != Some(0)) {
        Some(Some(code)) => {
            return Verdict::Broken(format!("the build ended with exit code {code}"));
        }
        Some(None) => return Verdict::Broken("a signal ended the build".to_owned()),
        None => {}
    }
    if let Some(why) = not_run(own, "build") {
        return Verdict::Unproven(format!("not everything was built: {why}"));
    }
    if exits().next().is_some() {
        Verdict::Held
    } else {
        Verdict::Unproven("nothing was built".to_owned())
    }
}

/// Finds what a test suite said, or the verdict that there is nothing to judge.
fn suite(evidence: &[Evidence]) -> Result<&TestEvidence, Verdict> {
    if let Some(tests) = super::compare::tests(evidence) {
        return Ok(tests);
    }
    Err(Verdict::Unproven(match not_run(evidence, "tests") {
        Some(why) => format!("tests were not run: {why}"),
        None => "no test report".to_owned(),
    }))
}

/// Returns how many tests failed for good; with the tests that passed at another try, if those do not
/// count as failed.
fn failed<'e>(own: &'e [Evidence], tests: &TestEvidence, strict: Flaky) -> (u32, Vec<&'e str>) {
    let passed_later: Vec<&str> = flaky(own).into_iter().collect();
    match strict {
        Flaky::Tolerated => {
            let number = u32::try_from(passed_later.len()).unwrap_or(u32::MAX);
            (tests.failed.saturating_sub(number), passed_later)
        }
        Flaky::Fails => (tests.failed, Vec::new()),
    }
}

fn pass(own: &[Evidence], strict: Flaky) -> Verdict {
    let tests = match suite(own) {
        Ok(tests) => tests,
        Err(verdict) => return verdict,
    };
    let (failed, _) = failed(own, tests, strict);
    if failed > 0 {
        Verdict::Broken(format!("{failed} of {} tests failed", tests.ran()))
    } else if !tests.complete {
        Verdict::Broken("the test run did not come to its end".to_owned())
    } else if tests.ran() == 0 {
        Verdict::Unproven("no test ran".to_owned())
    } else {
        Verdict::Held
    }
}

/// The suite after a change must pass whatever passed before it, and only a suite that was whole
/// and green before can prove anything.
fn not_worse(own: &[Evidence], before: Option<&[Evidence]>, strict: Flaky) -> Verdict {
    let (earlier, before) = match before.map(|earlier| (earlier, suite(earlier))) {
        Some((earlier, Ok(before))) => (earlier, before),
        Some((_, Err(verdict))) => return verdict,
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
    let (failed_after, passed_later) = failed(own, after, strict);
    let (failed_before, _) = failed(earlier, before, strict);
    let new: Vec<&str> = after
        .failing
        .iter()
        .filter(|name| !before.failing.contains(name) && !passed_later.contains(&name.as_str()))
        .map(String::as_str)
        .collect();
    if !new.is_empty() || failed_after > before.failed {
        let names = new.iter().take(5).copied().collect::<Vec<_>>().join(", ");
        return Verdict::Broken(format!(
            "{failed_after} of {} tests fail, {} before: {names}",
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
    if failed_before > 0 || !before.complete {
        return Verdict::Unproven(format!(
            "the tests were not green before the change ({} of {} failed)",
            before.failed,
            before.ran()
        ));
    }
    Verdict::Held
}

fn lint(evidence: &[Evidence]) -> Option<(&BTreeMap<String, u32>, u32)> {
    evidence.iter().find_map(|fact| match fact {
        Evidence::Lint { findings, more } => Some((findings, *more)),
        Evidence::Exit { .. }
        | Evidence::Tests(_)
        | Evidence::NotRun { .. }
        | Evidence::Findings(_)
        | Evidence::Fixes(_)
        | Evidence::Commit { .. }
        | Evidence::Rerun { .. }
        | Evidence::Observed { .. } => None,
    })
}

/// A finding is new when its key stands there more often than before. Where keys were left out, only
/// the whole number can be compared, and that proves nothing when it did not grow.
fn lint_not_worse(own: &[Evidence], before: Option<&[Evidence]>) -> Verdict {
    let (Some((after, after_more)), Some((before, before_more))) =
        (lint(own), before.and_then(lint))
    else {
        return Verdict::Unproven("there are no findings of a linter to compare".to_owned());
    };
    let total = |findings: &BTreeMap<String, u32>, more: u32| {
        findings
            .values()
            .fold(u64::from(more), |all, count| all + u64::from(*count))
    };
    if after_more > 0 || before_more > 0 {
        let (now, then) = (total(after, after_more), total(before, before_more));
        return if now > then {
            Verdict::Broken(format!("the linter finds {now}, {then} before"))
        } else {
            Verdict::Unproven("the linter finds more than can be compared one by one".to_owned())
        };
    }
    let new: Vec<&str> = after
        .iter()
        .filter(|(key, count)| **count > before.get(*key).copied().unwrap_or(0))
        .map(|(key, _)| key.as_str())
        .collect();
    if new.is_empty() {
        return Verdict::Held;
    }
    let names = new.iter().take(5).copied().collect::<Vec<_>>().join(", ");
    Verdict::Broken(format!("the linter finds {} new: {names}", new.len()))
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
        | Evidence::Lint { .. }
        | Evidence::Rerun { .. }
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
