//! The files that a cell sees: a synthetic root in memory with only what is listed mounted into it.
//!
//! What every cell has is made first, by [`lay`]: it needs no specification, so that a cell can get so
//! far before anybody asks for it. [`build`] then adds what the specification lists.
//!
//! Sources are opened by [`gather_system`] and [`gather`]: by the zygote when it is root, because only
//! it may then read everything and map owners, and by the new process itself otherwise.

mod guard;
pub(super) mod system;

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::path::{Component, Path, PathBuf};

use rustix::fs::{AtFlags, FileType, Mode as Permissions, OFlags};
use rustix::io::Errno;
use rustix::mount::{
    FsMountFlags, FsOpenFlags, FsPickFlags, MountAttrFlags, MountFlags, MountPropagationFlags,
    MoveMountFlags, OpenTreeFlags, UnmountFlags, fsconfig_create, fsconfig_reconfigure,
    fsconfig_set_string, fsmount, fsopen, fspick, mount, mount_change, move_mount, open_tree,
    unmount,
};

use super::failure::{At as _, Failed, Step};
use super::receipt::Guarded;
use super::spec::{CellSpec, HOME, Limits, Mode};
use super::sys::{self, attr};
use super::wire::{Reader, Writer};

use self::system::System;

/// Where the layers of an overlay stand while it is being made.
const STAGING: &str = ".venom";

/// Bytes that the synthetic root itself may hold: the copied files of `/etc`.
const ROOT_BYTES: &str = "16m";

/// Most files and folders in the cell's memory file system. Chosen: an unpacked package of node has
/// some thousands; each costs about a KiB of kernel memory.
const SCRATCH_INODES: &str = "65536";

/// Sources of mounts, opened.
#[derive(Default)]
pub(super) struct Sources {
    attached: Vec<Attached>,
    layers: Option<Layers>,
}

/// The system's part of the sources, opened.
#[derive(Default)]
pub(super) struct SystemSources(Vec<Attached>);

struct Attached {
    at: PathBuf,
    what: What,
}

enum What {
    Folder(OwnedFd),
    File(OwnedFd),
    /// An empty folder in memory.
    Scratch,
    /// The overlay goes here.
    Overlay,
}

struct Layers {
    /// The folder that holds upper and work folder.
    upper_parent: OwnedFd,
    /// Finished layers, newest first, and the workspace itself.
    lowers: Vec<OwnedFd>,
    /// The workspace's `.git` has no folder for hooks, or no file for settings.
    lacks_hooks: bool,
    lacks_config: bool,
}

impl SystemSources {
    /// Descriptors that must stay open.
    pub(super) fn fds(&self) -> impl Iterator<Item = i32> {
        self.0.iter().filter_map(|attached| match &attached.what {
            What::Folder(fd) | What::File(fd) => Some(sys::raw(fd)),
            What::Scratch | What::Overlay => None,
        })
    }
}

impl Sources {
    /// Writes everything but the descriptors, and returns those in order.
    pub(super) fn encode(&self, w: &mut Writer) -> Vec<BorrowedFd<'_>> {
        let mut fds = Vec::with_capacity(self.attached.len() + 2);
        w.list(self.attached.iter(), |w, attached| {
            w.path(&attached.at);
            w.u8(match &attached.what {
                What::Folder(fd) => {
                    fds.push(fd.as_fd());
                    0
                }
                What::File(fd) => {
                    fds.push(fd.as_fd());
                    1
                }
                What::Scratch => 2,
                What::Overlay => 3,
            });
        });
        w.list(self.layers.iter(), |w, layers| {
            w.u64(layers.lowers.len() as u64)
                .flag(layers.lacks_hooks)
                .flag(layers.lacks_config);
            fds.push(layers.upper_parent.as_fd());
            fds.extend(layers.lowers.iter().map(|fd| fd.as_fd()));
        });
        fds
    }

    /// Reads what [`Self::encode`] wrote.
    pub(super) fn decode(
        r: &mut Reader<'_>,
        fds: &mut impl Iterator<Item = OwnedFd>,
    ) -> io::Result<Self> {
        let lost = || io::Error::from(Errno::BADF);
        let attached = r.list(|r| {
            let at = r.path()?;
            let what = match r.u8()? {
                0 => What::Folder(fds.next().ok_or_else(lost)?),
                1 => What::File(fds.next().ok_or_else(lost)?),
                2 => What::Scratch,
                _ => What::Overlay,
            };
            Ok(Attached { at, what })
        })?;
        let layers = r.list(|r| {
            let count = r.u64()?;
            let (lacks_hooks, lacks_config) = (r.flag()?, r.flag()?);
            let upper_parent = fds.next().ok_or_else(lost)?;
            let lowers = (0..count).map(|_| fds.next().ok_or_else(lost));
            Ok(Layers {
                upper_parent,
                lowers: lowers.collect::<io::Result<_>>()?,
                lacks_hooks,
                lacks_config,
            })
        })?;
        Ok(Self {
            attached,
            layers: layers.into_iter().next(),
        })
    }
}

