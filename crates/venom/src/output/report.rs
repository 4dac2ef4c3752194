//! The report of a run for people. Every line follows from [`Report`]; nothing here knows a project.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use venom_kernel::event::Outcome;
use venom_kernel::evidence::Evidence;
use venom_kernel::run::RunState;
use venom_ports::api::report::{Finding, Note, Report, TestRun, Verification};

use super::Paint;
use super::clean;
use super::event;

/// How many findings, files or cases are listed. Chosen: two screens; `--json` has all.
const LISTED: usize = 50;
/// How many lines of a note are shown: of one that is all there is to say, and of one among others.
/// Chosen: two screens, and a glance.
const NOTE_LINES: usize = 80;
const NOTE_GLANCE: usize = 12;
/// How many columns of a line of a note are shown.
const NOTE_COLUMNS: usize = 400;

/// What the report needs to know beside the report.
pub(crate) struct Around<'a> {
    /// Whether git can show what changed.
    pub(crate) has_git: bool,
    /// The run that the report is about.
    pub(crate) state: &'a RunState,
    /// Whether notes are shown whole.
    pub(crate) is_full: bool,
    pub(crate) paint: Paint,
}

/// Renders a report.
pub(crate) fn text(report: &Report, around: &Around<'_>) -> String {
    let mut page = Page {
        text: String::new(),
        paint: around.paint,
    };
    page.title(report);
    page.fixes(report);
    page.tests(&report.tests);
    page.coverage(&report.tests);
    page.left(report, around.state);
    page.unmet(report);
    page.preferred(report, around.state);
    page.agents(report);
    page.changed(report);
    let notes: Vec<&Note> = report
        .notes
        .iter()
        .filter(|note| says_more(note, report, around.state))
        .collect();
    let is_all = notes.len() == 1 && report.fixed.is_empty() && report.left.is_empty();
    let most = match (around.is_full, is_all) {
        (true, _) => usize::MAX,
        (false, true) => NOTE_LINES,
        (false, false) => NOTE_GLANCE,
    };
    page.notes(&notes, most);
    page.open(report);
    page.foot(report, around.has_git);
    page.text
}

struct Page {
    text: String,
    paint: Paint,
}

impl Page {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn point(&mut self, text: &str) {
        self.line(&format!(" - {text}"));
    }

    fn title(&mut self, report: &Report) {
        let goal = clean::short(&report.goal, 160);
        let paint = self.paint;
        let open = !report.questions.is_empty() || !report.approvals.is_empty();
        let title = match &report.outcome {
            Some(Outcome::Succeeded) => paint.good("✓ Done:"),
            Some(Outcome::Partial) => paint.warn("◐ Partly done:"),
            Some(Outcome::Failed) => paint.bad("✗ Not done:"),
            Some(Outcome::Planned) => paint.good("✓ Planned:"),
            Some(Outcome::Unplannable(_)) => paint.bad("✗ Cannot be planned:"),
            Some(Outcome::OutOfScope) => paint.bad("✗ Out of scope:"),
            Some(Outcome::Unclear) => paint.warn("? Not clear:"),
            Some(Outcome::Cancelled) => paint.warn("– Cancelled:"),
            None if report.paused => paint.warn("– Paused:"),
            None if open => paint.warn("? Waiting:"),
            None => paint.warn("… Not finished:"),
        };
        self.line(&format!("{title} {}", paint.strong(&goal)));
    }

    /// Says how words were understood that could have meant something else.
    fn preferred(&mut self, report: &Report, state: &RunState) {
        for target in state.intent().iter().flat_map(|intent| &intent.targets) {
            self.point(&event::target(target));
        }
        for known in &report.preferred {
            let text = event::preferred(&known.question.text, &known.answer, &known.source);
            self.point(&text);
        }
    }

