//! Places that a caller names: files and folders of the workspace.
//!
//! Where a caller names something that is not what the action works on, the answer says so. An empty
//! result would say that there is nothing in it.

use venom_kernel::change::RelPath;
use venom_ports::skill::SkillContext;
use venom_ports::workspace::{Entry, EntryKind};
use venom_ports::{Failure, Result};

use crate::name;
use crate::params::{missing, refused};

/// What an action works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// A folder alone.
    Folder,
    /// A file or everything in a folder.
    FileOrFolder,
}

/// What stands at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// A folder, or the workspace itself.
    Folder,
    /// A file.
    File(Entry),
}

/// Looks at a place that a caller has named.
pub(crate) async fn look(context: &SkillContext, path: &RelPath, wanted: Wanted) -> Result<Place> {
    if path.is_root() {
        return Ok(Place::Folder);
    }
    let shown = name::shown(path.as_str());
    let no = |why: &str| -> Failure {
        let hint = match wanted {
            Wanted::Folder => "name a folder of the workspace",
            Wanted::FileOrFolder => "name a file or folder of the workspace",
        };
        refused(format!("`{shown}` is {why}")).with_hint(hint)
    };
    let Some(entry) = context.files.stat(path).await? else {
        let what = match wanted {
            Wanted::Folder => "folder",
            Wanted::FileOrFolder => "file or folder",
        };
        return Err(missing(format!("there is no {what} `{shown}`"))
            .with_hint("paths count from the top of the workspace"));
    };
    match (entry.kind, wanted) {
        (EntryKind::Folder, _) => Ok(Place::Folder),
        (EntryKind::File, Wanted::FileOrFolder) => Ok(Place::File(entry)),
        (EntryKind::File, Wanted::Folder) => Err(no("a file, not a folder")),
        (EntryKind::Link, _) => Err(refused(format!(
            "`{shown}` is a symbolic link, which is not followed"
        ))
        .with_hint("name what the link points to, if it is inside the workspace")),
        (EntryKind::Other, _) => Err(no("neither a file nor a folder")),
    }
}
