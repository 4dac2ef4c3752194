//! `test.run`: runs the tests of a project.

use serde::Deserialize;
use venom_kernel::change::RelPath;
use venom_kernel::evidence::Evidence;
use venom_kernel::time::Millis;
use venom_ports::skill::{Call, Output, SkillContext};
use venom_ports::{Failure, FailureKind, Result};

use super::LONGEST;
use super::choose::{self, Choice};
use super::coverage::Coverage;
use super::detect::{self, Project, ProjectKind, TestCommand};
use super::measure::{self, Measuring};
use super::report::{self, CaseStatus, ParseError, Report, Runner};
use super::select;
use super::verdict;
use crate::params::{self, refused};
use crate::process::{self, Ending, Heard};
use crate::project::{self, Declared};
use crate::scrub;

/// The most cases that are run alone. Chosen: as many as the evidence of a run names.
const LARGEST_CASES: usize = 200;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    path: Option<RelPath>,
    coverage: Option<bool>,
    only: Option<String>,
    failed: Option<bool>,
    failing: Option<Vec<String>>,
    cases: Option<Vec<String>>,
    timeout: Option<u64>,
}

/// What came of one project's tests.
pub(super) struct Suite {
    /// The command that runs all tests of the project.
    pub(super) all: TestCommand,
    /// The name of the runner.
    pub(super) runner: &'static str,
    /// What was run.
    pub(super) command: String,
    /// How it ended.
    pub(super) ending: Ending,
    /// What it said, or why that could not be read.
    pub(super) report: std::result::Result<Report, String>,
    /// What was measured, or why not; `None` if nobody asked.
    pub(super) coverage: Option<std::result::Result<Coverage, String>>,
}

/// Tests that were not run.
pub(super) struct NotRun {
    /// Why not.
    pub(super) why: String,
    /// What the user can do about it.
    pub(super) cure: Option<String>,
}

/// What was asked for.
struct Order {
    folder: RelPath,
    coverage: bool,
    timeout: Millis,
}

/// Performs the action.
pub(super) async fn call(call: &Call, context: &SkillContext) -> Result<Output> {
    let params: Params = params::read(call)?;
    let failing = wanted(&params)?;
    let choice = Choice::find(context, params.path).await?;
    let order = Order {
        folder: choice.folder.clone(),
        coverage: params.coverage.unwrap_or(false),
        timeout: Millis::from_secs(params.timeout.unwrap_or(LONGEST).clamp(1, LONGEST)),
    };
    let mut suites = Vec::new();
    let mut not_run = Vec::new();
    let mut notes = choice.notes.clone();
    if failing.as_ref().is_some_and(Vec::is_empty) {
        let why = "no test failed in the last run of the tests here".to_owned();
        not_run.push(NotRun { why, cure: None });
        return Ok(verdict::output(
            &suites,
            not_run,
            &notes,
            order.timeout,
            None,
            &choice.files,
        ));
    }
    let asks_for_all = params.only.is_none()
        && params.cases.is_none()
        && failing.is_none()
        && choice.part.is_none()
        && !order.coverage;
    let declared = Declared::of(context, &choice.folder).await?;
    let own = declared.commands.get("test").filter(|_| asks_for_all);
    if let Some(script) = own {
        let (project, test) = declared_test(script);
        suites.push(run(context, &order, &project, &test, 0).await?);
        notes.push("the declared test command is judged by its exit code alone".to_owned());
        return Ok(verdict::output(
            &suites,
            not_run,
            &notes,
            order.timeout,
            None,
            &choice.files,
        ));
    }
    let tested = choice.tested();
    let several = tested.len() > 1;
    for (at, project) in tested.into_iter().enumerate() {
        let Some(mut test) = project.test.clone() else {
            continue;
        };
        if let Some(failing) = &failing {
            let own = select::of_runner(failing, test.runner.name(), several);
            if own.is_empty() {
                continue;
            }
            if !select::limit(&mut test, &own, &choice.files) {
                notes.push(format!(
                    "{} cannot be limited to the tests that failed, so all were run",
                    test.runner.name()
                ));
            }
        }
        if !project.missing.is_empty() {
            let (what, cure) = project::lacking(project);
            let why = format!("{} needs {what}", test.runner.name());
            not_run.push(NotRun {
                why,
                cure: Some(cure),
            });
            continue;
        }
        if let Some(only) = &params.only
            && !choose::filter(&mut test, only)?
        {
            notes.push(format!(
                "{} has no filter of test names, so all were run",
                test.runner.name()
            ));
        }
        if let Some(cases) = &params.cases
            && !select::limit(&mut test, cases, &choice.files)
        {
            return Err(refused(format!(
                "{} cannot run these cases alone",
                test.runner.name()
            ))
            .with_hint("leave `cases` out"));
        }
        notes.extend(project.notes.iter().cloned());
        suites.push(run(context, &order, project, &test, at).await?);
    }
    if suites.is_empty() && not_run.is_empty() {
        let (why, cure) = if choice.projects.is_empty() {
            (
                "no project was found whose tests are known",
                "name the folder of the project with `path`",
            )
        } else {
            ("the project has no tests", "write a test first")
        };
        not_run.push(NotRun {
            why: why.to_owned(),
            cure: Some(cure.to_owned()),
        });
    }
    let mut output = verdict::output(
        &suites,
        not_run,
        &notes,
        order.timeout,
        choice.part.as_deref(),
        &choice.files,
    );
    if let Some(cases) = params.cases {
        output.evidence = vec![again(&suites, &cases)];
    }
    Ok(output)
}

