//! Copies of a project tree, and folders that VENOM should not work in.

use std::fs::{self, Metadata};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, symlink};
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, utimensat};
use venom_ports::{Failure, FailureKind, Result};

/// Most bytes that are copied. Chosen: larger trees are better worked on in place, in a branch.
const MOST_BYTES: u64 = 4 << 30;

/// Most files that are copied. Chosen: the most that a walk of the workspace lists by default.
const MOST_FILES: u64 = 200_000;

/// Threads that copy. Chosen: they mostly wait for the file system, and more of them wait for its locks.
const HANDS: usize = 4;

/// What was copied.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CopyReport {
    /// How many files and links were copied.
    pub files: u64,
    /// How many bytes they hold.
    pub bytes: u64,
    /// What was left out, as paths relative to the tree, and why.
    pub skipped: Vec<(PathBuf, String)>,
}

/// Copies a project tree to a new folder: hidden files, `.git` and all, with permissions and times.
///
/// Links that stay inside the tree stay links; an absolute one then points into the copy. Links that
/// lead outside are left out, for writing through one would reach what the copy is to protect.
/// Sockets, pipes and devices are left out too. `Refused` if the tree is too large, if one folder
/// is inside the other, or if there is something at `to`.
pub fn scratch_copy(from: &Path, to: &Path) -> Result<CopyReport> {
    let from = from
        .canonicalize()
        .map_err(|error| broken("copy", from, &error))?;
    let to = place(&from, to)?;
    let mut copier = Copier {
        from: &from,
        to: &to,
        report: CopyReport::default(),
    };
    // All is counted before anything is written.
    let plan = copier.plan()?;
    if !to.is_dir() {
        make(&to)?;
    }
    for folder in plan.iter().filter(|item| item.metadata.is_dir()) {
        if !folder.path.as_os_str().is_empty() {
            make(&to.join(&folder.path))?;
        }
    }
    let leaves: Vec<&Item> = plan.iter().filter(|item| !item.metadata.is_dir()).collect();
    for (item, reason) in copier.copy_all(&leaves)? {
        copier.uncount(&item.metadata);
        copier.skip(&item.path, reason);
    }
    // Deepest first: writing into a folder changes its time, and its permissions may forbid it.
    for Item { path, metadata } in plan.iter().rev().filter(|item| item.metadata.is_dir()) {
        let target = to.join(path);
        fs::set_permissions(&target, metadata.permissions())
            .and_then(|()| keep_times(&target, metadata))
            .map_err(|error| broken("finish", &target, &error))?;
    }
    copier.report.skipped.sort();
    Ok(copier.report)
}

/// Returns the reason why VENOM should not work in a folder, if there is one.
pub fn is_dangerous_root(path: &Path, home: Option<&Path>) -> Option<String> {
    let real = |path: &Path| {
        path.canonicalize()
            .unwrap_or_else(|_missing| path.to_path_buf())
    };
    let path = real(path);
    let reason = |text: &str| Some(format!("`{}` {text}", path.display()));
    if path == Path::new("/") {
        return reason("is the whole file system");
    }
    if let Some(home) = home.map(real) {
        if path == home {
            return reason("is your home folder; name a project in it");
        }
        if home.starts_with(&path) {
            return reason("holds your home folder");
        }
        // Keys and passwords lie there.
        for secret in [".ssh", ".gnupg", ".aws", ".kube", ".password-store"] {
            if path.starts_with(home.join(secret)) {
                return reason("holds keys or passwords");
            }
        }
    }
    // Sources are kept in these two by custom, in containers above all.
    let is_source = ["/usr/src", "/usr/local/src"]
        .iter()
        .any(|folder| path.starts_with(folder) && path != Path::new(folder));
    let is_system = SYSTEM.iter().any(|folder| path.starts_with(folder));
    let is_shared = SHARED.iter().any(|folder| path == Path::new(folder));
    if is_system && !is_source {
        return reason("belongs to the operating system");
    }
    if is_shared {
        return reason("is shared by the whole system; name a folder in it");
    }
    None
}

/// Folders of the system with all that is in them (Filesystem Hierarchy Standard 3.0, 3 to 6).
const SYSTEM: [&str; 12] = [
    "/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/proc", "/run", "/sbin", "/sys",
    "/usr",
];

/// Folders that projects may stand in, but that are none.
const SHARED: [&str; 13] = [
    "/home",
    "/root",
    "/media",
    "/mnt",
    "/opt",
    "/srv",
    "/tmp",
    "/var",
    "/var/lib",
    "/var/log",
    "/var/tmp",
    "/var/cache",
    "/var/spool",
];

