//! One block of libtest output: from `running 3 tests` to `test result: …`.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{CaseStatus, text};

/// The verdict on one test, as its line gave it.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) name: String,
    pub(super) status: CaseStatus,
    reason: Option<String>,
    /// The name came first and the verdict on a later line, as libtest prints with one thread.
    is_split: bool,
}

/// The numbers of the closing line.
#[derive(Debug)]
pub(super) struct Totals {
    pub(super) passed: usize,
    pub(super) failed: usize,
    pub(super) ignored: usize,
}

/// Where in the block the reader is.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    Results,
    Details,
    Names,
}

/// A block while it is read and after.
#[derive(Debug)]
pub(super) struct Block {
    /// How many tests the binary said it would run.
    pub(super) announced: u32,
    pub(super) outcomes: Vec<Outcome>,
    /// A test whose name was printed and whose verdict was not.
    pub(super) pending: Option<String>,
    /// Absent when the binary died.
    pub(super) totals: Option<Totals>,
    failed_names: BTreeSet<String>,
    details: BTreeMap<String, String>,
    current: Option<String>,
    part: Part,
}

impl Block {
    pub(super) fn new(announced: u32) -> Self {
        Self {
            announced,
            outcomes: Vec::new(),
            pending: None,
            totals: None,
            failed_names: BTreeSet::new(),
            details: BTreeMap::new(),
            current: None,
            part: Part::Results,
        }
    }

    /// Reads one line and says whether the block goes on.
    pub(super) fn take_line(&mut self, line: &str) -> bool {
        if let Some(totals) = totals(line) {
            self.totals = Some(totals);
            return false;
        }
        match self.part {
            Part::Results if line == "failures:" => self.part = Part::Details,
            Part::Results => self.take_result(line),
            Part::Details if line == "failures:" => self.part = Part::Names,
            Part::Details => self.take_detail(line),
            Part::Names => {
                if let Some(name) = line.strip_prefix("    ") {
                    self.failed_names.insert(clean_name(name).to_owned());
                }
            }
        }
        true
    }

    fn take_result(&mut self, line: &str) {
        if let Some((name, rest)) = named(line) {
            if let Some((status, reason)) = verdict(rest) {
                self.push(name, status, reason, false);
            } else {
                self.pending = Some(name.to_owned());
                self.settle_pending(rest);
            }
        } else if self.pending.is_some() {
            self.settle_pending(line);
        } else if let Some((name, rest)) = named_after_noise(line)
            && let Some((status, reason)) = verdict(rest)
        {
            self.push(name, status, reason, false);
        }
    }

    fn settle_pending(&mut self, printed: &str) {
        let status = if printed.ends_with("ok") {
            CaseStatus::Passed
        } else if printed.ends_with("FAILED") {
            CaseStatus::Failed
        } else {
            return;
        };
        if let Some(name) = self.pending.take() {
            self.push(&name, status, None, true);
        }
    }

    fn push(&mut self, name: &str, status: CaseStatus, reason: Option<String>, is_split: bool) {
        let name = name.to_owned();
        self.outcomes.push(Outcome {
            name,
            status,
            reason,
            is_split,
        });
    }

    fn take_detail(&mut self, line: &str) {
        let title = line
            .strip_prefix("---- ")
            .and_then(|line| line.strip_suffix(" ----"));
        let name = title.and_then(|title| {
            title
                .strip_suffix(" stdout")
                .or_else(|| title.strip_suffix(" stderr"))
        });
        if let Some(name) = name {
            self.current = Some(clean_name(name).to_owned());
        } else if let Some(name) = &self.current {
            let detail = self.details.entry(name.clone()).or_default();
            detail.push_str(line);
            detail.push('\n');
        }
    }

    /// Whether cargo counts the binary among the failed ones: a test of it failed, or it died.
    pub(super) fn has_failed(&self) -> bool {
        self.totals.as_ref().is_none_or(|totals| totals.failed > 0)
    }

