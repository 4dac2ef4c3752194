//! `venom code`: what is found in code, for other programs, and snippets that are run.

mod snippet;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use venom_kernel::id::RunId;
use venom_ports::api::runs::Runs as _;
use venom_skills::code::Wanted;

use super::context::Context;
use super::goal::How;
use super::run::{Wish, begin};
use crate::config::Flags;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::wire::{self, Wired};

/// Look for weaknesses in code, and run snippets
#[derive(Debug, Args)]
pub(crate) struct CodeArgs {
    #[command(subcommand)]
    verb: CodeVerb,
}

#[derive(Debug, Subcommand)]
enum CodeVerb {
    Scan(ScanArgs),
    Run(snippet::RunArgs),
}

/// Search code for security weaknesses; changes nothing
///
/// A run like any other: it plans, is logged, and can be looked at with `venom show`.
#[derive(Debug, Args)]
struct ScanArgs {
    /// The file or folder, as seen from the folder that is worked in
    #[arg(value_name = "PATH", default_value = ".")]
    path: String,
    /// Also write the findings to this file as SARIF 2.1.0
    #[arg(long, value_name = "FILE")]
    sarif: Option<PathBuf>,
    /// Which other tools are asked: `auto`, `none`, or names with commas between them
    #[arg(long, value_name = "TOOLS")]
    tools: Option<Wanted>,
    /// Work in this folder instead of the current one
    #[arg(long, short = 'C', value_name = "DIR")]
    workspace: Option<PathBuf>,
}

impl CodeArgs {
    /// Returns the folder whose settings and playbooks count, if one is named.
    pub(super) fn workspace(&self) -> Option<PathBuf> {
        match &self.verb {
            CodeVerb::Scan(scan) => scan.workspace.clone(),
            CodeVerb::Run(run) => run.workspace.clone(),
        }
    }

    /// Returns what the flags say about settings.
    pub(super) fn flags(&self) -> Flags {
        let tools = match &self.verb {
            CodeVerb::Scan(scan) => scan.tools.clone(),
            CodeVerb::Run(_) => None,
        };
        Flags {
            tools,
            ..Flags::default()
        }
    }
}

pub(super) fn run(context: &Context, args: &CodeArgs) -> CliResult {
    let scan = match &args.verb {
        CodeVerb::Scan(scan) => scan,
        CodeVerb::Run(run) => return snippet::run(context, run),
    };
    let goal = match scan.path.trim_end_matches('/') {
        "" | "." | "./" => "find vulnerabilities".to_owned(),
        path => format!("find vulnerabilities in {path}"),
    };
    let how = How::saying(goal, scan.workspace.clone());
    begin(
        context,
        &how,
        Wish::Do,
        async |wired, run, exit| match &scan.sarif {
            Some(file) if exit == Exit::Ok => report(wired, run, file).await,
            _ => Ok(()),
        },
    )
}

/// Writes the findings of a run to a file.
async fn report(wired: &Wired, run: RunId, file: &Path) -> Result<(), CliError> {
    let state = wired.host.state(run, None).await?;
    let found = state.steps().find(|(step, state)| {
        step.skill == "code" && step.action == "find-vulnerabilities" && state.status.is_done()
    });
    let Some((_, found)) = found else {
        return Err(CliError::usage(format!(
            "nothing was searched, so {} is not written",
            file.display()
        ))
        .code("no-findings")
        .hint(format!("`venom why {run}` says what the run did")));
    };
    let result = wired.host.value(&found.result).await?;
    let document = wire::sarif(&result);
    let failed = |error: std::io::Error| {
        CliError::usage(format!("cannot write {}: {error}", file.display()))
            .code("cannot-write")
            .hint("name a file in a folder that takes files")
    };
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    // All of it or nothing: whoever reads the file is a program.
    let mut part = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    part.write_all(format!("{document:#}\n").as_bytes())
        .map_err(failed)?;
    part.persist(file).map_err(|error| failed(error.error))?;
    Ok(())
}