/// What cases came to that ran again. Whatever is not said to have passed failed.
fn again(suites: &[Suite], cases: &[String]) -> Evidence {
    let has_passed = |wanted: &String| {
        suites
            .iter()
            .filter(|suite| suite.ending.stop().is_none())
            .filter_map(|suite| suite.report.as_ref().ok())
            .flat_map(|report| &report.cases)
            .any(|case| case.name == *wanted && case.status == CaseStatus::Passed)
    };
    let (passed, failing) = cases.iter().cloned().partition(has_passed);
    Evidence::Rerun { passed, failing }
}

/// Returns the failing cases that are meant; `None` if all tests are.
fn wanted(params: &Params) -> Result<Option<Vec<String>>> {
    match (params.failed, &params.failing) {
        (Some(true), None) => Err(Failure::new(
            FailureKind::Missing,
            "no run of the tests is known here, so nobody knows which failed",
        )
        .with_hint("run all tests first: `venom run \"run the tests\"`")),
        (_, Some(cases))
            if cases.len() > LARGEST_CASES || cases.iter().any(|case| is_odd(case)) =>
        {
            Err(refused("`failing` does not name test cases")
                .with_hint("give names as a run of the tests has listed them"))
        }
        (_, cases) => Ok(cases.clone()),
    }
}

fn is_odd(case: &str) -> bool {
    case.is_empty() || case.len() > 500 || case.starts_with('-') || case.contains(['\0', '\n'])
}

/// The tests of a project that says by which command they are run.
fn declared_test(script: &str) -> (Project, TestCommand) {
    let test = TestCommand {
        runner: Runner::MakeTarget,
        command: detect::Command {
            argv: ["sh", "-c", script].map(str::to_owned).to_vec(),
            env: Vec::new(),
        },
    };
    let project = Project {
        kind: ProjectKind::Make,
        is_secondary: false,
        test: None,
        build: None,
        missing: Vec::new(),
        notes: Vec::new(),
    };
    (project, test)
}

/// A command that runs tests, for who wants to run it somewhere else.
pub(crate) struct Found {
    /// The program and its arguments.
    pub(crate) argv: Vec<String>,
    /// Variables that it needs.
    pub(crate) env: Vec<(String, String)>,
    /// The folder of the project.
    pub(crate) folder: RelPath,
}

