//! The file and signal rules of the kernel's Landlock, as far as the running kernel knows them.

use std::io;
use std::os::fd::AsFd as _;
use std::path::Path;

use rustix::fs::{Mode, OFlags, open};

use super::sys::{self, LandlockAttr};

/// Accesses by the kernel's numbers (`linux/landlock.h`).
mod access {
    pub(super) const EXECUTE: u64 = 1;
    pub(super) const WRITE_FILE: u64 = 1 << 1;
    pub(super) const READ_FILE: u64 = 1 << 2;
    pub(super) const READ_DIR: u64 = 1 << 3;
    pub(super) const REFER: u64 = 1 << 13;
    pub(super) const TRUNCATE: u64 = 1 << 14;
    pub(super) const IOCTL_DEV: u64 = 1 << 15;
    pub(super) const RESOLVE_UNIX: u64 = 1 << 16;
    /// All of the first version.
    pub(super) const FIRST: u64 = (1 << 13) - 1;
}

/// The newest version that this module knows the accesses of.
const KNOWN_ABI: u32 = 9;

/// Which rules hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Network {
    /// Landlock leaves the network alone.
    Untouched,
    /// No TCP port can be bound or connected to.
    Denied,
}

/// A set of rules in the making.
pub(super) struct Ruleset {
    fd: std::os::fd::OwnedFd,
    handled: LandlockAttr,
}

impl std::os::fd::AsFd for Ruleset {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// Returns what a ruleset handles on a kernel with this version.
fn handled(abi: u32, network: Network, unix_sockets: bool) -> LandlockAttr {
    let since = |version: u32, bits: u64| if abi >= version { bits } else { 0 };
    LandlockAttr {
        fs: access::FIRST
            | since(2, access::REFER)
            | since(3, access::TRUNCATE)
            | since(5, access::IOCTL_DEV)
            | if unix_sockets {
                0
            } else {
                since(9, access::RESOLVE_UNIX)
            },
        net: match network {
            Network::Untouched => 0,
            Network::Denied => since(4, 0b11),
        },
        scoped: since(6, 0b11),
    }
}

impl Ruleset {
    /// Begins a set of rules that allows nothing. Fails where the kernel has no Landlock.
    pub(super) fn new(network: Network, unix_sockets: bool) -> io::Result<(Self, u32)> {
        let abi = sys::landlock_abi().min(KNOWN_ABI);
        if abi == 0 {
            return Err(rustix::io::Errno::OPNOTSUPP.into());
        }
        let handled = handled(abi, network, unix_sockets);
        let fd = sys::landlock_create(handled)?;
        Ok((Self { fd, handled }, abi))
    }

    /// Allows reading and executing beneath a path.
    pub(super) fn read(&self, path: &Path) -> io::Result<()> {
        self.allow(path, access::EXECUTE | access::READ_FILE | access::READ_DIR)
    }

    /// Allows everything beneath a path.
    pub(super) fn write(&self, path: &Path) -> io::Result<()> {
        self.allow(path, u64::MAX)
    }

    /// Allows using what is there beneath a path, but making nothing.
    pub(super) fn use_devices(&self, path: &Path) -> io::Result<()> {
        self.allow(
            path,
            access::READ_FILE
                | access::READ_DIR
                | access::WRITE_FILE
                | access::TRUNCATE
                | access::IOCTL_DEV,
        )
    }

    fn allow(&self, path: &Path, access: u64) -> io::Result<()> {
        const FOR_FILES: u64 = access::EXECUTE
            | access::WRITE_FILE
            | access::READ_FILE
            | access::TRUNCATE
            | access::IOCTL_DEV;
        let beneath = open(path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty())?;
        let is_folder =
            rustix::fs::FileType::from_raw_mode(rustix::fs::fstat(&beneath)?.st_mode).is_dir();
        let access = access & self.handled.fs & if is_folder { u64::MAX } else { FOR_FILES };
        sys::landlock_allow(self.fd.as_fd(), access, beneath.as_fd())
    }

    /// Puts this process under the rules, for good.
    pub(super) fn enforce(&self) -> io::Result<()> {
        sys::landlock_restrict(self.fd.as_fd())
    }
}
