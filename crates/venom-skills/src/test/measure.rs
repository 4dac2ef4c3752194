//! Measuring coverage while the tests run.

use std::path::{Path, PathBuf};

use venom_kernel::change::RelPath;
use venom_kernel::time::Millis;
use venom_ports::Result;
use venom_ports::skill::SkillContext;

use super::coverage::{self, Coverage, Places, TRACE_DRIVER};
use super::detect::ProjectKind;
use crate::process::{self, Heard};
use crate::project;

/// The largest report that is read.
const LARGEST: u64 = 64 << 20;

/// Reads a report.
type Reads = dyn Fn(&str) -> std::result::Result<Coverage, coverage::CoverageError> + Send + Sync;

/// How the tests of one project are measured.
pub(super) struct Measuring {
    /// What runs instead of the plain test command.
    pub(super) argv: Vec<String>,
    /// What writes the report afterwards, if the tests do not.
    then: Option<Vec<String>>,
    report: PathBuf,
    reads: Box<Reads>,
}

impl Measuring {
    /// Decides how a command is measured, or says why it cannot be.
    pub(super) async fn of(
        context: &SkillContext,
        folder: &RelPath,
        kind: ProjectKind,
        argv: &[String],
        name: &str,
    ) -> Result<std::result::Result<Self, String>> {
        match kind {
            ProjectKind::Python => Self::python(context, folder, argv, name).await,
            ProjectKind::Node => Ok(Self::node(context, folder, argv, name)),
            ProjectKind::Go => Ok(Self::go(context, folder, argv, name).await),
            ProjectKind::Rust => Ok(Self::rust(context, folder, argv, name)),
            ProjectKind::Make => Ok(Err("nobody knows how to measure it under make".to_owned())),
        }
    }

    /// Node measures by itself and writes a second report beside the one of the tests.
    fn node(
        context: &SkillContext,
        folder: &RelPath,
        argv: &[String],
        name: &str,
    ) -> std::result::Result<Self, String> {
        let is_own = argv.first().is_some_and(|word| word == "node")
            && argv.get(1).is_some_and(|word| word == "--test");
        if !is_own {
            return Err("coverage is measured under `node --test` only".to_owned());
        }
        let report = context.scratch.join(format!("{name}.lcov"));
        let words = [
            "--experimental-test-coverage".to_owned(),
            "--test-reporter=lcov".to_owned(),
            format!("--test-reporter-destination={}", report.to_string_lossy()),
        ];
        let mut argv = argv.to_vec();
        // Behind the first reporter and its destination, in front of files.
        let at = argv
            .iter()
            .rposition(|word| word.starts_with("--"))
            .map_or(argv.len(), |at| at + 1);
        argv.splice(at..at, words);
        let root = process::folder(context, folder);
        Ok(Self {
            argv,
            then: None,
            report,
            reads: Box::new(move |text| coverage::parse_node(text, &root.to_string_lossy())),
        })
    }

    /// Go writes a profile whose paths begin with the name of the module.
    async fn go(
        context: &SkillContext,
        folder: &RelPath,
        argv: &[String],
        name: &str,
    ) -> std::result::Result<Self, String> {
        let mut argv = argv.to_vec();
        let Some(at) = argv.iter().position(|word| word == "-json") else {
            return Err("the test command is not one that can be measured".to_owned());
        };
        let report = context.scratch.join(format!("{name}.profile"));
        let words = [
            format!("-coverprofile={}", report.to_string_lossy()),
            "-coverpkg=./...".to_owned(),
        ];
        argv.splice(at + 1..=at, words);
        let module = match folder.join("go.mod") {
            Ok(path) => context.files.read(&path, 1 << 20).await.ok(),
            Err(_) => None,
        };
        let text = module
            .map(|file| String::from_utf8_lossy(&file.bytes).into_owned())
            .unwrap_or_default();
        let module = text
            .lines()
            .find_map(|line| line.trim().strip_prefix("module "))
            .unwrap_or_default()
            .trim()
            .to_owned();
        Ok(Self {
            argv,
            then: None,
            report,
            reads: Box::new(move |text| coverage::parse_go(text, &module)),
        })
    }

