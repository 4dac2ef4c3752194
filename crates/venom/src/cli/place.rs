//! Where a run works: checks of the workspace, and scratch copies.

use std::path::{Path, PathBuf};

use super::context::{Context, absolute};
use super::goal::How;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::clean;
use crate::wire;

/// A workspace that can be used.
pub(super) struct Place {
    pub(super) workspace: PathBuf,
    /// The folder that the workspace is a copy of.
    pub(super) copy_of: Option<PathBuf>,
}

/// Finds the workspace, and makes the copy if one is wanted.
pub(super) fn find(context: &Context, how: &How) -> Result<Place, CliError> {
    let named = how.copy.as_ref().or(how.workspace.as_ref());
    let folder = match named {
        Some(folder) => absolute(&context.env, folder),
        None => context.env.folder.clone().ok_or_else(|| {
            CliError::usage("the current folder does not exist any more")
                .code("bad-workspace")
                .hint("change to a folder that exists, or use `--workspace DIR`")
        })?,
    };
    let folder = usable(&folder)?;
    if let Some(original) = &how.copy {
        let paths = context.paths()?;
        if let Some(danger) = wire::danger(&folder, &context.env)
            && !how.allow_dangerous_workspace
        {
            return Err(dangerous(&danger, "copy"));
        }
        tracing::debug!(original = %original.display(), "copying");
        let workspace = wire::copy(&paths, &folder)?;
        return Ok(Place {
            workspace,
            copy_of: Some(folder),
        });
    }
    if let Some(danger) = wire::danger(&folder, &context.env)
        && !how.allow_dangerous_workspace
    {
        return Err(dangerous(&danger, "work in"));
    }
    writable(&folder, context);
    Ok(Place {
        workspace: folder,
        copy_of: None,
    })
}

fn dangerous(danger: &str, verb: &str) -> CliError {
    CliError::new(Exit::Usage, format!("refusing to {verb} this folder: {danger}"))
        .code("dangerous-workspace")
        .hint("name a project folder with `--workspace DIR`, or insist with `--allow-dangerous-workspace`")
}

/// Checks that a folder is there and can be listed; returns its real path.
pub(crate) fn usable(folder: &Path) -> Result<PathBuf, CliError> {
    let refuse = |why: &str, hint: &str| {
        CliError::usage(format!(
            "the workspace {} cannot be used: {why}",
            clean::line(&folder.display().to_string())
        ))
        .code("bad-workspace")
        .hint(hint)
    };
    let real = folder.canonicalize().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => refuse(
            "it does not exist",
            "name a folder that exists with `--workspace DIR`",
        ),
        std::io::ErrorKind::NotADirectory => refuse("it is no folder", "name a folder"),
        _ => refuse(&error.to_string(), "check its permissions"),
    })?;
    if !real.is_dir() {
        return Err(refuse("it is no folder", "name the folder that holds it"));
    }
    if let Err(error) = std::fs::read_dir(&real) {
        return Err(refuse(
            &format!("it cannot be read: {error}"),
            "check its permissions",
        ));
    }
    Ok(real)
}

/// A folder that cannot be written is good enough for looking; the user is told before it matters.
fn writable(folder: &Path, context: &Context) {
    use rustix::fs::{Access, access};
    if access(folder, Access::WRITE_OK).is_err() {
        context.out.warning(&format!(
            "{} cannot be written: steps that change files will fail; `--copy {}` works on a copy",
            folder.display(),
            folder.display()
        ));
    }
}
