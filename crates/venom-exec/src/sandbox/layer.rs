//! The layer that commands of one place write to, and what becomes of it.
//!
//! When the place is closed, the layer is read: edits of the project become a change set, whose
//! commit is the engine's affair; built things and git's own files go into the workspace at once.

use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use globset::{Glob, GlobSet, GlobSetBuilder};
use venom_ports::blob::BlobStore;
use venom_ports::sandbox::{Left, Place};
use venom_ports::{Failure, FailureKind, Result};

use super::host::HostTree;
use crate::cell::Overlay;
use crate::cell::hidden::Names;
use crate::overlay::{
    self, Baseline, BeyondReason, Delta, Form, Guards, Likeness, Replica, Role, Rules,
};

/// The largest file whose content is kept in the content store. Chosen: it is held in memory once.
const LARGEST: u64 = 256 << 20;

/// Files and folders that may be left for each MiB that may be written. Chosen: one for 16 KiB, the
/// measure by which ext4 makes room for them.
const ENTRIES_PER_MIB: usize = 64;

/// The most that is copied for a place without an overlay. Chosen: what a copy of a folder by hand takes.
const MOST_COPIED: usize = 200_000;
const MOST_COPIED_BYTES: u64 = 4 << 30;

/// How many refused paths are named.
const NAMED: usize = 10;

/// A layer on disk. Dropping it removes its folders.
#[derive(Debug)]
pub(super) struct Layer {
    folder: PathBuf,
    root: PathBuf,
    host: Arc<HostTree>,
    rules: Rules,
    /// What commands may change; `None` is everything.
    writes: Option<GlobSet>,
    is_trial: bool,
    /// How much may be left.
    guards: Guards,
    /// What stood in the workspace before it was made.
    before: Names,
    /// When it was made, by the clock of the workspace's file system: seconds and nanoseconds.
    made: (i64, i64),
    /// What the folder that commands write to was, when it is a copy of the workspace.
    replica: Option<Replica>,
}

