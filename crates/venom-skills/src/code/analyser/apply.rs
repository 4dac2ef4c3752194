//! Carries out the edits of findings, and takes back those that do not hold what they promise.

use std::collections::{BTreeMap, BTreeSet};

use super::finding::{Edit, Finding, Fix, MAX_TEXT_BYTES};
use super::{ProjectFacts, examine};

/// What came of a set of fixes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::struct_field_names,
    reason = "`applied` beside `left` is what it is"
)]
pub struct Applied {
    /// The text with the fixes in it.
    pub text: String,
    /// The findings that are fixed, by their place in the list that was given.
    pub applied: Vec<usize>,
    /// The findings that are left, and why.
    pub left: Vec<(usize, String)>,
}

/// Applies the fixes of findings to the text they were found in.
///
/// What is suppressed in the text is left. Edits that overlap are carried out for the first finding
/// only. The result is read again: where
/// it does not parse as well as before, or where a fixed finding is found once more, the fix is
/// taken back.
pub fn apply(text: &str, findings: &[Finding]) -> Applied {
    let mut left: Vec<(usize, String)> = Vec::new();
    let mut wanted: Vec<usize> = Vec::new();
    let mut taken: BTreeSet<Edit> = BTreeSet::new();
    for (index, finding) in findings.iter().enumerate() {
        if let Some(mark) = &finding.suppressed {
            left.push((index, format!("suppressed in the source by `{mark}`")));
            continue;
        }
        match &finding.fix {
            Fix::Report { reason } => left.push((index, reason.clone())),
            Fix::Rewrite { edits, .. } => {
                if !edits.iter().all(|edit| fits(text, edit)) {
                    left.push((index, "the edits are not for this text".to_owned()));
                } else if edits.iter().any(|edit| is_taken(&taken, edit)) {
                    left.push((
                        index,
                        "another fix changes the same code; run it again".to_owned(),
                    ));
                } else {
                    taken.extend(edits.iter().cloned());
                    wanted.push(index);
                }
            }
        }
    }
    let nothing = ProjectFacts::default();
    let path = findings.first().map_or("", |finding| finding.path.as_str());
    let before = examine(path, &nothing, text);
    let judge = Judge {
        text,
        findings,
        errors: before.map_or(0, |(errors, _)| errors),
    };
    let applied = judge.largest(wanted, &mut left);
    left.sort();
    Applied {
        text: edited(text, findings, &applied),
        applied,
        left,
    }
}

struct Judge<'t> {
    text: &'t str,
    findings: &'t [Finding],
    errors: usize,
}

/// How often the set is made smaller by what a reading blames, before each fix is tried alone.
///
/// Chosen: a fix that fails is a mistake in a rule, so more than one round is rare.
const ROUNDS: usize = 4;

/// How many fixes are tried one by one; each costs a reading of the whole text.
///
/// Chosen: a few seconds for the largest text.
const TRIALS: usize = 64;

impl Judge<'_> {
    /// Finds a set of fixes that holds.
    fn largest(&self, wanted: Vec<usize>, left: &mut Vec<(usize, String)>) -> Vec<usize> {
        let mut set = wanted;
        for _ in 0..ROUNDS {
            match self.blamed(&set) {
                Verdict::Good => return set,
                Verdict::Bad(bad) => {
                    for index in &bad {
                        left.push((
                            *index,
                            "the weakness is still found after the fix".to_owned(),
                        ));
                    }
                    set.retain(|index| !bad.contains(index));
                }
                Verdict::Broken => break,
            }
        }
        // Something breaks the text: keep what holds on its own and then together.
        let mut kept: Vec<usize> = Vec::new();
        for (tried, index) in set.into_iter().enumerate() {
            if tried >= TRIALS {
                left.push((index, "too many other fixes fail in this file".to_owned()));
                continue;
            }
            let mut trial = kept.clone();
            trial.push(index);
            if matches!(self.blamed(&trial), Verdict::Good) {
                kept = trial;
            } else {
                left.push((index, "the text does not parse after the fix".to_owned()));
            }
        }
        kept
    }

    fn blamed(&self, set: &[usize]) -> Verdict {
        if set.is_empty() {
            return Verdict::Good;
        }
        let result = edited(self.text, self.findings, set);
        if result.len() > MAX_TEXT_BYTES {
            return Verdict::Broken;
        }
        let path = set
            .first()
            .and_then(|index| self.findings.get(*index))
            .map_or("", |finding| finding.path.as_str());
        // Whether something is found does not depend on the project, only how it is fixed.
        let nothing = ProjectFacts::default();
        let Ok((errors, found)) = examine(path, &nothing, &result) else {
            return Verdict::Broken;
        };
        if errors > self.errors {
            return Verdict::Broken;
        }
        let shift = Shift::new(self.text, &sorted(self.findings, set));
        let mut now: BTreeMap<(&str, u32), usize> = BTreeMap::new();
        for one in &found {
            *now.entry((&one.rule, one.line)).or_default() += 1;
        }
        let chosen: BTreeSet<usize> = set.iter().copied().collect();
        let mut unfixed: BTreeMap<(&str, u32), usize> = BTreeMap::new();
        let mut known: BTreeSet<(&str, u32)> = BTreeSet::new();
        for (index, one) in self.findings.iter().enumerate() {
            let line = shift.moved(one.line);
            known.insert((&one.rule, line));
            if !chosen.contains(&index) {
                *unfixed.entry((&one.rule, line)).or_default() += 1;
            }
        }
        // A fix must not bring anything new either.
        let new: BTreeSet<u32> = found
            .iter()
            .filter(|one| !known.contains(&(one.rule.as_str(), one.line)))
            .map(|one| one.line)
            .collect();
        let mut bad = BTreeSet::new();
        for index in set {
            let Some(finding) = self.findings.get(*index) else {
                continue;
            };
            let line = shift.moved(finding.line);
            let place = (finding.rule.as_str(), line);
            // Two findings of one rule may share a line: only a surplus counts.
            let count = |all: &BTreeMap<(&str, u32), usize>| all.get(&place).copied().unwrap_or(0);
            let end = shift.moved(finding.end_line).max(line);
            if count(&now) > count(&unfixed) || new.range(line..=end).next().is_some() {
                bad.insert(*index);
            }
        }
        if bad.is_empty() {
            Verdict::Good
        } else {
            Verdict::Bad(bad)
        }
    }
}