/// Opens a part of the host's tree as a mount that is attached nowhere yet.
fn detach(path: &Path, recursive: bool) -> io::Result<(OwnedFd, bool)> {
    let mut flags = OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC;
    if recursive {
        flags |= OpenTreeFlags::AT_RECURSIVE;
    }
    let fd = open_tree(rustix::fs::CWD, path, flags)?;
    let is_folder = FileType::from_raw_mode(rustix::fs::fstat(&fd)?.st_mode).is_dir();
    Ok((fd, is_folder))
}

fn what((fd, is_folder): (OwnedFd, bool)) -> What {
    if is_folder {
        What::Folder(fd)
    } else {
        What::File(fd)
    }
}

const QUIET: u64 = attr::NOSUID | attr::NODEV;

/// Opens what every cell sees of the host's system.
pub(super) fn gather_system(system: &System) -> Step<SystemSources> {
    let mut attached = Vec::with_capacity(32);
    for path in system.trees() {
        let (fd, is_folder) = detach(path, true).at_path("open", path)?;
        sys::mount_setattr(fd.as_fd(), QUIET | attr::READ_ONLY, true, None)
            .at_path("protect", path)?;
        attached.push(Attached {
            at: path.clone(),
            what: what((fd, is_folder)),
        });
    }
    for path in system.devices() {
        let (fd, _) = detach(path, false).at_path("open", path)?;
        attached.push(Attached {
            at: path.clone(),
            what: What::File(fd),
        });
    }
    Ok(SystemSources(in_order(attached)))
}

/// Opens what a specification lists.
pub(super) fn gather(spec: &CellSpec, ids: Option<BorrowedFd<'_>>) -> Step<Sources> {
    let mut attached = Vec::with_capacity(8);
    for path in &spec.read_only {
        let (fd, is_folder) = detach(path, true).at_path("open", path)?;
        let set = QUIET | attr::READ_ONLY;
        // Not every file system can map owners; what is only read can do without.
        sys::mount_setattr(fd.as_fd(), set, true, ids)
            .or_else(|_unmapped| sys::mount_setattr(fd.as_fd(), set, true, None))
            .at_path("protect", path)?;
        attached.push(Attached {
            at: path.clone(),
            what: what((fd, is_folder)),
        });
    }
    for path in &spec.writable {
        let (fd, is_folder) = detach(path, true).at_path("open", path)?;
        sys::mount_setattr(fd.as_fd(), QUIET, true, ids).at_path("map the owner of", path)?;
        attached.push(Attached {
            at: path.clone(),
            what: what((fd, is_folder)),
        });
    }
    attached.extend(spec.scratch.iter().map(|at| Attached {
        at: at.clone(),
        what: What::Scratch,
    }));
    let mut layers = None;
    if let Some(workspace) = &spec.workspace {
        let host = &workspace.host;
        let what = match &workspace.mode {
            Mode::ReadOnly | Mode::Direct => {
                let (fd, is_folder) = detach(host, true).at_path("open the workspace", host)?;
                if !is_folder {
                    return Err(Errno::NOTDIR).at_path("open the workspace", host);
                }
                let mut set = QUIET;
                if workspace.mode == Mode::ReadOnly {
                    set |= attr::READ_ONLY;
                }
                sys::mount_setattr(fd.as_fd(), set, true, ids)
                    .at_path("map the owner of the workspace", host)?;
                What::Folder(fd)
            }
            Mode::Overlay(overlay) => {
                let layer = |path: &Path, set: u64| -> Step<OwnedFd> {
                    let (fd, is_folder) = detach(path, false).at_path("open the layer", path)?;
                    if !is_folder {
                        return Err(Errno::NOTDIR).at_path("open the layer", path);
                    }
                    sys::mount_setattr(fd.as_fd(), set, false, ids)
                        .at_path("map the owner of the layer", path)?;
                    Ok(fd)
                };
                let parent = overlay.upper.parent().unwrap_or_else(|| Path::new("/"));
                let mut lowers = Vec::with_capacity(overlay.lowers.len() + 1);
                for path in overlay.lowers.iter().chain([host]) {
                    lowers.push(layer(path, QUIET | attr::READ_ONLY)?);
                }
                let is_git = rustix::fs::lstat(host.join(".git"))
                    .is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode).is_dir());
                let lacks = |name: &str| {
                    is_git
                        && spec
                            .guard
                            .read_only
                            .iter()
                            .any(|path| path == Path::new(name))
                        && rustix::fs::lstat(host.join(name)).err() == Some(Errno::NOENT)
                };
                layers = Some(Layers {
                    upper_parent: layer(parent, QUIET)?,
                    lowers,
                    lacks_hooks: lacks(".git/hooks"),
                    lacks_config: lacks(".git/config"),
                });
                What::Overlay
            }
        };
        attached.push(Attached {
            at: host.clone(),
            what,
        });
    }
    Ok(Sources {
        attached: in_order(attached),
        layers,
    })
}

