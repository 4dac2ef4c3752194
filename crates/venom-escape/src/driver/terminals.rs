//! Terminals of the host: one for the launcher, and one that belongs to somebody else.

use std::ffi::c_int;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};

use crate::facts::Facts;
use crate::os::call;

/// A pair of ends: the one a screen would read, and the one that programs use.
struct Pair {
    screen: File,
    line: File,
    path: String,
}

/// The terminals, open on both ends for as long as the driver runs.
pub(super) struct Terminals {
    own: Pair,
    other: Pair,
    _spare: Pair,
}

impl Terminals {
    pub(super) fn open(facts: &mut Facts) -> io::Result<Self> {
        // The spare makes the numbers differ from those that a sandbox's own terminals begin with.
        let spare = Pair::open()?;
        let other = Pair::open()?;
        let own = Pair::open()?;
        let metadata = fs::metadata(&own.path)?;
        facts.set("terminal", own.path.as_str());
        facts.set("terminal_number", metadata.rdev());
        facts.set("terminal_device", metadata.dev());
        facts.set("other_terminal", other.path.as_str());
        Ok(Self {
            own,
            other,
            _spare: spare,
        })
    }

    pub(super) fn path(&self) -> &str {
        &self.own.path
    }

    /// What the launcher's terminal would show, as far as it is there.
    pub(super) fn shown(&self) -> Vec<u8> {
        drain(&self.own.screen)
    }

    /// What waits to be read as if it had been typed.
    pub(super) fn typed(&self) -> Vec<u8> {
        drain(&self.own.line)
    }

    /// What the other terminal would show.
    pub(super) fn other_shown(&self) -> Vec<u8> {
        drain(&self.other.screen)
    }
}

impl Pair {
    fn open() -> io::Result<Self> {
        let mut options = File::options();
        options
            .read(true)
            .write(true)
            .custom_flags(libc::O_NOCTTY | libc::O_NONBLOCK);
        let screen = options.open("/dev/ptmx")?;
        let fd: c_int = screen.as_raw_fd();
        // TIOCSPTLCK with zero unlocks, TIOCGPTN gives the number.
        call!(libc::SYS_ioctl, fd, 0x4004_5431_u32, &0_i32.to_ne_bytes())?;
        let mut number = [0; 4];
        call!(libc::SYS_ioctl, fd, 0x8004_5430_u32, &mut number)?;
        let path = format!("/dev/pts/{}", u32::from_ne_bytes(number));
        let line = options.open(&path)?;
        // struct termios: input, output, control and local flags of four bytes each. Without any
        // but the control flags, bytes pass as they are and are not echoed.
        let mut settings = [0_u8; 64];
        call!(
            libc::SYS_ioctl,
            line.as_raw_fd(),
            libc::TCGETS,
            &mut settings
        )?;
        settings[..8].fill(0);
        settings[12..16].fill(0);
        call!(libc::SYS_ioctl, line.as_raw_fd(), libc::TCSETS, &settings)?;
        Ok(Self { screen, line, path })
    }
}

/// Reads without waiting; an end that has nothing says so by an error.
fn drain(mut file: &File) -> Vec<u8> {
    let mut all = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(got) = file.read(&mut buffer) {
        if got == 0 || all.len() > 1 << 22 {
            break;
        }
        all.extend_from_slice(buffer.get(..got).unwrap_or_default());
    }
    all
}