impl Layer {
    /// Makes the folders of a layer.
    pub(super) fn make(
        folder: PathBuf,
        place: &Place,
        host: Arc<HostTree>,
        rules: Rules,
        disk_mib: u32,
        before: Names,
    ) -> std::io::Result<Self> {
        // What a crash left under this name belongs to a call that is being repeated.
        remove(&folder);
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true).mode(0o700).create(&folder)?;
        for name in ["upper", "work"] {
            builder.recursive(false).create(folder.join(name))?;
        }
        Self::within(folder, place, host, rules, disk_mib, before)
    }

    /// Takes a folder over that was made before, with `upper` and `work` in it.
    pub(super) fn within(
        folder: PathBuf,
        place: &Place,
        host: Arc<HostTree>,
        rules: Rules,
        disk_mib: u32,
        before: Names,
    ) -> std::io::Result<Self> {
        let began = folder.join("began");
        fs::write(&began, "")?;
        let made = fs::metadata(&began)?;
        Ok(Self {
            root: place.root.clone(),
            host,
            rules,
            writes: patterns(&place.writes)?,
            is_trial: place.is_trial,
            guards: Guards {
                bytes: u64::from(disk_mib) << 20,
                entries: disk_mib as usize * ENTRIES_PER_MIB,
                ..Guards::default()
            },
            before,
            made: (made.ctime(), made.ctime_nsec()),
            folder,
            replica: None,
        })
    }

    /// Returns the folders for the mount.
    pub(super) fn overlay(&self) -> Overlay {
        Overlay {
            upper: self.upper(),
            work: self.folder.join("work"),
            lowers: Vec::new(),
        }
    }

    /// Makes what commands write to a copy of the workspace, for places without an overlay.
    pub(super) fn fill(&mut self, hidden: &[PathBuf], owner: Option<(u32, u32)>) -> Result<()> {
        let likeness = Likeness {
            hidden: hidden.iter().cloned().collect(),
            owner,
            entries: MOST_COPIED,
            bytes: MOST_COPIED_BYTES,
        };
        self.replica = Some(Replica::make(&self.root, &self.upper(), &likeness)?);
        Ok(())
    }

    fn upper(&self) -> PathBuf {
        self.folder.join("upper")
    }

    /// Reads what commands left. Nothing may run any more that can write to the layer.
    pub(super) async fn settle(self, blobs: &dyn BlobStore) -> Result<Left> {
        let this = Arc::new(self);
        let delta = {
            let this = Arc::clone(&this);
            blocking(move || this.read()).await?
        };
        if delta.is_empty() {
            return Ok(Left::default());
        }
        let handed = delta
            .hand_over(&this.upper(), &this.root, blobs, LARGEST)
            .await?;
        let mut dropped: Vec<String> = handed
            .beyond
            .iter()
            .map(|beyond| format!("{}: {}", overlay::shown(&beyond.path), why(beyond.reason)))
            .collect();
        let strays: Vec<&overlay::Entry> = delta
            .entries()
            .iter()
            .filter(|entry| entry.role == Role::Dropped)
            .collect();
        dropped.extend(
            strays
                .iter()
                .take(NAMED)
                .map(|entry| format!("{}: the step may not change it", entry.line())),
        );
        if strays.len() > NAMED {
            dropped.push(format!("and {} more", strays.len() - NAMED));
        }
        let unrecorded = delta.of_roles(&[Role::Output, Role::Repository]);
        let outputs = unrecorded.entries().len() as u64;
        if outputs > 0 && !this.is_trial {
            // Written while no place of this process has the workspace beneath it.
            let _alone = this.host.write().await;
            let this = Arc::clone(&this);
            blocking(move || this.put(&unrecorded)).await?;
        }
        Ok(Left {
            changes: handed.changes,
            dropped,
            outputs,
        })
    }

    fn read(&self) -> Result<Delta> {
        let mut delta = match &self.replica {
            None => Delta::scan(&self.upper(), &self.root, &self.guards)?,
            Some(replica) => Delta::scan_replica(&self.upper(), &self.root, replica, &self.guards)?,
        };
        if let Some(repository) = hidden_repository(&delta) {
            return Err(Failure::new(
                FailureKind::Refused,
                format!(
                    "nothing of what the command left is kept, because git would take `{}` for a repository and run what its configuration says",
                    overlay::shown(&repository)
                ),
            )
            .with_hint("the workspace is as it was before the step"));
        }
        if let Some(writes) = &self.writes {
            delta.assign(|entry| match entry.role {
                Role::Source if writes.is_match(&entry.path) => Role::Output,
                Role::Source => Role::Dropped,
                role @ (Role::Output | Role::Repository | Role::Dropped) => role,
            });
        }
        if let Err(refusals) = delta.clear(&self.rules) {
            let mut named: Vec<String> = refusals
                .iter()
                .take(NAMED)
                .map(ToString::to_string)
                .collect();
            if refusals.len() > NAMED {
                named.push(format!("and {} more", refusals.len() - NAMED));
            }
            return Err(Failure::new(
                FailureKind::Refused,
                format!(
                    "nothing of what the command left is kept, because {}",
                    named.join("; ")
                ),
            )
            .with_hint("the workspace is as it was before the step"));
        }
        if !self.is_trial {
            refuse_large(&delta)?;
        }
        for entry in delta.entries() {
            // Folders change with every file in them; what counts is the files.
            let is_edited = entry
                .old
                .as_ref()
                .is_some_and(|old| old.form != Form::Folder);
            let what = if is_edited && self.is_newer(&entry.path) {
                "changed"
            } else if entry.old.is_none() && self.before.contain(&entry.path) {
                "removed"
            } else {
                continue;
            };
            return Err(Failure::new(
                FailureKind::Conflict,
                format!(
                    "`{}` was {what} in the workspace while a command worked on it",
                    overlay::shown(&entry.path)
                ),
            )
            .with_hint("nothing was overwritten; run the step again"));
        }
        Ok(delta)
    }

    /// Tells whether somebody changed a path of the workspace after the layer was made.
    fn is_newer(&self, path: &Path) -> bool {
        fs::symlink_metadata(self.root.join(path))
            .is_ok_and(|now| (now.ctime(), now.ctime_nsec()) > self.made)
    }

    fn put(&self, delta: &Delta) -> Result<()> {
        let cleared = delta.clear(&self.rules).map_err(|refusals| {
            Failure::new(
                FailureKind::Internal,
                format!("{} changes became doubtful", refusals.len()),
            )
        })?;
        let expected = Baseline::of(delta);
        let outcome = overlay::commit(cleared, &self.upper(), &self.root, &expected)?;
        if let Some(conflict) = outcome.conflicts.first() {
            return Err(Failure::new(
                FailureKind::Conflict,
                format!("a built file was left alone: {conflict}"),
            )
            .with_hint("another program builds in the same workspace"));
        }
        Ok(())
    }
}

