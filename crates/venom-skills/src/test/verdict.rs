//! What a test run comes to: evidence for decisions, and a result for people.

use serde_json::{Value, json};
use venom_kernel::evidence::{Coverage as Measured, Evidence, TestEvidence};
use venom_kernel::time::Millis;
use venom_ports::skill::Output;

use super::coverage::{CoverageTool, FileCoverage};
use super::report::Case;
use super::run::{NotRun, Suite};
use super::select::can_limit;
use crate::bounded::{self, push};
use crate::name;
use crate::schema::{self, Object};

/// The most files whose coverage is listed.
const FILES: usize = 500;

/// Puts evidence and result together.
pub(super) fn output(
    suites: &[Suite],
    not_run: Vec<NotRun>,
    notes: &[String],
    limit: Millis,
    part: Option<&str>,
    files: &[String],
) -> Output {
    let verdict = Verdict::of(suites, notes, limit, files);
    let ran = !suites.is_empty();
    let why = (!ran).then(|| {
        not_run
            .iter()
            .map(|one| one.why.clone())
            .collect::<Vec<_>>()
            .join("; ")
    });
    let cure = not_run
        .iter()
        .find_map(|one| one.cure.clone())
        .filter(|_| !ran);
    let mut notes = verdict.notes.clone();
    if ran {
        notes.extend(not_run.iter().map(|one| format!("not run: {}", one.why)));
    }
    let failing = |(name, case): &(String, &Case)| json!({"name": name, "message": case.message});
    let file = |file: &FileCoverage| json!({"path": file.path, "covered": file.covered, "total": file.total});
    let tests = &verdict.tests;
    let coverage = tests.coverage.as_ref().map(|coverage| {
        json!({
            "tool": coverage.tool,
            "covered": coverage.covered,
            "total": coverage.total,
            "percent": coverage.to_string(),
            "files": verdict.files.iter().take(FILES).map(|one| file(one)).collect::<Value>(),
        })
    });
    let commands: Vec<&str> = suites.iter().map(|suite| suite.command.as_str()).collect();
    let text = if ran {
        verdict.text(&notes, part)
    } else {
        let hint = cure
            .as_deref()
            .map(|cure| format!(" To change that: {cure}."))
            .unwrap_or_default();
        format!(
            "No tests were run: {}.{hint}\n",
            why.as_deref().unwrap_or_default()
        )
    };
    let result = json!({
        "ran": ran,
        "runner": ran.then_some(&tests.runner),
        "commands": commands,
        "passed": tests.passed,
        "failed": tests.failed,
        "skipped": tests.skipped,
        "complete": tests.complete,
        "failing": verdict.failing.iter().take(TestEvidence::NAMES).map(failing).collect::<Value>(),
        "coverage": coverage,
        "no_coverage": tests.no_coverage,
        "why": why,
        "cure": cure,
        "notes": notes,
        "text": bounded::cut(&text, bounded::TEXT),
    });
    let mut evidence = Vec::new();
    if ran {
        let worst = suites
            .iter()
            .find(|suite| !suite.ending.is_ok())
            .or_else(|| suites.first());
        evidence.push(Evidence::Tests(verdict.tests));
        evidence.extend(worst.map(|suite| Evidence::Exit {
            code: suite.ending.code(),
        }));
    }
    evidence.extend(not_run.into_iter().map(|one| Evidence::NotRun {
        what: "tests".to_owned(),
        why: one.why,
        cure: one.cure,
    }));
    Output { result, evidence }
}

/// All suites taken together.
struct Verdict<'s> {
    tests: TestEvidence,
    failing: Vec<(String, &'s Case)>,
    files: Vec<&'s FileCoverage>,
    notes: Vec<String>,
    lines: String,
}