/// Parents before what lies in them.
fn in_order(mut attached: Vec<Attached>) -> Vec<Attached> {
    attached.sort_by(|a, b| a.at.components().cmp(b.at.components()));
    attached
}

/// What [`build`] made.
pub(super) struct Built {
    pub(super) guarded: Guarded,
    pub(super) unprotected: std::collections::BTreeMap<String, String>,
}

/// The part of the root that is the same in every cell.
pub(super) struct Base {
    root: OwnedFd,
    scratch: Scratch,
}

/// Makes what every cell has. The process must own its namespaces and be its user already.
pub(super) fn lay(system: &System, sources: SystemSources) -> Step<Base> {
    let root = memory("root", ROOT_BYTES, "8192", "755").at("mount the root")?;
    // A place that is there and that nothing listed can lie in, because sources are still looked for by
    // their paths outside.
    attach(&root, "/proc").at("attach the root")?;
    let root = rustix::fs::openat(
        &root,
        ".",
        OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC,
        Permissions::empty(),
    )
    .at("open the root")?;

    let tmp_bytes = Limits::default().tmp_bytes.to_string();
    let scratch = memory("scratch", &tmp_bytes, SCRATCH_INODES, "755").at("mount /tmp")?;
    make_folder(&root, Path::new(STAGING), 0o700)?;
    let scratch_at = make_folder(&root, &Path::new(STAGING).join("scratch"), 0o755)?;
    attach_to(&scratch, &scratch_at).at("attach /tmp")?;
    let scratch = Scratch { root: scratch };

    system.write_into(&root)?;
    for (name, at, mode) in [
        ("tmp", "tmp", 0o1777),
        ("home", HOME.trim_start_matches('/'), 0o755),
        ("shm", "dev/shm", 0o1777),
    ] {
        let target = make_folder(&root, Path::new(at), 0o755)?;
        scratch
            .place(name, mode, &target)
            .at_path("mount", Path::new(at))?;
    }
    make_pts(&root)?;
    for Attached { at, what } in sources.0 {
        attach_host(&root, &at, &what)?;
    }
    // Before the old root goes: the kernel lets a user mount this file system only while another
    // one can be seen.
    mount_proc(&root)?;
    Ok(Base { root, scratch })
}

/// Mounts a part of the host's tree at its own path.
fn attach_host(root: &OwnedFd, at: &Path, what: &What) -> Step<()> {
    let inside = at.strip_prefix("/").unwrap_or(at);
    match what {
        What::Folder(tree) => {
            let target = make_folder(root, inside, 0o755)?;
            attach_to(tree, &target).at_path("mount", at)
        }
        What::File(tree) => {
            let target = make_file(root, inside, b"")?;
            attach_to(tree, &target).at_path("mount", at)
        }
        What::Scratch | What::Overlay => Ok(()),
    }
}