/// Refuses edits of the project that could not be taken back because a file is too large to be stored. What would be
/// left without them is neither what was there nor what the command made, and nobody would know.
fn refuse_large(delta: &Delta) -> Result<()> {
    let is_large = |node: &overlay::Node| node.form == Form::File && node.size > LARGEST;
    let large: Vec<String> = delta
        .entries()
        .iter()
        .filter(|entry| entry.role == Role::Source)
        .filter(|entry| entry.old.iter().chain(&entry.new).any(is_large))
        .map(|entry| format!("`{}`", overlay::shown(&entry.path)))
        .collect();
    let Some(first) = large.first() else {
        return Ok(());
    };
    let more = match large.len() {
        1 => String::new(),
        count => format!(" and {} more files", count - 1),
    };
    Err(Failure::new(
        FailureKind::Refused,
        format!(
            "nothing of what the command left is kept, because it made, changed or removed {first}{more} with more than 256 MiB, which could not be taken back"
        ),
    )
    .with_hint(
        "the workspace is as it was before the step; name such files in `.gitignore`, and commands change them without a way back, or do this by hand",
    ))
}

/// Finds a folder, not called `.git`, that git would take for a repository: one that got both files by
/// which git tells.
fn hidden_repository(delta: &Delta) -> Option<PathBuf> {
    let comes = |path: &Path| {
        let mut entries = delta.entries().iter();
        entries.any(|entry| entry.new.is_some() && entry.path == path)
    };
    delta
        .entries()
        .iter()
        .filter(|entry| entry.new.is_some() && entry.role != Role::Repository)
        .filter(|entry| entry.path.file_name().is_some_and(|name| name == "HEAD"))
        .filter_map(|entry| entry.path.parent())
        .find(|folder| {
            comes(&folder.join("config"))
                && (comes(&folder.join("objects")) || comes(&folder.join("refs")))
        })
        .map(Path::to_owned)
}

/// Reads what may be changed; `None` is everything.
fn patterns(writes: &[String]) -> std::io::Result<Option<GlobSet>> {
    if writes.iter().any(|pattern| pattern == "**") {
        return Ok(None);
    }
    let invalid = |error| std::io::Error::new(std::io::ErrorKind::InvalidInput, error);
    let mut set = GlobSetBuilder::new();
    for pattern in writes {
        set.add(Glob::new(pattern).map_err(invalid)?);
    }
    set.build().map(Some).map_err(invalid)
}

/// Says why a change is not kept.
fn why(reason: BeyondReason) -> &'static str {
    match reason {
        BeyondReason::Path => "its name is no text",
        BeyondReason::TooLarge => "it is larger than 256 MiB; name it in `.gitignore` to keep it",
    }
}

impl Drop for Layer {
    fn drop(&mut self) {
        remove(&self.folder);
    }
}

/// A folder of a place; removed when this is dropped.
#[derive(Debug)]
pub(crate) struct Own(Option<PathBuf>);

impl Own {
    pub(crate) const fn new(folder: PathBuf) -> Self {
        Self(Some(folder))
    }

    /// Leaves the folder to somebody else.
    pub(crate) fn give_away(mut self) -> PathBuf {
        self.0.take().unwrap_or_default()
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        if let Some(folder) = &self.0 {
            remove(folder);
        }
    }
}

/// Removes a layer's folders. The kernel makes its own working folder without any permission, and a
/// command may do the same with its own.
pub(crate) fn remove(folder: &Path) {
    if fs::remove_dir_all(folder).is_ok() || !folder.exists() {
        return;
    }
    open_up(folder, 0);
    if let Err(error) = fs::remove_dir_all(folder) {
        tracing::debug!(folder = %folder.display(), %error, "a layer stays");
    }
}

/// Gives every folder back to its owner, so that it can be emptied.
fn open_up(folder: &Path, depth: usize) {
    /// Deeper than any path that can be named (PATH_MAX).
    const DEEPEST: usize = 4_096;
    let _best_effort = fs::set_permissions(folder, fs::Permissions::from_mode(0o700));
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder && depth < DEEPEST {
            open_up(&entry.path(), depth + 1);
        }
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => Err(Failure::new(FailureKind::Internal, error.to_string())),
    }
}
