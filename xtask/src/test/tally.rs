//! The sum over many test programs: how many passed, which failed, which did not run and why.

/// A test that did not run, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Skip {
    pub(crate) test: String,
    pub(crate) reason: String,
}

impl std::fmt::Display for Skip {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}: {}", self.test, self.reason)
    }
}

/// What a test prints at the start of a line when it cannot run here.
pub(crate) const SKIPPED: &str = "SKIPPED:";

/// Counts and names over everything read so far.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// What the harness called passed, skips by word of the test included.
    returned: usize,
    /// Of those, the ones that said they had skipped.
    said_skipped: usize,
    failed: usize,
    failures: Vec<String>,
    skips: Vec<Skip>,
}

impl Tally {
    /// Adds the counts a harness printed. Ignored tests are not among them: they are counted by name.
    pub(crate) fn add(&mut self, counts: Counts) {
        self.returned += counts.passed;
        self.failed += counts.failed;
    }

    /// Keeps the name of a test that the harness counts as failed itself.
    pub(crate) fn name_failure(&mut self, test: String) {
        self.failures.push(test);
    }

    /// Counts a failure no harness reported.
    pub(crate) fn fail(&mut self, what: String) {
        self.failed += 1;
        self.failures.push(what);
    }

    /// A test returned and said that it had skipped; a test that prints several reasons is one skip.
    pub(crate) fn said_skipped(&mut self, test: String, reason: &str) {
        if self.skips.last().is_none_or(|last| last.test != test) {
            self.said_skipped += 1;
            self.skips.push(Skip {
                test,
                reason: reason.trim().to_owned(),
            });
        }
    }

    /// The harness did not start a test.
    pub(crate) fn ignored(&mut self, test: String, reason: &str) {
        self.skips.push(Skip {
            test,
            reason: reason.trim().to_owned(),
        });
    }

    pub(crate) fn failed(&self) -> usize {
        self.failed
    }

    pub(crate) fn skips(&self) -> &[Skip] {
        &self.skips
    }

    pub(crate) fn failures(&self) -> &[String] {
        &self.failures
    }

    /// The line everything else reads.
    pub(crate) fn sum(&self) -> String {
        let passed = self.returned.saturating_sub(self.said_skipped);
        format!(
            "{passed} passed, {} failed, {} skipped",
            self.failed,
            self.skips.len()
        )
    }
}

/// One harness's own count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
}

impl Counts {
    /// Reads `3 passed; 1 failed; …` or `3 passed (1 slow), 1 failed, 1 timed out, …`; unknown parts are left out.
    pub(crate) fn parse<'a>(parts: impl Iterator<Item = &'a str>) -> Self {
        let mut counts = Self::default();
        for part in parts {
            let Some((number, what)) = part.trim().split_once(' ') else {
                continue;
            };
            let Ok(number) = number.parse::<usize>() else {
                continue;
            };
            if what.starts_with("passed") {
                counts.passed += number;
            } else if ["failed", "timed out", "exec failed"]
                .iter()
                .any(|bad| what.starts_with(bad))
            {
                counts.failed += number;
            }
        }
        counts
    }
}
