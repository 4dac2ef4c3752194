//! `venom import`: a run that was done elsewhere.

use std::fs::File;
use std::os::fd::AsRawFd as _;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::context::{Context, absolute};
use super::verify;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::Form;

/// Check an archive and take its run in, to look at it, replay it and fork it
#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// The archive; `-` for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub(super) fn run(context: &Context, args: &ImportArgs) -> CliResult {
    context.with_engine(async |wired| {
        let paths = context.paths()?;
        let file = absolute(&context.env, &args.file);
        // It is read more than once, which a pipe is not.
        let is_stream = args.file == Path::new("-")
            || file
                .metadata()
                .is_ok_and(|found| !found.is_file() && !found.is_dir());
        let imported = if is_stream {
            let kept = kept(context, &paths.scratch(), &args.file)?;
            let path = format!("/proc/self/fd/{}", kept.as_raw_fd());
            wired.archives(&paths)?.import(Path::new(&path))?
        } else {
            wired.archives(&paths)?.import(&file)?
        };
        if context.out.form != Form::Text {
            context.out.document("import", json!(imported));
            return Ok(Exit::Ok);
        }
        let run = imported.checked.head.run;
        context.out.data(&format!("{run}\n"));
        if imported.was_here {
            context
                .out
                .talk("the run is here already; there was nothing to do");
            return Ok(Exit::Ok);
        }
        let all = imported.checked.head.events;
        let events = if imported.added < all {
            format!("the last {} of {all}", imported.added)
        } else {
            all.to_string()
        };
        context.out.talk(&format!(
            "imported {events} events and {} blobs, {}; look at it with: venom show {run}",
            imported.checked.blobs,
            verify::who(imported.checked.signed.as_ref())
        ));
        for line in verify::lacks(&imported.checked.lacks) {
            context.out.warning(&line);
        }
        Ok(Exit::Ok)
    })
}

/// Keeps what comes from a pipe in a file that has no name, and goes with this process.
fn kept(context: &Context, scratch: &Path, source: &Path) -> Result<File, CliError> {
    let mut source = verify::open(&context.env, source)?;
    let failed = |error: std::io::Error| {
        CliError::new(
            Exit::Failed,
            format!("cannot keep the archive in {}: {error}", scratch.display()),
        )
        .hint("free some space, or name a file")
    };
    let mut kept = tempfile::tempfile_in(scratch).map_err(failed)?;
    std::io::copy(&mut source, &mut kept).map_err(failed)?;
    Ok(kept)
}
