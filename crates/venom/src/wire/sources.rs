//! Finds playbook files: the shipped ones, the user's, the project's.

use std::io::Read as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;

use venom_engine::world::PlaybookSources;
use venom_ports::api::playbooks::{Origin, Source};

use crate::config::paths::Paths;
use crate::shipped;

/// The most files that are read from one folder. Chosen: far more than anybody writes.
const MOST: usize = 500;
/// Bytes that are read of a file; one more than the engine takes, so that it can say no.
const READ: u64 = (256 << 10) + 1;

/// Returns the function that finds the playbooks of a workspace, and one that the command brings.
pub(super) fn playbooks(paths: Paths, own: Option<Source>) -> PlaybookSources {
    Arc::new(move |workspace: &Path| {
        let mut sources: Vec<Source> = shipped::PLAYBOOKS
            .iter()
            .map(|(name, text)| Source {
                origin: Origin::Shipped,
                path: (*name).to_owned(),
                text: (*text).to_owned(),
            })
            .collect();
        sources.extend(folder(&paths.user_playbooks(), Origin::User));
        let project = Paths::project_playbooks(workspace);
        if project != paths.user_playbooks() {
            sources.extend(folder(&project, Origin::Project));
        }
        sources.extend(own.clone());
        sources
    })
}

fn folder(folder: &Path, origin: Origin) -> Vec<Source> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut paths: Vec<_> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            path.extension()
                .is_some_and(|ending| ending == "yaml" || ending == "yml")
        })
        .collect();
    paths.sort();
    if paths.len() > MOST {
        tracing::warn!(folder = %folder.display(), files = paths.len(), "too many playbooks");
    }
    paths
        .iter()
        .take(MOST)
        .filter_map(|path| match read(path) {
            Ok(text) => Some(Source {
                origin,
                path: path.display().to_string(),
                text,
            }),
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "playbook not read");
                None
            }
        })
        .collect()
}

/// Reads the text of a playbook file.
pub(crate) fn read(path: &Path) -> std::io::Result<String> {
    // A pipe or a device would be waited for without end.
    let file = std::fs::OpenOptions::new()
        .read(true)
        .custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed())
        .open(path)?;
    if !file.metadata()?.is_file() {
        return Err(std::io::Error::other("it is no regular file"));
    }
    let mut bytes = Vec::new();
    file.take(READ).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
