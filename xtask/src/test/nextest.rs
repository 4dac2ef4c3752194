//! Reads what `cargo nextest run --success-output immediate` prints.

use super::tally::{Counts, SKIPPED, Tally};

/// The test that passed and whose captured output follows.
#[derive(Debug, Default)]
pub(crate) struct Nextest {
    passed: Option<String>,
}

impl Nextest {
    /// Takes one line; answers whether a person should see it.
    pub(crate) fn read(&mut self, line: &str, tally: &mut Tally) -> bool {
        if let Some(counts) = summary(line) {
            tally.add(counts);
            self.passed = None;
            return true;
        }
        if let Some((status, test)) = status(line) {
            match status {
                "PASS" => self.passed = Some(test),
                // Long tests are named while they run, and once more when they end.
                "SLOW" => {}
                "SKIP" => tally.ignored(test, "ignored"),
                _ => {
                    self.passed = None;
                    // Failed tests are repeated at the end.
                    if !tally.failures().contains(&test) {
                        tally.name_failure(test);
                    }
                }
            }
            return true;
        }
        match &self.passed {
            Some(test) => {
                if let Some(reason) = line.trim_start().strip_prefix(SKIPPED) {
                    tally.said_skipped(test.clone(), reason);
                }
                // Captured output is indented or blank; everything else is nextest speaking.
                !(line.is_empty() || line.starts_with("  "))
            }
            None => true,
        }
    }
}

/// `        PASS [   0.007s] (1/4) venom-kernel plan::tests::refuses_a_cycle`
fn status(line: &str) -> Option<(&str, String)> {
    let (status, rest) = line.strip_prefix("    ")?.trim_start().split_once(" [")?;
    if !status
        .chars()
        .all(|character| character.is_ascii_uppercase() || character == '-')
    {
        return None;
    }
    let (_, rest) = rest.split_once("] ")?;
    let rest = rest.trim_start();
    let names = match rest
        .strip_prefix('(')
        .and_then(|rest| rest.split_once(") "))
    {
        Some((_, names)) => names,
        None => rest,
    };
    let (program, test) = names.trim().split_once(' ')?;
    Some((
        status,
        format!("{}::{test}", program.replace("::", "/").replace('-', "_")),
    ))
}

/// `     Summary [   0.090s] 4 tests run: 3 passed, 1 failed, 1 skipped`
fn summary(line: &str) -> Option<Counts> {
    let rest = line.trim_start().strip_prefix("Summary [")?;
    let (_, counts) = rest.split_once(" run: ")?;
    Some(Counts::parse(counts.split(',')))
}