    fn fixes(&mut self, report: &Report) {
        if report.fixed.is_empty()
            && !matches!(report.fixes_verified, Some(Verification::TakenBack(_)))
        {
            return;
        }
        let paint = self.paint;
        if !report.fixed.is_empty() {
            let kinds = kinds(&report.fixed);
            self.point(&format!("{} {kinds}:", paint.good("Fixed")));
            self.findings(&report.fixed);
        }
        match &report.fixes_verified {
            Some(Verification::Verified) => {
                self.point("Fixes verified: no test that passed fails now, and the weaknesses are not found any more");
            }
            Some(Verification::Unverified(why)) => {
                let line = format!("THE FIXES ARE NOT VERIFIED: {}", clean::line(why));
                self.point(&paint.bad(&line));
            }
            Some(Verification::TakenBack(why)) => {
                let line = format!("THE FIXES WERE TAKEN BACK: {}", clean::line(why));
                self.point(&paint.bad(&line));
            }
            None => {}
        }
    }

    fn left(&mut self, report: &Report, state: &RunState) {
        if report.left.is_empty() {
            return;
        }
        let has_fixed = evidence(state).any(|fact| matches!(fact, Evidence::Fixes(_)));
        let word = if has_fixed { "Left" } else { "Found" };
        self.point(&format!(
            "{} {}:",
            self.paint.warn(word),
            kinds(&report.left)
        ));
        self.findings(&report.left);
    }

    fn findings(&mut self, findings: &[Finding]) {
        for finding in findings.iter().take(LISTED) {
            let what = if finding.message.is_empty() {
                kind(&finding.kind)
            } else {
                clean::short(&finding.message, 160)
            };
            let note = if finding.note.is_empty() {
                String::new()
            } else {
                format!("; {}", clean::short(&finding.note, 200))
            };
            self.line(&format!(
                "     {}:{}  {what}{note}",
                clean::line(&finding.path),
                finding.line
            ));
        }
        self.more(findings.len(), LISTED);
    }

    fn more(&mut self, number: usize, shown: usize) {
        if number > shown {
            self.line(&format!(
                "     … and {} more; `--json` has all",
                number - shown
            ));
        }
    }

    fn tests(&mut self, tests: &[TestRun]) {
        let ran: Vec<_> = tests
            .iter()
            .filter_map(|run| run.evidence.as_ref())
            .collect();
        let paint = self.paint;
        match ran.as_slice() {
            [] => {}
            [before, after] => {
                let runner = clean::line(&after.runner);
                self.point(&format!(
                    "Tests: {} before, {} after ({runner})",
                    tally(before),
                    tally(after)
                ));
            }
            several => {
                for evidence in several {
                    let runner = clean::line(&evidence.runner);
                    self.point(&format!("Tests: {} ({runner})", tally(evidence)));
                }
            }
        }
        if let Some(last) = ran.last() {
            let flaky = tests
                .iter()
                .rev()
                .find(|run| run.evidence.is_some())
                .and_then(|run| run.comparison.as_ref())
                .map_or(&[][..], |comparison| comparison.flaky.as_slice());
            let failing = || last.failing.iter().filter(|name| !flaky.contains(name));
            for name in failing().take(LISTED) {
                let name = clean::short(name, 200);
                self.line(&format!("     {} {name}", paint.bad("failed:")));
            }
            self.more(failing().count(), LISTED);
        }
        for comparison in tests.iter().filter_map(|run| run.comparison.as_ref()) {
            // What still fails stands above already.
            for (what, names) in [
                (paint.bad("newly failing:"), &comparison.newly_failing),
                ("newly passing:".to_owned(), &comparison.newly_passing),
                (paint.warn("flaky:"), &comparison.flaky),
            ] {
                for name in names.iter().take(LISTED) {
                    let name = clean::short(name, 200);
                    self.line(&format!("     {what} {name}"));
                }
                self.more(names.len(), LISTED);
            }
        }
        for run in tests {
            if let Some(why) = &run.not_run {
                let why = clean::line(why);
                self.point(&paint.warn(&format!("Tests not run ({}): {why}", run.step)));
            }
        }
    }

