//! Rings: the io_uring calls, which do file and network work without the calls that filters watch.

use std::ffi::c_int;

use crate::os::{self, Mapping, call};
use crate::probe::{Group, Outcome, Probe, Scene, Stop, held};

const fn probe(id: &'static str, tries: &'static str, run: fn(&Scene<'_>) -> Outcome) -> Probe {
    Probe::new(Group::Syscalls, id, tries, run)
}

/// `struct io_uring_params` is 120 bytes.
const PARAMETERS: usize = 120;

pub(super) const PROBES: &[Probe] = &[
    probe("io_uring_setup", "make a ring", |_| {
        setup(0)?;
        Ok("made".to_owned())
    }),
    probe(
        "io_uring_disabled_ring",
        "make a ring that starts disabled, to restrict it later",
        |_| {
            // IORING_SETUP_R_DISABLED.
            setup(1 << 6)?;
            Ok("made".to_owned())
        },
    ),
    probe(
        "io_uring_kernel_thread",
        "make a ring that a thread of the kernel serves",
        |_| {
            // IORING_SETUP_SQPOLL.
            setup(1 << 1)?;
            Ok("made".to_owned())
        },
    ),
    probe("io_uring_enter", "enter a ring that does not exist", |_| {
        let entered = call!(libc::SYS_io_uring_enter, -1, 0, 0, 0, 0, 0);
        Ok(os::reached(entered, &[libc::EBADF, libc::EOPNOTSUPP])?)
    }),
    probe(
        "io_uring_register",
        "register with a ring that does not exist",
        |_| {
            // IORING_REGISTER_PROBE.
            let registered = call!(libc::SYS_io_uring_register, -1, 8, 0, 0);
            Ok(os::reached(registered, &[libc::EBADF, libc::EINVAL])?)
        },
    ),
    probe(
        "io_uring_open",
        "open a file outside through a ring",
        |scene| {
            let path = os::c_path(scene.secret()?)?;
            let ring = Ring::new()?;
            // IORING_OP_OPENAT: fd, address of the path, mode in len, flags.
            let mut entry = [0_u8; 64];
            entry[0] = 18;
            entry[4..8].copy_from_slice(&libc::AT_FDCWD.to_ne_bytes());
            entry[16..24].copy_from_slice(&os::address(path.as_bytes_with_nul()).to_ne_bytes());
            entry[28..32].copy_from_slice(&libc::O_RDONLY.to_ne_bytes());
            let fd = ring.ask(&entry)?;
            drop(path);
            scene.expect_token(&os::read(fd)?)
        },
    ),
    probe(
        "io_uring_socket",
        "make a raw socket through a ring",
        |_| {
            let ring = Ring::new()?;
            // IORING_OP_SOCKET: domain in fd, type in off, protocol in len.
            let mut entry = [0_u8; 64];
            entry[0] = 45;
            entry[4..8].copy_from_slice(&libc::AF_INET.to_ne_bytes());
            let kind = u64::from(libc::SOCK_RAW.cast_unsigned());
            entry[8..16].copy_from_slice(&kind.to_ne_bytes());
            entry[24..28].copy_from_slice(&libc::IPPROTO_ICMP.to_ne_bytes());
            ring.ask(&entry)?;
            Ok("made".to_owned())
        },
    ),
];

fn setup(flags: u32) -> Result<(c_int, [u8; PARAMETERS]), Stop> {
    let mut parameters = [0; PARAMETERS];
    parameters[8..12].copy_from_slice(&flags.to_ne_bytes());
    let fd = call!(libc::SYS_io_uring_setup, 4, &mut parameters)?;
    Ok((os::descriptor(fd)?, parameters))
}

/// A ring with its queues mapped. The offsets are those of `struct io_uring_params`.
struct Ring {
    fd: c_int,
    queues: Mapping,
    entries: Mapping,
    parameters: [u8; PARAMETERS],
}

impl Ring {
    fn new() -> Result<Self, Stop> {
        let (fd, parameters) = setup(0)?;
        let shared = libc::MAP_SHARED | libc::MAP_POPULATE;
        // One page holds both queues of four entries; IORING_OFF_SQES is the other region.
        let queues = Mapping::new(4096, shared, fd, 0)?;
        let entries = Mapping::new(4096, shared, fd, 0x1000_0000)?;
        Ok(Self {
            fd,
            queues,
            entries,
            parameters,
        })
    }

    fn offset(&self, at: usize) -> usize {
        let mut bytes = [0; 4];
        bytes.copy_from_slice(self.parameters.get(at..at + 4).unwrap_or(&[0; 4]));
        usize::try_from(u32::from_ne_bytes(bytes)).unwrap_or_default()
    }

    /// Submits the first entry and gives its result.
    fn ask(&self, entry: &[u8; 64]) -> Result<c_int, Stop> {
        // sq_off begins at 40: head, tail, ring_mask, ring_entries, flags, dropped, array.
        // cq_off begins at 80: head, tail, ring_mask, ring_entries, overflow, cqes.
        let (tail, array) = (self.offset(44), self.offset(64));
        let (done_tail, done) = (self.offset(84), self.offset(100));
        self.entries.put(0, entry);
        self.queues.put(array, &0_u32.to_ne_bytes());
        self.queues.put(tail, &1_u32.to_ne_bytes());
        // IORING_ENTER_GETEVENTS.
        call!(libc::SYS_io_uring_enter, self.fd, 1, 1, 1, 0, 0)?;
        if u32::from_ne_bytes(self.queues.get(done_tail)) == 0 {
            return held("the ring gave no answer");
        }
        let result = c_int::from_ne_bytes(self.queues.get(done + 8));
        if result < 0 {
            return Err(std::io::Error::from_raw_os_error(-result).into());
        }
        Ok(result)
    }
}