impl<'s> Verdict<'s> {
    fn of(suites: &'s [Suite], notes: &[String], limit: Millis, files: &[String]) -> Self {
        let mut all = Self {
            tests: TestEvidence {
                complete: !suites.is_empty(),
                ..TestEvidence::default()
            },
            failing: Vec::new(),
            files: Vec::new(),
            notes: notes.to_vec(),
            lines: String::new(),
        };
        let runners: Vec<&str> = suites.iter().map(|suite| suite.runner).collect();
        all.tests.runner = runners.join(" and ");
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        for suite in suites {
            let stop = suite.ending.stop();
            let is_stopped = stop.is_some();
            if let Some(stop) = stop {
                all.notes
                    .push(format!("{} was {}", suite.runner, stop.said(limit)));
            }
            match &suite.report {
                Ok(report) => {
                    all.tests.passed = all.tests.passed.saturating_add(number(report.passed()));
                    all.tests.failed = all.tests.failed.saturating_add(number(report.failed()));
                    all.tests.skipped = all.tests.skipped.saturating_add(number(report.skipped()));
                    all.tests.complete &= report.complete && !is_stopped;
                    all.notes.extend(report.note.clone());
                    let prefix = if suites.len() > 1 {
                        format!("{}: ", suite.runner)
                    } else {
                        String::new()
                    };
                    for case in report.cases.iter().filter(|case| case.status.is_failing()) {
                        all.failing.push((format!("{prefix}{}", case.name), case));
                    }
                    push(
                        &mut all.lines,
                        format_args!(
                            "{}: {} passed, {} failed, {} skipped{}.\n",
                            suite.runner,
                            report.passed(),
                            report.failed(),
                            report.skipped(),
                            if report.complete && !is_stopped {
                                ""
                            } else {
                                "; the run did not come to its end"
                            }
                        ),
                    );
                }
                Err(why) => {
                    all.tests.complete = false;
                    push(
                        &mut all.lines,
                        format_args!("{}: {}\n", suite.runner, why.trim_end()),
                    );
                }
            }
            match &suite.coverage {
                Some(Ok(coverage)) => {
                    let tool = match coverage.tool {
                        CoverageTool::CoveragePy => "coverage.py",
                        CoverageTool::PythonTrace => "line tracer",
                        CoverageTool::Node => "node",
                        CoverageTool::Go => "go",
                        CoverageTool::LlvmCov => "cargo llvm-cov",
                    };
                    all.files.extend(&coverage.files);
                    all.tests.coverage = Some(Measured {
                        tool: tool.to_owned(),
                        covered: coverage.covered,
                        total: coverage.total,
                    });
                }
                Some(Err(why)) => all.tests.no_coverage = Some(why.clone()),
                None => {}
            }
        }
        if all.tests.coverage.is_some()
            && let Some(why) = all.tests.no_coverage.take()
        {
            all.notes.push(why);
        }
        let names = all.failing.iter().map(|(name, _)| name.clone());
        all.tests.failing = names.take(TestEvidence::NAMES).collect();
        // Names of several suites say which suite is meant, which no runner understands.
        all.tests.selects = match suites {
            [only] => can_limit(&only.all, &all.tests.failing, files),
            _ => false,
        };
        all
    }

    fn text(&self, notes: &[String], part: Option<&str>) -> String {
        let mut text = match part {
            Some(part) => format!("Tests in {part}.\n\n{}", self.lines),
            None => self.lines.clone(),
        };
        if let Some(coverage) = &self.tests.coverage {
            push(
                &mut text,
                format_args!(
                    "Coverage {coverage}: {} of {} lines ran ({}).\n",
                    coverage.covered, coverage.total, coverage.tool
                ),
            );
        }
        if let Some(why) = &self.tests.no_coverage {
            push(
                &mut text,
                format_args!("Coverage was not measured: {why}.\n"),
            );
        }
        for note in notes {
            push(&mut text, format_args!("Note: {note}.\n"));
        }
        if !self.failing.is_empty() {
            text.push_str("\n## Failing\n\n");
        }
        for (name, case) in self.failing.iter().take(TestEvidence::NAMES) {
            push(&mut text, format_args!("- {}\n", name::shown(name)));
            for line in case
                .message
                .iter()
                .flat_map(|message| message.lines())
                .take(20)
            {
                push(&mut text, format_args!("      {line}\n"));
            }
        }
        if !self.files.is_empty() {
            let mut worst: Vec<&&FileCoverage> = self
                .files
                .iter()
                .filter(|file| file.covered < file.total)
                .collect();
            worst.sort_by_key(|file| (file.basis_points(), file.path.clone()));
            if !worst.is_empty() {
                text.push_str("\n## Least covered\n\n");
            }
            for file in worst.iter().take(10) {
                push(
                    &mut text,
                    format_args!(
                        "- {}: {} of {} lines\n",
                        name::shown(&file.path),
                        file.covered,
                        file.total
                    ),
                );
            }
        }
        text
    }
}

/// Describes the result.
pub(super) fn result() -> Object {
    let failing = schema::object()
        .must("name", schema::text("The name of the case."))
        .must(
            "message",
            schema::or_null(schema::text("What the runner said about it.")),
        )
        .done();
    let file = schema::object()
        .must(
            "path",
            schema::path("The file, from the folder of the project."),
        )
        .must("covered", schema::number("Lines that ran."))
        .must("total", schema::number("Lines that could run."))
        .done();
    let coverage = schema::object()
        .must("tool", schema::text("What measured it."))
        .must("covered", schema::number("Lines that ran."))
        .must("total", schema::number("Lines that could run."))
        .must("percent", schema::text("The share, for people."))
        .must(
            "files",
            schema::list(file, "The files by path, at most 500."),
        )
        .about("Which lines ran; null if it was not measured.");
    schema::object()
        .must("ran", schema::flag("Whether tests were run."))
        .must(
            "runner",
            schema::or_null(schema::text("The runner, such as `pytest`.")),
        )
        .must("commands", schema::texts("What was run."))
        .must("passed", schema::number("Cases that passed."))
        .must("failed", schema::number("Cases that failed or broke."))
        .must("skipped", schema::number("Cases that were skipped."))
        .must(
            "complete",
            schema::flag("Whether every runner came to its end."),
        )
        .must(
            "failing",
            schema::list(failing, "The failing cases, at most 200."),
        )
        .must("coverage", schema::or_null(coverage))
        .must(
            "no_coverage",
            schema::or_null(schema::text("Why coverage was not measured.")),
        )
        .must(
            "why",
            schema::or_null(schema::text("Why no tests were run.")),
        )
        .must(
            "cure",
            schema::or_null(schema::text("What can be done about that.")),
        )
        .must("notes", schema::texts("What else a reader should know."))
        .text()
}
