//! `venom import`: a run that was done elsewhere.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::context::{Context, absolute};
use super::verify;
use crate::error::CliResult;
use crate::exit::Exit;
use crate::output::Form;

/// Check an archive and take its run in, to look at it, replay it and fork it
#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// The archive
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub(super) fn run(context: &Context, args: &ImportArgs) -> CliResult {
    context.with_engine(async |wired| {
        let paths = context.paths()?;
        let file = absolute(&context.env, &args.file);
        let imported = wired.archives(&paths)?.import(&file)?;
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
        context.out.talk(&format!(
            "imported {} events and {} blobs, {}; look at it with: venom show {run}",
            imported.checked.head.events,
            imported.checked.blobs,
            verify::who(imported.checked.signed.as_ref())
        ));
        for line in verify::lacks(&imported.checked.lacks) {
            context.out.warning(&line);
        }
        Ok(Exit::Ok)
    })
}