/// Adds what the specification lists to the root, and enters it.
pub(super) fn build(spec: &CellSpec, system: &System, base: Base, sources: Sources) -> Step<Built> {
    let Base { root, scratch } = base;
    // Until now what the host mounted could come through, so that sources are those of this moment.
    mount_change(
        "/",
        MountPropagationFlags::PRIVATE | MountPropagationFlags::REC,
    )
    .at("make mounts private")?;
    if spec.limits.tmp_bytes != Limits::default().tmp_bytes {
        scratch.resize(spec.limits.tmp_bytes).at("limit /tmp")?;
    }
    let listed: Vec<&Path> = (sources.attached.iter())
        .filter_map(|attached| attached.at.strip_prefix("/").ok())
        .collect();
    system.clear_way(&root, &listed)?;
    // What lies beneath something that is listed would be covered by it.
    let mut covered = Vec::new();
    for tree in system
        .trees()
        .iter()
        .filter_map(|t| t.strip_prefix("/").ok())
    {
        let is_covered = |path: &&Path| tree != *path && tree.starts_with(path);
        if listed.iter().any(is_covered) {
            let folder = make_folder(&root, tree, 0o755)?;
            covered.push((tree, clone_at(&folder, "", true).at_path("keep", tree)?));
        }
    }
    let mut layers = sources.layers;
    let mut number = 0;
    for Attached { at, what } in sources.attached {
        let inside = at.strip_prefix("/").unwrap_or(&at);
        match what {
            What::Folder(_) | What::File(_) => attach_host(&root, &at, &what)?,
            What::Scratch => {
                let target = make_folder(&root, inside, 0o755)?;
                number += 1;
                scratch
                    .place(&format!("s{number}"), 0o755, &target)
                    .at_path("mount", &at)?;
            }
            What::Overlay => {
                if let (Some(layers), Some(workspace)) = (layers.take(), &spec.workspace)
                    && let Mode::Overlay(overlay) = &workspace.mode
                {
                    let target = make_folder(&root, inside, 0o755)?;
                    let name = |path: &Path| path.file_name().map(OsStr::to_os_string);
                    let (Some(upper), Some(work)) = (name(&overlay.upper), name(&overlay.work))
                    else {
                        return Err(Errno::INVAL).at("name the layers");
                    };
                    layers.mount(&root, &target, &upper, &work)?;
                }
            }
        }
    }
    for (path, tree) in covered {
        attach_to(&tree, &make_folder(&root, path, 0o755)?).at_path("mount", path)?;
    }
    let built = guard::protect(spec, &root, &scratch)?;
    unmount_staging(&root)?;

    sys::mount_setattr(root.as_fd(), attr::READ_ONLY, false, None).at("protect the root")?;
    rustix::process::fchdir(&root).at("enter the root")?;
    rustix::process::pivot_root(".", ".").at("pivot_root")?;
    unmount(".", UnmountFlags::DETACH).at("leave the old root")?;
    rustix::process::chdir("/").at("enter the root")?;
    Ok(built)
}

/// Makes a file system in memory that is attached nowhere yet.
fn memory(name: &str, size: &str, inodes: &str, mode: &str) -> io::Result<OwnedFd> {
    let context = fsopen("tmpfs", FsOpenFlags::FSOPEN_CLOEXEC)?;
    let fd = context.as_fd();
    fsconfig_set_string(fd, "source", name)?;
    fsconfig_set_string(fd, "size", size)?;
    fsconfig_set_string(fd, "nr_inodes", inodes)?;
    fsconfig_set_string(fd, "mode", mode)?;
    fsconfig_create(fd)?;
    Ok(fsmount(
        fd,
        FsMountFlags::FSMOUNT_CLOEXEC,
        MountAttrFlags::MOUNT_ATTR_NOSUID | MountAttrFlags::MOUNT_ATTR_NODEV,
    )?)
}

fn attach(tree: &OwnedFd, at: &str) -> io::Result<()> {
    let flags = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH;
    Ok(move_mount(tree, "", rustix::fs::CWD, at, flags)?)
}

fn attach_to(tree: &OwnedFd, target: &OwnedFd) -> io::Result<()> {
    let flags = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH | MoveMountFlags::MOVE_MOUNT_T_EMPTY_PATH;
    Ok(move_mount(tree, "", target, "", flags)?)
}

/// Clones a part of a tree that is attached in this namespace.
fn clone_at(folder: &OwnedFd, name: &str, recursive: bool) -> io::Result<OwnedFd> {
    let mut flags = OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC;
    if recursive {
        flags |= OpenTreeFlags::AT_RECURSIVE;
    }
    if name.is_empty() {
        flags |= OpenTreeFlags::AT_EMPTY_PATH;
    }
    Ok(open_tree(folder, name, flags)?)
}

/// The one file system in memory that everything writable and short-lived lies in, so that one
/// limit holds for all.
pub(super) struct Scratch {
    root: OwnedFd,
}