    fn coverage(&mut self, tests: &[TestRun]) {
        let ran: Vec<_> = tests
            .iter()
            .filter_map(|run| run.evidence.as_ref())
            .collect();
        let measured: Vec<_> = ran.iter().filter_map(|e| e.coverage.as_ref()).collect();
        match measured.as_slice() {
            [] => {
                if let Some(why) = ran.iter().find_map(|e| e.no_coverage.as_ref()) {
                    self.point(&format!("Coverage: not measured: {}", clean::line(why)));
                }
            }
            [one] => self.point(&format!("Coverage: {one} ({})", clean::line(&one.tool))),
            [first, .., last] => {
                self.point(&format!(
                    "Coverage: {first} → {last} ({})",
                    clean::line(&last.tool)
                ));
            }
        }
    }

    fn unmet(&mut self, report: &Report) {
        for unmet in &report.unmet {
            let cure = unmet
                .cure
                .as_ref()
                .map(|cure| format!("; {}", clean::line(cure)))
                .unwrap_or_default();
            let line = format!(
                "{} {}: {}{cure}",
                self.paint.warn("Not met:"),
                clean::short(&unmet.part, 160),
                clean::short(&unmet.why, 600),
            );
            self.point(&line);
        }
    }

    fn agents(&mut self, report: &Report) {
        for agent in report.steps.iter().filter_map(|step| step.agent.as_ref()) {
            let plural = |number: u64| if number == 1 { "" } else { "s" };
            self.point(&format!(
                "Model: {}, {} turn{}, {} call{}, {} tokens, {}",
                clean::line(&agent.model),
                agent.turns,
                plural(u64::from(agent.turns)),
                agent.calls,
                plural(u64::from(agent.calls)),
                agent.tokens,
                agent.cost,
            ));
        }
    }

    fn changed(&mut self, report: &Report) {
        if !report.changed.is_empty() {
            let shown: Vec<String> = report
                .changed
                .iter()
                .take(LISTED)
                .map(|path| clean::line(path))
                .collect();
            self.point(&format!(
                "Files changed ({}): {}",
                report.changed.len(),
                shown.join(", ")
            ));
            self.more(report.changed.len(), LISTED);
        }
        if !report.commits.is_empty() {
            let shown: Vec<String> = report
                .commits
                .iter()
                .map(|id| clean::line(id).chars().take(12).collect())
                .collect();
            self.point(&format!("Commits: {}", shown.join(", ")));
        }
    }

    fn notes(&mut self, notes: &[&Note], most: usize) {
        for note in notes {
            let title = clean::line(&note.title);
            self.line("");
            self.line(&self.paint.strong(&format!("{title}:")));
            let text = clean::block(&note.text);
            let lines: Vec<&str> = text.trim_end().lines().collect();
            for line in lines.iter().take(most) {
                let line: String = line.chars().take(NOTE_COLUMNS).collect();
                self.line(format!("  {line}").trim_end());
            }
            if lines.len() > most {
                self.line(&format!(
                    "  … {} more lines; `venom show RUN --full` has all",
                    lines.len() - most
                ));
            }
        }
        if !notes.is_empty() {
            self.line("");
        }
    }

    fn open(&mut self, report: &Report) {
        for open in &report.questions {
            self.point(&format!(
                "{} {} ({})",
                self.paint.warn("Question:"),
                clean::short(&open.question.text, 300),
                open.id
            ));
            for choice in &open.question.choices {
                self.line(&format!(
                    "     {}  {}",
                    clean::line(&choice.value),
                    clean::line(&choice.label)
                ));
            }
        }
        for open in &report.approvals {
            self.point(&format!(
                "{} {} ({}, step `{}`): {}; it would do {}",
                self.paint.warn("Approval needed:"),
                clean::short(&open.title, 200),
                open.id,
                open.step,
                clean::line(&open.why),
                clean::short(&open.action, 500)
            ));
        }
    }

