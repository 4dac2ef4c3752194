//! Which folders may be captured at all.

use std::path::{Path, PathBuf};

use venom_ports::{Failure, FailureKind, Result};

use crate::overlay::shown;
use crate::workspace::broken;

/// Says why a folder is not captured, or gives its real path.
///
/// The root of the file system and whatever holds a home are no workspace: a snapshot of them would
/// take hours, and a restore would touch everything that the user has. A link is refused because it
/// can be made to point elsewhere between a capture and a restore.
pub(crate) fn check(root: &Path, homes: &[PathBuf]) -> Result<PathBuf> {
    let refused = |why: String| {
        Failure::new(FailureKind::Refused, why)
            .with_hint("name the folder of one project as the workspace")
    };
    let name = shown(root);
    if !root.is_absolute() {
        return Err(refused(format!("`{name}` is not an absolute path")));
    }
    let metadata = root
        .symlink_metadata()
        .map_err(|error| broken(&error, "take a snapshot of", &name))?;
    if metadata.is_symlink() {
        let why = format!("`{name}` is a symbolic link, which no snapshot is taken of");
        return Err(Failure::new(FailureKind::Refused, why)
            .with_hint("name the folder that the link points to"));
    }
    if !metadata.is_dir() {
        return Err(refused(format!("`{name}` is no folder")));
    }
    let real = root
        .canonicalize()
        .map_err(|error| broken(&error, "take a snapshot of", &name))?;
    if real.parent().is_none() {
        return Err(refused(
            "no snapshot is taken of `/`, the whole file system".to_owned(),
        ));
    }
    for home in homes {
        let home = home.canonicalize().unwrap_or_else(|_absent| home.clone());
        if home.parent().is_some() && home.starts_with(&real) {
            let why = if home == real {
                format!("no snapshot is taken of `{name}`, a home")
            } else {
                format!("no snapshot is taken of `{name}`, which holds a home")
            };
            return Err(refused(why));
        }
    }
    Ok(real)
}