impl Scratch {
    /// Gives it another size.
    fn resize(&self, bytes: u64) -> io::Result<()> {
        let flags = FsPickFlags::FSPICK_CLOEXEC | FsPickFlags::FSPICK_EMPTY_PATH;
        let context = fspick(&self.root, "", flags)?;
        fsconfig_set_string(context.as_fd(), "size", bytes.to_string())?;
        Ok(fsconfig_reconfigure(context.as_fd())?)
    }

    /// Makes a folder in it and mounts that at a target.
    fn place(&self, name: &str, mode: u32, target: &OwnedFd) -> io::Result<()> {
        rustix::fs::mkdirat(&self.root, name, Permissions::from_raw_mode(0o700))?;
        rustix::fs::chmodat(
            &self.root,
            name,
            Permissions::from_raw_mode(mode),
            AtFlags::empty(),
        )?;
        attach_to(&clone_at(&self.root, name, false)?, target)
    }
}

/// Makes a folder beneath the new root, with all its parents, following no link, and opens it.
fn make_folder(root: &OwnedFd, path: &Path, mode: u32) -> Step<OwnedFd> {
    let mut folder = rustix::io::fcntl_dupfd_cloexec(root, 3).at("copy a descriptor")?;
    for component in path.components() {
        let Component::Normal(name) = component else {
            return Err(Errno::INVAL).at_path("make", path);
        };
        folder = enter(&folder, name, mode).at_path("make", path)?;
    }
    Ok(folder)
}

fn enter(folder: &OwnedFd, name: &OsStr, mode: u32) -> io::Result<OwnedFd> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let open = || rustix::fs::openat(folder, name, flags, Permissions::empty());
    match open() {
        Err(Errno::NOENT) => {
            rustix::fs::mkdirat(folder, name, Permissions::from_raw_mode(mode))?;
            Ok(open()?)
        }
        opened => Ok(opened?),
    }
}

/// Makes a file beneath the new root unless it exists, and opens it as a place to mount at.
fn make_file(root: &OwnedFd, path: &Path, content: &[u8]) -> Step<OwnedFd> {
    let parent = make_folder(root, path.parent().unwrap_or_else(|| Path::new("")), 0o755)?;
    let name = path.file_name().unwrap_or_default();
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let open = || rustix::fs::openat(&parent, name, flags, Permissions::empty());
    match open() {
        Err(Errno::NOENT) => {
            let made = rustix::fs::openat(
                &parent,
                name,
                OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC,
                Permissions::from_raw_mode(0o644),
            )
            .at_path("make", path)?;
            File::from(made).write_all(content).at_path("write", path)?;
            open().at_path("open", path)
        }
        opened => opened.at_path("open", path),
    }
}

fn make_pts(root: &OwnedFd) -> Step<()> {
    let target = make_folder(root, Path::new("dev/pts"), 0o755)?;
    let made = (|| -> io::Result<()> {
        let context = fsopen("devpts", FsOpenFlags::FSOPEN_CLOEXEC)?;
        let fd = context.as_fd();
        fsconfig_set_string(fd, "ptmxmode", "0666")?;
        fsconfig_set_string(fd, "mode", "0600")?;
        fsconfig_create(fd)?;
        let tree = fsmount(
            fd,
            FsMountFlags::FSMOUNT_CLOEXEC,
            MountAttrFlags::MOUNT_ATTR_NOSUID | MountAttrFlags::MOUNT_ATTR_NOEXEC,
        )?;
        attach_to(&tree, &target)
    })();
    made.at("mount terminals")
}

/// Files of `/proc` that tell about the machine rather than the cell, and that some kernels let
/// anybody read.
const MASKED: &[&str] = &[
    "kallsyms",
    "kcore",
    "keys",
    "key-users",
    "timer_list",
    "sysrq-trigger",
];