    /// Whether these are the tests of documentation, which are named by file and line.
    pub(super) fn is_documentation(&self) -> bool {
        !self.outcomes.is_empty()
            && self
                .settled()
                .all(|outcome| outcome.name.contains(" (line "))
    }

    /// The outcomes without those that a test only printed: the closing list names every test that failed.
    pub(super) fn settled(&self) -> impl Iterator<Item = &Outcome> {
        self.outcomes.iter().filter(|outcome| {
            let is_forged = outcome.status == CaseStatus::Failed
                && self.totals.is_some()
                && !self.failed_names.contains(&outcome.name);
            !is_forged
        })
    }

    /// Turns what a test printed in place of its verdict into the verdict the closing list implies.
    pub(super) fn close(&mut self) {
        if self.totals.is_none() {
            return;
        }
        for outcome in &mut self.outcomes {
            let is_listed = self.failed_names.contains(&outcome.name);
            match outcome.status {
                CaseStatus::Failed if outcome.is_split && !is_listed => {
                    outcome.status = CaseStatus::Passed;
                }
                CaseStatus::Passed if is_listed => outcome.status = CaseStatus::Failed,
                CaseStatus::Failed
                | CaseStatus::Passed
                | CaseStatus::Skipped
                | CaseStatus::Errored => {}
            }
        }
    }

    /// What the block says about an outcome.
    pub(super) fn message_of(&self, outcome: &Outcome) -> Option<String> {
        let detail = self
            .details
            .get(&outcome.name)
            .filter(|_| outcome.status.is_failing());
        detail
            .or(outcome.reason.as_ref())
            .and_then(|message| text::some_message(message))
    }
}

/// Splits `test NAME ... REST` at the beginning of a line.
fn named(line: &str) -> Option<(&str, &str)> {
    let (name, rest) = line.strip_prefix("test ")?.split_once(" ... ")?;
    is_name(name).then_some((clean_name(name), rest))
}

/// The same behind something a child process printed without a line end. The last place that fits is the runner's.
fn named_after_noise(line: &str) -> Option<(&str, &str)> {
    let mut found = None;
    for (at, _) in line.match_indices("test ") {
        found = line.get(at..).and_then(named).or(found);
    }
    found
}

fn verdict(rest: &str) -> Option<(CaseStatus, Option<String>)> {
    match rest {
        "ok" => Some((CaseStatus::Passed, None)),
        "FAILED" => Some((CaseStatus::Failed, None)),
        "ignored" => Some((CaseStatus::Skipped, None)),
        _ if rest.starts_with("bench:") => Some((CaseStatus::Passed, None)),
        _ => Some((
            CaseStatus::Skipped,
            Some(rest.strip_prefix("ignored, ")?.to_owned()),
        )),
    }
}

/// Test paths hold no blank; names of documentation tests end in their line.
fn is_name(name: &str) -> bool {
    let name = clean_name(name);
    !name.is_empty()
        && (!name.contains(char::is_whitespace) || name.contains(" (line ") && name.ends_with(')'))
}

/// Drops what libtest adds to a name to say how the test is judged.
fn clean_name(name: &str) -> &str {
    let suffixes = [" - should panic", " - compile fail", " - compile"];
    suffixes
        .iter()
        .find_map(|suffix| name.strip_suffix(suffix))
        .unwrap_or(name)
}

/// Reads `test result: ok. 1 passed; 0 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.00s`. What was
/// measured has passed.
fn totals(line: &str) -> Option<Totals> {
    let rest = line.strip_prefix("test result: ")?;
    let (_, numbers) = rest.split_once(". ")?;
    let number = |what: &str| {
        let part = numbers.split("; ").find(|part| part.ends_with(what))?;
        part.split(' ').next()?.parse::<usize>().ok()
    };
    Some(Totals {
        passed: number(" passed")?.saturating_add(number(" measured").unwrap_or(0)),
        failed: number(" failed")?,
        ignored: number(" ignored")?,
    })
}