    fn foot(&mut self, report: &Report, has_git: bool) {
        self.line(&format!(
            "Run: {}   Time: {}   Cost: {}",
            report.run, report.took, report.cost
        ));
        if !report.isolation.is_empty() {
            let tiers = report.isolation.join(", ");
            self.line(&self.paint.dim(&format!("Commands ran: {tiers}")));
        }
        if report.can_undo {
            self.line(&format!("Undo: venom undo {}", report.run));
        }
        let Some(original) = &report.copy_of else {
            return;
        };
        self.line(&format!("Copy: {}", clean::line(&report.workspace)));
        if report.changed.is_empty() {
            return;
        }
        let tool = if has_git {
            "git diff --no-index --stat"
        } else {
            "diff -ru"
        };
        self.line(&format!(
            "Diff: {tool} {} {}",
            quoted(original),
            quoted(&report.workspace)
        ));
    }
}

/// Returns everything that the steps left behind.
fn evidence(state: &RunState) -> impl Iterator<Item = &Evidence> {
    state.steps().flat_map(|(_, known)| &known.evidence)
}

/// Tells whether a note says more than the lines above it: findings, fixes and tests that passed
/// have lines of their own.
fn says_more(note: &Note, report: &Report, state: &RunState) -> bool {
    state
        .steps()
        // What a model says it did is in no evidence.
        .filter(|(step, known)| step.title == note.title && known.agent.is_none())
        .flat_map(|(_, known)| &known.evidence)
        .all(|fact| match fact {
            Evidence::Findings(kinds) => !kinds.keys().all(|kind| {
                let told = report.left.iter().chain(&report.fixed);
                told.into_iter().any(|finding| finding.kind == *kind)
            }),
            Evidence::Fixes(_) | Evidence::NotRun { .. } => false,
            Evidence::Tests(tests) => tests.failed > 0 || !tests.complete,
            Evidence::Exit { .. }
            | Evidence::Commit { .. }
            | Evidence::Lint { .. }
            | Evidence::Rerun { .. }
            | Evidence::Observed { .. } => true,
        })
}

/// Counts what tests said.
fn tally(evidence: &venom_kernel::evidence::TestEvidence) -> String {
    let mut text = format!("{} passed", evidence.passed);
    if evidence.failed > 0 {
        let _ = write!(text, ", {} failed", evidence.failed);
    }
    if evidence.skipped > 0 {
        let _ = write!(text, ", {} skipped", evidence.skipped);
    }
    if !evidence.complete {
        text.push_str(", not to the end");
    }
    text
}

/// Counts findings by kind: `2 SQL injection, 1 XSS`.
fn kinds(findings: &[Finding]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in findings {
        *counts.entry(&finding.kind).or_default() += 1;
    }
    let parts: Vec<String> = counts
        .into_iter()
        .map(|(name, count)| format!("{count} {}", kind(name)))
        .collect();
    parts.join(", ")
}

/// Writes a kind in words, with the usual capitals of abbreviations.
fn kind(name: &str) -> String {
    const CAPITALS: &[&str] = &[
        "sql", "xss", "html", "url", "tls", "ssl", "csrf", "xml", "md5", "os",
    ];
    let words: Vec<String> = clean::line(name)
        .split('-')
        .map(|word| {
            if CAPITALS.contains(&word) {
                word.to_uppercase()
            } else {
                word.to_owned()
            }
        })
        .collect();
    words.join(" ")
}

/// Quotes a path for a shell, so that the line can be pasted.
pub(crate) fn quoted(path: &str) -> String {
    let plain =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '+' | ',');
    let path = clean::line(path);
    if !path.is_empty() && path.chars().all(plain) {
        return path;
    }
    format!(
        "'{}'",
        Path::new(&path)
            .display()
            .to_string()
            .replace('\'', "'\\''")
    )
}

#[cfg(test)]
mod tests;