fn mount_proc(root: &OwnedFd) -> Step<()> {
    let target = make_folder(root, Path::new("proc"), 0o555)?;
    let made = (|| -> io::Result<OwnedFd> {
        let context = fsopen("proc", FsOpenFlags::FSOPEN_CLOEXEC)?;
        fsconfig_create(context.as_fd())?;
        let tree = fsmount(
            context.as_fd(),
            FsMountFlags::FSMOUNT_CLOEXEC,
            MountAttrFlags::MOUNT_ATTR_NOSUID
                | MountAttrFlags::MOUNT_ATTR_NODEV
                | MountAttrFlags::MOUNT_ATTR_NOEXEC,
        )?;
        attach_to(&tree, &target)?;
        Ok(tree)
    })();
    let proc = made.at("mount /proc")?;
    for name in MASKED {
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let Ok(target) = rustix::fs::openat(&proc, *name, flags, Permissions::empty()) else {
            continue;
        };
        let null = clone_at(root, "dev/null", false).at("open /dev/null")?;
        attach_to(&null, &target).at_path("mask /proc file", Path::new(name))?;
    }
    Ok(())
}

impl Layers {
    /// Mounts the overlay. All its layers are attached in one folder for that moment, so that the
    /// options name them by short, plain names whatever their paths are.
    fn mount(self, root: &OwnedFd, target: &OwnedFd, upper: &OsStr, work: &OsStr) -> Step<()> {
        let staging = make_folder(root, Path::new(STAGING), 0o700)?;
        attach_to(
            &self.upper_parent,
            &make_folder(&staging, Path::new("up"), 0o700)?,
        )
        .at("attach the upper layer")?;
        let mut names = Vec::with_capacity(self.lowers.len() + 1);
        for (number, lower) in self.lowers.iter().enumerate() {
            let name = format!("l{number}");
            attach_to(lower, &make_folder(&staging, Path::new(&name), 0o700)?)
                .at("attach a lower layer")?;
            names.push(name);
        }
        // What a program outside would obey must exist to be protected. It is put beneath all other
        // layers, where it does not count as a change.
        if self.lacks_hooks || self.lacks_config {
            let skeleton = make_folder(&staging, Path::new("skeleton/.git"), 0o755)?;
            if self.lacks_hooks {
                make_folder(&skeleton, Path::new("hooks"), 0o755)?;
            }
            if self.lacks_config {
                make_file(&skeleton, Path::new("config"), b"")?;
            }
            names.push("skeleton".to_owned());
        }
        let mut options = format!("lowerdir={},upperdir=up/", names.join(":")).into_bytes();
        options.extend(upper.as_encoded_bytes());
        options.extend(b",workdir=up/");
        options.extend(work.as_encoded_bytes());
        options.extend(b",userxattr");
        let options = std::ffi::CString::new(options)
            .map_err(io::Error::from)
            .at("name the layers")?;
        make_folder(&staging, Path::new("m"), 0o700)?;
        rustix::process::fchdir(&staging).at("enter the staging folder")?;
        mount(
            "overlay",
            "m",
            "overlay",
            MountFlags::NOSUID | MountFlags::NODEV,
            options.as_c_str(),
        )
        .at("mount the overlay")?;
        let tree = clone_at(&staging, "m", false).at("open the overlay")?;
        unmount("m", UnmountFlags::DETACH).at("detach the overlay")?;
        attach_to(&tree, target).at("attach the overlay")
    }
}

/// Takes away what only the making of the root needed.
fn unmount_staging(root: &OwnedFd) -> Step<()> {
    let staging = make_folder(root, Path::new(STAGING), 0o700)?;
    rustix::process::fchdir(&staging).at("enter the staging folder")?;
    let folder = rustix::fs::openat(
        &staging,
        ".",
        OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC,
        Permissions::empty(),
    )
    .at("read the staging folder")?;
    let entries = rustix::fs::Dir::read_from(&folder).at("read the staging folder")?;
    for entry in entries {
        let entry = entry.at("read the staging folder")?;
        let name = entry.file_name();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        match unmount(name, UnmountFlags::DETACH | UnmountFlags::NOFOLLOW) {
            Ok(()) => {
                let _ = rustix::fs::unlinkat(&staging, name, AtFlags::REMOVEDIR);
            }
            // The skeleton is a plain folder; it is needed as long as the overlay.
            Err(Errno::INVAL) if name.to_bytes() == b"skeleton" => {}
            Err(Errno::INVAL) if name.to_bytes() == b"m" => {
                let _ = rustix::fs::unlinkat(&staging, name, AtFlags::REMOVEDIR);
            }
            Err(error) => return Err(Failed::new("detach a layer", &error.into())),
        }
    }
    // It stays if it holds the skeleton.
    match rustix::fs::unlinkat(root, STAGING, AtFlags::REMOVEDIR) {
        Ok(()) | Err(Errno::NOTEMPTY) => Ok(()),
        Err(error) => Err(error).at("remove the staging folder"),
    }
}