/// Finds the command that runs the tests of a project, or of those the ones that fit a filter.
pub(crate) async fn find(
    context: &SkillContext,
    path: Option<RelPath>,
    only: Option<&str>,
) -> Result<Found> {
    let choice = Choice::find(context, path).await?;
    let tested = choice.tested();
    let none = || {
        params::missing("no project was found whose tests are known")
            .with_hint("say with `command` how to tell good from bad")
    };
    let project = tested.first().ok_or_else(none)?;
    if !project.missing.is_empty() {
        let (what, cure) = project::lacking(project);
        return Err(params::missing(format!("the tests need {what}")).with_hint(cure));
    }
    let mut test = project.test.clone().ok_or_else(none)?;
    if let Some(only) = only
        && !choose::filter(&mut test, only)?
    {
        return Err(params::refused(format!(
            "{} has no filter of test names",
            test.runner.name()
        ))
        .with_hint("say with `command` how to tell good from bad"));
    }
    let report = context.scratch.join("report");
    let real = test.command.with_paths(
        &report.to_string_lossy(),
        &context.scratch.to_string_lossy(),
    );
    Ok(Found {
        argv: real.argv,
        env: real.env,
        folder: choice.folder,
    })
}

async fn run(
    context: &SkillContext,
    order: &Order,
    project: &Project,
    test: &TestCommand,
    at: usize,
) -> Result<Suite> {
    let name = format!("suite-{at}");
    let report_file = context.scratch.join(format!("{name}.report"));
    let real = test.command.with_paths(
        &report_file.to_string_lossy(),
        &context.scratch.to_string_lossy(),
    );
    let measuring = if order.coverage {
        Some(Measuring::of(context, &order.folder, project.kind, &real.argv, &name).await?)
    } else {
        None
    };
    let argv = match &measuring {
        Some(Ok(measuring)) => &measuring.argv,
        Some(Err(_)) | None => &real.argv,
    };
    let cwd = process::folder(context, &order.folder);
    let mut command = process::command(argv, cwd.clone(), order.timeout);
    let always = [
        ("CI", "1"),
        ("NO_COLOR", "1"),
        ("PYTHONDONTWRITEBYTECODE", "1"),
    ];
    command
        .env
        .extend(always.map(|(name, value)| (name.to_owned(), value.to_owned())));
    command.env.extend(real.env.clone());
    let finished = process::run(context, command, Heard::Shown).await?;
    let ending = Ending::of(finished.exit);
    let text = measure::read(&report_file);
    let (stdout, stderr) = (finished.stdout.text(), finished.stderr.text());
    let root = cwd.to_string_lossy();
    let output = report::Output {
        stdout: &stdout,
        stderr: &stderr,
        report_file: text.as_deref(),
        exit_code: ending.code(),
        root: Some(&root),
    };
    let clean = |text: &str| scrub::scrub(text, &context.root, &context.scratch);
    let report = match report::parse(test.runner, &output) {
        Ok(mut report) => {
            for case in &mut report.cases {
                case.message = case.message.as_deref().map(clean);
            }
            Ok(report)
        }
        Err(error) => Err(clean(&said(&error))),
    };
    let coverage = match measuring {
        Some(Ok(measuring)) if ending.stop().is_none() => {
            Some(measuring.finish(context, &order.folder).await?)
        }
        Some(Ok(_)) => Some(Err("the test run was stopped".to_owned())),
        Some(Err(why)) => Some(Err(why)),
        None => None,
    };
    Ok(Suite {
        all: project.test.clone().unwrap_or_else(|| test.clone()),
        runner: test.runner.name(),
        command: clean(&process::shown(&test.command.argv)),
        ending,
        report,
        coverage,
    })
}

fn said(error: &ParseError) -> String {
    match error {
        ParseError::DidNotBuild { message } => format!("the tests do not build:\n{message}"),
        ParseError::NoReport { message, .. } => format!("the runner gave no report:\n{message}"),
        ParseError::Malformed { detail, .. } => {
            format!("the runner's report cannot be read: {detail}")
        }
    }
}