/// Something to be copied.
struct Item {
    /// Relative to the tree.
    path: PathBuf,
    metadata: Metadata,
}

struct Copier<'a> {
    from: &'a Path,
    to: &'a Path,
    report: CopyReport,
}

impl Copier<'_> {
    /// Lists what is to be copied, each folder before what is in it.
    fn plan(&mut self) -> Result<Vec<Item>> {
        let metadata =
            fs::symlink_metadata(self.from).map_err(|error| broken("read", self.from, &error))?;
        let mut plan = vec![Item {
            path: PathBuf::new(),
            metadata,
        }];
        let mut next = 0;
        while let Some(item) = plan.get(next) {
            if item.metadata.is_dir() {
                let path = item.path.clone();
                self.plan_folder(&path, &mut plan)?;
            }
            next += 1;
        }
        Ok(plan)
    }

    fn plan_folder(&mut self, folder: &Path, plan: &mut Vec<Item>) -> Result<()> {
        let entries = match fs::read_dir(self.from.join(folder)) {
            Ok(entries) => entries,
            Err(error) => {
                self.skip(folder, format!("cannot be read: {error}"));
                return Ok(());
            }
        };
        let mut names = Vec::new();
        for entry in entries {
            match entry {
                Ok(entry) => names.push(entry.file_name()),
                Err(error) => self.skip(folder, format!("cannot be read whole: {error}")),
            }
        }
        names.sort();
        for name in names {
            let path = folder.join(name);
            let metadata = match fs::symlink_metadata(self.from.join(&path)) {
                Ok(metadata) => metadata,
                Err(error) => {
                    self.skip(&path, format!("cannot be looked at: {error}"));
                    continue;
                }
            };
            let kind = metadata.file_type();
            if !(kind.is_dir() || kind.is_file() || kind.is_symlink()) {
                self.skip(&path, "is a socket, a pipe or a device".to_owned());
                continue;
            }
            if !kind.is_dir() {
                self.report.files += 1;
                self.report.bytes += metadata.len();
            }
            if self.report.bytes > MOST_BYTES || plan.len() as u64 > MOST_FILES {
                return Err(refused(format!(
                    "`{}` is too large to be copied: more than {} GiB or {MOST_FILES} files",
                    self.from.display(),
                    MOST_BYTES >> 30
                ))
                .with_hint("remove build products, or work in the folder itself, without a copy"));
            }
            plan.push(Item { path, metadata });
        }
        Ok(())
    }

    /// Copies files and links, several at once; returns what could not be copied, and why.
    fn copy_all<'i>(&self, leaves: &[&'i Item]) -> Result<Vec<(&'i Item, String)>> {
        let next = AtomicUsize::new(0);
        let is_broken = AtomicBool::new(false);
        let hand = || {
            let mut left = Vec::new();
            while !is_broken.load(Ordering::Relaxed) {
                let Some(item) = leaves.get(next.fetch_add(1, Ordering::Relaxed)) else {
                    break;
                };
                match self.copy(item) {
                    Ok(None) => {}
                    Ok(Some(reason)) => left.push((*item, reason)),
                    Err(failure) => {
                        is_broken.store(true, Ordering::Relaxed);
                        return Err(failure);
                    }
                }
            }
            Ok(left)
        };
        let threads = HANDS.min(leaves.len().div_ceil(64)).max(1);
        std::thread::scope(|scope| {
            let others: Vec<_> = (1..threads).map(|_| scope.spawn(hand)).collect();
            let mut left = hand();
            for other in others {
                let more = match other.join() {
                    Ok(more) => more,
                    Err(panic) => std::panic::resume_unwind(panic),
                };
                left = left.and_then(|mut left| {
                    left.extend(more?);
                    Ok(left)
                });
            }
            left
        })
    }

    /// Copies a file or a link; returns why not, where that spoils nothing else.
    fn copy(&self, Item { path, metadata }: &Item) -> Result<Option<String>> {
        let source = self.from.join(path);
        let target = self.to.join(path);
        if metadata.is_symlink() {
            return self.copy_link(path, &source, &target, metadata);
        }
        // Where the file system can, the two share their bytes until one of them is written to.
        match fs::copy(&source, &target) {
            Ok(_) => {}
            Err(error) if is_full(&error) => return Err(broken("copy", &source, &error)),
            Err(error) => return Ok(Some(format!("cannot be copied: {error}"))),
        }
        keep_times(&target, metadata)
            .map(|()| None)
            .map_err(|error| broken("finish", &target, &error))
    }

    fn copy_link(
        &self,
        path: &Path,
        source: &Path,
        target: &Path,
        metadata: &Metadata,
    ) -> Result<Option<String>> {
        let text = fs::read_link(source).map_err(|error| broken("read", source, &error))?;
        let Some(text) = self.link_text(path, &text) else {
            return Ok(Some(format!(
                "is a link that leads outside, to `{}`",
                text.display()
            )));
        };
        symlink(&text, target)
            .and_then(|()| keep_times(target, metadata))
            .map(|()| None)
            .map_err(|error| broken("make", target, &error))
    }

    /// Returns what a link of the copy says; `None` if it would lead outside.
    fn link_text(&self, path: &Path, text: &Path) -> Option<PathBuf> {
        let folder = path.parent().unwrap_or_else(|| Path::new(""));
        let inner = match text.strip_prefix(self.from) {
            Ok(inner) => inner.to_path_buf(),
            Err(_) if text.is_absolute() => return None,
            Err(_) => folder.join(text),
        };
        // By its words it must stay inside, so that it also does where the copy stands...
        let mut depth = 0_u32;
        for component in inner.components() {
            match component {
                Component::Normal(_) => depth += 1,
                Component::ParentDir => depth = depth.checked_sub(1)?,
                Component::CurDir => {}
                Component::RootDir | Component::Prefix(_) => return None,
            }
        }
        // ... and in truth too, for there may be more links on the way.
        let mut existing = self.from.join(&inner);
        let real = loop {
            match existing.canonicalize() {
                Ok(real) => break real,
                Err(_) => existing = existing.parent()?.to_path_buf(),
            }
        };
        if !real.starts_with(self.from) {
            return None;
        }
        Some(if text.is_absolute() {
            self.to.join(inner)
        } else {
            text.to_path_buf()
        })
    }

    fn uncount(&mut self, metadata: &Metadata) {
        self.report.files = self.report.files.saturating_sub(1);
        self.report.bytes = self.report.bytes.saturating_sub(metadata.len());
    }

    fn skip(&mut self, path: &Path, reason: String) {
        self.report.skipped.push((path.to_path_buf(), reason));
    }
}