    /// `cargo llvm-cov` stands in front of the runner and prints what the runner prints.
    fn rust(
        context: &SkillContext,
        folder: &RelPath,
        argv: &[String],
        name: &str,
    ) -> std::result::Result<Self, String> {
        if context.exec.find("cargo-llvm-cov").is_none() {
            return Err(
                "coverage of Rust needs `cargo-llvm-cov`: `cargo install cargo-llvm-cov`"
                    .to_owned(),
            );
        }
        let report = context.scratch.join(format!("{name}.lcov"));
        let report_text = report.to_string_lossy().into_owned();
        let (runner, rest): (&str, &[String]) = match argv {
            [cargo, nextest, run, rest @ ..]
                if cargo == "cargo" && nextest == "nextest" && run == "run" =>
            {
                ("nextest", rest)
            }
            [cargo, test, rest @ ..] if cargo == "cargo" && test == "test" => ("test", rest),
            _ => return Err("the test command is not one that can be measured".to_owned()),
        };
        let argv = [
            "cargo",
            "llvm-cov",
            runner,
            "--lcov",
            "--output-path",
            &report_text,
        ]
        .into_iter()
        .map(str::to_owned)
        .chain(rest.iter().cloned())
        .collect();
        let root = process::folder(context, folder);
        Ok(Self {
            argv,
            then: None,
            report,
            reads: Box::new(move |text| coverage::parse_llvm(text, &root.to_string_lossy())),
        })
    }

    async fn python(
        context: &SkillContext,
        folder: &RelPath,
        argv: &[String],
        name: &str,
    ) -> Result<std::result::Result<Self, String>> {
        let place = |what: &str| context.scratch.join(format!("{name}.{what}"));
        let (driver, data, report) = (
            place("trace.py"),
            place("coverage-data"),
            place("coverage.json"),
        );
        let root = process::folder(context, folder);
        let texts = [&root, &driver, &data, &report].map(|path| path.to_string_lossy());
        let [root, driver_text, data, report_text] = &texts;
        let places = Places {
            root,
            driver: driver_text,
            data,
            report: report_text,
        };
        if project::python_module(context, folder, "coverage").await?
            && let Some([run, json]) = coverage::coverage_commands(argv, places)
        {
            return Ok(Ok(Self {
                argv: run,
                then: Some(json),
                report,
                reads: Box::new(coverage::parse_coverage_py),
            }));
        }
        let Some(argv) = coverage::trace_command(argv, places) else {
            return Ok(Err(
                "the test command is not one whose lines can be traced".to_owned()
            ));
        };
        if let Err(error) = std::fs::write(&driver, TRACE_DRIVER) {
            return Ok(Err(format!("the tracer could not be written: {error}")));
        }
        Ok(Ok(Self {
            argv,
            then: None,
            report,
            reads: Box::new(coverage::parse_trace),
        }))
    }

    /// Reads what was measured, or says why nothing was.
    pub(super) async fn finish(
        self,
        context: &SkillContext,
        folder: &RelPath,
    ) -> Result<std::result::Result<Coverage, String>> {
        if let Some(argv) = &self.then {
            let cwd = process::folder(context, folder);
            let mut command = process::command(argv, cwd, Millis::from_secs(120));
            command
                .env
                .insert("PYTHONDONTWRITEBYTECODE".to_owned(), "1".to_owned());
            process::run(context, command, Heard::Kept).await?;
        }
        let Some(text) = read(&self.report) else {
            return Ok(Err("the test run left no measurement".to_owned()));
        };
        Ok(match (self.reads)(&text) {
            Ok(coverage) if coverage.total == 0 => Err("there are no lines to cover".to_owned()),
            Ok(coverage) => Ok(coverage),
            Err(error) => Err(format!("cannot {error}")),
        })
    }
}

/// Reads a file that a program left in the scratch folder; `None` if there is none that can be read.
pub(crate) fn read(path: &Path) -> Option<String> {
    let size = std::fs::symlink_metadata(path)
        .ok()
        .filter(std::fs::Metadata::is_file)?
        .len();
    if size > LARGEST {
        return None;
    }
    let bytes = std::fs::read(path).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