/// Where the lines of a text are after edits.
pub(in crate::code) struct Shift {
    /// Where each line of the old text starts.
    starts: Vec<usize>,
    /// The ends of the edits, with the lines they and those before have added.
    added: Vec<(usize, i64)>,
}

impl Shift {
    /// The shift of the fixes that were carried out, by their places as [`apply`] gives them.
    pub(in crate::code) fn of(text: &str, findings: &[Finding], applied: &[usize]) -> Self {
        Self::new(text, &sorted(findings, applied))
    }

    fn new(text: &str, edits: &[Edit]) -> Self {
        let count = |text: &str| i64::try_from(text.matches('\n').count()).unwrap_or(0);
        let mut total = 0;
        Self {
            starts: std::iter::once(0)
                .chain(text.match_indices('\n').map(|(at, _)| at + 1))
                .collect(),
            added: edits
                .iter()
                .map(|edit| {
                    total +=
                        count(&edit.text) - count(text.get(edit.start..edit.end).unwrap_or(""));
                    (edit.end, total)
                })
                .collect(),
        }
    }

    /// The line of the old text that a line of the new one was.
    pub(in crate::code) fn before(&self, line: u32) -> u32 {
        let count = u32::try_from(self.starts.len()).unwrap_or(u32::MAX).max(1);
        // Lines keep their order: the first that comes to stand there is the one.
        let (mut low, mut high) = (1, count);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.moved(middle) < line {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// The line that a line of the old text has become.
    fn moved(&self, line: u32) -> u32 {
        let index = usize::try_from(line)
            .unwrap_or(usize::MAX)
            .saturating_sub(1);
        let start = self.starts.get(index).copied().unwrap_or(usize::MAX);
        let before = self.added.partition_point(|(end, _)| *end <= start);
        let added = before
            .checked_sub(1)
            .and_then(|last| self.added.get(last))
            .map_or(0, |(_, added)| *added);
        u32::try_from(i64::from(line) + added).unwrap_or(line)
    }
}

enum Verdict {
    Good,
    Bad(BTreeSet<usize>),
    Broken,
}

fn fits(text: &str, edit: &Edit) -> bool {
    edit.start <= edit.end && text.get(edit.start..edit.end).is_some()
}

/// Whether an edit touches one of those that are taken. They do not touch each other, so that the
/// last few that start before its end are all there is to look at.
fn is_taken(taken: &BTreeSet<Edit>, edit: &Edit) -> bool {
    let limit = Edit {
        start: edit.end,
        end: usize::MAX,
        text: String::new(),
    };
    taken
        .range::<Edit, _>(..=&limit)
        .rev()
        .take(8)
        .any(|other| clash(edit, other))
}

/// Whether two edits touch the same bytes. The same insertion twice is one.
fn clash(one: &Edit, other: &Edit) -> bool {
    if one == other && is_import(one) {
        return false;
    }
    if one.start == one.end && other.start == other.end {
        return one.start == other.start && !(is_import(one) && is_import(other));
    }
    one.start < other.end && other.start < one.end || one == other
}

fn is_import(edit: &Edit) -> bool {
    edit.start == edit.end && edit.text.trim_start().starts_with("import ")
}

/// The edits of a set of findings in the order of the text, each once.
fn sorted(findings: &[Finding], set: &[usize]) -> Vec<Edit> {
    let mut edits: Vec<Edit> = Vec::new();
    for index in set {
        if let Some(Fix::Rewrite { edits: more, .. }) = findings.get(*index).map(|one| &one.fix) {
            edits.extend(more.iter().cloned());
        }
    }
    edits.sort();
    // The same import asked for by several fixes is one edit.
    edits.dedup_by(|one, other| one == other && is_import(one));
    edits
}

fn edited(text: &str, findings: &[Finding], set: &[usize]) -> String {
    let mut result = String::with_capacity(text.len());
    let mut at = 0;
    for edit in sorted(findings, set) {
        result.push_str(text.get(at..edit.start).unwrap_or(""));
        result.push_str(&edit.text);
        at = edit.end.max(at);
    }
    result.push_str(text.get(at..).unwrap_or(""));
    result
}
