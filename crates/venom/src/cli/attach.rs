//! Reading the files that are handed over with a goal.

use std::io::Read as _;
use std::path::Path;

use venom_engine::agent::attach::Handed;
use venom_kernel::attachment::LARGEST_PICTURE;
use venom_kernel::run::RunState;

use super::context::Context;
use crate::error::CliError;
use crate::output::clean;

/// Reads a file; one byte more than any may have, so that the engine can say that it is too long.
pub(super) fn read(path: &Path) -> Result<Handed, CliError> {
    let name = path.display().to_string();
    let failed = |why: String| {
        CliError::usage(format!("cannot attach {}: {why}", clean::line(&name))).code("bad-file")
    };
    let gone = |error: std::io::Error| {
        failed(error.to_string()).hint("name a file that is there and can be read")
    };
    let real = path.canonicalize().map_err(gone)?;
    let about = std::fs::metadata(&real).map_err(gone)?;
    if about.is_dir() {
        return Err(failed("it is a folder".to_owned())
            .hint("attach the files in it that matter; an agent reads the workspace by itself"));
    }
    // A pipe would be waited for, perhaps for ever.
    if !about.is_file() {
        return Err(failed("it is no file".to_owned()).hint("write what it gives into a file"));
    }
    let mut bytes = Vec::new();
    std::fs::File::open(&real)
        .and_then(|file| {
            file.take(LARGEST_PICTURE as u64 + 1)
                .read_to_end(&mut bytes)
        })
        .map_err(gone)?;
    Ok(Handed {
        name,
        path: real,
        bytes,
    })
}

/// Says so where files were handed over and no step of the plan has looked at them.
pub(super) fn warn_if_unseen(context: &Context, state: &RunState) {
    let has_some = state
        .started()
        .is_some_and(|started| !started.options.attached.is_empty());
    let steps = &state.plan().steps;
    if has_some && !steps.is_empty() && !steps.iter().any(venom_kernel::agent::is_agent) {
        context.out.warning(
            "the attached files are not looked at: no step of this plan asks a model; say in other words what is to be done with them",
        );
    }
}
