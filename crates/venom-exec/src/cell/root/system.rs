//! The parts of the host's own system that every cell sees, looked up once.

use std::fs;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::AtFlags;
use rustix::io::Errno;

use super::{make_file, make_folder};
use crate::cell::failure::{At as _, Step};
use crate::cell::spec::{HOME, INSIDE_ID};

/// Folders of programs and libraries, wherever a distribution has them.
pub(in crate::cell) const PROGRAMS: &[&str] = &[
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/nix/store",
    "/gnu/store",
];

/// Folders of settings that programs need and that hold no secrets.
const SETTINGS: &[&str] = &[
    "/etc/alternatives",
    "/etc/ssl/certs",
    "/etc/pki/tls/certs",
    "/etc/pki/ca-trust/extracted",
    "/etc/ca-certificates/extracted",
    "/etc/fonts",
    "/etc/java-11-openjdk",
    "/etc/java-17-openjdk",
    "/etc/java-21-openjdk",
    "/etc/java-25-openjdk",
];

/// Files of settings that are copied: a copy costs less than a mount.
const COPIED: &[&str] = &[
    "ld.so.cache",
    "ld.so.conf",
    "localtime",
    "timezone",
    "mime.types",
    "protocols",
    "services",
    "magic",
    "locale.alias",
    "ssl/openssl.cnf",
    "os-release",
    "debian_version",
    "inputrc",
];

/// Longest file that is copied. Chosen: a cache of libraries is some tens of KiB.
const LONGEST_COPY: u64 = 1 << 20;

/// Devices without a machine behind them.
const DEVICES: &[&str] = &[
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/dev/random",
    "/dev/urandom",
    "/dev/tty",
];

/// Folders that programs expect to exist.
const EMPTY: &[&str] = &[
    "sys",
    "run",
    "var",
    "opt",
    "srv",
    "mnt",
    "root",
    "proc",
    "var/lib",
    "var/cache",
];

const LINKS: &[(&str, &str)] = &[
    ("dev/fd", "/proc/self/fd"),
    ("dev/stdin", "/proc/self/fd/0"),
    ("dev/stdout", "/proc/self/fd/1"),
    ("dev/stderr", "/proc/self/fd/2"),
    ("dev/ptmx", "pts/ptmx"),
    ("etc/mtab", "/proc/self/mounts"),
    ("var/tmp", "/tmp"),
    ("var/run", "/run"),
];

/// What every cell sees of the host's system.
#[derive(Debug, Clone)]
pub(in crate::cell) struct System {
    trees: Vec<PathBuf>,
    devices: Vec<PathBuf>,
    links: Vec<(PathBuf, PathBuf)>,
    files: Vec<(PathBuf, Vec<u8>)>,
}

impl System {
    /// Looks at the host.
    pub(in crate::cell) fn look() -> Self {
        let mut system = Self {
            trees: Vec::new(),
            devices: DEVICES
                .iter()
                .map(PathBuf::from)
                .filter(|device| device.exists())
                .collect(),
            links: LINKS
                .iter()
                .map(|(at, to)| (PathBuf::from(at), PathBuf::from(to)))
                .collect(),
            files: made_up(),
        };
        for path in PROGRAMS {
            let path = Path::new(path);
            let inside = path.strip_prefix("/").unwrap_or(path);
            if let Ok(to) = fs::read_link(path) {
                system.links.push((inside.to_path_buf(), to));
            } else if path.is_dir() {
                system.trees.push(path.to_path_buf());
            }
        }
        let is_real_folder = |path: &Path| fs::canonicalize(path).is_ok_and(|real| real == path);
        let settings = SETTINGS.iter().map(PathBuf::from);
        (system.trees).extend(settings.filter(|path| path.is_dir() && is_real_folder(path)));
        for name in COPIED {
            let path = Path::new("/etc").join(name);
            let is_short =
                fs::metadata(&path).is_ok_and(|m| m.is_file() && m.len() <= LONGEST_COPY);
            if is_short && let Ok(content) = fs::read(&path) {
                system.files.push((Path::new("etc").join(name), content));
            }
        }
        system
    }

    pub(super) fn trees(&self) -> &[PathBuf] {
        &self.trees
    }

    pub(super) fn devices(&self) -> &[PathBuf] {
        &self.devices
    }

    /// Makes the folders, links and files.
    pub(super) fn write_into(&self, root: &OwnedFd) -> Step<()> {
        for name in EMPTY {
            make_folder(root, Path::new(name), 0o755)?;
        }
        for (at, content) in &self.files {
            make_file(root, at, content)?;
        }
        for (at, to) in &self.links {
            let parent = make_folder(root, at.parent().unwrap_or_else(|| Path::new("")), 0o755)?;
            match rustix::fs::symlinkat(to, &parent, at.file_name().unwrap_or_default()) {
                Ok(()) | Err(Errno::EXIST) => {}
                made => made.at_path("link", at)?,
            }
        }
        Ok(())
    }

    /// Takes away links beneath whose place something `listed` stands: there has to be a folder.
    pub(super) fn clear_way(&self, root: &OwnedFd, listed: &[&Path]) -> Step<()> {
        let is_in_the_way = |at: &Path| listed.iter().any(|path| path.starts_with(at));
        for (at, _) in self.links.iter().filter(|(at, _)| is_in_the_way(at)) {
            let parent = make_folder(root, at.parent().unwrap_or_else(|| Path::new("")), 0o755)?;
            let name = at.file_name().unwrap_or_default();
            match rustix::fs::unlinkat(&parent, name, AtFlags::empty()) {
                Ok(()) | Err(Errno::NOENT) => {}
                removed => removed.at_path("take away", at)?,
            }
        }
        Ok(())
    }
}

/// Files that say who and where a command is, which is nobody and nowhere.
fn made_up() -> Vec<(PathBuf, Vec<u8>)> {
    let shell = "/bin/sh";
    let none = "/usr/sbin/nologin";
    [
        (
            "etc/passwd",
            format!(
                "root:x:0:0:root:/root:{none}\n\
                 venom:x:{INSIDE_ID}:{INSIDE_ID}:venom:{HOME}:{shell}\n\
                 nobody:x:65534:65534:nobody:/nonexistent:{none}\n"
            ),
        ),
        (
            "etc/group",
            format!("root:x:0:\ntty:x:5:\nvenom:x:{INSIDE_ID}:\nnogroup:x:65534:\n"),
        ),
        (
            "etc/hosts",
            "127.0.0.1 localhost venom\n::1 localhost ip6-localhost\n".to_owned(),
        ),
        ("etc/hostname", "venom\n".to_owned()),
        (
            "etc/nsswitch.conf",
            "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n\
             protocols: files\nservices: files\n"
                .to_owned(),
        ),
        ("etc/resolv.conf", String::new()),
        ("etc/shells", "/bin/sh\n/bin/bash\n".to_owned()),
        ("etc/host.conf", "multi on\n".to_owned()),
    ]
    .into_iter()
    .map(|(at, content)| (PathBuf::from(at), content.into_bytes()))
    .collect()
}
