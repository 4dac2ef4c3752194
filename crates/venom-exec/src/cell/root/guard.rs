//! Protection of names in the workspace, by mounts over them.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::Path;

use rustix::fs::{AtFlags, FileType, Mode as Permissions, OFlags, ResolveFlags};
use rustix::io::Errno;

use super::{Built, Scratch, attach_to, clone_at, make_folder};
use crate::cell::failure::{At as _, Failed, Step};
use crate::cell::receipt::Guarded;
use crate::cell::spec::{CellSpec, Mode};
use crate::cell::sys::{self, attr};

/// Names of the two things without content that hide others.
const VEIL_FILE: &str = "veil-file";
const VEIL_FOLDER: &str = "veil-folder";

/// What stands at a name in the workspace.
enum Found {
    Nothing,
    Link,
    Something { fd: OwnedFd, is_folder: bool },
}

/// Protects what the specification says.
pub(super) fn protect(spec: &CellSpec, root: &OwnedFd, scratch: &Scratch) -> Step<Built> {
    let mut built = Built {
        guarded: Guarded::default(),
        unprotected: BTreeMap::new(),
    };
    let Some(workspace) = &spec.workspace else {
        return Ok(built);
    };
    let inside = workspace.host.strip_prefix("/").unwrap_or(&workspace.host);
    let folder = make_folder(root, inside, 0o755)?;
    if workspace.mode == Mode::Direct {
        make_what_matters(spec, &folder)?;
    }
    let is_overlay = matches!(workspace.mode, Mode::Overlay(_));
    if workspace.mode != Mode::ReadOnly {
        for (paths, is_read_only) in [(&spec.guard.pinned, false), (&spec.guard.read_only, true)] {
            for path in paths {
                match find(&folder, path).at_path("look at", path)? {
                    Found::Nothing => {
                        let reason = "does not exist".to_owned();
                        built.unprotected.insert(path.display().to_string(), reason);
                    }
                    // A link cannot be mounted over. What changes through an overlay is looked at
                    // before it leaves it; anywhere else there is no second chance.
                    Found::Link if is_overlay => {
                        let reason = "is a symbolic link".to_owned();
                        built.unprotected.insert(path.display().to_string(), reason);
                    }
                    Found::Link => return Err(Errno::LOOP).at_path("protect", path),
                    Found::Something { fd, .. } => {
                        pin(&fd, is_read_only).at_path("protect", path)?;
                        let count = if is_read_only {
                            &mut built.guarded.read_only
                        } else {
                            &mut built.guarded.pinned
                        };
                        *count += 1;
                    }
                }
            }
        }
    }
    if !spec.guard.hidden.is_empty() {
        make_veils(scratch).at("make the veils")?;
    }
    for path in &spec.guard.hidden {
        match find(&folder, path).at_path("look at", path)? {
            // Gone since somebody looked: there is nothing to hide.
            Found::Nothing => {}
            // What it leads to is hidden by its own name, or is not there at all.
            Found::Link => {
                let reason = "is a symbolic link".to_owned();
                built.unprotected.insert(path.display().to_string(), reason);
            }
            Found::Something { fd, is_folder } => {
                let name = if is_folder { VEIL_FOLDER } else { VEIL_FILE };
                let veil = clone_at(&scratch.root, name, false).at("open a veil")?;
                let set = attr::READ_ONLY | attr::NOSUID | attr::NODEV | attr::NOEXEC;
                sys::mount_setattr(veil.as_fd(), set, false, None).at("protect a veil")?;
                attach_to(&veil, &fd).at_path("hide", path)?;
                built.guarded.hidden += 1;
            }
        }
    }
    // Opened again: what was opened before lies beneath the mounts.
    Ok(built)
}

/// Looks at a name without following any link and without leaving the workspace.
fn find(folder: &OwnedFd, path: &Path) -> io::Result<Found> {
    let opened = rustix::fs::openat2(
        folder,
        path,
        OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC,
        Permissions::empty(),
        ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS,
    );
    let fd = match opened {
        Ok(fd) => fd,
        Err(Errno::NOENT | Errno::NOTDIR) => return Ok(Found::Nothing),
        Err(Errno::LOOP) => return Ok(Found::Link),
        Err(error) => return Err(error.into()),
    };
    let kind = FileType::from_raw_mode(rustix::fs::fstat(&fd)?.st_mode);
    Ok(if kind.is_symlink() {
        Found::Link
    } else {
        Found::Something {
            fd,
            is_folder: kind.is_dir(),
        }
    })
}

/// Mounts something onto itself: a mount point can be neither renamed nor removed.
fn pin(fd: &OwnedFd, is_read_only: bool) -> io::Result<()> {
    let tree = clone_at(fd, "", true)?;
    if is_read_only {
        sys::mount_setattr(tree.as_fd(), attr::READ_ONLY, true, None)?;
    }
    attach_to(&tree, fd)
}

/// Makes the folder of hooks and the settings file of a repository that lacks them, so that they can
/// be protected. Only where changes go straight to the folder; an overlay has them beneath itself.
fn make_what_matters(spec: &CellSpec, folder: &OwnedFd) -> Step<()> {
    let Ok(Found::Something {
        fd: git,
        is_folder: true,
    }) = find(folder, Path::new(".git"))
    else {
        return Ok(());
    };
    let is_guarded = |name: &str| spec.guard.read_only.iter().any(|p| p == Path::new(name));
    let made_or_there = |made: rustix::io::Result<()>| match made {
        Ok(()) | Err(Errno::EXIST) => Ok(()),
        Err(error) => Err(Failed::new("make what git would obey", &error.into())),
    };
    if is_guarded(".git/hooks") {
        let mode = Permissions::from_raw_mode(0o755);
        made_or_there(rustix::fs::mkdirat(&git, "hooks", mode))?;
    }
    if is_guarded(".git/config") {
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC;
        let mode = Permissions::from_raw_mode(0o644);
        made_or_there(rustix::fs::openat(&git, "config", flags, mode).map(|_| ()))?;
    }
    Ok(())
}

fn make_veils(scratch: &Scratch) -> io::Result<()> {
    let nothing = Permissions::empty();
    rustix::fs::mkdirat(&scratch.root, VEIL_FOLDER, nothing)?;
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC;
    rustix::fs::openat(&scratch.root, VEIL_FILE, flags, nothing)?;
    // The umask may only take bits away, and there were none; this is for the mode of folders.
    rustix::fs::chmodat(&scratch.root, VEIL_FOLDER, nothing, AtFlags::empty())?;
    Ok(())
}
