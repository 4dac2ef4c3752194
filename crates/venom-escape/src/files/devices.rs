//! Devices of the machine. A device is opened and closed again, never read, written or asked.

use crate::os::{self, call};
use crate::probe::{Group, Outcome, Probe, Scene, absent, held};

const fn device(id: &'static str, tries: &'static str, run: fn(&Scene<'_>) -> Outcome) -> Probe {
    Probe::new(Group::Files, id, tries, run)
}

// A watchdog is missing on purpose: opening one arms it.
pub(super) const PROBES: &[Probe] = &[
    device("dev_mem", "open the machine's memory", |_| open("/dev/mem")),
    device("dev_port", "open the machine's ports", |_| {
        open("/dev/port")
    }),
    device("dev_kmsg", "open the kernel's log", |_| open("/dev/kmsg")),
    device("dev_disk", "open the host's disk", |scene| {
        open(scene.facts.text("disk_path")?)
    }),
    device("dev_loop", "open the control of loop devices", |_| {
        open("/dev/loop-control")
    }),
    device("dev_kvm", "open the virtual machine monitor", |_| {
        open("/dev/kvm")
    }),
    device("dev_fuse", "open the gate of user file systems", |_| {
        open("/dev/fuse")
    }),
    device("dev_vsock", "open the socket to the hypervisor", |_| {
        open("/dev/vsock")
    }),
    device("dev_userfaultfd", "open the gate of page faults", |_| {
        open("/dev/userfaultfd")
    }),
    device("dev_console", "open the machine's console", |_| {
        open("/dev/console")
    }),
    device("dev_screen", "open the text of a virtual console", |_| {
        open("/dev/vcs1")
    }),
    device("dev_virtual_console", "open a virtual console", |_| {
        open("/dev/tty1")
    }),
    device(
        "dev_random_write",
        "stir the kernel's entropy by a privileged request",
        |_| {
            // RNDADDTOENTCNT with an address that cannot be read: the permission is asked first.
            let fd = os::open("/dev/urandom", libc::O_RDONLY)?;
            let asked = call!(libc::SYS_ioctl, fd, 0x4004_5201, 0);
            Ok(os::reached(asked, &[libc::EFAULT])?)
        },
    ),
    device(
        "tun_create",
        "make a network interface of the tunnel kind",
        |_| {
            let fd = os::open("/dev/net/tun", libc::O_RDWR | libc::O_NONBLOCK)?;
            // struct ifreq with IFF_TUN | IFF_NO_PI; the interface goes with the descriptor.
            let mut request = [0_u8; 40];
            request[..12].copy_from_slice(b"vescape%d\0\0\0");
            request[16..18].copy_from_slice(&0x1001_u16.to_ne_bytes());
            call!(libc::SYS_ioctl, fd, 0x4004_54ca, &mut request)?;
            Ok("made".to_owned())
        },
    ),
];

fn open(path: &str) -> Outcome {
    if path.is_empty() {
        return absent("the host's disk has no path");
    }
    let flags = libc::O_RDONLY | libc::O_NONBLOCK | libc::O_NOCTTY;
    let fd = os::open(path, flags)?;
    // A sandbox may put something harmless in a device's place.
    let metadata = std::fs::metadata(format!("/proc/self/fd/{fd}"))?;
    if std::os::unix::fs::FileTypeExt::is_char_device(&metadata.file_type())
        || std::os::unix::fs::FileTypeExt::is_block_device(&metadata.file_type())
    {
        use std::os::unix::fs::MetadataExt as _;
        if metadata.rdev() == libc::makedev(1, 3) {
            return held("the null device stands there");
        }
        return Ok("opened".to_owned());
    }
    held("no device stands there")
}