/// Checks where a copy is to stand and returns the real path.
fn place(from: &Path, to: &Path) -> Result<PathBuf> {
    let parent = match to.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let parent = parent
        .canonicalize()
        .map_err(|error| broken("find", parent, &error))?;
    let Some(name) = to.file_name() else {
        return Err(refused(format!(
            "`{}` cannot be the folder of a copy",
            to.display()
        )));
    };
    let to = parent.join(name);
    let real = to.canonicalize().unwrap_or_else(|_missing| to.clone());
    if real.starts_with(from) || from.starts_with(&real) {
        return Err(refused(format!(
            "cannot copy `{}` to `{}`: one is inside the other",
            from.display(),
            to.display()
        ))
        .with_hint("choose a folder outside the project"));
    }
    let is_empty = match fs::symlink_metadata(&to) {
        Ok(metadata) if metadata.is_dir() => fs::read_dir(&to)
            .map_err(|error| broken("read", &to, &error))?
            .next()
            .is_none(),
        Ok(_) => false,
        Err(_) => true,
    };
    if !is_empty {
        return Err(refused(format!(
            "there is something at `{}` already",
            to.display()
        )));
    }
    Ok(to)
}

/// Makes a folder, for this user alone until all is in it.
fn make(folder: &Path) -> Result<()> {
    let made = fs::DirBuilder::new().mode(0o700).create(folder);
    made.map_err(|error| broken("make", folder, &error))
}

fn keep_times(path: &Path, metadata: &Metadata) -> std::io::Result<()> {
    let times = Timestamps {
        last_access: Timespec {
            tv_sec: metadata.atime(),
            tv_nsec: metadata.atime_nsec(),
        },
        last_modification: Timespec {
            tv_sec: metadata.mtime(),
            tv_nsec: metadata.mtime_nsec(),
        },
    };
    Ok(utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW)?)
}

fn is_full(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    matches!(
        error.kind(),
        StorageFull | QuotaExceeded | ReadOnlyFilesystem
    )
}

fn broken(doing: &str, path: &Path, error: &std::io::Error) -> Failure {
    let message = format!("cannot {doing} `{}`: {error}", path.display());
    match error.kind() {
        std::io::ErrorKind::NotFound => Failure::new(FailureKind::Missing, message),
        std::io::ErrorKind::PermissionDenied => {
            refused(message).with_hint("check who owns it, and its permissions (`ls -la`)")
        }
        _ if is_full(error) => Failure::new(FailureKind::Unavailable, message)
            .with_hint("make room on the disk, or put the copy elsewhere"),
        _ => Failure::new(FailureKind::Unavailable, message),
    }
}

fn refused(message: String) -> Failure {
    Failure::new(FailureKind::Refused, message)
}
