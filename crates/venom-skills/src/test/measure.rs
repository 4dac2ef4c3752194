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

/// How the tests of one project are measured.
pub(super) struct Measuring {
    /// What runs instead of the plain test command.
    pub(super) argv: Vec<String>,
    /// What writes the report afterwards, if the tests do not.
    then: Option<Vec<String>>,
    report: PathBuf,
    reads: fn(&str) -> std::result::Result<Coverage, coverage::CoverageError>,
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
        if kind != ProjectKind::Python {
            let kind = project::kind_name(kind);
            return Ok(Err(format!(
                "coverage is measured for Python projects only, this one is {kind}"
            )));
        }
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
            let reads = coverage::parse_coverage_py;
            return Ok(Ok(Self {
                argv: run,
                then: Some(json),
                report,
                reads,
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
            reads: coverage::parse_trace,
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
pub(super) fn read(path: &Path) -> Option<String> {
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
