//! Resources: taking more of the machine than a sandbox should give.
//!
//! Each bomb stops by itself at a size that any machine of ours survives, and cleans up.

use std::ffi::c_int;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use crate::os::{self, Fork, Mapping, call};
use crate::probe::{Effect, Group, Outcome, Place, Probe, Scene, held};

/// Processes or threads alive at once; several times what a build needs.
const TASKS: usize = 3000;
/// Memory in use at once: three times the 512 MB that a shell step gets.
const MEMORY: usize = 1536 << 20;
/// Written to disk; more than a step's overlay may hold.
const WRITTEN: usize = 1229 << 20;
/// Files made; each takes an inode.
const INODES: usize = 100_000;
/// Steps in which memory and files grow.
const PIECE: usize = 64 << 20;
/// Bytes in pipes, which count as the kernel's memory and fit 1024 descriptors.
const PIPED: usize = 256 << 20;
/// Bytes of memory that may not be swapped.
const LOCKED: usize = 256 << 20;
/// Open descriptors.
const DESCRIPTORS: usize = 10_000;
/// Bytes of output.
const OUTPUT: usize = 64 << 20;

const fn bomb(id: &'static str, tries: &'static str, run: fn(&Scene<'_>) -> Outcome) -> Probe {
    Probe::new(Group::Resources, id, tries, run).at(Place::Alone)
}

const PROBES: &[Probe] = &[
    bomb("fork_bomb", "have 3000 processes at once", |_| {
        for count in 0..TASKS {
            match os::fork() {
                Ok(Fork::Child) => {
                    call!(libc::SYS_prctl, libc::PR_SET_PDEATHSIG, libc::SIGKILL).ok();
                    call!(libc::SYS_alarm, 30).ok();
                    os::pause_forever();
                }
                Ok(Fork::Parent(_)) => {}
                Err(error) => return held(format!("{error}, after {count}")),
            }
        }
        Ok(format!("{TASKS} processes"))
    }),
    bomb("thread_bomb", "have 3000 threads at once", |_| {
        for count in 0..TASKS {
            let spawned = std::thread::Builder::new()
                .stack_size(16 << 10)
                .spawn(|| std::thread::sleep(Duration::from_secs(30)));
            if let Err(error) = spawned {
                return held(format!("{error}, after {count}"));
            }
        }
        Ok(format!("{TASKS} threads"))
    }),
    bomb("memory_bomb", "use 1.5 GiB of private memory", |_| {
        memory(libc::MAP_PRIVATE | libc::MAP_ANONYMOUS)
    }),
    bomb("shared_memory_bomb", "use 1.5 GiB of shared memory", |_| {
        memory(libc::MAP_SHARED | libc::MAP_ANONYMOUS)
    }),
    bomb(
        "memory_in_children",
        "use 1.5 GiB in several processes",
        |_| {
            let (reader, writer) = os::pipe()?;
            for _ in 0..MEMORY / (4 * PIECE) {
                if let Fork::Child = os::fork()? {
                    call!(libc::SYS_prctl, libc::PR_SET_PDEATHSIG, libc::SIGKILL).ok();
                    call!(libc::SYS_alarm, 30).ok();
                    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
                    if let Ok(mapping) = Mapping::new(4 * PIECE, flags, -1, 0) {
                        mapping.touch();
                        os::write(writer, b"x").ok();
                    }
                    os::pause_forever();
                }
            }
            os::close(writer);
            let mut grown = 0;
            while grown < MEMORY / (4 * PIECE) && os::readable(reader, Duration::from_secs(20))? {
                let got = os::read(reader)?.len();
                if got == 0 {
                    break;
                }
                grown += got;
            }
            if grown < MEMORY / (4 * PIECE) {
                return held(format!("{} MiB", (grown * 4 * PIECE) >> 20));
            }
            Ok(format!("{} MiB", MEMORY >> 20))
        },
    ),
    bomb(
        "memory_file_bomb",
        "use 1.5 GiB in files that live in memory",
        |_| {
            let piece = vec![1; PIECE];
            for count in 0..MEMORY / PIECE {
                let fd = os::descriptor(call!(libc::SYS_memfd_create, c"escape", 1)?)?;
                let written = os::write(fd, &piece);
                if !matches!(written, Ok(length) if usize::try_from(length) == Ok(PIECE)) {
                    return held(format!("{written:?} after {} MiB", (count * PIECE) >> 20));
                }
            }
            Ok(format!("{} MiB", MEMORY >> 20))
        },
    ),
    bomb("locked_memory", "keep 256 MiB from being swapped", |_| {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        let mapping = Mapping::new(LOCKED, flags, -1, 0)?;
        call!(libc::SYS_mlock, mapping.address(), LOCKED)?;
        Ok("locked".to_owned())
    }),
    bomb("pipe_bomb", "keep 256 MiB in pipes", |_| {
        more_descriptors();
        let mut kept = 0;
        let piece = vec![1; 1 << 20];
        while kept < PIPED {
            let (_, writer) = match os::pipe() {
                Ok(ends) => ends,
                Err(error) => return held(format!("{error}, after {} MiB", kept >> 20)),
            };
            call!(libc::SYS_fcntl, writer, libc::F_SETPIPE_SZ, 1 << 20).ok();
            call!(libc::SYS_fcntl, writer, libc::F_SETFL, libc::O_NONBLOCK)?;
            kept += usize::try_from(os::write(writer, &piece)?).unwrap_or_default();
        }
        Ok(format!("{} MiB", kept >> 20))
    }),
    bomb("descriptor_bomb", "hold 10000 descriptors", |_| {
        more_descriptors();
        let fd = os::open("/dev/null", libc::O_RDONLY)?;
        for count in 0..DESCRIPTORS {
            if let Err(error) = call!(libc::SYS_dup, fd) {
                return held(format!("{error}, after {count}"));
            }
        }
        Ok(format!("{DESCRIPTORS} descriptors"))
    }),
    bomb("fill_tmp", "write 1.2 GiB to /tmp", |scene| {
        fill(Path::new("/tmp"), scene)
    }),
    bomb("fill_var_tmp", "write 1.2 GiB to /var/tmp", |scene| {
        fill(Path::new("/var/tmp"), scene)
    }),
    bomb("fill_shm", "write 1.2 GiB to /dev/shm", |scene| {
        fill(Path::new("/dev/shm"), scene)
    }),
    bomb(
        "fill_workspace",
        "write 1.2 GiB to the workspace",
        |scene| fill(&scene.workspace("scratch"), scene),
    ),
    bomb(
        "reserve_workspace",
        "reserve 1.2 GiB in the workspace without writing",
        |scene| reserve(&scene.workspace("scratch"), scene),
    ),
    bomb("inodes_tmp", "make 100000 files in /tmp", |scene| {
        inodes(Path::new("/tmp"), scene)
    }),
    bomb(
        "inodes_workspace",
        "make 100000 files in the workspace",
        |scene| inodes(&scene.workspace("scratch"), scene),
    ),
    bomb(
        "output_flood",
        "write 64 MiB to the standard output",
        |_| flood(1),
    )
    .seen_by_host(Effect::Flood),
    bomb("error_flood", "write 64 MiB to the standard error", |_| {
        flood(2)
    })
    .seen_by_host(Effect::Flood),
];

/// Every probe of this group.
pub(crate) fn probes() -> impl Iterator<Item = Probe> {
    PROBES.iter().copied()
}

/// Bytes after which the host calls the output a flood: most of what a bomb writes.
pub(crate) const FLOOD: u64 = 48 << 20;

/// The name of everything that a bomb makes on disk; the driver looks for it after a bomb that died.
pub(crate) fn bomb_name(nonce: &str) -> String {
    format!("venom-escape-bomb-{nonce}")
}

fn memory(flags: c_int) -> Outcome {
    for count in 0..MEMORY / PIECE {
        match Mapping::new(PIECE, flags, -1, 0) {
            Ok(mapping) => mapping.touch(),
            Err(error) => return held(format!("{error}, after {} MiB", (count * PIECE) >> 20)),
        }
    }
    Ok(format!("{} MiB", MEMORY >> 20))
}

fn more_descriptors() {
    let mut limit = [0; 16];
    call!(libc::SYS_prlimit64, 0, libc::RLIMIT_NOFILE, 0, &mut limit).ok();
    // The soft limit becomes the hard one.
    limit.copy_within(8..16, 0);
    call!(libc::SYS_prlimit64, 0, libc::RLIMIT_NOFILE, &limit, 0).ok();
}

/// Writes files of 64 MiB, so that a limit on one file's size is not what holds.
fn fill(folder: &Path, scene: &Scene<'_>) -> Outcome {
    grow(folder, scene, |path| {
        let mut file = File::create(path)?;
        let piece = vec![1; 1 << 20];
        for _ in 0..PIECE >> 20 {
            file.write_all(&piece)?;
        }
        Ok(())
    })
}

fn reserve(folder: &Path, scene: &Scene<'_>) -> Outcome {
    grow(folder, scene, |path| {
        let flags = libc::O_CREAT | libc::O_WRONLY | libc::O_CLOEXEC;
        let fd = os::open(path, flags)?;
        let reserved = call!(libc::SYS_fallocate, fd, 0, 0, PIECE);
        os::close(fd);
        reserved.map(|_| ())
    })
}

fn grow(folder: &Path, scene: &Scene<'_>, piece: fn(&Path) -> std::io::Result<()>) -> Outcome {
    // A limit on sizes shall answer with an error, not by ending the probe.
    os::ignore(libc::SIGXFSZ);
    let home = folder.join(bomb_name(scene.facts.text("nonce")?));
    fs::create_dir_all(&home)?;
    let pieces = WRITTEN.div_ceil(PIECE);
    let mut outcome = Ok(format!("{} MiB", (pieces * PIECE) >> 20));
    for count in 0..pieces {
        if let Err(error) = piece(&home.join(count.to_string())) {
            outcome = held(format!("{error}, after {} MiB", (count * PIECE) >> 20));
            break;
        }
    }
    fs::remove_dir_all(&home)?;
    outcome
}

fn inodes(folder: &Path, scene: &Scene<'_>) -> Outcome {
    let home = folder.join(bomb_name(scene.facts.text("nonce")?));
    fs::create_dir_all(&home)?;
    let mut outcome = Ok(format!("{INODES} files"));
    for count in 0..INODES {
        if let Err(error) = File::create(home.join(count.to_string())) {
            outcome = held(format!("{error}, after {count}"));
            break;
        }
    }
    fs::remove_dir_all(&home)?;
    outcome
}

fn flood(fd: c_int) -> Outcome {
    let mut piece = vec![b'x'; 1 << 20];
    if let Some(last) = piece.last_mut() {
        *last = b'\n';
    }
    for _ in 0..OUTPUT >> 20 {
        let mut rest = piece.as_slice();
        while !rest.is_empty() {
            let written = usize::try_from(os::write(fd, rest)?).unwrap_or_default();
            rest = rest.get(written..).unwrap_or_default();
        }
    }
    Ok(format!("{} MiB", OUTPUT >> 20))
}
